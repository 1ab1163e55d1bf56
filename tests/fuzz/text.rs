//! The text filter: what reaches a person holds nothing that a terminal obeys or that cannot be seen, and keeps its width.

use bolero::check;
use regex::Regex;
use reseat::text::{Untrusted, cut, fit, printable, width, wrap};
use unicode_segmentation::UnicodeSegmentation;

/// By the standard: controls, line separators, what has no ink of its own, what changes the direction, and other format
/// characters but for the few that are drawn (signs that enclose a number).
const HIDDEN: &str =
    r"[\p{Cc}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}[\p{Cf}--\p{Prepended_Concatenation_Mark}]]";

/// The first byte says how many columns there are.
fn columns_and_text(bytes: &[u8]) -> (usize, String) {
    let Some((columns, text)) = bytes.split_first() else { return (0, String::new()) };
    (usize::from(*columns) % 100, String::from_utf8_lossy(text).into_owned())
}

#[test]
fn each_character_that_is_hidden_is_made_visible() {
    let hidden = Regex::new(HIDDEN).unwrap();
    let all: String = ('\0'..=char::MAX).collect();
    assert_eq!(hidden.find(&printable(&all)), None);
}

#[test]
fn nothing_hidden_is_left() {
    let hidden = Regex::new(HIDDEN).unwrap();
    check!().with_iterations(crate::TRIES).for_each(|bytes: &[u8]| {
        let text = Untrusted::from_bytes(bytes);
        let shown = text.printable();
        assert_eq!(shown, printable(text.raw()));
        assert!(!hidden.is_match(&shown), "{shown:?}");
        assert!(!format!("{text:?}").contains(|c: char| c.is_control()));
        assert_eq!(serde_json::to_value(&text).unwrap(), shown.as_str());
        // What can be seen stays: with the escapes taken away on both sides the rest is the same.
        let rest = |text: &str| hidden.replace_all(text, "").replace(|c: char| c.is_ascii(), "");
        assert_eq!(rest(&shown), rest(text.raw()));
        if !hidden.is_match(text.raw()) {
            assert_eq!(shown, text.raw());
        }
        // Nothing that is shown a second time changes, nor what is cut or broken.
        assert_eq!(printable(&shown), shown);
        for columns in [1, 7, 40] {
            let pieces = wrap(&shown, columns);
            assert!(pieces.iter().all(|line| !hidden.is_match(line)));
            assert!(!hidden.is_match(&cut(&shown, columns)) && !hidden.is_match(&fit(&shown, columns)));
        }
    });
}

#[test]
fn columns_hold_and_nothing_is_lost() {
    check!().with_iterations(crate::TRIES).for_each(|bytes: &[u8]| {
        let (columns, text) = columns_and_text(bytes);
        cuts(&text, columns);
        wraps(&text, columns);
    });
}

fn cuts(text: &str, columns: usize) {
    let short = cut(text, columns);
    assert!(width(&short) <= columns, "{short:?} is {} wide, not {columns}", width(&short));
    if width(text) <= columns {
        assert_eq!(short, text);
    } else if columns > 0 {
        let kept = short.strip_suffix('…').unwrap();
        assert!(text.starts_with(kept) && kept.len() < text.len());
    }
    let column = fit(text, columns);
    assert_eq!(width(&column), columns, "{column:?}");
    assert!(column.starts_with(&short));
}

fn wraps(text: &str, columns: usize) {
    let lines = wrap(text, columns);
    for line in &lines {
        // One character may be wider than there is room.
        let alone = line.graphemes(true).count() == 1;
        assert!(width(line) <= columns.max(1) || alone, "{line:?} is {} wide, not {columns}", width(line));
    }
    let ink = |text: &str| text.replace([' ', '\n'], "");
    assert_eq!(ink(&lines.concat()), ink(text));
    assert!(lines.len() > text.matches('\n').count());
    // A line that fits stays as it is, its blanks too.
    if !text.contains('\n') && width(text) <= columns {
        assert_eq!(lines, [text]);
    }
}
