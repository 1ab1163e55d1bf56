//! How a backup grew from version to version: so that the day on which a database went wrong can be seen.

use jiff::Timestamp;

use super::{Entry, Versions};
use crate::text;

/// The columns beside a bar, with the blanks between: mark, time, size, newest event; and events where they fit.
const BESIDE: usize = 2 + 11 + 1 + 1 + 10 + 1 + NEWEST;
const EVENTS: usize = 1 + 9;
/// `11-17 02:51 OLDER`
const NEWEST: usize = 17;

impl Versions {
    /// The version before this one of the same file; delete markers are none.
    fn before(&self, entry: &Entry) -> Option<&Entry> {
        let same = |other: &&Entry| other.backup.key == entry.backup.key && !other.backup.deleted;
        let at = self.entries.iter().position(|other| other.backup == entry.backup)?;
        self.entries[at + 1..].iter().find(same)
    }

    /// What changed in size against the version before: `+1.2 MiB`.
    pub fn change(&self, entry: &Entry) -> Option<String> {
        let before = self.before(entry).filter(|_| !entry.backup.deleted)?.backup.size;
        let size = entry.backup.size;
        let words = text::size(size.abs_diff(before)).replace(" bytes", " B").replace(" byte", " B");
        Some(match size.cmp(&before) {
            std::cmp::Ordering::Less => format!("-{words}"),
            std::cmp::Ordering::Equal => "same".to_owned(),
            std::cmp::Ordering::Greater => format!("+{words}"),
        })
    }

    /// How much newer its newest event is than that of the version before, `+1 d 5 h`; the moment where that is not known.
    pub fn newest_change(&self, entry: &Entry, newest: Timestamp) -> String {
        match self.before(entry).and_then(|before| self.newest(before)) {
            Some(before) if before < newest => format!("+{}", text::age(before, newest)),
            Some(before) if before > newest => format!("-{}", text::age(newest, before)),
            Some(_) => "same".to_owned(),
            None => newest.strftime("%m-%d %H:%M").to_string(),
        }
    }

    /// What changed against the version before, in one sentence: its size, and its newest event where both are known.
    pub fn grown(&self, entry: &Entry) -> Option<String> {
        let size = self.change(entry)?;
        let size = if size == "same" { "the same size".to_owned() } else { size };
        let both = self.newest(entry).zip(self.before(entry).and_then(|before| self.newest(before)));
        let events = match both {
            Some((newest, before)) if before < newest => format!("; newest event +{}", text::age(before, newest)),
            Some((newest, before)) if before > newest => format!("; newest event {} OLDER", text::age(newest, before)),
            Some(_) => "; the same newest event".to_owned(),
            None => String::new(),
        };
        Some(format!("{size}{events} against the version before"))
    }

    /// The newest event of a version, and what is odd about it: it is the same as in the version before, or older. What is
    /// not known is not claimed.
    fn newest_in_chart(&self, entry: &Entry, narrow: bool) -> String {
        let Some(newest) = self.newest(entry) else {
            return match self.barred(entry).and_then(|barred| barred.code).or_else(|| entry.barred()) {
                Some(code) => format!("✗ {code}"),
                None if self.events(entry) == Some(0) => "no events".to_owned(),
                None if self.is_reading(entry) => "…".to_owned(),
                None => "-".to_owned(),
            };
        };
        let against = self.before(entry).and_then(|before| self.newest(before)).map(|before| newest.cmp(&before));
        let odd = match against {
            Some(std::cmp::Ordering::Less) => " OLDER",
            Some(std::cmp::Ordering::Equal) => " same",
            Some(std::cmp::Ordering::Greater) | None => "",
        };
        // Where the room is small, what is odd stands in the place of the time of day.
        let time = if narrow && !odd.is_empty() { "%m-%d" } else { "%m-%d %H:%M" };
        format!("{}{odd}", newest.strftime(time))
    }

    /// A line for each version, newest first, with a bar of its size and its newest event: a heading, then at most `lines`
    /// around the cursor. In so many columns; in few of them without the bar.
    pub fn growth(&self, columns: usize, lines: usize) -> Vec<String> {
        let there = || self.entries.iter().filter(|entry| !entry.backup.deleted);
        let largest = there().map(|entry| entry.backup.size).max().unwrap_or_default().max(1);
        let narrow = columns < BESIDE + 5;
        let with_events = columns >= BESIDE + EVENTS + 12;
        let beside = if with_events { BESIDE + EVENTS } else { BESIDE };
        let room = columns.saturating_sub(beside + 1).clamp(4, 40);
        let line = |mark: &str, written: &str, bar: &str, size: &str, events: &str, newest: &str| {
            let events = if with_events { format!(" {events:>9}") } else { String::new() };
            let bar_and_size = if narrow { format!("{size:>9}") } else { format!("{bar} {size:>10}") };
            format!("{mark} {} {bar_and_size}{events} {newest}", text::fit(written, 11)).trim_end().to_owned()
        };
        let under = self.under().map(|entry| &entry.backup);
        let at = there().position(|entry| Some(&entry.backup) == under).unwrap_or_default();
        let all = there().count();
        let lines = lines.min(all);
        let first = at.saturating_sub(lines / 2).min(all - lines);
        let shown = there().skip(first).take(lines).map(|entry| {
            let mark = if Some(&entry.backup) == under { "►" } else { " " };
            let written = entry.backup.modified.map(|at| at.strftime("%m-%d %H:%M").to_string());
            let events = self.events(entry).map_or_else(String::new, text::count);
            let (bar, size) = (bar(entry.backup.size, largest, room), text::size(entry.backup.size));
            line(mark, &written.unwrap_or_default(), &bar, &size, &events, &self.newest_in_chart(entry, narrow))
        });
        let newest = if narrow { "newest" } else { "newest event" };
        let head = line(" ", "written", &" ".repeat(room), "size", "events", newest);
        std::iter::once(head).chain(shown).collect()
    }
}

/// A bar of `room` columns; what is not empty has at least one.
fn bar(size: u64, largest: u64, room: usize) -> String {
    let part = u128::from(size) * room as u128 / u128::from(largest.max(1));
    let full = usize::try_from(part).unwrap_or(room).max(usize::from(size > 0)).min(room);
    format!("{}{}", "█".repeat(full), "░".repeat(room - full))
}
