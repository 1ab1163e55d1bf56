//! Jobs: work in the background, each with an id and a slot. A slot has a limit; a new job beyond it ends the oldest.

/// The id of one job. Ids are never used twice in one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u64);

/// What kind of work a job is: jobs of one slot replace each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    /// The screen's main work: a check, a download, a rewrite, a placing.
    Main,
    /// The listing of the level on screen.
    Listing,
    /// A search of the whole source: it goes on while a screen lies over it.
    Search,
    /// Small reads that fill in rows of a list.
    Names,
    /// Looks that repeat: the hub folder, who has the database open, the watch.
    Look,
    /// Pages of rows.
    Rows,
    /// Stopping and starting a service.
    Service,
    /// Short writes: the journal, a copied text.
    Note,
}

impl Slot {
    /// How many jobs of this slot may run at once.
    pub const fn limit(self) -> usize {
        match self {
            Self::Main | Self::Listing | Self::Search | Self::Look | Self::Rows | Self::Service => 1,
            Self::Names => 4,
            Self::Note => 16,
        }
    }
}

/// The jobs that run.
#[derive(Debug, Default)]
pub struct Jobs {
    last: u64,
    running: Vec<Running>,
}

#[derive(Debug)]
struct Running {
    id: JobId,
    slot: Slot,
    owner: usize,
}

impl Jobs {
    /// A new job of `slot` for the screen at `owner` in the history. Returns its id and the jobs that it ends.
    pub fn start(&mut self, slot: Slot, owner: usize) -> (JobId, Vec<JobId>) {
        self.last += 1;
        let id = JobId(self.last);
        self.running.push(Running { id, slot, owner });
        let of_slot: Vec<JobId> = self.running.iter().filter(|job| job.slot == slot).map(|job| job.id).collect();
        let excess = of_slot.len().saturating_sub(slot.limit());
        let ended = of_slot[..excess].to_vec();
        self.running.retain(|job| !ended.contains(&job.id));
        (id, ended)
    }

    /// Where in the history the screen stands that `job` answers to; none when the job is gone, and its answer stale.
    pub fn owner(&self, job: JobId) -> Option<usize> {
        self.running.iter().find(|running| running.id == job).map(|running| running.owner)
    }

    /// Ends one job. False when it was gone already.
    pub fn end(&mut self, job: JobId) -> bool {
        let before = self.running.len();
        self.running.retain(|running| running.id != job);
        self.running.len() < before
    }

    /// Ends the jobs of every screen from `depth` on, and returns them.
    pub fn end_from(&mut self, depth: usize) -> Vec<JobId> {
        let ended = self.running.iter().filter(|job| job.owner >= depth).map(|job| job.id).collect();
        self.running.retain(|job| job.owner < depth);
        ended
    }

    /// Ends the jobs of one slot that belong to the screen at `owner`.
    pub fn end_slot(&mut self, slot: Slot, owner: usize) -> Vec<JobId> {
        let ended: Vec<JobId> =
            self.running.iter().filter(|job| job.slot == slot && job.owner == owner).map(|job| job.id).collect();
        self.running.retain(|job| !ended.contains(&job.id));
        ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_keeps_its_limit_and_drops_the_oldest() {
        let mut jobs = Jobs::default();
        let (first, ended) = jobs.start(Slot::Main, 0);
        assert!(ended.is_empty());
        let (second, ended) = jobs.start(Slot::Main, 0);
        assert_eq!(ended, [first]);
        assert_eq!(jobs.owner(first), None);
        assert_eq!(jobs.owner(second), Some(0));
        for _ in 0..4 {
            assert!(jobs.start(Slot::Names, 1).1.is_empty());
        }
        assert_eq!(jobs.start(Slot::Names, 1).1.len(), 1);
        assert_eq!(jobs.end_from(1).len(), 4);
        assert_eq!(jobs.owner(second), Some(0));
    }
}
