//! What the bucket holds, as an `impl s3s::S3`.

use std::fmt::Write;
use std::ops::Bound;

use bytes::Bytes;
use futures::StreamExt;
use reseat::catalog::Algorithm;
use s3s::auth::{S3Auth, SecretKey};
use s3s::dto::{
    CommonPrefix, DeleteMarkerEntry, ETag, ETagCondition, GetObjectInput, GetObjectOutput, HeadObjectInput,
    HeadObjectOutput, ListObjectVersionsInput, ListObjectVersionsOutput, ListObjectsV2Input, ListObjectsV2Output,
    Object, ObjectVersion, StreamingBlob, Timestamp,
};
use s3s::{Body, S3, S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};

use super::server::{Shared, next_fault};
use super::{Ask, Fault, NAME, State, Stored, lock};

pub(super) struct Auth(pub(super) Shared);

#[async_trait::async_trait]
impl S3Auth for Auth {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        let state = lock(&self.0);
        if state.expired.iter().any(|key| key == access_key) {
            let mut error = S3Error::with_message(S3ErrorCode::ExpiredToken, "The provided token has expired.");
            error.set_status_code(http::StatusCode::BAD_REQUEST);
            return Err(error);
        }
        let secret = state.secrets.get(access_key).ok_or_else(|| s3_error!(InvalidAccessKeyId))?;
        Ok(SecretKey::from(secret.as_str()))
    }
}

pub(super) struct Store(pub(super) Shared);

fn time(at: jiff::Timestamp) -> Timestamp {
    Timestamp::from(std::time::SystemTime::from(at))
}

/// As `encoding-type=url` has it: a blank is `+`.
fn encoded(key: &str, url: bool) -> String {
    if !url {
        return key.to_owned();
    }
    let mut out = String::new();
    for byte in key.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' | b'/' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// Whether what lies below a prefix may be listed.
fn may_list(state: &State, prefix: &str) -> bool {
    state.only_below.is_empty() || state.only_below.iter().any(|below| prefix.starts_with(below.as_str()))
}

fn to_token(key: &str) -> String {
    reseat::text::hex(key.as_bytes())
}

fn from_token(token: &str) -> String {
    let bytes = (0..token.len() / 2).filter_map(|at| u8::from_str_radix(&token[at * 2..at * 2 + 2], 16).ok());
    String::from_utf8(bytes.collect()).unwrap_or_default()
}

impl Store {
    /// The version that is asked for, and whether it is the latest.
    fn find(&self, key: &str, version: Option<&str>) -> S3Result<Stored> {
        let state = lock(&self.0);
        let missing = |code: S3ErrorCode| {
            Err(if state.deny_list { s3_error!(AccessDenied, "Access Denied") } else { S3Error::new(code) })
        };
        if state.deny_get {
            return Err(s3_error!(AccessDenied, "Access Denied"));
        }
        let Some(versions) = state.keys.get(key) else { return missing(S3ErrorCode::NoSuchKey) };
        let found = match version {
            Some(version) => versions.iter().find(|stored| stored.version.as_deref().unwrap_or("null") == version),
            None => versions.last(),
        };
        match found {
            None => missing(S3ErrorCode::NoSuchVersion),
            Some(found) if found.deleted && version.is_some() => Err(s3_error!(MethodNotAllowed)),
            Some(found) if found.deleted => missing(S3ErrorCode::NoSuchKey),
            Some(found) => Ok(found.clone()),
        }
    }

    fn matches(stored: &Stored, condition: Option<&ETagCondition>) -> S3Result<()> {
        let wanted = condition.and_then(ETagCondition::as_etag).map(ETag::value);
        if wanted.is_some() && wanted != stored.etag.as_deref() {
            return Err(s3_error!(PreconditionFailed));
        }
        Ok(())
    }
}

/// The algorithm of the checksum that is kept, as a list names it.
fn algorithms(stored: &Stored) -> Option<Vec<s3s::dto::ChecksumAlgorithm>> {
    stored.checksum.as_ref().map(|(algorithm, ..)| vec![algorithm.name().to_owned().into()])
}

/// Puts other bytes there, when the script says that it is time: after a head, or after the last of some reads.
fn replace(state: &mut State, asked: &str, read: bool) {
    let Some((key, _, reads)) = &mut state.swap else { return };
    if key != asked || reads.is_some() != read {
        return;
    }
    if let Some(left) = reads.as_mut().filter(|left| **left > 1) {
        *left -= 1;
        return;
    }
    let Some((key, bytes, _)) = state.swap.take() else { return };
    let Some(versions) = state.keys.get_mut(&key) else { return };
    let Some(last) = versions.last().cloned() else { return };
    let etag = reseat::text::hex(&<md5::Md5 as md5::Digest>::digest(&bytes));
    let crc = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Nvme, &bytes).to_be_bytes();
    let checksum = Some((Algorithm::Crc64Nvme, aws_smithy_types::base64::encode(crc), false));
    let version = last.version.as_ref().map(|version| format!("{version}.next"));
    if version.is_none() {
        versions.clear();
    }
    versions.push(Stored { bytes: bytes.into(), etag: Some(etag), checksum, version, ..last });
}

/// A body that goes wrong as the script says.
fn body_of(bytes: &Bytes, fault: Option<&Fault>) -> StreamingBlob {
    let chunks = |bytes: &Bytes| -> Vec<Result<Bytes, std::io::Error>> {
        bytes.chunks(16 * 1024).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect()
    };
    match fault {
        Some(Fault::Cut(at)) => {
            let mut parts = chunks(&bytes.slice(..(*at).min(bytes.len())));
            parts.push(Err(std::io::Error::other("cut")));
            StreamingBlob::wrap(futures::stream::iter(parts))
        }
        Some(Fault::Stall(at)) => {
            let parts = chunks(&bytes.slice(..(*at).min(bytes.len())));
            StreamingBlob::wrap(futures::stream::iter(parts).chain(futures::stream::pending()))
        }
        Some(Fault::Slow(step)) => {
            let parts: Vec<_> = bytes.chunks(*step).map(Bytes::copy_from_slice).collect();
            let slowly = futures::stream::iter(parts).then(|part| async move {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                Ok::<_, std::io::Error>(part)
            });
            StreamingBlob::wrap(Box::pin(slowly))
        }
        Some(Fault::Flip(at)) if *at < bytes.len() => {
            let mut changed = bytes.to_vec();
            changed[*at] ^= 1;
            StreamingBlob::from(Body::from(changed))
        }
        Some(Fault::Short(most)) => StreamingBlob::from(Body::from(bytes.slice(..(*most).min(bytes.len())))),
        Some(Fault::Padded(more)) => {
            StreamingBlob::from(Body::from([bytes.as_ref(), vec![0; *more].as_slice()].concat()))
        }
        _ => StreamingBlob::from(Body::from(bytes.clone())),
    }
}

#[async_trait::async_trait]
impl S3 for Store {
    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let S3Request { input, headers, .. } = request;
        if input.bucket != NAME {
            return Err(s3_error!(NoSuchBucket, "The specified bucket does not exist"));
        }
        let stored = self.find(&input.key, input.version_id.as_deref())?;
        Self::matches(&stored, input.if_match.as_ref())?;
        if stored.storage_class.as_deref().is_some_and(|class| class == "GLACIER" || class == "DEEP_ARCHIVE")
            && !stored.restore.as_deref().is_some_and(|restore| restore.contains("expiry-date"))
        {
            return Err(s3_error!(InvalidObjectState, "The operation is not valid for the object's storage class"));
        }
        let (fault, bare) = {
            let mut state = lock(&self.0);
            let range = headers.get("range").and_then(|range| range.to_str().ok());
            (next_fault(&mut state, Ask::Get, range, true), state.bare)
        };
        let whole = stored.bytes.len() as u64;
        let range = match (&input.range, &fault) {
            (_, Some(Fault::Whole)) | (None, _) => None,
            (Some(range), _) => Some(range.check(whole).map_err(|_| s3_error!(InvalidRange))?),
        };
        let (from, to) = range.as_ref().map_or((0, whole), |range| (range.start, range.end));
        let bytes = stored.bytes.slice(usize::try_from(from).unwrap()..usize::try_from(to).unwrap());
        let body = body_of(&bytes, fault.as_ref());
        let length = match fault {
            Some(Fault::Short(most)) => most.min(bytes.len()),
            Some(Fault::Padded(more)) => bytes.len() + more,
            _ => bytes.len(),
        };
        replace(&mut lock(&self.0), &input.key, true);
        let output = GetObjectOutput {
            content_length: Some(i64::try_from(length).unwrap()),
            content_range: range.is_some().then(|| format!("bytes {from}-{}/{whole}", to - 1)),
            body: Some(body),
            e_tag: stored.etag.clone().filter(|_| !bare).map(ETag::Strong),
            last_modified: (!bare).then(|| time(stored.when)),
            version_id: stored.version.clone(),
            ..GetObjectOutput::default()
        };
        Ok(S3Response::new(output))
    }

    async fn head_object(&self, request: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        let input = request.input;
        if input.bucket != NAME {
            return Err(s3_error!(NoSuchBucket, "The specified bucket does not exist"));
        }
        let stored = self.find(&input.key, input.version_id.as_deref())?;
        Self::matches(&stored, input.if_match.as_ref())?;
        let bare = lock(&self.0).bare;
        let part = input.part_number.and_then(|number| stored.parts.get(usize::try_from(number).ok()?.checked_sub(1)?));
        let length = part.copied().unwrap_or(stored.bytes.len() as u64);
        let mut output = HeadObjectOutput {
            content_length: Some(i64::try_from(length).unwrap()),
            parts_count: part.and(i32::try_from(stored.parts.len()).ok()),
            archive_status: stored.archive_status.clone().map(Into::into),
            e_tag: stored.etag.clone().filter(|_| !bare).map(ETag::Strong),
            last_modified: (!bare).then(|| time(stored.when)),
            version_id: stored.version.clone(),
            storage_class: stored.storage_class.clone().map(Into::into),
            restore: stored.restore.clone(),
            server_side_encryption: stored.kms.then(|| "aws:kms".to_owned().into()),
            ..HeadObjectOutput::default()
        };
        if let (Some((algorithm, value, composite)), Some(_), false) = (&stored.checksum, &input.checksum_mode, bare) {
            let kind = if *composite { "COMPOSITE" } else { "FULL_OBJECT" };
            output.checksum_type = Some(kind.to_owned().into());
            let value = Some(value.clone());
            match algorithm {
                Algorithm::Crc64Nvme => output.checksum_crc64nvme = value,
                Algorithm::Crc32 => output.checksum_crc32 = value,
                Algorithm::Crc32C => output.checksum_crc32c = value,
                Algorithm::Sha1 => output.checksum_sha1 = value,
                Algorithm::Sha256 => output.checksum_sha256 = value,
                Algorithm::Md5 => {}
            }
        }
        replace(&mut lock(&self.0), &input.key, false);
        Ok(S3Response::new(output))
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let input = request.input;
        let state = lock(&self.0);
        if input.bucket != NAME {
            return Err(s3_error!(NoSuchBucket, "The specified bucket does not exist"));
        }
        let prefix = input.prefix.clone().unwrap_or_default();
        if state.deny_list || !may_list(&state, &prefix) {
            return Err(s3_error!(AccessDenied, "Access Denied"));
        }
        let url = input.encoding_type.as_ref().is_some_and(|kind| kind.as_str() == "url");
        let most = state.page.min(usize::try_from(input.max_keys.unwrap_or(1000)).unwrap_or(1000));
        let mut after =
            input.continuation_token.as_deref().map(from_token).or(input.start_after.clone()).unwrap_or_default();
        let (mut contents, mut prefixes, mut next) = (Vec::new(), Vec::new(), None);
        loop {
            let from = if after.as_str() < prefix.as_str() {
                Bound::Included(prefix.clone())
            } else {
                Bound::Excluded(after.clone())
            };
            let live = |(_, versions): &(&String, &Vec<Stored>)| versions.last().is_some_and(|stored| !stored.deleted);
            let Some((key, versions)) = state.keys.range((from, Bound::Unbounded)).find(live) else { break };
            let Some(rest) = key.strip_prefix(prefix.as_str()) else { break };
            if contents.len() + prefixes.len() >= most {
                next = Some(to_token(&after));
                break;
            }
            let cut =
                input.delimiter.as_deref().and_then(|delimiter| rest.find(delimiter).map(|at| at + delimiter.len()));
            if let Some(cut) = cut {
                let common = format!("{prefix}{}", &rest[..cut]);
                prefixes.push(CommonPrefix { prefix: Some(encoded(&common, url)) });
                after = format!("{common}\u{10ffff}");
            } else {
                let Some(stored) = versions.last() else { break };
                contents.push(Object {
                    key: Some(encoded(key, url)),
                    size: Some(i64::try_from(stored.bytes.len()).unwrap()),
                    e_tag: stored.etag.clone().filter(|_| !state.bare).map(ETag::Strong),
                    last_modified: (!state.bare).then(|| time(stored.when)),
                    storage_class: stored.storage_class.clone().filter(|_| !state.bare).map(Into::into),
                    checksum_algorithm: algorithms(stored).filter(|_| !state.bare),
                    ..Object::default()
                });
                after.clone_from(key);
            }
        }
        if state.repeat_pages {
            next = Some(to_token(&prefix));
        }
        Ok(S3Response::new(ListObjectsV2Output {
            name: Some(input.bucket),
            prefix: Some(encoded(&prefix, url)),
            key_count: Some(i32::try_from(contents.len() + prefixes.len()).unwrap()),
            is_truncated: Some(next.is_some()),
            next_continuation_token: next,
            encoding_type: input.encoding_type,
            contents: Some(contents),
            common_prefixes: Some(prefixes),
            ..ListObjectsV2Output::default()
        }))
    }

    async fn list_object_versions(
        &self,
        request: S3Request<ListObjectVersionsInput>,
    ) -> S3Result<S3Response<ListObjectVersionsOutput>> {
        let input = request.input;
        let state = lock(&self.0);
        let prefix = input.prefix.clone().unwrap_or_default();
        if state.deny_versions || !may_list(&state, &prefix) {
            return Err(s3_error!(AccessDenied, "Access Denied"));
        }
        let url = input.encoding_type.as_ref().is_some_and(|kind| kind.as_str() == "url");
        let most = state.page.min(usize::try_from(input.max_keys.unwrap_or(1000)).unwrap_or(1000));
        let name = |stored: &Stored| stored.version.clone().unwrap_or_else(|| "null".to_owned());
        let all = state.keys.range(prefix.clone()..).take_while(|(key, _)| key.starts_with(&prefix));
        let all = all.flat_map(|(key, versions)| {
            let newest = versions.len() - 1;
            versions.iter().enumerate().rev().map(move |(at, stored)| (key, at == newest, stored))
        });
        let mut waiting = input.key_marker.is_some();
        let (mut versions, mut markers, mut next) = (Vec::new(), Vec::new(), None);
        let mut last = None;
        for (key, latest, stored) in all {
            if waiting {
                waiting = Some(key) != input.key_marker.as_ref() || Some(name(stored)) != input.version_id_marker;
                continue;
            }
            if versions.len() + markers.len() >= most {
                next.clone_from(&last);
                break;
            }
            last = Some((key.clone(), name(stored)));
            if stored.deleted {
                markers.push(DeleteMarkerEntry {
                    is_latest: Some(latest),
                    key: Some(encoded(key, url)),
                    last_modified: Some(time(stored.when)),
                    version_id: Some(name(stored)),
                    ..DeleteMarkerEntry::default()
                });
            } else {
                versions.push(ObjectVersion {
                    e_tag: stored.etag.clone().map(ETag::Strong),
                    is_latest: Some(latest),
                    key: Some(encoded(key, url)),
                    last_modified: Some(time(stored.when)),
                    size: Some(i64::try_from(stored.bytes.len()).unwrap()),
                    storage_class: stored.storage_class.clone().map(Into::into),
                    version_id: Some(name(stored)),
                    checksum_algorithm: algorithms(stored),
                    ..ObjectVersion::default()
                });
            }
        }
        Ok(S3Response::new(ListObjectVersionsOutput {
            name: Some(input.bucket),
            is_truncated: Some(next.is_some()),
            next_key_marker: next.as_ref().map(|(key, _)| encoded(key, url)),
            next_version_id_marker: next.map(|(_, version)| version),
            encoding_type: input.encoding_type,
            versions: Some(versions),
            delete_markers: Some(markers),
            ..ListObjectVersionsOutput::default()
        }))
    }
}
