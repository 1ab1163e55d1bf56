//! The file itself: is it an SQLite database, whole, sound, and a connector's.

use super::some_of;
use crate::database::FileFacts;
use crate::database::header::{Length, LooksLike};
use crate::finding::Severity::{Block, Info, Warn};
use crate::finding::{Code, Finding};
use crate::text;

const OTHER_VERSION: &str = "Choose another version of this backup.";

/// What is wrong with the file, or worth knowing. `as_in_the_bucket`: its bytes were compared with the bucket's.
pub(super) fn findings(file: &FileFacts, as_in_the_bucket: bool, findings: &mut Vec<Finding>) {
    if let Some(finding) = kind(file) {
        findings.push(finding);
        return;
    }
    findings.extend(length(file, as_in_the_bucket));
    if file.header.is_wal() {
        findings.push(
            Finding::new(
                Code::R114,
                Info,
                "Its connector keeps a write-ahead log: the last transactions may be missing.",
            )
            .why("The log was not uploaded with the database.")
            .remedy("Nothing has to be done; this is true of every connector in WAL mode."),
        );
    }
    findings.extend(needs(file));
    findings.extend(damage(file));
    findings.extend(missing(file));
    findings.extend(foreign_keys(file));
    findings.extend(beyond_tables(file));
}

/// R201, R202, and R204 for a header that no database has.
fn kind(file: &FileFacts) -> Option<Finding> {
    let size = text::size(file.header.size);
    let detail = match file.header.looks_like {
        LooksLike::Empty => {
            return Some(
                Finding::new(Code::R201, Block, "The backup has 0 bytes.")
                    .why("There is nothing in it to restore.")
                    .remedy(OTHER_VERSION),
            );
        }
        LooksLike::Sqlite => {
            let faults: Vec<String> = file.header.faults.clone();
            return (!faults.is_empty()).then(|| {
                Finding::new(Code::R204, Block, format!("Its first 100 bytes are damaged: {}.", some_of(&faults, 3)))
                    .why("SQLite cannot rely on anything behind them.")
                    .remedy(OTHER_VERSION)
            });
        }
        LooksLike::Gzip => "It is compressed with gzip.",
        LooksLike::Zstd => "It is compressed with zstd.",
        LooksLike::Zip => "It is a zip archive.",
        LooksLike::Html => "It is a web page.",
        LooksLike::Xml => "It is an XML document, perhaps an error message of S3.",
        LooksLike::Json => "It is a JSON text.",
        LooksLike::Encrypted => "It looks encrypted.",
        LooksLike::Zeros => "It holds nothing but zeros.",
        LooksLike::Text => "It is a text.",
        LooksLike::Unknown => "Its first bytes are those of no kind of file that reseat knows.",
    };
    let remedy = match file.header.looks_like {
        LooksLike::Gzip | LooksLike::Zstd | LooksLike::Zip => "Unpack it, then give reseat the unpacked file.",
        LooksLike::Encrypted => "Ask the owner of the connector for the key, or choose another version.",
        _ => OTHER_VERSION,
    };
    Some(
        Finding::new(Code::R202, Block, format!("The file, {size}, is not an SQLite database. {detail}"))
            .why("The connector could not open it.")
            .remedy(remedy),
    )
}

/// R203 and R209: the length against what the header says.
fn length(file: &FileFacts, as_in_the_bucket: bool) -> Option<Finding> {
    let size = text::count(file.header.size);
    let cut = |detail: String| {
        let finding = Finding::new(Code::R203, Block, detail);
        if as_in_the_bucket {
            return finding
                .why("It was cut before it came to the bucket: the bytes here and there are the same.")
                .remedy("Choose another version. A new download would not help.");
        }
        finding
            .why("It was cut; rows at its end are lost, and SQLite's own checks often miss that.")
            .remedy("If the bucket's length is larger, download again; else choose another version.")
    };
    match &file.header.length {
        Length::Exact | Length::NotStated { whole_pages: true } => None,
        Length::NotStated { whole_pages: false } => {
            Some(cut(format!("The file ends too early: its {size} bytes end within a page.")))
        }
        Length::Shorter { expected, missing } => Some(cut(format!(
            "The file ends too early: {} are missing. It has {size} bytes; its own header says {}.",
            text::size(*missing),
            text::count(*expected)
        ))),
        Length::Longer { expected, extra, zeros: true, .. } => Some(
            Finding::new(
                Code::R209,
                Info,
                format!("Behind its {} bytes lie {} of zeros.", text::count(*expected), text::size(*extra)),
            )
            .why("SQLite reserves room so; nothing is wrong.")
            .remedy("Nothing has to be done."),
        ),
        Length::Longer { expected, extra, starts, .. } if starts.is_empty() => Some(
            Finding::new(
                Code::R209,
                Info,
                format!(
                    "Behind its {} bytes lie {}; not all of them were read.",
                    text::count(*expected),
                    text::size(*extra)
                ),
            )
            .why("SQLite reserves room so; or something was appended.")
            .remedy("Nothing has to be done: after a download all of it is read."),
        ),
        Length::Longer { expected, extra, starts, .. } => Some(
            Finding::new(
                Code::R209,
                Warn,
                format!(
                    "Behind its {} bytes lie {} that belong to no page; they begin with {}.",
                    text::count(*expected),
                    text::size(*extra),
                    text::hex(&starts[..starts.len().min(8)])
                ),
            )
            .why("Something was appended, or the header is older than the file.")
            .remedy("Compare with another version. The rewritten database has the length of its header."),
        ),
    }
}

/// R210: what only the connector's own program has.
fn needs(file: &FileFacts) -> Option<Finding> {
    let needs: Vec<String> = file
        .needs
        .iter()
        .map(|need| match need.object.printable() {
            object if object.is_empty() => need.what.printable(),
            object => format!("{object} ({})", need.what.printable()),
        })
        .collect();
    (!needs.is_empty()).then(|| {
        Finding::new(Code::R210, Block, format!("SQLite cannot check or change it alone: {}.", some_of(&needs, 3)))
            .why("Only the connector's own program has these functions.")
            .remedy("Send these names to the makers of reseat, with the connector's version.")
    })
}

/// R204: SQLite cannot read it, or finds faults in it.
fn damage(file: &FileFacts) -> Option<Finding> {
    let detail = match (&file.unreadable, &file.integrity) {
        (Some(why), _) if file.needs.is_empty() => format!("SQLite cannot read it: {}.", why.printable()),
        (_, Some(lines)) if !lines.is_empty() && file.needs.is_empty() => {
            let first: Vec<String> = lines.iter().take(3).map(|line| text::cut(&line.printable(), 100)).collect();
            let more = lines.len().saturating_sub(first.len());
            let more = if more == 0 { String::new() } else { format!("; and {more} more") };
            let faults = text::counted(lines.len() as u64, "fault", "faults");
            format!("SQLite's integrity check finds {faults}: {}{more}.", first.join("; "))
        }
        _ => return None,
    };
    Some(
        Finding::new(Code::R204, Block, detail)
            .why("Rows are missing or wrong, and the connector may stop at any time.")
            .remedy(OTHER_VERSION),
    )
}

/// R205: it is sound, and no connector's.
fn missing(file: &FileFacts) -> Option<Finding> {
    let names: Vec<String> = file
        .missing
        .iter()
        .map(|missing| match missing.column {
            None => format!("the table {}", missing.table),
            Some(column) => format!("the column {}.{column}", missing.table),
        })
        .collect();
    (!names.is_empty() && file.unreadable.is_none()).then(|| {
        let verb = if names.len() == 1 { "is" } else { "are" };
        Finding::new(
            Code::R205,
            Block,
            format!("It is not a connector's database: {} {verb} missing.", some_of(&names, 6)),
        )
        .why("There are no IDs in it that could be changed.")
        .remedy("Choose the backup of an integration-based connector.")
    })
}

/// R206: rows that refer to nothing.
fn foreign_keys(file: &FileFacts) -> Option<Finding> {
    let keys = file.foreign_keys.as_ref().filter(|keys| keys.broken > 0)?;
    let tables: Vec<String> = keys
        .by_table
        .iter()
        .map(|broken| {
            let rows = text::counted(broken.rows, "row", "rows");
            format!("{rows} of {} to {}", broken.table.printable(), broken.parent.printable())
        })
        .collect();
    let rows = text::counted(keys.broken, "row refers", "rows refer");
    Some(
        Finding::new(Code::R206, Warn, format!("{rows} to a row that does not exist: {}.", some_of(&tables, 4)))
            .why("It was so before the upload; reseat leaves these rows as they are.")
            .remedy("Accept if the connector worked so; an older version may have no such rows."),
    )
}

/// R207: more than plain tables.
fn beyond_tables(file: &FileFacts) -> Option<Finding> {
    let kinds = [
        (file.triggers.len(), "trigger", "triggers"),
        (file.views.len(), "view", "views"),
        (file.virtual_tables.len(), "virtual table", "virtual tables"),
    ];
    let there: Vec<String> =
        kinds.iter().filter(|kind| kind.0 > 0).map(|kind| text::counted(kind.0 as u64, kind.1, kind.2)).collect();
    if there.is_empty() {
        return None;
    }
    let full_text: Vec<String> =
        file.virtual_tables.iter().filter(|table| table.full_text).map(|table| table.name.printable()).collect();
    let keeps = if full_text.is_empty() {
        String::new()
    } else {
        format!(" The search index {} may keep old text.", some_of(&full_text, 3))
    };
    Some(
        Finding::new(Code::R207, Info, format!("It has {}.{keeps}", some_of(&there, 3)))
            .why("Triggers are kept from acting while the IDs change.")
            .remedy("Nothing has to be done."),
    )
}
