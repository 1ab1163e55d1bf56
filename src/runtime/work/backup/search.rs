//! Searches every backup of a source: first what an earlier search has listed, then the rest of the source, page by page,
//! then what lies behind delete markers. Where the root may not be listed, what can be listed below it.

mod reach;

use std::collections::HashMap;

use super::{Job, Outside, Stop, open, say};
use crate::catalog::levels::{self, Hit, Matcher, Names, Object, Objects, Words};
use crate::catalog::{CatalogError, SourceSpec};
use crate::progress::Cancelled;
use crate::wizard::backup::{Anew, Answer, Found, Heard, KEPT, Sought};

/// Objects that are looked at between two answers, where nothing has to be waited for.
const BATCH: u64 = 8_192;

/// What searches of one source have listed, and what they may not list.
pub struct Listed {
    spec: SourceSpec,
    objects: Objects,
    /// The root may not be listed: why.
    refused: Option<CatalogError>,
    /// Versions may not be listed.
    no_deleted: bool,
}

impl Listed {
    /// Bytes that are kept.
    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        self.objects.bytes()
    }
}

/// Does it. What fits is said as it is found; no more than can be kept.
pub(super) fn search(spec: &SourceSpec, sought: &Sought, job: &Job, outside: &Outside) -> Result<(), Stop> {
    let catalog = open(spec, outside)?;
    // The search before this one may still be at its end: it is cancelled, and gives back what it has listed.
    let mut kept = outside.wait(job, outside.objects.lock())?;
    if sought.anew == Anew::Yes || kept.as_ref().is_none_or(|listed| listed.spec != *spec) {
        *kept = None;
    }
    let listed = kept.get_or_insert_with(|| Listed {
        spec: spec.clone(),
        objects: Objects::new(&catalog),
        refused: None,
        no_deleted: false,
    });
    let ended = whole(listed, sought, job, outside);
    // Nobody waits for what would still come.
    listed.objects.rest();
    drop(kept);
    ended?;
    if job.cancel.is_cancelled() {
        return Err(Cancelled.into());
    }
    say(job, Answer::Ended);
    Ok(())
}

/// Searches all that can be listed.
fn whole(listed: &mut Listed, sought: &Sought, job: &Job, outside: &Outside) -> Result<(), Stop> {
    let words = Words::of(&sought.text);
    let asks = !words.is_empty();
    let matcher = listed.objects.matcher(words, names(outside));
    let mut batch = Batch { matcher, found: Found::default(), sent: 0 };
    if listed.refused.is_some() && !reach::reach(listed, sought, job, outside)? {
        return Ok(());
    }
    if let Err(stop) = current(listed, &mut batch, job, outside) {
        let Stop::Failed(error @ CatalogError::Refused { .. }) = stop else { return Err(stop) };
        if listed.refused.is_some() || listed.objects.listed() > 0 {
            return Err(Stop::Failed(error));
        }
        listed.refused = Some(error);
        if !reach::reach(listed, sought, job, outside)? {
            return Ok(());
        }
        current(listed, &mut batch, job, outside)?;
    }
    // A listing of versions can be far longer: it begins when something is looked for.
    if asks { deleted(listed, &mut batch, job, outside) } else { Ok(()) }
}

/// Searches what a read finds.
fn current(listed: &mut Listed, batch: &mut Batch, job: &Job, outside: &Outside) -> Result<(), Stop> {
    let objects = &mut listed.objects;
    let mut since = 0;
    objects.again(|object| {
        batch.look(object);
        since += 1;
        if since == BATCH {
            batch.found.looked += std::mem::take(&mut since);
            batch.say(job);
        }
        !job.cancel.is_cancelled()
    });
    // What is no backup was listed, too.
    batch.found.looked = objects.listed();
    batch.say(job);
    while let Some(more) = outside.wait(job, objects.next(|object| batch.look(object)))?? {
        batch.found.looked += more;
        batch.say(job);
    }
    Ok(())
}

/// Searches what was deleted. Where versions may not be listed, that is said, and nobody asks again.
fn deleted(listed: &mut Listed, batch: &mut Batch, job: &Job, outside: &Outside) -> Result<(), Stop> {
    while !listed.no_deleted {
        match outside.wait(job, listed.objects.next_deleted(|object| batch.look(object)))? {
            Ok(Some(_)) => batch.say(job),
            Ok(None) => return Ok(()),
            Err(error) if levels::not_listed(&error) => listed.no_deleted = true,
            Err(error) => return Err(error.into()),
        }
    }
    // A folder has no versions: there is nothing that is not seen.
    if matches!(listed.spec.kind, crate::catalog::SourceKind::S3 { .. }) {
        say(job, Answer::Heard(Heard::NoDeleted));
    }
    Ok(())
}

/// What was found since the last answer.
struct Batch {
    matcher: Matcher,
    found: Found,
    sent: usize,
}

impl Batch {
    fn look(&mut self, object: Object<'_>) {
        if !self.matcher.fits(object.key) {
            return;
        }
        self.found.fit += 1;
        if self.sent < KEPT {
            let hit: Option<Hit> = self.matcher.hit(object);
            self.sent += usize::from(hit.is_some());
            self.found.hits.extend(hit);
        }
    }

    fn say(&mut self, job: &Job) {
        let hits = std::mem::take(&mut self.found.hits);
        say(job, Answer::Found(Found { hits, ..self.found }));
    }
}

/// The names of connectors that are known without a look: from earlier looks and restores, and from the demo.
fn names(outside: &Outside) -> Names {
    let made_up = outside.made_up().into_iter().flat_map(|script| script.backup);
    let mut names: Names = made_up.map(|stored| (stored.connector, stored.name.into())).collect();
    let store = &outside.engine.store;
    let histories = store.ids().unwrap_or_default().into_iter().filter_map(|id| store.history(&id).ok());
    let restored: HashMap<_, _> =
        histories.filter_map(|history| Some((history.backup?.place?.connector, history.checked?.name?))).collect();
    names.extend(restored);
    names.extend(outside.looks.names());
    names
}
