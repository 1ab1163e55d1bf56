//! Rows of work: done, running with its bar, still to come; and the line `now`.

use std::time::Duration;

use super::body::{Body, Room};
use crate::text;
use crate::wizard::running::{Running, left, rate};

/// Cells of a bar.
const CELLS: u64 = 40;

/// A bar of 40 cells and its percent: `████░░░░   62 %`. Without a total it stays empty of both.
pub(crate) fn bar(done: u64, total: Option<u64>) -> String {
    bar_of(done, total, CELLS)
}

/// The same with so many cells, where the room is narrow.
fn bar_of(done: u64, total: Option<u64>, cells: u64) -> String {
    let Some(total) = total.filter(|total| *total > 0) else { return String::new() };
    let done = done.min(total);
    let share = |of: u64| usize::try_from(u128::from(done) * u128::from(of) / u128::from(total)).unwrap_or_default();
    let filled = share(cells);
    let empty = usize::try_from(cells).unwrap_or_default() - filled;
    format!("{}{}  {:>3} %", "█".repeat(filled), "░".repeat(empty), share(100))
}

/// Column at which the words of a row begin.
const WORDS: usize = 17;

/// One row of work: `✓` what is done, `●` and the bar where it runs, `○` what comes later.
pub(crate) fn stage<S: PartialOrd + Copy>(
    body: &mut Body,
    running: &Running<S>,
    stage: S,
    label: &str,
    words: &str,
    room: Room,
) {
    let (mark, shown) = match running.stage {
        Some(at) if stage < at => ('✓', words.to_owned()),
        Some(at) if stage == at => {
            // Behind the bar stands its percent, in 8 columns.
            let cells = CELLS.min(room.columns().saturating_sub(WORDS + 8) as u64);
            let bar = bar_of(running.done, running.total, cells);
            ('●', if bar.is_empty() { words.to_owned() } else { bar })
        }
        _ => ('○', words.to_owned()),
    };
    body.labelled(&format!("{mark} {label}"), &shown, WORDS, room);
}

/// The line `now` of work in bytes: `38.2 MiB of 61.4 MiB     4.1 MiB/s     6 s left`.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(crate) fn now_bytes(done: u64, total: Option<u64>, elapsed: Duration) -> String {
    let mut words =
        total.map_or_else(|| text::size(done), |total| format!("{} of {}", text::size(done), text::size(total)));
    if let Some((rate, time)) = rate(done, total, elapsed) {
        words.push_str(&format!("     {}/s", text::size(rate as u64)));
        if let Some(time) = time {
            words.push_str(&format!("     {}", left(time)));
        }
    }
    words
}

/// The line `now` of work in rows: `9 830 of 18 204 events   24 000 events/s   less than 1 s left`.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(crate) fn now_rows(done: u64, total: Option<u64>, unit: &str, elapsed: Duration) -> String {
    let mut words =
        total.map_or_else(|| text::count(done), |total| format!("{} of {}", text::count(done), text::count(total)));
    words.push_str(&format!(" {unit}"));
    if let Some((rate, time)) = rate(done, total, elapsed) {
        words.push_str(&format!("   {} {unit}/s", text::count(rate as u64)));
        if let Some(time) = time {
            words.push_str(&format!("   {}", left(time)));
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_has_forty_cells() {
        assert_eq!(bar(62, Some(100)), format!("{}{}   62 %", "█".repeat(24), "░".repeat(16)));
        assert_eq!(bar(5, Some(0)), "");
        assert!(bar(u64::MAX, Some(10)).ends_with("100 %"));
        let now = now_bytes(40_055_603, Some(64_385_024), Duration::from_secs(9));
        assert_eq!(now, "38.2 MiB of 61.4 MiB     4.2 MiB/s     5 s left");
    }
}
