//! The restored database: exactly the plan, proved; used again while backup and IDs are the same.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use jiff::Timestamp;

use super::Session;
use crate::database::Plan;
use crate::database::rewrite::{self, RewriteStage, Rewritten};
use crate::finding::{Code, Finding, Severity};
use crate::progress::{Cancel, OnProgress, Progress};
use crate::restore::journal::{Event, Rewrote};
use crate::restore::store::downloads::{self, Altered};
use crate::restore::trouble::Trouble;
use crate::text;

/// A proved copy.
#[derive(Debug, Clone)]
pub struct Proof {
    /// Where it lies.
    pub path: PathBuf,
    /// Its digest, and what the proof found.
    pub rewritten: Rewritten,
    /// When it was proved.
    pub at: Timestamp,
    /// It was here already: its digest was checked again.
    pub reused: bool,
}

impl Session {
    /// Makes the restored database in the restore's folder, and proves it. A proved copy of the same backup with the same
    /// IDs is used again. When stopped, or on an error, nothing is left of it.
    pub fn rewrite(
        &self,
        plan: &Plan,
        cancel: &Cancel,
        progress: OnProgress<'_, RewriteStage>,
    ) -> Result<Proof, Trouble> {
        let path = self.restored_path();
        if let Some(proof) = self.proved(plan, &path, cancel, &mut *progress)? {
            return Ok(proof);
        }
        if self.history().rewrote.is_some() {
            self.record(Event::Discarded)?;
        }
        remove(&path)?;
        // Twice: the copy, and what SQLite needs beside it while keys are rebuilt.
        room(&self.folder().clone(), plan.size + plan.size / 10 + (16 << 20))
            .map_err(|trouble| self.engine.with_what_could_go(trouble))?;
        let rewritten = rewrite::rewrite(&self.backup_path(), &path, plan, cancel, progress)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400))
            .with_context(|| format!("{} cannot be made read-only", path.display()))?;
        self.record(Event::Rewrote(Rewrote {
            sha256: rewritten.sha256.clone(),
            size: rewritten.size,
            from: plan.sha256.clone(),
            mapping: plan.mapping,
            changes: rewritten.changes.iter().map(|change| (change.table.to_owned(), change.rows)).collect(),
            stale_full_text: rewritten.stale_full_text.iter().map(|name| name.raw().to_owned()).collect(),
        }))?;
        self.engine.store.adopt_all(self.folder());
        self.write_report()?;
        Ok(Proof { path, rewritten, at: self.engine.world.now(), reused: false })
    }

    /// The copy that is here, when it is the one of this plan and its bytes are still those that were proved.
    fn proved(
        &self,
        plan: &Plan,
        path: &Path,
        cancel: &Cancel,
        progress: OnProgress<'_, RewriteStage>,
    ) -> Result<Option<Proof>, Trouble> {
        let history = self.history();
        let Some(known) = history.rewrote else { return Ok(None) };
        let changes: BTreeMap<String, u64> =
            plan.changes.iter().map(|change| (change.table.to_owned(), change.rows)).collect();
        if known.from != plan.sha256 || known.mapping != plan.mapping || known.changes != changes || !path.is_file() {
            return Ok(None);
        }
        let total = Some(known.size);
        let same = downloads::check_digest(path, &known.sha256, cancel, &mut |done| {
            progress(Progress { stage: RewriteStage::Leftovers, done, total });
        });
        match same {
            Ok(()) => {}
            Err(error) if error.is::<Altered>() => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        let rewritten = Rewritten {
            sha256: known.sha256,
            size: known.size,
            changes: plan.changes.clone(),
            columns: plan.columns.clone(),
            tables: plan.tables.len() as u64,
            rows: plan.tables.iter().map(|table| table.rows).sum(),
            leftovers: plan.leftovers.clone(),
            broken_foreign_keys: plan.foreign_keys.broken,
            stale_full_text: known.stale_full_text.into_iter().map(Into::into).collect(),
        };
        Ok(Some(Proof { path: path.to_owned(), rewritten, at: history.last, reused: true }))
    }
}

fn remove(path: &Path) -> anyhow::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} cannot be deleted", path.display()))
        }
        _ => Ok(()),
    }
}

/// Files that a step makes, and some to spare.
const FILES: u64 = 16;

/// R501: whether a folder's file system has room for this many bytes, and for some files.
pub fn room(folder: &Path, needed: u64) -> Result<(), Trouble> {
    let Ok(stat) = rustix::fs::statvfs(folder) else { return Ok(()) };
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    let at = text::printable(&folder.display().to_string());
    let detail = if free < needed {
        format!("{} are free in {at}; {} are needed.", text::size(free), text::size(needed))
    } else if stat.f_files > 0 && stat.f_favail < FILES {
        format!("No more files can be made in {at}: its inodes are used up.")
    } else {
        return Ok(());
    };
    let finding = Finding::new(Code::R501, Severity::Block, detail).why("Nothing was written yet.");
    Err(finding.remedy("Make room there, or choose another folder with --state-dir.").evidence(at).into())
}
