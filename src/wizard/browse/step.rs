//! What the browser does with keys and answers.

use crossterm::event::KeyEvent;

use super::{Browse, CellView, Page, Typed};
use crate::keys::{self, Action, Hint};
use crate::text;
use crate::wizard::effect;
use crate::wizard::inspect::{Answer, Work};
use crate::wizard::job::{JobId, Slot};
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
            Action::First => self.read(Page::First, cx),
            Action::Last => self.read(Page::Last, cx),
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
}

impl Step for Browse {
    fn id(&self) -> keys::Screen {
        match (&self.rows, &self.cell) {
            (_, Some(_)) => keys::Screen::Cell,
            (Some(_), None) => keys::Screen::Rows,
            (None, None) => keys::Screen::Tables,
        }
    }

    fn rail(&self) -> Rail {
        Some((Stage::Inspect, RailMark::Here))
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
        if self.cell.is_some() {
            return "Esc goes back to the rows. Nothing can be changed here.".to_owned();
        }
        if self.rows.is_some() {
            return "Enter shows the cell in full. Nothing can be changed here.".to_owned();
        }
        match self.table() {
            Some(table) => format!("Enter shows the rows of {}.", table.name.printable()),
            None => "There is no table.".to_owned(),
        }
    }

    fn hints(&self, _shared: &Shared) -> Vec<Hint> {
        let id = self.id();
        let hint = |action, label| keys::hint(id, action, Some(label));
        let hints = match id {
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
            _ => vec![hint(Action::Go, "rows"), hint(Action::Up, "move")],
        };
        hints.into_iter().flatten().collect()
    }

    fn enter(&mut self, cx: &mut Cx<'_>) -> Flow {
        if let Some((_, row, _)) = &self.spot {
            let page = Page::From(row.clone());
            self.read(page, cx);
        } else if self.tables.is_empty() {
            let work = Work::Tables(self.path.clone());
            self.job = Some(cx.start(Slot::Rows, effect::Work::Inspect(work)));
        }
        Flow::Stay
    }

    fn act(&mut self, action: Action, cx: &mut Cx<'_>) -> Flow {
        self.trouble = None;
        if let Some((typed, field)) = self.field.take() {
            match (action, typed) {
                (Action::Back, _) => {}
                (Action::Go, Typed::Filter) => {
                    field.text().trim().clone_into(&mut self.filter);
                    self.read(Page::First, cx);
                }
                (Action::Go, Typed::Key) if !field.is_empty() => self.read(Page::Typed(field.text().to_owned()), cx),
                _ => self.field = Some((typed, field)),
            }
            return Flow::Stay;
        }
        if action == Action::Back {
            if let Some(job) = self.job.take() {
                cx.cancel(job);
            }
            if self.cell.take().is_none() && self.rows.take().is_none() {
                return Flow::Back;
            }
            if self.rows.is_none() {
                self.filter.clear();
            }
            return Flow::Stay;
        }
        match self.id() {
            keys::Screen::Cell => self.act_on_cell(action, cx),
            keys::Screen::Rows => self.act_on_rows(action, cx),
            _ if action == Action::Go => self.read(Page::First, cx),
            _ => {
                self.table.act(action, self.tables.len());
            }
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
        if self.job != Some(job) {
            return Flow::Stay;
        }
        self.job = None;
        cx.finished(job);
        match answer {
            Said::Inspect(Answer::Rows(page)) => self.show(*page),
            Said::Inspect(Answer::Cell(cell)) => self.cell = Some(CellView { cell: *cell, top: 0 }),
            Said::Inspect(Answer::Tables(tables)) => self.tables = tables,
            Said::Inspect(Answer::NotRead(why)) => self.trouble = Some(text::printable(&why)),
            Said::Broken(why) => self.trouble = Some(why),
            _ => {}
        }
        Flow::Stay
    }
}
