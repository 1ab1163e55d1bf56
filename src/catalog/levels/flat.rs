//! Everything below a prefix, page after page, in the order of the source or as it comes. A source with large organisations is listed with
//! several of them side by side: one listing waits for its own pages, so that many of them take a fraction of the time.

use std::collections::{HashMap, HashSet, VecDeque};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio_util::task::AbortOnDropHandle;

use super::{Kind, Pages};
use crate::catalog::{Catalog, CatalogError, Page, layout};

/// As many organisations are listed side by side.
const LANES: usize = 6;
/// As many pages of one of them wait for their turn, where the order of the source is kept.
const AHEAD: usize = 2;
/// When the first page is full and holds no more organisations than these, each is worth a listing of its own.
const LARGE: usize = 4;

/// A listing of everything below a prefix. What runs ahead, one request a listing, is stopped by [`Flat::rest`], or by
/// dropping this. A clone goes on behind the last page that was handed out.
pub(crate) struct Flat {
    /// The listings whose pages come next, in their order.
    lanes: VecDeque<Lane>,
    /// Where further ones come from: the organisations.
    level: Option<Box<Level>>,
    /// Nothing was handed out yet, and the prefix holds organisations.
    undecided: bool,
    /// Pages come as they land.
    any_order: bool,
}

/// The organisations that have no lane yet.
#[derive(Clone)]
struct Level {
    pages: Lane,
    waiting: VecDeque<Lane>,
    /// Keys that were handed out with the first page, by organisation.
    seen: HashMap<String, HashSet<String>>,
    /// The flat listing, should organisations not be listed here.
    plain: Lane,
}

/// What came of one request, and the listing behind it.
type Landed = (Pages, Result<Option<Page>, CatalogError>);

/// One listing that runs a little ahead.
struct Lane {
    /// Behind the pages that are ready.
    pages: Pages,
    ready: VecDeque<(Page, Pages)>,
    /// Behind the page that was handed out last.
    behind: Pages,
    flight: Option<AbortOnDropHandle<Landed>>,
    failed: Option<CatalogError>,
    ended: bool,
    skip: HashSet<String>,
    /// It holds what is ready, and lists nothing.
    held: bool,
}

impl Clone for Lane {
    fn clone(&self) -> Self {
        let mut lane = Self::new(self.behind.clone());
        lane.skip.clone_from(&self.skip);
        if self.held {
            (lane.held, lane.ended) = (true, true);
            lane.ready.clone_from(&self.ready);
        }
        lane
    }
}

impl Clone for Flat {
    fn clone(&self) -> Self {
        let (lanes, level) = (self.lanes.clone(), self.level.clone());
        Self { lanes, level, undecided: self.undecided, any_order: self.any_order }
    }
}

impl Lane {
    fn new(pages: Pages) -> Self {
        Self {
            behind: pages.clone(),
            pages,
            ready: VecDeque::new(),
            flight: None,
            failed: None,
            ended: false,
            skip: HashSet::new(),
            held: false,
        }
    }

    /// Asks for what is missing up to `ahead` ready pages.
    fn fill(&mut self, ahead: usize, context: &mut Context<'_>) {
        while !self.ended && self.failed.is_none() && self.ready.len() < ahead {
            let flight = self.flight.get_or_insert_with(|| {
                let mut pages = self.pages.clone();
                // A task of its own: answers are read side by side, too.
                AbortOnDropHandle::new(tokio::spawn(async move {
                    let page = pages.next().await;
                    (pages, page)
                }))
            });
            let Poll::Ready(landed) = Pin::new(flight).poll(context) else { return };
            self.flight = None;
            match landed {
                Ok((pages, Ok(Some(mut page)))) => {
                    if !self.skip.is_empty() {
                        page.objects.retain(|object| !self.skip.contains(object.key.raw()));
                    }
                    self.ready.push_back((page, pages.clone()));
                    self.ended = pages.done;
                    self.pages = pages;
                }
                Ok((_, Ok(None))) => self.ended = true,
                Ok((_, Err(error))) => self.failed = Some(error),
                Err(_) => self.failed = Some(CatalogError::Cancelled),
            }
        }
    }

    /// Whether it has something to say.
    fn has_landed(&self) -> bool {
        !self.ready.is_empty() || self.failed.is_some() || self.ended
    }

    /// The next page; none when nothing is left; pending while it is on its way.
    fn take(&mut self) -> Poll<Result<Option<Page>, CatalogError>> {
        if let Some((page, behind)) = self.ready.pop_front() {
            self.behind = behind;
            return Poll::Ready(Ok(Some(page)));
        }
        match self.failed.take() {
            Some(error) => Poll::Ready(Err(error)),
            None if self.ended => Poll::Ready(Ok(None)),
            None => Poll::Pending,
        }
    }
}

impl Flat {
    /// Everything below a prefix. At the root of a source it looks for organisations that can be listed side by side.
    pub(crate) fn new(catalog: &Arc<dyn Catalog>, prefix: String, kind: Kind) -> Self {
        let undecided = kind == Kind::Deep && prefix == catalog.prefix();
        let lanes = VecDeque::from([Lane::new(Pages::new(catalog, prefix, kind))]);
        Self { lanes, level: None, undecided, any_order: false }
    }

    /// The same, where no page waits for those of the organisation before its own.
    pub(crate) fn in_any_order(mut self) -> Self {
        self.any_order = true;
        self
    }

    /// Stops what runs ahead.
    pub(crate) fn rest(&mut self) {
        let level = self.level.iter_mut().map(|level| &mut level.pages);
        for lane in self.lanes.iter_mut().chain(level) {
            lane.flight = None;
        }
    }

    /// The next page; none after the last one. A page may be empty.
    pub(crate) async fn next(&mut self) -> Result<Option<Page>, CatalogError> {
        poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Page>, CatalogError>> {
        loop {
            self.refill(context)?;
            // Before it is known whether the second page is wanted, nobody asks for it.
            let ahead = if self.undecided || self.any_order { 1 } else { AHEAD };
            for lane in &mut self.lanes {
                lane.fill(ahead, context);
            }
            let landed = self.any_order.then(|| self.lanes.iter().position(Lane::has_landed)).flatten();
            let at = landed.unwrap_or_default();
            let Some(lane) = self.lanes.get_mut(at) else {
                return if self.level.is_some() { Poll::Pending } else { Poll::Ready(Ok(None)) };
            };
            match lane.take() {
                Poll::Ready(Ok(None)) => {
                    self.lanes.remove(at);
                }
                Poll::Ready(Ok(Some(page))) => {
                    if std::mem::take(&mut self.undecided) {
                        self.decide(&page);
                    }
                    return Poll::Ready(Ok(Some(page)));
                }
                other => return other,
            }
        }
    }

    /// Whether the organisations of the first page are so large that they are listed side by side from now on.
    fn decide(&mut self, first: &Page) {
        let Some(lane) = self.lanes.front().filter(|lane| !lane.ended) else { return };
        let (catalog, prefix) = (Arc::clone(&lane.pages.catalog), lane.pages.prefix.clone());
        let mut seen: HashMap<String, HashSet<String>> = HashMap::new();
        for object in &first.objects {
            let key = object.key.raw();
            let org = key.strip_prefix(prefix.as_str()).and_then(|below| below.split_once('/'));
            let org = org.map_or_else(String::new, |(org, _)| layout::org_prefix(&prefix, org));
            seen.entry(org).or_default().insert(key.to_owned());
        }
        if seen.len() > LARGE {
            return;
        }
        let pages = Lane::new(Pages::new(&catalog, prefix, Kind::Level));
        let Some(plain) = self.lanes.pop_front() else { return };
        self.level = Some(Box::new(Level { pages, waiting: VecDeque::new(), seen, plain }));
    }

    /// Gives organisations their lanes.
    fn refill(&mut self, context: &mut Context<'_>) -> Result<(), CatalogError> {
        let Some(level) = &mut self.level else { return Ok(()) };
        while self.lanes.len() < LANES {
            if let Some(lane) = level.waiting.pop_front() {
                self.lanes.push_back(lane);
                continue;
            }
            level.pages.fill(1, context);
            match level.pages.take() {
                Poll::Ready(Ok(Some(page))) => level.expand(page),
                Poll::Ready(Ok(None)) => {
                    self.level = None;
                    return Ok(());
                }
                // A source may be listed flat, and not by levels: a policy can be so narrow.
                Poll::Ready(Err(CatalogError::Refused { .. })) if level.pages.is_new() => {
                    let plain = level.plain.clone();
                    self.level = None;
                    self.lanes.push_back(plain);
                    return Ok(());
                }
                Poll::Ready(Err(error)) => return Err(error),
                Poll::Pending => return Ok(()),
            }
        }
        Ok(())
    }
}

impl Lane {
    /// Whether nothing was handed out yet.
    fn is_new(&self) -> bool {
        self.behind.from.is_none() && !self.ended
    }

    /// Some objects that are here already.
    fn holding(pages: &Pages, page: Page) -> Self {
        let mut lane = Self::new(pages.clone());
        (lane.held, lane.ended) = (true, true);
        lane.ready.push_back((page, pages.clone()));
        lane
    }
}

impl Level {
    /// A lane for each organisation of a page of them; what lies between them keeps its place.
    fn expand(&mut self, page: Page) {
        let catalog = Arc::clone(&self.pages.pages.catalog);
        let beside = self.seen.get("");
        let mut objects: VecDeque<_> =
            page.objects.into_iter().filter(|it| beside.is_none_or(|seen| !seen.contains(it.key.raw()))).collect();
        let mut loose = Page::default();
        for org in page.prefixes {
            while objects.front().is_some_and(|object| object.key.raw() < org.raw()) {
                loose.objects.extend(objects.pop_front());
            }
            if !loose.objects.is_empty() {
                self.waiting.push_back(Lane::holding(&self.pages.pages, std::mem::take(&mut loose)));
            }
            let mut lane = Lane::new(Pages::new(&catalog, org.raw().to_owned(), Kind::Deep));
            lane.skip = self.seen.remove(org.raw()).unwrap_or_default();
            self.waiting.push_back(lane);
        }
        loose.objects.extend(objects);
        if !loose.objects.is_empty() {
            self.waiting.push_back(Lane::holding(&self.pages.pages, loose));
        }
    }
}
