//! Two sorted streams of rows become one stream of pairs.

use std::cmp::Ordering;

use crate::progress::Cancel;

use super::super::error::DatabaseError;
use super::super::walk::RowView;
use super::side::{By, Side};

/// Rows between two looks at the cancel flag.
const ROWS: u64 = 1_024;

/// What stands next in the order of the key.
pub(super) enum Found<'f, 'r> {
    /// A row that only A has.
    A(&'f RowView<'r>),
    /// A row that only B has.
    B(&'f RowView<'r>),
    /// A row that both have, with the same key.
    Both(&'f RowView<'r>, &'f RowView<'r>),
}

/// Reads both sides once.
pub(super) fn merge(
    a: &Side<'_>,
    b: &Side<'_>,
    by: &By,
    cancel: &Cancel,
    each: &mut dyn FnMut(Found<'_, '_>) -> Result<(), DatabaseError>,
) -> Result<(), DatabaseError> {
    let failed = |error: rusqlite::Error| DatabaseError::sqlite(format!("read {}", a.table.shown()), &error);
    let mut left = a.db.connection.prepare(&a.sql).map_err(failed)?;
    let mut right = b.db.connection.prepare(&b.sql).map_err(failed)?;
    let (mut left, mut right) = (left.query([]).map_err(failed)?, right.query([]).map_err(failed)?);
    let (mut one, mut other) = (left.next().map_err(failed)?, right.next().map_err(failed)?);
    let mut steps: u64 = 0;
    loop {
        steps += 1;
        if steps.is_multiple_of(ROWS) {
            cancel.check()?;
        }
        let rows = (one.map(|row| a.row(row, steps)), other.map(|row| b.row(row, steps)));
        let order = match &rows {
            (None, None) => return Ok(()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(one), Some(other)) => by.order(one, other)?,
        };
        match (order, &rows) {
            (Ordering::Equal, (Some(one), Some(other))) => each(Found::Both(one, other))?,
            (Ordering::Less, (Some(row), _)) => each(Found::A(row))?,
            (Ordering::Greater, (_, Some(row))) => each(Found::B(row))?,
            // Not met: an order needs the rows that it orders.
            _ => return Ok(()),
        }
        if order != Ordering::Greater {
            one = left.next().map_err(failed)?;
        }
        if order != Ordering::Less {
            other = right.next().map_err(failed)?;
        }
    }
}
