use super::*;
use crate::database::facts::{BrokenKeys, ForeignKeys, Missing, Need, VirtualTable};

fn found(change: impl FnOnce(&mut FileFacts)) -> Vec<Finding> {
    inspect(&with_file(change), clock())
}

#[test]
fn r201_and_r202_say_what_it_is_instead() {
    let empty = found(|file| {
        file.header.size = 0;
        file.header.looks_like = LooksLike::Empty;
    });
    assert_eq!(only(&empty, Code::R201).detail, "The backup has 0 bytes.");
    let gzip = found(|file| file.header.looks_like = LooksLike::Gzip);
    assert!(only(&gzip, Code::R202).detail.contains("compressed with gzip"));
    assert!(only(&gzip, Code::R202).remedy.contains("Unpack"));
    assert_silent(&gzip, Code::R301);
}

#[test]
fn r203_gives_both_numbers() {
    let cut = found(|file| {
        file.header.size = 63_856_640;
        file.header.length = Length::Shorter { expected: 63_971_328, missing: 114_688 };
    });
    assert_eq!(
        only(&cut, Code::R203).detail,
        "The file ends too early: 112 KiB are missing. It has 63 856 640 bytes; its own header says 63 971 328."
    );
    let torn = found(|file| file.header.length = Length::NotStated { whole_pages: false });
    assert_eq!(only(&torn, Code::R203).severity, Severity::Block);
    assert_silent(&found(|file| file.header.length = Length::NotStated { whole_pages: true }), Code::R203);
}

#[test]
fn r204_shows_the_first_faults() {
    let lines: Vec<Untrusted> =
        (1..6).map(|n| Untrusted::new(format!("row {n} missing from index x\u{1b}[2J"))).collect();
    let damaged = found(|file| file.integrity = Some(lines));
    let detail = &only(&damaged, Code::R204).detail;
    assert!(detail.starts_with("SQLite's integrity check finds 5 faults: row 1 missing"), "{detail}");
    assert!(detail.ends_with("and 2 more.") && !detail.contains('\u{1b}'), "{detail}");
    let unreadable = found(|file| file.unreadable = Some("file is not a database".into()));
    assert!(only(&unreadable, Code::R204).detail.contains("cannot read it"));
    let header = found(|file| file.header.faults = vec!["the page size is 513".to_owned()]);
    assert!(only(&header, Code::R204).detail.contains("page size"));
}

#[test]
fn r210_is_not_damage() {
    let needs = found(|file| {
        file.needs = vec![Need { object: "Events".into(), what: "no such collation sequence: LOCALE".into() }];
        file.integrity = Some(vec!["no such collation sequence: LOCALE".into()]);
    });
    assert!(only(&needs, Code::R210).detail.contains("Events (no such collation sequence: LOCALE)"));
    assert_silent(&needs, Code::R204);
}

#[test]
fn r205_names_what_is_missing() {
    let other = found(|file| {
        file.missing =
            vec![Missing { table: "Events", column: None }, Missing { table: "Integrations", column: Some("sources") }];
        file.integrations.clear();
        file.integration_rows = 0;
    });
    let detail = &only(&other, Code::R205).detail;
    assert_eq!(
        detail,
        "It is not a connector's database: the table Events and the column Integrations.sources are missing."
    );
    assert_silent(&other, Code::R303);
}

#[test]
fn r206_counts_by_table() {
    let broken = found(|file| {
        file.foreign_keys = Some(ForeignKeys {
            unchecked: Vec::new(),
            broken: 2,
            by_table: vec![BrokenKeys {
                table: "Events".into(),
                parent: "Integrations".into(),
                rows: 2,
                first_row: Some(1),
            }],
        });
    });
    assert_eq!(
        only(&broken, Code::R206).detail,
        "2 rows refer to a row that does not exist: 2 rows of Events to Integrations."
    );
}

#[test]
fn r207_r209_and_r114_are_said() {
    let full = found(|file| {
        file.triggers = vec!["t".into()];
        file.virtual_tables = vec![VirtualTable { name: "Search".into(), module: "fts5".into(), full_text: true }];
        file.header.length = Length::Longer { expected: 409_600, extra: 4096, zeros: true, starts: Vec::new() };
        if let Some(fields) = &mut file.header.fields {
            fields.read_version = 2;
        }
    });
    assert!(only(&full, Code::R207).detail.contains("Search may keep old text"));
    for code in [Code::R207, Code::R209, Code::R114] {
        assert_eq!(only(&full, code).severity, Severity::Info);
    }
    let garbage = found(|file| {
        file.header.length = Length::Longer { expected: 1, extra: 2, zeros: false, starts: vec![0xde, 0xad] }
    });
    assert_eq!(only(&garbage, Code::R209).severity, Severity::Warn);
    assert!(only(&garbage, Code::R209).detail.contains("dead"));
}
