//! Addresses of objects: `s3://bucket/key`, where the ARN of an access point may stand in the place of the bucket.

use super::CatalogError;

/// Splits what stands behind `s3://` into the bucket, or the ARN of an access point, and the rest.
pub(crate) fn split_bucket(address: &str) -> (&str, &str) {
    let point = ["accesspoint/", "accesspoint:"].iter().find_map(|word| Some(address.find(word)? + word.len()));
    // The ARN has slashes of its own: the bucket ends behind the access point's name.
    let from = point.filter(|_| is_arn(address)).unwrap_or_default();
    match address.get(from..).and_then(|rest| rest.find('/')) {
        Some(at) => (&address[..from + at], &address[from + at + 1..]),
        None => (address, ""),
    }
}

/// Whether the place of the bucket holds an ARN.
pub(crate) fn is_arn(bucket: &str) -> bool {
    bucket.starts_with("arn:")
}

/// The region that an ARN names.
pub(super) fn region_of(bucket: &str) -> Option<&str> {
    is_arn(bucket).then(|| bucket.split(':').nth(3)).flatten().filter(|region| !region.is_empty())
}

/// Refuses what cannot be a bucket or an access point.
pub(super) fn check(bucket: &str) -> Result<(), CatalogError> {
    let why = if bucket.is_empty() {
        "The address names no bucket."
    } else if !is_arn(bucket) {
        return Ok(());
    } else if !bucket.contains("accesspoint/") && !bucket.contains("accesspoint:") {
        "This ARN is not that of an access point: arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME."
    } else if region_of(bucket).is_none() {
        "This access point is one of several regions: take the ARN of the access point of one region."
    } else {
        return Ok(());
    };
    Err(CatalogError::Unreadable { why: why.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const POINT: &str = "arn:aws:s3:eu-central-1:123456789012:accesspoint/name";

    #[test]
    fn the_bucket_ends_at_its_slash_and_an_access_point_behind_its_name() {
        assert_eq!(split_bucket("backups/a/b"), ("backups", "a/b"));
        assert_eq!(split_bucket("backups"), ("backups", ""));
        assert_eq!(split_bucket("backups/accesspoint/b"), ("backups", "accesspoint/b"));
        assert_eq!(split_bucket(POINT), (POINT, ""));
        assert_eq!(split_bucket(&format!("{POINT}/a/b")), (POINT, "a/b"));
        let outpost = "arn:aws:s3-outposts:eu-central-1:123456789012:outpost/op-1/accesspoint/name";
        assert_eq!(split_bucket(&format!("{outpost}/a/b")), (outpost, "a/b"));
        let colons = "arn:aws:s3:eu-central-1:123456789012:accesspoint:name";
        assert_eq!(split_bucket(&format!("{colons}/a")), (colons, "a"));
    }

    #[test]
    fn an_arn_is_that_of_an_access_point_with_a_region() {
        assert_eq!(region_of(POINT), Some("eu-central-1"));
        assert_eq!(region_of("backups"), None);
        assert!(check(POINT).is_ok() && check("backups").is_ok());
        for wrong in ["", "arn:aws:s3:::backups", "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap"] {
            assert!(check(wrong).is_err(), "{wrong}");
        }
    }
}
