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

/// `datahub:datahub`.
pub(super) fn owner_name(uid: u32, gid: u32) -> String {
    let group = nix::unistd::Group::from_gid(gid.into()).ok().flatten();
    let group = group.map_or_else(|| format!("gid {gid}"), |group| crate::text::printable(&group.name));
    format!("{}:{group}", user_name(uid))
}

/// Whether a user may make files in a folder, by its mode.
pub(super) fn may_write(folder: &Path, uid: u32, gid: u32) -> Option<bool> {
    let status = std::fs::metadata(folder).ok()?;
    if uid == 0 {
        return Some(true);
    }
    if status.uid() == uid {
        return Some(status.mode() & 0o300 == 0o300);
    }
    let user = nix::unistd::User::from_uid(uid.into()).ok().flatten();
    let groups = user.and_then(|user| {
        let name = std::ffi::CString::new(user.name).ok()?;
        nix::unistd::getgrouplist(&name, user.gid).ok()
    });
    let member =
        status.gid() == gid || groups.is_some_and(|all| all.iter().any(|group| group.as_raw() == status.gid()));
    Some(if member { status.mode() & 0o030 == 0o030 } else { status.mode() & 0o003 == 0o003 })
}

/// Whether a file or folder is immutable or append-only.
pub(super) fn immutable(path: &Path) -> bool {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let Ok(file) = rustix::fs::open(path, flags, Mode::empty()).map(File::from) else { return false };
    rustix::fs::ioctl_getflags(&file).is_ok_and(|flags| flags.intersects(IFlags::IMMUTABLE | IFlags::APPEND))
}

/// Whether this program may replace the file there and give it the owner that it has to have.
pub(super) fn permitted(folder: &Path, target: &Path, looks: Option<&Looks>) -> Result<(), String> {
    let who = super::own_name();
    let access = |path: &Path, access| rustix::fs::accessat(CWD, path, access, AtFlags::EACCESS);
    let refused = |error: rustix::io::Errno| matches!(error, rustix::io::Errno::ACCESS | rustix::io::Errno::PERM);
    if access(folder, Access::WRITE_OK | Access::EXEC_OK | Access::READ_OK).is_err_and(refused) {
        return Err(format!("The user {who} may not write in {}.", crate::text::printable(&folder.to_string_lossy())));
    }
    if access(target, Access::READ_OK | Access::WRITE_OK).is_err_and(refused) {
        return Err(format!("The user {who} may not read and write the database that is there."));
    }
    let Some(looks) = looks else { return Ok(()) };
    let own = nix::unistd::geteuid();
    let mut groups = nix::unistd::getgroups().unwrap_or_default();
    groups.push(nix::unistd::getegid());
    let in_group = groups.iter().any(|group| group.as_raw() == looks.gid);
    if !own.is_root() && (own.as_raw() != looks.uid || !in_group) {
        let owner = owner_name(looks.uid, looks.gid);
        return Err(format!("Only root can give the new file the owner {owner}."));
    }
    Ok(())
}
