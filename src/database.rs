//! What is inside a database file, and rewriting it. All SQLite is here and in `hub`.
//!
//! A backup is untrusted: [`header`] reads its bytes before SQLite sees it, and every connection of this module is opened
//! hardened and read-only, but for the private copy that [`rewrite`] makes. Nothing here makes findings: [`inspect()`] and
//! [`plan()`] give plain data, which `restore::assess` turns into findings.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`header`] | the first 100 bytes and the length of a file, as facts |
//! | [`facts`] | what [`inspect()`] finds, as plain data |
//! | [`inspect()`] | all checks of a file, in few passes |
//! | [`source_json`] | the JSON of a source: strict reading, IDs replaced in place |
//! | [`plan()`] | what a restore would change; a pure read |
//! | [`rewrite`] | exactly the plan, on a private copy, with the proof |
//! | [`browse`] | the rows of any table, page by page |
//! | [`far`] | the same of a database that lies elsewhere, as far as it may be read |
//! | [`query`] | one statement of SQL that only reads |
//! | [`compare`] | two databases, row by row |
//! | [`peek()`] | whose database a file is that lies elsewhere, of which only a few blocks are read |
//! | [`glance`] | who a connector's database belongs to, and how full it is |
//! | [`sample`] | made-up databases of connectors, for the demo and for tests |

mod book;
pub mod browse;
mod cell;
mod checks;
pub mod compare;
mod digest;
mod distinct;
mod error;
pub mod facts;
pub mod far;
pub mod glance;
pub mod header;
mod inspect;
mod mapper;
mod newest;
mod open;
mod peek;
mod plan;
mod proof;
pub mod query;
mod remote;
mod residue;
pub mod rewrite;
pub mod sample;
mod schema;
pub mod source_json;
mod walk;
mod watch;

pub use error::{DatabaseError, Refusal};
pub use facts::FileFacts;
pub use inspect::{InspectStage, inspect};
pub use peek::{Peeked, peek};
pub use plan::{Change, ColumnChange, Example, Plan, PlanStage, Spellings, TableRows, plan};
