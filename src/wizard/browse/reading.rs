//! What the browser reads, and what becomes of the answers.

use super::{Answer, Ask, Browse, CellView, RowsView, Table, Trouble, Turn, Wanted, Work};
use crate::database::browse::{Page, RowCount, RowFilter, Rows};
use crate::text;
use crate::wizard::effect;
use crate::wizard::job::{JobId, Slot};
use crate::wizard::step::Cx;

impl Browse {
    /// Reads the tables, where they are not known.
    pub(super) fn open(&mut self, cx: &mut Cx<'_>) {
        self.start(Wanted { ask: Ask::Tables, turn: Turn::Here, filter: String::new() }, true, cx);
    }

    /// Reads something; what was being read is not wanted any more.
    pub(super) fn start(&mut self, wanted: Wanted, opens: bool, cx: &mut Cx<'_>) {
        let (place, allowance) = (self.place.clone(), self.allowance);
        let work = Work { place, ask: wanted.ask.clone(), allowance, opens };
        self.job = Some((cx.start(Slot::Rows, effect::Work::Browse(work)), wanted));
    }

    /// Reads a page of the table under the cursor, of the rows that fit a filter as it was typed.
    pub(super) fn read(&mut self, page: Page, filter: String, cx: &mut Cx<'_>) {
        let Some(table) = self.table() else { return };
        // A filter is typed over rows: their columns are known.
        let columns = self.rows.as_ref().map_or(&[][..], |rows| &rows.page.columns[..]);
        let turn = match page {
            Page::After(_) => Turn::Down,
            Page::Before(_) => Turn::Up,
            Page::Last => Turn::Last,
            Page::First | Page::From(_) | Page::Typed(_) => Turn::Here,
        };
        let ask = Ask::Rows {
            table: table.facts.name.raw().to_owned(),
            page,
            filter: RowFilter::of(&filter, columns),
            limit: Self::height(cx.shared.size),
        };
        self.start(Wanted { ask, turn, filter }, false, cx);
    }

    /// Reads the next page, or the one before. A page is on its way at most once.
    pub(super) fn turn(&mut self, down: bool, cx: &mut Cx<'_>) {
        let Some(rows) = self.rows.as_ref().filter(|_| self.job.is_none()) else { return };
        let page = &rows.page;
        let key = if down { page.rows.last() } else { page.rows.first() }.map(|row| row.key.clone());
        let filter = self.filter.clone();
        match key {
            Some(key) if down && page.more_after => self.read(Page::After(key), filter, cx),
            Some(key) if !down && page.more_before => self.read(Page::Before(key), filter, cx),
            _ => {}
        }
    }

    /// Counts the rows of the table under the cursor, where nobody has.
    pub(super) fn count(&mut self, cx: &mut Cx<'_>) {
        let Some(table) = self.table() else { return };
        if matches!(table.rows, Some(RowCount::Counted(_))) {
            return;
        }
        let ask = Ask::Count { table: table.facts.name.raw().to_owned() };
        self.start(Wanted { ask, turn: Turn::Here, filter: String::new() }, false, cx);
    }

    pub(super) fn open_cell(&mut self, cx: &mut Cx<'_>) {
        let (Some(rows), Some(table)) = (&self.rows, self.table()) else { return };
        let Some(row) = rows.page.rows.get(rows.row) else { return };
        let (row, column) = (row.key.clone(), rows.column);
        let ask = Ask::Cell { table: table.facts.name.raw().to_owned(), row, column };
        self.start(Wanted { ask, turn: Turn::Here, filter: String::new() }, false, cx);
    }

    /// Stops what is being read. True when what is on the screen stays: it took long enough to be stopped by itself.
    pub(super) fn stop(&mut self, cx: &mut Cx<'_>) -> bool {
        let Some((job, wanted)) = self.job.take() else { return false };
        cx.cancel(job);
        let long = self.source().is_some() || !wanted.filter.is_empty();
        match wanted.ask {
            Ask::Tables => !self.tables.is_empty(),
            Ask::Count { .. } => true,
            Ask::Rows { .. } | Ask::Cell { .. } => long,
        }
    }

    /// Yes: more may be fetched.
    pub(super) fn go_on(&mut self, cx: &mut Cx<'_>) {
        if let Some(wanted) = self.asks.take() {
            self.allowance = self.allowance.more();
            self.start(wanted, false, cx);
        }
    }

    /// A job says something.
    pub(super) fn hear(&mut self, job: JobId, answer: Answer, cx: &mut Cx<'_>) {
        match answer {
            Answer::Fetched(fetched) => self.fetched = fetched,
            Answer::Tables(tables, true) => self.fill(tables),
            answer => {
                let Some((_, wanted)) = self.job.take_if(|(running, _)| *running == job) else { return };
                cx.finished(job);
                self.end(wanted, answer);
            }
        }
    }

    fn end(&mut self, wanted: Wanted, answer: Answer) {
        match answer {
            Answer::Tables(tables, _) => self.fill(tables),
            Answer::Rows(page) => self.show(*page, wanted),
            Answer::Cell(cell) => self.cell = Some(CellView { cell: *cell, top: 0 }),
            Answer::Counted(rows) => {
                let Ask::Count { table } = wanted.ask else { return };
                let mut tables = self.tables.iter_mut();
                if let Some(table) = tables.find(|known| known.facts.name.raw() == table) {
                    table.rows = Some(RowCount::Counted(rows));
                }
            }
            Answer::Spent => self.asks = Some(wanted),
            Answer::NotRead(why) => self.trouble = Some(Trouble::Said(text::printable(&why))),
            Answer::Failed(finding) => self.trouble = Some(Trouble::Finding(finding)),
            Answer::Fetched(_) => {}
        }
    }

    fn fill(&mut self, tables: Vec<crate::database::far::CountedTable>) {
        self.tables = tables.into_iter().map(|(facts, rows)| Table { facts, rows }).collect();
    }

    /// A page has come; the cursor enters it from the side that it was turned from.
    fn show(&mut self, page: Rows, wanted: Wanted) {
        let turn = wanted.turn;
        if let Some(rows) = self.rows.as_mut().filter(|_| page.rows.is_empty() && matches!(turn, Turn::Down | Turn::Up))
        {
            // There were rows on that side, but none of them fits.
            let side = if turn == Turn::Up { &mut rows.page.more_before } else { &mut rows.page.more_after };
            *side = false;
            return;
        }
        self.filter = wanted.filter;
        let last = page.rows.len().saturating_sub(1);
        let shown = page.rows.len() as u64;
        // How many rows fit a filter nobody has counted.
        let all = self.table().and_then(|table| table.rows).filter(|_| self.filter.is_empty());
        let (column, known) = self.rows.as_ref().map_or((0, None), |rows| {
            let before = rows.before;
            let counted = match (turn, all) {
                (Turn::Down, _) => before.map(|before| before + rows.page.rows.len() as u64),
                (Turn::Up, _) => before.map(|before| before.saturating_sub(shown)),
                (Turn::Last, Some(RowCount::Counted(all))) => Some(all.saturating_sub(shown)),
                (Turn::Last | Turn::Here, _) => None,
            };
            (rows.column, counted)
        });
        let before = if page.more_before { known } else { Some(0) };
        let row = if matches!(turn, Turn::Up | Turn::Last) { last } else { 0 };
        let column = self.spot.take().map_or(column, |(.., column)| column);
        self.rows = Some(RowsView { page, row, column, before });
    }
}
