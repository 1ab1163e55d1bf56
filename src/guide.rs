//! The steps that a person does in the platform, read from `assets/guides/`, and the words that go into them.

use serde::Deserialize;

use crate::identity::Mapping;
use crate::text::Untrusted;

const INTEGRATION_CONNECTOR: &str = include_str!("../assets/guides/integration-connector.toml");

/// A guide: what to enter before, and what to do after.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guide {
    /// What to enter for the new connector.
    pub create: Create,
    /// The steps after placing, in their order.
    pub finish: Vec<Step>,
    /// The steps after a rollback, in their order.
    pub rollback: Vec<Step>,
}

/// What to enter in the platform before the restore.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Create {
    /// The sentence above the values.
    pub text: String,
    /// The connection that keeps the new connector from loading data.
    pub false_connection: String,
    /// Where the true one stands.
    pub true_connection: String,
}

/// One step for a person.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its stable word: `sync`.
    pub id: String,
    /// One line for a list.
    pub title: String,
    /// Where and what to do.
    pub action: String,
    /// What to look for.
    pub look: String,
    /// What stands there when it is done.
    pub done: String,
    /// The item of the hub's menu.
    #[serde(default)]
    pub menu: Option<String>,
    /// It starts the service that reseat stopped: there only if one was stopped, and ticked by a look at the machine.
    #[serde(default)]
    pub starts_service: bool,
    /// What to do when the platform shows an error.
    pub trouble: Vec<String>,
}

/// What goes into the texts of a guide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// The connector's name.
    pub name: Untrusted,
    /// Old and new IDs.
    pub mapping: Mapping,
    /// The service that was stopped.
    pub service: Option<String>,
    /// Who works on it.
    pub person: String,
}

/// The guide for integration-based connectors.
pub fn integration_connector() -> anyhow::Result<Guide> {
    use anyhow::Context;
    toml::from_str(INTEGRATION_CONNECTOR).context("the guide inside the program cannot be read")
}

impl Words {
    /// Puts the words into a text of a guide.
    pub fn fill(&self, text: &str) -> String {
        let Mapping { hub, connector } = &self.mapping;
        let not_hub = if hub.changes() { format!(" (NOT {})", hub.old.short()) } else { String::new() };
        // A restored file does not say which connector it was before.
        let the_old_connector = if connector.changes() {
            format!("the old {}", connector.old.short())
        } else {
            "the old connector".to_owned()
        };
        let words = [
            ("name", self.name.printable()),
            ("hub", hub.new.to_string()),
            ("hub_short", hub.new.short()),
            ("old_hub_short", hub.old.short()),
            ("not_hub", not_hub),
            ("connector", connector.new.to_string()),
            ("connector_short", connector.new.short()),
            ("the_old_connector", the_old_connector),
            ("service", self.service.clone().unwrap_or_else(|| "the service".to_owned())),
            ("person", self.person.clone()),
        ];
        let mut out = String::new();
        let mut rest = text;
        // In one pass: a name that holds a brace is not filled again.
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let known = after.split_once('}').and_then(|(word, tail)| {
                let (_, value) = words.iter().find(|(known, _)| *known == word)?;
                Some((value, tail))
            });
            let Some((value, tail)) = known else {
                out.push('{');
                rest = after;
                continue;
            };
            out.push_str(value);
            rest = tail;
        }
        out.push_str(rest);
        out
    }
}

impl Step {
    /// The step with the words in its texts.
    #[must_use]
    pub fn filled(&self, words: &Words) -> Self {
        Self {
            id: self.id.clone(),
            title: words.fill(&self.title),
            action: words.fill(&self.action),
            look: words.fill(&self.look),
            done: words.fill(&self.done),
            menu: self.menu.clone(),
            starts_service: self.starts_service,
            trouble: self.trouble.iter().map(|text| words.fill(text)).collect(),
        }
    }
}

impl Create {
    /// The texts with the words in them.
    #[must_use]
    pub fn filled(&self, words: &Words) -> Self {
        Self {
            text: words.fill(&self.text),
            false_connection: words.fill(&self.false_connection),
            true_connection: words.fill(&self.true_connection),
        }
    }
}

impl Guide {
    /// The step of this word among those after placing.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.finish.iter().find(|step| step.id == id)
    }

    /// The steps that come before `id` in `steps` and are not done (R702).
    pub fn skipped<'a>(steps: &[&'a Step], id: &str, is_done: impl Fn(&Step) -> bool) -> Vec<&'a Step> {
        steps.iter().take_while(|step| step.id != id).filter(|step| !is_done(step)).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Renamed;

    fn words(new_hub: &str) -> Words {
        let old = "3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d";
        Words {
            name: Untrusted::new("Cellario {hub} Boston\u{1b}"),
            mapping: Mapping {
                hub: Renamed { old: old.parse().unwrap(), new: new_hub.parse().unwrap() },
                connector: Renamed {
                    old: "7d0c88f1-3c55-4e6e-9a58-11b0c0a2e4b1".parse().unwrap(),
                    new: "a91f03de-7a10-4d0f-8a3e-5f9d2b6c0b22".parse().unwrap(),
                },
            },
            service: Some("datahub.service".into()),
            person: "mk".into(),
        }
    }

    #[test]
    fn the_order_is_the_one_that_works() {
        let guide = integration_connector().unwrap();
        let ids: Vec<_> = guide.finish.iter().map(|step| step.id.as_str()).collect();
        assert_eq!(ids, ["start-service", "connection-settings", "update-config", "sync"]);
        assert_eq!(guide.finish.iter().filter(|step| step.menu.is_some()).count(), 2);
    }

    #[test]
    fn every_placeholder_is_known() {
        let guide = integration_connector().unwrap();
        let words = words("b7740e12-5c9a-4f36-8e21-6a4d90c701aa");
        for step in guide.finish.iter().chain(&guide.rollback) {
            let step = step.filled(&Words { name: "x".into(), ..words.clone() });
            let texts = [&step.title, &step.action, &step.look, &step.done];
            for text in texts.into_iter().chain(&step.trouble) {
                assert!(!text.contains('{'), "{text}");
            }
        }
        assert!(!guide.create.filled(&words).text.contains('{'));
    }

    #[test]
    fn the_wrong_hub_is_named_only_where_there_is_one() {
        let guide = integration_connector().unwrap();
        let step = guide.step("update-config").unwrap();
        let other = step.filled(&words("b7740e12-5c9a-4f36-8e21-6a4d90c701aa"));
        assert_eq!(other.action, "Platform, menu of hub b7740e12… (NOT 3f2a51c0…), Update config");
        let same = step.filled(&words("3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d"));
        assert_eq!(same.action, "Platform, menu of hub 3f2a51c0…, Update config");
        let named = guide.step("connection-settings").unwrap().filled(&words("3f2a51c0-84d7-4b1e-a6f2-0d5b7e3a9c1d"));
        assert!(named.title.contains("Cellario {hub} Boston\\u{1b}"), "{}", named.title);
        assert_eq!(named.look, "server and port as in the old 7d0c88f1…; save; no error");
    }

    #[test]
    fn a_connector_whose_old_id_is_not_known_is_not_called_the_old_one() {
        let mut words = words("b7740e12-5c9a-4f36-8e21-6a4d90c701aa");
        words.mapping.connector.old = words.mapping.connector.new;
        let step = integration_connector().unwrap().step("connection-settings").unwrap().filled(&words);
        assert_eq!(step.look, "server and port as in the old connector; save; no error");
    }

    #[test]
    fn a_step_out_of_order_names_what_was_skipped() {
        let guide = integration_connector().unwrap();
        let steps: Vec<&Step> = guide.finish.iter().collect();
        let skipped = Guide::skipped(&steps, "sync", |step| step.id == "start-service");
        assert_eq!(
            skipped.iter().map(|step| step.id.as_str()).collect::<Vec<_>>(),
            ["connection-settings", "update-config"]
        );
    }
}
