//! Who works on a restore: one process at a time (R608).

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::files::patiently;
use crate::finding::{Code, Finding, Severity};
use crate::text;
use crate::world::World;

const NAME: &str = "lock";

/// A restore that this process has. Dropping it, or the end of the process, gives it back.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Somebody else has the restore: R608.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{person} works on it on {machine} (process {pid}) since {}", text::moment(*since))]
pub struct Busy {
    /// Who.
    pub person: String,
    /// Where.
    pub machine: String,
    /// The process.
    pub pid: u32,
    /// Since when.
    pub since: Timestamp,
}

impl Busy {
    /// The finding R608.
    pub fn finding(&self) -> Finding {
        Finding::new(Code::R608, Severity::Block, format!("{}.", text::printable(&self.to_string())))
            .why("Two people at one restore would undo each other's work.")
            .remedy(format!("Wait until process {} ends, or ask {} to leave.", self.pid, text::printable(&self.person)))
    }
}

impl Lock {
    /// Takes the restore in `folder`, or says who has it, as a [`Busy`] inside the error.
    pub fn take(folder: &Path, world: &World) -> anyhow::Result<Self> {
        let path = folder.join(NAME);
        let cannot = || format!("{} cannot be opened", path.display());
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed())
            .open(&path)
            .with_context(cannot)?;
        let own =
            Busy { person: world.person(), machine: world.machine(), pid: std::process::id(), since: world.now() };
        match patiently(|| file.try_lock().map_err(io::Error::from)) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let mut text = String::new();
                let read = (&mut file).take(4096).read_to_string(&mut text);
                let unknown = Busy { person: "somebody".to_owned(), pid: 0, ..own };
                let busy = read.ok().and_then(|_| serde_json::from_str(&text).ok()).unwrap_or(unknown);
                return Err(busy.into());
            }
            Err(error) => return Err(error).with_context(cannot),
        }
        let text = serde_json::to_string(&own)?;
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(text.as_bytes()))
            .with_context(cannot)?;
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_one_learns_who_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let world = World::real();
        let lock = Lock::take(folder.path(), &world).unwrap();
        let error = Lock::take(folder.path(), &world).unwrap_err();
        let busy = error.downcast_ref::<Busy>().unwrap();
        assert_eq!(busy.pid, std::process::id());
        assert_eq!(busy.finding().code, Code::R608);
        drop(lock);
        Lock::take(folder.path(), &world).unwrap();
    }
}
