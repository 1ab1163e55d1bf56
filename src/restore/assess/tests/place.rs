use super::*;
use crate::files::{Attribute, FileId};
use crate::hub::discover::Seen;
use crate::hub::holders::{FileMount, Holder, Holders};
use crate::hub::live::Form;
use crate::hub::look::{FileSystem, LooksFrom, NowThere, OtherRestore, PlaceFacts};
use crate::hub::stage::Looks;

fn facts() -> PlaceFacts {
    let path: std::path::PathBuf = format!("/var/datahub/{}/sqlite.db", connector(2)).into();
    PlaceFacts {
        given: path.clone(),
        target: path,
        folder_there: true,
        makes_folder: None,
        folder_owner: Some((0, 0)),
        folder_names: Some(connector(2)),
        now: Some(NowThere {
            id: FileId { device: 1, inode: 2 },
            size: 90_112,
            written: None,
            seen: Seen::Known(Arc::new(glance())),
            readable: Some(Ok(())),
            form: None,
        }),
        side_files: Vec::new(),
        looks: Some((Looks { uid: 0, gid: 0, mode: 0o640, attributes: Vec::new() }, LooksFrom::OldFile)),
        owner: "datahub:datahub".to_owned(),
        owner_writes: Some(true),
        other_names: 0,
        through_link: false,
        file_system: Some(FileSystem {
            kind: "ext4".to_owned(),
            mounted_at: "/".into(),
            read_only: false,
            network: false,
            free: 1 << 40,
            free_files: None,
        }),
        copies: None,
        copies_beside: false,
        immutable: false,
        permitted: Ok(()),
        busy: None,
        leftovers: Vec::new(),
    }
}

fn rewritten() -> FileFacts {
    let mut file = file();
    file.integrations[0].sources = vec![source(hub(1), connector(2))];
    file
}

fn found(change: impl FnOnce(&mut PlaceFacts)) -> Vec<Finding> {
    let mut facts = facts();
    change(&mut facts);
    let folder = Fact::default();
    let file = rewritten();
    let placing = Placing {
        file: &file,
        hub: hub(1),
        connector: connector(2),
        folder: &folder,
        place: &facts,
        online: false,
        holders: None,
        sudo: "sudo reseat resume 2026-11-19-1 --state-dir /home/mk/.local/state/reseat",
    };
    place(&placing, clock())
}

fn other() -> OtherRestore {
    OtherRestore {
        restore: "2026-11-18-1".to_owned(),
        token: "abc".to_owned(),
        person: "mk".to_owned(),
        since: Some(at("2026-11-19T14:00:00Z")),
        journal: "/var/lib/reseat/2026-11-18-1".into(),
        pid: Some(7),
    }
}

#[test]
fn a_quiet_place_only_says_owner_and_mode() {
    let findings = found(|_| ());
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert_eq!(
        only(&findings, Code::R603).detail,
        "The new file gets owner datahub:datahub, mode 0640, as the old file."
    );
}

#[test]
fn what_else_stays_is_said_without_its_names() {
    let attribute = |name: &str| Attribute { name: name.to_owned(), value: Vec::new() };
    let findings = found(|facts| {
        let (looks, _) = facts.looks.as_mut().unwrap();
        looks.attributes =
            ["security.selinux", "system.posix_acl_access", "user.\u{1b}[2J", "user.note"].map(attribute).to_vec();
    });
    assert_eq!(
        only(&findings, Code::R603).detail,
        "The new file gets owner datahub:datahub, mode 0640, SELinux label, ACL, 2 other attributes, as the old file."
    );
}

#[test]
fn what_is_there_is_compared_once_more() {
    let missing = found(|facts| facts.now = None);
    assert!(only(&missing, Code::R406).detail.contains("no database"));
    let full = found(|facts| {
        if let Some(now) = &mut facts.now {
            now.seen = Seen::Known(Arc::new(Glance { events: 5, hub: Some(hub(4)), ..glance() }));
        }
    });
    only(&full, Code::R407);
    only(&full, Code::R408);
}

#[test]
fn r602_asks_only_when_the_old_file_cannot_be_opened() {
    let wal = found(|facts| facts.side_files = vec![("sqlite.db-wal".to_owned(), 4152)]);
    assert_eq!(only(&wal, Code::R602).severity, Severity::Info);
    let ruined = found(|facts| {
        if let Some(now) = &mut facts.now {
            now.readable = Some(Err("file is not a database".to_owned()));
            now.seen = Seen::Unknown("file is not a database".to_owned());
        }
    });
    assert_eq!(only(&ruined, Code::R602).severity, Severity::Ask);
    assert_silent(&ruined, Code::R411);
}

#[test]
fn r604_r605_and_r606_each_from_its_fact() {
    assert_eq!(only(&found(|facts| facts.owner_writes = Some(false)), Code::R604).severity, Severity::Warn);
    assert_eq!(only(&found(|facts| facts.other_names = 1), Code::R605).severity, Severity::Warn);
    assert_eq!(only(&found(|facts| facts.through_link = true), Code::R605).severity, Severity::Info);
    assert_eq!(only(&found(|facts| facts.immutable = true), Code::R606).severity, Severity::Block);
    let system = |change: fn(&mut FileSystem)| found(|facts| facts.file_system.iter_mut().for_each(change));
    assert_eq!(only(&system(|system| system.read_only = true), Code::R606).severity, Severity::Block);
    assert_eq!(only(&system(|system| system.network = true), Code::R606).severity, Severity::Ask);
    assert!(only(&system(|system| system.free = 1000), Code::R501).detail.starts_with("1 000 bytes are free at /"));
}

#[test]
fn r607_gives_the_line_that_goes_on_here() {
    let denied = found(|facts| facts.permitted = Err("the folder belongs to root".to_owned()));
    let finding = only(&denied, Code::R607);
    assert!(finding.remedy.starts_with("sudo reseat resume 2026-11-19-1 --state-dir"));
    assert_eq!(finding.detail, "It is not permitted: the folder belongs to root.");
}

#[test]
fn r608_r609_and_r612_name_the_other() {
    let busy = found(|facts| facts.busy = Some(other()));
    assert_eq!(
        only(&busy, Code::R608).detail,
        "mk works in this folder, since 2026-11-19 14:00 UTC (5 min ago): restore 2026-11-18-1, pid 7."
    );
    let cut = found(|facts| facts.leftovers = vec![other()]);
    assert!(only(&cut, Code::R609).remedy.contains("reseat resume 2026-11-18-1 --yes"));
    let wrong = found(|facts| facts.folder_names = Some(connector(9)));
    assert!(only(&wrong, Code::R612).detail.contains(&connector(9).to_string()));
}

#[test]
fn afterwards_only_changes_are_warnings() {
    let good = After {
        placed: Some((hub(1), connector(2))),
        placed_events: 200,
        hub: Some(hub(1)),
        connectors: vec![connector(2)],
        events: Some(212),
        ..After::default()
    };
    let findings = after(&good);
    assert_eq!(Verdict::of(&findings), Verdict::Ok);
    only(&findings, Code::R705);
    let gone = After { events: Some(0), ..good.clone() };
    assert_eq!(only(&after(&gone), Code::R703).detail, "200 events were placed; 0 are there now.");
    let renamed = After { hub: Some(hub(4)), ..good.clone() };
    assert!(only(&after(&renamed), Code::R703).detail.contains("now names hub"));
    let unlinked = After { old_file_open: Some("pid 3308 node".to_owned()), ..good.clone() };
    assert_eq!(only(&after(&unlinked), Code::R704).severity, Severity::Warn);
    let open = After { open_steps: vec!["connection-settings".to_owned(), "update-config".to_owned()], ..good };
    only(&after(&open), Code::R701);
    assert_eq!(only(&after(&open), Code::R702).detail, "Sync is said to be done, Update config is not.");
}

#[test]
fn a_file_of_root_in_the_folder_of_a_service_is_asked_about() {
    let odd = |folder, owner| {
        found(|facts| {
            facts.folder_owner = Some((folder, folder));
            facts.looks.as_mut().unwrap().0.uid = owner;
        })
    };
    let asks = |findings: &[Finding]| {
        findings.iter().any(|finding| finding.code == Code::R603 && finding.severity == Severity::Ask)
    };
    assert!(asks(&odd(4711, 0)));
    for (folder, owner) in [(0, 0), (4711, 4711), (0, 4711)] {
        assert!(!asks(&odd(folder, owner)), "{folder} {owner}");
    }
    let nothing = found(|facts| {
        facts.folder_owner = Some((4711, 4711));
        facts.now = None;
    });
    assert!(!asks(&nothing), "there is no file that could be odd");
}

/// What makes another place of it.
type Change = fn(&mut PlaceFacts);

/// What online mode finds.
fn online(change: impl FnOnce(&mut PlaceFacts)) -> Vec<Finding> {
    let mut facts = facts();
    facts.now.as_mut().unwrap().form = Some(Form { page_size: 4096, encoding: 1, wal: true });
    change(&mut facts);
    let open = Holders {
        looked: clock().now,
        seen: vec![Holder {
            pid: Some(2114),
            command: "node".to_owned(),
            user: "datahub".to_owned(),
            since: None,
            service: None,
        }],
        mounts: vec![FileMount { pid: None, at: "/mnt/sqlite.db".to_owned(), service: None }],
        blind: Some("Not everybody can be seen.".to_owned()),
    };
    let (folder, file) = (Fact::default(), rewritten());
    let placing = Placing {
        file: &file,
        hub: hub(1),
        connector: connector(2),
        folder: &folder,
        place: &facts,
        holders: Some(&open),
        online: true,
        sudo: "sudo reseat",
    };
    place(&placing, clock())
}

/// Quiet R617: pages of the same size, and no network file system: only what it cannot promise is said.
#[test]
fn online_nobody_is_in_the_way_and_its_limits_are() {
    let block = |findings: &[Finding]| -> Vec<(Code, String)> {
        let blocks = findings.iter().filter(|finding| finding.severity == Severity::Block);
        blocks.map(|finding| (finding.code, finding.detail.clone())).collect()
    };
    let fine = online(|_| {});
    assert_eq!(block(&fine), [], "R601, R605 and R613 do not stop it");
    let promise = fine.iter().find(|finding| finding.code == Code::R617).unwrap();
    assert!(promise.severity == Severity::Info && promise.detail.contains("pid 2114"), "{}", promise.detail);
    let limits: [(&str, Change); 5] = [
        ("2048", |facts| facts.now.as_mut().unwrap().form.as_mut().unwrap().page_size = 2048),
        ("UTF-16le", |facts| facts.now.as_mut().unwrap().form.as_mut().unwrap().encoding = 2),
        ("SQLite cannot open", |facts| facts.now.as_mut().unwrap().readable = Some(Err("malformed".to_owned()))),
        ("no database", |facts| facts.now = None),
        ("network", |facts| facts.file_system.as_mut().unwrap().network = true),
    ];
    for (word, change) in limits {
        let found = block(&online(change));
        assert!(matches!(found.as_slice(), [(Code::R617, detail)] if detail.contains(word)), "{word}: {found:?}");
    }
    // Without a log the pages may have another size.
    let other = online(|facts| {
        facts.now.as_mut().unwrap().form = Some(Form { page_size: 2048, encoding: 1, wal: false });
    });
    assert_eq!(block(&other), []);
}

#[test]
fn room_is_asked_for_in_each_file_system_that_is_written_to() {
    let small = |free| FileSystem {
        kind: "ext4".to_owned(),
        mounted_at: "/state".into(),
        read_only: false,
        network: false,
        free,
        free_files: Some(1000),
    };
    let codes = |found: Vec<Finding>| -> Vec<String> {
        found.into_iter().filter(|finding| finding.code == Code::R501).map(|finding| finding.detail).collect()
    };
    let full = codes(found(|facts| facts.copies = Some(small(1000))));
    assert!(matches!(full.as_slice(), [one] if one.contains("at /state")), "{full:?}");
    let used_up = codes(found(|facts| facts.copies = Some(FileSystem { free_files: Some(3), ..small(1 << 40) })));
    assert!(matches!(used_up.as_slice(), [one] if one.contains("inodes")), "{used_up:?}");
    // On one file system both need their room at once.
    let needed = rewritten().header.size;
    let there = facts().needed_there(needed);
    let both = there + facts().needed_for_copies(needed, false);
    for (free, fits) in [(both, true), (both - 1, false), (there, false)] {
        let found = codes(found(|facts| {
            facts.copies = Some(small(free));
            facts.copies_beside = true;
            facts.file_system.as_mut().unwrap().free = free;
        }));
        assert_eq!(found.is_empty(), fits, "{free}: {found:?}");
    }
}
