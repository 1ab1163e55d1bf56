//! Searches every backup of a source: first what an earlier search has listed, then the rest of the source, page by page.

use std::collections::HashMap;

use super::{Job, Outside, Stop, open, say};
use crate::catalog::SourceSpec;
use crate::catalog::levels::{Hit, Matcher, Names, Object, Objects, Words};
use crate::progress::Cancelled;
use crate::wizard::backup::{Anew, Answer, Found, KEPT};

/// Objects that are looked at between two answers, where nothing has to be waited for.
const BATCH: u64 = 8_192;

/// Does it. What fits is said as it is found; no more than can be kept.
pub(super) fn search(spec: &SourceSpec, text: &str, anew: Anew, job: &Job, outside: &Outside) -> Result<(), Stop> {
    let catalog = open(spec, outside)?;
    // The search before this one may still be at its end: it is cancelled, and gives back what it has listed.
    let mut kept = outside.wait(job, outside.objects.lock())?;
    if anew == Anew::Yes || kept.as_ref().is_none_or(|(of, _)| of != spec) {
        *kept = None;
    }
    let (_, objects) = kept.get_or_insert_with(|| (spec.clone(), Objects::new(&catalog)));
    let matcher = objects.matcher(Words::of(text), names(outside));
    let mut batch = Batch { matcher, found: Found::default(), sent: 0 };
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
    drop(kept);
    if job.cancel.is_cancelled() {
        return Err(Cancelled.into());
    }
    say(job, Answer::Ended);
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
