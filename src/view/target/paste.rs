//! Draws 10: two fields for the new IDs, each judged at each key.

use super::super::body::{Body, Room};
use super::super::findings;
use super::super::theme::Theme;
use super::{question, values};
use crate::text;
use crate::wizard::Shared;
use crate::wizard::target::{Focus, PasteIds, Told};

/// Column at which an ID begins.
const ID: usize = 22;

/// 10: paste the two new IDs.
pub(in super::super) fn paste(state: &PasteIds, shared: &Shared, room: Room, theme: Theme) -> Body {
    if let Some(ask) = &state.gate.ask {
        return question(ask, room, theme);
    }
    let narrow = room.columns() < 80;
    let mut body = if let Some(all) = &state.values {
        let question = "Where shall it live? Create the connector, then paste its IDs.";
        let mut body =
            Body::asking(if narrow { "Create the connector, then paste its two IDs." } else { question }, theme);
        let exactly = if narrow { "" } else { " exactly" };
        body.text(format!("1  In the platform, add to the new hub{exactly} this connector"));
        // Once something stands in the fields, what is said about it needs the room.
        if state.focus != Focus::Values && state.fields.iter().any(|field| !field.is_empty()) {
            body.text("   Tab shows its name, type, metadata and tags");
        } else {
            values(&mut body, all, state.value().map(|value| value.label), shared.revealed, room, theme);
        }
        body.text("2  Paste the two new IDs from the platform.");
        body
    } else {
        let question = "Where shall it live? Paste the two new IDs from the platform.";
        let mut body =
            Body::asking(if narrow { "Where shall it live? Paste the two new IDs." } else { question }, theme);
        body.gap();
        body
    };
    field(&mut body, state, 0, room);
    field(&mut body, state, 1, room);
    let roomy = state.values.is_none();
    if roomy {
        body.gap();
    }
    verdict(&mut body, state, room, theme);
    let mut below = Body::default();
    comparison(&mut below, state);
    if roomy {
        below.gap();
        below.gap();
        below.wrapped(
            "Paste anything that contains an ID, for example the web address of its page in the platform. \
             The ID is taken out of it; blanks, braces and upper case go.",
            1,
            room,
        );
    }
    // As drawn where there is room, closer together where there is not.
    let free = room.rows().saturating_sub(body.len());
    for _ in 0..free.saturating_sub(below.len()).min(2) {
        body.gap();
    }
    below.lines.truncate(free);
    body.lines.extend(below.lines);
    body
}

fn field(body: &mut Body, state: &PasteIds, at: usize, room: Room) {
    let label = ["   new hub ID", "   new connector ID"][at];
    let field = &state.fields[at];
    let focus = [Focus::Hub, Focus::Connector][at];
    let (shown, cursor) = visible(field.text(), field.cursor(), room.columns().saturating_sub(ID + 2));
    let whole = matches!(&state.told[at], Told::Right(_) | Told::Wrong(_)) && text::width(field.text()) >= 36;
    let mut content = shown;
    if whole && room.columns() >= ID + 36 + 14 && text::width(&content) <= 38 {
        content = format!("{}36 of 36", text::fit(&content, 41));
    }
    // One column stands before every line.
    let label = text::fit(label.get(1..).unwrap_or_default(), ID - 1);
    body.field(&label, &content, (state.focus == focus).then_some(cursor));
    let (mark, words) = match &state.told[at] {
        Told::Empty => (' ', String::new()),
        Told::Growing(words) => ('○', words.clone()),
        Told::Wrong(words) => ('✗', words.clone()),
        Told::Right(words) => ('✓', words.clone()),
    };
    let lines = text::wrap(&words, room.columns().saturating_sub(ID + 3));
    for (index, line) in lines.iter().enumerate() {
        let mark = if index == 0 { mark } else { ' ' };
        body.text(format!("{}{mark} {line}", " ".repeat(ID - 1)).trim_end());
    }
}

/// The part of a long text around the cursor, and where the cursor stands in it.
fn visible(text: &str, cursor: usize, columns: usize) -> (String, usize) {
    let count = text.chars().count();
    let columns = columns.max(2);
    if count <= columns {
        return (text::printable(text), cursor);
    }
    let start = cursor.saturating_sub(columns - 1);
    let part: String = text.chars().skip(start).take(columns).collect();
    (text::cut(&text::printable(&part), columns + 1), cursor - start)
}

fn verdict(body: &mut Body, state: &PasteIds, room: Room, theme: Theme) {
    if state.swapped {
        body.text("✗ The two IDs are swapped. Enter puts them right.");
        return;
    }
    if let Some(judged) = &state.judged {
        if judged.pending && judged.block().is_none() {
            body.text(format!("● The organisation of hub {} is looked up.", judged.mapping.hub.new.short()));
        } else if let Some(same) = judged.same_organisation(&state.inspected) {
            body.labelled("✓", &same, 3, room);
        }
    }
    for finding in state.findings() {
        findings::finding(body, finding, None, room, theme);
    }
}

fn comparison(body: &mut Body, state: &PasteIds) {
    body.text("  for comparison, the old ones");
    let line = |label: &str, id: &str| format!("{}{id}", text::fit(label, ID - 1));
    body.text(line("  old hub ID", &state.inspected.hub.to_string()));
    body.text(line("  old connector ID", &state.inspected.connector.to_string()));
}
