//! What the screen of versions does with keys and answers.

use crossterm::event::KeyEvent;

use super::Versions;
use crate::finding::Code;
use crate::keys::{self, Action, Hint};
use crate::text;
use crate::wizard::backup::{Answer, Listing, Search};
use crate::wizard::job::JobId;
use crate::wizard::source::Credentials;
use crate::wizard::step::{Cx, Flow, Rail, RailMark, Stage, Step};
use crate::wizard::{Answer as Said, Field, Shared};

impl Step for Versions {
    fn id(&self) -> keys::Screen {
        keys::Screen::Versions
    }

    fn rail(&self) -> Rail {
        let mark = if self.failure().is_some() { RailMark::Stopped } else { RailMark::Here };
        Some((Stage::Backup, mark))
    }

    fn main(&self, _shared: &Shared) -> String {
        if self.as_of.is_some() {
            return format!("Type {}: UTC. Enter stays on that version.", text::TIME_FORMS);
        }
        if let Some(line) = self.comparing_line() {
            return line;
        }
        let Some(entry) = self.under() else {
            let empty = if self.listing.runs() { "The versions are being listed." } else { "r lists again." };
            return empty.to_owned();
        };
        match entry.barred() {
            _ if entry.backup.deleted => "Here the file was deleted: there is nothing to read.".to_owned(),
            Some(code) => format!("Enter explains {code}: this row cannot be restored as it is."),
            None => {
                let size = text::size(entry.backup.size);
                format!("Enter downloads this version, {size}, to this machine and looks inside.")
            }
        }
    }

    fn hints(&self, _shared: &Shared) -> Vec<Hint> {
        let hint = |action, label| keys::hint(keys::Screen::Versions, action, Some(label));
        let hints = match self.failure() {
            _ if self.as_of.is_some() => vec![hint(Action::Go, "this one"), hint(Action::Up, "move")],
            Some(failure) => {
                let paste = if failure.code == Code::R112 { hint(Action::Paste, "paste") } else { None };
                vec![hint(Action::Again, "again"), paste, hint(Action::Explain, "explain")]
            }
            None => vec![
                hint(Action::Go, "download"),
                hint(Action::Up, "move"),
                hint(Action::Rows, "rows"),
                hint(Action::AsOf, "date"),
                hint(Action::Compare, "compare"),
                hint(Action::View, "growth"),
                hint(Action::Copy, "copy S3 address"),
            ],
        };
        hints.into_iter().flatten().collect()
    }

    fn typing(&self) -> bool {
        self.as_of.is_some()
    }

    fn enter(&mut self, cx: &mut Cx<'_>) -> Flow {
        cx.shared.crumbs.organisation = Some(self.folder.org.printable());
        cx.shared.crumbs.connector = Some(self.called());
        self.list(cx);
        Flow::Stay
    }

    fn returned(&mut self, cx: &mut Cx<'_>) -> Flow {
        cx.shared.crumbs.organisation = Some(self.folder.org.printable());
        cx.shared.crumbs.connector = Some(self.called());
        // What was inspected meanwhile shows in its row.
        self.list(cx);
        Flow::Stay
    }

    fn act(&mut self, action: Action, cx: &mut Cx<'_>) -> Flow {
        self.cursor.hold();
        if self.as_of.is_some() && matches!(action, Action::Back | Action::Go) {
            self.close_as_of(action, cx);
            return Flow::Stay;
        }
        // Whatever opens another page ends the comparison, which would open one over it.
        let opens = !matches!(action, Action::Up | Action::Down | Action::PageUp | Action::PageDown | Action::Compare);
        if matches!(action, Action::Back | Action::Stop) && self.stop_comparing(cx) {
            return Flow::Stay;
        }
        if opens && self.is_comparing() {
            self.stop_comparing(cx);
        }
        match action {
            Action::Compare => self.compare(cx),
            Action::AsOf => self.as_of = Some(Field::default()),
            Action::View => cx.page(self.growth(usize::from(cx.shared.size.0), usize::MAX).join("\n")),
            Action::Back => return Flow::Back,
            Action::Go => return self.go(cx),
            Action::Rows => return self.browse(cx),
            Action::Again => self.list(cx),
            Action::Search => {
                return Flow::Push(Search::new(self.source.clone(), Some(self.folder.org.clone())).into());
            }
            Action::Paste => return Flow::Push(Credentials::new((*self.source.spec).clone()).into()),
            Action::Copy => {
                if let Some(entry) = self.under() {
                    cx.copy(entry.backup.address());
                }
            }
            Action::Explain => {
                let of_row = self.under().and_then(|entry| {
                    let earlier = entry.earlier.as_ref().and_then(|earlier| earlier.result?.err());
                    entry.barred().or(earlier).or_else(|| self.barred(entry)?.code)
                });
                let code = self.failure().map(|finding| finding.code).or(of_row);
                cx.explain(code.unwrap_or(Code::R115));
            }
            action => {
                if self.cursor.act(action, self.entries.len()) {
                    self.look(cx);
                }
            }
        }
        Flow::Stay
    }

    fn text(&mut self, key: KeyEvent, cx: &mut Cx<'_>) -> Flow {
        if self.as_of.as_mut().is_some_and(|field| field.key(key)) && self.go_as_of().is_ok() {
            self.look(cx);
        }
        Flow::Stay
    }

    fn paste(&mut self, pasted: &str, cx: &mut Cx<'_>) -> Flow {
        if let Some(field) = &mut self.as_of {
            field.paste(pasted.trim());
            if self.go_as_of().is_ok() {
                self.look(cx);
            }
        }
        Flow::Stay
    }

    fn answer(&mut self, job: JobId, answer: Said, cx: &mut Cx<'_>) -> Flow {
        if self.queue.is(job) {
            self.looked(job, answer, cx);
            return Flow::Stay;
        }
        if self.compares(job) {
            self.compared(job, answer, cx);
            return Flow::Stay;
        }
        if !self.listing.is(job) {
            return Flow::Stay;
        }
        cx.finished(job);
        match answer {
            Said::Backup(Answer::Backups(backups, earlier)) => {
                self.listing = Listing::Ended;
                self.fill(*backups, earlier);
                self.queue.go_on(cx);
                self.look(cx);
            }
            Said::Backup(Answer::Failed(finding)) => self.listing = Listing::Failed(finding),
            Said::Broken(why) => {
                self.listing = Listing::Ended;
                cx.say(why);
            }
            _ => {}
        }
        Flow::Stay
    }
}

impl Versions {
    /// Esc or Enter in the field: Enter says why the cursor did not move.
    fn close_as_of(&mut self, action: Action, cx: &mut Cx<'_>) {
        if action == Action::Go
            && let Err(why) = self.go_as_of()
        {
            cx.say(why);
            return;
        }
        self.as_of = None;
        self.look(cx);
    }

    /// A look into a version has ended.
    fn looked(&mut self, job: JobId, answer: Said, cx: &mut Cx<'_>) {
        let Some(version) = self.queue.ended(job, cx) else { return };
        match answer {
            Said::Backup(Answer::Looked(_, seen)) => {
                if let (None, Some(name)) = (&self.name, &seen.name) {
                    self.name = Some(name.printable());
                    cx.shared.crumbs.connector = Some(self.called());
                }
                self.seen.insert(version, *seen);
                self.look(cx);
            }
            Said::Backup(Answer::Failed(finding)) => {
                self.queue.stop(&version);
                self.trouble = Some(finding);
            }
            Said::Broken(why) => cx.say(why),
            _ => {}
        }
    }
}
