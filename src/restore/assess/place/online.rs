//! What changes when the contents are written into the live file: nobody who has it open is in the way, but SQLite's limits
//! are, and what online mode cannot promise is said.

use super::Placing;
use crate::finding::Severity::{Ask, Block, Info};
use crate::finding::{Code, Finding};
use crate::hub::holders::Holder;
use crate::hub::live::Form;
use crate::text;

/// What online mode cannot promise, for everyone who has to decide.
pub const PROMISE: &str = "Until it starts again, the connector may use what it remembers of the old contents. While pages \
    are written, its writes wait or fail as busy; what it writes afterwards is kept.";

/// Takes away what does not hold in online mode, and adds its limits and its promises.
pub(super) fn judge(placing: &Placing<'_>, findings: &mut Vec<Finding>) {
    let limits = limits(placing, findings);
    findings.retain(|finding| match finding.code {
        // SQLite's locks keep them apart, seen or not.
        Code::R601 | Code::R613 => false,
        // The file stays: links, mounts, owner and side files are as before.
        Code::R605 => false,
        Code::R602 | Code::R406 => false,
        Code::R603 | Code::R606 => finding.severity != Info && !is_network(finding),
        _ => true,
    });
    if limits.is_empty() {
        findings.push(promises(placing));
    }
    findings.extend(limits);
}

fn is_network(finding: &Finding) -> bool {
    finding.code == Code::R606 && finding.severity == Ask
}

/// R617, as blocks: where SQLite cannot write one into the other.
fn limits(placing: &Placing<'_>, findings: &[Finding]) -> Vec<Finding> {
    let mut whys = Vec::new();
    let facts = placing.place;
    match &facts.now {
        None => whys.push("There is no database that could be written into.".to_owned()),
        Some(now) => {
            if matches!(now.readable, Some(Err(_))) {
                whys.push("SQLite cannot open the database that is there.".to_owned());
            }
            let new = form(placing);
            whys.extend(now.form.zip(new).and_then(|(old, new)| old.refuses(new)));
        }
    }
    if findings.iter().any(is_network) {
        whys.push("SQLite's locks are not to be relied on over a network file system.".to_owned());
    }
    let remedy = "Stop the connector, and place it without --online.";
    let limit = |why: String| {
        Finding::new(Code::R617, Block, why.clone())
            .why("Online mode writes into the live file; here SQLite cannot. Nothing was changed.")
            .remedy(remedy)
            .about(why)
    };
    whys.into_iter().map(limit).collect()
}

/// The form of the new database.
fn form(placing: &Placing<'_>) -> Option<Form> {
    use crate::database::header::Encoding;
    let fields = placing.file.header.fields.as_ref()?;
    let encoding = match fields.encoding? {
        Encoding::Utf8 => 1,
        Encoding::Utf16le => 2,
        Encoding::Utf16be => 3,
    };
    Some(Form { page_size: fields.page_size, encoding, wal: fields.read_version == 2 })
}

/// R617, as an info: what online mode cannot promise.
fn promises(placing: &Placing<'_>) -> Finding {
    let seen = placing.holders.map_or(&[][..], |holders| &holders.seen);
    let who = match seen {
        [] => "Nobody was seen who has it open".to_owned(),
        seen => format!("It is open: {}", seen.iter().map(Holder::line).collect::<Vec<_>>().join("; ")),
    };
    let detail = format!("The contents are written into the live file. {who}.");
    Finding::new(Code::R617, Info, detail)
        .why(PROMISE)
        .remedy("Choose Update config afterwards, and restart the connector as soon as that is possible.")
        .evidence(text::printable(&placing.place.target.to_string_lossy()))
}
