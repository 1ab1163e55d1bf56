//! Accepting: one by one, by name, with what it costs in sight; in the report with the time; never a block.

use std::fs;

use reseat::database::sample::Sample;

use super::{find, planned, restore, restore_stops, run, said};
use crate::desk::{Desk, HUB, NEW, OLD, OTHER_HUB, hours_ago, is_root, key, sample};

/// Two warnings: the backup is old, and the new connector has another name.
fn two_warnings() -> Desk {
    let desk = Desk::new();
    desk.backup(&Sample { newest: hours_ago(60), ..sample(HUB, OLD, 50) });
    desk.connector(&Sample { name: "Cellario Bosten".into(), ..sample(HUB, NEW, 0) });
    desk
}

fn words(more: &[&str]) -> Vec<String> {
    let mut words = restore(more);
    words.push("--yes".to_owned());
    words
}

#[test]
fn each_warning_is_accepted_by_its_own_name_with_its_cost_in_sight() {
    let desk = two_warnings();
    let text = desk.reseat(&words(&[]).iter().map(String::as_str).collect::<Vec<_>>()).is(3);
    let all = format!("{}{}", text.stdout, text.stderr);
    assert!(text.stderr.contains("--accept R103 --accept R405"), "{}", text.stderr);
    for code in ["R103", "R405"] {
        let document = planned(&desk, &[]);
        let finding = find(&document, code).unwrap();
        let why = finding["why"].as_str().unwrap();
        let first = why.split_whitespace().take(3).collect::<Vec<_>>().join(" ");
        assert!(all.contains(&first), "what {code} costs stands beside it: {all}");
    }
    // One of them is not both, and consent to the act is consent to neither.
    restore_stops(&desk, &["--accept", "R405"], "R103", "warn");
    let finding = restore_stops(&desk, &["--accept", "R103"], "R405", "warn");
    assert_eq!(finding["accepted"], false);
}

#[test]
fn what_was_accepted_stands_in_the_report_with_its_time() {
    if !is_root() {
        return;
    }
    let desk = two_warnings();
    let words = restore(&["--accept", "R103,R405"]);
    let document = run(&desk, &words.iter().map(String::as_str).collect::<Vec<_>>()).is(0).json();
    assert_eq!(said(&document["plan"], "R405", "warn")["accepted"], true);
    let folder = desk.state.join(document["restore"].as_str().unwrap());
    let report = fs::read_to_string(folder.join("report.md")).unwrap();
    let today = hours_ago(0).to_string()[..10].to_owned();
    for code in ["R103", "R405"] {
        let line = report.lines().find(|line| line.contains(code) && line.contains("ccepted")).unwrap();
        assert!(line.contains(&today), "{line}");
        assert!(!line.contains("Not accepted"), "{line}");
    }
    let data: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(folder.join("report.json")).unwrap()).unwrap();
    assert!(data.to_string().contains("\"R405\""), "{data}");
}

#[test]
fn a_code_that_did_not_occur_is_no_fault_and_one_that_is_none_is() {
    let desk = Desk::new();
    let plan = planned(&desk, &["--accept", "R409", "--accept", "r103"]);
    assert_eq!(plan["verdict"], "ok");
    for wrong in ["R999", "R10", "all", ""] {
        let ran = desk.reseat(&["plan", &key(OLD), "--new-connector", NEW, "--accept", wrong, "--json"]).is(2);
        assert!(ran.stderr.contains("accept") || ran.stdout.contains("accept"), "{wrong}: {}", ran.stderr);
    }
}

#[test]
fn a_block_has_no_key() {
    let desk = Desk::new();
    desk.connector(&Sample { kind: "solace".to_owned(), ..sample(HUB, NEW, 0) });
    let finding = restore_stops(&desk, &["--accept", "R404"], "R404", "block");
    assert_eq!(finding["accepted"], false, "nobody can have accepted it");
    let ran = run(&desk, &restore(&[]).iter().map(String::as_str).collect::<Vec<_>>()).is(3);
    assert!(!ran.stderr.contains("--accept"), "{}", ran.stderr);
}

#[test]
fn what_could_not_be_checked_is_said_as_such() {
    // No permission to look: nothing about name, type and events is found, and that is said.
    let desk = Desk::new();
    fs::write(desk.target(NEW), "notes").unwrap();
    let plan = planned(&desk, &["--new-hub", HUB]);
    let finding = said(&plan, "R411", "ask");
    assert!(finding["why"].as_str().unwrap().contains("not checked"), "{finding}");
    for unchecked in ["R404", "R405", "R407"] {
        assert!(find(&plan, unchecked).is_none());
    }
    // A hub of which the source says nothing.
    let desk = Desk::new();
    desk.connector(&sample(OTHER_HUB, NEW, 0));
    let finding = said(&planned(&desk, &[]), "R413", "ask");
    assert!(finding["detail"].as_str().unwrap().contains("is not seen"), "{finding}");
}
