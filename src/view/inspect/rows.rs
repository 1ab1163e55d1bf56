//! The rows of Inspect: each stands for one check, and turns in place.

use ratatui::text::{Line, Span};

use super::super::body::{Body, Room};
use super::super::findings;
use super::super::progress;
use super::super::theme::{Role, Theme};
use crate::catalog::download::DownloadStage;
use crate::database::InspectStage;
use crate::finding::Severity;
use crate::text;
use crate::wizard::Shared;
use crate::wizard::inspect::{Inspect, Outcome, Part, PartState};
use crate::wizard::running;

/// Where the words of a row begin.
const COLUMN: usize = 17;

/// All rows; folded to those that say more than "well" where the window is low.
pub(super) fn all(body: &mut Body, state: &Inspect, _shared: &Shared, room: Room, theme: Theme) {
    let fold = room.height < 19 && !matches!(state.outcome(), Outcome::Runs | Outcome::Stopped);
    let good = |part: &Part| matches!(state.part(*part), PartState::Good);
    if fold {
        let names: Vec<&str> = Part::ALL.iter().filter(|part| good(part)).map(|part| part.label()).collect();
        if !names.is_empty() {
            body.labelled("✓", &names.join(", "), 3, room);
        }
        let unchecked = |part: &&Part| matches!(state.part(**part), PartState::NotChecked | PartState::Later);
        let names: Vec<&str> = Part::ALL.iter().filter(unchecked).map(|part| part.label()).collect();
        if !names.is_empty() {
            body.labelled("○", &format!("not checked: {}", names.join(", ")), 3, room);
        }
    }
    for part in Part::ALL {
        let found = matches!(state.part(part), PartState::Found(_) | PartState::Now);
        if !fold || found {
            row(body, state, part, room, theme);
        }
    }
}

fn row(body: &mut Body, state: &Inspect, part: Part, room: Room, theme: Theme) {
    let mut code = String::new();
    let (mark, role, words) = match state.part(part) {
        PartState::Later => ('○', Role::Dim, part.what().to_owned()),
        PartState::NotChecked => ('○', Role::Dim, "not checked".to_owned()),
        PartState::Now => ('●', Role::Title, bar(state, part, room)),
        PartState::Good => ('✓', Role::Good, good(state, part)),
        PartState::Found(finding) if finding.severity == Severity::Block => {
            code = format!("{}  ", finding.code);
            ('✗', Role::Bad, findings::first_sentence(&finding.detail).to_owned())
        }
        PartState::Found(finding) => (finding.severity.mark(), Theme::severity(finding.severity), codes(state, part)),
    };
    let columns = room.columns().saturating_sub(COLUMN + 1 + code.len());
    let words = if mark == '●' { vec![words] } else { text::wrap(&words, columns) };
    for (at, line) in words.into_iter().enumerate() {
        let head = format!("{mark} {}", text::fit(part.label(), COLUMN - 3));
        let (head, code) =
            if at == 0 { (head, code.clone()) } else { (" ".repeat(COLUMN - 1), " ".repeat(code.len())) };
        body.lines.push(Line::from(vec![
            Span::raw(" "),
            Span::styled(head, theme.style(role)),
            Span::raw(code),
            Span::raw(line),
        ]));
    }
}

/// The codes of a row, each once.
fn codes(state: &Inspect, part: Part) -> String {
    let mut codes: Vec<String> = Vec::new();
    for finding in state.findings().iter().filter(|finding| Part::of(finding.code) == Some(part)) {
        let code = finding.code.to_string();
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    codes.join(" ")
}

/// What a row says when all is well.
fn good(state: &Inspect, part: Part) -> String {
    let backup = &state.chosen().backup;
    match part {
        Part::Download => {
            let size = state.download().ended.as_ref().map_or(backup.size, |(size, _)| *size);
            let version = backup.modified.map(|at| format!(", version of {}", text::moment(at)));
            format!("{}{}", text::size(size), version.unwrap_or_default())
        }
        Part::SameBytes => {
            state.download().ended.as_ref().map_or_else(|| part.what().to_owned(), |(_, how)| how.clone())
        }
        _ => part.what().to_owned(),
    }
}

/// The bar of the row that runs; without figures, what it does.
fn bar(state: &Inspect, part: Part, room: Room) -> String {
    let download = state.download();
    let bar = match (part, download.progress) {
        (Part::Download, Some((done, total))) => progress::bar(done, total),
        (Part::Download, None) => String::new(),
        _ => state
            .checking(jiff::Timestamp::UNIX_EPOCH)
            .map_or_else(String::new, |(progress, _)| progress::bar(progress.done, progress.total)),
    };
    match bar.rsplit_once("  ") {
        None => part.what().to_owned(),
        // The percent stays in sight where the bar is cut.
        Some((cells, percent)) if room.columns() < COLUMN + 48 => {
            let cells: String =
                cells.trim_end().chars().enumerate().filter(|(at, _)| at % 4 != 3).map(|(_, c)| c).collect();
            format!("{cells}   {}", percent.trim_start())
        }
        Some(_) => bar,
    }
}

/// The line *now*.
pub(super) fn now(state: &Inspect, shared: &Shared, room: Room) -> String {
    let words = match (state.outcome(), state.checking(shared.now)) {
        (Outcome::Stopped, _) => "stopped; the bytes that came are kept".to_owned(),
        (_, Some((progress, elapsed))) => match progress.stage {
            InspectStage::Complete => progress::now_bytes(progress.done, progress.total, elapsed),
            InspectStage::NotDamaged => "SQLite reads every page".to_owned(),
            InspectStage::RightIds | InspectStage::Leftovers => {
                progress::now_rows(progress.done, progress.total, "rows", elapsed)
            }
            InspectStage::Events => progress::now_rows(progress.done, progress.total, "events", elapsed),
        },
        (_, None) => downloading(state, shared),
    };
    let words = if room.is_narrow() { words.replace("     ", "   ") } else { words };
    format!("  now           {words}")
}

fn downloading(state: &Inspect, shared: &Shared) -> String {
    let download = state.download();
    match download.stage {
        None => "begins".to_owned(),
        Some(DownloadStage::Asks) => "asks for size and checksum".to_owned(),
        Some(DownloadStage::Compares) => "the bytes are compared with those of the bucket".to_owned(),
        Some(DownloadStage::Waits { seconds }) => format!("no data for {seconds} s, asks again"),
        Some(DownloadStage::Receives) => {
            let (done, total) = download.progress.unwrap_or_default();
            let (before, since) = download.began.unwrap_or((0, shared.now));
            received(done, total, before, text::elapsed(since, shared.now))
        }
    }
}

/// `38.2 MiB of 61.4 MiB     4.1 MiB/s     6 s left`; bytes of an earlier run do not count for the rate.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn received(done: u64, total: Option<u64>, before: u64, elapsed: std::time::Duration) -> String {
    let of = total.map(|total| format!(" of {}", text::size(total))).unwrap_or_default();
    let mut words = format!("{}{of}", text::size(done));
    let here = done.saturating_sub(before);
    if let Some((rate, left)) = running::rate(here, total.map(|total| total.saturating_sub(before)), elapsed) {
        words.push_str(&format!("     {}/s", text::size(rate as u64)));
        if let Some(left) = left {
            words.push_str(&format!("     {}", running::left(left)));
        }
    }
    words
}
