//! The one typed confirmation: the new connector's ID, as the platform shows it.

use crate::identity::{self, ConnectorId, HubId, Mapping};

/// What a typed or pasted text is, beside the connector that was picked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed {
    /// It is the picked connector.
    Right,
    /// Too little to tell: nothing happens.
    TooShort,
    /// Something else: a sentence that names it where it is known.
    Wrong(String),
}

/// Compares what was typed with the picked connector. `known` are other connectors of this hub, with their names.
pub fn compare(text: &str, mapping: &Mapping, known: &[(ConnectorId, String)]) -> Typed {
    let found = identity::find_all(text);
    // A web address of the platform names the hub, too: the picked connector anywhere in it is enough, unless the old one,
    // or another one, stands there as well.
    let strangers: Vec<String> = found.iter().filter_map(|uuid| stranger(&uuid.to_string(), mapping, known)).collect();
    if let Some(sentence) = strangers.into_iter().next() {
        return Typed::Wrong(sentence);
    }
    if found.contains(&mapping.connector.new.uuid()) {
        return Typed::Right;
    }
    if found.contains(&mapping.hub.new.uuid()) {
        return Typed::Wrong("Only the hub's ID stands in this text, not the connector's.".to_owned());
    }
    let typed = text.trim().trim_start_matches('{').trim_end_matches('}').to_ascii_lowercase();
    if typed.is_empty() {
        return Typed::TooShort;
    }
    let dashed = typed.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    if !dashed {
        return Typed::Wrong("No ID stands in this text.".to_owned());
    }
    let digits: String = typed.chars().filter(|c| *c != '-').collect();
    if digits.len() < 8 {
        return Typed::TooShort;
    }
    if starts(&mapping.connector.new.to_string(), &digits) {
        return Typed::Right;
    }
    let sentence = stranger(&typed, mapping, known);
    Typed::Wrong(sentence.unwrap_or_else(|| "This is not the connector that you picked.".to_owned()))
}

fn starts(id: &str, digits: &str) -> bool {
    id.replace('-', "").starts_with(digits)
}

/// The sentence for an ID, whole or its beginning, that is known and is not the picked connector's nor its hub's.
fn stranger(typed: &str, mapping: &Mapping, known: &[(ConnectorId, String)]) -> Option<String> {
    let digits: String = typed.chars().filter(|c| *c != '-').collect();
    let is = |id: String| digits.len() >= 8 && starts(&id, &digits);
    let (connector, hub) = (&mapping.connector, &mapping.hub);
    if is(connector.new.to_string()) {
        return None;
    }
    if connector.changes() && is(connector.old.to_string()) {
        return Some(format!("{} is the OLD connector.", connector.old.short()));
    }
    if let Some((id, name)) = known.iter().find(|(id, _)| is(id.to_string())) {
        return Some(format!("{} is {name}, another connector of this hub.", id.short()));
    }
    if is(hub.new.to_string()) {
        // The hub's ID alone is no answer, but in a web address it stands beside the connector's.
        return (typed.len() < 36).then(|| format!("{} is the hub, not the connector.", hub.new.short()));
    }
    if hub.changes() && is(hub.old.to_string()) {
        return Some(format!("{} is the OLD hub.", HubId::short(hub.old)));
    }
    (typed.len() == 36).then(|| format!("{}… is not the connector that you picked.", &typed[..8]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Renamed;

    fn mapping() -> Mapping {
        Mapping {
            hub: Renamed {
                old: "3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d".parse().unwrap(),
                new: "b7740e12-5c9a-4f36-8e21-6a4d90c701aa".parse().unwrap(),
            },
            connector: Renamed {
                old: "7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1".parse().unwrap(),
                new: "a91f03de-7a10-4d0f-8a3e-5f9d2b6c0b22".parse().unwrap(),
            },
        }
    }

    fn typed(text: &str) -> Typed {
        let waltham = "5e22b0c7-19f4-4a83-b6d1-c07f3e58a410".parse().unwrap();
        compare(text, &mapping(), &[(waltham, "Cellario Waltham".to_owned())])
    }

    #[test]
    fn eight_characters_a_whole_id_or_a_web_address_will_do() {
        for text in [
            "a91f03de",
            " A91F03DE ",
            "a91f03de-7a10",
            "a91f03de-7a10-4d0f-8a3e-5f9d2b6c0b22",
            "{a91f03de-7a10-4d0f-8a3e-5f9d2b6c0b22}",
            "https://platform.example/hub/b7740e12-5c9a-4f36-8e21-6a4d90c701aa/connector/a91f03de-7a10-4d0f-8a3e-5f9d2b6c0b22?x=1",
        ] {
            assert_eq!(typed(text), Typed::Right, "{text}");
        }
    }

    #[test]
    fn seven_characters_do_nothing() {
        assert_eq!(typed("a91f03d"), Typed::TooShort);
        assert_eq!(typed(""), Typed::TooShort);
    }

    #[test]
    fn another_id_is_named_where_it_is_known() {
        let wrong = |text: &str| match typed(text) {
            Typed::Wrong(sentence) => sentence,
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(wrong("7d0c88f1"), "7d0c88f1… is the OLD connector.");
        assert_eq!(wrong("7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1"), "7d0c88f1… is the OLD connector.");
        assert_eq!(wrong("5e22b0c7"), "5e22b0c7… is Cellario Waltham, another connector of this hub.");
        assert_eq!(wrong("b7740e12"), "b7740e12… is the hub, not the connector.");
        assert!(wrong("b7740e12-5c9a-4f36-8e21-6a4d90c701aa").contains("hub"));
        assert!(wrong("3f2a51c0").contains("OLD hub"));
        assert!(wrong("11111111-1111-4111-8111-111111111111").contains("not the connector that you picked"));
        assert!(wrong("hello there").contains("No ID"));
        // An address of the old connector that also names the new one is refused, too.
        assert!(wrong("7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1 a91f03de-7a10-4d0f-8a3e-5f9d2b6c0b22").contains("OLD"));
    }
}
