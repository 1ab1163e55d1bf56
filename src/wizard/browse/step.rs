//! What the browser does with keys and answers.

use crossterm::event::KeyEvent;

use super::{Browse, Trouble, Typed, schema};
use crate::database::browse::{Page, RowCount};
use crate::finding::Code;
use crate::keys::{self, Action, Hint};
use crate::text;
use crate::wizard::job::JobId;
use crate::wizard::source::Credentials;
use crate::wizard::step::{Cx, Flow, Rail, RailMark, Stage, Step};
use crate::wizard::{Answer as Said, Field, Shared};

impl Browse {
    fn act_on_cell(&mut self, action: Action, cx: &mut Cx<'_>) {
        let Some(view) = &mut self.cell else { return };
        let last = view.cell.text(cx.shared.revealed).len().saturating_sub(1);
        view.top = match action {
            Action::Up => view.top.saturating_sub(1),
            Action::Down => (view.top + 1).min(last),
            Action::PageUp => view.top.saturating_sub(10),
            Action::PageDown => (view.top + 10).min(last),
            Action::First => 0,
            Action::Last => last,
            Action::Copy => return cx.copy(view.cell.text(cx.shared.revealed).join("\n")),
            _ => return,
        };
    }

    fn act_on_rows(&mut self, action: Action, cx: &mut Cx<'_>) {
        let Some(view) = &mut self.rows else { return };
        let last = view.page.rows.len().saturating_sub(1);
        let last_column = view.page.columns.len().saturating_sub(1);
        match action {
            Action::Up if view.row == 0 => self.turn(false, cx),
            Action::Up => view.row -= 1,
            Action::Down if view.row >= last => self.turn(true, cx),
            Action::Down => view.row += 1,
            Action::PageUp if view.page.more_before => self.turn(false, cx),
            Action::PageDown if view.page.more_after => self.turn(true, cx),
            Action::PageUp => view.row = 0,
            Action::PageDown => view.row = last,
            Action::First => self.read(Page::First, self.filter.clone(), cx),
            Action::Last => self.read(Page::Last, self.filter.clone(), cx),
            Action::Next => view.column = if view.column >= last_column { 0 } else { view.column + 1 },
            Action::Previous => view.column = view.column.checked_sub(1).unwrap_or(last_column),
            Action::Filter => self.field = Some((Typed::Filter, Field::new(&self.filter))),
            Action::Jump => self.field = Some((Typed::Key, Field::default())),
            Action::Go => self.open_cell(cx),
            Action::Copy => {
                let row = view.page.rows.get(view.row);
                if let Some(cell) = row.and_then(|row| row.cells.get(view.column)) {
                    cx.copy(cell.text(cx.shared.revealed).to_owned());
                }
            }
            _ => {}
        }
    }

    fn act_on_tables(&mut self, action: Action, cx: &mut Cx<'_>) {
        match action {
            Action::Go => self.read(Page::First, String::new(), cx),
            Action::Count => self.count(cx),
            Action::View => {
                if let Some(table) = self.table() {
                    cx.page(schema::page(&table.facts, table.rows));
                }
            }
            action => {
                self.table.act(action, self.tables.len());
            }
        }
    }

    /// What the field does with a key of the table.
    fn act_on_field(&mut self, typed: Typed, field: Field, action: Action, cx: &mut Cx<'_>) {
        match (action, typed) {
            (Action::Back, _) => {}
            (Action::Go, Typed::Filter) => self.read(Page::First, field.text().trim().to_owned(), cx),
            (Action::Go, Typed::Key) if !field.is_empty() => {
                self.read(Page::Typed(field.text().to_owned()), self.filter.clone(), cx);
            }
            _ => self.field = Some((typed, field)),
        }
    }

    /// Whether more may be fetched: yes, or no.
    fn answer_limit(&mut self, action: Action, cx: &mut Cx<'_>) -> Flow {
        match action {
            Action::Go => self.go_on(cx),
            Action::Back => {
                self.asks = None;
                // Without its tables there is nothing to see.
                if self.tables.is_empty() {
                    return Flow::Back;
                }
            }
            _ => {}
        }
        Flow::Stay
    }

    /// Esc: what runs is stopped first, then it goes up one level.
    fn back(&mut self, cx: &mut Cx<'_>) -> Flow {
        if self.stop(cx) {
            return Flow::Stay;
        }
        if self.cell.take().is_none() && self.rows.take().is_none() {
            return Flow::Back;
        }
        if self.rows.is_none() {
            self.filter.clear();
        }
        Flow::Stay
    }

    fn finding(&self) -> Option<Code> {
        match &self.trouble {
            Some(Trouble::Finding(finding)) => Some(finding.code),
            _ => None,
        }
    }

    /// Reads again what the source did not give.
    fn again(&mut self, cx: &mut Cx<'_>) {
        if self.tables.is_empty() && self.job.is_none() {
            self.open(cx);
        }
    }
}

impl Step for Browse {
    fn id(&self) -> keys::Screen {
        if self.asks.is_some() {
            return keys::Screen::Limit;
        }
        match (&self.rows, &self.cell) {
            (_, Some(_)) => keys::Screen::Cell,
            (Some(_), None) => keys::Screen::Rows,
            (None, None) => keys::Screen::Tables,
        }
    }

    fn rail(&self) -> Rail {
        let mark = if self.finding().is_some() { RailMark::Stopped } else { RailMark::Here };
        let stage = if self.source().is_some() { Stage::Backup } else { Stage::Inspect };
        Some((stage, mark))
    }

    fn typing(&self) -> bool {
        self.field.is_some()
    }

    fn main(&self, _shared: &Shared) -> String {
        match self.field {
            Some((Typed::Filter, _)) => return "Enter shows the rows that hold it: column text, or text.".to_owned(),
            Some((Typed::Key, _)) => return "Enter goes to the row with this ID or primary key.".to_owned(),
            None => {}
        }
        if let Some((_, more)) = self.asks() {
            return format!("Enter goes on, up to {}. Esc fetches no more.", text::size(more.bytes));
        }
        if self.reads() && self.source().is_some() {
            return "It is being read from the source. Esc stops that.".to_owned();
        }
        if let Some(code) = self.finding() {
            let then = if code == Code::R108 { "The versions behind this are listed anew." } else { "Esc goes back." };
            return format!("e explains {code}. {then}");
        }
        if self.cell.is_some() {
            return "Esc goes back to the rows. Nothing can be changed here.".to_owned();
        }
        if self.rows.is_some() {
            return "Enter shows the cell in full. Nothing can be changed here.".to_owned();
        }
        match self.table() {
            Some(table) => format!("Enter shows the rows of {}.", table.facts.name.printable()),
            None if self.trouble.is_some() => "Esc goes back.".to_owned(),
            None => "There is no table.".to_owned(),
        }
    }

    fn hints(&self, _shared: &Shared) -> Vec<Hint> {
        let id = self.id();
        let hint = |action, label| keys::hint(id, action, Some(label));
        let hints = match id {
            keys::Screen::Limit => vec![hint(Action::Go, "go on")],
            _ if self.finding().is_some() => {
                let paste = if self.finding() == Some(Code::R112) { hint(Action::Paste, "paste") } else { None };
                let again = if self.tables.is_empty() { hint(Action::Again, "again") } else { None };
                vec![again, paste, hint(Action::Explain, "explain")]
            }
            keys::Screen::Cell => vec![hint(Action::Up, "line"), hint(Action::Copy, "copy")],
            keys::Screen::Rows if self.field.is_some() => vec![hint(Action::Go, "show")],
            keys::Screen::Rows => vec![
                hint(Action::Go, "cell"),
                hint(Action::Up, "row"),
                hint(Action::PageDown, "page"),
                hint(Action::Filter, "filter"),
                hint(Action::Jump, "to a row"),
                hint(Action::Next, "next column"),
                hint(Action::Copy, "copy"),
            ],
            _ => {
                let counted = self.table().is_none_or(|table| matches!(table.rows, Some(RowCount::Counted(_))));
                let count = if counted { None } else { hint(Action::Count, "count") };
                vec![hint(Action::Go, "rows"), hint(Action::Up, "move"), hint(Action::View, "columns, indexes"), count]
            }
        };
        hints.into_iter().flatten().collect()
    }

    fn enter(&mut self, cx: &mut Cx<'_>) -> Flow {
        if let Some((_, row, _)) = &self.spot {
            let page = Page::From(row.clone());
            self.read(page, String::new(), cx);
        } else if self.tables.is_empty() {
            self.open(cx);
        }
        Flow::Stay
    }

    fn returned(&mut self, cx: &mut Cx<'_>) -> Flow {
        // New credentials may have come.
        if self.finding() == Some(Code::R112) {
            self.trouble = None;
            self.again(cx);
        }
        Flow::Stay
    }

    fn act(&mut self, action: Action, cx: &mut Cx<'_>) -> Flow {
        if self.asks.is_some() {
            return self.answer_limit(action, cx);
        }
        match (action, self.source()) {
            (Action::Explain, _) => {
                if let Some(code) = self.finding() {
                    cx.explain(code);
                }
                return Flow::Stay;
            }
            (Action::Paste, Some((spec, _))) => return Flow::Push(Credentials::new((**spec).clone()).into()),
            _ => {}
        }
        self.trouble = None;
        if let Some((typed, field)) = self.field.take() {
            self.act_on_field(typed, field, action, cx);
            return Flow::Stay;
        }
        match action {
            Action::Back => return self.back(cx),
            Action::Stop => {
                self.stop(cx);
                return Flow::Stay;
            }
            Action::Again => {
                self.again(cx);
                return Flow::Stay;
            }
            _ => {}
        }
        match self.id() {
            keys::Screen::Cell => self.act_on_cell(action, cx),
            keys::Screen::Rows => self.act_on_rows(action, cx),
            _ => self.act_on_tables(action, cx),
        }
        Flow::Stay
    }

    fn text(&mut self, key: KeyEvent, _cx: &mut Cx<'_>) -> Flow {
        if let Some((_, field)) = &mut self.field {
            field.key(key);
        }
        Flow::Stay
    }

    fn paste(&mut self, pasted: &str, _cx: &mut Cx<'_>) -> Flow {
        if let Some((_, field)) = &mut self.field {
            field.paste(pasted.trim());
        }
        Flow::Stay
    }

    fn answer(&mut self, job: JobId, answer: Said, cx: &mut Cx<'_>) -> Flow {
        if self.job.as_ref().is_none_or(|(running, _)| *running != job) {
            return Flow::Stay;
        }
        match answer {
            Said::Browse(answer) => self.hear(job, answer, cx),
            Said::Broken(why) => {
                self.job = None;
                cx.finished(job);
                self.trouble = Some(Trouble::Said(why));
            }
            _ => {}
        }
        Flow::Stay
    }
}
