//! Having the backup on this machine, verified and read-only; looking into it.

use std::path::{Path, PathBuf};

use super::{Engine, Session};
use crate::catalog::download::{self, DownloadStage, Verification};
use crate::catalog::{Backup, Catalog, CatalogError};
use crate::database::{self, FileFacts, InspectStage};
use crate::finding::Finding;
use crate::progress::{Cancel, OnProgress, Progress};
use crate::restore::facts::{KeyFacts, Taken};
use crate::restore::journal::Downloaded;
use crate::restore::store::downloads::{Altered, Kept};
use crate::restore::trouble::Trouble;

/// A backup that lies in the store, verified and read-only.
#[derive(Debug, Clone)]
pub struct Obtained {
    /// The backup as its bytes were read.
    pub backup: Backup,
    /// Where it lies, under its digest.
    pub path: PathBuf,
    /// Its SHA-256, 64 hex digits.
    pub sha256: String,
    /// Its length in bytes.
    pub size: u64,
    /// What it was compared with, as a phrase; none when there was nothing to compare with.
    pub verified_by: Option<String>,
    /// Why there was nothing to compare with, as a sentence.
    pub unverified: Option<String>,
    /// It was here already: its bytes were checked again.
    pub reused: bool,
    /// What is worth saying about the download: R108, R111.
    pub findings: Vec<Finding>,
}

impl Obtained {
    /// What the journal keeps of it.
    pub fn record(&self) -> Downloaded {
        Downloaded { sha256: self.sha256.clone(), size: self.size, verified_by: self.verified_by.clone() }
    }

    /// What it tells as a witness. `taken`: how this version came to be the one.
    pub fn key_facts(&self, taken: Taken) -> KeyFacts {
        let place = self.backup.place.as_ref();
        let unverified = || "The source has no checksum to compare with.".to_owned();
        KeyFacts {
            org: place.map(|place| place.org.clone()),
            ids: place.map(|place| (place.hub, place.connector)),
            modified: self.backup.modified,
            size: self.size,
            unverified: self.verified_by.is_none().then(|| self.unverified.clone().unwrap_or_else(unverified)),
            taken,
            kept_at: Some(self.path.clone()),
        }
    }
}

impl Engine {
    /// Has the backup on this machine: the verified copy that is here already, or else downloads it. What an earlier
    /// download left is used; when stopped, what came is kept. To stop it, drop the future or set `cancel`.
    pub async fn obtain(
        &self,
        catalog: &dyn Catalog,
        backup: &Backup,
        progress: OnProgress<'_, DownloadStage>,
        cancel: &Cancel,
    ) -> Result<Obtained, Trouble> {
        if let Some(kept) = self.store.known(backup) {
            match self.again(&kept, &mut *progress, cancel) {
                Ok(obtained) => return Ok(obtained),
                // Whatever happened to the copy here, the bucket still has the backup.
                Err(error) if error.is::<Altered>() => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.store.backups()?;
        let folder = self.store.partial_folder();
        let fetched = download::fetch(catalog, backup, &folder, progress, cancel).await;
        let fetched = fetched
            .map_err(|error: CatalogError| self.with_what_could_go(Trouble::of_catalog(error, self.world.now())))?;
        let kept = Kept {
            sha256: fetched.sha256.clone(),
            size: fetched.size,
            verified_by: verified_by(&fetched.verification),
            unverified: unverified(&fetched.verification),
            backup: fetched.backup.stored(),
            at: self.world.now(),
            by: self.world.person(),
        };
        let path = self.store.keep(&fetched.path, &kept)?;
        Ok(Obtained {
            findings: fetched.findings(),
            backup: fetched.backup,
            path,
            sha256: fetched.sha256,
            size: fetched.size,
            verified_by: kept.verified_by,
            unverified: kept.unverified,
            reused: false,
        })
    }

    /// A kept download once more: all of it is read, and compared with its digest (R110).
    fn again(&self, kept: &Kept, progress: OnProgress<'_, DownloadStage>, cancel: &Cancel) -> anyhow::Result<Obtained> {
        let total = Some(kept.size);
        let path = self.store.check(&kept.sha256, cancel, &mut |done| {
            progress(Progress { stage: DownloadStage::Compares, done, total });
        })?;
        Ok(Obtained {
            backup: kept.backup.clone().into(),
            path,
            sha256: kept.sha256.clone(),
            size: kept.size,
            verified_by: kept.verified_by.clone(),
            unverified: kept.unverified.clone(),
            reused: true,
            findings: Vec::new(),
        })
    }

    /// Looks at everything in a file. Faults of the file are facts, not errors.
    pub fn examine(
        &self,
        path: &Path,
        cancel: &Cancel,
        progress: OnProgress<'_, InspectStage>,
    ) -> Result<FileFacts, Trouble> {
        Ok(database::inspect(path, cancel, progress)?)
    }
}

impl Session {
    /// The download of this restore, all of it read again and compared with its digest (R110).
    pub fn backup_again(&self, progress: OnProgress<'_, DownloadStage>, cancel: &Cancel) -> Result<Obtained, Trouble> {
        let downloaded = self.history().downloaded;
        let missing = || Trouble::Missing(format!("restore {} has no download", self.id()));
        let sha256 = downloaded.ok_or_else(missing)?.sha256;
        let kept = self.engine.store.kept(&sha256).ok_or_else(missing)?;
        Ok(self.engine.again(&kept, progress, cancel)?)
    }
}

impl Session {
    /// Keeps a copy of a backup that cannot be restored, for a look at the cause, before another one is chosen. It is a
    /// second name for the download, in `refused/`, named by the time of that version.
    pub fn set_aside(&self) -> Result<PathBuf, Trouble> {
        let history = self.history();
        let missing = || Trouble::Missing(format!("restore {} has no download", self.id()));
        let sha256 = history.downloaded.ok_or_else(missing)?.sha256;
        let written = history.backup.and_then(|backup| backup.modified);
        let name = written.map_or_else(
            || sha256.get(..12).unwrap_or(&sha256).to_owned(),
            |at| at.strftime("%Y-%m-%d-%H%M").to_string(),
        );
        let path = self.folder().join("refused").join(format!("{name}.db"));
        self.engine.store.make_folder(&self.folder().join("refused"))?;
        self.engine.store.link(&sha256, &path)?;
        Ok(path)
    }
}

/// What the bytes were compared with, as a phrase.
fn verified_by(verification: &Verification) -> Option<String> {
    match verification {
        Verification::Checksum(algorithm) => Some(format!("the {} checksum of the whole object", algorithm.name())),
        Verification::Parts(algorithm) => Some(format!("the {} checksum of its parts", algorithm.name())),
        Verification::Md5Etag => Some("the MD5 in the object's ETag".to_owned()),
        Verification::Copied => Some("the file that it was copied from".to_owned()),
        Verification::LengthOnly { .. } => None,
    }
}

/// Why they were compared by their length only.
fn unverified(verification: &Verification) -> Option<String> {
    match verification {
        Verification::LengthOnly { why } => Some(why.clone()),
        _ => None,
    }
}
