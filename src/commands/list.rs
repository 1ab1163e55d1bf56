//! `reseat list`: the backups of a source, one a line, as they come.

use serde::Serialize;

use super::Context;
use super::failure::Failure;
use super::output;
use super::source::id;
use crate::arguments::List;
use crate::catalog::Backup;
use crate::catalog::levels::{self, Narrow};
use crate::finding::{Code, Finding, Severity};
use crate::text;

/// A backup as the JSON has it.
#[derive(Serialize)]
struct Line<'a> {
    schema: u32,
    #[serde(flatten)]
    backup: &'a Backup,
}

/// Prints the backups page by page; what is no connector's backup is named on standard error.
pub(super) fn run(arguments: &List, context: &Context) -> Result<(), Failure> {
    let narrow = Narrow {
        org: arguments.org.as_deref().map(Into::into),
        hub: arguments.hub.as_deref().map(|typed| id(typed, "hub")).transpose()?,
        connector: arguments.connector.as_deref().map(|typed| id(typed, "connector")).transpose()?,
    };
    let looked_for = looked_for(&narrow, arguments);
    let catalog = context.catalog()?;
    let mut walk = levels::walk(&catalog, narrow, arguments.versions);
    let (mut backups, mut others, mut examples) = (0_u64, 0_u64, Vec::new());
    while let Some(page) = context.wait(walk.next())?.map_err(|error| context.answered(&error))? {
        backups += page.backups.len() as u64;
        let json = |backup| serde_json::to_string(&Line { schema: 1, backup }).map_err(anyhow::Error::from);
        let shown = |backup| if context.output.json { json(backup) } else { Ok(line(backup)) };
        output::lines(&page.backups.iter().map(shown).collect::<anyhow::Result<Vec<_>>>()?);
        others += page.others.len() as u64;
        examples.extend(page.others.iter().take(3 - examples.len().min(3)).map(|other| other.key.printable()));
        if !context.output.json {
            for other in &page.others {
                output::message(&format!("{}  ({})", other.key.printable(), other.is));
            }
        }
    }
    if backups > 0 {
        return Ok(());
    }
    let beside = match others {
        0 => "Nothing else is there.".to_owned(),
        n => {
            let there = text::counted(n, "other object is", "other objects are");
            let more = if n > 3 { ", ..." } else { "" };
            format!("{there} there, none of a connector: {}{more}.", examples.join(", "))
        }
    };
    let detail = format!("{} holds no backup{looked_for}. {beside}", catalog.describe());
    let finding = Finding::new(Code::R117, Severity::Block, detail.clone())
        .why("There is nothing to restore.")
        .remedy("Compare bucket, organisation, hub and connector with the platform.");
    Err(Failure::Refused { message: format!("R117: {}", detail.trim_end_matches('.')), findings: vec![finding] })
}

/// What the list was narrowed to, as the rest of a sentence.
fn looked_for(narrow: &Narrow, arguments: &List) -> String {
    let mut words = String::new();
    if let Some(org) = &narrow.org {
        words.push_str(&format!(" of organisation {}", org.printable()));
    }
    if let Some(hub) = &narrow.hub {
        words.push_str(&format!(" of hub {hub}"));
    }
    if let Some(connector) = &narrow.connector {
        words.push_str(&format!(" of connector {connector}"));
    }
    if !arguments.versions {
        words.push_str(" that is not deleted");
    }
    words
}

/// A backup for a person: when, how large, and the address that the other commands take.
fn line(backup: &Backup) -> String {
    let modified = backup.modified.map_or_else(|| "-".to_owned(), text::moment);
    let size = if backup.deleted { "deleted".to_owned() } else { text::size(backup.size) };
    let archived = if backup.looks_archived() { "  archived (R107)" } else { "" };
    format!("{}  {size:>10}  {}{archived}", text::fit(&modified, 20), backup.address())
}
