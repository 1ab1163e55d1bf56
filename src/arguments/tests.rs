use super::*;
use clap::CommandFactory;

fn parse(line: &str) -> Result<Arguments, clap::Error> {
    Arguments::try_parse_from(std::iter::once("reseat").chain(line.split_whitespace()))
}

#[test]
fn a_time_is_a_date_or_more() {
    let as_of = |line: &str| match parse(line).unwrap().command {
        Some(Command::Inspect(inspect)) => inspect.chosen.as_of.map(|at| at.to_string()),
        other => panic!("{other:?}"),
    };
    assert_eq!(as_of("inspect k --as-of 2026-11-17T02:00:00Z").as_deref(), Some("2026-11-17T02:00:00Z"));
    assert_eq!(as_of("inspect k"), None);
    assert!(parse("inspect k --as-of yesterday").unwrap_err().to_string().contains("2026-11-17"));
}

#[test]
fn the_definition_is_sound() {
    Arguments::command().debug_assert();
}

#[test]
fn the_commands_are_those_of_the_contract() {
    let names: Vec<String> =
        Arguments::command().get_subcommands().map(|command| command.get_name().to_owned()).collect();
    assert_eq!(
        names,
        [
            "list",
            "inspect",
            "peek",
            "query",
            "compare",
            "audit",
            "plan",
            "rewrite",
            "place",
            "restore",
            "rollback",
            "restores",
            "resume",
            "check",
            "tick",
            "explain",
            "config",
            "demo",
            "completions",
            "man"
        ]
    );
}

#[test]
fn options_of_all_commands_stand_before_or_after_the_name() {
    for line in ["--json --accept R103 list", "list --json --accept r103"] {
        let arguments = parse(line).unwrap();
        assert!(arguments.global.json);
        assert_eq!(arguments.global.accept, [Code::R103]);
    }
    let twice = parse("list --accept R103,R409 --accept R309").unwrap();
    assert_eq!(twice.global.accept, [Code::R103, Code::R409, Code::R309]);
    assert!(parse("").unwrap().command.is_none());
}

#[test]
fn wrong_usage_says_what_is_wrong() {
    let error = parse("list --accept R999").unwrap_err().to_string();
    assert!(error.contains("\"R999\" is not a code of a finding"), "{error}");
    let error = parse("place f --connector x --sha256 abc").unwrap_err().to_string();
    assert!(error.contains("this has 3"), "{error}");
    assert!(parse("list --source a --environment b").is_err());
    assert!(parse("place f --connector x --online --stop").is_err());
    assert!(parse("plan key --new-connector x --online").is_err());
    assert!(parse("list --stop").is_err());
    assert!(parse("plan key").is_err());
    assert!(parse("query key").is_err());
    assert!(parse("query key sql --timeout 0").is_err());
    assert!(parse("compare a").is_err());
    assert!(parse("compare a b --with-target c").is_err());
    parse("compare a --with-target c --ids-aside").unwrap();
    assert!(parse("tick 2026-11-21-1 dance").is_err());
    for line in ["audit --since 7", "audit --since 0d", "audit --since x", "audit --since 2mo", "audit --jobs 0"] {
        assert!(parse(line).is_err(), "{line}");
    }
}

#[test]
fn the_service_is_only_touched_by_commands_that_replace() {
    for line in [
        "place f --connector x --stop --start",
        "restore k --new-connector x --stop --start",
        "rollback 2026 --stop --start",
        "resume --stop --start",
        "place f --connector x --online",
        "restore k --new-connector x --online",
        "rollback 2026 --online",
        "resume --online",
    ] {
        parse(line).unwrap();
    }
}

#[test]
fn an_audit_takes_a_time_and_a_format() {
    let audit = |line: &str| match parse(line).unwrap().command {
        Some(Command::Audit(audit)) => audit,
        other => panic!("{other:?}"),
    };
    for (typed, hours) in [("7d", 168), ("36h", 36), ("1w", 168), ("90m", 1)] {
        assert_eq!(audit(&format!("audit --since {typed}")).since.unwrap().as_hours(), hours, "{typed}");
    }
    for (line, format) in [("audit", None), ("audit --json", None), ("audit --format junit", Some(AuditFormat::Junit))]
    {
        assert_eq!(audit(line).format, format, "{line}");
    }
}
