use super::*;
use crate::hub::DATABASE;

/// The pieces that need no child process: the child is this program, and a test is another one.
#[test]
fn the_surroundings_are_private_and_go_away() {
    let (demo, world, settings) = Demo::make(&World::real()).unwrap();
    let folder = demo.0.folder.path().to_owned();
    assert!(settings.state_dir.value.starts_with(&folder) && settings.hub_root.value.starts_with(&folder));
    assert_eq!(settings.source.unwrap().value, "s3://made-up-backups");
    assert!(world.proc.starts_with(&folder));
    let ran = world.runner.run("systemctl", &["stop", "sshd.service"]).unwrap();
    assert!(!ran.ok(), "the demo touches nothing real");
    let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(&folder).unwrap());
    assert_eq!(mode & 0o777, 0o700);
    drop(world);
    demo.clear();
    drop(demo);
    assert!(!folder.exists());
}

#[test]
fn a_new_connector_looks_like_the_backup() {
    let script = Script::read().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (root, proc) = (folder.path().join("datahub"), folder.path().join("proc"));
    fs::create_dir(&root).unwrap();
    fs::create_dir(&proc).unwrap();
    let hub = Hub::new(&script.hub, &root, &proc, World::real().now()).unwrap();
    let stored = &script.backup[2];
    hub.appear(script.hub.appears, stored);
    let database = root.join(script.hub.appears.to_string()).join(DATABASE);
    assert!(database.is_file());
    assert_eq!(fs::read_dir(&root).unwrap().count(), 1, "nothing else is left");
    assert_ne!(hub::made_up(stored.connector), script.hub.appears);
    assert_eq!(hub::made_up(stored.connector), hub::made_up(stored.connector));
}
