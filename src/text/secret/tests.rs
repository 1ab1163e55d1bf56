use proptest::prelude::*;

use super::*;

fn shown(text: &str) -> String {
    mask(text).into_owned()
}

#[test]
fn names_are_known_in_any_spelling() {
    for name in [
        "password",
        "dbPassword",
        "DB_PASSWORD",
        "db-password",
        "dbpassword",
        "pwd",
        "userPwd",
        "passphrase",
        "secret",
        "clientSecret",
        "client_secret",
        "token",
        "accessToken",
        "refresh-token",
        "apiKey",
        "API_KEY",
        "APIKey",
        "apikey",
        "x-api-key",
        "accessKey",
        "aws_secret_access_key",
        "privateKey",
        "private_key",
        "authorization",
        "Proxy-Authorization",
        "credential",
        "credentials",
        "connectionString",
        "connection_string",
        "ConnStr",
        "sas",
        "sasToken",
        "SharedAccessKey",
        "AccountKey",
        "jwt",
        "secret_id",
        "dbPass",
        "basicAuth",
        "pass\u{200b}word",
    ] {
        assert!(names_a_secret(name), "{name}");
    }
    for name in [
        "id",
        "integrationId",
        "name",
        "type",
        "tags",
        "site",
        "secretary",
        "author",
        "tokenizer",
        "passed",
        "key",
        "publicKey",
        "tokenType",
        "tokenId",
        "passwordExpiresAt",
        "maxTokens",
        "secretName",
        "compass",
        "",
        "keyboard",
    ] {
        assert!(!names_a_secret(name), "{name}");
    }
}

#[test]
fn json_stays_recognisable() {
    let json = r#"{"id":"7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1", "password" : "hunter2","n":3,"pin":{"apiKey":12345}}"#;
    let masked =
        r#"{"id":"7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1", "password" : "••••••","n":3,"pin":{"apiKey":"••••••"}}"#;
    assert_eq!(shown(json), masked);
    assert!(serde_json::from_str::<serde_json::Value>(masked).is_ok());
    assert_eq!(
        shown(
            r#"{"credentials":{"id":"7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1","user":"u","on":true,"n":[1,"x"]},"a":"b"}"#
        ),
        r#"{"credentials":{"id":"7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1","user":"••••••","on":true,"n":["••••••","••••••"]},"a":"b"}"#
    );
    assert_eq!(shown(r#"{"\u0070assword":"x1"}"#), r#"{"\u0070assword":"••••••"}"#);
    assert_eq!(
        shown(r#"{"token":null,"hasPassword":true,"tokens":12}"#),
        r#"{"token":null,"hasPassword":true,"tokens":12}"#
    );
    assert_eq!(shown(r#"{"config":"{\"password\":\"x1\"}"}"#), r#"{"config":"{\"password\":\"••••••\"}"}"#);
    assert_eq!(shown(r#"[{"value":"x1","name":"apiKey"}]"#), r#"[{"value":"••••••","name":"apiKey"}]"#);
    assert_eq!(shown(r#"[{"value":"x1","name":"site"}]"#), r#"[{"value":"x1","name":"site"}]"#);
}

#[test]
fn a_cut_text_tells_no_beginning_of_a_secret() {
    assert_eq!(shown(r#"{"password":"hunt"#), r#"{"password":"••••••"#);
    assert_eq!(shown(r#"{"a":"{\"password\":\"hunt"#), r#"{"a":"{\"password\":\"••••••"#);
    assert_eq!(shown("postgres://me:hunt"), "postgres://me:••••••");
    assert_eq!(shown("-----BEGIN RSA PRIVATE KEY-----\nMIIE"), "-----BEGIN RSA PRIVATE KEY-----••••••");
    assert_eq!(shown("key AKIAIOSFODNN7"), "key ••••••");
}

#[test]
fn secrets_are_known_by_their_form() {
    for (text, masked) in [
        ("postgres://me:hunter2@db:5432/x", "postgres://me:••••••@db:5432/x"),
        ("postgres://me:a/b@c@db/x", "postgres://me:••••••@db/x"),
        ("Server=db;Password=a b,c&d;Port=1", "Server=db;Password=••••••;Port=1"),
        ("Endpoint=sb://x/;SharedAccessKey=abc=;Entity=q", "Endpoint=sb://x/;SharedAccessKey=••••••;Entity=q"),
        ("Pwd='a;b';User=x", "Pwd='••••••';User=x"),
        ("https://a.blob/x?sv=1&sig=aB%2F&se=2", "https://a.blob/x?sv=1&sig=••••••&se=2"),
        ("Authorization: Bearer abc123def456", "Authorization: ••••••"),
        ("sent Bearer abc123def456 to it", "sent Bearer •••••• to it"),
        ("AKIAIOSFODNN7EXAMPLE is it", "•••••• is it"),
        ("<password>x1</password><a>b</a>", "<password>••••••</password><a>b</a>"),
        ("password: correct horse", "password: ••••••"),
        ("{'password': 'x1', 'a': 1}", "{'password': '••••••', 'a': 1}"),
        ("aws_secret_access_key = abc/def", "aws_secret_access_key = ••••••"),
        (
            "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\nx",
            "-----BEGIN PRIVATE KEY-----••••••-----END PRIVATE KEY-----\nx",
        ),
    ] {
        assert_eq!(shown(text), masked);
    }
}

#[test]
fn what_is_no_secret_stays() {
    for text in [
        "7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1",
        "s3://bucket/acme/datahub/3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d/connector/x/sqlite.db?versionId=3sL4kqtJl",
        "http://127.0.0.1:9000/path@2",
        "http://127.0.0.1:9000, then",
        "ExpiredToken: The provided token has expired.",
        "Password reset service",
        "Secret Lab",
        "Token ring Basel",
        "Bearer Laboratories",
        "the bearer of news",
        "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----",
        "18 204 events",
        r#"{"site":"BOS-3","tags":["a","b"]} "unclosed"#,
        "ssh://mk@hub/x",
    ] {
        assert!(matches!(mask(text), Cow::Borrowed(_)), "{text}: {}", shown(text));
    }
}

#[test]
fn a_column_is_known_by_its_name_and_by_its_neighbour() {
    let cells = ["apiKey", "x1"];
    assert_eq!(columns(&["key", "value"], |at| cells.get(at).copied()), [false, true]);
    let cells = ["site", "x1"];
    assert_eq!(columns(&["key", "value"], |at| cells.get(at).copied()), [false, false]);
    assert_eq!(columns(&["id", "api_key"], |_| None), [false, true]);
}

/// Values that no mask, key or other part of the texts below holds.
fn secret() -> impl Strategy<Value = String> {
    "Zq[A-Za-z0-9+/!#%*.-]{6,30}qZ"
}

fn key() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "password",
        "dbPassword",
        "API_KEY",
        "client-secret",
        "accessToken",
        "privateKey",
        "connectionString",
        "pwd",
    ])
    .prop_map(str::to_owned)
}

fn json(secret: String, key: String) -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just(format!("{}", serde_json::json!({ key.clone(): secret.clone() }))),
        Just(format!("{}", serde_json::json!({ "name": key.clone(), "value": secret.clone() }))),
        Just(format!(
            "{}",
            serde_json::json!({ "n": 1, key.clone(): { "inner": [secret.clone(), { "x": secret.clone() }] } })
        )),
        Just(format!("{}", serde_json::json!({ "url": format!("amqp://me:{secret}@host/q") }))),
        Just(format!("{}", serde_json::json!({ "cs": format!("Server=x;Password={secret};Port=1") }))),
    ];
    leaf.prop_recursive(5, 24, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| format!("{{\"a\": {inner}, \"b\": []}}")),
            inner.clone().prop_map(|inner| format!("[1, {inner}]")),
            inner.prop_map(|inner| format!("{{\"nested\":{}}}", serde_json::Value::from(inner))),
        ]
    })
}

proptest! {
    #[test]
    fn the_output_never_holds_the_secret(
        (secret, text) in (secret(), key()).prop_flat_map(|(secret, key)| (Just(secret.clone()), json(secret, key))),
        share in 0_usize..1_000,
    ) {
        let whole = shown(&text);
        prop_assert!(!whole.contains(&secret) && whole.contains(MASK), "{text} -> {whole}");
        prop_assert!(serde_json::from_str::<serde_json::Value>(&whole).is_ok(), "{whole}");
        // The same text cut anywhere: not even a beginning of four signs is told.
        let mut end = text.len() * share / 1_000;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let cut = shown(&text[..end]);
        prop_assert!(!cut.contains(&secret[..4]), "{} -> {cut}", &text[..end]);
    }

    #[test]
    fn any_text_is_walked_through(text in "\\PC{0,200}|[\"\\\\{}:=;@/a-z ]{0,80}") {
        let once = shown(&text);
        prop_assert_eq!(shown(&once), once);
    }
}
