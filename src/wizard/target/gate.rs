//! What must be answered before a target is taken: one question at a time, each with the facts it rests on.

use std::sync::Arc;

use jiff::Timestamp;

use super::here::Judged;
use crate::finding::{Acceptance, Code, Finding, Severity};
use crate::wizard::chain::{Accepted, Inspected, Targeted};
use crate::wizard::step::{Cx, Flow};
use crate::wizard::{Ask, preview};

/// What a yes means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// A finding is answered.
    Finding(Acceptance),
    /// Both IDs were compared with the platform.
    Compared,
    /// The old connector itself is the target, on purpose.
    OnPurpose,
}

/// The questions about one target.
#[derive(Debug, Clone, Default)]
pub struct Gate {
    /// The question that is open.
    pub ask: Option<Ask<Answered>>,
    answered: Vec<Accepted>,
    compared: bool,
    on_purpose: bool,
}

impl Gate {
    /// Starts again: another target.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Esc: the question closes, nothing is answered.
    pub fn no(&mut self) {
        self.ask = None;
    }

    /// `y`: the open question is answered.
    pub fn yes(&mut self, now: Timestamp) {
        match self.ask.take().map(|ask| ask.then) {
            Some(Answered::Finding(acceptance)) => self.answered.push(Accepted { acceptance, at: now }),
            Some(Answered::Compared) => self.compared = true,
            Some(Answered::OnPurpose) => self.on_purpose = true,
            None => {}
        }
    }

    /// Opens the next question about this target. False when none is left.
    pub fn opens(&mut self, judged: &Judged, compare: bool) -> bool {
        if compare && !self.compared {
            self.ask = Some(comparison(judged));
            return true;
        }
        // Where no ID changes at all, R410 asks the same.
        if !judged.mapping.connector.changes() && judged.mapping.hub.changes() && !self.on_purpose {
            self.ask = Some(purpose());
            return true;
        }
        let open = |finding: &&Finding| {
            let acceptance = finding.acceptance();
            finding.severity == Severity::Ask && !self.answered.iter().any(|other| other.acceptance == acceptance)
        };
        self.ask = judged.findings.iter().find(open).map(question);
        self.ask.is_some()
    }

    /// Takes the target: Preview opens over this screen.
    pub fn take(&self, inspected: &Arc<Inspected>, judged: &Judged, cx: &mut Cx<'_>) -> Flow {
        let kept = &mut cx.shared.kept;
        kept.for_connector(judged.mapping.connector.new);
        for accepted in &self.answered {
            kept.accept(accepted.clone());
        }
        let hub_root = inspected.chosen.hub_root.clone();
        let targeted = Targeted {
            inspected: Arc::clone(inspected),
            mapping: judged.mapping,
            hub_root,
            facts: judged.facts.clone(),
            findings: judged.findings.clone(),
            answered: self.answered.clone(),
        };
        Flow::Push(preview::Preview::new(Arc::new(targeted)).into())
    }
}

fn question(finding: &Finding) -> Ask<Answered> {
    let question = match finding.code {
        Code::R413 => "Does this hub belong to the same organisation?",
        _ => "Take it all the same?",
    };
    Ask {
        question: question.to_owned(),
        lines: vec![format!("? {}  {}", finding.code, finding.detail), finding.why.clone(), finding.remedy.clone()],
        yes: "y: yes, take it all the same. Esc goes back to the choice.".to_owned(),
        then: Answered::Finding(finding.acceptance()),
    }
}

/// The old connector itself is picked.
fn purpose() -> Ask<Answered> {
    Ask {
        question: "Restore into the OLD connector itself?".to_owned(),
        lines: vec![
            "? This is the connector that the backup is of; only its hub changes.".to_owned(),
            "A connector that was created for this restore has an ID of its own.".to_owned(),
        ],
        yes: "y: yes, the old connector is meant.".to_owned(),
        then: Answered::OnPurpose,
    }
}

/// Where no hub folder can tell, a person compares (R412).
fn comparison(judged: &Judged) -> Ask<Answered> {
    Ask {
        question: "Are these the two IDs in the platform?".to_owned(),
        lines: vec![
            "· R412  This machine is not the hub: nothing here can tell whether they exist.".to_owned(),
            format!("new hub ID         {}", judged.mapping.hub.new),
            format!("new connector ID   {}", judged.mapping.connector.new),
            "Compare each with its page in the platform.".to_owned(),
        ],
        yes: "y: both are as in the platform.".to_owned(),
        then: Answered::Compared,
    }
}
