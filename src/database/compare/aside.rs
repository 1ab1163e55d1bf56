//! B read as if it had the IDs of A: the mapping of a restore, in the two tables that a restore maps, and nowhere else.

use std::cell::RefCell;

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};

use crate::identity::Mapping;

use super::super::cell::CellRef;
use super::super::distinct::{Distinct, Weigh};
use super::super::error::DatabaseError;
use super::super::mapper::Mapper;
use super::super::open::{Db, quote};
use super::super::schema::Table;

/// The function that gives the new value of a cell, or NULL when it stays: `hub, source, which`.
const FUNCTION: &str = "reseat_aside";
/// Which cell it gives, and how its JSON is read.
const HUB: i64 = 0;
const ARRAY: i64 = 1;
const OBJECT: i64 = 2;

/// The two mapped columns of a table.
pub(super) struct Mapped {
    hub: usize,
    source: usize,
    how: i64,
}

impl Mapped {
    /// Where `table` is one of the two.
    pub(super) fn of(table: &Table) -> Option<Self> {
        let (names, how) = match () {
            () if table.is("Integrations") => (["id", "sources"], ARRAY),
            () if table.is("Events") => (["integration", "source"], OBJECT),
            () => return None,
        };
        Some(Self { hub: table.column(names[0])?, source: table.column(names[1])?, how })
    }

    /// The cell of a column in SQL; none when it stays as it is.
    pub(super) fn value(&self, table: &Table, column: usize) -> Option<String> {
        let which = match column {
            at if at == self.hub => HUB,
            at if at == self.source => self.how,
            _ => return None,
        };
        let [hub, source] = [self.hub, self.source].map(|at| quote(&table.columns[at].name));
        let (own, source) = if which == HUB { (&hub, "NULL") } else { (&source, source.as_str()) };
        Some(format!("coalesce({FUNCTION}({hub}, {source}, {which}), {own})"))
    }
}

/// What a cell becomes; none when it stays.
struct Meaning(Option<Vec<u8>>);

impl Weigh for Meaning {
    fn heap(&self) -> usize {
        self.0.as_ref().map_or(0, Vec::capacity)
    }
}

/// Gives the connection the function.
pub(super) fn register(db: &Db, mapping: &Mapping) -> Result<(), DatabaseError> {
    let mapper = Mapper::new(mapping);
    let known = [(); 3].map(|()| RefCell::new(Distinct::<Meaning>::new()));
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    let function = move |context: &Context<'_>| -> rusqlite::Result<Option<Value>> {
        let (hub, source) = (context.get_raw(0), context.get_raw(1));
        let which: i64 = context.get(2)?;
        let cell = if which == HUB { hub } else { source };
        let at = usize::try_from(which).unwrap_or_default().min(2);
        let mut known = known[at].borrow_mut();
        let meaning = known.get(CellRef::from(hub), CellRef::from(source), || {
            Ok::<_, rusqlite::Error>(Meaning(mapped(&mapper, hub, source, which)))
        })?;
        Ok(match (&meaning.0, cell) {
            (Some(new), ValueRef::Text(_)) => Some(Value::Text(String::from_utf8_lossy(new).into_owned())),
            (Some(new), ValueRef::Blob(_)) => Some(Value::Blob(new.clone())),
            _ => None,
        })
    };
    db.connection
        .create_scalar_function(FUNCTION, 3, flags, function)
        .map_err(|error| DatabaseError::sqlite("set the IDs aside", &error))
}

/// The new bytes of a cell under the old hub. What a restore would refuse stays, and shows as a difference.
fn mapped(mapper: &Mapper, hub: ValueRef<'_>, source: ValueRef<'_>, which: i64) -> Option<Vec<u8>> {
    if !mapper.is_old_hub(hub.as_bytes().ok()?) {
        return None;
    }
    match which {
        HUB => mapper.hub().map(|hub| hub.as_bytes().to_vec()),
        ARRAY => mapper.array(source.as_bytes().ok()?).ok()?.new,
        _ => mapper.object(source.as_bytes().ok()?).ok()?.new,
    }
}
