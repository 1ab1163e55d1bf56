//! Inspecting, planning and rewriting databases of many makes, held against a reference that is not the code under test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "restore/random.rs"]
mod random;
mod support;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use reseat::database::facts::Residue;
use reseat::database::header::{self, Length};
use reseat::database::rewrite::{self, Rewritten};
use reseat::database::{self, DatabaseError, FileFacts, Plan, Refusal};
use reseat::finding::Code;
use reseat::identity::{Mapping, Renamed};
use reseat::progress::Cancel;
use rusqlite::Connection;
use sha2::{Digest, Sha256};
use support::reference;
use support::samples::{self, Make, NEW_CONNECTOR, NEW_HUB, OLD_CONNECTOR, OLD_HUB};

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
    // The rows shown as examples differ where they hold mapped cells, too.
    let leftovers = |found: &[Residue]| {
        let mut all: Vec<_> =
            found.iter().map(|one| (one.table.clone(), one.column.clone(), one.id, one.rows)).collect();
        all.sort();
        all
    };
    assert_eq!(leftovers(&rewritten.leftovers), leftovers(&plan.leftovers), "{what}");
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

/// Quiet R502: every make of a database changes in as many rows as the plan says.
/// Quiet R503: triggers, generated columns and odd shapes: nothing else changes.
/// Quiet R504: the file is the one that the plan was made for.
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

fn refusals(path: &Path, mapping: &Mapping) -> Vec<Refusal> {
    match database::plan(path, mapping, None, &Cancel::default(), &mut |_| {}) {
        Err(DatabaseError::Refused(refusals)) => refusals,
        other => panic!("{other:?}"),
    }
}

fn altered(folder: &Path, make: Make, sql: &str) -> PathBuf {
    let _ = std::fs::remove_file(folder.join(format!("{make:?}.db").to_lowercase()));
    let path = samples::make(folder, make);
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "foreign_keys", "OFF").unwrap();
    connection.execute_batch(sql).unwrap();
    path
}

/// The documented SQL itself, on the plain make: every cell is the same.
#[test]
fn the_manual_procedure_gives_the_same_cells() {
    let folder = tempfile::tempdir().unwrap();
    for make in [Make::Plain, Make::Wal, Make::Indexed, Make::AutoVacuum] {
        let path = samples::make(folder.path(), make);
        let (ours, manual) = (folder.path().join("ours.db"), folder.path().join("manual.db"));
        let plan = plan(&path, &samples::mapping());
        rewrite::rewrite(&path, &ours, &plan, &Cancel::default(), &mut |_| {}).unwrap();
        std::fs::copy(&path, &manual).unwrap();
        let new = samples::source(make, NEW_HUB, NEW_CONNECTOR, 0);
        let connection = Connection::open(&manual).unwrap();
        connection
            .execute_batch(&format!(
                "PRAGMA foreign_keys=off;
                 update Integrations set id='{NEW_HUB}', sources=json('[{new}]') where id='{OLD_HUB}';
                 update Events set integration='{NEW_HUB}', source=json('{new}') where integration='{OLD_HUB}';"
            ))
            .unwrap();
        drop(connection);
        assert_eq!(reference::contents(&ours), reference::contents(&manual), "{make:?}");
        // Reading a WAL database leaves sidecars: they would be applied to the next file of that name.
        for name in ["ours.db", "ours.db-wal", "ours.db-shm", "manual.db", "manual.db-wal", "manual.db-shm"] {
            let _ = std::fs::remove_file(folder.path().join(name));
        }
    }
}

#[test]
fn a_hundred_thousand_events_with_many_texts() {
    let folder = tempfile::tempdir().unwrap();
    let path = samples::with_events(folder.path(), Make::Renamed, 100_000);
    let rewritten = restored(&path, &samples::mapping(), "100 k events");
    assert_eq!(rewritten.changes[1].rows, 100_000);
}

#[test]
fn what_stands_against_a_plan_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let of = |sql: &str| refusals(&altered(folder.path(), Make::Plain, sql), &samples::mapping());
    let cases: [(&str, Code, &str); 12] = [
        ("DROP TABLE Events", Code::R205, "the table Events is missing"),
        ("ALTER TABLE Events RENAME COLUMN source TO src", Code::R205, "the column Events.source is missing"),
        ("DELETE FROM Integrations", Code::R301, "Integrations has no row of hub 3f2a51c0"),
        ("INSERT INTO Integrations SELECT upper(id), sources FROM Integrations", Code::R303, "has 2 rows of hub 3f2a"),
        ("UPDATE Integrations SET sources = '[]'", Code::R301, "no source of this hub is connector 7d0c88f1"),
        (
            "UPDATE Integrations SET sources = '{}'",
            Code::R302,
            "Integrations.sources in row 1 is an object, not a JSON array",
        ),
        (
            "UPDATE Events SET source = '[' || source || ']' WHERE nr = 7",
            Code::R302,
            "Events.source in row 7 is an array",
        ),
        ("UPDATE Events SET source = jsonb(source) WHERE nr = 7", Code::R302, "Events.source in row 7 is JSONB"),
        ("UPDATE Events SET source = replace(source, '\"id\"', '\"id\":\"x\",\"id\"')", Code::R302, "holds id twice"),
        (
            "UPDATE Events SET source = json_set(source, '$.id', '5e22b0c7-19f4-4a83-b6d1-c07f3e58a410') WHERE nr < 4",
            Code::R305,
            "3 events name connector 5e22b0c7",
        ),
        ("UPDATE Events SET source = json_set(source, '$.integrationId', 'x')", Code::R301, "names hub x inside"),
        (
            "UPDATE Events SET integration = 'b7740e12-5c9a-4f36-8e21-6a4d90c701aa' WHERE nr < 3",
            Code::R403,
            "stands in Events.integration already, in 2 rows",
        ),
    ];
    for (sql, code, sentence) in cases {
        let found = of(sql);
        let said: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found[0].code(), code, "{sql}: {said:?}");
        assert!(said[0].contains(sentence), "{sql}: {said:?}");
        assert_eq!(found.len(), 1, "{sql}: {said:?}");
    }
    // On the same hub the hub's ID is no new one.
    let path = altered(folder.path(), Make::Plain, "UPDATE Events SET source = source");
    assert!(plan(&path, &samples::same_hub()).changes_anything());
    let nothing = Mapping {
        connector: Renamed { old: OLD_CONNECTOR.parse().unwrap(), new: OLD_CONNECTOR.parse().unwrap() },
        ..samples::same_hub()
    };
    assert!(!plan(&path, &nothing).changes_anything());
    restored(&path, &nothing, "nothing changes");
}

/// Text that SQLite would change on its way is refused, not changed.
#[test]
fn half_a_character_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for broken in ["d800", "ffff"] {
        let sql = format!("UPDATE Events SET source = CAST(CAST(replace(source, 'Boston', '\u{1}') AS BLOB) AS TEXT) WHERE nr = 5;
            UPDATE Events SET source = CAST(substr(CAST(source AS BLOB), 1, instr(CAST(source AS BLOB), x'0001') - 1) || x'{broken}'
            || substr(CAST(source AS BLOB), instr(CAST(source AS BLOB), x'0001') + 2) AS TEXT) WHERE nr = 5");
        let path = altered(folder.path(), Make::Utf16be, &sql);
        let found = refusals(&path, &samples::mapping());
        assert_eq!(found[0].to_string(), "Events.source in row 5 is no text that can be kept as it is", "{broken}");
    }
}
