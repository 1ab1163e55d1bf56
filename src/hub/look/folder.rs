//! The folder of a connector: its file system, who may write there.

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD, IFlags, Mode, OFlags};

use crate::hub::holders::{Mount, own_mount, user_name};
use crate::hub::stage::Looks;
use crate::world::World;

/// File systems on which another machine may write, too.
const NETWORK: [&str; 16] = [
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "ceph",
    "fuse.ceph",
    "glusterfs",
    "fuse.glusterfs",
    "fuse.sshfs",
    "lustre",
    "beegfs",
    "afs",
    "9p",
    "gfs2",
    "ocfs2",
];

/// What a folder is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSystem {
    /// The kind, such as `ext4`.
    pub kind: String,
    /// Where it is mounted.
    pub mounted_at: PathBuf,
    /// Mounted for reading only.
    pub read_only: bool,
    /// Over a network.
    pub network: bool,
    /// Bytes that this user may still write.
    pub free: u64,
    /// Files that may still be made; none where the file system does not count them.
    pub free_files: Option<u64>,
}

pub(super) fn file_system(world: &World, folder: &Path) -> Option<FileSystem> {
    let room = rustix::fs::statvfs(folder).ok()?;
    let mount = own_mount(world, folder);
    let kind = mount.as_ref().map_or_else(String::new, |mount| crate::text::printable(&mount.kind));
    let read_only =
        room.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY) || mount.as_ref().is_some_and(Mount::read_only);
    Some(FileSystem {
        network: NETWORK.contains(&kind.as_str()),
        kind,
        mounted_at: mount.map_or_else(|| PathBuf::from("/"), |mount| mount.at),
        read_only,
        free: room.f_bavail.saturating_mul(room.f_frsize),
        free_files: (room.f_files > 0).then_some(room.f_favail),
    })
}

/// User and group as people read them: `datahub:datahub`.
pub fn owner_name(uid: u32, gid: u32) -> String {
    let group = nix::unistd::Group::from_gid(gid.into()).ok().flatten();
    let group = group.map_or_else(|| format!("gid {gid}"), |group| crate::text::printable(&group.name));
    format!("{}:{group}", user_name(uid))
}

/// Owner, group and mode of a folder.
pub(super) fn owner_and_mode(folder: &Path) -> Option<(u32, u32, u32)> {
    let status = std::fs::metadata(folder).ok()?;
    Some((status.uid(), status.gid(), status.mode()))
}

/// Whether a user may make files in a folder that has this owner, group and mode.
pub(super) fn may_write((owner, group, mode): (u32, u32, u32), uid: u32, gid: u32) -> bool {
    if uid == 0 {
        return true;
    }
    if owner == uid {
        return mode & 0o300 == 0o300;
    }
    let user = nix::unistd::User::from_uid(uid.into()).ok().flatten();
    let groups = user.and_then(|user| {
        let name = std::ffi::CString::new(user.name).ok()?;
        nix::unistd::getgrouplist(&name, user.gid).ok()
    });
    let member = group == gid || groups.is_some_and(|all| all.iter().any(|one| one.as_raw() == group));
    if member { mode & 0o030 == 0o030 } else { mode & 0o003 == 0o003 }
}

/// Whether a file or folder is immutable or append-only.
pub(super) fn immutable(path: &Path) -> bool {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let Ok(file) = rustix::fs::open(path, flags, Mode::empty()).map(File::from) else { return false };
    rustix::fs::ioctl_getflags(&file).is_ok_and(|flags| flags.intersects(IFlags::IMMUTABLE | IFlags::APPEND))
}

/// Whether this program may write in the folder, replace the file there, and give what it makes the owners that it has to
/// have.
pub(super) fn permitted<'a>(
    folder: &Path,
    target: &Path,
    mut given_away: impl Iterator<Item = &'a Looks>,
) -> Result<(), String> {
    let who = super::own_name();
    let access = |path: &Path, access| rustix::fs::accessat(CWD, path, access, AtFlags::EACCESS);
    let refused = |error: rustix::io::Errno| matches!(error, rustix::io::Errno::ACCESS | rustix::io::Errno::PERM);
    if access(folder, Access::WRITE_OK | Access::EXEC_OK | Access::READ_OK).is_err_and(refused) {
        return Err(format!("The user {who} may not write in {}.", crate::text::printable(&folder.to_string_lossy())));
    }
    if access(target, Access::READ_OK | Access::WRITE_OK).is_err_and(refused) {
        return Err(format!("The user {who} may not read and write the database that is there."));
    }
    let own = nix::unistd::geteuid();
    let mut groups = nix::unistd::getgroups().unwrap_or_default();
    groups.push(nix::unistd::getegid());
    let mine = |looks: &&Looks| own.as_raw() == looks.uid && groups.iter().any(|group| group.as_raw() == looks.gid);
    match given_away.find(|looks| !own.is_root() && !mine(looks)) {
        None => Ok(()),
        Some(looks) => {
            let owner = owner_name(looks.uid, looks.gid);
            Err(format!("Only root can give the new file the owner {owner}."))
        }
    }
}
