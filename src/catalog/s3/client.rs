//! The client of the SDK: where its region, endpoint, certificates and credentials come from.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_credential_types::credential_feature::AwsCredentialFeature;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_s3::config::{ConfigBag, Intercept, ResponseChecksumValidation, RuntimeComponents, SharedHttpClient};
use aws_sdk_s3::error::BoxError;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use jiff::{SignedDuration, Timestamp};

use super::errors::{Asker, trouble_loading};
use super::pressure::Listener;
use crate::catalog::address::{is_arn, region_of};
use crate::catalog::{CatalogError, PastedCredentials, Patience, SourceSpec};
use crate::world::World;

/// What is known before the SDK is asked: the specification and the environment variables that we read ourselves.
#[derive(Clone)]
pub(super) struct Setup {
    pub(super) bucket: String,
    pub(super) prefix: String,
    pub(super) patience: Patience,
    /// Hears what every session is answered.
    pub(super) listener: Listener,
    requester_pays: bool,
    profile: Option<String>,
    /// The profile that the environment names; credentials from the environment go before it.
    default_profile: Option<String>,
    region: Option<String>,
    endpoint: Option<String>,
    ca_bundle: Option<PathBuf>,
    environment: Option<PastedCredentials>,
}

impl Setup {
    pub(super) fn new(spec: &SourceSpec, bucket: &str, prefix: &str, world: &World) -> Self {
        let variable = |name: &str| world.variable(name).map(str::to_owned);
        let given = match (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY")) {
            (Some(key), Some(secret)) => Some(PastedCredentials {
                key,
                secret,
                token: variable("AWS_SESSION_TOKEN"),
                expires: variable("AWS_CREDENTIAL_EXPIRATION").and_then(|at| at.parse().ok()),
            }),
            _ => None,
        };
        let endpoint = spec.endpoint.clone();
        Self {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            patience: spec.patience.clone(),
            listener: Listener::default(),
            requester_pays: spec.requester_pays,
            profile: spec.profile.clone(),
            default_profile: variable("AWS_PROFILE"),
            // An access point answers in its own region only.
            region: region_of(bucket)
                .map(str::to_owned)
                .or_else(|| spec.region.clone())
                .or_else(|| variable("AWS_REGION"))
                .or_else(|| variable("AWS_DEFAULT_REGION")),
            endpoint: endpoint.or_else(|| variable("AWS_ENDPOINT_URL_S3")).or_else(|| variable("AWS_ENDPOINT_URL")),
            ca_bundle: variable("AWS_CA_BUNDLE").map(PathBuf::from),
            // A profile that was asked for goes before the environment, as with the AWS CLI.
            environment: given.filter(|_| spec.profile.is_none()),
        }
    }

    /// The profile in force, where one was chosen.
    fn profile(&self) -> Option<String> {
        self.profile.clone().or_else(|| self.default_profile.clone().filter(|_| self.environment.is_none()))
    }
}

/// What the source is called on a screen, and on every backup of it.
pub(super) fn source(bucket: &str, prefix: &str) -> String {
    let prefix = prefix.trim_end_matches('/');
    let slash = if prefix.is_empty() { "" } else { "/" };
    crate::text::printable(&format!("s3://{bucket}{slash}{prefix}"))
}

/// A client with everything that sentences about it need.
pub(super) struct Session {
    pub(super) client: Client,
    pub(super) region: String,
    pub(super) asker: Asker,
    provider: SharedCredentialsProvider,
    clock: Clock,
}

/// The server's clock, as its last answer told it.
#[derive(Debug, Clone, Default)]
struct Clock(Arc<Mutex<Option<(Timestamp, Instant)>>>);

impl Intercept for Clock {
    fn name(&self) -> &'static str {
        "clock of the server"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date");
        if let Some(date) = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok()) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((date.timestamp(), Instant::now()));
        }
        Ok(())
    }
}

/// Who gives the credentials, and for how long.
pub(super) struct Holder {
    /// Who, in words.
    pub(super) by: String,
    pub(super) last_four: String,
    pub(super) expires: Option<Timestamp>,
}

impl Session {
    /// Builds a client. `region` was named by an earlier answer.
    pub(super) async fn connect(
        setup: &Setup,
        pasted: Option<&PastedCredentials>,
        region: Option<&str>,
    ) -> Result<Self, CatalogError> {
        let profile = Profile::load(setup.profile.clone()).await;
        let named = region.map(str::to_owned).or_else(|| setup.region.clone()).or(profile.region);
        let region = named.unwrap_or_else(|| "us-east-1".to_owned());
        let http = http_client(setup.ca_bundle.clone().or(profile.ca_bundle), setup)?;
        let patience = &setup.patience;
        let timeouts = TimeoutConfig::builder().connect_timeout(patience.connect).read_timeout(patience.answer).build();
        let retries = RetryConfig::standard()
            .with_max_attempts(patience.attempts.clamp(1, 4))
            .with_initial_backoff(patience.pause)
            .with_max_backoff(patience.answer);
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .region(Region::new(region.clone()))
            .http_client(http.clone())
            .timeout_config(timeouts)
            .retry_config(retries)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .disable_clock_skew_correction(true)
            .stalled_stream_protection(
                // Ours comes first, and is visible; this one is the last resort.
                StalledStreamProtectionConfig::enabled().grace_period(patience.stall * 2).build(),
            );
        if let Some(name) = &setup.profile {
            loader = loader.profile_name(name);
        }
        if let Some(endpoint) = &setup.endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        let (by, given) = given(setup, pasted, &region, &http);
        if let Some(provider) = given {
            loader = loader.credentials_provider(provider);
        }
        let config = loader.load().await;
        let asker = Asker {
            bucket: setup.bucket.clone(),
            prefix: setup.prefix.clone(),
            region: region.clone(),
            requester_pays: setup.requester_pays,
            endpoint: setup.endpoint.clone().or_else(|| config.endpoint_url().map(str::to_owned)),
            profile: setup.profile(),
            renewable: pasted.is_none() && setup.environment.is_none(),
            by,
            last_four: Arc::default(),
            expires: Arc::default(),
        };
        // Of credentials that were given as they are, everything is known before anybody is asked.
        if let Some(fixed) = pasted.or(setup.environment.as_ref()) {
            let by = asker.by.clone();
            asker.remember(&Holder { by, last_four: fixed.last_four(), expires: fixed.expires });
        }
        let provider = config.credentials_provider().ok_or_else(|| asker.without_credentials(None))?;
        let clock = Clock::default();
        // The name of an access point is a part of the server's name.
        let path_style = !is_arn(&setup.bucket) && (asker.endpoint.is_some() || profile.path_style);
        let s3 = aws_sdk_s3::config::Builder::from(&config).force_path_style(path_style);
        let s3 = s3.interceptor(clock.clone()).interceptor(setup.listener.clone());
        Ok(Self { client: Client::from_conf(s3.build()), region, asker, provider, clock })
    }

    /// Asks for the credentials now, so that their absence has a sentence of its own.
    pub(super) async fn credentials(&self) -> Result<Holder, CatalogError> {
        let loaded = self.provider.provide_credentials().await;
        let credentials = loaded.map_err(|error| trouble_loading(&error, &self.asker))?;
        let expires = credentials.expiry().and_then(|at| Timestamp::try_from(at).ok());
        let by = match credentials.get_property::<Vec<AwsCredentialFeature>>().map(Vec::as_slice) {
            _ if self.asker.by != "default credentials" => self.asker.by.clone(),
            Some([.., AwsCredentialFeature::CredentialsImds]) => "metadata of this machine".to_owned(),
            Some([.., AwsCredentialFeature::CredentialsHttp]) => "the container's credentials".to_owned(),
            Some([.., AwsCredentialFeature::CredentialsStsAssumeRoleWebId]) => "web identity".to_owned(),
            _ => "profile default".to_owned(),
        };
        let holder = Holder { by, last_four: crate::catalog::pasted::last_four(credentials.access_key_id()), expires };
        self.asker.remember(&holder);
        Ok(holder)
    }

    /// How far this machine's clock is ahead of the server's, by its last answer; `started` is when `now` was taken.
    pub(super) fn ahead(&self, now: Timestamp, started: Instant) -> Option<SignedDuration> {
        let (date, seen) = (*self.clock.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        let here = now + SignedDuration::try_from(seen.duration_since(started)).ok()?;
        // The header has whole seconds: below one there is no difference to see.
        let ahead = here.duration_since(date);
        Some(if ahead.abs() < SignedDuration::from_secs(1) { SignedDuration::ZERO } else { ahead })
    }
}

/// Credentials that we choose ourselves, and in words who gives them. None: the chain of the SDK.
fn given(
    setup: &Setup,
    pasted: Option<&PastedCredentials>,
    region: &str,
    http: &SharedHttpClient,
) -> (String, Option<SharedCredentialsProvider>) {
    let fixed = |credentials: &PastedCredentials, name: &'static str| {
        let PastedCredentials { key, secret, token, expires } = credentials.clone();
        SharedCredentialsProvider::new(Credentials::new(key, secret, token, expires.map(Into::into), name))
    };
    if let Some(pasted) = pasted {
        return ("pasted".to_owned(), Some(fixed(pasted, "pasted")));
    }
    if let Some(name) = &setup.profile {
        let config = ProviderConfig::without_region()
            .with_region(Some(Region::new(region.to_owned())))
            .with_behavior_version(Some(BehaviorVersion::v2026_01_12()))
            .with_http_client(http.clone());
        let provider = ProfileFileCredentialsProvider::builder().configure(&config).profile_name(name).build();
        return (format!("profile {}", crate::text::printable(name)), Some(SharedCredentialsProvider::new(provider)));
    }
    match &setup.environment {
        Some(environment) => ("environment variables".to_owned(), Some(fixed(environment, "environment"))),
        None => match setup.profile() {
            Some(name) => (format!("profile {}", crate::text::printable(&name)), None),
            None => ("default credentials".to_owned(), None),
        },
    }
}

/// What the configuration files of AWS say beside the credentials.
#[derive(Default)]
struct Profile {
    region: Option<String>,
    ca_bundle: Option<PathBuf>,
    path_style: bool,
}

impl Profile {
    async fn load(name: Option<String>) -> Self {
        // The SDK does not hand out the names of these types: the defaults are the real machine.
        #[allow(clippy::default_trait_access)]
        let (fs, env, files) = (Default::default(), Default::default(), Default::default());
        // A file that cannot be read is told about by the credentials, which need it, too.
        let Ok(set) = aws_config::profile::load(&fs, &env, &files, name.map(Into::into)).await else {
            return Self::default();
        };
        let value = |key: &str| set.get(key).map(str::to_owned);
        Self {
            region: value("region"),
            ca_bundle: value("ca_bundle").map(PathBuf::from),
            path_style: value("s3").is_some_and(|nested| {
                nested.lines().any(|line| {
                    line.split_once('=')
                        .is_some_and(|(key, value)| key.trim() == "addressing_style" && value.trim() == "path")
                })
            }),
        }
    }
}

/// The HTTP client: with the proxies of the environment and the certificates of `ca_bundle`, neither of which the SDK reads.
fn http_client(ca_bundle: Option<PathBuf>, setup: &Setup) -> Result<SharedHttpClient, CatalogError> {
    let mut trust = TrustStore::default();
    if let Some(path) = ca_bundle {
        let pem = std::fs::read(&path).map_err(|error| CatalogError::reading(&path, error))?;
        trust = trust.with_pem_certificate(pem);
    }
    let tls = TlsContext::builder().with_trust_store(trust).build().map_err(|error| CatalogError::NoAnswer {
        how: crate::catalog::NoAnswer::Tls(crate::text::printable(&error.to_string())),
        what: format!("s3://{}", setup.bucket),
    })?;
    let client = Builder::new().build_with_connector_fn(move |settings, components| {
        let mut builder = Connector::builder()
            .proxy_config(ProxyConfig::from_env())
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(tls.clone());
        builder.set_connector_settings(settings.cloned());
        builder.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        builder.build()
    });
    Ok(client)
}
