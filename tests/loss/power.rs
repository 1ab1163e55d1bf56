//! Power loss: every tree that it may leave of a placing and of an undoing is built for real, judged, and brought to its
//! end; and so is every tree of that second run. By default a part of the trees, the same in each run; `RESEAT_EXHAUSTIVE=1`
//! takes all that the generator finds.

use crate::support::hubs::Old;
use crate::tape::{After, EACH, Tape, What, record};

/// Trees at one moment; more are spread over all combinations.
const AT_ONE_MOMENT: usize = 150;

/// The old states of the recipe, side files of a missing database among them.
pub const OLDS: [Old; 8] =
    [Old::Clean, Old::Wal, Old::Hot, Old::Missing, Old::Strays, Old::Persist, Old::Garbage, Old::Ruined];

/// Old states that SQLite can write into.
const WRITABLE: [Old; 4] = [Old::Clean, Old::Wal, Old::Hot, Old::Persist];

/// What was looked at, and what was wrong.
#[derive(Default)]
struct Tally {
    judged: usize,
    recovered: usize,
    violations: Vec<String>,
}

impl Tally {
    /// Judges each of these trees, and goes on from every one that `brings` says: continued, undone.
    fn look(&mut self, tape: &Tape, called: &str, trees: &[After], brings: impl Fn(usize) -> [bool; 2]) {
        for (number, after) in trees.iter().enumerate() {
            let at = |then: &str| format!("{called}, tree {number} of {}, {then}", trees.len());
            self.judged += 1;
            if let Err(violation) = tape.judge(after) {
                self.violations.push(format!("{}: {violation}", at("as it is")));
            }
            for (undoes, _) in [false, true].into_iter().zip(brings(number)).filter(|(_, brings)| *brings) {
                self.recovered += 1;
                if let Err(violation) = tape.recover(after, undoes) {
                    self.violations.push(format!("{}: {violation}", at(if undoes { "undone" } else { "continued" })));
                }
            }
        }
    }

    #[track_caller]
    fn holds(self, what: &str, at_least: usize) {
        let Self { judged, recovered, violations } = self;
        eprintln!("{what}: {judged} trees judged, {recovered} brought to their end, {} violations", violations.len());
        assert!(violations.is_empty(), "{}", violations.join("\n"));
        assert!(recovered > at_least, "{recovered}");
    }
}

fn is_exhaustive() -> bool {
    std::env::var_os("RESEAT_EXHAUSTIVE").is_some()
}

/// Every tree of these acts over these old states.
fn every_tree(olds: &[Old], whats: &[What]) -> Tally {
    let mut tally = Tally::default();
    for (turn, (old, what)) in olds.iter().flat_map(|old| whats.iter().map(|what| (*old, *what))).enumerate() {
        let tape = record(old, what, None);
        let trees = tape.trees(&tape.steps, if is_exhaustive() { AT_ONE_MOMENT } else { 12 });
        // Judging is quick, going on from there is not.
        let stride = (trees.len() / 6).max(1);
        let some = |number: usize| {
            let taken = (number + turn).is_multiple_of(stride);
            [taken && !number.is_multiple_of(2), taken && number.is_multiple_of(2)]
        };
        let brings = |number| if is_exhaustive() { [true; 2] } else { some(number) };
        tally.look(&tape, &format!("{old:?} {what:?}"), &trees, brings);
    }
    tally
}

#[test]
fn power_may_fail_at_any_moment() {
    let olds: &[Old] = if is_exhaustive() { &OLDS } else { &[Old::Wal, Old::Hot, Old::Garbage, Old::Strays] };
    every_tree(olds, &EACH).holds("power loss", 30);
}

/// SQLite keeps its own promise, that a transaction is there or is not; around it stands what this program does.
#[test]
fn power_may_fail_while_the_live_file_is_written() {
    let olds: &[Old] = if is_exhaustive() { &WRITABLE } else { &[Old::Clean, Old::Wal] };
    every_tree(olds, &[What::Online, What::UndoOnline]).holds("power loss, online", 10);
}

#[test]
fn power_may_fail_again_while_the_second_run_mends() {
    let exhaustive = is_exhaustive();
    let olds: &[Old] = if exhaustive { &OLDS } else { &[Old::Wal, Old::Garbage] };
    let (first, at_one_moment) = if exhaustive { (12, 24) } else { (2, 6) };
    let mut tally = Tally::default();
    let mut runs = 0;
    let all = olds.iter().flat_map(|old| EACH.map(|what| (*old, what)));
    for (old, what) in all.chain([(Old::Wal, What::Online), (Old::Clean, What::UndoOnline)]) {
        let tape = record(old, what, None);
        let trees = tape.trees(&tape.steps, 6);
        for (number, after) in trees.iter().enumerate().skip(3).step_by((trees.len() / first).max(1)) {
            for undoes in [false, true] {
                let Some(again) = tape.again(after, undoes) else { continue };
                runs += 1;
                let trees = again.trees(&again.steps, at_one_moment);
                let stride = if exhaustive { (trees.len() / 12).max(1) } else { (trees.len() / 2).max(1) };
                let brings = |number: usize| {
                    let taken = number % stride == stride / 2;
                    [taken && (exhaustive || !undoes), taken && (exhaustive || undoes)]
                };
                let called =
                    format!("{old:?} {what:?}, tree {number}, {}", if undoes { "undone" } else { "continued" });
                tally.look(&again, &called, &trees, brings);
            }
        }
    }
    eprintln!("{runs} second runs");
    tally.holds("power loss in a second run", 20);
}
