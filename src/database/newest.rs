//! The newest event, by a column that looks like a time: by its name, its type and its values.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::text::Untrusted;

use super::DatabaseError;
use super::cell::{CellRef, as_utf8};
use super::facts::NewestEvent;
use super::schema::{Generated, Table};
use super::walk::RowView;

/// Columns that are watched at once.
const CANDIDATES: usize = 3;

/// Watches the time-like columns of a table while its rows go by.
pub(super) struct Newest {
    candidates: Vec<Candidate>,
}

struct Candidate {
    column: usize,
    newest: Option<Timestamp>,
    times: u64,
    others: u64,
    /// The last text and what it was: neighbours are often equal.
    last: (Vec<u8>, Option<Timestamp>),
}

impl Newest {
    /// The columns of `table` whose name and type look like a time, the likeliest first.
    pub(super) fn of(table: &Table) -> Self {
        let mut ranked: Vec<(u32, usize)> = table
            .columns
            .iter()
            .enumerate()
            .filter(|(_, column)| column.generated != Generated::Virtual)
            .filter_map(|(at, column)| Some((rank(&column.name, &column.declared)?, at)))
            .collect();
        ranked.sort_unstable();
        let candidate = |(_, column)| Candidate { column, newest: None, times: 0, others: 0, last: (Vec::new(), None) };
        Self { candidates: ranked.into_iter().take(CANDIDATES).map(candidate).collect() }
    }

    /// The table with nothing but the columns that are watched: no other cell has to be read.
    pub(super) fn narrowed(&self, table: &Table) -> Table {
        let watched = |at: &usize| self.candidates.iter().any(|candidate| candidate.column == *at);
        let columns = (0..table.columns.len()).filter(watched).map(|at| table.columns[at].clone()).collect();
        Table { columns, ..table.clone() }
    }

    /// One row goes by.
    pub(super) fn see(&mut self, row: &RowView<'_>) -> Result<(), DatabaseError> {
        for candidate in &mut self.candidates {
            candidate.see(row.cell(candidate.column)?, row);
        }
        Ok(())
    }

    /// The newest event by the likeliest column whose values are times.
    pub(super) fn found(&self, table: &Table) -> Option<NewestEvent> {
        let fits = |candidate: &&Candidate| candidate.times > 0 && candidate.others * 100 <= candidate.times;
        let best = self.candidates.iter().find(fits)?;
        Some(NewestEvent {
            table: Untrusted::new(table.name.clone()),
            column: Untrusted::new(table.columns[best.column].name.clone()),
            at: best.newest?,
        })
    }
}

impl Candidate {
    fn see(&mut self, cell: CellRef<'_>, row: &RowView<'_>) {
        let time = match cell {
            CellRef::Null => return,
            CellRef::Integer(number) => from_number(number as f64),
            CellRef::Real(number) => from_number(number),
            CellRef::Text(bytes) => {
                if self.last.0 != bytes {
                    let text = as_utf8(cell, row.wide);
                    self.last.1 = text.and_then(|text| std::str::from_utf8(&text).ok().and_then(from_text));
                    self.last.0.clear();
                    self.last.0.extend_from_slice(bytes);
                }
                self.last.1
            }
            CellRef::Blob(_) => None,
        };
        match time {
            Some(time) => {
                self.times += 1;
                self.newest = self.newest.max(Some(time));
            }
            None => self.others += 1,
        }
    }
}

/// How likely a column of this name and type tells when an event happened; 0 is likeliest, none is unlikely.
fn rank(name: &str, declared: &str) -> Option<u32> {
    const EXACT: &[&str] = &[
        "createdat",
        "created",
        "timestamp",
        "eventtime",
        "eventtimestamp",
        "occurredat",
        "occurred",
        "time",
        "ts",
        "datetime",
        "creationtime",
        "createdon",
        "createdtime",
        "eventdate",
        "date",
        "receivedat",
        "insertedat",
        "loggedat",
        "at",
    ];
    const WITHIN: &[&str] = &["created", "occur", "timestamp", "receiv", "insert", "logged"];
    const NEVER: &[&str] = &[
        "expir", "due", "until", "schedul", "next", "valid", "retry", "deadline", "timeout", "update", "modif", "zone",
    ];
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let declared = declared.to_ascii_lowercase();
    if NEVER.iter().any(|word| plain.contains(word)) || declared.contains("blob") || declared.contains("bool") {
        return None;
    }
    if let Some(at) = EXACT.iter().position(|word| plain == *word) {
        return u32::try_from(at).ok();
    }
    if WITHIN.iter().any(|word| plain.contains(word)) {
        return Some(100);
    }
    let ends = ["time", "date", "at", "on"].iter().any(|end| plain.ends_with(end));
    let typed = declared.contains("time") || declared.contains("date");
    match (ends && name.len() > 3, typed) {
        (true, true) => Some(200),
        (_, true) => Some(300),
        (true, _) if ["time", "date"].iter().any(|end| plain.ends_with(end)) => Some(400),
        _ => None,
    }
}

/// Seconds, milliseconds, microseconds or nanoseconds since 1970, when that lies between 2000 and 2100.
fn from_number(number: f64) -> Option<Timestamp> {
    const YEARS: std::ops::Range<f64> = 946_684_800.0..4_102_444_800.0;
    let seconds =
        [1.0, 1e3, 1e6, 1e9].into_iter().map(|scale| number / scale).find(|seconds| YEARS.contains(seconds))?;
    #[allow(clippy::cast_possible_truncation)] // The range was just checked.
    Timestamp::from_millisecond((seconds * 1e3) as i64).ok()
}

/// A time as text: RFC 3339, or without an offset, taken as UTC, or a number.
fn from_text(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        return from_number(number);
    }
    let time: Timestamp = match text.parse() {
        Ok(time) => time,
        Err(_) => text.parse::<DateTime>().ok().filter(|_| text.len() > 10)?.to_zoned(TimeZone::UTC).ok()?.timestamp(),
    };
    from_number(time.as_second() as f64).map(|_| time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_their_usual_forms() {
        let expected: Timestamp = "2026-11-17T02:51:00Z".parse().unwrap();
        for text in
            ["2026-11-17T02:51:00Z", "2026-11-17 02:51:00", "2026-11-17T04:51:00+02:00", "1794883860", "1794883860000"]
        {
            assert_eq!(from_text(text), Some(expected), "{text}");
        }
        assert_eq!(from_number(1_794_883_860_000_000.0), Some(expected));
        for text in ["", "12", "1999-01-01T00:00:00Z", "2026-11-17", "soon", "9999-01-01T00:00:00Z", "NaN"] {
            assert_eq!(from_text(text), None, "{text}");
        }
    }

    #[test]
    fn names_decide_before_types() {
        assert!(rank("createdAt", "TEXT") < rank("timestamp", ""));
        assert!(rank("time_created", "INTEGER") < rank("start_time", "DATETIME"));
        for name in ["expiresAt", "updated_at", "payload", "status", "format", "description", "timeout", "nr"] {
            assert_eq!(rank(name, "TEXT"), None, "{name}");
        }
    }
}
