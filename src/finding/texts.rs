//! The long text of each code: what it means, how it is found, what can happen if one goes on, what to do. They lie as
//! Markdown in `assets/findings/`, one file a code, and are part of the program.

use super::{Code, Severity};
use crate::text;

/// The long text of `code` for a terminal of `columns` columns: its title, its severities in words, then the parts, each
/// under its heading.
pub fn explained(code: Code, columns: usize) -> String {
    let columns = columns.clamp(20, 80);
    let mut out = String::new();
    let head = format!("{code}  {}", code.title());
    push_wrapped(&mut out, &head, "", "      ", columns);
    push_wrapped(&mut out, &severities(code), "      ", "      ", columns);
    let mut paragraph = String::new();
    for line in code.text().lines() {
        let begins = line.starts_with("## ") || line.starts_with("- ");
        if begins && !paragraph.is_empty() {
            push_paragraph(&mut out, &paragraph, columns);
            paragraph.clear();
        }
        if let Some(heading) = line.strip_prefix("## ") {
            out.push('\n');
            out.push_str(heading);
            out.push('\n');
            continue;
        }
        if !paragraph.is_empty() {
            paragraph.push(' ');
        }
        paragraph.push_str(line.trim());
    }
    if !paragraph.is_empty() {
        push_paragraph(&mut out, &paragraph, columns);
    }
    out
}

/// The severities of `code`, the one that stops most first.
pub fn worst_first(code: Code) -> Vec<Severity> {
    let mut severities = code.severities().to_vec();
    severities.sort_by(|one, other| other.cmp(one));
    severities
}

/// What the severities of `code` mean for the person, as one sentence.
fn severities(code: Code) -> String {
    use Severity::{Ask, Block, Info, Warn};
    let words = |severity| match severity {
        Block => "it stops the restore and cannot be accepted",
        Ask => "it asks you to decide",
        Warn => "it is a warning that you can accept",
        Info => "it is a note that stops nothing",
    };
    let all: Vec<&str> = worst_first(code).into_iter().map(words).collect();
    let sentence = match all.as_slice() {
        [one] => (*one).to_owned(),
        several => several.join(", or "),
    };
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

fn push_paragraph(out: &mut String, paragraph: &str, columns: usize) {
    match paragraph.strip_prefix("- ") {
        Some(item) => push_wrapped(out, item, "  - ", "    ", columns),
        None => push_wrapped(out, paragraph, "  ", "  ", columns),
    }
}

fn push_wrapped(out: &mut String, words: &str, first: &str, next: &str, columns: usize) {
    for (at, line) in text::wrap(words, columns - first.len()).iter().enumerate() {
        out.push_str(if at == 0 { first } else { next });
        out.push_str(line);
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    const HEADINGS: [&str; 4] = ["## What it means", "## How it is found", "## If you go on", "## What to do"];

    #[test]
    fn each_code_has_its_text_and_each_text_its_code() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/findings");
        let files: BTreeSet<String> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        let codes: BTreeSet<String> = Code::ALL.iter().map(|code| format!("{code}.md")).collect();
        assert_eq!(files, codes);
    }

    #[test]
    fn each_text_has_its_four_parts_and_stays_short() {
        for code in Code::ALL {
            let lines: Vec<&str> = code.text().lines().collect();
            assert!((8..=20).contains(&lines.len()), "{code} has {} lines", lines.len());
            let headings: Vec<&str> = lines.iter().copied().filter(|line| line.starts_with("## ")).collect();
            assert_eq!(headings, HEADINGS, "{code}");
            assert!(lines.iter().all(|line| text::width(line) <= 76), "{code}");
        }
    }

    #[test]
    fn a_text_fits_the_terminal() {
        for columns in [40, 80] {
            for code in Code::ALL {
                let shown = explained(*code, columns);
                assert!(shown.starts_with(code.as_str()));
                assert!(shown.lines().all(|line| text::width(line) <= columns), "{shown}");
            }
        }
        assert!(explained(Code::R410, 80).contains("It asks you to decide."));
        assert!(
            explained(Code::R103, 80)
                .contains("It is a warning that you can accept, or it is a note that stops nothing.")
        );
    }
}
