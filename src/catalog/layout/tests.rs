use std::path::Path;

use proptest::prelude::*;

use super::*;

const HUB: &str = "3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d";
const CONNECTOR: &str = "7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1";

fn key(org: &str, file: &str) -> String {
    format!("{org}/datahub/{HUB}/connector/{CONNECTOR}/{file}")
}

#[test]
fn the_documented_layout_is_read() {
    let place = parse_key("", &key("acme-bio", "sqlite.db")).unwrap();
    assert_eq!(place.org.raw(), "acme-bio");
    assert_eq!((place.hub.to_string().as_str(), place.connector.to_string().as_str()), (HUB, CONNECTOR));
    assert_eq!(place.file.raw(), "sqlite.db");
    assert_eq!(place.folder(""), key("acme-bio", ""));
}

#[test]
fn keys_are_never_decoded() {
    for (org, file) in
        [("a%2Fb", "my%20file.db"), ("a+b c", "100%"), ("größe", "実験.db"), ("a\nb", "\u{1b}[2J.db"), ("x", "a.b..c")]
    {
        let place = parse_key("", &key(org, file)).unwrap();
        assert_eq!((place.org.raw(), place.file.raw()), (org, file));
        assert_eq!(place.key(""), key(org, file));
    }
}

#[test]
fn ids_may_be_written_in_upper_case_and_keep_their_spelling() {
    let shout = key("acme", "sqlite.db").replace(HUB, &HUB.to_uppercase());
    let place = parse_key("", &shout).unwrap();
    assert_eq!(place.hub.to_string(), HUB);
    assert_eq!(place.key(""), shout);
}

#[test]
fn a_prefix_goes_before_the_layout() {
    let whole = format!("copies/2026/{}", key("acme", "sqlite.db"));
    assert!(parse_key("", &whole).is_none());
    let place = parse_key("copies/2026/", &whole).unwrap();
    assert_eq!(place.key("copies/2026/"), whole);
    assert!(parse_key("other/", &whole).is_none());
}

#[test]
fn what_does_not_fit_is_something_else() {
    let nil = key("acme", "x").replace(HUB, "00000000-0000-0000-0000-000000000000");
    let bare = key("acme", "x").replace(HUB, &HUB.replace('-', ""));
    let blanks = key("acme", "x").replace(HUB, &format!("  {}  ", HUB.replace('-', "")));
    let braces = key("acme", "x").replace(HUB, &format!("{{{HUB}}}"));
    for other in [
        "",
        "/",
        "acme/agent-7/RAW/sqlitedb",
        &key("", "x"),
        &key("..", "x"),
        &key("acme", ""),
        &key("acme", ".."),
        &key("acme", "a/b"),
        &format!("/{}", key("acme", "x")),
        &key("acme", "x").replace("datahub", "Datahub"),
        &key("acme", "x").replace("connector", "connectors"),
        &nil,
        &bare,
        &blanks,
        &braces,
    ] {
        assert_eq!(parse_key("", other), None, "{other}");
    }
    assert_eq!(what_else("", "acme/agent-7/RAW/sqlitedb"), "the database of an agent");
    assert_eq!(what_else("", "acme/notes.txt"), "not a connector backup");
    assert_eq!(what_else("", "acme/datahub/x/"), "a folder");
}

#[test]
fn the_tail_of_a_path_is_read_like_a_key() {
    let path = format!("/home/mk/copies/{}", key("acme", "sqlite.db"));
    assert_eq!(parse_path(Path::new(&path)), parse_key("", &key("acme", "sqlite.db")));
    assert_eq!(parse_path(Path::new("sqlite.db")), None);
    assert_eq!(parse_path(Path::new("/tmp/sqlite.db")), None);
}

proptest! {
    #[test]
    fn every_key_is_read_back_or_refused(key in "\\PC{0,80}", prefix in "[a-z/]{0,6}") {
        if let Some(place) = parse_key(&prefix, &key) {
            prop_assert_eq!(place.key(&prefix), key.clone());
        }
        let _ = what_else(&prefix, &key);
    }

    #[test]
    fn every_slug_and_name_is_taken(org in "[^/]{1,40}", file in "[^/]{1,40}") {
        prop_assume!(![".", ".."].contains(&org.as_str()) && ![".", ".."].contains(&file.as_str()));
        let place = parse_key("", &key(&org, &file));
        prop_assert!(place.is_some());
        prop_assert_eq!(place.map(|place| place.key("")), Some(key(&org, &file)));
    }
}
