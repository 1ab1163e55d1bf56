//! What can go wrong while a database is read or rewritten, as errors that a caller can match.

use std::path::{Path, PathBuf};

use crate::finding::Code;
use crate::progress::Cancelled;
use crate::text::{self, Untrusted};

use super::facts::JsonProblem;

/// Why reading, planning or rewriting ended.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// A file could not be read or written.
    #[error("{what} {}: {source}", .path.display())]
    Io {
        /// What was tried: `cannot read`.
        what: &'static str,
        /// Which file.
        path: PathBuf,
        /// What the system answered.
        source: std::io::Error,
    },
    /// SQLite refused something.
    #[error("SQLite cannot {what}: {}", .message.printable())]
    Sqlite {
        /// What was tried: `read the table Events`.
        what: String,
        /// What SQLite answered; it may quote the file.
        message: Untrusted,
    },
    /// A file that lies elsewhere could not be read; the error is that of the source.
    #[error("it cannot be read: {0}")]
    Remote(std::io::Error),
    /// Somebody asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The plan cannot be made for this file and these IDs.
    #[error("this backup cannot be rewritten: {}", sentences(.0))]
    Refused(Vec<Refusal>),
    /// The file is not the one that the plan was made for (R504).
    #[error("the backup changed since it was inspected: its SHA-256 was {expected} and is {found}")]
    SourceChanged {
        /// The digest in the plan.
        expected: String,
        /// The digest now.
        found: String,
    },
    /// Another number of rows changed than was planned (R502).
    #[error("{} rows of {} changed, planned were {}", text::count(*.changed), .table.printable(), text::count(*.planned))]
    CountDiffers {
        /// The table.
        table: Untrusted,
        /// Rows in the plan.
        planned: u64,
        /// Rows that SQLite changed.
        changed: u64,
    },
    /// Something else differs than was planned (R503).
    #[error("something else changed: {place}: {what}")]
    Different {
        /// Where: `Events.payload, row 17`. Printable.
        place: String,
        /// What differs there. Printable.
        what: String,
    },
    /// More foreign keys are broken than before (R505).
    #[error("{} foreign keys are broken, {} were before; first {example}", text::count(*.after), text::count(*.before))]
    ForeignKeys {
        /// Broken keys in the backup.
        before: u64,
        /// Broken keys in the copy.
        after: u64,
        /// The first one: `Events, row 17`. Printable.
        example: String,
    },
    /// The rewritten copy does not pass the integrity check (R204).
    #[error("the rewritten copy does not pass SQLite's integrity check: {}", first(.0))]
    Damaged(Vec<Untrusted>),
}

impl DatabaseError {
    /// The code of the finding that this error is, where it is one.
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::SourceChanged { .. } => Some(Code::R504),
            Self::CountDiffers { .. } => Some(Code::R502),
            Self::Different { .. } => Some(Code::R503),
            Self::ForeignKeys { .. } => Some(Code::R505),
            Self::Damaged(_) => Some(Code::R204),
            Self::Refused(refusals) => refusals.first().map(Refusal::code),
            Self::Io { .. } | Self::Sqlite { .. } | Self::Remote(_) | Self::Cancelled(_) => None,
        }
    }

    /// An error of SQLite while `what` was tried; an interrupt is [`DatabaseError::Cancelled`].
    pub(super) fn sqlite(what: impl Into<String>, error: &rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::OperationInterrupted) => Self::Cancelled(Cancelled),
            _ => Self::Sqlite { what: what.into(), message: message(error) },
        }
    }

    /// An error of the system about a file.
    pub(super) fn io(what: &'static str, path: &Path, source: std::io::Error) -> Self {
        Self::Io { what, path: path.to_owned(), source }
    }

    /// Whether somebody asked to stop: not a fault.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Cancelled(_))
    }
}

/// Why no plan can be made. `restore::assess` says the same as findings before it comes to that.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A table or a column of a connector's database is missing (R205).
    #[error("{} is missing", missing(.table, .column.as_deref()))]
    Missing {
        /// The table: `Events`.
        table: String,
        /// The column, when the table is there.
        column: Option<String>,
    },
    /// The schema needs what only the connector has (R210).
    #[error("{} needs what only the connector has: {}", .object.printable(), .what.printable())]
    Needs {
        /// The table or index.
        object: Untrusted,
        /// What SQLite says about it.
        what: Untrusted,
    },
    /// The old hub is not in `Integrations` (R301).
    #[error("Integrations has no row of hub {0}")]
    NoHub(crate::identity::HubId),
    /// The old hub stands in more than one row of `Integrations` (R303).
    #[error("Integrations has {rows} rows of hub {hub}")]
    SeveralRows {
        /// The hub.
        hub: crate::identity::HubId,
        /// Its rows.
        rows: u64,
    },
    /// The old connector is not in `sources` of the old hub's row (R301).
    #[error("no source of this hub is connector {0}")]
    NoConnector(crate::identity::ConnectorId),
    /// A JSON text is not what it should be (R302).
    #[error("{}", .0.sentence())]
    Json(JsonProblem),
    /// A source under this hub names another hub (R301).
    #[error("{place} names hub {} inside", .integration.printable())]
    OtherHubInside {
        /// Where: `Events.source, row 17`. Printable.
        place: String,
        /// What stands there.
        integration: Untrusted,
    },
    /// An event's source names a connector that `sources` does not hold (R305).
    #[error("{} events name connector {}, which is not in sources", text::count(*.rows), .connector.printable())]
    UnknownConnector {
        /// What stands there.
        connector: Untrusted,
        /// How many events.
        rows: u64,
    },
    /// The old hub's ID is written in more ways than can be matched one by one (R301).
    #[error("the ID of hub {0} is written in more than 1,000 ways")]
    TooManyForms(crate::identity::HubId),
    /// A new ID that differs from its old one stands in the backup already (R403).
    #[error("the new ID {id} stands in {table}.{column} already, in {rows} rows")]
    NewIdPresent {
        /// The new ID.
        id: uuid::Uuid,
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// Rows that hold it.
        rows: u64,
    },
}

impl Refusal {
    /// The code of the finding that says the same.
    pub const fn code(&self) -> Code {
        match self {
            Self::Missing { .. } => Code::R205,
            Self::Needs { .. } => Code::R210,
            Self::NoHub(_) | Self::NoConnector(_) | Self::OtherHubInside { .. } | Self::TooManyForms(_) => Code::R301,
            Self::SeveralRows { .. } => Code::R303,
            Self::Json(_) => Code::R302,
            Self::UnknownConnector { .. } => Code::R305,
            Self::NewIdPresent { .. } => Code::R403,
        }
    }
}

/// What SQLite says, without rusqlite's wrapping.
pub(super) fn message(error: &rusqlite::Error) -> Untrusted {
    match error {
        rusqlite::Error::SqliteFailure(code, None) => Untrusted::new(code.to_string()),
        rusqlite::Error::SqliteFailure(_, Some(text)) => Untrusted::new(text.clone()),
        rusqlite::Error::SqlInputError { msg, .. } => Untrusted::new(msg.clone()),
        other => Untrusted::new(other.to_string()),
    }
}

fn sentences(refusals: &[Refusal]) -> String {
    refusals.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn first(lines: &[Untrusted]) -> String {
    lines.first().map(Untrusted::printable).unwrap_or_default()
}

fn missing(table: &str, column: Option<&str>) -> String {
    column.map_or_else(|| format!("the table {table}"), |column| format!("the column {table}.{column}"))
}
