//! Texts that look alike and are not the same: letters of other scripts, fullwidth digits, other compositions, what nobody sees.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use unicode_security::skeleton;
use unicode_segmentation::UnicodeSegmentation;

/// What a text looks like, as Unicode's report 39 compares it; what takes no place on a screen is left out.
pub fn looks(text: &str) -> String {
    let seen: String = text.chars().filter(|c| !super::is_hidden(*c)).collect();
    skeleton(seen.split_whitespace().collect::<Vec<_>>().join(" ").as_str()).collect()
}

/// Whether two different texts look the same.
pub fn alike(one: &str, other: &str) -> bool {
    one != other && looks(one) == looks(other)
}

/// The first of many texts that looks like this one and is another.
pub fn among<'a>(one: &str, many: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let (looks_like, long) = (looks(one), one.chars().count());
    // Few letters look like several: a text of quite another length needs no closer look.
    let near = |other: &&str| *other != one && other.chars().count().abs_diff(long) <= long / 2 + 4;
    many.into_iter().filter(near).find(|other| looks(other) == looks_like)
}

/// How often each look was seen among many texts: tells without comparing them all that a text has no look-alike.
#[derive(Debug, Clone, Default)]
pub struct Looks(HashMap<u64, u32>);

impl Looks {
    /// Takes one more text.
    pub fn add(&mut self, text: &str) {
        *self.0.entry(digest(text)).or_default() += 1;
    }

    /// Whether another of the texts may look like this one, which is one of them.
    pub fn may_have_another(&self, text: &str) -> bool {
        self.0.get(&digest(text)).is_some_and(|times| *times > 1)
    }
}

fn digest(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    looks(text).hash(&mut hasher);
    hasher.finish()
}

/// Where two texts that look alike differ: `character 2 is U+0430 here, U+0061 there`; none where they are the same, or can be
/// told apart by eye. `here` and `there` are the words for the two places.
pub fn told_apart(one: &str, other: &str, here: &str, there: &str) -> Option<String> {
    if !alike(one, other) {
        return None;
    }
    let (mut ours, mut theirs) = (one.graphemes(true), other.graphemes(true));
    let mut at = 0;
    loop {
        at += 1;
        let (a, b) = (ours.next(), theirs.next());
        if a != b || a.is_none() {
            return Some(format!("character {at} is {} {here}, {} {there}", points(a), points(b)));
        }
    }
}

/// The code points of one character as a person sees it.
fn points(character: Option<&str>) -> String {
    let Some(character) = character else { return "missing".to_owned() };
    let points: Vec<String> = character.chars().take(4).map(|c| format!("U+{:04X}", u32::from(c))).collect();
    points.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_alikes_are_told_apart() {
        let told = |one, other| told_apart(one, other, "here", "there");
        assert_eq!(told("B\u{43e}ston", "Boston").unwrap(), "character 2 is U+043E here, U+006F there");
        assert_eq!(told("lab \u{ff11}", "lab 1").unwrap(), "character 5 is U+FF11 here, U+0031 there");
        assert_eq!(told("Caf\u{e9}", "Cafe\u{301}").unwrap(), "character 4 is U+00E9 here, U+0065 U+0301 there");
        assert_eq!(told("Bos\u{200b}ton", "Boston").unwrap(), "character 4 is U+200B here, U+0074 there");
        assert_eq!(told("Boston ", "Boston").unwrap(), "character 7 is U+0020 here, missing there");
        assert_eq!(told("Boston", "Boston"), None);
        assert_eq!(told("Boston", "Bosten"), None);
        let mut looks = Looks::default();
        for text in ["Boston", "B\u{43e}ston", "Basel"] {
            looks.add(text);
        }
        assert!(looks.may_have_another("Boston") && !looks.may_have_another("Basel"));
        assert!(alike("7d0c88f1", "7d\u{43e}c88f1") == alike("0", "\u{43e}"));
    }
}
