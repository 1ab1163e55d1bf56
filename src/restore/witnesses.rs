//! The cross-check of the four witnesses: what the key in S3, the contents of the backup, the hub folder and the target's own
//! database say of hub, connector, type, name, metadata and tags, and where they disagree. A pure function of the facts.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::assess::same_json;
use super::facts::{Fact, Facts, TargetFacts, There};
use crate::database::glance::Glance;
use crate::database::source_json::SourceJson;
use crate::finding::{Code, Finding, Severity};
use crate::identity::HubId;
use crate::text::{Untrusted, alike};

/// What is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// The hub's ID.
    Hub,
    /// The connector's ID.
    Connector,
    /// The connector's type.
    Type,
    /// Its name.
    Name,
    /// Its metadata, JSON.
    Metadata,
    /// Its tags, JSON.
    Tags,
}

impl Subject {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Hub => "hub",
            Self::Connector => "connector",
            Self::Type => "type",
            Self::Name => "name",
            Self::Metadata => "metadata",
            Self::Tags => "tags",
        }
    }
}

/// Who says it. Key and contents speak of the old IDs; folder and target of the new ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Witness {
    /// The key in S3.
    Key,
    /// The contents of the backup.
    Contents,
    /// The hub folder on this machine, with the new connector's own.
    Folder,
    /// The new connector's own database.
    Target,
}

impl Witness {
    /// All, in their order.
    pub const ALL: [Self; 4] = [Self::Key, Self::Contents, Self::Folder, Self::Target];

    /// Its name on a screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Key => "key in S3",
            Self::Contents => "contents",
            Self::Folder => "hub folder",
            Self::Target => "target",
        }
    }
}

/// What a witness says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Said {
    /// This.
    Says(Untrusted),
    /// Nothing: why, a whole sentence.
    Unknown(String),
}

impl Said {
    fn why(why: &str) -> Self {
        let why = why.trim();
        Self::Unknown(if why.ends_with('.') { why.to_owned() } else { format!("{why}.") })
    }

    fn ids<T: ToString>(ids: &[T], none: &str) -> Self {
        let mut texts: Vec<String> = Vec::new();
        for id in ids {
            let id = id.to_string();
            if !texts.contains(&id) {
                texts.push(id);
            }
        }
        match texts.len() {
            0 => Self::why(none),
            1..=3 => Self::Says(texts.join(", ").into()),
            more => Self::Says(format!("{}, and {} more", texts[..3].join(", "), more - 3).into()),
        }
    }
}

/// Where a witness contradicts another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Disagreement {
    /// The witness that carries the mark.
    pub witness: Witness,
    /// The finding that says the same, where there is one.
    pub code: Option<Code>,
    /// How much it stops.
    pub severity: Severity,
    /// A sentence.
    pub detail: String,
}

/// What all say of one thing. A witness that can never tell it is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Testimony {
    /// Of what.
    pub of: Subject,
    /// The key in S3.
    pub key: Option<Said>,
    /// The contents of the backup.
    pub contents: Option<Said>,
    /// The hub folder.
    pub folder: Option<Said>,
    /// The target's own database.
    pub target: Option<Said>,
    /// The new ID that a person gave.
    pub given: Option<String>,
    /// Nobody contradicts anybody.
    pub agree: bool,
    /// Who does, and how.
    pub disagreements: Vec<Disagreement>,
}

impl Testimony {
    /// What one witness says.
    pub const fn said(&self, witness: Witness) -> Option<&Said> {
        match witness {
            Witness::Key => self.key.as_ref(),
            Witness::Contents => self.contents.as_ref(),
            Witness::Folder => self.folder.as_ref(),
            Witness::Target => self.target.as_ref(),
        }
    }

    /// The disagreement that a witness carries.
    pub fn contradicts(&self, witness: Witness) -> Option<&Disagreement> {
        self.disagreements.iter().find(|one| one.witness == witness)
    }
}

/// A testimony as the journal and the report keep it: printable texts, secrets masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    /// Of what.
    pub of: Subject,
    /// Each witness that can tell it, in their order, with what it says, or why nothing is known.
    pub said: Vec<NotedWords>,
    /// The new ID that a person gave.
    pub given: Option<String>,
    /// Where they disagree.
    pub disagreements: Vec<String>,
}

/// What one witness says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotedWords {
    /// The witness.
    pub witness: Witness,
    /// It says these words; otherwise they are the reason why nothing is known.
    pub known: bool,
    /// The words.
    pub words: String,
}

impl From<&Testimony> for Noted {
    fn from(testimony: &Testimony) -> Self {
        let words = |witness: Witness| {
            let (known, words) = match testimony.said(witness)? {
                Said::Says(text) => (true, text.printable()),
                Said::Unknown(why) => (false, why.clone()),
            };
            Some(NotedWords { witness, known, words })
        };
        let said = |one: &Disagreement| {
            let code = one.code.map_or_else(String::new, |code| format!("{code}: "));
            format!("{code}{}", one.detail)
        };
        Self {
            of: testimony.of,
            said: Witness::ALL.into_iter().filter_map(words).collect(),
            given: testimony.given.clone(),
            disagreements: testimony.disagreements.iter().map(said).collect(),
        }
    }
}

/// What every witness says of every subject. `findings` are those made of the same facts: a disagreement carries their code.
pub fn witnesses(facts: &Facts, findings: &[Finding]) -> Vec<Testimony> {
    let cross = Cross { facts, findings };
    let described = [Subject::Type, Subject::Name, Subject::Metadata, Subject::Tags];
    let described = described.into_iter().map(|subject| cross.description(subject));
    [cross.hub(), cross.connector()].into_iter().chain(described).collect()
}

struct Cross<'a> {
    facts: &'a Facts,
    findings: &'a [Finding],
}

impl Cross<'_> {
    fn disagreement(&self, witness: Witness, codes: &[Code], detail: impl Into<String>) -> Disagreement {
        let finding = codes.iter().find_map(|code| self.findings.iter().find(|finding| finding.code == *code));
        Disagreement {
            witness,
            code: finding.map(|finding| finding.code),
            severity: finding.map_or(Severity::Warn, |finding| finding.severity),
            detail: detail.into(),
        }
    }

    fn testimony(&self, of: Subject, said: [Option<Said>; 4], disagreements: Vec<Disagreement>) -> Testimony {
        let [key, contents, folder, target] = said;
        let given = self.facts.mapping.as_ref().and_then(|mapping| match of {
            Subject::Hub => Some(mapping.hub.new.to_string()),
            Subject::Connector => Some(mapping.connector.new.to_string()),
            _ => None,
        });
        Testimony { of, key, contents, folder, target, given, agree: disagreements.is_empty(), disagreements }
    }

    /// The hub under which to look in the file: the key's, where the file has it.
    fn hub_inside(&self) -> Option<HubId> {
        let file = self.facts.file.known()?;
        let key = self.facts.key.known().and_then(|key| key.ids).map(|ids| ids.0);
        let has = |hub: &HubId| file.integrations.iter().any(|row| row.hub == Some(*hub));
        key.filter(has).or_else(|| file.integrations.iter().find_map(|row| row.hub))
    }

    /// What the key says, by a part of its IDs.
    fn key<T: ToString>(&self, part: impl Fn((HubId, crate::identity::ConnectorId)) -> T) -> Said {
        match &self.facts.key {
            Fact::Unknown(why) => Said::why(why),
            Fact::Known(key) => key.ids.map_or_else(
                || Said::why("The file does not lie under a key of the bucket's layout."),
                |ids| Said::Says(part(ids).to_string().into()),
            ),
        }
    }

    /// The target's database, or why nothing is known of it.
    fn glance(&self) -> Result<&Glance, Said> {
        if self.facts.mapping.is_none() {
            return Err(Said::why("No target is chosen yet."));
        }
        match &self.facts.target {
            Fact::Unknown(why) => Err(Said::why(why)),
            Fact::Known(TargetFacts { there, .. }) => match there {
                There::Database(glance) => Ok(glance),
                There::NoFolder => Err(Said::why("The new connector has no folder here.")),
                There::NoDatabase => Err(Said::why("The new connector's folder holds no database.")),
                There::Unreadable(why) => Err(Said::why(why)),
            },
        }
    }

    fn hub(&self) -> Testimony {
        let mut disagreements = Vec::new();
        let file = self.facts.file.known();
        let inside: Vec<HubId> = file.iter().flat_map(|file| &file.integrations).filter_map(|row| row.hub).collect();
        let contents = match &self.facts.file {
            Fact::Unknown(why) => Said::why(why),
            Fact::Known(_) => Said::ids(&inside, "No hub can be read in the file."),
        };
        let key = self.facts.key.known().and_then(|key| key.ids).map(|ids| ids.0);
        if let Some(key) = key.filter(|key| !inside.is_empty() && !inside.contains(key)) {
            let detail = format!("The contents name another hub than the key's {}.", key.short());
            disagreements.push(self.disagreement(Witness::Contents, &[Code::R301, Code::R403], detail));
        } else if let (Some(file), Some(hub)) = (file, self.hub_inside())
            && file.sources_of(hub).any(|source| source.hub().is_some_and(|inner| inner != hub))
        {
            let detail = "An entry of Integrations.sources names another hub than its row.";
            disagreements.push(self.disagreement(Witness::Contents, &[Code::R301, Code::R403], detail));
        }
        let new = self.facts.mapping.as_ref().map(|mapping| (mapping.hub.new, mapping.connector.new));
        let folder = match (new, &self.facts.folder) {
            (None, _) => Said::why("No target is chosen yet."),
            (_, Fact::Unknown(why)) => Said::why(why),
            (Some((new, connector)), Fact::Known(folder)) => {
                let others = folder.connectors.iter().filter(|(other, _)| *other != connector);
                let hubs: Vec<HubId> = others.filter_map(|(_, hub)| hub.known().copied()).collect();
                if !hubs.is_empty() && !hubs.contains(&new) {
                    let detail = "The other connectors here belong to another hub than the new one.";
                    disagreements.push(self.disagreement(Witness::Folder, &[Code::R408, Code::R402], detail));
                }
                Said::ids(&hubs, "No other connector here names a hub.")
            }
        };
        let target = match self.glance() {
            Err(why) => why,
            Ok(glance) => {
                if let (Some(there), Some((new, _))) = (glance.hub, new)
                    && there != new
                {
                    let detail = "The target's own database names another hub than the new one.";
                    disagreements.push(self.disagreement(Witness::Target, &[Code::R408, Code::R402], detail));
                }
                Said::ids(glance.hub.as_slice(), "Its database does not name one hub.")
            }
        };
        let key = self.key(|ids| ids.0);
        self.testimony(Subject::Hub, [Some(key), Some(contents), Some(folder), Some(target)], disagreements)
    }

    fn connector(&self) -> Testimony {
        let mut disagreements = Vec::new();
        let (file, hub) = (self.facts.file.known(), self.hub_inside());
        let sources = file.zip(hub).map(|(file, hub)| file.sources_of(hub).collect::<Vec<_>>()).unwrap_or_default();
        let inside: Vec<_> = sources.iter().filter_map(|source| source.connector()).collect();
        let contents = match &self.facts.file {
            Fact::Unknown(why) => Said::why(why),
            Fact::Known(_) => Said::ids(&inside, "No connector can be read in the file."),
        };
        let key = self.facts.key.known().and_then(|key| key.ids).map(|ids| ids.1);
        if let Some(key) = key.filter(|key| !inside.is_empty() && !inside.contains(key)) {
            let detail = format!("The contents name another connector than the key's {}.", key.short());
            disagreements.push(self.disagreement(Witness::Contents, &[Code::R301, Code::R403], detail));
        } else if let Some(events) = file.and_then(|file| file.events.as_ref())
            && events.groups.iter().any(|group| {
                group.hub == hub && !inside.is_empty() && group.connector.is_none_or(|id| !inside.contains(&id))
            })
        {
            let detail = "Events name a connector that Integrations.sources does not hold.";
            disagreements.push(self.disagreement(Witness::Contents, &[Code::R305, Code::R403], detail));
        }
        let new = self.facts.mapping.as_ref().map(|mapping| mapping.connector.new);
        let folder = match (new, &self.facts.folder) {
            (None, _) => Said::why("No target is chosen yet."),
            (_, Fact::Unknown(why)) => Said::why(why),
            (Some(new), Fact::Known(folder)) => {
                let own = folder.connectors.iter().map(|(there, _)| *there).filter(|there| *there == new);
                Said::ids(&own.collect::<Vec<_>>(), "The new connector has no folder here.")
            }
        };
        let target = match self.glance() {
            Err(why) => why,
            Ok(glance) => {
                let there: Vec<_> = glance.sources.iter().filter_map(SourceJson::connector).collect();
                if new.is_some_and(|new| !there.is_empty() && !there.contains(&new)) {
                    let detail = "The target's own database names another connector than its folder.";
                    disagreements.push(self.disagreement(Witness::Target, &[Code::R402], detail));
                }
                Said::ids(&there, "Its database names no connector.")
            }
        };
        let key = self.key(|ids| ids.1);
        self.testimony(Subject::Connector, [Some(key), Some(contents), Some(folder), Some(target)], disagreements)
    }

    /// Type, name, metadata, tags: only the contents and the target tell them.
    fn description(&self, of: Subject) -> Testimony {
        let old = self.facts.file.known().and_then(|file| {
            let old = super::assess::old_ids(self.facts)?;
            file.source(old.hub, old.connector)
        });
        let new = self.glance().and_then(|glance| {
            let new = self.facts.mapping.as_ref().map(|mapping| mapping.connector.new);
            let source = new.and_then(|new| glance.source(new));
            source.ok_or_else(|| Said::why("Its database does not describe the new connector."))
        });
        let contents = match (&self.facts.file, old) {
            (Fact::Unknown(why), _) => Said::why(why),
            (_, None) => Said::why("No entry of the connector can be read in the file."),
            (_, Some(old)) => value(old, of),
        };
        let target = match &new {
            Ok(new) => value(new, of),
            Err(why) => why.clone(),
        };
        let mut disagreements = Vec::new();
        if let (Some(old), Ok(new)) = (old, &new)
            && differs(old, new, of)
        {
            let code = if of == Subject::Type { Code::R404 } else { Code::R405 };
            let mut detail = format!("The target's {} is another than the backup's.", of.word());
            if let (Said::Says(old), Said::Says(new)) = (&contents, &target)
                && let Some(apart) = alike::told_apart(old.raw(), new.raw(), "in the backup", "in the target")
            {
                detail = format!("They look alike, but {apart}.");
            }
            disagreements.push(self.disagreement(Witness::Target, &[code], detail));
        }
        self.testimony(of, [None, Some(contents), None, Some(target)], disagreements)
    }
}

fn field(source: &SourceJson, of: Subject) -> Option<&Untrusted> {
    match of {
        Subject::Type => source.kind.as_ref().or(source.source_type.as_ref()),
        Subject::Name => source.name.as_ref(),
        Subject::Metadata => source.metadata.as_ref(),
        Subject::Tags => source.tags.as_ref(),
        Subject::Hub => Some(&source.integration_id),
        Subject::Connector => Some(&source.id),
    }
}

fn value(source: &SourceJson, of: Subject) -> Said {
    field(source, of)
        .map_or_else(|| Said::Unknown(format!("The entry has no {}.", of.word())), |text| Said::Says(text.clone()))
}

/// Whether two entries differ in it, as the findings compare them.
fn differs(old: &SourceJson, new: &SourceJson, of: Subject) -> bool {
    match of {
        Subject::Type => {
            let other =
                |one: &Option<Untrusted>, other: &Option<Untrusted>| one.is_some() && other.is_some() && one != other;
            other(&old.kind, &new.kind) || other(&old.source_type, &new.source_type)
        }
        Subject::Metadata | Subject::Tags => !same_json(field(old, of), field(new, of)),
        _ => field(old, of) != field(new, of),
    }
}
