//! What is said of the two fields: each ID alone, and whether the two are swapped.

use jiff::Timestamp;
use uuid::Uuid;

use super::{Focus, PasteIds};
use crate::identity::{self, HubId, IdError};
use crate::text;
use crate::wizard::target::Judged;

/// What is said of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Nothing stands there yet.
    Empty,
    /// It is right so far.
    Growing(String),
    /// It is wrong.
    Wrong(String),
    /// It is an ID that can be the one.
    Right(String),
}

/// Reads the one ID that stands in a field, whatever stands around it.
fn read(text: &str) -> Result<Uuid, IdError> {
    identity::parse(text).or_else(|error| match identity::find_all(text).as_slice() {
        [one] => Ok(*one),
        _ => Err(error),
    })
}

impl PasteIds {
    /// Takes the IDs out of a pasted text: two fill both fields, one fills the field that has the focus.
    pub fn fill(&mut self, pasted: &str) {
        let at = usize::from(self.focus == Focus::Connector);
        match identity::find_all(pasted).as_slice() {
            [hub, connector] => {
                let turned = self.is_connector(*hub) || self.is_hub(*connector);
                let (hub, connector) = if turned { (connector, hub) } else { (hub, connector) };
                self.fields[0].set(&hub.to_string());
                self.fields[1].set(&connector.to_string());
            }
            [one] => self.fields[at].set(&one.to_string()),
            _ => self.fields[at].paste(pasted),
        }
        self.filled = true;
    }

    fn is_connector(&self, id: Uuid) -> bool {
        let here = self.here.as_ref().is_some_and(|here| here.connector(id.into()).is_some());
        here || id == self.inspected.connector.uuid()
    }

    fn is_hub(&self, id: Uuid) -> bool {
        id == self.inspected.hub.uuid() || self.here.as_ref().is_some_and(|here| here.belonging(id.into()) > 0)
    }

    fn ids(&self) -> [Option<Uuid>; 2] {
        [0, 1].map(|at| read(self.fields[at].text()).ok())
    }

    /// Judges both fields anew.
    pub(super) fn judge(&mut self, now: Timestamp) {
        let ids = self.ids();
        self.told = [self.tell(0, ids), self.tell(1, ids)];
        self.swapped = match ids {
            [Some(hub), Some(connector)] if hub != connector => {
                let wrong = self.is_connector(hub) || self.is_hub(connector);
                wrong && !self.is_connector(connector) && !self.is_hub(hub)
                    || self.is_connector(hub) && self.is_hub(connector)
            }
            _ => false,
        };
        self.judged = match ids {
            [Some(hub), Some(connector)] => {
                let ids = (hub.into(), connector.into());
                let root = self.root.as_deref();
                Some(Judged::new(&self.inspected, ids, root, self.here.as_ref(), &self.affiliations, now))
            }
            _ => None,
        };
    }

    fn tell(&self, at: usize, ids: [Option<Uuid>; 2]) -> Told {
        let typed = self.fields[at].text();
        let id = match read(typed) {
            Ok(id) => id,
            Err(IdError::Empty) => return Told::Empty,
            Err(error @ IdError::TooShort { .. }) => return Told::Growing(error.to_string()),
            Err(error) => return Told::Wrong(error.to_string()),
        };
        if ids[0] == ids[1] {
            return Told::Wrong("R402  Both fields hold the same ID.".to_owned());
        }
        if at == 0 { self.tell_hub(id) } else { self.tell_connector(id) }
    }

    fn tell_hub(&self, id: Uuid) -> Told {
        let hub = HubId::from(id);
        let there = self.here.as_ref().and_then(|here| here.connector(id.into()));
        if let Some(there) = there {
            let folder = text::printable(&there.folder.with_file_name("").to_string_lossy());
            return Told::Wrong(format!("R402  This is a connector: {folder}{}", there.connector.short()));
        }
        if id == self.inspected.connector.uuid() {
            return Told::Wrong("R402  This is the OLD connector.".to_owned());
        }
        let here = self.here.as_ref().map_or(0, |here| here.belonging(hub)) as u64;
        Told::Right(match (hub == self.inspected.hub, here) {
            (true, _) => "the old hub: the hub stays the same".to_owned(),
            (false, 0) => "complete".to_owned(),
            (false, here) => format!("{} here belong to this hub", text::counted(here, "connector", "connectors")),
        })
    }

    fn tell_connector(&self, id: Uuid) -> Told {
        let here = self.here.as_ref();
        let belonging = here.map_or(0, |here| here.belonging(id.into())) as u64;
        if belonging > 0 {
            let belong = if belonging == 1 { "belongs" } else { "belong" };
            let connectors = text::counted(belonging, "connector", "connectors");
            return Told::Wrong(format!("R402  This is a hub: {connectors} here {belong} to it."));
        }
        if id == self.inspected.hub.uuid() {
            return Told::Wrong("R402  This is the OLD hub.".to_owned());
        }
        Told::Right(match here.and_then(|here| here.connector(id.into())) {
            Some(there) => there.seen.glance().map_or_else(
                || "its folder is here".to_owned(),
                |glance| format!("its folder is here, {}", text::counted(glance.events, "event", "events")),
            ),
            None if id == self.inspected.connector.uuid() => "the OLD connector".to_owned(),
            None => "complete".to_owned(),
        })
    }

    /// Leaves a field: the ID in it is written as it was understood; two in one field go to their fields.
    pub(super) fn tidy(&mut self) {
        for at in [0, 1] {
            let typed = self.fields[at].text().to_owned();
            match read(&typed) {
                Ok(id) if typed != id.to_string() => self.fields[at].set(&id.to_string()),
                Err(_) if self.fields[1 - at].is_empty() && identity::find_all(&typed).len() == 2 => self.fill(&typed),
                _ => {}
            }
        }
    }
}
