//! `reseat rollback`: puts back what `place` replaced, byte for byte.

use super::Context;
use super::ask;
use super::bar::Bar;
use super::failure::Failure;
use super::output;
use super::place::{open_steps, started_after};
use super::service::{stop_lines, stoppable, without_stoppable};
use crate::arguments::Rollback;
use crate::finding::Code;
use crate::hub::holders::Holders;
use crate::restore::State;
use crate::restore::documents::{self, RollbackDocument};
use crate::text;

/// Says what goes away and what comes back, asks, and puts it back.
pub(super) fn run(arguments: &Rollback, context: &Context) -> Result<(), Failure> {
    if !context.yes {
        ask::can_ask()?;
    }
    let engine = context.engine()?;
    let session = engine.find(&arguments.restore)?;
    super::signals::working_on(session.id().as_str());
    let history = session.history();
    let placing = history.placing.clone().filter(|_| history.can_roll_back());
    let Some(placing) = placing else {
        return Err(Failure::missing(format!("restore {} has nothing to put back", session.id())));
    };
    let root = placing.target.parent().and_then(std::path::Path::parent).map(std::path::Path::to_path_buf);
    let root = root.unwrap_or_else(|| context.settings.hub_root.value.clone());
    let look = || engine.holders(&root, &placing.target);
    let holders: Holders = look();
    let mut words = super::resume::words(&session, arguments.service);
    "rollback".clone_into(&mut words[0]);
    let sudo = context.sudo(&words);
    let findings = holders.findings(&placing.target).into_iter().map(|finding| match finding.code {
        Code::R613 => finding.remedy(&sudo),
        _ => finding,
    });
    // What was placed online is put back online while it is open.
    let online = arguments.service.online || history.placed_online();
    let findings = findings.filter(|finding| !(online && matches!(finding.code, Code::R601 | Code::R605 | Code::R613)));
    let findings = without_stoppable(findings.collect(), &holders, arguments.service);
    let into_live = online && !holders.nobody();
    let row = |label: &str, value: &str| context.output.say(&format!("   {label:<14}{value}"));
    row("place", &documents::path(&placing.target));
    let before =
        placing.before.map_or_else(String::new, |events| format!(" {}", text::counted(events, "event", "events")));
    row("comes back", &format!("what was there before:{before}, {}", how(into_live)));
    let events = history.watched.map_or(placing.events, |(_, events, _)| events);
    row("goes away", &format!("all that is there now, about {}", text::counted(events, "event", "events")));
    row("kept", &format!("a copy of what goes away, in {}", documents::path(&session.folder().join("after"))));
    if arguments.service.stop {
        for line in stop_lines(&stoppable(&holders)) {
            context.output.say(&line);
        }
    }
    context.stop_at(&findings)?;
    if !context.yes {
        ask::confirm("Put the old database back?", &context.cancel)?;
    }
    let undone = (|| {
        if arguments.service.stop {
            context.stop_services(&session, &stoppable(&holders), look, &placing.target)?;
        }
        let mut bar = Bar::new();
        let progress = &mut |progress| bar.show(progress);
        Ok(if online {
            session.undo_online(&context.cancel, progress)
        } else {
            session.undo(&context.cancel, progress)
        }?)
    })();
    let undone: crate::hub::undo::Undone = started_after(&session, arguments.service, undone)?;
    if context.output.json {
        return Ok(output::document(&RollbackDocument {
            schema: documents::SCHEMA,
            restore: session.id().to_string(),
            target: documents::path(&undone.order.target),
            state: State::RolledBack,
            verified: true,
        })?);
    }
    let how = how(undone.online);
    context.output.line(&format!("✓ Rolled back: the database is what it was before the restore, {how}."));
    open_steps(&session, context.output);
    Ok(())
}

/// How exactly the old database comes back.
const fn how(online: bool) -> &'static str {
    if online { "with the same contents, in the live file" } else { "byte for byte" }
}
