//! Search: any part of an organisation, an ID, a file or a known name, in the whole source. Reached from 4, 5 and 6; the
//! list grows while the source is listed.

mod step;
#[cfg(test)]
mod tests;

use super::{Anew, Filter, Listing, Sought, Versions, Wanted, Work, list_rows};
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

/// What a search learns of its own limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// The root may not be listed: how far it reaches all the same.
    Reach(Reach),
    /// Versions may not be listed: deleted backups are not seen.
    NoDeleted,
}

/// How far a search reaches where the root of the source may not be listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Nothing that is typed can be listed.
    Nothing,
    /// Only what lies below this prefix.
    Below(Untrusted),
}

/// State of the screen.
#[derive(Debug)]
pub struct Search {
    source: SourceRef,
    org: Option<Untrusted>,
    filter: Filter,
    found: Found,
    cursor: Cursor,
    listing: Listing,
    reach: Option<Reach>,
    /// Deleted backups are not seen; it was said.
    no_deleted: bool,
}

impl Search {
    /// A search of this source, opened from an organisation or from above them; nothing is typed yet.
    pub fn new(source: SourceRef, org: Option<Untrusted>) -> Self {
        let mut filter = Filter::default();
        filter.act(Action::Filter);
        Self {
            source,
            org,
            filter,
            found: Found::default(),
            cursor: Cursor::default(),
            listing: Listing::None,
            reach: None,
            no_deleted: false,
        }
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

    /// How far it reaches, where the root may not be listed.
    pub fn reach(&self) -> Option<&Reach> {
        self.reach.as_ref()
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
        if anew == Anew::Yes {
            (self.reach, self.no_deleted) = (None, false);
        }
        let sought = Sought { text: self.filter.text().to_owned(), anew, org: self.org.clone() };
        let work = Work::Search(self.source.spec.clone(), sought);
        self.listing = Listing::Runs(cx.start(Slot::Search, effect::Work::Backup(work)));
    }

    /// Another text: the cursor begins at the first result.
    fn changed(&mut self, cx: &mut Cx<'_>) {
        self.cursor = Cursor::default();
        self.search(Anew::No, cx);
    }

    /// What the search does not see is said: how far it reaches as long as it is so, deleted backups once.
    fn hear(&mut self, heard: Heard, cx: &mut Cx<'_>) {
        match heard {
            Heard::Reach(reach) => self.reach = Some(reach),
            Heard::NoDeleted if self.no_deleted => {}
            Heard::NoDeleted => {
                self.no_deleted = true;
                cx.say("Deleted backups are not found: versions may not be listed here.");
            }
        }
    }

    fn go(&self) -> Flow {
        let Some(hit) = self.under() else { return Flow::Stay };
        let wanted = Wanted { key: hit.key.clone(), version: None };
        let name = hit.name.as_ref().map(Untrusted::printable);
        Flow::Push(Versions::new(self.source.clone(), hit.folder.clone(), name, Some(wanted)).into())
    }
}
