use super::*;
use crate::catalog::levels;
use crate::database::header;
use crate::progress::Cancel;

fn start() -> Timestamp {
    "2026-11-19T14:05:00Z".parse().unwrap()
}

fn demo(folder: &Path) -> (Script, Demo) {
    let script = Script::read().unwrap();
    let demo = Demo::new(&script, folder, start());
    (script, demo)
}

async fn all_versions(demo: &Demo, connector: &str) -> Vec<Backup> {
    let all = demo.versions("", None).await.unwrap().objects;
    all.into_iter().filter(|backup| backup.key.raw().contains(connector)).collect()
}

#[tokio::test]
async fn it_has_three_organisations_that_look_alike() {
    let folder = tempfile::tempdir().unwrap();
    let (script, demo) = demo(folder.path());
    let page = demo.list(Listing { delimiter: true, ..Listing::default() }).await.unwrap();
    let names: Vec<&str> = page.prefixes.iter().map(crate::text::Untrusted::raw).collect();
    assert_eq!(names, ["acme-bio-test/", "acme-bio/", "acme/"]);
    assert!(script.backup.iter().any(|stored| stored.hub == script.hub.id), "R413 finds the hub's organisation");
    // A page of two goes on where it ended.
    let first = demo.list(Listing { delimiter: true, limit: Some(2), ..Listing::default() }).await.unwrap();
    let rest = demo.list(Listing { delimiter: true, from: first.next.as_ref(), ..Listing::default() }).await.unwrap();
    assert_eq!((first.prefixes.len(), rest.prefixes.len(), rest.next), (2, 1, None));
}

#[tokio::test]
async fn the_same_start_gives_the_same_bytes() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let key =
        "acme/datahub/0d4be1f7-3a86-4c02-9b5e-71f2c08ad9e4/connector/63f0a2be-9c1d-4e57-8a40-d5b18c7f2e96/sqlite.db";
    let one = demo(one.path()).1.head(key, None).await.unwrap();
    let other = demo(other.path()).1.head(key, None).await.unwrap();
    assert_eq!(one, other);
    assert!(one.backup.place.is_some() && one.checksum.is_some());
}

#[tokio::test]
async fn the_newest_version_of_the_story_was_emptied() {
    let folder = tempfile::tempdir().unwrap();
    let (_, demo) = demo(folder.path());
    let versions = all_versions(&demo, "7d0c88f1-3c55").await;
    assert!(versions[0].latest && levels::is_far_smaller(versions[0].size, versions[1].size));
    assert!(versions[4].looks_archived());
    let deleted = all_versions(&demo, "2a9c5b07").await;
    assert!(deleted[0].deleted && !deleted[1].deleted);
}

#[tokio::test]
async fn what_is_wrong_with_a_file_is_really_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let (script, demo) = demo(folder.path());
    for object in demo.objects.iter() {
        let Some(fault) = object.fault else { continue };
        let made = object.made(folder.path()).unwrap();
        let header = header::read(&made.path);
        match fault {
            Fault::Empty => assert_eq!(made.size, 0),
            Fault::Cut | Fault::Gzip => assert!(header.is_ok(), "{header:?}"),
            Fault::Damaged => {
                let said = crate::database::inspect(&made.path, &Cancel::default(), &mut |_| ());
                let sound = said.is_ok_and(|facts| facts.integrity.is_some_and(|lines| lines.is_empty()));
                assert!(!sound, "a damaged file passes");
            }
            Fault::Archived | Fault::Deleted => {}
        }
    }
    assert!(script.backup.iter().any(|stored| stored.inside.is_some()));
}

#[tokio::test]
async fn a_read_gives_exactly_the_range() {
    let folder = tempfile::tempdir().unwrap();
    let (_, demo) = demo(folder.path());
    let backup = all_versions(&demo, "f83e90d4").await.remove(0);
    let key = backup.key.raw();
    let body = demo.read(key, Some(10..200_000), &backup.pinned()).await.unwrap();
    let chunks: Vec<Bytes> = body.bytes.map(Result::unwrap).collect().await;
    let bytes = chunks.concat();
    let whole = std::fs::read(demo.find(key, None).unwrap().made(folder.path()).unwrap().path).unwrap();
    assert_eq!(bytes, whole[10..200_000]);
    let other = Pinned { etag: Some("other".to_owned()), version: None };
    assert!(matches!(demo.read(key, None, &other).await, Err(CatalogError::Replaced { .. })));
}
