//! 12: one example of each kind of change, as a difference of the JSON, and every old ID that stays.

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::database::facts::{Residue, WhichId};
use crate::database::{Example, Plan};
use crate::keys::{self, Action, Hint};
use crate::text::{self, secret};
use crate::wizard::Shared;
use crate::wizard::step::{Cx, Flow, Rail, RailMark, Stage, Step};
use crate::wizard::target::value::one_line;

/// What a line of the changes is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Where the lines below belong.
    Heading,
    /// The name of a column.
    Column,
    /// It stays as it is.
    Same,
    /// An old ID that stays.
    Stays,
    /// As it is.
    Old,
    /// As it will be.
    New,
    /// Nothing.
    Gap,
}

/// One line of the changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeLine {
    /// What it is.
    pub kind: Kind,
    /// Its text, printable, its secrets masked, not cut.
    pub text: String,
    /// The same with its secrets; none when it has none.
    pub plain: Option<String>,
}

impl ChangeLine {
    fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into(), plain: None }
    }

    /// A line of text from the file.
    fn of(kind: Kind, raw: &str) -> Self {
        let masked = secret::mask(raw);
        let plain = secret::is_masked(&masked).then(|| text::visible(raw));
        Self { kind, text: text::visible(&masked), plain }
    }

    /// The text behind its mark, as it stands on the screen and in a copy; with its secrets only when a person asked for
    /// them.
    pub fn marked(&self, revealed: bool) -> String {
        let text = self.plain.as_ref().filter(|_| revealed).unwrap_or(&self.text);
        match self.kind {
            Kind::Heading => text.clone(),
            Kind::Column => format!("  {text}"),
            Kind::Same => format!("    {text}"),
            Kind::Stays => format!("! {text}"),
            Kind::Old => format!("  - {text}"),
            Kind::New => format!("  + {text}"),
            Kind::Gap => String::new(),
        }
    }
}

/// State of the screen.
#[derive(Debug)]
pub struct Changes {
    /// All lines.
    pub lines: Vec<ChangeLine>,
    /// The first line on screen.
    pub top: usize,
}

impl Changes {
    /// The changes of a plan: first what stays, then one example of each kind of change.
    pub fn new(plan: &Plan) -> Self {
        let mut lines = Vec::new();
        for residue in &plan.leftovers {
            stays(residue, &mut lines);
        }
        let mut group = None;
        for example in &plan.examples {
            let key = (example.table, example.row_number, example.rows);
            if group != Some(key) {
                group = Some(key);
                lines.push(ChangeLine::new(Kind::Heading, heading(example)));
            } else if matches!(lines.last(), Some(ChangeLine { kind: Kind::Gap, .. })) {
                lines.pop();
            }
            changed(example, &mut lines);
            lines.push(ChangeLine::new(Kind::Gap, ""));
        }
        if plan.examples.is_empty() {
            lines.push(ChangeLine::new(Kind::Heading, "No cell changes: old and new IDs are the same."));
        }
        while matches!(lines.last(), Some(ChangeLine { kind: Kind::Gap, .. })) {
            lines.pop();
        }
        Self { lines, top: 0 }
    }

    /// The whole text, to copy.
    pub fn page(&self, revealed: bool) -> String {
        self.lines.iter().map(|line| line.marked(revealed)).collect::<Vec<_>>().join("\n")
    }

    /// The first line of the last page in a room of so many columns and rows.
    pub fn last_top(&self, columns: usize, rows: usize, revealed: bool) -> usize {
        let mut used = 0;
        for (at, line) in self.lines.iter().enumerate().rev() {
            used += text::wrap(&line.marked(revealed), columns).len();
            if used > rows {
                return at + 1;
            }
        }
        0
    }

    fn scroll(&mut self, to: usize, shared: &Shared) {
        let (columns, rows) = (usize::from(shared.size.0), usize::from(shared.size.1));
        self.top = to.min(self.last_top(columns.saturating_sub(2), rows.saturating_sub(7), shared.revealed));
    }
}

/// A leftover: the row as it is, with the mark on the cell that holds the ID.
fn stays(residue: &Residue, lines: &mut Vec<ChangeLine>) {
    let (row, rows) = (text::count(residue.row_number), text::count(residue.table_rows));
    let more = match residue.rows {
        0 | 1 => String::new(),
        rows => format!("; so do {} more", text::counted(rows - 1, "row", "rows")),
    };
    let table = residue.table.printable();
    lines.push(ChangeLine::new(Kind::Heading, format!("{table}, row {row} of {rows}: stays as it is (R309){more}")));
    let width = residue.example.iter().map(|(column, _)| text::width(&column.printable())).max().unwrap_or(0);
    let which = match residue.which {
        WhichId::Hub => "the old hub ID",
        WhichId::Connector => "the old connector ID",
    };
    let names: Vec<&str> = residue.example.iter().map(|(column, _)| column.raw()).collect();
    let secrets = secret::columns(&names, |at| residue.example.get(at).map(|(_, value)| value.raw()));
    for ((column, value), secret) in residue.example.iter().zip(secrets) {
        let shown = if secret { secret::MASK.to_owned() } else { value.printable() };
        let (kind, end) = if *column == residue.column {
            (Kind::Stays, format!("   {which}"))
        } else {
            (Kind::Column, String::new())
        };
        let line = |value: &str| format!("{}   {value}{end}", text::fit(&column.printable(), width));
        let plain = secret::is_masked(&shown).then(|| line(&value.revealed()));
        lines.push(ChangeLine { kind, text: line(&shown), plain });
    }
    lines.push(ChangeLine::new(Kind::Gap, ""));
}

fn heading(example: &Example) -> String {
    let table = example.table;
    match (example.rows, example.texts) {
        (1, _) => {
            format!("{table}, row {} of {}", text::count(example.row_number), text::count(example.table_rows))
        }
        (rows, 1) => format!("{table}, {} rows, all with the same entry", text::count(rows)),
        (rows, texts) => {
            format!(
                "{table}, {} rows with {} different entries; row {}",
                text::count(rows),
                text::count(texts),
                text::count(example.row_number)
            )
        }
    }
}

fn changed(example: &Example, lines: &mut Vec<ChangeLine>) {
    let (old, new) = (example.old.raw(), example.new.raw());
    let entries = (serde_json::from_str::<Vec<&RawValue>>(old), serde_json::from_str::<Vec<&RawValue>>(new));
    let (Ok(before), Ok(after)) = entries else {
        let what = if old.trim_start().starts_with('{') { "the entry" } else { "the hub" };
        lines.push(ChangeLine::new(Kind::Column, format!("{} ({what})", example.column)));
        return difference(&members(old), &members(new), lines);
    };
    let all = text::counted(before.len() as u64, "entry", "entries");
    lines.push(ChangeLine::new(Kind::Column, format!("{} ({all})", example.column)));
    for (at, (one, other)) in before.iter().zip(&after).enumerate() {
        if before.len() > 1 {
            lines.push(ChangeLine::new(Kind::Column, format!("entry {} of {}", at + 1, before.len())));
        }
        difference(&members(one.get()), &members(other.get()), lines);
    }
}

fn difference(old: &[String], new: &[String], lines: &mut Vec<ChangeLine>) {
    let mut push = |kind, text: &String| lines.push(ChangeLine::of(kind, text));
    for op in capture_diff_slices(Algorithm::Myers, old, new) {
        let (was, is) = (&old[op.old_range()], &new[op.new_range()]);
        if let DiffOp::Equal { .. } = op {
            for line in was {
                push(Kind::Same, line);
            }
            continue;
        }
        // Old above new, line by line, as far as both go.
        for at in 0..was.len().max(is.len()) {
            if let Some(line) = was.get(at) {
                push(Kind::Old, line);
            }
            if let Some(line) = is.get(at) {
                push(Kind::New, line);
            }
        }
    }
}

/// The members of a JSON object, one a line, in the order in which the file has them; other text is one line. Neither masked
/// nor printable yet: what differs is told apart before.
fn members(json: &str) -> Vec<String> {
    struct Lines;
    impl<'de> Visitor<'de> for Lines {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<String>, A::Error> {
            let mut lines = Vec::new();
            while let Some((key, value)) = map.next_entry::<String, &RawValue>()? {
                let key = serde_json::Value::String(key);
                lines.push(format!("{key}: {}", one_line(value.get())));
            }
            Ok(lines)
        }
    }
    let read = serde_json::Deserializer::from_str(json).deserialize_map(Lines);
    read.unwrap_or_else(|_| vec![json.to_owned()])
}

impl Step for Changes {
    fn id(&self) -> keys::Screen {
        keys::Screen::Changes
    }

    fn rail(&self) -> Rail {
        Some((Stage::Preview, RailMark::Here))
    }

    fn main(&self, _shared: &Shared) -> String {
        "Esc goes back to the findings.".to_owned()
    }

    fn hints(&self, _shared: &Shared) -> Vec<Hint> {
        let hint = |action, label| keys::hint(keys::Screen::Changes, action, Some(label));
        [hint(Action::Up, "line"), hint(Action::Next, "next table"), hint(Action::Copy, "copy")]
            .into_iter()
            .flatten()
            .collect()
    }

    fn act(&mut self, action: Action, cx: &mut Cx<'_>) -> Flow {
        let page = usize::from(cx.shared.size.1).saturating_sub(9).max(1);
        let to = match action {
            Action::Back | Action::Go => return Flow::Back,
            Action::Copy => {
                cx.copy(self.page(cx.shared.revealed));
                return Flow::Stay;
            }
            Action::Up => self.top.saturating_sub(1),
            Action::Down => self.top + 1,
            Action::PageUp => self.top.saturating_sub(page),
            Action::PageDown => self.top + page,
            Action::First => 0,
            Action::Last => usize::MAX,
            Action::Next => {
                let behind = self.lines.iter().enumerate().skip(self.top + 1);
                behind.clone().find(|(_, line)| line.kind == Kind::Heading).map_or(0, |(at, _)| at)
            }
            _ => return Flow::Stay,
        };
        let before = self.top;
        self.scroll(to, cx.shared);
        // The last table may already be on screen as a whole: Tab then begins again.
        if action == Action::Next && self.top == before {
            self.top = 0;
        }
        Flow::Stay
    }
}
