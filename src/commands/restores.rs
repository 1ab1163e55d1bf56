//! `reseat restores`: past and unfinished restores with what they hold, and forgetting one.

use super::Context;
use super::ask;
use super::failure::Failure;
use super::output;
use crate::arguments::Restores;
use crate::restore::documents::{self, RestoresLine};
use crate::restore::engine::Engine;
use crate::restore::store::{Forget, Listed};
use crate::restore::trouble::Trouble;
use crate::text;

/// Lists them, the newest last; or forgets one.
pub(super) fn run(arguments: &Restores, context: &Context) -> Result<(), Failure> {
    let engine = context.engine()?;
    if let Some(named) = &arguments.forget {
        return forget(named, &engine, context);
    }
    let rows = engine.store.list(&engine.guide)?;
    for listed in &rows {
        if context.output.json {
            output::document(&RestoresLine::from(listed))?;
        } else {
            context.output.line(&row(listed));
        }
    }
    if rows.is_empty() {
        let shown = documents::path(engine.store.root());
        output::message(&format!("{shown} holds no restore"));
    }
    if let Some(hint) = elsewhere(context) {
        output::message(&hint);
    }
    Ok(())
}

/// Where the restores of the same person in their other role lie: as root, and as themselves. Nothing there is read.
pub(super) fn elsewhere(context: &Context) -> Option<String> {
    let own = &context.settings.state_dir.value;
    let other = context.settings.other_state(&context.world).filter(|other| other != own && other.is_dir())?;
    let shown = text::shell_quote(&documents::path(&other));
    Some(if context.world.is_root() {
        format!("{} keeps restores, too: reseat restores --state-dir {shown}", context.world.person())
    } else {
        "root keeps restores, too: sudo reseat restores".to_owned()
    })
}

/// A restore as one line.
pub(super) fn row(listed: &Listed) -> String {
    let started = listed.started.map_or_else(|| "-".to_owned(), text::moment);
    let open = match listed.open_steps.as_slice() {
        [] => String::new(),
        steps => format!("  open: {}", steps.join(", ")),
    };
    let target = listed.target.as_deref().map_or_else(String::new, |path| format!("  {}", documents::path(path)));
    let refused = listed.refused.as_deref().map_or_else(String::new, |why| format!("  R616: {}", text::printable(why)));
    format!(
        "{}  {started}  {:<11}  at {:<8}  {:>10}{target}{open}{refused}",
        // Never cut: it is what the other commands take.
        text::fit(&listed.id, text::width(&listed.id).max(14)),
        listed.state.as_str(),
        listed.stage.as_str(),
        text::size(listed.bytes)
    )
}

/// Names every file that goes, asks, and deletes them. The report stays.
fn forget(named: &str, engine: &Engine, context: &Context) -> Result<(), Failure> {
    if !context.yes {
        ask::can_ask()?;
    }
    if named.starts_with("download-") {
        return forget_download(named, engine, context);
    }
    let session = engine.find(named)?;
    say(&session.to_forget()?, context);
    if !context.yes {
        ask::confirm("Delete these files? A rollback is not possible afterwards.", &context.cancel)?;
    }
    session.forget()?;
    let listed = session.listed()?;
    if context.output.json {
        return Ok(output::document(&RestoresLine::from(&listed))?);
    }
    context.output.line(&format!("✓ Restore {} holds nothing any more; its report stays.", session.id()));
    Ok(())
}

/// The same for a download that no restore holds.
fn forget_download(named: &str, engine: &Engine, context: &Context) -> Result<(), Failure> {
    let sha256 = engine.store.resolve_download(named).map_err(Trouble::from)?;
    let listed = engine.store.list(&engine.guide)?.into_iter().find(|row| row.id.starts_with(named));
    say(&engine.store.to_forget_download(&sha256)?, context);
    if !context.yes {
        ask::confirm("Delete this download?", &context.cancel)?;
    }
    engine.store.forget_download(&sha256)?;
    match listed {
        Some(listed) if context.output.json => {
            Ok(output::document(&RestoresLine::from(&Listed { bytes: 0, ..listed }))?)
        }
        _ => {
            context.output.line("✓ The download is deleted.");
            Ok(())
        }
    }
}

fn say(forget: &Forget, context: &Context) {
    let line = |line: &str| context.output.say(line);
    for (path, bytes) in &forget.items {
        line(&format!("   deletes  {}  {}", documents::path(path), text::size(*bytes)));
    }
    line(&format!("   frees    {}", text::size(forget.bytes)));
}
