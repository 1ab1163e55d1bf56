//! The place, looked at before anything is replaced: may it be replaced, by this file, and now.

mod online;

use std::fmt::Write as _;

pub use online::PROMISE as ONLINE;

use super::{Clock, compare, sentence, sorted, target};
use crate::database::FileFacts;
use crate::finding::Severity::{Ask, Block, Info, Warn};
use crate::finding::{Code, Finding};
use crate::hub::discover::Seen;
use crate::hub::holders::Holders;
use crate::hub::look::{FileSystem, LooksFrom, OtherRestore, PlaceFacts, owner_name, owner_words};
use crate::hub::stage::Looks;
use crate::identity::{ConnectorId, HubId};
use crate::restore::facts::{Fact, FolderFacts};
use crate::text::{self, Untrusted};

/// What is placed, and what is known of where.
#[derive(Debug, Clone, Copy)]
pub struct Placing<'a> {
    /// What is inside the rewritten file.
    pub file: &'a FileFacts,
    /// The hub that the file names.
    pub hub: HubId,
    /// The connector that the file names.
    pub connector: ConnectorId,
    /// The hub folder; unknown where it cannot be listed.
    pub folder: &'a Fact<FolderFacts>,
    /// The place.
    pub place: &'a PlaceFacts,
    /// Who has the database open there, when it was looked.
    pub holders: Option<&'a Holders>,
    /// The contents are written into the live file, which may be open.
    pub online: bool,
    /// The line that goes on here as root, for R607 and R613.
    pub sudo: &'a str,
}

/// The findings about a place, just before it is replaced.
pub fn place(placing: &Placing<'_>, clock: Clock) -> Vec<Finding> {
    let mut findings = Vec::new();
    let facts = placing.place;
    findings.extend(name(facts, placing.connector));
    findings.extend(there(placing, clock));
    findings.extend(target::other_hub(placing.folder, placing.hub, placing.connector));
    findings.extend(side_files(facts));
    findings.extend(looks(facts));
    findings.extend(links(facts));
    if let Some(system) = &facts.file_system {
        findings.extend(file_system(system));
        findings.extend(room(placing, system));
    }
    if facts.immutable {
        findings.push(
            Finding::new(Code::R606, Block, "The folder or the database is protected against changes (immutable).")
                .why("Nothing can be replaced there.")
                .remedy(format!("Find out why. chattr -i {} takes it away.", quoted(&facts.target))),
        );
    }
    if let Err(why) = &facts.permitted {
        findings.push(
            Finding::new(Code::R607, Block, format!("It is not permitted: {}", sentence(&text::printable(why))))
                .why("Nothing was changed; everything done so far is kept.")
                .remedy(placing.sudo),
        );
    }
    findings.extend(facts.busy.as_ref().map(|other| busy(other, clock)));
    findings.extend(facts.leftovers.iter().map(|other| cut(other, clock)));
    if let Some(holders) = placing.holders {
        findings.extend(holders.findings(&facts.target).into_iter().map(|finding| match finding.code {
            // Only the caller knows how the person came here.
            Code::R613 => finding.remedy(placing.sudo),
            _ => finding,
        }));
    }
    if placing.online {
        online::judge(placing, &mut findings);
    }
    target::fold(&mut findings);
    sorted(findings)
}

fn quoted(path: &std::path::Path) -> String {
    text::shell_quote(&text::printable(&path.display().to_string()))
}

/// R612: the folder is named by another connector.
fn name(facts: &PlaceFacts, connector: ConnectorId) -> Option<Finding> {
    let detail = match facts.folder_names {
        Some(named) if named == connector => return None,
        Some(named) => format!("The folder is that of connector {named}; the file names {connector}."),
        None => format!("The folder is not named by connector {connector}."),
    };
    Some(
        Finding::new(Code::R612, Block, detail)
            .why("A connector only reads the folder that has its own ID as a name.")
            .remedy("Check the connector ID in the platform, and --hub-root."),
    )
}

/// R406, R411, R407, R404, R405: what is there now.
fn there(placing: &Placing<'_>, clock: Clock) -> Vec<Finding> {
    let facts = placing.place;
    let Some(now) = &facts.now else {
        let what = if facts.folder_there { "database" } else { "folder" };
        return vec![target::missing(placing.connector, what)];
    };
    let glance = match &now.seen {
        Seen::Known(glance) => glance,
        Seen::Missing => return vec![target::missing(placing.connector, "database")],
        // Why it cannot be opened is said once, by R602, when only its bytes can be kept.
        Seen::Unknown(_) if matches!(now.readable, Some(Err(_))) => return Vec::new(),
        Seen::Unknown(why) => return vec![target::unread(&text::printable(why))],
    };
    compare::fits(placing.file, (placing.hub, placing.connector), (placing.hub, placing.connector), glance, clock)
}

/// R602: the side files of the old database.
fn side_files(facts: &PlaceFacts) -> Option<Finding> {
    let named: Vec<String> = facts
        .side_files
        .iter()
        .map(|(name, size)| format!("{}, {}", text::printable(name), text::size(*size)))
        .collect();
    let beside = if named.is_empty() { String::new() } else { format!(" Beside it: {}.", named.join("; ")) };
    if let Some(Err(why)) = facts.now.as_ref().and_then(|now| now.readable.as_ref()) {
        let why = text::printable(why.trim_end_matches('.'));
        let detail = format!("SQLite cannot open the old database ({why}); only its bytes are kept.{beside}");
        return Some(
            Finding::new(Code::R602, Ask, detail)
                .why("A rollback puts the same bytes back; nobody can look into them.")
                .remedy("Accept if you do not need the old database."),
        );
    }
    (!named.is_empty()).then(|| {
        Finding::new(Code::R602, Info, format!("Side files of the old database: {}.", named.join("; ")))
            .why("The safety copy keeps them; they never stay beside the new file.")
            .remedy("Nothing has to be done.")
    })
}

/// R603 and R604: owner and mode.
fn looks(facts: &PlaceFacts) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some((looks, from)) = &facts.looks {
        let from = match from {
            LooksFrom::OldFile => "as the old file".to_owned(),
            LooksFrom::Folder => "as the folder: there is no old file".to_owned(),
            LooksFrom::Sibling(connector) => format!("as the database of connector {connector}: there is no old file"),
        };
        let owner = text::printable(&facts.owner);
        let detail = format!("The new file gets owner {owner}, mode {:04o}{}, {from}.", looks.mode, attributes(looks));
        findings.push(
            Finding::new(Code::R603, Info, detail)
                .why("With another owner the connector could not open its database.")
                .remedy("Nothing has to be done."),
        );
        findings.extend(odd_owner(facts, looks));
    }
    if let Some((looks, from)) = &facts.makes_folder {
        let from = match from {
            LooksFrom::Sibling(connector) => format!("as that of connector {connector}"),
            LooksFrom::OldFile | LooksFrom::Folder => "as the hub folder".to_owned(),
        };
        let detail = format!("The connector's folder is made, with {}, {from}.", owner_words(looks));
        findings.push(
            Finding::new(Code::R603, Info, detail)
                .why("With another owner the connector could not write in its folder.")
                .remedy("Nothing has to be done. A rollback removes the folder, if nothing else is in it.")
                .about("folder"),
        );
    }
    if facts.owner_writes == Some(false) {
        let owner = text::printable(&facts.owner);
        findings.push(
            Finding::new(Code::R604, Warn, format!("{owner}, the owner of the database, cannot write in its folder."))
                .why("SQLite needs to make files beside the database: the connector's first write would fail.")
                .remedy("Give the folder to the owner of the file, or accept if access is given in another way."),
        );
    }
    findings
}

/// What else the new file gets: `, ACL, SELinux label, 2 other attributes`. Their names are not shown.
fn attributes(looks: &Looks) -> String {
    let mut words = String::new();
    let mut others = 0_u64;
    for attribute in &looks.attributes {
        match attribute.name.as_str() {
            "system.posix_acl_access" => words.push_str(", ACL"),
            "security.selinux" => words.push_str(", SELinux label"),
            _ => others += 1,
        }
    }
    if others > 0 {
        let _ = write!(words, ", {}", text::counted(others, "other attribute", "other attributes"));
    }
    words
}

/// R603 where the old file is root's, and its folder a service's: it was probably copied there by hand.
fn odd_owner(facts: &PlaceFacts, looks: &Looks) -> Option<Finding> {
    let (uid, gid) = facts.folder_owner?;
    if facts.now.is_none() || looks.uid != 0 || uid == 0 {
        return None;
    }
    let owner = text::printable(&owner_name(uid, gid));
    let at = quoted(&facts.target);
    Some(
        Finding::new(Code::R603, Ask, format!("The database belongs to root, its folder to {owner}."))
            .why("The connector may run as the folder's owner, and could not write to its database.")
            .remedy(format!(
                "chown {owner} {at} gives it to the folder's owner, then look again; accept if the connector runs as root."
            ))
            .about("owner"),
    )
}

/// R605: the database is reached through a link, or has other names. Bind mounts are found with the holders.
fn links(facts: &PlaceFacts) -> Vec<Finding> {
    let mut findings = Vec::new();
    if facts.through_link {
        let to = text::printable(&facts.target.display().to_string());
        findings.push(
            Finding::new(Code::R605, Info, format!("The path leads through a link to {to}."))
                .why("The file that the link leads to is replaced; the link stays.")
                .remedy("Nothing has to be done.")
                .about("link"),
        );
    }
    if facts.other_names > 0 {
        let names = text::counted(facts.other_names, "other name", "other names");
        findings.push(
            Finding::new(Code::R605, Warn, format!("The database has {names} (hard links)."))
                .why("The other name keeps the old database.")
                .remedy(format!("Find it: find / -xdev -samefile {}", quoted(&facts.target)))
                .about("hard link"),
        );
    }
    findings
}

/// R606: where nothing can be written, or not safely.
fn file_system(system: &FileSystem) -> Option<Finding> {
    let at = text::printable(&system.mounted_at.display().to_string());
    if system.read_only {
        return Some(
            Finding::new(Code::R606, Block, format!("The file system at {at} is mounted read-only."))
                .why("Nothing can be replaced there.")
                .remedy("Find out why: a disk with faults is often mounted so."),
        );
    }
    system.network.then(|| {
        let kind = text::printable(&system.kind);
        Finding::new(Code::R606, Ask, format!("The place is on a network file system, {kind}, mounted at {at}."))
            .why("After a power failure neither the old nor the new file is promised, and other machines are not seen.")
            .remedy("Make sure that no other machine uses the folder, then accept.")
    })
}

/// Files that are made in each file system, and some to spare.
const FILES: u64 = 16;

/// R501: room in each file system that is written to: the target's, and that of the safety copies.
fn room(placing: &Placing<'_>, there: &FileSystem) -> Vec<Finding> {
    let (facts, size) = (placing.place, placing.file.header.size);
    let needed = if placing.online { facts.needed_online(size) } else { facts.needed_there(size) };
    let for_copies = facts.needed_for_copies(size, placing.online);
    match &facts.copies {
        Some(_) if facts.copies_beside => full(there, needed + for_copies).into_iter().collect(),
        Some(copies) => full(there, needed).into_iter().chain(full(copies, for_copies)).collect(),
        None => full(there, needed).into_iter().collect(),
    }
}

fn full(system: &FileSystem, needed: u64) -> Option<Finding> {
    let at = text::printable(&system.mounted_at.display().to_string());
    let detail = if system.free < needed {
        format!("{} are free at {at}; {} are needed.", text::size(system.free), text::size(needed))
    } else if system.free_files.is_some_and(|files| files < FILES) {
        format!("No more files can be made at {at}: its inodes are used up.")
    } else {
        return None;
    };
    Some(
        Finding::new(Code::R501, Block, detail)
            .why("Nothing was written yet.")
            .remedy("Make room there, then look again.")
            .about(at.clone())
            .evidence(at),
    )
}

fn since(other: &OtherRestore, clock: Clock) -> String {
    other
        .since
        .map_or_else(String::new, |at| format!(", since {} ({} ago)", text::moment(at), text::age(at, clock.now)))
}

/// R608: somebody else works here.
fn busy(other: &OtherRestore, clock: Clock) -> Finding {
    let (restore, person) = (text::printable(&other.restore), text::printable(&other.person));
    let pid = other.pid.map_or_else(String::new, |pid| format!(", pid {pid}"));
    let detail = format!("{person} works in this folder{}: restore {restore}{pid}.", since(other, clock));
    Finding::new(Code::R608, Block, detail)
        .why("Two replacements at once could leave neither database.")
        .remedy("Ask that person, or wait until that restore has ended.")
        .evidence(restore)
}

/// R609: a restore was cut here.
fn cut(other: &OtherRestore, clock: Clock) -> Finding {
    let (restore, person) = (Untrusted::new(other.restore.clone()), text::printable(&other.person));
    let id = text::shell_quote(&restore.printable());
    let journal = text::printable(&other.journal.display().to_string());
    let detail =
        format!("Restore {} of {person}{} was cut while it replaced here.", restore.printable(), since(other, clock));
    Finding::new(Code::R609, Ask, detail)
        .why("The place holds the old or the new database, wholly; it is finished or undone first.")
        .remedy(format!(
            "Finish it: reseat resume {id} --yes; or undo it: reseat rollback {id}. Its journal: {journal}"
        ))
        .about(id)
}
