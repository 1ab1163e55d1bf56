//! Carries out the work of `wizard::target`.

use std::path::Path;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;

use super::{Job, Outside};
use crate::catalog::levels::Affiliations;
use crate::finding::Finding;
use crate::hub::discover::{HubConnector, Seen};
use crate::identity::{ConnectorId, HubId, Mapping, Renamed};
use crate::restore::Stage;
use crate::restore::engine::Session;
use crate::restore::facts::{BucketFacts, Fact, OldConnector};
use crate::restore::trouble::Trouble;
use crate::text::{self, Untrusted};
use crate::wizard::Answer;
use crate::wizard::chain::Inspected;
use crate::wizard::target::{self, CONNECTOR_FIELD, HUB_FIELD, Here, Organisations, Work};

/// How long between two looks at the hub folder.
const BETWEEN: Duration = Duration::from_secs(2);

/// How soon a look that is no longer wanted ends.
const STEP: Duration = Duration::from_millis(100);

/// Does it.
pub(super) fn run(work: Work, job: &Job, outside: &Outside) {
    match work {
        Work::Watch { root, old } => watch(&root, old, job, outside),
        Work::Organisations { inspected, ids } => {
            if let Some((organisations, ended)) = organisations(&inspected, ids, job, outside) {
                job.say(Answer::Target(target::Answer::Organisations { ids, organisations, ended }));
            }
        }
        Work::Arrived { restore } => {
            let noted = session(outside, &restore).and_then(|session| session.go_to(Stage::Target));
            if let Err(trouble) = noted {
                job.say(Answer::Broken(sentence(&trouble)));
            }
        }
        Work::Typed { restore, ids } => {
            let typed = session(outside, &restore).and_then(|session| {
                for (field, text) in [HUB_FIELD, CONNECTOR_FIELD].into_iter().zip(ids) {
                    session.type_into(field, &Untrusted::from(text))?;
                }
                Ok(())
            });
            if let Err(trouble) = typed {
                job.say(Answer::Broken(sentence(&trouble)));
            }
        }
    }
}

/// The restore of this ID.
pub(super) fn session(outside: &Outside, restore: &str) -> Result<Session, Trouble> {
    outside.engine.find(restore)
}

/// What went wrong, as a sentence for a person.
pub(super) fn sentence(trouble: &Trouble) -> String {
    let words = text::printable(&trouble.to_string());
    let end = if words.ends_with('.') { "" } else { "." };
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}{end}", letters.as_str())
}

/// What of a look can be seen on the screen: without a change in it, nothing is said.
#[derive(PartialEq)]
struct Print {
    connectors: Vec<(ConnectorId, Option<Timestamp>, String)>,
    old: Option<OldConnector>,
}

impl Print {
    fn of(here: &Here) -> Self {
        let one = |there: &HubConnector| {
            let seen = match &there.seen {
                Seen::Known(glance) => format!("{:?} {} {:?}", glance.hub, glance.events, glance.sources),
                Seen::Missing => "missing".to_owned(),
                Seen::Unknown(why) => why.clone(),
            };
            (there.connector, there.made, seen)
        };
        Self { connectors: here.connectors.iter().map(one).collect(), old: here.old.clone() }
    }
}

/// Looks every 2 s, until nobody wants it any more.
fn watch(root: &Path, old: ConnectorId, job: &Job, outside: &Outside) {
    let say = |here: Result<Here, String>| job.say(Answer::Target(target::Answer::Here(here)));
    let mut said: Option<Result<Print, String>> = None;
    while !job.cancel.is_cancelled() {
        let found = outside.connectors(root, &job.cancel);
        if job.cancel.is_cancelled() {
            return;
        }
        let here = match found {
            Ok(connectors) => {
                let old = outside.engine.folder_of(root, &connectors, Some(old)).old;
                Ok(Here { connectors, old })
            }
            Err(error) => Err(format!("{}.", text::printable(&error.to_string()))),
        };
        let print = here.as_ref().map(Print::of).map_err(Clone::clone);
        if said.as_ref() != Some(&print) {
            said = Some(print);
            say(here);
        }
        let mut rest = BETWEEN;
        while !rest.is_zero() && !job.cancel.is_cancelled() {
            thread::sleep(STEP);
            rest = rest.saturating_sub(STEP);
        }
    }
}

/// Under which organisations the source holds the backups, and whether the credentials ended meanwhile.
type Found = (Organisations, Option<Box<Finding>>);

/// Looks for the organisations of a hub and of a connector; the restore's own one is looked through first.
fn organisations(
    inspected: &Inspected,
    (hub, connector): (HubId, ConnectorId),
    job: &Job,
    outside: &Outside,
) -> Option<Found> {
    let catalog = match outside.catalog(&inspected.chosen.spec) {
        Ok(catalog) => catalog,
        Err(error) => {
            let unknown = Fact::Unknown(format!("{}.", text::printable(error.to_string().trim_end_matches('.'))));
            return Some((
                Organisations { of_hub: unknown.clone(), of_connector: unknown, connector_is_hub: false },
                None,
            ));
        }
    };
    let mapping = Mapping {
        hub: Renamed { old: inspected.hub, new: hub },
        connector: Renamed { old: inspected.connector, new: connector },
    };
    let (affiliations, mut found) = (Affiliations::new(catalog), BucketFacts::default());
    let asked = outside.engine.add_organisations(&mut found, &affiliations, &inspected.chosen.backup, &mapping);
    let ended = outside.wait(job, asked).ok()?.err().map(Box::new);
    let organisations = Organisations {
        of_hub: found.new_hub_orgs,
        of_connector: found.new_connector_orgs,
        connector_is_hub: found.new_connector_is_hub,
    };
    Some((organisations, ended))
}
