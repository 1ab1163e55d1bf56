//! The layout of the keys: read and written back the same, and never a step outside.

use std::path::{Component, Path};

use bolero::check;
use reseat::catalog::layout;

/// The first byte says how much of the text that follows is the prefix.
fn prefix_and_key(bytes: &[u8]) -> (String, String) {
    let Some((length, text)) = bytes.split_first() else { return (String::new(), String::new()) };
    let key = String::from_utf8_lossy(text).into_owned();
    let end = key.char_indices().map(|(at, _)| at).chain([key.len()]).nth(usize::from(*length)).unwrap_or(0);
    (key[..end].to_owned(), key)
}

/// 36 characters: hex digits in groups of 8, 4, 4, 4 and 12, and not all zeros.
fn is_id(segment: &str) -> bool {
    let groups: Vec<&str> = segment.split('-').collect();
    let hex = groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    hex && lengths == [8, 4, 4, 4, 12] && segment.bytes().any(|byte| byte != b'0' && byte != b'-')
}

fn is_name(segment: &str) -> bool {
    !["", ".", ".."].contains(&segment)
}

/// A key is taken exactly when it has the six parts of the layout, and it is written as it was read.
#[test]
fn a_key_is_written_as_it_was_read() {
    check!().with_iterations(crate::TRIES).for_each(|bytes: &[u8]| {
        let (prefix, key) = prefix_and_key(bytes);
        assert!(!layout::what_else(&prefix, &key).is_empty());
        as_a_path(&key);
        let parts: Vec<&str> = key[prefix.len()..].split('/').collect();
        let fits = matches!(parts.as_slice(), [org, "datahub", hub, "connector", connector, file]
            if is_name(org) && is_id(hub) && is_id(connector) && is_name(file));
        let place = layout::parse_key(&prefix, &key);
        assert_eq!(place.is_some(), fits, "{key:?}");
        let Some(place) = place else { return };
        assert_eq!(place.key(&prefix), key);
        assert_eq!(format!("{}{}", place.folder(&prefix), place.file.raw()), key);
        assert_eq!((place.org.raw(), place.file.raw()), (parts[0], parts[5]));
        assert_eq!(place.hub.to_string(), parts[2].to_ascii_lowercase());
        assert_eq!(place.connector.to_string(), parts[4].to_ascii_lowercase());
        // Each prefix that is listed on the way down is a beginning of the key.
        let org = place.org.raw();
        let hub = place.hub_written.raw();
        for above in [
            layout::org_prefix(&prefix, org),
            layout::hubs_prefix(&prefix, org),
            layout::connectors_prefix(&prefix, org, hub),
        ] {
            assert!(key.starts_with(&above) && place.folder(&prefix).starts_with(&above));
        }
        // As a path below a folder it stays below that folder, six names deep.
        let below = place.key("");
        assert!(Path::new(&below).components().all(|part| matches!(part, Component::Normal(_))));
        assert_eq!(Path::new(&below).components().count(), 6);
        // The same place is read from the tail of a path; what is written is read again.
        assert_eq!(layout::parse_key("", &below).as_ref(), Some(&place));
        assert_eq!(layout::parse_path(&Path::new("/home/mk").join(&below)), Some(place));
    });
}

/// Any path: what is read are its last six names.
fn as_a_path(text: &str) {
    let Some(place) = layout::parse_path(Path::new(text)) else { return };
    assert!(Path::new(text).ends_with(place.key("")));
    assert!(is_id(place.hub_written.raw()) && is_id(place.connector_written.raw()), "{place:?}");
}
