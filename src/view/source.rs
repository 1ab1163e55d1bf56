//! Draws the screens of `wizard::source`.

use ratatui::text::{Line, Span};

use super::body::{Body, Room};
use super::findings;
use super::list;
use super::theme::{Role, Theme};
use crate::finding::{Code, Finding};
use crate::text;
use crate::wizard::source::{CheckRow, Credentials, Entry, EntryKind, RowOutcome, Source};
use crate::wizard::{Shared, Step};

/// 2 and 3: where are the backups?
pub(super) fn source(state: &Source, shared: &Shared, room: Room, theme: Theme) -> Body {
    let mut body = Body::asking("Where are the backups?", theme);
    let mut below = Body::default();
    let failure = state.failure();
    let folded = failure.is_some() && room.is_narrow();
    if folded {
        let good = |row: &&&CheckRow| matches!(row.outcome, RowOutcome::Good(_) | RowOutcome::Told(_));
        let rows = state.rows();
        let names: Vec<&str> = rows.iter().filter(good).map(|row| row.label).collect();
        if !names.is_empty() {
            below.labelled("✓", &names.join(", "), 3, room);
        }
    }
    // What is well is cut where the room is small; a finding never.
    let fits = |rows: usize| rows + state.entries().len() + 3 <= room.rows();
    let mut checks = Body::default();
    for cut in [false, true] {
        checks = Body::default();
        for row in state.rows() {
            if !folded || !matches!(row.outcome, RowOutcome::Good(_) | RowOutcome::Told(_)) {
                check(&mut checks, row, cut && room.is_narrow(), shared, room, theme);
            }
        }
        if fits(checks.len()) {
            break;
        }
    }
    below.lines.extend(checks.lines);
    if let Some(finding) = failure {
        let mut parts = Body::default();
        failed(&mut parts, finding, room);
        let entries = state.entries().len();
        if body.len() + 1 + entries + 1 + below.len() + 1 + parts.len() <= room.rows() {
            below.gap();
        }
        below.lines.extend(parts.lines);
    }
    // The checks keep their places; where they need the room, only the entries around the cursor stay.
    let all = state.entries().len();
    let gaps = if body.len() + all + below.len() + 2 <= room.rows() { 2 } else { usize::from(!folded) };
    let height = room.rows().saturating_sub(body.len() + gaps + below.len()).clamp(2, all.max(2));
    let mut cursor = crate::wizard::Cursor::default();
    cursor.follow(state.at());
    if gaps == 2 {
        body.gap();
    }
    for at in cursor.window(all, height) {
        entry(&mut body, &state.entries()[at], at == state.at(), state.typing(), room, theme);
    }
    if gaps > 0 {
        body.gap();
    }
    body.lines.extend(below.lines);
    body
}

fn entry(body: &mut Body, entry: &Entry, selected: bool, typing: bool, room: Room, theme: Theme) {
    let name = text::fit(&entry.name, 8);
    let words = match &entry.kind {
        EntryKind::Environment(environment) if room.is_narrow() => environment.shown.clone(),
        EntryKind::Environment(environment) => format!("{} {}", text::fit(&environment.shown, 38), environment.origin),
        EntryKind::Bucket(_) => "another bucket, by its S3 address".to_owned(),
        EntryKind::Folder(_) => "backups that were copied to a folder".to_owned(),
        EntryKind::File(_) => "one backup file".to_owned(),
    };
    let typing = selected && typing;
    let Some(field) = entry.field().filter(|field| typing || !field.is_empty()) else {
        return list::row(body, selected, &format!("{name} {words}"), room, theme);
    };
    let typed = text::printable(field.text());
    // A long path is shown by its end while it is typed.
    let fits = room.columns().saturating_sub(14);
    let skip = text::width(&typed).saturating_sub(fits);
    let shown: String = if typing { typed.chars().skip(skip).collect() } else { typed };
    if typing {
        let before: String = field.text().chars().take(field.cursor()).collect();
        let x = 12 + text::width(&text::printable(&before)).saturating_sub(skip);
        if let (Ok(x), Ok(y)) = (u16::try_from(x), u16::try_from(body.len())) {
            body.cursor = Some((x, y));
        }
    }
    list::row(body, selected, &format!("{name} {shown}"), room, theme);
}

/// One row of the checks: mark, name, what it says.
fn check(body: &mut Body, row: &CheckRow, cut: bool, shared: &Shared, room: Room, theme: Theme) {
    const COLUMN: usize = 17;
    let (mark, role, words) = match &row.outcome {
        RowOutcome::Later => ('○', Role::Dim, String::new()),
        RowOutcome::Runs(words) => {
            let seconds = row.since.map_or(0, |since| text::elapsed(since, shared.now).as_secs());
            let time = if seconds == 0 { String::new() } else { format!(", {seconds} s") };
            ('●', Role::Title, format!("{words}{time}"))
        }
        RowOutcome::Waits(words) => ('○', Role::Dim, words.clone()),
        RowOutcome::Good(words) => ('✓', Role::Good, words.clone()),
        RowOutcome::Told(words) => ('·', Role::Normal, words.clone()),
        RowOutcome::Failed(finding) => ('✗', Role::Bad, findings::first_sentence(&finding.detail).to_owned()),
    };
    let code = row.failure().map(|finding| format!("{}  ", finding.code)).unwrap_or_default();
    let columns = room.columns().saturating_sub(COLUMN + 1 + code.len());
    let lines = match row.failure() {
        None if cut => vec![text::cut(&words, columns)],
        _ => text::wrap(&words, columns),
    };
    for (at, line) in lines.into_iter().enumerate() {
        let head = format!("{mark} {}", text::fit(row.label, COLUMN - 3));
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

/// The three parts, with the keys that act.
fn failed(body: &mut Body, finding: &Finding, room: Room) {
    body.labelled("What happened", findings::rest(&finding.detail), 17, room);
    body.labelled("Why", &finding.why, 17, room);
    if finding.code == Code::R112 {
        credentials_ways(body, finding, room);
    } else {
        body.labelled("What to do", &finding.remedy, 17, room);
    }
}

/// What to do about credentials: only ways that work here. Those of a profile can be renewed by a command.
pub(super) fn credentials_ways(body: &mut Body, finding: &Finding, room: Room) {
    let head = |label: &str, key: &str| format!("{}{key}", text::fit(label, 13));
    let paste = "paste new ones: the \"export AWS_...\" lines of the web portal.";
    let kept = if room.is_narrow() { "" } else { " They stay in memory, never shown, never written." };
    let paste = &format!("{paste}{kept}");
    body.labelled(&head("What to do", "p"), paste, 17, room);
    let login = finding.remedy.find("aws sso login").map(|at| {
        let command = &finding.remedy[at..];
        command.find(". ").map_or(command, |end| &command[..end]).trim_end_matches('.')
    });
    if let Some(login) = login {
        body.labelled(&head("", "s"), &format!("a shell here: {login}, then exit"), 17, room);
    }
}

/// New credentials: nothing of them is shown.
pub(super) fn credentials(state: &Credentials, _shared: &Shared, room: Room, theme: Theme) -> Body {
    let mut body = Body::asking("Paste the new credentials.", theme);
    body.gap();
    body.wrapped(
        "Copy the lines with \"export AWS_...\" from the web portal and paste them here. Lines for PowerShell or of the \
         credentials file do, too.",
        1,
        room,
    );
    body.wrapped("They stay in memory until reseat ends. They are never shown, never written.", 1, room);
    body.gap();
    let (lines, characters) = state.pasted();
    if characters == 0 {
        body.field("○ Pasted        ", "", Some(0));
    } else {
        let lines = text::counted(lines as u64, "line", "lines");
        let characters = text::counted(characters as u64, "character", "characters");
        body.field("● Pasted        ", &format!("{lines}, {characters}, not shown"), Some(0));
    }
    match state.found() {
        Ok(last_four) => body.styled(&format!("✓ Credentials   a key ending in {last_four}"), Role::Good, theme),
        Err(_) if characters == 0 => body.styled("○ Credentials", Role::Dim, theme),
        Err(why) => body.styled(&format!("○ Credentials   not enough yet: {why}"), Role::Caution, theme),
    };
    if state.busy() {
        body.text("● they are handed over");
    }
    if let Some(profile) = state.profile() {
        body.gap();
        let profile = text::printable(profile);
        body.wrapped(&format!("They stand in for the profile {profile}, as long as reseat runs."), 1, room);
    }
    body
}
