//! `c`: marks a version; on another one it has both downloaded, and compares them on a page.

use super::{Entry, Version, Versions, version};
use crate::catalog::Backup;
use crate::finding::Code;
use crate::progress::Progress;
use crate::text;
use crate::wizard::Answer as Said;
use crate::wizard::backup::{Answer, Work};
use crate::wizard::effect;
use crate::wizard::job::{JobId, Slot};
use crate::wizard::running::{self, Running};
use crate::wizard::step::Cx;

/// What a comparison of two versions does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The older one is downloaded, or read again where it is here; units are bytes.
    Older,
    /// The newer one; units are bytes.
    Newer,
    /// Both are read side by side; units are rows.
    Rows,
}

/// How far it is.
#[derive(Debug)]
pub(super) enum Comparing {
    /// One version is marked, for another one to be chosen.
    Marked(Version),
    /// Both are known: it works.
    Runs(JobId, Running<Part>),
}

impl Versions {
    /// Whether this row is the marked one.
    pub fn is_marked(&self, entry: &Entry) -> bool {
        matches!(&self.comparing, Some(Comparing::Marked(marked)) if *marked == version(&entry.backup))
    }

    /// What stands above the keys while versions are compared.
    pub(super) fn comparing_line(&self) -> Option<String> {
        let running = match self.comparing.as_ref()? {
            Comparing::Marked(_) => {
                return Some("Go to the other version, then c compares both. Esc: none.".to_owned());
            }
            Comparing::Runs(_, running) => running,
        };
        let bytes = |which: &str| {
            let so_far = running.total.map_or_else(
                || text::size(running.done),
                |total| format!("{} of {}", text::size(running.done), text::size(total)),
            );
            format!("Fetches the {which} one: {so_far}")
        };
        let what = match running.stage {
            None => "It begins to compare".to_owned(),
            Some(Part::Older) => bytes("older"),
            Some(Part::Newer) => bytes("newer"),
            Some(Part::Rows) => format!("It compares: {} so far", text::counted(running.done, "row", "rows")),
        };
        let left = running.time_left().map_or_else(String::new, |time| format!(", {}", running::left(time)));
        Some(format!("{what}{left}. Esc stops it."))
    }

    /// Whether this job is the comparison.
    pub(super) fn compares(&self, job: JobId) -> bool {
        matches!(&self.comparing, Some(Comparing::Runs(running, _)) if *running == job)
    }

    /// Whether two versions are being compared.
    pub(super) fn is_comparing(&self) -> bool {
        matches!(self.comparing, Some(Comparing::Runs(..)))
    }

    /// Marks the version under the cursor, takes the mark away, or compares it with the marked one.
    pub(super) fn compare(&mut self, cx: &mut Cx<'_>) {
        let Some(entry) = self.under() else { return };
        if entry.backup.deleted {
            return cx.say("Here the file was deleted: there is nothing to compare.");
        }
        if entry.backup.looks_archived() {
            return cx.explain(Code::R107);
        }
        let chosen = version(&entry.backup);
        match self.comparing.take() {
            Some(Comparing::Marked(marked)) if marked != chosen => {
                let Some((older, newer)) = self.in_order(&marked, &chosen) else {
                    return cx.say("The marked version is not in the list any more.");
                };
                let work = Work::Compare(self.source.spec.clone(), Box::new((older, newer)), cx.shared.size.0);
                let job = cx.start(Slot::Main, effect::Work::Backup(work));
                self.comparing = Some(Comparing::Runs(job, Running::new(cx.now)));
            }
            // The same key on the same row takes the mark away.
            Some(Comparing::Marked(_)) => {}
            Some(runs) => self.comparing = Some(runs),
            None => self.comparing = Some(Comparing::Marked(chosen)),
        }
    }

    /// Both versions, the older one first. The list has the newest first.
    fn in_order(&self, one: &Version, other: &Version) -> Option<(Backup, Backup)> {
        let mut found =
            self.entries.iter().map(|entry| &entry.backup).filter(|backup| [one, other].contains(&&version(backup)));
        let (newer, older) = (found.next()?, found.next()?);
        Some((older.clone(), newer.clone()))
    }

    /// Whether there was a mark or a comparison, which is no more.
    pub(super) fn stop_comparing(&mut self, cx: &mut Cx<'_>) -> bool {
        let comparing = self.comparing.take();
        if let Some(Comparing::Runs(job, _)) = &comparing {
            cx.cancel(*job);
        }
        comparing.is_some()
    }

    /// One word about the comparison.
    pub(super) fn compared(&mut self, job: JobId, answer: Said, cx: &mut Cx<'_>) {
        match answer {
            Said::Backup(Answer::Comparing(progress)) => return self.hear(progress, cx),
            Said::Backup(Answer::Compared(page)) => cx.page(page),
            Said::Backup(Answer::NotCompared(why)) | Said::Broken(why) => cx.say(why),
            Said::Backup(Answer::Failed(finding)) => cx.say(format!("{}: {}", finding.code, finding.detail)),
            _ => {}
        }
        self.comparing = None;
        cx.finished(job);
    }

    fn hear(&mut self, progress: Progress<Part>, cx: &Cx<'_>) {
        if let Some(Comparing::Runs(_, running)) = &mut self.comparing {
            running.report(progress, cx.now);
        }
    }
}
