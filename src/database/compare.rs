//! Two databases side by side: their schema, and the rows of each table, in the order of their keys.
//!
//! Both files are read once, in lockstep, so memory stays bounded whatever they hold. Rows are the same when each cell has
//! the same storage class and the same bytes.

mod aside;
mod example;
mod merge;
mod side;

use std::path::Path;

use serde::Serialize;

use crate::identity::Mapping;
use crate::progress::{Cancel, OnProgress, Progress};
use crate::text::Untrusted;

use self::example::Examples;
use self::merge::{Found, merge};
use self::side::{By, Side};
use super::book::schema_table;
use super::cell::CellRef;
use super::error::DatabaseError;
use super::facts::NewestEvent;
use super::newest::Newest;
use super::open::{Db, quote};
use super::schema::{self, Table};
use super::walk::{RowView, estimate};

/// Differences of the schema that are told.
const OBJECTS: usize = 100;

/// The stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CompareStage {
    /// Schema, then all tables; units are rows of both sides, the total is an estimate.
    Rows,
}

/// Everything that differs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The first differences of the schema.
    pub schema: Vec<SchemaDifference>,
    /// How many there are in all.
    pub schema_differences: u64,
    /// Each table of A in the order of its schema, then those that only B has.
    pub tables: Vec<TableComparison>,
    /// Names of virtual tables: they have no rows of their own. The tables behind them are compared.
    pub left_out: Vec<Untrusted>,
}

/// A part of the schema that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SchemaDifference {
    /// What it is: `table`, `index`, `trigger`, `view`, or `pragma`.
    pub kind: Untrusted,
    /// Its name.
    pub name: Untrusted,
    /// How A has it; none when A has not.
    pub a: Option<String>,
    /// How B has it; none when B has not.
    pub b: Option<String>,
}

/// How the rows of two tables were paired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PairedBy {
    /// By their row ID.
    RowId,
    /// By the primary key.
    Key,
    /// By all that they hold: nothing names a row.
    Content,
    /// Not at all: only one side has the table, or both have no column in common.
    Nothing,
}

/// One table on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableComparison {
    /// Its name.
    pub name: Untrusted,
    /// Whether A has it.
    pub in_a: bool,
    /// Whether B has it.
    pub in_b: bool,
    /// How rows were paired.
    pub by: PairedBy,
    /// Rows that only A has.
    pub only_a: u64,
    /// Rows that only B has.
    pub only_b: u64,
    /// Rows that both have, and that differ.
    pub different: u64,
    /// Rows that are the same.
    pub same: u64,
    /// In which columns, and in how many rows of those that both have.
    pub columns: Vec<(Untrusted, u64)>,
    /// The first of each kind.
    pub examples: Vec<RowExample>,
    /// The newest time in rows that only A has, where a column tells.
    pub newest_only_a: Option<NewestEvent>,
    /// The newest time in rows that only B has.
    pub newest_only_b: Option<NewestEvent>,
}

/// Where a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Where {
    /// In A only.
    A,
    /// In B only.
    B,
    /// In both, and different.
    Both,
}

/// One row that differs. All of it is printable, its secrets masked, long cells cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowExample {
    /// Where it is.
    #[serde(rename = "in")]
    pub found: Where,
    /// What names it: `row 17`, or its key.
    pub row: String,
    /// Its cells; of a row that both have, those that differ.
    pub cells: Vec<CellExample>,
}

/// One cell of such a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CellExample {
    /// The column.
    pub column: Untrusted,
    /// As A has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub a: Option<String>,
    /// As B has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub b: Option<String>,
}

impl Comparison {
    /// Whether nothing differs.
    pub fn same(&self) -> bool {
        self.schema_differences == 0 && self.tables.iter().all(TableComparison::same)
    }

    /// A table by its name, letter case ignored as SQLite does.
    pub fn table(&self, name: &str) -> Option<&TableComparison> {
        self.tables.iter().find(|table| table.name.raw().eq_ignore_ascii_case(name))
    }
}

impl TableComparison {
    /// Rows that differ in any way.
    pub fn differences(&self) -> u64 {
        self.only_a + self.only_b + self.different
    }

    /// Whether nothing differs.
    pub fn same(&self) -> bool {
        self.in_a && self.in_b && self.differences() == 0
    }

    fn new(name: &str, in_a: bool, in_b: bool) -> Self {
        Self {
            name: Untrusted::new(name),
            in_a,
            in_b,
            by: PairedBy::Nothing,
            only_a: 0,
            only_b: 0,
            different: 0,
            same: 0,
            columns: Vec::new(),
            examples: Vec::new(),
            newest_only_a: None,
            newest_only_b: None,
        }
    }
}

/// Compares two files that lie still; a `-wal` or `-journal` beside one is applied to it, so a live database must be a
/// private copy. With `aside`, B is read as if a restore had given it the new IDs of that mapping: those of A.
pub fn compare(
    a: &Path,
    b: &Path,
    aside: Option<&Mapping>,
    cancel: &Cancel,
    on_progress: OnProgress<'_, CompareStage>,
) -> Result<Comparison, DatabaseError> {
    let (a, b) = (Db::copy(a, cancel)?, Db::copy(b, cancel)?);
    if a.wide != b.wide {
        let message = Untrusted::from("one stores text as UTF-8 and one as UTF-16, or in another order of bytes");
        return Err(DatabaseError::Sqlite { what: "compare the rows".to_owned(), message });
    }
    if let Some(mapping) = aside {
        aside::register(&b, mapping)?;
    }
    let failed = |error: rusqlite::Error| DatabaseError::sqlite("read the schema", &error);
    let of_a = schema::tables(&a.connection).map_err(failed)?;
    let of_b = schema::tables(&b.connection).map_err(failed)?;
    let rows = |db, tables: &[Table]| -> u64 {
        tables.iter().filter(|table| table.has_rows()).map(|table| estimate(db, table)).fold(0, u64::saturating_add)
    };
    let total = rows(&a, &of_a).saturating_add(rows(&b, &of_b));
    let mut work = Work { a: &a, b: &b, aside: aside.is_some(), cancel, on_progress, done: 0, total };
    let mut comparison = Comparison::default();
    work.tell();
    work.schema(&mut comparison)?;
    let pair = |name: &str, tables: &'_ [Table]| tables.iter().position(|table| table.is(name) && table.has_rows());
    for table in &of_a {
        cancel.check()?;
        if !table.has_rows() {
            comparison.left_out.push(Untrusted::new(table.name.clone()));
            continue;
        }
        comparison.tables.push(match pair(&table.name, &of_b) {
            Some(at) => work.table(table, &of_b[at])?,
            None => work.alone(table, true)?,
        });
    }
    for table in of_b.iter().filter(|table| table.has_rows() && pair(&table.name, &of_a).is_none()) {
        comparison.tables.push(work.alone(table, false)?);
    }
    work.end();
    Ok(comparison)
}

struct Work<'a, 'p> {
    a: &'a Db,
    b: &'a Db,
    aside: bool,
    cancel: &'a Cancel,
    on_progress: OnProgress<'p, CompareStage>,
    done: u64,
    total: u64,
}

impl Work<'_, '_> {
    /// Tables, indexes, triggers, views, and the two numbers that a connector keeps in the header.
    fn schema(&mut self, comparison: &mut Comparison) -> Result<(), DatabaseError> {
        let mut differs = |difference: SchemaDifference| {
            comparison.schema_differences += 1;
            if comparison.schema.len() < OBJECTS {
                comparison.schema.push(difference);
            }
        };
        for name in ["user_version", "application_id"] {
            let (a, b) = (self.a.pragma(name)?, self.b.pragma(name)?);
            if a != b {
                let (kind, name) = (Untrusted::from("pragma"), Untrusted::from(name));
                differs(SchemaDifference { kind, name, a: Some(a.to_string()), b: Some(b.to_string()) });
            }
        }
        let table = schema_table();
        let by = By::Key(vec![0, 1, 2]);
        let (a, b) = (Side::new(self.a, &table, &by, None), Side::new(self.b, &table, &by, None));
        let shown = |row: &RowView<'_>, at: usize| Ok::<_, DatabaseError>(row.cell(at)?.shown(row.wide, 4_000));
        merge(&a, &b, &by, self.cancel, &mut |found| {
            let (a, b) = match found {
                Found::A(row) => (Some(row), None),
                Found::B(row) => (None, Some(row)),
                Found::Both(a, b) if a.cell(3)?.same(b.cell(3)?) => return Ok(()),
                Found::Both(a, b) => (Some(a), Some(b)),
            };
            let Some(any) = a.or(b) else { return Ok(()) };
            let sql = |row: Option<&RowView<'_>>| row.map(|row| shown(row, 3).map(|it| it.printable())).transpose();
            let (kind, name) = (shown(any, 0)?, shown(any, 1)?);
            differs(SchemaDifference { kind, name, a: sql(a)?, b: sql(b)? });
            Ok(())
        })
    }

    /// One table that both have.
    fn table(&mut self, a: &Table, b: &Table) -> Result<TableComparison, DatabaseError> {
        let mut told = TableComparison::new(&a.name, true, true);
        let Some(pair) = side::pair(a, b, self.aside) else {
            (told.only_a, told.only_b) = (self.count(self.a, a)?, self.count(self.b, b)?);
            return Ok(told);
        };
        told.by = pair.by.told();
        let left = Side::new(self.a, &pair.a, &pair.by, None);
        let right = Side::new(self.b, &pair.b, &pair.by, aside::Mapped::of(&pair.b).filter(|_| self.aside));
        let mut examples = Examples::new(&pair.a);
        let mut columns = vec![0_u64; pair.a.columns.len()];
        let (mut newest_a, mut newest_b) = (Newest::of(&pair.a), Newest::of(&pair.b));
        merge(&left, &right, &pair.by, self.cancel, &mut |found| {
            match &found {
                Found::A(row) => {
                    told.only_a += 1;
                    newest_a.see(row)?;
                    examples.one_side(row, Where::A)?;
                }
                Found::B(row) => {
                    told.only_b += 1;
                    newest_b.see(row)?;
                    examples.one_side(row, Where::B)?;
                }
                Found::Both(a, b) => {
                    let differing = differing(a, b, &mut columns)?;
                    if differing {
                        told.different += 1;
                        examples.both(a, b)?;
                    } else {
                        told.same += 1;
                    }
                }
            }
            self.done += if matches!(found, Found::Both(..)) { 2 } else { 1 };
            if self.done % 10_000 < 2 {
                self.tell();
            }
            Ok(())
        })?;
        let named = pair.a.columns.iter().zip(columns).filter(|(_, rows)| *rows > 0);
        told.columns = named.map(|(column, rows)| (Untrusted::new(column.name.clone()), rows)).collect();
        told.examples = examples.all;
        told.newest_only_a = newest_a.found(&pair.a);
        told.newest_only_b = newest_b.found(&pair.b);
        Ok(told)
    }

    /// A table that only one side has.
    fn alone(&mut self, table: &Table, in_a: bool) -> Result<TableComparison, DatabaseError> {
        let mut told = TableComparison::new(&table.name, in_a, !in_a);
        let rows = self.count(if in_a { self.a } else { self.b }, table)?;
        if in_a {
            told.only_a = rows;
        } else {
            told.only_b = rows;
        }
        Ok(told)
    }

    fn count(&mut self, db: &Db, table: &Table) -> Result<u64, DatabaseError> {
        let sql = format!("SELECT count(*) FROM {}", quote(&table.name));
        let rows: i64 = db
            .connection
            .query_row(&sql, [], |row| row.get(0))
            .map_err(|error| DatabaseError::sqlite(format!("count the rows of {}", table.shown()), &error))?;
        let rows = u64::try_from(rows).unwrap_or_default();
        self.done += rows;
        self.tell();
        Ok(rows)
    }

    fn tell(&mut self) {
        // Tables without row IDs are not in the estimate.
        let total = Some(self.total.max(self.done));
        (self.on_progress)(Progress { stage: CompareStage::Rows, done: self.done, total });
    }

    fn end(&mut self) {
        self.total = self.done;
        self.tell();
    }
}

/// Whether two rows differ; the columns in which they do are counted.
fn differing(a: &RowView<'_>, b: &RowView<'_>, columns: &mut [u64]) -> Result<bool, DatabaseError> {
    let mut any = false;
    for (at, rows) in columns.iter_mut().enumerate() {
        let (a, b): (CellRef<'_>, CellRef<'_>) = (a.cell(at)?, b.cell(at)?);
        if !a.same(b) {
            *rows += 1;
            any = true;
        }
    }
    Ok(any)
}

#[cfg(test)]
mod tests;
