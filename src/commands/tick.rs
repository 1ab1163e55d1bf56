//! `reseat tick`: a person says that a step after the restore is done.

use super::Context;
use super::failure::Failure;
use super::output;
use crate::arguments::Tick;
use crate::finding::{Code, Finding, Severity};
use crate::restore::documents::RestoresLine;

/// Ticks the step; out of order it is asked about (R702).
pub(super) fn run(arguments: &Tick, context: &Context) -> Result<(), Failure> {
    let session = context.engine()?.find(&arguments.restore)?;
    let step = arguments.step.as_str();
    let skipped = session.skipped_by(step)?;
    if !skipped.is_empty() {
        let before: Vec<&str> = skipped.iter().map(|step| step.id.as_str()).collect();
        let finding = Finding::new(
            Code::R702,
            Severity::Ask,
            format!("Before {step}, these steps are open: {}.", before.join(", ")),
        )
        .why("The order matters: Sync before Update config works with the old settings.")
        .remedy("Do them first; or accept, if they are done.");
        context.stop_at(std::slice::from_ref(&finding))?;
        session.accept(&finding)?;
    }
    session.tick(step, false)?;
    let listed = session.listed()?;
    if context.output.json {
        return Ok(output::document(&RestoresLine::from(&listed))?);
    }
    context.output.line(&match listed.open_steps.as_slice() {
        [] => format!("✓ {step} is done; no step of restore {} is open.", session.id()),
        open => format!("✓ {step} is done; open: {}.", open.join(", ")),
    });
    Ok(())
}
