//! Owner, mode and extended attributes: read from the old file, given to the new one, by descriptor.

use std::io;
use std::path::Path;

use super::stage::Looks;
use crate::files::{Files, Handle};

/// Attributes that belong to the bytes of one file and would be wrong on another.
const OF_THE_BYTES: [&str; 3] = ["security.ima", "security.evm", "security.capability"];

/// The looks of an open file.
pub(crate) fn read(files: &dyn Files, handle: &Handle) -> io::Result<Looks> {
    let status = files.status(handle)?;
    let mut attributes = files.attributes(handle)?;
    attributes.retain(|attribute| !OF_THE_BYTES.contains(&attribute.name.as_str()));
    Ok(Looks { uid: status.uid, gid: status.gid, mode: status.mode, attributes })
}

/// Gives an open file these looks. Nothing is changed that is right already: only root may change some of it.
pub(crate) fn give(files: &dyn Files, handle: &Handle, looks: &Looks) -> io::Result<()> {
    let have = read(files, handle)?;
    if (have.uid, have.gid) != (looks.uid, looks.gid) {
        files.set_owner(handle, looks.uid, looks.gid)?;
    }
    if have.mode != looks.mode {
        files.set_mode(handle, looks.mode)?;
    }
    for attribute in &have.attributes {
        if !looks.attributes.iter().any(|wanted| wanted.name == attribute.name) && !is_label(&attribute.name) {
            files.remove_attribute(handle, &attribute.name)?;
        }
    }
    for wanted in &looks.attributes {
        if !have.attributes.contains(wanted) {
            files.set_attribute(handle, wanted)?;
        }
    }
    Ok(())
}

/// A security label that the system gives each new file stays where the old file had none.
fn is_label(name: &str) -> bool {
    name.starts_with("security.")
}

/// The looks for a file where there was none: the folder's owner, and the mode of another connector's database where that
/// has the same owner, else the folder's. A folder of root among databases of a service tells nothing: then all comes from
/// the other connector's database. Gives the connector's folder that was taken as the example.
pub(crate) fn for_new(files: &dyn Files, folder: &Path) -> io::Result<(Looks, Option<std::path::PathBuf>)> {
    let own = files.look(folder)?.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
    let plain = Looks { uid: own.uid, gid: own.gid, mode: own.mode & 0o666, attributes: Vec::new() };
    let Some(root) = folder.parent() else { return Ok((plain, None)) };
    for name in files.list(root).unwrap_or_default() {
        let other = root.join(&name);
        if other == folder || name.to_str().is_none_or(|name| crate::identity::parse(name).is_err()) {
            continue;
        }
        let Ok(Some(status)) = files.look(&other.join(super::DATABASE)) else { continue };
        let same = (status.uid, status.gid) == (own.uid, own.gid);
        if same || own.uid == 0 {
            let looks = Looks { uid: status.uid, gid: status.gid, mode: status.mode & 0o777, attributes: Vec::new() };
            return Ok((looks, Some(other)));
        }
    }
    Ok((plain, None))
}
