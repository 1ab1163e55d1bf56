//! The catalog against a real S3 protocol server in this process: levels, refusals, downloads.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

#[path = "s3/browse.rs"]
mod browse;
#[path = "s3/download.rs"]
mod download;
#[path = "s3/levels.rs"]
mod levels;
#[path = "s3/moto.rs"]
mod moto;
#[path = "s3/peek.rs"]
mod peek;
#[path = "s3/ranges.rs"]
mod ranges;
#[path = "s3/refusals.rs"]
mod refusals;
#[path = "s3/search.rs"]
mod search;
