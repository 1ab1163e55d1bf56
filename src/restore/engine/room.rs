//! A full disk: which restores and downloads could go. Nothing is deleted without being asked for.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::Engine;
use crate::finding::{Code, Finding};
use crate::hub::MAKE_ROOM;
use crate::hub::place::Stopped;
use crate::restore::store::Listed;
use crate::restore::trouble::Trouble;
use crate::text;

/// How many are named.
const NAMED: usize = 3;

impl Engine {
    /// Names in each R501 what could be forgotten in the state folder, and what that frees. `at` is where the state folder is
    /// mounted, as the findings name it; none when all of them are about the state folder.
    pub(super) fn name_what_could_go(&self, findings: &mut [Finding], at: Option<&str>) {
        let about_state =
            |finding: &&mut Finding| finding.code == Code::R501 && at.is_none_or(|at| finding.subject == at);
        for finding in findings.iter_mut().filter(about_state) {
            self.add_what_could_go(finding);
        }
    }

    /// The same for what ended a step in the state folder.
    pub(super) fn with_what_could_go(&self, trouble: Trouble) -> Trouble {
        match trouble {
            Trouble::Blocked(mut findings) => {
                self.name_what_could_go(&mut findings, None);
                Trouble::Blocked(findings)
            }
            trouble => trouble,
        }
    }

    /// The same where an act on the hub ended for want of room, if that is on the state folder's file system.
    pub(super) fn stopped_with_what_could_go(&self, mut stopped: Stopped) -> Stopped {
        let device = |path: &Path| path.ancestors().find_map(|path| path.metadata().ok()).map(|status| status.dev());
        let state = device(&self.settings.state_dir.value);
        if let Some(finding) = &mut stopped.finding
            && finding.code == Code::R610
            && finding.remedy == MAKE_ROOM
            && (finding.subject == "journal" || device(Path::new(&finding.subject)) == state)
        {
            self.add_what_could_go(finding);
        }
        stopped
    }

    fn add_what_could_go(&self, finding: &mut Finding) {
        let could_go = self.what_could_go();
        if !could_go.is_empty() {
            finding.remedy = format!("{} These could go: {}.", finding.remedy, could_go.join("; "));
        }
    }

    /// `reseat restores --forget 2026-11-19-1 frees 61.4 MiB, 12 d old`: those that free most first.
    fn what_could_go(&self) -> Vec<String> {
        let rows = self.store.list(&self.guide).unwrap_or_default();
        let mut found: Vec<(u64, Listed)> = rows
            .into_iter()
            .filter(|row| self.may_go(row))
            .map(|row| (self.frees(&row), row))
            .filter(|(bytes, _)| *bytes > 0)
            .collect();
        found.sort_by(|(one, _), (other, _)| other.cmp(one));
        let line = |(bytes, row): &(u64, Listed)| {
            let age = row.started.map_or_else(String::new, |at| format!(", {} old", text::age(at, self.world.now())));
            format!("reseat restores --forget {} frees {}{age}", row.id, text::size(*bytes))
        };
        found.iter().take(NAMED).map(line).collect()
    }

    /// Not the ones that this process works on, nor those that are needed to come to an end.
    fn may_go(&self, row: &Listed) -> bool {
        let at_work = row.id.parse().is_ok_and(|id| self.sessions().contains_key(&id));
        let needed =
            row.history.as_ref().is_some_and(|history| history.is_cut() || history.stopped_service().is_some());
        !at_work && !needed && row.refused.is_none()
    }

    fn frees(&self, row: &Listed) -> u64 {
        match row.id.parse() {
            Ok(id) => self.store.to_forget(&id).map_or(0, |forget| forget.bytes),
            Err(_) => row.bytes,
        }
    }
}
