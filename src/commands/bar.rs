//! The progress bar on standard error: only on a terminal, at most four changes a second.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::catalog::download::DownloadStage;
use crate::database::compare::CompareStage;
use crate::database::rewrite::RewriteStage;
use crate::database::{InspectStage, PlanStage};
use crate::hub::place::Step;
use crate::progress::Progress;

/// What a stage of some work is called, and what it counts.
pub(super) trait Told: Copy + PartialEq {
    /// Its name, in a few words, and whether it counts bytes.
    fn told(self) -> (&'static str, bool);
}

impl Told for DownloadStage {
    fn told(self) -> (&'static str, bool) {
        match self {
            Self::Asks => ("asks", true),
            Self::Receives => ("download", true),
            Self::Waits { .. } => ("no data, waits", true),
            Self::Compares => ("same bytes", true),
        }
    }
}

impl Told for InspectStage {
    fn told(self) -> (&'static str, bool) {
        match self {
            Self::Complete => ("complete", true),
            Self::NotDamaged => ("not damaged", false),
            Self::RightIds => ("right IDs", false),
            Self::Events => ("events", false),
            Self::Leftovers => ("leftovers", false),
        }
    }
}

impl Told for PlanStage {
    fn told(self) -> (&'static str, bool) {
        match self {
            Self::Digest => ("digest", true),
            Self::Events => ("plan", false),
            Self::Others => ("other tables", false),
        }
    }
}

impl Told for RewriteStage {
    fn told(self) -> (&'static str, bool) {
        match self {
            Self::Copy => ("copy", true),
            Self::Rewrite => ("rewrite", false),
            Self::NotDamaged => ("not damaged", false),
            Self::Compare => ("compare", false),
            Self::Leftovers => ("digest", true),
        }
    }
}

impl Told for CompareStage {
    fn told(self) -> (&'static str, bool) {
        match self {
            Self::Rows => ("compare", false),
        }
    }
}

impl Told for Step {
    fn told(self) -> (&'static str, bool) {
        match self {
            Self::Stage => ("copy", true),
            Self::SafetyCopy => ("safety copy", true),
            Self::LastLook => ("last look", true),
            Self::Replace => ("replace", true),
            Self::ReadBack => ("read back", true),
            Self::Finish => ("finish", true),
        }
    }
}

/// One bar for some work; it goes away when dropped.
pub(super) struct Bar<S> {
    bar: ProgressBar,
    stage: Option<S>,
}

impl<S: Told> Bar<S> {
    /// A bar that is not drawn before the first progress, and not at all without a terminal.
    pub(super) fn new() -> Self {
        Self { bar: ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(4)), stage: None }
    }

    /// Shows how far the work is.
    pub(super) fn show(&mut self, progress: Progress<S>) {
        let (name, bytes) = progress.stage.told();
        if self.stage != Some(progress.stage) {
            self.stage = Some(progress.stage);
            self.bar.reset();
            self.bar.set_style(style(bytes, progress.total.is_some(), progress.done > 0));
            self.bar.set_message(name);
        }
        if let Some(total) = progress.total {
            self.bar.set_length(total);
        }
        self.bar.set_position(progress.done);
    }
}

impl<S> Drop for Bar<S> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn style(bytes: bool, total: bool, some: bool) -> ProgressStyle {
    let template = match (bytes, total) {
        (_, false) if !some => "{msg}",
        (true, true) => "{msg:14} {wide_bar} {percent:>3} %  {binary_bytes} of {binary_total_bytes}  {eta} left",
        (false, true) => "{msg:14} {wide_bar} {percent:>3} %  {human_pos} of {human_len}  {eta} left",
        (true, false) => "{msg:14} {binary_bytes}",
        (false, false) => "{msg:14} {human_pos}",
    };
    // The templates are constants; a default bar is as good where one should be wrong.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
