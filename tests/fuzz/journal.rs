//! The journal: torn, flipped and foreign lines are never taken for what they are not.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use bolero::check;
use jiff::Timestamp;
use reseat::files::{Files, Real};
use reseat::restore::journal::{self, Event, Journal, Line};
use reseat::restore::{RestoreId, Stage, Token};
use reseat::world::World;

const RESTORE: &str = "2026-11-21-1";
const NOW: &str = "2026-11-21T10:00:00Z";
const HEADER: &str = r#""kind":"header","restore":"2026-11-21-1","token":"0123456789abcdef","program":"0.1.0","person":"mk","user":"root","machine":"bos-hub-02"}"#;

/// CRC-32 bit by bit: not the one under test.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

/// A whole line with the right CRC, whatever the body says.
fn sealed(body: &str) -> String {
    format!("{{\"crc\":\"{:08x}\",{}\n", crc(body.as_bytes()), &body[1..])
}

/// Every line that was taken has its own right CRC, its number, and a whole line of bytes.
fn are_sound(lines: &[Line], bytes: &[u8], whole: u64) {
    let whole = usize::try_from(whole).unwrap();
    let (taken, torn) = bytes.split_at(whole);
    assert!(taken.is_empty() || taken.ends_with(b"\n"));
    let texts: Vec<&[u8]> = taken.split_inclusive(|byte| *byte == b'\n').collect();
    assert_eq!(texts.len(), lines.len());
    for (at, (text, line)) in texts.iter().zip(lines).enumerate() {
        let text = std::str::from_utf8(text).unwrap();
        let (stated, rest) = text.strip_prefix("{\"crc\":\"").unwrap().split_at(8);
        let body = format!("{{{}", rest.strip_prefix("\",").unwrap().strip_suffix('\n').unwrap());
        assert_eq!(stated, format!("{:08x}", crc(body.as_bytes())));
        assert_eq!(line.seq, at as u64);
    }
    // What is left out is one unfinished line, or one that the disk filled with zeros.
    let breaks = torn.split(|byte| *byte == b'\n').count() - 1;
    assert!(breaks == 0 || (breaks == 1 && torn.ends_with(b"\n") && torn.contains(&0)));
}

fn is_a_sentence(why: &str) {
    assert_eq!(reseat::text::printable(why), why);
    assert!(!why.is_empty());
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let mut world = World::real();
    let now: Timestamp = NOW.parse().unwrap();
    world.clock = Arc::new(move || now);
    world.environment = BTreeMap::from([("SUDO_USER".into(), "mk".into())]);
    world
});

fn real() -> Arc<dyn Files> {
    Arc::new(Real)
}

fn begin(folder: &Path, files: &Arc<dyn Files>) -> Journal {
    let _ = fs::remove_file(folder.join(journal::NAME));
    Journal::create(files, folder, id(), Token::random(), &WORLD).unwrap()
}

fn id() -> RestoreId {
    RESTORE.parse().unwrap()
}

/// Any bytes.
#[test]
fn only_whole_lines_with_their_crc_are_taken() {
    check!().with_iterations(crate::TRIES).for_each(|bytes: &[u8]| match journal::parse(bytes) {
        Ok((lines, whole)) => {
            are_sound(&lines, bytes, whole);
            let again = journal::parse(&bytes[..usize::try_from(whole).unwrap()]).unwrap();
            assert_eq!(again, (lines, whole));
        }
        Err(why) => is_a_sentence(&why),
    });
}

/// Each line of the input is what a sealed line says: whatever it is, it is refused, or understood, written and read back.
#[test]
fn what_is_understood_is_written_and_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    check!().with_iterations(crate::TRIES).for_each(|bytes: &[u8]| {
        let files = real();
        let text = String::from_utf8_lossy(bytes);
        let mut journal = String::new();
        for (seq, says) in std::iter::once(HEADER).chain(text.split('\n').filter(|says| !says.is_empty())).enumerate() {
            let _ = write!(
                journal,
                "{}",
                sealed(&format!("{{\"v\":1,\"seq\":{seq},\"at\":\"{NOW}\",\"by\":\"mk\",{says}"))
            );
        }
        let path = folder.join(journal::NAME);
        fs::write(&path, &journal).unwrap();
        let history = journal::read(files.as_ref(), folder, &id());
        let lines = match journal::parse(journal.as_bytes()) {
            Ok((lines, whole)) => {
                are_sound(&lines, journal.as_bytes(), whole);
                lines
            }
            Err(why) => {
                is_a_sentence(&why);
                let finding = history.unwrap_err().finding().unwrap();
                return is_a_sentence(&finding.detail);
            }
        };
        let headers = lines.iter().filter(|line| matches!(line.event, Event::Header(_))).count();
        assert_eq!(history.is_ok(), headers == 1);
        let Ok(history) = history else { return };
        // What the wizard and the list ask of any history.
        let _ = (history.mapping(), history.target_path(), history.words("mk"), history.state(&[]), history.is_cut());
        let mut written = begin(folder, &files);
        for line in &lines[1..] {
            written.append(line.event.clone()).unwrap();
        }
        let (read, whole) = journal::parse(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(whole, fs::metadata(&path).unwrap().len());
        let events = |lines: &[Line]| lines[1..].iter().map(|line| line.event.clone()).collect::<Vec<_>>();
        assert_eq!(events(&read), events(&lines));
        assert_eq!(journal::read(files.as_ref(), folder, &id()).unwrap(), *written.history());
    });
}

/// A good journal after edits, four bytes each: what happens, where (two bytes), with which byte. It is refused, or its
/// lines are the first lines of the good one; whoever opens it for writing goes on behind them.
#[test]
fn after_damage_the_first_lines_stay_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let path = folder.join(journal::NAME);
    let mut journal = begin(folder, &real());
    for event in [
        Event::Step { stage: Stage::Backup },
        Event::Typed { field: "hub".into(), text: "a\nb\u{1b}{\"crc\":\"".into() },
        Event::Discarded,
        Event::Tick { step: "sync".into(), seen: false },
    ] {
        journal.append(event).unwrap();
    }
    let good = fs::read(&path).unwrap();
    let (all, _) = journal::parse(&good).unwrap();
    drop(journal);
    check!().with_iterations(crate::TRIES).for_each(|edits: &[u8]| {
        let files = real();
        let mut bytes = good.clone();
        for edit in edits.chunks_exact(4).take(16) {
            damage(&mut bytes, edit[0], usize::from(u16::from_le_bytes([edit[1], edit[2]])), edit[3]);
        }
        fs::write(&path, &bytes).unwrap();
        let Ok((lines, whole)) = journal::parse(&bytes) else {
            assert!(journal::read(files.as_ref(), folder, &id()).is_err());
            assert!(Journal::open(&files, folder, &id(), &WORLD).is_err());
            // Nobody touches what cannot be trusted.
            assert_eq!(fs::read(&path).unwrap(), bytes);
            return;
        };
        are_sound(&lines, &bytes, whole);
        assert_eq!(lines, all[..lines.len()]);
        let opened = Journal::open(&files, folder, &id(), &WORLD);
        assert_eq!(opened.is_ok(), !lines.is_empty());
        let Ok(mut opened) = opened else { return };
        opened.append(Event::RollingBack).unwrap();
        let after = fs::read(&path).unwrap();
        let whole = usize::try_from(whole).unwrap();
        assert_eq!(after[..whole], bytes[..whole]);
        let (read, _) = journal::parse(&after).unwrap();
        assert_eq!(read[..lines.len()], lines);
        assert_eq!(read[lines.len()..].iter().map(|line| &line.event).collect::<Vec<_>>(), [&Event::RollingBack]);
    });
}

/// One thing that a disk, a program or a person does to a file.
fn damage(bytes: &mut Vec<u8>, what: u8, at: usize, byte: u8) {
    if bytes.is_empty() {
        return;
    }
    let at = at % bytes.len();
    let end = (at + usize::from(byte)).min(bytes.len());
    match what % 8 {
        0 => bytes[at] = byte,
        1 => bytes[at] ^= 1 << (byte % 8),
        2 => bytes.truncate(at),
        3 => bytes[at..end].fill(0),
        4 => bytes.extend(std::iter::repeat_n(0, usize::from(byte))),
        5 => drop(bytes.drain(at..end)),
        6 => bytes.insert(at, byte),
        // A piece of the journal a second time, somewhere else.
        _ => {
            let piece = bytes[at..end].to_vec();
            bytes.extend(piece);
        }
    }
}
