//! 5: which connector was lost?

mod rows;
mod step;

use std::collections::HashMap;
use std::sync::Arc;

use super::locating;
use super::queue::Queue;
use super::{Filter, Listing, Peek, Versions, Work, list_rows};
use crate::catalog::levels::{ConnectorFolder, ConnectorsPage, HubFolder, Other};
use crate::finding::{Code, Finding};
use crate::identity::HubId;
use crate::text::{Untrusted, alike};
use crate::wizard::browse::Browse;
use crate::wizard::effect;
use crate::wizard::job::{JobId, Slot};
use crate::wizard::list::Cursor;
use crate::wizard::source::SourceRef;
use crate::wizard::step::{Cx, Flow};

pub use rows::{Connector, Line};

/// Connectors of an organisation whose names are read ahead of the screen: each costs some requests.
const READ_AHEAD: usize = 200;

/// State of the screen.
#[derive(Debug)]
pub struct Connectors {
    source: SourceRef,
    org: Untrusted,
    hubs: Vec<(HubFolder, Vec<ConnectorFolder>)>,
    others: Vec<Other>,
    peeks: HashMap<ConnectorFolder, Peek>,
    /// The hub whose first connector gets the cursor.
    at_hub: Option<HubId>,
    filter: Filter,
    cursor: Cursor,
    listing: Listing,
    queue: Queue<ConnectorFolder>,
    trouble: Option<Box<Finding>>,
    locating: Option<JobId>,
}

impl Connectors {
    /// The connectors of this organisation, with the cursor on those of a hub.
    pub fn new(source: SourceRef, org: Untrusted, at_hub: Option<HubId>) -> Self {
        Self {
            source,
            org,
            hubs: Vec::new(),
            others: Vec::new(),
            peeks: HashMap::new(),
            at_hub,
            filter: Filter::default(),
            cursor: Cursor::default(),
            listing: Listing::None,
            queue: Queue::default(),
            trouble: None,
            locating: None,
        }
    }

    /// The organisation.
    pub fn org(&self) -> &Untrusted {
        &self.org
    }

    /// Another connector of the list whose name looks like this one and is another.
    pub fn alike(&self, name: &Untrusted) -> Option<&str> {
        let names = self.peeks.values().filter_map(|peek| peek.name.as_ref());
        alike::among(name.raw(), names.map(Untrusted::raw))
    }

    /// How many hubs and connectors are listed so far.
    pub fn listed(&self) -> (usize, usize) {
        (self.hubs.len(), self.hubs.iter().map(|(_, connectors)| connectors.len()).sum())
    }

    /// The filter.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// How the listing stands.
    pub fn listing(&self) -> &Listing {
        &self.listing
    }

    /// What stops the screen.
    pub fn failure(&self) -> Option<&Finding> {
        self.listing.failure().or(self.trouble.as_deref())
    }

    /// Rows of the list and lines of details in a window of this size.
    pub fn heights(size: (u16, u16)) -> (usize, usize) {
        list_rows(size, 5, 4)
    }

    fn list(&mut self, cx: &mut Cx<'_>) {
        self.hubs.clear();
        self.others.clear();
        self.trouble = None;
        self.queue.again(cx);
        let work = Work::Connectors(self.source.spec.clone(), self.org.clone());
        self.listing = Listing::Runs(cx.start(Slot::Listing, effect::Work::Backup(work)));
    }

    fn add(&mut self, page: ConnectorsPage) {
        match page {
            ConnectorsPage::Hubs(hubs) => self.hubs.extend(hubs.into_iter().map(|hub| (hub, Vec::new()))),
            ConnectorsPage::Connectors(hub, connectors) => {
                match self.hubs.iter_mut().find(|(known, _)| *known == hub) {
                    Some((_, known)) => known.extend(connectors),
                    None => self.hubs.push((hub, connectors)),
                }
            }
            ConnectorsPage::Others(others) => self.others.extend(others),
        }
    }

    /// Looks at connectors: those on screen first, then all others, where they are few or a filter asks for their names.
    fn peek(&mut self, cx: &mut Cx<'_>) {
        let (height, _) = Self::heights(cx.shared.size);
        let rows = self.rows();
        let window = self.cursor.window(rows.len(), height);
        let under = rows.get(self.cursor.at(rows.len())).into_iter();
        let unread = |rows: &mut dyn Iterator<Item = &Connector<'_>>| -> Vec<ConnectorFolder> {
            rows.filter_map(Connector::folder).filter(|folder| !self.is_read(folder)).cloned().collect()
        };
        let (on_screen, mut others) = (unread(&mut under.chain(&rows[window])), unread(&mut rows.iter()));
        if rows.len() > READ_AHEAD && self.filter.text().is_empty() {
            others.clear();
        }
        let spec = self.source.spec.clone();
        let work = |folder: &ConnectorFolder| effect::Work::Backup(Work::Peek(spec.clone(), folder.clone()));
        self.queue.fill(&on_screen, &others, work, cx);
    }

    fn go(&mut self, cx: &mut Cx<'_>) -> Flow {
        let text = self.filter.text().to_owned();
        let rows = self.rows();
        match rows.get(self.cursor.at(rows.len())) {
            // A whole ID or an address is looked for even where rows without a name are left.
            _ if locating::is_address(&text) && rows.len() != 1 => self.locate(&text, cx),
            Some(Connector::Folder(folder, peek)) => {
                let name = peek.and_then(|peek| peek.name.as_ref()).map(Untrusted::printable);
                Flow::Push(Versions::new(self.source.clone(), (*folder).clone(), name, None).into())
            }
            Some(Connector::Other(_)) => {
                cx.explain(Code::R113);
                Flow::Stay
            }
            None => Flow::Stay,
        }
    }

    fn locate(&mut self, text: &str, cx: &mut Cx<'_>) -> Flow {
        let work = Work::Locate(self.source.spec.clone(), locating::wanted(text));
        self.locating = Some(cx.start(Slot::Main, effect::Work::Backup(work)));
        cx.say("It is looked for in the whole source.");
        Flow::Stay
    }

    /// The connector under the cursor.
    fn under(&self) -> Option<ConnectorFolder> {
        let rows = self.rows();
        rows.get(self.cursor.at(rows.len())).and_then(Connector::folder).cloned()
    }

    /// Rows have come, gone or moved: the cursor stays on its connector where that is still there.
    fn settle(&mut self, before: Option<&ConnectorFolder>) {
        let rows = self.rows();
        let find =
            |wanted: &dyn Fn(&ConnectorFolder) -> bool| rows.iter().position(|row| row.folder().is_some_and(wanted));
        let hub = self.at_hub.and_then(|hub| find(&|folder| folder.hub.hub == hub));
        let at = if self.cursor.moved() {
            Some(before.and_then(|before| find(&|folder| folder == before)).unwrap_or_default())
        } else {
            hub
        };
        match (self.cursor.moved(), at) {
            (true, Some(at)) => self.cursor.follow(at),
            (false, Some(at)) => self.cursor.suggest(at),
            (_, None) => {}
        }
    }

    /// Tables and rows of the newest backup of the connector under the cursor, without a download.
    fn browse(&self, cx: &mut Cx<'_>) -> Flow {
        let rows = self.rows();
        let Some(Connector::Folder(_, peek)) = rows.get(self.at()) else { return Flow::Stay };
        let Some(backup) = peek.and_then(|peek| peek.backup.as_deref()) else {
            cx.say("Its newest backup is not known yet. Enter shows its versions.");
            return Flow::Stay;
        };
        let name = peek.and_then(|peek| peek.name.as_ref()).map(Untrusted::printable);
        cx.shared.crumbs.connector = name;
        Flow::Push(Browse::far(Arc::clone(&self.source.spec), backup.clone()).into())
    }

    fn failed(&mut self, job: JobId, finding: Box<Finding>, cx: &mut Cx<'_>) {
        if let Some(folder) = self.queue.ended(job, cx) {
            self.queue.stop(&folder);
            self.trouble = Some(finding);
            return;
        }
        cx.finished(job);
        if self.listing.is(job) {
            self.listing = Listing::Failed(finding);
        } else if self.locating == Some(job) {
            self.locating = None;
            cx.say(finding.detail.clone());
        }
    }
}
