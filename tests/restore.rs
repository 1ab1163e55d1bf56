//! Inspecting, planning and rewriting databases of many makes, held against a reference that is not the code under test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use reseat::database::header::{self, Length};
use reseat::database::rewrite::{self, Rewritten};
use reseat::database::{self, FileFacts, Plan};
use reseat::identity::Mapping;
use reseat::progress::Cancel;
use sha2::{Digest, Sha256};
use support::reference;
use support::samples::{self, Make, OLD_HUB};

fn inspect(path: &Path) -> FileFacts {
    database::inspect(path, &Cancel::default(), &mut |_| {}).unwrap()
}

fn plan(path: &Path, mapping: &Mapping) -> Plan {
    database::plan(path, mapping, None, &Cancel::default(), &mut |_| {}).unwrap()
}

#[test]
fn every_make_is_understood() {
    let folder = tempfile::tempdir().unwrap();
    for make in Make::ALL {
        let path = samples::make(folder.path(), *make);
        let before = std::fs::read(&path).unwrap();
        let facts = inspect(&path);
        assert!(facts.complete(), "{make:?}: {facts:#?}");
        assert_eq!(facts.integrity, Some(vec![]), "{make:?}");
        assert!(facts.needs.is_empty(), "{make:?}: {:?}", facts.needs);
        assert_eq!(facts.json_problems, [], "{make:?}");
        let events = facts.events.as_ref().unwrap();
        assert_eq!(events.groups.iter().map(|group| group.rows).sum::<u64>(), events.rows, "{make:?}");
        if !matches!(make, Make::NoEvents) {
            assert!(facts.newest.is_some(), "{make:?}");
        }
        assert_eq!(std::fs::read(&path).unwrap(), before);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "{make:?} left something behind");
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn every_make_can_be_planned() {
    let folder = tempfile::tempdir().unwrap();
    for make in Make::ALL {
        let path = samples::make(folder.path(), *make);
        for mapping in [samples::mapping(), samples::same_hub()] {
            let plan = plan(&path, &mapping);
            assert_eq!(plan.rows_of("Integrations"), 1, "{make:?}");
            let expected = match make {
                Make::NoEvents => 0,
                Make::TwoSources if !mapping.hub.changes() => 134,
                Make::OtherHub => 150,
                _ => 200,
            };
            assert_eq!(plan.rows_of("Events"), expected, "{make:?}");
            for example in &plan.examples {
                assert_ne!(example.old, example.new, "{make:?}");
                assert!(example.rows > 0);
            }
        }
    }
    let path = folder.path().join("leftovers.db");
    let leftovers = plan(&path, &samples::mapping()).leftovers;
    assert_eq!(leftovers.len(), 2);
    assert_eq!((leftovers[0].column.raw(), leftovers[0].rows, leftovers[0].row_number), ("v", 4, 2));
    assert_eq!(leftovers[0].id.to_string(), OLD_HUB);
    assert_eq!(plan(&path, &samples::same_hub()).leftovers.len(), 1);
}

/// Rewrites and holds everything against the reference.
fn restored(path: &Path, mapping: &Mapping, what: &str) -> Rewritten {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("restored.db");
    let before = std::fs::read(path).unwrap();
    let plan = plan(path, mapping);
    let rewritten = rewrite::rewrite(path, &output, &plan, &Cancel::default(), &mut |_| {})
        .unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(std::fs::read(path).unwrap(), before, "{what}: the backup changed");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "{what}: something is left behind");
    assert_eq!(std::fs::metadata(&output).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(rewritten.sha256, sha256(&output), "{what}");
    assert_eq!(rewritten.changes, plan.changes);
    assert_eq!(rewritten.leftovers, plan.leftovers, "{what}");
    let (old, new) = (header::read(path).unwrap(), header::read(&output).unwrap());
    assert_eq!((old.is_wal(), &new.length), (new.is_wal(), &Length::Exact), "{what}");
    let (expected, found) = (reference::expected(path, mapping), reference::found(&output));
    for (table, rows) in &expected {
        assert_eq!(rows.len(), found[table].len(), "{what}: {table}");
        for (expected, found) in rows.iter().zip(&found[table]) {
            assert_eq!(expected, found, "{what}: {table}");
        }
    }
    assert_eq!(expected.len(), found.len());
    let facts = inspect(&output);
    assert!(facts.complete(), "{what}");
    assert_eq!(facts.integrity, Some(vec![]), "{what}");
    let hubs = &facts.integrations;
    assert!(hubs.iter().any(|row| row.hub == Some(mapping.hub.new)), "{what}");
    assert!(facts.source(mapping.hub.new, mapping.connector.new).is_some(), "{what}");
    std::fs::copy(&output, folder.path().join("again.db")).unwrap();
    rewritten
}

fn sha256(path: &Path) -> String {
    reseat::text::hex(&Sha256::digest(std::fs::read(path).unwrap()))
}

#[test]
fn every_make_is_rewritten_as_the_reference_says() {
    let folder = tempfile::tempdir().unwrap();
    for make in Make::ALL {
        let path = samples::make(folder.path(), *make);
        for mapping in [samples::mapping(), samples::same_hub()] {
            let what = format!("{make:?}, hub changes: {}", mapping.hub.changes());
            let rewritten = restored(&path, &mapping, &what);
            if *make != Make::Fts4 {
                assert!(rewritten.stale_full_text.is_empty(), "{what}: {:?}", rewritten.stale_full_text);
            }
        }
    }
}
