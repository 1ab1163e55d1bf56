//! `reseat query`: read-only SQL on a backup.

mod csv;
mod json;
mod table;

use std::io::{self, BufWriter, IsTerminal, Write};
use std::ops::ControlFlow;
use std::time::Duration;

use super::Context;
use super::failure::Failure;
use super::output;
use crate::arguments::Query as Wanted;
use crate::database::query::{self, Answered, Query, QueryError, Taker};
use crate::text;

/// Where rows go.
trait Writer: Taker {
    /// The last rows, and what stands behind them; `fault` when the answer is not whole.
    fn end(&mut self, fault: Option<&str>) -> io::Result<()>;
    /// Whether a document is begun: the fault stands in it then.
    fn is_begun(&self) -> bool;
}

/// Fetches the backup, asks it, and prints the rows as they come: a table on a terminal, CSV otherwise.
pub(super) fn run(arguments: &Wanted, context: &Context) -> Result<(), Failure> {
    if arguments.csv && context.output.json {
        return Err(Failure::Usage("--csv and --json exclude each other".to_owned()));
    }
    let fetched = context.fetch(&arguments.chosen)?.readable(context)?;
    let query = Query {
        sql: &arguments.sql,
        at_most: Duration::from_secs(arguments.timeout.into()),
        revealed: arguments.show_secrets,
    };
    let terminal = io::stdout().is_terminal();
    let out = BufWriter::new(io::stdout().lock());
    let mut writer: Box<dyn Writer> = match () {
        () if context.output.json => Box::new(json::Json::new(out)),
        () if arguments.csv || !terminal => Box::new(csv::Csv::new(out)),
        () => Box::new(table::Table::new(out, output::width(), |line| output::fitted(line, true))),
    };
    let answer = query::query(&fetched.obtained.path, &query, &context.cancel, &mut *writer);
    let begun = writer.is_begun();
    let fault = answer.as_ref().err().map(|error| text::printable(&error.to_string()));
    // Nobody is left to read it when it cannot be written.
    let _ = if begun { writer.end(fault.as_deref()) } else { Ok(()) };
    drop(writer);
    match answer {
        Ok(answered) => {
            said(&answered, terminal && !context.output.json && !arguments.csv);
            Ok(())
        }
        Err(QueryError::Unreadable(_)) if !begun => Err(fetched.unreadable(context)),
        Err(error) => Err(failure(error, context.output.json && begun)),
    }
}

/// What a person should know beside the rows.
fn said(answered: &Answered, table: bool) {
    if table {
        output::message(&text::counted(answered.rows, "row", "rows"));
    }
    if answered.rows > 0 && !answered.covered.is_empty() {
        let names: Vec<String> = answered.covered.iter().map(|name| text::cut(&name.printable(), 40)).collect();
        output::message(&format!(
            "covered, as it may hold a secret: {}; --show-secrets prints it",
            text::cut(&names.join(", "), 400)
        ));
    }
}

/// `told`: the document on standard output says it already.
fn failure(error: QueryError, told: bool) -> Failure {
    let sentence = text::printable(&error.to_string());
    let failure = match error {
        QueryError::Wrong(_) | QueryError::NotOne | QueryError::NotReading(_) => Failure::Usage(sentence),
        QueryError::TooLong(_) | QueryError::Unreadable(_) => Failure::Failed(anyhow::anyhow!(sentence)),
        QueryError::Database(error) => crate::restore::trouble::Trouble::from(error).into(),
    };
    if told { Failure::Told(Box::new(failure)) } else { failure }
}

/// Goes on as long as what is written arrives.
fn arrived(written: io::Result<()>) -> ControlFlow<()> {
    if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}

/// What a writer needs of its output.
trait Out: Write {}
impl<W: Write> Out for W {}
