//! What the source says of the chosen backup: its age, its other versions, and whether its bytes could be compared.

use jiff::Timestamp;

use super::{Clock, later, sentence};
use crate::catalog::levels::is_far_smaller;
use crate::finding::Severity::{Info, Warn};
use crate::finding::{Code, Finding};
use crate::restore::facts::{Facts, KeyFacts, OtherVersion, Taken};
use crate::text;

pub(super) fn findings(facts: &Facts, clock: Clock, findings: &mut Vec<Finding>) {
    let Some(key) = facts.key.known() else { return };
    let others = facts.bucket.known().map_or(&[][..], |bucket| bucket.others.as_slice());
    findings.extend(age(facts, key, others, clock));
    findings.extend(newest_taken(key, others));
    findings.extend(shrunk(key, others));
    if let Some(why) = &key.unverified {
        findings.push(
            Finding::new(Code::R111, Info, format!("The bytes cannot be compared with the bucket. {}", sentence(why)))
                .why("A fault on the way would stay unnoticed.")
                .remedy("Nothing has to be done; the report says so."),
        );
    }
}

/// R103: what came after the backup. The newest event tells; without one, the upload.
fn age(facts: &Facts, key: &KeyFacts, others: &[OtherVersion], clock: Clock) -> Option<Finding> {
    let newest = facts.file.known().and_then(|file| file.newest.as_ref()).map(|newest| newest.at);
    let (at, what) = match (newest, key.modified) {
        (Some(at), _) => (at, "all events after"),
        (None, Some(at)) => (at, "what came after its upload of"),
        (None, None) => return None,
    };
    let newer = newer_versions(key, others, clock.now);
    let moment = text::moment(at);
    let evidence = format!("{at}; {}", newer.as_ref().map_or(String::new(), |(evidence, _)| evidence.clone()));
    let finding = if clock.is_stale(at) {
        let age = text::age(at, clock.now);
        let newer = newer.map_or(String::new(), |(_, sentence)| format!(" {sentence}"));
        Finding::new(Code::R103, Warn, format!("NOT in this backup: {age}, {what} {moment}.{newer}"))
    } else {
        Finding::new(Code::R103, Info, format!("What came after {moment} is not in it."))
    };
    Some(
        finding
            .why("Sync may load the missing events again from the source, or may not.")
            .remedy("Look for a newer version. Tell the customer from which time on events are missing.")
            .evidence(evidence),
    )
}

/// The versions that are newer than the chosen one, as evidence and as a sentence.
fn newer_versions(key: &KeyFacts, others: &[OtherVersion], now: Timestamp) -> Option<(String, String)> {
    let chosen = key.modified?;
    let newer: Vec<&OtherVersion> = others
        .iter()
        .filter(|other| {
            other.same_file && !other.deleted && other.modified.is_some_and(|at| later(at, chosen) && at <= now)
        })
        .collect();
    let evidence =
        newer.iter().filter_map(|other| other.modified).map(|at| at.to_string()).collect::<Vec<_>>().join(" ");
    let sentence = match newer.as_slice() {
        [] => return None,
        [one] => {
            let events =
                one.events.map_or_else(String::new, |n| format!(", {} inside", text::counted(n, "event", "events")));
            format!("1 newer version, {}{events}.", text::size(one.size))
        }
        [newest, ..] => format!("{} newer versions, the newest of {}.", newer.len(), text::size(newest.size)),
    };
    Some((evidence, sentence))
}

/// R104: nobody chose among several, so the newest was taken.
fn newest_taken(key: &KeyFacts, others: &[OtherVersion]) -> Option<Finding> {
    if key.taken == Taken::Named || others.is_empty() {
        return None;
    }
    let (versions, files): (Vec<_>, Vec<_>) = others.iter().partition(|other| other.same_file);
    let deleted_on_top = versions
        .iter()
        .any(|other| other.deleted && other.modified.zip(key.modified).is_some_and(|(there, chosen)| there > chosen));
    let mut sentences = Vec::new();
    if !versions.is_empty() {
        let of = key.modified.map_or(String::new(), |at| format!(", of {}", text::moment(at)));
        let count = versions.iter().filter(|other| !other.deleted).count() as u64 + 1;
        let versions = text::counted(count, "version", "versions");
        sentences.push(match key.taken {
            Taken::AsOf(at) => format!("Of {versions} the newest not after {} was taken{of}.", text::moment(at)),
            Taken::Named | Taken::Newest => format!("The newest of {versions} was taken{of}."),
        });
    }
    if deleted_on_top {
        sentences.push("The backup was deleted in the bucket after it.".to_owned());
    }
    if !files.is_empty() {
        sentences.push(format!(
            "The connector has {} beside it.",
            text::counted(files.len() as u64, "other file", "other files")
        ));
    }
    let detail = sentences.join(" ");
    Some(
        Finding::new(Code::R104, Info, detail)
            .why("Another version may hold more events.")
            .remedy("`reseat list --versions` shows all; add ?versionId=... to choose one."),
    )
}

/// R115: the chosen version is far smaller than the one before it.
fn shrunk(key: &KeyFacts, others: &[OtherVersion]) -> Option<Finding> {
    let chosen = key.modified?;
    let before = others
        .iter()
        .filter(|other| other.same_file && !other.deleted)
        .filter_map(|other| other.modified.filter(|at| *at < chosen).map(|at| (at, other.size)))
        .max_by_key(|(at, _)| *at)?;
    is_far_smaller(key.size, before.1).then(|| {
        let (then, now) = (text::size(before.1), text::size(key.size));
        let detail = format!("This version has {now}; the one before it, of {}, has {then}.", text::moment(before.0));
        Finding::new(Code::R115, Warn, detail)
            .why("An emptied connector has probably written over the backup.")
            .remedy("Choose the version before it; accept only if the data was deleted on purpose.")
    })
}
