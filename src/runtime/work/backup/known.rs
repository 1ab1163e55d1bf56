//! What is known of a connector's backups without reading them: from earlier inspections, and from the demo.

use super::Outside;
use crate::catalog::Backup;
use crate::catalog::demo::script::Stored;
use crate::finding::Severity;
use crate::identity::ConnectorId;
use crate::restore::Stage;
use crate::restore::journal::History;
use crate::text::Untrusted;
use crate::wizard::backup::Earlier;

/// What is known of one connector.
pub(super) struct Known {
    /// Restores that looked at it, the newest first.
    restores: Vec<History>,
    /// What the demo has made up about it.
    made_up: Option<Stored>,
}

impl Known {
    /// Looks it up. What cannot be read is not known.
    pub(super) fn of(connector: ConnectorId, outside: &Outside) -> Self {
        let store = &outside.engine.store;
        let ids = store.ids().unwrap_or_default();
        let histories = ids.iter().rev().filter_map(|id| store.history(id).ok());
        let is_its = |history: &History| {
            let place = history.backup.as_ref().and_then(|backup| backup.place.as_ref());
            place.is_some_and(|place| place.connector == connector)
        };
        let made_up = outside.made_up().and_then(|script| script.stored(connector).cloned());
        Self { restores: histories.filter(is_its).collect(), made_up }
    }

    /// Its name and its type.
    pub(super) fn name(&self) -> (Option<Untrusted>, Option<Untrusted>) {
        let checked = self.restores.iter().filter_map(|history| history.checked.as_ref());
        let seen =
            checked.filter(|checked| checked.name.is_some()).map(|found| (found.name.clone(), found.kind.clone()));
        let made_up = || {
            let stored = self.made_up.as_ref()?;
            Some((Some(stored.name.as_str().into()), Some(stored.kind.as_str().into())))
        };
        seen.into_iter().next().or_else(made_up).unwrap_or_default()
    }

    /// What is known of one version. `all` are the versions of the connector, newest first.
    pub(super) fn earlier(&self, backup: &Backup, all: &[Backup]) -> Option<Earlier> {
        self.inspected(backup).or_else(|| {
            let at = all.iter().position(|other| other == backup)?;
            let version = self.made_up.as_ref()?.versions.get(at)?;
            version.fault.is_none().then(|| Earlier { events: Some(version.events), ..Earlier::default() })
        })
    }

    fn inspected(&self, backup: &Backup) -> Option<Earlier> {
        let same = |history: &&History| {
            history.backup.as_ref().is_some_and(|known| {
                (&known.key, &known.version, &known.etag) == (&backup.key, &backup.version, &backup.etag)
            })
        };
        let history = self.restores.iter().filter(same).find(|history| history.downloaded.is_some())?;
        let findings = history.findings.get(&Stage::Inspect);
        let block = findings.into_iter().flatten().find(|finding| finding.severity == Severity::Block);
        let checked = history.checked.as_ref();
        if checked.is_none() && block.is_none() {
            return None;
        }
        Some(Earlier {
            events: checked.and_then(|checked| checked.events).filter(|_| block.is_none()),
            newest: checked.and_then(|checked| checked.newest),
            result: Some(block.map_or(Ok(()), |finding| Err(finding.code))),
        })
    }
}
