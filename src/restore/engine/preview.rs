//! The plan and the findings together: what a person decides on.

use std::path::Path;

use super::Engine;
use crate::database::{self, Plan, PlanStage};
use crate::finding::{Finding, Verdict};
use crate::progress::{Cancel, OnProgress};
use crate::restore::assess::{self, Clock};
use crate::restore::facts::Facts;
use crate::restore::trouble::Trouble;

/// Every change that a restore makes, and every finding so far.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The plan; none when something stops it.
    pub plan: Option<Plan>,
    /// All findings, worst first.
    pub findings: Vec<Finding>,
}

impl Preview {
    /// The worst of the findings.
    pub fn verdict(&self) -> Verdict {
        Verdict::of(&self.findings)
    }
}

impl Engine {
    /// The clock for findings, with the configured limit of R103.
    pub fn clock(&self) -> Clock {
        Clock { now: self.world.now(), stale_after: self.settings.warn_age() }
    }

    /// Works out every change and every finding. Reads only. `facts` hold the mapping and everything that was looked at;
    /// `sha256` is the file's digest.
    pub fn preview(
        &self,
        path: &Path,
        sha256: Option<&str>,
        facts: &Facts,
        cancel: &Cancel,
        progress: OnProgress<'_, PlanStage>,
    ) -> Result<Preview, Trouble> {
        let clock = self.clock();
        let before = assess::preview(facts, None, clock);
        let Some(mapping) = &facts.mapping else { return Ok(Preview { plan: None, findings: before }) };
        match database::plan(path, mapping, sha256, cancel, progress) {
            Ok(plan) => {
                let findings = assess::preview(facts, Some(&plan), clock);
                Ok(Preview { plan: Some(plan), findings })
            }
            // The findings say the same, with what to do; a plan that fails for another reason is an error.
            Err(error) if !error.is_cancelled() && Verdict::of(&before) == Verdict::Block => {
                Ok(Preview { plan: None, findings: before })
            }
            Err(error) => Err(error.into()),
        }
    }
}
