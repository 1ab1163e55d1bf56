//! Owner, mode and extended attributes: read from the old file, given to the new one, by descriptor.

use std::io;
use std::path::{Path, PathBuf};

use super::stage::Looks;
use crate::files::{Attribute, Files, Handle};

/// Attributes that belong to the bytes of one file and would be wrong on another.
const OF_THE_BYTES: [&str; 3] = ["security.ima", "security.evm", "security.capability"];

/// The journal holds them several times, and must be readable again. ACLs and labels are a few hundred bytes.
const MOST: usize = 1 << 20;

/// The looks of an open file.
pub(crate) fn read(files: &dyn Files, handle: &Handle) -> io::Result<Looks> {
    let status = files.status(handle)?;
    let mut attributes = files.attributes(handle)?;
    attributes.retain(|attribute| !OF_THE_BYTES.contains(&attribute.name.as_str()));
    bounded(&attributes)?;
    Ok(Looks { uid: status.uid, gid: status.gid, mode: status.mode, attributes })
}

fn bounded(attributes: &[Attribute]) -> io::Result<()> {
    let bytes: usize = attributes.iter().map(|attribute| attribute.name.len() + attribute.value.len()).sum();
    if bytes > MOST { Err(io::Error::other("it has more than 1 MiB of extended attributes")) } else { Ok(()) }
}

/// Gives an open file these looks. Nothing is changed that is right already: only root may change some of it. The mode comes
/// last: until the ACL is right it would let others in.
pub(crate) fn give(files: &dyn Files, handle: &Handle, looks: &Looks) -> io::Result<()> {
    let have = read(files, handle)?;
    if (have.uid, have.gid) != (looks.uid, looks.gid) {
        files.set_owner(handle, looks.uid, looks.gid)?;
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
    // An ACL brings a mode of its own.
    if files.status(handle)?.mode != looks.mode {
        files.set_mode(handle, looks.mode)?;
    }
    Ok(())
}

/// A security label that the system gives each new file stays where the old file had none.
fn is_label(name: &str) -> bool {
    name.starts_with("security.")
}

/// The looks for a file where there was none: the folder's owner, and the mode of another connector's database where that
/// has the same owner, else the folder's. A folder of root among databases of a service tells nothing: then all comes from
/// the other connector's database. The ACL is what the folder gives to new files. Gives the connector's folder that was taken
/// as the example.
pub(crate) fn for_new(files: &dyn Files, folder: &Path) -> io::Result<(Looks, Option<PathBuf>)> {
    let own = read(files, &files.open_read(folder)?)?;
    Ok(for_new_in(files, folder, &own))
}

/// The same in a folder that has, or gets, these looks.
pub(crate) fn for_new_in(files: &dyn Files, folder: &Path, own: &Looks) -> (Looks, Option<PathBuf>) {
    let default = own.attributes.iter().find(|attribute| attribute.name == "system.posix_acl_default");
    let most = default.and_then(|acl| most_of(&acl.value)).unwrap_or(0o777);
    let acl = default.map(|acl| Attribute { name: "system.posix_acl_access".to_owned(), value: acl.value.clone() });
    let looks = |uid, gid, mode| Looks { uid, gid, mode: mode & most, attributes: acl.iter().cloned().collect() };
    for other in other_connectors(files, folder) {
        let Ok(Some(status)) = files.look(&other.join(super::DATABASE)) else { continue };
        if (status.uid, status.gid) == (own.uid, own.gid) || own.uid == 0 {
            return (looks(status.uid, status.gid, status.mode), Some(other));
        }
    }
    (looks(own.uid, own.gid, own.mode & 0o666), None)
}

/// The permission bits that an ACL allows at most: those of the owner, of its mask (of the group where it has none), and of
/// others. None for what is no ACL. The form is the kernel's, from `linux/posix_acl_xattr.h`: a version, then for each entry
/// a tag, its permissions and an ID.
fn most_of(acl: &[u8]) -> Option<u32> {
    let entries = acl.strip_prefix(&2_u32.to_le_bytes())?.chunks_exact(8);
    let entries = entries.map(|entry| (u16::from_le_bytes([entry[0], entry[1]]), u32::from(entry[2]) & 7));
    let of = |tag| entries.clone().find(|(found, _)| *found == tag).map(|(_, may)| may);
    Some(of(0x01)? << 6 | of(0x10).or_else(|| of(0x04))? << 3 | of(0x20)?)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bits_of_an_acl_are_read() {
        let acl = |entries: &[(u8, u8)]| {
            let entries = entries.iter().flat_map(|(tag, may)| [*tag, 0, *may, 0, 255, 255, 255, 255]);
            2_u32.to_le_bytes().into_iter().chain(entries).collect::<Vec<u8>>()
        };
        assert_eq!(most_of(&acl(&[(1, 7), (2, 6), (4, 5), (0x10, 4), (0x20, 0)])), Some(0o740));
        assert_eq!(most_of(&acl(&[(1, 6), (4, 5), (0x20, 1)])), Some(0o651));
        assert_eq!(most_of(&acl(&[(1, 6)])), None);
        assert_eq!(most_of(b"\x03\0\0\0"), None);
        assert_eq!(most_of(b""), None);
    }

    #[test]
    fn a_file_with_more_attributes_than_a_journal_may_hold_is_refused() {
        let of = |bytes| Attribute { name: "user.note".to_owned(), value: vec![0; bytes] };
        bounded(&[of(64 * 1024), of(64 * 1024)]).unwrap();
        let refused = bounded(&vec![of(64 * 1024); 16]).unwrap_err();
        assert!(refused.to_string().contains("1 MiB"), "{refused}");
    }
}
