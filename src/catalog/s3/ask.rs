//! The requests, in the words of the SDK.

use std::borrow::Cow;
use std::ops::Range;

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::{ByteStream, DateTime};
use aws_sdk_s3::types::{ChecksumMode, EncodingType, RequestPayer, ServerSideEncryption};
use futures::StreamExt;
use jiff::Timestamp;

use super::client::{Session, source};
use super::errors::{Asked, answered, body_failed, classify};
use crate::catalog::checksum::{Algorithm, Checksum};
use crate::catalog::{Backup, Body, CatalogError, Head, Listing, NoAnswer, Page, Part, Pinned, Seen, Token};
use crate::text::Untrusted;

impl Session {
    fn named(&self, key: &str) -> Backup {
        Backup::named(&self.source(), &self.asker.prefix, key)
    }

    /// What the source is called on every backup of it.
    fn source(&self) -> String {
        source(&self.asker.bucket, &self.asker.prefix)
    }

    /// `x-amz-request-payer`, where it was said that the one who reads pays.
    fn payer(&self) -> Option<RequestPayer> {
        self.asker.requester_pays.then_some(RequestPayer::Requester)
    }

    pub(super) async fn list(&self, listing: Listing<'_>) -> Result<Page, CatalogError> {
        let request = self
            .client
            .list_objects_v2()
            .bucket(&self.asker.bucket)
            .set_request_payer(self.payer())
            .prefix(listing.prefix)
            .encoding_type(EncodingType::Url)
            .set_delimiter(listing.delimiter.then(|| "/".to_owned()))
            .set_max_keys(listing.limit.map(i32::from))
            .set_continuation_token(listing.from.map(|token| token.key.clone()));
        let asked = Asked::List(listing.prefix);
        let answer = request.send().await.map_err(|error| classify(&error, asked, &self.asker))?;
        let url = answer.encoding_type() == Some(&EncodingType::Url);
        let mut page = Page::default();
        let prefixes = answer.common_prefixes().iter().filter_map(|common| common.prefix());
        page.prefixes = prefixes.map(|prefix| Untrusted::from(decoded(prefix, url).as_ref())).collect();
        let source = self.source();
        for object in answer.contents() {
            let Some(key) = object.key() else { continue };
            let named = Backup::named(&source, &self.asker.prefix, &decoded(key, url));
            page.objects.push(Backup {
                size: object.size().and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
                modified: object.last_modified().and_then(moment),
                etag: object.e_tag().and_then(unquoted),
                storage_class: object.storage_class().and_then(|class| plain(class.as_str())),
                has_checksum: !object.checksum_algorithm().is_empty(),
                ..named
            });
        }
        if answer.is_truncated() == Some(true) {
            let what = || asked.words(&self.asker);
            let nonsense = || NoAnswer::Nonsense("there are more pages, and no word where".to_owned());
            let key = answer
                .next_continuation_token()
                .ok_or_else(|| CatalogError::NoAnswer { how: nonsense(), what: what() })?;
            page.next = Some(Token { key: key.to_owned(), version: None });
        }
        Ok(page)
    }

    pub(super) async fn versions(&self, prefix: &str, from: Option<&Token>) -> Result<Page, CatalogError> {
        let request = self
            .client
            .list_object_versions()
            .bucket(&self.asker.bucket)
            .set_request_payer(self.payer())
            .prefix(prefix)
            .encoding_type(EncodingType::Url)
            .set_key_marker(from.map(|token| token.key.clone()))
            .set_version_id_marker(from.and_then(|token| token.version.clone()));
        let asked = Asked::Versions(prefix);
        let answer = request.send().await.map_err(|error| classify(&error, asked, &self.asker))?;
        let url = answer.encoding_type() == Some(&EncodingType::Url);
        let mut page = Page::default();
        let source = self.source();
        for version in answer.versions() {
            let Some(key) = version.key() else { continue };
            let named = Backup::named(&source, &self.asker.prefix, &decoded(key, url));
            page.objects.push(Backup {
                size: version.size().and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
                modified: version.last_modified().and_then(moment),
                etag: version.e_tag().and_then(unquoted),
                version: kept_version(version.version_id(), version.is_latest().unwrap_or(true)),
                latest: version.is_latest().unwrap_or(true),
                storage_class: version.storage_class().and_then(|class| plain(class.as_str())),
                has_checksum: !version.checksum_algorithm().is_empty(),
                ..named
            });
        }
        for marker in answer.delete_markers() {
            let Some(key) = marker.key() else { continue };
            let named = Backup::named(&source, &self.asker.prefix, &decoded(key, url));
            page.objects.push(Backup {
                modified: marker.last_modified().and_then(moment),
                version: kept_version(marker.version_id(), marker.is_latest().unwrap_or(true)),
                latest: marker.is_latest().unwrap_or(true),
                deleted: true,
                ..named
            });
        }
        if answer.is_truncated() == Some(true)
            && let Some(key) = answer.next_key_marker()
        {
            let version = answer.next_version_id_marker().map(str::to_owned);
            page.next = Some(Token { key: decoded(key, url).into_owned(), version });
        }
        Ok(page)
    }

    pub(super) async fn head(&self, key: &str, version: Option<&str>) -> Result<Head, CatalogError> {
        match self.try_head(key, version, true).await {
            Ok(head) => Ok(head),
            Err(None) => {
                // A head has no body, so no code: a small read tells what it means. Some servers only dislike the
                // question for checksums.
                let probe =
                    self.read(key, Some(0..1), &Pinned { etag: None, version: version.map(str::to_owned) }).await;
                probe?;
                let again = self.try_head(key, version, false).await;
                again.map_err(|error| error.unwrap_or_else(|| self.no_head(key, version)))
            }
            Err(Some(error)) => Err(error),
        }
    }

    fn no_head(&self, key: &str, version: Option<&str>) -> CatalogError {
        let what = format!("the head of {}", Asked::Object(key, version).words(&self.asker));
        CatalogError::Refused { what, said: String::new() }
    }

    /// Asks for the head. `Err(None)`: refused, without a reason.
    async fn try_head(&self, key: &str, version: Option<&str>, checksums: bool) -> Result<Head, Option<CatalogError>> {
        let request = self
            .client
            .head_object()
            .bucket(&self.asker.bucket)
            .set_request_payer(self.payer())
            .key(key)
            .set_version_id(version.map(str::to_owned))
            .set_checksum_mode(checksums.then_some(ChecksumMode::Enabled));
        let asked = Asked::Object(key, version);
        match request.send().await {
            Ok(answer) => self.head_of(key, version, &answer).map_err(Some),
            Err(error) if answered(&error) => match classify(&error, asked, &self.asker) {
                error @ CatalogError::Region { named: Some(_), .. } => Err(Some(error)),
                _ => Err(None),
            },
            Err(error) => Err(Some(classify(&error, asked, &self.asker))),
        }
    }

    fn head_of(&self, key: &str, version: Option<&str>, answer: &HeadObjectOutput) -> Result<Head, CatalogError> {
        let length = answer.content_length().and_then(|length| u64::try_from(length).ok());
        let size = length.ok_or_else(|| CatalogError::NoAnswer {
            how: NoAnswer::Nonsense("it names no length".to_owned()),
            what: Asked::Object(key, version).words(&self.asker),
        })?;
        let etag = answer.e_tag().and_then(unquoted);
        let encrypted = matches!(
            answer.server_side_encryption(),
            Some(ServerSideEncryption::AwsKms | ServerSideEncryption::AwsKmsDsse)
        ) || answer.sse_customer_algorithm().is_some();
        let class = answer.storage_class().and_then(|class| plain(class.as_str()));
        let tier = answer.archive_status().and_then(|tier| plain(tier.as_str()));
        let asleep = tier.or_else(|| class.clone().filter(|class| class == "GLACIER" || class == "DEEP_ARCHIVE"));
        let restore = answer.restore().unwrap_or_default();
        let awake = restore.contains("ongoing-request=\"false\"");
        let on_its_way = restore.contains("ongoing-request=\"true\"");
        let archived = asleep.filter(|_| !awake).map(|class| self.asker.archived(key, version, &class, on_its_way));
        let named = self.named(key);
        let checksum = checksum_of(answer);
        Ok(Head {
            etag_is_md5: !encrypted && etag.as_deref().is_some_and(is_md5),
            archived,
            backup: Backup {
                size,
                modified: answer.last_modified().and_then(moment),
                etag,
                version: version.map(str::to_owned).or_else(|| kept_version(answer.version_id(), true)),
                latest: version.is_none(),
                storage_class: class,
                has_checksum: checksum.is_some(),
                ..named
            },
            checksum,
        })
    }

    /// The head of one part. A source that refuses the question, or knows no parts, tells nothing.
    pub(super) async fn part(&self, key: &str, number: u32, pinned: &Pinned) -> Result<Option<Part>, CatalogError> {
        let request = self
            .client
            .head_object()
            .bucket(&self.asker.bucket)
            .set_request_payer(self.payer())
            .key(key)
            .part_number(i32::try_from(number).unwrap_or(i32::MAX))
            .set_version_id(pinned.version.clone())
            .set_if_match(pinned.etag.as_ref().map(|etag| format!("\"{etag}\"")));
        let asked = Asked::Object(key, pinned.version.as_deref());
        match request.send().await {
            Ok(answer) => {
                let size = answer.content_length().and_then(|length| u64::try_from(length).ok());
                let of = answer.parts_count().and_then(|count| u32::try_from(count).ok());
                Ok(size.zip(of).map(|(size, of)| Part { size, of }))
            }
            Err(error) if answered(&error) => match classify(&error, asked, &self.asker) {
                error @ (CatalogError::Replaced { .. } | CatalogError::Region { named: Some(_), .. }) => Err(error),
                // Whatever else stands behind it (expired credentials) a small read tells.
                _ => self.read(key, Some(0..1), pinned).await.map(|_| None),
            },
            Err(error) => Err(classify(&error, asked, &self.asker)),
        }
    }

    pub(super) async fn read(
        &self,
        key: &str,
        range: Option<Range<u64>>,
        pinned: &Pinned,
    ) -> Result<Body, CatalogError> {
        let wanted = range.clone().filter(|range| !range.is_empty());
        let request = self
            .client
            .get_object()
            .bucket(&self.asker.bucket)
            .set_request_payer(self.payer())
            .key(key)
            .set_version_id(pinned.version.clone())
            .set_if_match(pinned.etag.as_ref().map(|etag| format!("\"{etag}\"")))
            .set_range(wanted.map(|range| format!("bytes={}-{}", range.start, range.end - 1)));
        let asked = Asked::Object(key, pinned.version.as_deref());
        let answer = request.send().await.map_err(|error| classify(&error, asked, &self.asker))?;
        let what = asked.words(&self.asker);
        if let (Some(pinned), Some(etag)) = (&pinned.etag, answer.e_tag().and_then(unquoted))
            && *pinned != etag
        {
            // A server that does not know If-Match.
            return Err(CatalogError::Replaced { key: what });
        }
        let length = answer.content_length().and_then(|length| u64::try_from(length).ok()).unwrap_or_default();
        let (sent, total) = match answer.content_range() {
            Some(text) => {
                let nonsense = || CatalogError::NoAnswer {
                    how: NoAnswer::Nonsense(format!("Content-Range is {}", crate::text::printable(text))),
                    what: what.clone(),
                };
                let (range, total) = content_range(text).ok_or_else(nonsense)?;
                (range, total)
            }
            None => (0..length, Some(length)),
        };
        let seen = Seen {
            etag: answer.e_tag().and_then(unquoted),
            version: kept_version(answer.version_id(), true),
            modified: answer.last_modified().and_then(moment),
        };
        Ok(Body { range: sent, total, seen, bytes: stream(answer.body, what) })
    }
}

/// The body as a stream whose errors are ours.
fn stream(body: ByteStream, what: String) -> futures::stream::BoxStream<'static, Result<bytes::Bytes, CatalogError>> {
    futures::stream::unfold(Some(body), move |body| {
        let what = what.clone();
        async move {
            let mut body = body?;
            match body.next().await? {
                Ok(bytes) => Some((Ok(bytes), Some(body))),
                Err(error) => Some((Err(body_failed(&error, what)), None)),
            }
        }
    })
    .boxed()
}

/// The first checksum that the head names, the strongest first.
fn checksum_of(answer: &HeadObjectOutput) -> Option<Checksum> {
    let found = [
        (Algorithm::Sha256, answer.checksum_sha256()),
        (Algorithm::Crc64Nvme, answer.checksum_crc64_nvme()),
        (Algorithm::Sha1, answer.checksum_sha1()),
        (Algorithm::Crc32C, answer.checksum_crc32_c()),
        (Algorithm::Crc32, answer.checksum_crc32()),
    ];
    let (algorithm, text) = found.into_iter().find_map(|(algorithm, text)| text.map(|text| (algorithm, text)))?;
    // A digest of the parts' digests has their number behind it, and says so in its type.
    let (text, parts) = text.split_once('-').map_or((text, false), |(text, _)| (text, true));
    // Some servers name no type. Of an object that was uploaded in parts nothing is then known of what the digest covers,
    // but for CRC64NVME, which is always of the whole.
    let in_parts = answer.e_tag().is_some_and(|tag| tag.contains('-'));
    let composite = match answer.checksum_type() {
        Some(kind) => parts || kind.as_str() == "COMPOSITE",
        None => parts || (in_parts && algorithm != Algorithm::Crc64Nvme),
    };
    let digest = aws_smithy_types::base64::decode(text).ok()?;
    (digest.len() == algorithm.length()).then_some(Checksum { algorithm, digest, composite })
}

/// `bytes 0-99/1234`: the range, and the whole length where it is known.
fn content_range(text: &str) -> Option<(Range<u64>, Option<u64>)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (from, to) = range.split_once('-')?;
    let (from, to): (u64, u64) = (from.parse().ok()?, to.parse().ok()?);
    let end = to.checked_add(1).filter(|end| *end > from)?;
    Some((from..end, total.parse().ok()))
}

fn is_md5(etag: &str) -> bool {
    etag.len() == 32 && etag.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// An ETag without its quotes; one with characters that no ETag has is taken for none.
fn unquoted(etag: &str) -> Option<String> {
    let inner = etag.strip_prefix('"').and_then(|etag| etag.strip_suffix('"')).unwrap_or(etag);
    plain(inner)
}

/// A version that can be asked for. A bucket without versions calls its objects `null`: the newest one needs no such name.
fn kept_version(version: Option<&str>, latest: bool) -> Option<String> {
    version.filter(|version| !(latest && *version == "null")).and_then(plain)
}

/// A word of a header or of XML that needs no care on a screen.
fn plain(text: &str) -> Option<String> {
    let fits = !text.is_empty() && text.len() <= 1024 && text.chars().all(|c| c.is_ascii_graphic() && c != '"');
    fits.then(|| text.to_owned())
}

fn moment(at: &DateTime) -> Option<Timestamp> {
    Timestamp::new(at.secs(), i32::try_from(at.subsec_nanos()).ok()?).ok()
}

/// A key of a list, once: with `encoding-type=url` a blank is `+` and everything else `%XX`.
fn decoded(key: &str, url: bool) -> Cow<'_, str> {
    if !url || !key.contains(['+', '%']) {
        return Cow::Borrowed(key);
    }
    let bytes = key.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = || key.get(at + 1..at + 3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte {
            b'+' => out.push(b' '),
            b'%' if hex().is_some() => {
                out.extend(hex());
                at += 2;
            }
            byte => out.push(byte),
        }
        at += 1;
    }
    Cow::Owned(Untrusted::from_bytes(&out).raw().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_decoded_once() {
        assert_eq!(decoded("a+b%2Bc%2525/%C3%A9%0A", true), "a b+c%25/é\n");
        assert_eq!(decoded("a+b%41", false), "a+b%41");
        assert_eq!(decoded("100%", true), "100%");
        assert_eq!(decoded("%é", true), "%é");
    }

    #[test]
    fn content_ranges_are_read() {
        assert_eq!(content_range("bytes 0-99/1234"), Some((0..100, Some(1234))));
        assert_eq!(content_range("bytes 5-5/*"), Some((5..6, None)));
        assert_eq!(content_range("bytes 9-5/10"), None);
        assert_eq!(content_range("bytes */10"), None);
    }

    #[test]
    fn only_plain_words_of_headers_are_kept() {
        assert_eq!(unquoted("\"abc-2\"").as_deref(), Some("abc-2"));
        assert_eq!(unquoted("\"\u{1b}[2J\""), None);
        assert!(is_md5("d41d8cd98f00b204e9800998ecf8427e") && !is_md5("d41d8cd98f00b204e9800998ecf8427e-2"));
    }
}
