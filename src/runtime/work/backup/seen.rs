//! Looks into one version, without downloading it, and remembers what it saw.

use std::sync::Arc;

use super::{Job, Outside, Stop};
use crate::catalog::remote::Remote;
use crate::catalog::{Backup, Catalog, CatalogError, NoAnswer};
use crate::restore::peek::{self, Peek};
use crate::wizard::backup::{Barred, Seen};

/// What stands in a version: from an earlier look, or from one that is taken now. What keeps one version from being looked
/// into is told of it; what keeps all of them from it is an error.
pub(super) fn seen(catalog: &Arc<dyn Catalog>, backup: &Backup, job: &Job, outside: &Outside) -> Result<Seen, Stop> {
    if let Some(seen) = outside.looks.get(backup) {
        return Ok(seen);
    }
    let remote = Arc::new(Remote::new(Arc::clone(catalog), backup.clone(), outside.handle.clone(), job.cancel.clone()));
    match peek::peek(&remote, outside.engine.clock(), &job.cancel) {
        Ok(peek) => {
            let seen = told(&peek);
            outside.looks.keep(backup, &seen);
            Ok(seen)
        }
        Err(CatalogError::Cancelled) => Err(Stop::Cancelled),
        Err(error) if is_of_all(&error) => Err(Stop::Failed(error)),
        Err(error) => {
            let code = error.finding(outside.world.now()).map(|finding| finding.code);
            let why = crate::text::printable(&error.to_string());
            Ok(Seen { barred: Some(Barred { code, why }), ..Seen::default() })
        }
    }
}

/// Whether the next version would meet the same error: then nobody asks on.
fn is_of_all(error: &CatalogError) -> bool {
    match error {
        CatalogError::NoAnswer { how, .. } => !matches!(how, NoAnswer::Nonsense(_)),
        CatalogError::NoSource { .. } | CatalogError::Region { .. } => true,
        error => error.needs_credentials(),
    }
}

/// What a row of a list shows of a look.
fn told(peek: &Peek) -> Seen {
    let block = peek.block().map(|finding| Barred { code: Some(finding.code), why: finding.detail.clone() });
    let unknown = || peek.unknown().map(|why| Barred { code: None, why: why.to_owned() });
    Seen {
        name: peek.name().cloned(),
        kind: peek.kind().cloned(),
        events: peek.seen.events_at_most,
        newest: peek.newest(),
        barred: block.or_else(unknown),
    }
}
