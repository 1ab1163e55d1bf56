//! Owner, mode and extended attributes: read from the old file, given to the new one, by descriptor.

use std::io;
use std::path::{Path, PathBuf};

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
pub(crate) fn for_new(files: &dyn Files, folder: &Path) -> io::Result<(Looks, Option<PathBuf>)> {
    let own = files.look(folder)?.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
    Ok(for_new_in(files, folder, (own.uid, own.gid, own.mode)))
}

/// The same in a folder that has, or gets, this owner, group and mode.
pub(crate) fn for_new_in(
    files: &dyn Files,
    folder: &Path,
    (uid, gid, mode): (u32, u32, u32),
) -> (Looks, Option<PathBuf>) {
    for other in other_connectors(files, folder) {
        let Ok(Some(status)) = files.look(&other.join(super::DATABASE)) else { continue };
        if (status.uid, status.gid) == (uid, gid) || uid == 0 {
            let looks = Looks { uid: status.uid, gid: status.gid, mode: status.mode & 0o777, attributes: Vec::new() };
            return (looks, Some(other));
        }
    }
    (Looks { uid, gid, mode: mode & 0o666, attributes: Vec::new() }, None)
}

/// The looks for a connector's folder where there is none: those of the first other connector's folder that holds a
/// database, else those of the hub folder. Gives the folder of the other connector.
pub(crate) fn for_new_folder(files: &dyn Files, folder: &Path) -> io::Result<(Looks, Option<PathBuf>)> {
    let lives = |other: &PathBuf| matches!(files.look(&other.join(super::DATABASE)), Ok(Some(_)));
    let other = other_connectors(files, folder).into_iter().find(lives);
    let example = match (&other, folder.parent()) {
        (Some(other), _) => other.as_path(),
        (None, Some(root)) => root,
        (None, None) => return Err(io::ErrorKind::NotFound.into()),
    };
    let mut looks = read(files, &files.open_read(example)?)?;
    looks.attributes.retain(|attribute| {
        attribute.name.starts_with("system.posix_acl") || (other.is_some() && is_label(&attribute.name))
    });
    Ok((looks, other))
}

/// The folders of the other connectors of the same hub.
fn other_connectors(files: &dyn Files, folder: &Path) -> Vec<PathBuf> {
    let Some(root) = folder.parent() else { return Vec::new() };
    let names = files.list(root).unwrap_or_default().into_iter();
    let connectors = names.filter(|name| name.to_str().is_some_and(|name| crate::identity::parse(name).is_ok()));
    connectors.map(|name| root.join(name)).filter(|other| other != folder).collect()
}
