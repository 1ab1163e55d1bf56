//! How many requests run at once: fewer as soon as the source says that it is asked too much, slowly more again after that.

/// Requests at once, at most.
pub(super) const MOST: usize = 8;

/// The number of requests that may run now.
pub(super) struct Lanes {
    open: usize,
    /// Requests that ended since the number changed, without a word of the source.
    calm: usize,
    /// How often the source had complained when it was last looked at.
    seen: u64,
}

impl Lanes {
    /// `complaints`: how often the source has complained until now.
    pub(super) fn new(complaints: u64) -> Self {
        Self { open: MOST, calm: 0, seen: complaints }
    }

    /// How many may run.
    pub(super) fn open(&self) -> usize {
        self.open
    }

    /// A request ended, and the source had complained so often by then.
    pub(super) fn ended(&mut self, complaints: u64) {
        if complaints > self.seen {
            (self.open, self.calm, self.seen) = ((self.open / 2).max(1), 0, complaints);
            return;
        }
        self.calm += 1;
        if self.open < MOST && self.calm >= 2 * self.open {
            (self.open, self.calm) = (self.open + 1, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_halves_the_number_and_calm_brings_it_back_one_by_one() {
        let mut lanes = Lanes::new(7);
        lanes.ended(7);
        assert_eq!(lanes.open(), MOST);
        lanes.ended(9);
        assert_eq!(lanes.open(), MOST / 2);
        // The same complaint is heard once.
        lanes.ended(9);
        assert_eq!(lanes.open(), MOST / 2);
        for complaints in 10..20 {
            lanes.ended(complaints);
        }
        assert_eq!(lanes.open(), 1);
        lanes.ended(19);
        assert_eq!(lanes.open(), 1);
        lanes.ended(19);
        assert_eq!(lanes.open(), 2);
        for _ in 0..100 {
            lanes.ended(19);
        }
        assert_eq!(lanes.open(), MOST);
    }
}
