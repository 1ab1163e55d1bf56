//! The organisation of a target could not be looked up because the credentials ended: new ones are asked for before the person
//! is asked about an organisation that the bucket could have told.

use std::sync::Arc;

use super::Affiliations;
use crate::finding::Finding;
use crate::identity::{ConnectorId, HubId};
use crate::wizard::chain::Inspected;
use crate::wizard::source::Credentials;
use crate::wizard::step::{Cx, Flow};

/// Whether the credentials ended while it was looked up.
#[derive(Debug, Default)]
pub struct Ended {
    /// The hub and the connector that were looked up, and what S3 answered.
    finding: Option<((HubId, ConnectorId), Box<Finding>)>,
    /// The person was sent to the credentials, and came back: without new ones it is theirs to answer.
    offered: bool,
}

impl Ended {
    /// A look-up has ended, for this reason where it was the credentials.
    pub fn heard(&mut self, ids: (HubId, ConnectorId), why: Option<Box<Finding>>) {
        self.offered &= why.is_some();
        self.finding = why.filter(|_| !self.offered).map(|finding| (ids, finding));
    }

    /// The screen for new credentials; none when their look-up needs none. It is looked up again on the way back.
    pub fn offer(
        &mut self,
        ids: (HubId, ConnectorId),
        inspected: &Arc<Inspected>,
        affiliations: &mut Affiliations,
        cx: &mut Cx<'_>,
    ) -> Option<Flow> {
        let (_, finding) = self.finding.take_if(|(of, _)| *of == ids)?;
        self.offered = true;
        affiliations.remove(&ids);
        cx.say(format!("{}  {}", finding.code, finding.detail));
        Some(Flow::Push(Credentials::new((*inspected.chosen.spec).clone()).into()))
    }
}
