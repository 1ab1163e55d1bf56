//! A full disk: which restores and downloads could go. Nothing is deleted without being asked for.

use super::Engine;
use crate::finding::{Code, Finding};
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
        let mut wanted = findings.iter_mut().filter(about_state).peekable();
        if wanted.peek().is_none() {
            return;
        }
        let could_go = self.what_could_go();
        for finding in wanted.filter(|_| !could_go.is_empty()) {
            finding.remedy = format!("{} These could go: {}.", finding.remedy, could_go.join("; "));
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
