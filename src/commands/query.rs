//! `reseat query`: read-only SQL on a backup; on one in a bucket, without downloading it.

mod csv;
mod far;
mod json;
mod table;

use std::io::{self, BufWriter, IsTerminal, Write};
use std::ops::ControlFlow;
use std::time::Duration;

use super::Context;
use super::backup::Reached;
use super::failure::Failure;
use super::output;
use crate::arguments::Query as Wanted;
use crate::database::query::{self, Answered, Query, QueryError, Taker};
use crate::restore::far::{FarTrouble, Fetched};
use crate::restore::trouble::Trouble;
use crate::text;

/// Where rows go.
trait Writer: Taker {
    /// The last rows, and what stands behind them; `fault` when the answer is not whole.
    fn end(&mut self, fault: Option<&str>) -> io::Result<()>;
    /// Whether a document is begun: the fault stands in it then.
    fn is_begun(&self) -> bool;
}

/// Asks the backup, here or where it lies, and prints the rows as they come: a table on a terminal, CSV otherwise.
pub(super) fn run(arguments: &Wanted, context: &Context) -> Result<(), Failure> {
    if arguments.csv && context.output.json {
        return Err(Failure::Usage("--csv and --json exclude each other".to_owned()));
    }
    let mut reached = match context.reach(&arguments.chosen)? {
        Reached::Here(fetched) => Reached::Here(Box::new(fetched.readable(context)?)),
        Reached::Far(mut far) => {
            far::readable(&mut far, context)?;
            Reached::Far(far)
        }
    };
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
    let answer = match &mut reached {
        Reached::Here(fetched) => {
            query::query(&fetched.obtained.path, &query, &context.cancel, &mut *writer).map_err(Ended::Query)
        }
        Reached::Far(far) => far::query(far, &query, context, &mut *writer),
    };
    let begun = writer.is_begun();
    let fault = answer.as_ref().err().map(|ended| text::printable(&ended.sentence(arguments)));
    // Nobody is left to read it when it cannot be written.
    let _ = if begun { writer.end(fault.as_deref()) } else { Ok(()) };
    drop(writer);
    match (answer, reached) {
        (Ok(answered), reached) => {
            let fetched = if let Reached::Far(far) = &reached { Some(far.fetched()) } else { None };
            said(&answered, fetched, terminal && !context.output.json && !arguments.csv);
            Ok(())
        }
        (Err(Ended::Query(QueryError::Unreadable(_))), Reached::Here(fetched)) if !begun => {
            Err(fetched.unreadable(context))
        }
        (Err(ended), _) => {
            let told = context.output.json && begun;
            let failure = failure(ended, arguments, context);
            Err(if told { Failure::Told(Box::new(failure)) } else { failure })
        }
    }
}

/// Why there is no answer, or only a part of it.
enum Ended {
    /// The statement, or the file.
    Query(QueryError),
    /// The source, or that too much would have to be fetched: `size` bytes are there.
    Far { trouble: FarTrouble, size: u64 },
}

impl Ended {
    fn sentence(&self, arguments: &Wanted) -> String {
        match self {
            Self::Query(error) => error.to_string(),
            Self::Far { trouble: FarTrouble::Spent, size } => far::spent(*size, &arguments.chosen.backup),
            Self::Far { trouble, .. } => trouble.to_string(),
        }
    }
}

/// What a person should know beside the rows.
fn said(answered: &Answered, fetched: Option<Fetched>, table: bool) {
    if table {
        let rows = text::counted(answered.rows, "row", "rows");
        output::message(&fetched.map_or_else(|| rows.clone(), |fetched| format!("{rows}; {}", far::words(fetched))));
    }
    if answered.rows > 0 && !answered.covered.is_empty() {
        let names: Vec<String> = answered.covered.iter().map(|name| text::cut(&name.printable(), 40)).collect();
        output::message(&format!(
            "covered, as it may hold a secret: {}; --show-secrets prints it",
            text::cut(&names.join(", "), 400)
        ));
    }
}

fn failure(ended: Ended, arguments: &Wanted, context: &Context) -> Failure {
    let sentence = text::printable(&ended.sentence(arguments));
    match ended {
        Ended::Query(QueryError::Wrong(_) | QueryError::NotOne | QueryError::NotReading(_)) => Failure::Usage(sentence),
        Ended::Query(QueryError::TooLong(_) | QueryError::Unreadable(_)) => Failure::Failed(anyhow::anyhow!(sentence)),
        Ended::Query(QueryError::Database(error)) => Trouble::from(error).into(),
        Ended::Far { trouble, .. } => far::failure(trouble, sentence, context),
    }
}

/// Goes on as long as what is written arrives.
fn arrived(written: io::Result<()>) -> ControlFlow<()> {
    if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}

/// What a writer needs of its output.
trait Out: Write {}
impl<W: Write> Out for W {}
