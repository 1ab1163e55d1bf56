//! Search: any part of an organisation, an ID, a file or a known name, in the whole source. Reached from 4, 5 and 6; the
//! list grows while the source is listed.

mod step;
#[cfg(test)]
mod tests;

use super::{Anew, Filter, Listing, Versions, Wanted, Work, list_rows};
use crate::catalog::levels::{Hit, Words};
use crate::finding::Finding;
use crate::keys::Action;
use crate::text::Untrusted;
use crate::wizard::effect;
use crate::wizard::job::Slot;
use crate::wizard::list::Cursor;
use crate::wizard::source::SourceRef;
use crate::wizard::step::{Cx, Flow};

/// As many results are kept; of more only their number.
pub const KEPT: usize = 1_000;

/// What a search says from time to time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// What fits and was not said before, in the order of the source.
    pub hits: Vec<Hit>,
    /// How many backups fit so far.
    pub fit: u64,
    /// How many objects were looked at so far.
    pub looked: u64,
}

/// State of the screen.
#[derive(Debug)]
pub struct Search {
    source: SourceRef,
    filter: Filter,
    found: Found,
    cursor: Cursor,
    listing: Listing,
}

impl Search {
    /// A search of this source; nothing is typed yet.
    pub fn new(source: SourceRef) -> Self {
        let mut filter = Filter::default();
        filter.act(Action::Filter);
        Self { source, filter, found: Found::default(), cursor: Cursor::default(), listing: Listing::None }
    }

    /// The source.
    pub fn source(&self) -> &SourceRef {
        &self.source
    }

    /// The text.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// What fits so far.
    pub fn found(&self) -> &Found {
        &self.found
    }

    /// Whether something is typed.
    pub fn asks(&self) -> bool {
        !Words::of(self.filter.text()).is_empty()
    }

    /// The cursor of the list.
    pub fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// The result under the cursor.
    pub fn under(&self) -> Option<&Hit> {
        self.found.hits.get(self.cursor.at(self.found.hits.len()))
    }

    /// How the listing stands.
    pub fn listing(&self) -> &Listing {
        &self.listing
    }

    /// What stops the screen.
    pub fn failure(&self) -> Option<&Finding> {
        self.listing.failure()
    }

    /// Rows of the list and lines of details in a window of this size.
    pub fn heights(size: (u16, u16)) -> (usize, usize) {
        list_rows(size, 5, 6)
    }

    /// Searches for the text as it is now. Each search ends the one before it.
    fn search(&mut self, anew: Anew, cx: &mut Cx<'_>) {
        self.found = Found { looked: self.found.looked, ..Found::default() };
        let work = Work::Search(self.source.spec.clone(), self.filter.text().to_owned(), anew);
        self.listing = Listing::Runs(cx.start(Slot::Search, effect::Work::Backup(work)));
    }

    /// Another text: the cursor begins at the first result.
    fn changed(&mut self, cx: &mut Cx<'_>) {
        self.cursor = Cursor::default();
        self.search(Anew::No, cx);
    }

    fn go(&self) -> Flow {
        let Some(hit) = self.under() else { return Flow::Stay };
        let wanted = Wanted { key: hit.key.clone(), version: None };
        let name = hit.name.as_ref().map(Untrusted::printable);
        Flow::Push(Versions::new(self.source.clone(), hit.folder.clone(), name, Some(wanted)).into())
    }
}
