//! The bytes of a download (R108 to R111): replaced, cut, changed, and what they are compared with.

use reseat::catalog::Algorithm;
use sha2::Digest;

use crate::bucket_traps::{Stand, finding, silent, stand, text, usual};
use crate::desk::{EVENTS, HUB, OLD, hours_ago, key, sample};
use crate::support::bucket::{Ask, Fault};

/// Trap R108: the connector uploads a new backup between the choice and the first byte.
/// Quiet R108: the chosen version stays the chosen version, whatever is uploaded.
#[test]
fn an_object_that_is_replaced_meanwhile() {
    let stand = stand();
    stand.bucket.replace_after_head(&key(OLD), stand.bytes(&sample(HUB, OLD, EVENTS + 7)));
    let found = stand.refused(&usual(&key(OLD)), "R108");
    assert_eq!(text(&found, "severity"), "warn");
    assert!(text(&found, "detail").contains("began again, with the new one"), "{found}");
    // What was compared and kept is the new one, wholly.
    let plan = stand.planned(&usual(&key(OLD)));
    assert_eq!(plan["changes"][1]["rows"], EVENTS + 7);

    let stand = self::stand();
    stand.bucket.versioned();
    let version = stand.bucket.put(&key(OLD), stand.healthy(), &hours_ago(2).to_string()).unwrap();
    stand.bucket.replace_after_head(&key(OLD), stand.bytes(&sample(HUB, OLD, EVENTS + 7)));
    let plan = stand.planned(&usual(&format!("{}?versionId={version}", key(OLD))));
    silent(&plan, "R108");
    assert_eq!(plan["changes"][1]["rows"], EVENTS);
}

/// Trap R109: more bytes come than were announced.
/// Quiet R109: the connection is cut, and the download goes on at its byte.
#[test]
fn a_body_of_another_length() {
    let stand = stand();
    stand.bucket.fail(Ask::Get, 1000, Fault::Padded(5));
    let found = stand.refused(&usual(&key(OLD)), "R109");
    assert_eq!(text(&found, "severity"), "block");
    stand.bucket.heal();
    stand.bucket.fail(Ask::Get, 1, Fault::Short(50_000));
    silent(&stand.planned(&usual(&key(OLD))), "R109");
    let ranges = stand.bucket.log().into_iter().filter_map(|request| request.range);
    assert!(ranges.into_iter().any(|range| range.starts_with("bytes=50000-")), "{:?}", stand.bucket.log());
}

/// How a checksum of parts is made, by the rules of S3.
fn composite(algorithm: Algorithm, bytes: &[u8], sizes: &[u64]) -> String {
    let mut digests = Vec::new();
    let mut rest = bytes;
    for size in sizes {
        let (part, after) = rest.split_at(usize::try_from(*size).unwrap());
        digests.extend(digest(algorithm, part));
        rest = after;
    }
    format!("{}-{}", aws_smithy_types::base64::encode(digest(algorithm, &digests)), sizes.len())
}

fn digest(algorithm: Algorithm, bytes: &[u8]) -> Vec<u8> {
    let crc = |kind, length: usize| crc_fast::checksum(kind, bytes).to_be_bytes()[8 - length..].to_vec();
    match algorithm {
        Algorithm::Crc32 => crc(crc_fast::CrcAlgorithm::Crc32IsoHdlc, 4),
        Algorithm::Crc32C => crc(crc_fast::CrcAlgorithm::Crc32Iscsi, 4),
        Algorithm::Crc64Nvme => crc(crc_fast::CrcAlgorithm::Crc64Nvme, 8),
        Algorithm::Sha1 => sha1::Sha1::digest(bytes).to_vec(),
        Algorithm::Sha256 => sha2::Sha256::digest(bytes).to_vec(),
        Algorithm::Md5 => md5::Md5::digest(bytes).to_vec(),
    }
}

/// Stores the backup as if it had been uploaded in three parts of these sizes, the middle one the smallest.
fn in_parts(stand: &Stand, algorithm: Algorithm) -> Vec<u64> {
    let bytes = stand.healthy();
    let sizes = vec![70_000, 3, bytes.len() as u64 - 70_003];
    let value = composite(algorithm, &bytes, &sizes);
    stand.bucket.change(&key(OLD), |stored| {
        stored.etag = Some("0123456789abcdef0123456789abcdef-3".to_owned());
        stored.checksum = Some((algorithm, value, true));
        stored.parts.clone_from(&sizes);
    });
    sizes
}

/// Trap R110: a bit turns on the way; the whole object's checksum, the parts' checksum and the MD5 in the ETag each see it.
/// Quiet R110: an ETag of parts is no MD5, and a checksum of parts is none of the whole: neither is taken for it.
#[test]
fn bytes_that_are_not_those_of_the_bucket() {
    let flipped = |stand: &Stand, by: &str| {
        stand.bucket.fail(Ask::Get, 1, Fault::Flip(4711));
        let found = stand.refused(&usual(&key(OLD)), "R110");
        assert_eq!(text(&found, "severity"), "block");
        assert!(text(&found, "detail").starts_with(&format!("The {by} of the bytes is ")), "{found}");
        let left = std::fs::read_dir(stand.desk.state.join("backups")).into_iter().flatten();
        assert!(!left.flatten().any(|entry| entry.path().extension().is_some_and(|it| it == "db")), "wrong bytes stay");
    };
    let whole = stand();
    flipped(&whole, "CRC64NVME");
    whole.bucket.change(&key(OLD), |stored| stored.checksum = None);
    flipped(&whole, "MD5");
    let stand = stand();
    in_parts(&stand, Algorithm::Sha1);
    flipped(&stand, "SHA1");
    silent(&stand.planned(&usual(&key(OLD))), "R110");
}

/// Trap R111: uploaded in parts without a checksum; a checksum of parts whose sizes the source does not tell.
/// Quiet R111: each algorithm of S3, of the whole object or of parts of any sizes, is computed again.
#[test]
fn what_the_bytes_can_be_compared_with() {
    let algorithms = [Algorithm::Crc32, Algorithm::Crc32C, Algorithm::Crc64Nvme, Algorithm::Sha1, Algorithm::Sha256];
    for algorithm in algorithms {
        let stand = stand();
        let value = aws_smithy_types::base64::encode(digest(algorithm, &stand.healthy()));
        stand.bucket.change(&key(OLD), |stored| stored.checksum = Some((algorithm, value, false)));
        silent(&stand.planned(&usual(&key(OLD))), "R111");
    }
    for algorithm in algorithms.into_iter().filter(|it| *it != Algorithm::Crc64Nvme) {
        let stand = stand();
        in_parts(&stand, algorithm);
        let plan = stand.planned(&usual(&key(OLD)));
        silent(&plan, "R111");
        let asked = stand.bucket.log().iter().filter(|request| request.query.contains("partNumber")).count();
        assert_eq!(asked, 3, "{:?}", stand.bucket.log());
    }
    let stand = stand();
    in_parts(&stand, Algorithm::Sha256);
    stand.bucket.change(&key(OLD), |stored| stored.parts.clear());
    let said = |why: &str| {
        let plan = stand.planned(&usual(&key(OLD)));
        let found = finding(&plan, "R111");
        assert_eq!((text(&found, "severity"), text(&plan, "verdict")), ("info", "ok"));
        assert!(text(&found, "detail").contains(why), "{found}");
        // It is kept with the download, and said again without asking the bucket.
        let plan = stand.planned(&usual(&key(OLD)));
        assert!(text(&finding(&plan, "R111"), "detail").contains(why), "{plan}");
        std::fs::remove_dir_all(&stand.desk.state).unwrap();
    };
    said("does not say how large they are");
    stand.bucket.change(&key(OLD), |stored| stored.parts = vec![1, 2]);
    said("do not add up to its length");
    stand.bucket.change(&key(OLD), |stored| stored.checksum = None);
    said("The object has no checksum");
    stand.bucket.change(&key(OLD), |stored| {
        stored.etag = Some("0123456789abcdef0123456789abcdef".to_owned());
        stored.kms = true;
    });
    said("encrypted by KMS");
}
