//! How far an audit is, and how long it still takes: on a terminal only. A second listing, beside the work, counts what is
//! to be done.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Wants;
use crate::catalog::Catalog;
use crate::catalog::levels::Narrow;
use crate::commands::bar::{Bar, Told};
use crate::progress::Progress;
use crate::restore::audit;

/// What an audit does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It is not known yet how many backups there are.
    Counts,
    /// It is.
    Looks,
}

impl Told for Stage {
    fn told(self) -> (&'static str, bool) {
        ("backups", false)
    }
}

/// What is shown of an audit that goes on.
pub(super) struct Shown {
    bar: Option<Bar<Stage>>,
    done: u64,
    /// How many there are in all; 0 as long as that is not known.
    total: Arc<AtomicU64>,
}

impl Shown {
    /// Nothing where nobody looks, or where lines are printed in between.
    pub(super) fn new(draws: bool) -> Self {
        let drawn = std::io::stderr().is_terminal() && (draws || !std::io::stdout().is_terminal());
        Self { bar: drawn.then(Bar::new), done: 0, total: Arc::default() }
    }

    /// Counts what is to be done, where somebody looks. A listing that fails leaves it unknown: the work says why.
    pub(super) fn counting(
        &self,
        catalog: &Arc<dyn Catalog>,
        narrow: &Narrow,
        wanted: Wants,
    ) -> Option<impl Future<Output = ()> + Send + 'static> {
        self.bar.as_ref()?;
        let mut walk = audit::candidates(catalog, narrow.clone());
        let total = Arc::clone(&self.total);
        Some(async move {
            let mut count = 0;
            while let Ok(Some(candidate)) = walk.next().await {
                count += u64::from(wanted.holds(&candidate));
            }
            total.store(count, Ordering::Relaxed);
        })
    }

    /// One more backup is done.
    pub(super) fn one_more(&mut self) {
        self.done += 1;
        let Some(bar) = &mut self.bar else { return };
        let total = Some(self.total.load(Ordering::Relaxed)).filter(|total| *total > 0);
        let stage = if total.is_some() { Stage::Looks } else { Stage::Counts };
        bar.show(Progress { stage, done: self.done, total: total.map(|total| total.max(self.done)) });
    }
}
