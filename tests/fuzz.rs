//! Fuzz targets for everything that reads what others wrote. `cargo test --test fuzz` replays their corpus, which lies in
//! `tests/fuzz/__fuzz__`, and then tries a few random inputs. With coverage guidance, on stable, for ten minutes:
//! `cargo bolero test header::what_is_accepted_adds_up --sanitizer NONE -T 10m`.
//!
//! What a target says is held against a second reading of the same bytes, written here and nowhere else.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "fuzz/header.rs"]
mod header;
#[path = "fuzz/journal.rs"]
mod journal;
#[path = "fuzz/keys.rs"]
mod keys;
#[path = "fuzz/source_json.rs"]
mod source_json;
#[path = "fuzz/text.rs"]
mod text;

/// How many random inputs `cargo test` tries, for each target, behind the corpus. A limit of time would end the corpus, too.
const TRIES: usize = 300;
