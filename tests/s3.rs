//! The catalog against a real S3 protocol server in this process.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use support::bucket::Bucket;

#[test]
fn a_bucket_starts_and_ends() {
    let bucket = Bucket::start();
    bucket.put("a", *b"x", "2026-11-17T02:54:00Z");
    assert!(bucket.only_read());
}
