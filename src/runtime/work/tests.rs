//! The middle of the wizard on real files: a new connector appears in the hub folder, is picked, every change is worked
//! out, and a private copy is rewritten and proved.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crossterm::event::KeyCode::{Char, Enter, Esc};

use crate::catalog::levels::search_tests::Many;
use crate::catalog::{self, SourceKind, SourceSpec};
use crate::config::{Flags, Settings};
use crate::database::sample::{Sample, append_events, hold};
use crate::finding::Code;
use crate::progress::Cancel;
use crate::restore::assess::{self, Clock};
use crate::restore::facts::{Fact, Facts, Taken};
use crate::runtime::outside::Outside;
use crate::runtime::work::Listed;
use crate::runtime::workers::Workers;
use crate::view::tests::picture;
use crate::wizard::backup::{Connector, Connectors, Search};
use crate::wizard::chain::{Chosen, Inspected, story};
use crate::wizard::reader::{Kind, Reader};
use crate::wizard::source::SourceRef;
use crate::wizard::{Effect, Message, Screen, Wizard, target};
use crate::world::World;

/// The wizard, with its work done by real workers.
struct Bench {
    wizard: Wizard,
    workers: Workers,
    inbox: Receiver<Message>,
}

impl Bench {
    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Start { job, work, .. } => self.workers.start(job, work),
                Effect::Cancel(job) => self.workers.cancel(job),
                other => panic!("{other:?}"),
            }
        }
    }

    fn press(&mut self, keys: &[crossterm::event::KeyCode]) {
        for key in keys {
            let effects = self.wizard.update(Message::Key((*key).into()), story::now());
            self.carry_out(effects);
        }
    }

    /// Takes answers until a page lies over the screen.
    fn page(&mut self) -> String {
        loop {
            if let Some(Reader { kind: Kind::Page(page), .. }) = self.wizard.reader() {
                return page.clone();
            }
            let Ok(message) = self.inbox.recv_timeout(Duration::from_secs(30)) else {
                panic!("nothing comes any more\n{}", picture(&mut self.wizard, 80, 24));
            };
            let effects = self.wizard.update(message, story::now());
            self.carry_out(effects);
        }
    }

    /// Takes answers until the screen is as wanted.
    fn until(&mut self, wanted: impl Fn(&Screen) -> bool) {
        while !wanted(self.wizard.screen()) {
            let Ok(message) = self.inbox.recv_timeout(Duration::from_secs(30)) else {
                panic!("nothing comes any more\n{}", picture(&mut self.wizard, 80, 24));
            };
            let effects = self.wizard.update(message, story::now());
            self.carry_out(effects);
            self.wizard.update(Message::Drawn, story::now());
        }
    }
}

fn sample(path: &Path, hub: &str, connector: &str, events: u64) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let newest = story::at("2026-11-17T02:51:00Z");
    let sample = Sample::new(hub.parse().unwrap(), connector.parse().unwrap(), newest);
    Sample { events, hub_in_cursors: events > 0, ..sample }.create(path).unwrap();
}

/// A downloaded and inspected backup of 300 events.
fn inspected(outside: &Outside, copies: &Path, root: &Path) -> Arc<Inspected> {
    let key = format!("acme-bio/datahub/{}/connector/{}/sqlite.db", story::OLD_HUB, story::OLD_CONNECTOR);
    sample(&copies.join(&key), story::OLD_HUB, story::OLD_CONNECTOR, 300);
    let spec = SourceSpec::new(SourceKind::Folder(copies.to_owned()));
    let catalog = catalog::open(&spec, &outside.world).unwrap();
    let (engine, handle, cancel) = (&outside.engine, &outside.handle, Cancel::default());
    let head = handle.block_on(catalog.head(&key, None)).unwrap();
    let obtained = handle.block_on(engine.obtain(catalog.as_ref(), &head.backup, &mut |_| {}, &cancel)).unwrap();
    let session = engine.begin().unwrap();
    session.take(&obtained).unwrap();
    let file = engine.examine(&session.backup_path(), &cancel, &mut |_| {}).unwrap();
    let facts = Facts {
        key: Fact::Known(obtained.key_facts(Taken::Named)),
        file: Fact::Known(file.clone()),
        bucket: handle.block_on(engine.bucket_facts(&catalog, &obtained.backup)),
        ..Facts::default()
    };
    Arc::new(Inspected {
        chosen: Chosen {
            source: "copies".into(),
            spec: Arc::new(spec),
            hub_root: Some(root.to_owned()),
            backup: obtained.backup.clone(),
        },
        restore: session.id().to_string(),
        folder: session.folder().clone(),
        path: session.backup_path(),
        sha256: obtained.sha256.clone(),
        size: obtained.size,
        hub: story::OLD_HUB.parse().unwrap(),
        connector: story::OLD_CONNECTOR.parse().unwrap(),
        file,
        findings: assess::inspect(&facts, Clock::at(outside.world.now())),
        facts,
    })
}

/// The outside of a machine whose state, processes and clock are made up.
fn outside(folder: &Path) -> (tokio::runtime::Runtime, Outside) {
    let mut world = World::real();
    world.clock = Arc::new(story::now);
    world.proc = folder.join("proc");
    world.environment.retain(|name, _| !name.to_string_lossy().starts_with("RESEAT_"));
    fs::create_dir(&world.proc).unwrap();
    let flags = Flags { state_dir: Some(folder.join("state")), ..Flags::default() };
    let settings = Settings::load(&flags, &world).unwrap();
    let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let outside = Outside::new(&world, tokio.handle().clone(), &settings, None).unwrap();
    (tokio, outside)
}

#[test]
fn a_connector_is_picked_and_its_database_rewritten_and_proved() {
    let folder = tempfile::tempdir().unwrap();
    let (root, copies) = (folder.path().join("hub"), folder.path().join("copies"));
    let place = |id: &str| root.join(id).join("sqlite.db");
    sample(&place("5e22b0c7-19f4-4a83-b6d1-c07f3e58a410"), story::NEW_HUB, "5e22b0c7-19f4-4a83-b6d1-c07f3e58a410", 9);
    let (_tokio, outside) = outside(folder.path());
    let inspected = inspected(&outside, &copies, &root);

    let (sender, inbox) = channel();
    let (wizard, effects) = story::showing(target::first(Arc::clone(&inspected)));
    let mut bench = Bench { wizard, workers: Workers::new(outside.clone(), sender), inbox };
    bench.carry_out(effects);
    let pick =
        |wanted: fn(&target::Pick) -> bool| move |screen: &Screen| matches!(screen, Screen::Pick(pick) if wanted(pick));
    bench.until(pick(|pick| pick.candidates.len() == 1));
    // It appears by itself, and the cursor goes to it.
    sample(&place(story::NEW_CONNECTOR), story::NEW_HUB, story::NEW_CONNECTOR, 0);
    bench.until(pick(|pick| {
        let judged = pick.candidate().and_then(|candidate| candidate.judged.as_ref());
        judged.is_some_and(|judged| !judged.pending)
    }));
    // The folder holds no backup of the new hub: the organisation is asked about.
    bench.press(&[Enter, Char('y')]);
    bench.until(|screen| matches!(screen, Screen::Preview(preview) if preview.plan.is_some()));
    // What it would replace: two events under the numbers of others, in a database that a connector has open.
    let held = hold(&place(story::NEW_CONNECTOR)).unwrap();
    append_events(&place(story::NEW_CONNECTOR), 2, story::at("2026-11-19T10:00:00Z")).unwrap();
    bench.press(&[Char('c')]);
    let page = bench.page();
    drop(held);
    for line in [
        "   The target is read as if it had the IDs of the backup.",
        "The backup has 298 events that the target has not, the newest of 2026-11-17 02:51 UTC.",
        "2 events differ.",
        "The backup does not have 2 events of the target. The safety copy keeps what this restore replaces.",
    ] {
        assert!(page.lines().any(|other| other == line), "{line}\n{page}");
    }
    assert!(page.lines().skip(2).all(|line| crate::text::width(line) <= 100), "{page}");
    bench.press(&[Esc]);
    let Screen::Preview(preview) = bench.wizard.screen() else { panic!() };
    assert_eq!(preview.plan.as_ref().unwrap().rows_of("Events"), 300);
    let (needed, accepted) = preview.counts(&bench.wizard.shared.kept);
    let open = needed - accepted;
    bench.press(&vec![Char('a'); open]);
    bench.press(&[Enter]);
    bench.until(|screen| matches!(screen, Screen::Rewrite(rewrite) if rewrite.running.is_none()));
    let Screen::Rewrite(rewrite) = bench.wizard.screen() else { panic!() };
    let proved = rewrite.proved.clone().unwrap_or_else(|| panic!("{:?}", rewrite.failed));
    assert_eq!(proved.rewritten.columns.len(), 4);
    assert_eq!(proved.rewritten.leftovers.len(), 1, "the hub ID in Cursors stays");
    assert!(proved.path.is_file());

    // The same IDs again: the proved copy is used, after its bytes were read once more.
    let first = fs::metadata(&proved.path).unwrap().modified().unwrap();
    bench.press(&[Esc, Enter]);
    bench.until(|screen| matches!(screen, Screen::Rewrite(rewrite) if rewrite.proved.is_some()));
    assert_eq!(fs::metadata(&proved.path).unwrap().modified().unwrap(), first);

    let history = outside.engine.find(&inspected.restore).unwrap().history();
    assert_eq!(history.mapping(), Some(story::mapping()));
    assert_eq!(history.stage, crate::restore::Stage::Rewrite);
    for finding in proved.planned.findings.iter().filter(|finding| finding.needs_acceptance()) {
        assert!(history.accepts(finding), "{}", finding.code);
    }
    bench.workers.end();
}

/// Trap R203: the list of connectors meets a backup that was cut.
/// Quiet R203: a whole one beside it shows its name instead.
#[test]
fn the_lists_fill_in_what_stands_in_the_backups() {
    let folder = tempfile::tempdir().unwrap();
    let copies = folder.path().join("copies");
    let place = |id: &str| copies.join(format!("acme-bio/datahub/{}/connector/{id}/sqlite.db", story::OLD_HUB));
    let (whole, cut) = (story::OLD_CONNECTOR, "c2b7e410-3c55-4e6e-9a58-11b0c0a29d5c");
    for id in [whole, cut] {
        sample(&place(id), story::OLD_HUB, id, 300);
    }
    let file = fs::OpenOptions::new().write(true).open(place(cut)).unwrap();
    file.set_len(file.metadata().unwrap().len() - 100).unwrap();
    let (tokio, outside) = outside(folder.path());
    let source = SourceRef {
        name: "copies".into(),
        spec: Arc::new(SourceSpec::new(SourceKind::Folder(copies.clone()))),
        hub_root: None,
        hub: None,
    };
    let (sender, inbox) = channel();
    let (wizard, effects) = story::showing(Connectors::new(source, "acme-bio".into(), None));
    let mut bench = Bench { wizard, workers: Workers::new(outside, sender), inbox };
    bench.carry_out(effects);
    bench.until(|screen| {
        let Screen::Connectors(state) = screen else { return false };
        state.rows().len() == 2 && state.nameless().0 == 0
    });
    let Screen::Connectors(state) = bench.wizard.screen() else { panic!() };
    let told: Vec<_> = state
        .rows()
        .iter()
        .map(|row| match row {
            Connector::Folder(_, Some(peek)) => {
                let name = peek.name.as_ref().map(crate::text::Untrusted::printable);
                (name, peek.event, peek.barred.as_ref().and_then(|barred| barred.code))
            }
            other => panic!("{other:?}"),
        })
        .collect();
    let newest = story::at("2026-11-17T02:51:00Z");
    assert_eq!(told, [(Some("Cellario Boston".into()), Some(newest), None), (None, None, Some(Code::R203))]);
    bench.press(&[Enter]);
    bench.until(|screen| {
        let Screen::Versions(state) = screen else { return false };
        state.under().is_some_and(|entry| state.newest(entry) == Some(newest) && state.events(entry) == Some(300))
    });
    bench.workers.end();
    drop(tokio);
}

#[test]
fn a_source_of_200_000_objects_is_searched_while_it_is_listed() {
    let folder = tempfile::tempdir().unwrap();
    let (tokio, outside) = outside(folder.path());
    let spec = Arc::new(SourceSpec::new(SourceKind::S3 { bucket: "many".into(), prefix: String::new() }));
    let many = Many::of(200_000);
    outside.lend(&spec, Arc::clone(&many) as Arc<dyn catalog::Catalog>);
    let source = SourceRef { name: "many".into(), spec, hub_root: None, hub: None };
    let (sender, inbox) = channel();
    let (wizard, effects) = story::showing(Search::new(source, None));
    let mut bench = Bench { wizard, workers: Workers::new(outside.clone(), sender), inbox };
    bench.carry_out(effects);
    let search =
        |wanted: fn(&Search) -> bool| move |screen: &Screen| matches!(screen, Screen::Search(state) if wanted(state));
    // A text that everything fits, while the listing has only begun: the list is full long before its end.
    bench.press(&[Char('o'), Char('r'), Char('g')]);
    bench.until(search(|state| state.found().hits.len() == 1_000));
    let listed = many.pages.load(std::sync::atomic::Ordering::Relaxed);
    assert!(listed < 150, "{listed} of 200 pages were listed before the first results");
    // Another text ends that search in the middle, and what was listed is not listed again.
    bench.press(&[Char('-'), Char('1'), Char('9'), Char('9'), Char(' '), Char('3'), Char('0'), Char('d'), Char('3')]);
    bench.until(search(|state| !state.listing().runs()));
    let Screen::Search(state) = bench.wizard.screen() else { panic!() };
    let fit = (199_000..200_000).map(Many::key).filter(|key| key.contains("datahub") && key.contains("30d3")).count();
    assert!(fit > 10);
    assert_eq!((state.found().looked, state.found().fit), (200_000, fit as u64));
    // What ran ahead when a letter was typed is asked for again: a few pages a letter, 10 letters.
    let pages = many.pages.load(std::sync::atomic::Ordering::Relaxed);
    assert!((202..=202 + 10 * 9).contains(&pages), "{pages} pages");
    let kept = outside.objects.blocking_lock().as_ref().map_or(0, Listed::bytes);
    assert!((1 << 20..24 << 20).contains(&kept), "{kept} bytes are kept");
    bench.workers.end();
    drop(tokio);
}
