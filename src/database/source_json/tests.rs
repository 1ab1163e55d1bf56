use proptest::prelude::*;
use serde_json::Value;

use super::*;

const HUB: &str = "3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d";
const CONNECTOR: &str = "7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1";

#[test]
fn spans_are_exact_and_everything_else_stays() {
    let text =
        "\n{ \"integrationId\"\t: \"h\\u0061\" ,\"n\":1.00,\"\\u0069d\":\"c\",\"meta\":{\"id\":\"x\",\"id\":\"y\"} } "
            .as_bytes();
    let found = object(text).unwrap();
    assert_eq!((found.id.as_ref(), found.integration.as_ref()), ("c", "ha"));
    let new = splice(text, &[(found.integration_at.clone(), "H".into()), (found.id_at.clone(), "C".into())]);
    assert_eq!(
        String::from_utf8(new).unwrap(),
        "\n{ \"integrationId\"\t: \"H\" ,\"n\":1.00,\"\\u0069d\":\"C\",\"meta\":{\"id\":\"x\",\"id\":\"y\"} } "
    );
}

#[test]
fn faults_are_named() {
    for (text, fault) in [
        ("", "is no JSON: EOF while parsing a value at line 1 column 0"),
        ("[\"a\",\"b\"]", "is an array, not a JSON object"),
        ("null", "is null, not a JSON object"),
        ("{\"id\":\"a\"}", "has no integrationId"),
        ("{\"integrationId\":\"a\"}", "has no id"),
        ("{\"id\":\"a\",\"\\u0069d\":\"b\",\"integrationId\":\"h\"}", "holds id twice"),
        ("{\"id\":\"a\",\"integrationId\":\"h\",\"integrationId\":\"h\"}", "holds integrationId twice"),
        ("{\"id\":7,\"integrationId\":\"h\"}", "has a number as id, not a string"),
        ("{\"id\":\"a\",\"integrationId\":null}", "has null as integrationId, not a string"),
        ("{\"id\":\"a\",\"integrationId\":\"h\"} x", "is no JSON: trailing characters at line 1 column 32"),
        ("{id:'a',integrationId:'h'}", "is no JSON: key must be a string at line 1 column 2"),
    ] {
        assert_eq!(object(text.as_bytes()).unwrap_err(), fault, "{text}");
    }
    assert_eq!(array(b"{}").unwrap_err(), "is an object, not a JSON array");
    assert_eq!(
        array(b"[{\"id\":\"a\",\"integrationId\":\"h\"},[]]").unwrap_err(),
        "entry 2: is an array, not a JSON object"
    );
    assert_eq!(array(b" [ ] ").unwrap(), []);
    assert!(object(b"{\"id\":\"a\",\"integrationId\":\"h\",\"n\":\"\xff\"}").is_err());
    let deep = format!("{{\"id\":\"a\",\"integrationId\":\"h\",\"d\":{}{}}}", "[".repeat(50_000), "]".repeat(50_000));
    // Deep nesting is read without recursion, or refused; it does not overflow the stack.
    let _ = object(deep.as_bytes());
}

#[test]
fn details_are_read_as_they_stand() {
    let text = format!(
        "[{{\"id\":\"{}\",\"integrationId\":\"{HUB}\",\"name\":\"Gr\\u00f6\u{df}e\",\"type\":\"sdc\",\"config\":{{\"sourceType\":\"sdc\"}},\"metadata\":{{ \"a\" : 1.0}},\"tags\":[ ]}}]",
        CONNECTOR.to_uppercase()
    );
    let found = array(text.as_bytes()).unwrap();
    let source = details(text.as_bytes(), &found[0]);
    assert_eq!(source.connector(), Some(CONNECTOR.parse().unwrap()));
    assert_eq!(source.hub(), Some(HUB.parse().unwrap()));
    assert_eq!(source.name.unwrap().raw(), "Größe");
    assert_eq!(source.metadata.unwrap().raw(), "{ \"a\" : 1.0}");
    assert_eq!(source.tags.unwrap().raw(), "[ ]");
    assert_eq!(source.source_type.unwrap().raw(), "sdc");
    assert_eq!(source.text.raw(), &text[1..text.len() - 1]);
}

fn any_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,2})?",
        "[ -~äß実😀]{0,12}".prop_map(|text| Value::from(text).to_string()),
        Just("\"\\u00e9\\ud83d\\ude00\\/\\b\"".to_owned()),
        Just(format!("\"{HUB}\"")),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(|items| format!("[ {} ]", items.join(" ,\t"))),
            proptest::collection::vec(("[a-zA-Z]{0,6}", inner), 0..5).prop_map(|pairs| {
                let pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("\"{key}\" :{value}")).collect();
                format!("{{{}}}", pairs.join(",\n"))
            }),
        ]
    })
}

fn blanks() -> impl Strategy<Value = String> {
    "[ \n\r\t]{0,3}"
}

prop_compose! {
    /// A source with any other keys around the two IDs, as text.
    fn any_source()(
        others in proptest::collection::vec(("[a-hj-z][a-zA-Z]{0,5}", any_json()), 0..5),
        id_at in 0_usize..6, hub_at in 0_usize..6,
        id_key in prop_oneof![Just("id"), Just("\\u0069d"), Just("i\\u0064")],
        space in (blanks(), blanks(), blanks(), blanks()),
    ) -> String {
        let mut pairs: Vec<String> = others.iter().map(|(key, value)| format!("\"{key}\"{}:{}{value}", space.0, space.1)).collect();
        pairs.insert(id_at.min(pairs.len()), format!("\"{id_key}\"{}:{}\"{CONNECTOR}\"", space.1, space.2));
        pairs.insert(hub_at.min(pairs.len()), format!("\"integrationId\"{}:{}\"{HUB}\"", space.2, space.3));
        format!("{}{{{}{}{}}}{}", space.0, space.1, pairs.join(&format!("{},{}", space.2, space.3)), space.0, space.1)
    }
}

proptest! {
    #[test]
    fn two_leaves_change_and_no_other_byte(text in any_source()) {
        let found = object(text.as_bytes()).unwrap();
        prop_assert_eq!(found.id.as_ref(), CONNECTOR);
        let mut changes = vec![(found.id_at.clone(), "new-c".to_owned()), (found.integration_at.clone(), "new-h".to_owned())];
        changes.sort_by_key(|change| change.0.start);
        let new = splice(text.as_bytes(), &changes);
        let mut expected: Value = serde_json::from_str(&text).unwrap();
        expected["id"] = "new-c".into();
        expected["integrationId"] = "new-h".into();
        prop_assert_eq!(serde_json::from_slice::<Value>(&new).unwrap(), expected);
        // Going back gives the same bytes: nothing else was touched.
        let back = object(&new).unwrap();
        let mut changes = vec![(back.id_at.clone(), CONNECTOR.to_owned()), (back.integration_at.clone(), HUB.to_owned())];
        changes.sort_by_key(|change| change.0.start);
        prop_assert_eq!(splice(&new, &changes), text.as_bytes());
    }

    #[test]
    fn no_text_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "[\\[\\]{}\",:iadn0-9\\\\ ]{0,60}") {
        let _ = (object(&bytes), array(&bytes), object(text.as_bytes()), array(text.as_bytes()));
    }
}
