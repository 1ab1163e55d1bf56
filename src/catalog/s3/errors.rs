//! What an answer of S3 that is no success means.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use jiff::{SignedDuration, Timestamp};

use super::client::Holder;
use crate::catalog::error::Archived;
use crate::catalog::{CatalogError, CredentialTrouble, NoAnswer, Setting};
use crate::text::printable;

/// Who asks, for the sentences about it. No secrets.
#[derive(Debug, Clone)]
pub(super) struct Asker {
    pub(super) bucket: String,
    pub(super) prefix: String,
    pub(super) region: String,
    /// Whether the one who reads pays, and says so.
    pub(super) requester_pays: bool,
    pub(super) endpoint: Option<String>,
    pub(super) profile: Option<String>,
    /// Who gave the credentials, in words.
    pub(super) by: String,
    /// Whether they can be renewed by a command in another shell.
    pub(super) renewable: bool,
    pub(super) last_four: Arc<Mutex<String>>,
    pub(super) expires: Arc<Mutex<Option<Timestamp>>>,
}

/// One request, for the sentences about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked<'a> {
    /// A page of a list below a prefix.
    List(&'a str),
    /// A page of versions below a prefix.
    Versions(&'a str),
    /// An object, or a version of it.
    Object(&'a str, Option<&'a str>),
}

impl Asked<'_> {
    pub(super) fn words(&self, asker: &Asker) -> String {
        match self {
            Self::List("") => format!("the list of s3://{}", asker.bucket),
            Self::List(prefix) => format!("the list of s3://{}/{}", asker.bucket, printable(prefix)),
            Self::Versions(prefix) => format!("the versions in s3://{}/{}", asker.bucket, printable(prefix)),
            Self::Object(key, None) => format!("s3://{}/{}", asker.bucket, printable(key)),
            Self::Object(key, Some(version)) => {
                format!("s3://{}/{}?versionId={}", asker.bucket, printable(key), printable(version))
            }
        }
    }
}

impl Asker {
    /// Keeps what sentences say about the credentials.
    pub(super) fn remember(&self, holder: &Holder) {
        self.last_four.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&holder.last_four);
        *self.expires.lock().unwrap_or_else(PoisonError::into_inner) = holder.expires;
    }

    fn last_four(&self) -> String {
        self.last_four.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn expired(&self) -> CatalogError {
        CatalogError::Credentials(CredentialTrouble::Expired {
            by: self.by.clone(),
            profile: self.profile.clone(),
            at: *self.expires.lock().unwrap_or_else(PoisonError::into_inner),
            renewable: self.renewable,
        })
    }

    /// There are no credentials at all.
    pub(super) fn without_credentials(&self, why: Option<String>) -> CatalogError {
        let looked = match (&self.profile, why) {
            (Some(profile), Some(why)) => format!("profile {}: {why}", printable(profile)),
            (Some(profile), None) => format!("profile {}", printable(profile)),
            (None, _) => "the environment, the AWS configuration, and the metadata of this machine".to_owned(),
        };
        CatalogError::Credentials(CredentialTrouble::Missing { looked, profile: self.profile.clone() })
    }

    /// The finding's own object that is archived.
    pub(super) fn archived(&self, key: &str, version: Option<&str>, class: &str, on_its_way: bool) -> Archived {
        let mut options = Vec::new();
        let option = |name: &str, value: &Option<String>| value.as_ref().map(|value| [name.to_owned(), value.clone()]);
        options.extend(option("--profile", &self.profile).into_iter().flatten());
        options.extend(option("--region", &Some(self.region.clone())).into_iter().flatten());
        let payer = self.requester_pays.then(|| "requester".to_owned());
        options.extend(option("--request-payer", &payer).into_iter().flatten());
        options.extend(option("--endpoint-url", &self.endpoint).into_iter().flatten());
        Archived {
            bucket: self.bucket.clone(),
            key: key.to_owned(),
            version: version.map(str::to_owned),
            class: printable(class),
            on_its_way,
            options,
        }
    }
}

/// What an answer said when it was no success.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: String,
    pub(super) message: String,
    pub(super) region: Option<String>,
}

/// Whether an error is the server's own answer, so that a question with a body can learn its code.
pub(super) fn answered<E>(error: &SdkError<E, HttpResponse>) -> bool {
    matches!(error, SdkError::ServiceError(_) | SdkError::ResponseError(_))
}

/// The class of an error of the SDK.
pub(super) fn classify<E>(error: &SdkError<E, HttpResponse>, asked: Asked<'_>, asker: &Asker) -> CatalogError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    if let Some(response) = error.raw_response() {
        let header = |name: &str| response.headers().get(name);
        let meta = error.as_service_error().map(ProvideErrorMetadata::meta);
        let refusal = Refusal {
            status: response.status().as_u16(),
            code: printable(meta.and_then(|meta| meta.code()).unwrap_or_default()),
            message: printable(meta.and_then(|meta| meta.message()).unwrap_or_default()),
            region: header("x-amz-bucket-region").map(printable),
        };
        if response.status().is_success() {
            let how = NoAnswer::Nonsense(chain(error));
            return CatalogError::NoAnswer { how, what: asked.words(asker) };
        }
        return refused(&refusal, asked, asker);
    }
    if let Some(credentials) = find::<CredentialsError>(error) {
        return trouble_loading(credentials, asker);
    }
    CatalogError::NoAnswer { how: no_answer(error), what: asked.words(asker) }
}

/// The class of an answer that is no success.
fn refused(refusal: &Refusal, asked: Asked<'_>, asker: &Asker) -> CatalogError {
    let what = || asked.words(asker);
    let message = refusal.message.to_lowercase();
    match (refusal.status, refusal.code.as_str()) {
        (_, "ExpiredToken" | "TokenRefreshRequired" | "RequestExpired") => asker.expired(),
        (_, "RequestTimeTooSkewed") => CatalogError::Credentials(CredentialTrouble::Skewed { ahead: None }),
        (_, "InvalidAccessKeyId") => CatalogError::Credentials(CredentialTrouble::UnknownKey {
            by: asker.by.clone(),
            last_four: asker.last_four(),
        }),
        (_, "SignatureDoesNotMatch") => CatalogError::Credentials(CredentialTrouble::WrongSecret {
            by: asker.by.clone(),
            last_four: asker.last_four(),
        }),
        (_, "InvalidToken") => CatalogError::Credentials(CredentialTrouble::WrongToken { by: asker.by.clone() }),
        (301 | 307, _)
        | (_, "AuthorizationHeaderMalformed" | "PermanentRedirect" | "IllegalLocationConstraintException") => {
            let named = refusal.region.clone().or_else(|| named_region(&refusal.message));
            CatalogError::Region {
                bucket: asker.bucket.clone(),
                asked: asker.region.clone(),
                named: named.filter(|region| *region != asker.region),
            }
        }
        (_, "InvalidObjectState") => {
            let (key, version) = match asked {
                Asked::Object(key, version) => (key, version),
                Asked::List(prefix) | Asked::Versions(prefix) => (prefix, None),
            };
            CatalogError::Archived { what: Box::new(asker.archived(key, version, "archived", false)) }
        }
        (412, _) => CatalogError::Replaced { key: what() },
        (_, "NoSuchBucket") => CatalogError::NoSource { what: format!("bucket {}", asker.bucket) },
        (404 | 405, _) => CatalogError::Missing { what: what() },
        (_, "AccessDenied") if message.contains("kms") => CatalogError::Wants(Setting::KmsKey(refusal.message.clone())),
        (_, code) if code.starts_with("KMS.") => CatalogError::Wants(Setting::KmsKey(refusal.message.clone())),
        (403, _) if message.contains("requester pays") || message.contains("request-payer") => {
            CatalogError::Wants(Setting::RequesterPays)
        }
        (400, _) if message.contains("server side encryption") || message.contains("sse-c") => {
            CatalogError::Wants(Setting::CustomerKey)
        }
        (400 | 403, _) if message.contains("access point") => {
            CatalogError::Wants(Setting::AccessPoint(refusal.message.clone()))
        }
        (401 | 403, _) => CatalogError::Refused { what: what(), said: refusal.message.clone() },
        (status, code) => CatalogError::NoAnswer { how: NoAnswer::Server(status, code.to_owned()), what: what() },
    }
}

/// The region that a message quotes: "the region 'us-east-1' is wrong; expecting 'eu-central-1'".
fn named_region(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("expecting '")?;
    rest.split_once('\'').map(|(region, _)| region.to_owned())
}

/// Why credentials could not be had.
pub(super) fn trouble_loading(error: &CredentialsError, asker: &Asker) -> CatalogError {
    let text = chain(error);
    let lower = text.to_lowercase();
    if lower.contains("expired") || lower.contains("sso token") || lower.contains("refresh") {
        return asker.expired();
    }
    match error {
        CredentialsError::CredentialsNotLoaded(_) => asker.without_credentials(None),
        _ => asker.without_credentials(Some(text)),
    }
}

/// How a request that got no answer failed.
fn no_answer<E: Error + 'static>(error: &SdkError<E, HttpResponse>) -> NoAnswer {
    let text = chain(error);
    let lower = text.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(&["dns error", "lookup address", "name or service not known", "nodename nor servname"]) {
        return NoAnswer::Name(text);
    }
    if has(&["certificate", "invalid peer", "handshake", "corrupt message", "invalidcontenttype", "tls "]) {
        return NoAnswer::Tls(text);
    }
    NoAnswer::Unreachable(text)
}

/// How a body failed.
pub(super) fn body_failed(error: &(dyn Error + 'static), what: String) -> CatalogError {
    let text = chain(error);
    let stalled = text.contains("throughput");
    let how = if stalled { NoAnswer::Stalled(Duration::from_secs(30)) } else { NoAnswer::Cut(text) };
    CatalogError::NoAnswer { how, what }
}

/// How far this machine is ahead of the clock in an answer.
pub(super) fn is_skewed(ahead: SignedDuration) -> bool {
    // S3 refuses requests beyond 15 minutes.
    ahead.abs() >= SignedDuration::from_mins(15)
}

/// An error and what caused it, as one printable line without repetitions.
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = printable(&error.to_string());
        // The SDK's own wrappers say nothing that a person needs.
        let empty = [
            "dispatch failure",
            "io error",
            "unhandled error",
            "client error (Connect)",
            "other",
            "request has timed out",
        ];
        if !empty.contains(&text.as_str()) && !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
        next = error.source();
    }
    if parts.is_empty() { printable(&error.to_string()) } else { parts.join(": ") }
}

/// The first cause of this type.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        next = error.source();
    }
    None
}
