//! 4: which organisation?

mod step;

use std::collections::HashMap;

use super::locating;
use super::queue::Queue;
use super::{Connectors, Filter, Listing, Work, list_rows};
use crate::catalog::levels::Other;
use crate::finding::{Code, Finding};
use crate::identity::HubId;
use crate::text::{Untrusted, alike};
use crate::wizard::job::{JobId, Slot};
use crate::wizard::list::Cursor;
use crate::wizard::source::SourceRef;
use crate::wizard::step::{Cx, Flow};
use crate::wizard::{Field, effect};

/// State of the screen.
#[derive(Debug)]
pub struct Organisations {
    source: SourceRef,
    names: Vec<Untrusted>,
    /// What the names look like: there may be many thousands, and each frame asks.
    looks: alike::Looks,
    others: Vec<Other>,
    counts: HashMap<Untrusted, Counts>,
    /// The organisation of this machine's hub.
    home: Option<Untrusted>,
    home_job: Option<JobId>,
    locating: Option<JobId>,
    filter: Filter,
    /// A name that is typed because it cannot be listed.
    typed: Option<Field>,
    cursor: Cursor,
    listing: Listing,
    queue: Queue<Untrusted>,
    /// Counting failed: why.
    trouble: Option<Box<Finding>>,
}

/// The hubs of an organisation, each with its number of connectors.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts(pub Vec<(HubId, u64)>);

impl Counts {
    /// All connectors.
    pub fn connectors(&self) -> u64 {
        self.0.iter().map(|(_, connectors)| connectors).sum()
    }
}

/// A row of the list.
#[derive(Debug, Clone, Copy)]
pub enum Row<'a> {
    /// An organisation.
    Organisation(&'a Untrusted),
    /// Something that is none.
    Other(&'a Other),
}

impl Organisations {
    /// The organisations of this source.
    pub fn new(source: SourceRef) -> Self {
        Self {
            source,
            names: Vec::new(),
            looks: alike::Looks::default(),
            others: Vec::new(),
            counts: HashMap::new(),
            home: None,
            home_job: None,
            locating: None,
            filter: Filter::default(),
            typed: None,
            cursor: Cursor::default(),
            listing: Listing::None,
            queue: Queue::default(),
            trouble: None,
        }
    }

    /// The source.
    pub fn source(&self) -> &SourceRef {
        &self.source
    }

    /// The rows that the filter leaves.
    pub fn rows(&self) -> Vec<Row<'_>> {
        let names = self.names.iter().filter(|name| self.filter.fits(name.raw())).map(Row::Organisation);
        let others = self.others.iter().filter(|other| self.filter.fits(other.key.raw())).map(Row::Other);
        names.chain(others).collect()
    }

    /// Another organisation of the list that looks like this one.
    pub fn alike(&self, name: &Untrusted) -> Option<&str> {
        let may = self.looks.may_have_another(name.raw());
        may.then(|| alike::among(name.raw(), self.names.iter().map(Untrusted::raw))).flatten()
    }

    /// How many organisations are listed so far.
    pub fn listed(&self) -> usize {
        self.names.len()
    }

    /// The filter.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// The field for a name that cannot be listed.
    pub fn typed(&self) -> Option<&Field> {
        self.typed.as_ref()
    }

    /// How the listing stands.
    pub fn listing(&self) -> &Listing {
        &self.listing
    }

    /// The cursor of the list.
    pub fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// What an organisation holds, once it was counted.
    pub fn counts(&self, org: &Untrusted) -> Option<&Counts> {
        self.counts.get(org)
    }

    /// Whether its hubs and connectors are being counted, or will be.
    pub fn is_counting(&self, org: &Untrusted) -> bool {
        !self.counts.contains_key(org) && self.queue.reads(org)
    }

    /// Whether this machine's hub has its backups there.
    pub fn is_home(&self, org: &Untrusted) -> bool {
        self.home.as_ref() == Some(org)
    }

    /// This machine's hub.
    pub fn hub(&self) -> Option<HubId> {
        self.source.hub
    }

    /// What stops the screen: the listing, or counting.
    pub fn failure(&self) -> Option<&Finding> {
        self.listing.failure().or(self.trouble.as_deref())
    }

    /// Rows of the list and lines of details in a window of this size.
    pub fn heights(size: (u16, u16)) -> (usize, usize) {
        list_rows(size, 4, 7)
    }

    fn list(&mut self, cx: &mut Cx<'_>) {
        self.names.clear();
        self.looks = alike::Looks::default();
        self.others.clear();
        let work = Work::Organisations(self.source.spec.clone());
        self.listing = Listing::Runs(cx.start(Slot::Listing, effect::Work::Backup(work)));
        self.trouble = None;
        self.queue.again(cx);
        if let (Some(hub), None) = (self.source.hub, &self.home) {
            let work = Work::Home(self.source.spec.clone(), hub);
            self.home_job = Some(cx.start(Slot::Look, effect::Work::Backup(work)));
        }
    }

    /// Counts what is on screen, the row under the cursor first.
    fn count(&mut self, cx: &mut Cx<'_>) {
        let (height, _) = Self::heights(cx.shared.size);
        let rows = self.rows();
        let window = self.cursor.window(rows.len(), height);
        let under = rows.get(self.cursor.at(rows.len())).into_iter();
        let shown = under.chain(&rows[window]).filter_map(|row| match row {
            Row::Organisation(name) => Some((*name).clone()),
            Row::Other(_) => None,
        });
        let wanted: Vec<Untrusted> = shown.filter(|name| !self.counts.contains_key(name)).collect();
        let spec = self.source.spec.clone();
        let work = |org: &Untrusted| effect::Work::Backup(Work::Count(spec.clone(), org.clone()));
        self.queue.fill(&wanted, &[], work, cx);
    }

    fn go(&mut self, cx: &mut Cx<'_>) -> Flow {
        if let Some(field) = &self.typed {
            let name = field.text().trim().trim_matches('/').to_owned();
            if name.is_empty() {
                cx.say("Nothing is typed yet: type the name of the organisation.");
                return Flow::Stay;
            }
            return if locating::is_address(&name) { self.locate(&name, cx) } else { self.open(&name.into()) };
        }
        let text = self.filter.text().to_owned();
        let rows = self.rows();
        match rows.get(self.cursor.at(rows.len())) {
            Some(Row::Organisation(name)) => self.open(name),
            Some(Row::Other(_)) => {
                cx.explain(Code::R113);
                Flow::Stay
            }
            None if locating::is_address(&text) => self.locate(&text, cx),
            None => Flow::Stay,
        }
    }

    fn open(&self, org: &Untrusted) -> Flow {
        Flow::Push(Connectors::new(self.source.clone(), org.clone(), None).into())
    }

    fn locate(&mut self, text: &str, cx: &mut Cx<'_>) -> Flow {
        let work = Work::Locate(self.source.spec.clone(), locating::wanted(text));
        self.locating = Some(cx.start(Slot::Main, effect::Work::Backup(work)));
        cx.say("It is looked for in the whole source.");
        Flow::Stay
    }

    /// The filter has changed: the cursor stays on its row where that is still there.
    fn refill(&mut self, before: Option<&Untrusted>, cx: &mut Cx<'_>) {
        let same = |row: &Row<'_>| matches!(row, Row::Organisation(name) if Some(*name) == before);
        let at = self.rows().iter().position(same);
        self.cursor.follow(at.unwrap_or_default());
        self.count(cx);
    }

    /// Rows came in between: once a key was pressed, the cursor stays on its organisation.
    fn stay_on(&mut self, org: Option<&Untrusted>) {
        if self.cursor.moved() {
            let same = |row: &Row<'_>| matches!(row, Row::Organisation(name) if Some(*name) == org);
            if let Some(at) = self.rows().iter().position(same) {
                self.cursor.follow(at);
            }
        }
    }

    fn under(&self) -> Option<Untrusted> {
        let rows = self.rows();
        match rows.get(self.cursor.at(rows.len()))? {
            Row::Organisation(name) => Some((*name).clone()),
            Row::Other(_) => None,
        }
    }

    /// Puts the cursor on the organisation of this machine's hub, as long as no key was pressed.
    fn go_home(&mut self) {
        let rows = self.rows();
        let at = rows.iter().position(|row| matches!(row, Row::Organisation(name) if self.is_home(name)));
        if let Some(at) = at {
            self.cursor.suggest(at);
        }
    }

    fn failed(&mut self, job: JobId, finding: Box<Finding>, cx: &mut Cx<'_>) {
        if let Some(org) = self.queue.ended(job, cx) {
            self.queue.stop(&org);
            self.trouble = Some(finding);
            return;
        }
        cx.finished(job);
        if self.listing.is(job) {
            // Where nothing may be listed, the name is typed.
            if finding.code == Code::R105 && self.typed.is_none() {
                self.typed = Some(Field::default());
            }
            self.listing = Listing::Failed(finding);
        } else if self.locating == Some(job) {
            self.locating = None;
            cx.say(finding.detail.clone());
        }
    }
}
