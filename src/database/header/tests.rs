use super::*;

fn facts_of(bytes: &[u8]) -> HeaderFacts {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    read(file.path()).unwrap()
}

fn database() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let id = "3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d";
    let sample =
        crate::database::sample::Sample::new(id.parse().unwrap(), id.parse().unwrap(), jiff::Timestamp::UNIX_EPOCH);
    sample.create(&path).unwrap();
    std::fs::read(path).unwrap()
}

#[test]
fn other_files_are_recognised() {
    let page = |fill: fn(usize) -> u8| (0..4096).map(fill).collect::<Vec<u8>>();
    let noise: Vec<u8> = {
        let mut state = 1_u64;
        (0..8192)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                state.to_be_bytes()[0]
            })
            .collect()
    };
    for (bytes, expected) in [
        (Vec::new(), LooksLike::Empty),
        (vec![0x1f, 0x8b, 8, 0], LooksLike::Gzip),
        (vec![0x28, 0xb5, 0x2f, 0xfd, 0], LooksLike::Zstd),
        (b"\n <!DOCTYPE html><html>".to_vec(), LooksLike::Html),
        (b"<?xml version=\"1.0\"?><Error>".to_vec(), LooksLike::Xml),
        ("{\"a\":\"\u{e9}\"".as_bytes().to_vec(), LooksLike::Json),
        (format!(" {{\"{}\u{e9}\":1}}", "a".repeat(61)).into_bytes(), LooksLike::Json),
        (b"plain words".to_vec(), LooksLike::Text),
        (page(|_| 0), LooksLike::Zeros),
        (page(|at| if at % 7 == 3 { 9 } else { 200 }), LooksLike::Unknown),
        (noise, LooksLike::Encrypted),
        (b"SQLite for".to_vec(), LooksLike::Sqlite),
    ] {
        let facts = facts_of(&bytes);
        assert_eq!(facts.looks_like, expected);
        assert!(!facts.is_sqlite());
    }
}

#[test]
fn the_length_is_held_against_the_header() {
    let whole = database();
    let facts = facts_of(&whole);
    assert!(facts.is_sqlite() && facts.is_wal());
    assert_eq!(facts.length, Length::Exact);
    assert_eq!(facts.fields.as_ref().unwrap().user_version, 7);
    assert_eq!(facts.fields.as_ref().unwrap().encoding, Some(Encoding::Utf8));
    let expected = whole.len() as u64;
    assert_eq!(facts_of(&whole[..whole.len() - 100]).length, Length::Shorter { expected, missing: 100 });
    let mut longer = whole.clone();
    longer.extend([0; 8192]);
    assert_eq!(facts_of(&longer).length, Length::Longer { expected, extra: 8192, zeros: true, starts: vec![] });
    longer.extend(b"tail");
    let length = facts_of(&longer).length;
    assert_eq!(length, Length::Longer { expected, extra: 8196, zeros: false, starts: b"tail".to_vec() });
    let mut unstated = whole.clone();
    unstated[95] ^= 1;
    assert_eq!(facts_of(&unstated).length, Length::NotStated { whole_pages: true });
    assert!(!facts_of(&whole[..60]).is_sqlite());
}

#[test]
fn wrong_fixed_bytes_are_named() {
    for (at, value, fault) in [
        (16, 3, "the page size is 768"),
        (18, 9, "the write version is 9, not 1 or 2"),
        (22, 1, "bytes 21 to 23 are [64, 1, 32], not 64, 32, 32"),
        (59, 7, "the text encoding is 7, not 1, 2 or 3"),
    ] {
        let mut bytes = database();
        bytes[at] = value;
        let facts = facts_of(&bytes);
        assert_eq!(facts.faults, [fault]);
        assert!(!facts.is_sqlite());
    }
}
