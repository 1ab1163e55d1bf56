//! What outlives going back within one restore: what was typed, answered and accepted. A screen is dropped when it is left;
//! here lies what must be there again when the person comes back to it.

use super::chain::Accepted;
use crate::finding::{Acceptance, Finding};
use crate::identity::ConnectorId;

/// What is kept of one restore.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// Which restore it is.
    pub restore: String,
    /// What stands in the fields for the new hub's and the new connector's ID.
    pub ids: [String; 2],
    /// What was accepted.
    pub accepted: Vec<Accepted>,
    /// The new connector that it was accepted for: with another one, everything is asked again.
    pub accepted_for: Option<ConnectorId>,
}

impl Kept {
    /// Empties it, unless it is of this restore.
    pub fn for_restore(&mut self, restore: &str) {
        if self.restore != restore {
            *self = Self { restore: restore.to_owned(), ..Self::default() };
        }
    }

    /// Forgets what was accepted, unless it was for this new connector.
    pub fn for_connector(&mut self, connector: ConnectorId) {
        if self.accepted_for != Some(connector) {
            self.accepted.clear();
            self.accepted_for = Some(connector);
        }
    }

    /// Whether a finding is accepted, with the facts that it rests on now.
    pub fn accepts(&self, finding: &Finding) -> bool {
        let acceptance = finding.acceptance();
        self.accepted.iter().any(|accepted| accepted.acceptance == acceptance)
    }

    /// Notes an acceptance, once.
    pub fn accept(&mut self, accepted: Accepted) {
        if !self.accepted.iter().any(|other| other.acceptance == accepted.acceptance) {
            self.accepted.push(accepted);
        }
    }

    /// Takes an acceptance back.
    pub fn take_back(&mut self, acceptance: &Acceptance) {
        self.accepted.retain(|accepted| accepted.acceptance != *acceptance);
    }
}
