//! Where the root of a source may not be listed: what of it can be listed all the same. What is typed names it, an
//! organisation or the beginning of a key; or else the organisation from which the search was opened.

use super::super::{Job, Outside, Stop, open, say};
use super::Listed;
use crate::catalog::levels::{Objects, split_version};
use crate::catalog::{Catalog, CatalogError, Listing, layout};
use crate::text::Untrusted;
use crate::wizard::backup::{Answer, Heard, Reach, Sought};

/// As many words are tried as organisations.
const WORDS: usize = 3;

/// Turns to the first prefix that may be listed and holds something, and says which. False: there is none.
pub(super) fn reach(listed: &mut Listed, sought: &Sought, job: &Job, outside: &Outside) -> Result<bool, Stop> {
    let catalog = open(&listed.spec, outside)?;
    let mut empty = None;
    for prefix in prefixes(catalog.as_ref(), sought) {
        if listed.objects.prefix() == prefix && listed.objects.listed() > 0 {
            return Ok(say_below(&prefix, job));
        }
        let page = Listing { prefix: &prefix, limit: Some(1), ..Listing::default() };
        match outside.wait(job, catalog.list(page))? {
            Ok(page) if page.objects.is_empty() => empty = empty.or(Some(prefix)),
            Ok(_) => {
                listed.objects = Objects::below(&catalog, &prefix);
                return Ok(say_below(&prefix, job));
            }
            Err(CatalogError::Refused { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    // What is gone without a trace may have left versions.
    if let Some(prefix) = empty {
        if listed.objects.prefix() != prefix {
            listed.objects = Objects::below(&catalog, &prefix);
        }
        return Ok(say_below(&prefix, job));
    }
    say(job, Answer::Heard(Heard::Reach(Reach::Nothing)));
    Ok(false)
}

fn say_below(prefix: &str, job: &Job) -> bool {
    say(job, Answer::Heard(Heard::Reach(Reach::Below(Untrusted::from(prefix)))));
    true
}

/// The prefixes that the text may mean, the likeliest first.
fn prefixes(catalog: &dyn Catalog, sought: &Sought) -> Vec<String> {
    let root = catalog.prefix();
    let text = sought.text.trim();
    let address = text.strip_prefix("s3://").and_then(|address| address.split_once('/'));
    let text = address.map_or(text, |(_, key)| split_version(key).0);
    let mut found = Vec::new();
    for word in text.split_whitespace().take(WORDS) {
        // Of a key that is typed, what is whole: up to its last slash.
        let below = word.rsplit_once('/').map_or(word, |(whole, _)| whole);
        let below = below.strip_prefix(root).unwrap_or(below).trim_matches('/');
        if !below.is_empty() {
            found.push(layout::org_prefix(root, below));
        }
    }
    found.extend(sought.org.as_ref().map(|org| layout::org_prefix(root, org.raw())));
    found.dedup();
    found
}
