//! Copying one file to another through the one door, with its digest, made durable.

use std::io;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::attributes;
use super::helper::Digest;
use super::place::Step;
use super::stage::{Looks, Saved};
use super::work::{Doing, Halt, Work, shown};
use crate::files::Handle;
use crate::finding::{Code, Finding, Severity};
use crate::progress::Progress;

const CHUNK: usize = 256 * 1024;

impl Work<'_, '_> {
    /// Copies all bytes into a file that must not be there yet. Not synced yet.
    fn copy(&mut self, from: &Handle, to: &Path, step: Step) -> Result<(Handle, Digest), Halt> {
        let files = self.files();
        let total = files.status(from).doing("read", from.path())?.size;
        let copy = files.create_new(to).doing("make", to)?;
        files.reserve(&copy, total).doing("reserve room for", to)?;
        let mut digest = Sha256::new();
        let mut buffer = vec![0; CHUNK];
        let mut size = 0;
        loop {
            self.check()?;
            let read = files.read(from, size, &mut buffer).doing("read", from.path())?;
            if read == 0 {
                break;
            }
            files.write(&copy, size, &buffer[..read]).doing("write", to)?;
            digest.update(&buffer[..read]);
            size += read as u64;
            (self.kit.progress)(Progress { stage: step, done: size, total: Some(total) });
        }
        Ok((copy, Digest { sha256: crate::text::hex(&digest.finalize()), size }))
    }

    /// Copies `from` to `to`, which must not be there yet, gives it `looks`, and syncs it. The copy has the digest `sha256`,
    /// or it is refused.
    pub(crate) fn stage(&mut self, from: &Path, sha256: &str, to: &Path, looks: &Looks) -> Result<Handle, Halt> {
        let files = self.files();
        let source = files.open_read(from).doing("read", from)?;
        let (copy, digest) = self.copy(&source, to, Step::Stage)?;
        if digest.sha256 != sha256 {
            return Err(Halt::failed(
                Finding::new(Code::R504, Severity::Block, format!("{} has other bytes than before.", shown(from)))
                    .why(format!("Its SHA-256 was {sha256} and is {}.", digest.sha256))
                    .remedy("Make the file again, then start over.")
                    .about(shown(from)),
            ));
        }
        attributes::give(files, &copy, looks).doing("set owner, mode and attributes of", to)?;
        files.sync(&copy).doing("sync", to)?;
        Ok(copy)
    }

    /// Keeps a copy of `from` as `to`, synced; none when there is nothing.
    pub(crate) fn keep(&mut self, from: &Path, to: &Path) -> Result<Option<Saved>, Halt> {
        let files = self.files();
        let source = match files.open_read(from) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            source => source.doing("read", from)?,
        };
        let looks = attributes::read(files, &source).doing("read", from);
        let copied = self.copy(&source, to, Step::SafetyCopy);
        if let Some(held) = &mut self.held {
            held.kept.push(source);
        }
        let (looks, (copy, Digest { sha256, size })) = (looks?, copied?);
        files.sync(&copy).doing("sync", to)?;
        Ok(Some(Saved { sha256, size, looks }))
    }

    /// Copies `from` to `to`, which must not be there yet, for SQLite to work on.
    pub(crate) fn duplicate(&mut self, from: &Path, to: &Path) -> Result<(), Halt> {
        let source = self.files().open_read(from).doing("read", from)?;
        self.copy(&source, to, Step::SafetyCopy)?;
        Ok(())
    }
}
