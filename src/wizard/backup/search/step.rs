//! What the search does with keys and answers.

use crossterm::event::KeyEvent;

use super::{Anew, KEPT, Reach, Search};
use crate::finding::Code;
use crate::keys::{self, Action, Hint};
use crate::text::{self, Untrusted};
use crate::wizard::backup::{Answer, Listing};
use crate::wizard::job::JobId;
use crate::wizard::source::Credentials;
use crate::wizard::step::{Cx, Flow, Rail, RailMark, Stage, Step};
use crate::wizard::{Answer as Said, Shared};

impl Step for Search {
    fn id(&self) -> keys::Screen {
        keys::Screen::Search
    }

    fn rail(&self) -> Rail {
        let mark = if self.failure().is_some() { RailMark::Stopped } else { RailMark::Here };
        Some((Stage::Backup, mark))
    }

    fn main(&self, _shared: &Shared) -> String {
        match self.under() {
            Some(hit) => {
                let name = hit.name.as_ref().map_or_else(|| hit.folder.connector.short(), Untrusted::printable);
                if hit.deleted {
                    format!("Enter shows what is left of {name}: it was deleted.")
                } else {
                    format!("Enter shows the versions of {name}.")
                }
            }
            None if self.failure().is_some() => "r searches again.".to_owned(),
            None if self.reach == Some(Reach::Nothing) => {
                "Type an organisation, then what to look for in it.".to_owned()
            }
            None if !self.asks() => "Type any part of an organisation, an ID, a file or a known name.".to_owned(),
            None if self.listing.runs() => "It is searched; nothing is found so far. Esc stops.".to_owned(),
            None => "Nothing is found. Names are known of connectors that were looked at.".to_owned(),
        }
    }

    fn hints(&self, _shared: &Shared) -> Vec<Hint> {
        let hint = |action, label| keys::hint(keys::Screen::Search, action, Some(label));
        let go = hint(Action::Go, "versions");
        let hints = if let Some(failure) = self.failure() {
            let paste = if failure.code == Code::R112 { hint(Action::Paste, "paste") } else { None };
            vec![hint(Action::Again, "again"), paste, hint(Action::Explain, "explain")]
        } else if self.filter.focused() {
            vec![go, hint(Action::Up, "move"), hint(Action::Next, "list")]
        } else {
            vec![go, hint(Action::Up, "move"), hint(Action::Filter, "text"), hint(Action::Copy, "copy key")]
        };
        hints.into_iter().flatten().collect()
    }

    fn typing(&self) -> bool {
        self.filter.focused()
    }

    fn enter(&mut self, cx: &mut Cx<'_>) -> Flow {
        cx.shared.crumbs.organisation = None;
        cx.shared.crumbs.connector = None;
        // The source is listed while somebody types.
        self.search(Anew::Yes, cx);
        Flow::Stay
    }

    fn returned(&mut self, cx: &mut Cx<'_>) -> Flow {
        cx.shared.crumbs.organisation = None;
        cx.shared.crumbs.connector = None;
        if self.failure().is_some_and(|finding| finding.code == Code::R112) {
            self.search(Anew::No, cx);
        }
        Flow::Stay
    }

    fn act(&mut self, action: Action, cx: &mut Cx<'_>) -> Flow {
        self.cursor.hold();
        if self.filter.act(action) {
            return Flow::Stay;
        }
        match action {
            Action::Back => return Flow::Back,
            Action::Go => return self.go(),
            Action::Again => self.search(Anew::Yes, cx),
            Action::Paste => return Flow::Push(Credentials::new((*self.source.spec).clone()).into()),
            Action::Copy => {
                if let Some(hit) = self.under() {
                    cx.copy(hit.key.printable());
                }
            }
            Action::Explain => {
                if let Some(code) = self.failure().map(|finding| finding.code) {
                    cx.explain(code);
                }
            }
            action => {
                self.cursor.act(action, self.found.hits.len());
            }
        }
        Flow::Stay
    }

    fn text(&mut self, key: KeyEvent, cx: &mut Cx<'_>) -> Flow {
        if self.filter.key(key) {
            self.changed(cx);
        }
        Flow::Stay
    }

    fn paste(&mut self, pasted: &str, cx: &mut Cx<'_>) -> Flow {
        self.filter.paste(pasted);
        self.changed(cx);
        Flow::Stay
    }

    fn answer(&mut self, job: JobId, answer: Said, cx: &mut Cx<'_>) -> Flow {
        if !self.listing.is(job) {
            return Flow::Stay;
        }
        match answer {
            Said::Backup(Answer::Found(found)) => {
                (self.found.fit, self.found.looked) = (found.fit, found.looked);
                let room = KEPT.saturating_sub(self.found.hits.len());
                self.found.hits.extend(found.hits.into_iter().take(room));
            }
            Said::Backup(Answer::Heard(heard)) => self.hear(heard, cx),
            Said::Backup(Answer::Ended) => {
                self.listing = Listing::Ended;
                cx.finished(job);
            }
            Said::Backup(Answer::Failed(finding)) => {
                cx.finished(job);
                // The keys that help are letters.
                if self.filter.focused() {
                    self.filter.act(Action::Next);
                }
                self.listing = Listing::Failed(finding);
            }
            Said::Broken(why) => {
                cx.finished(job);
                self.listing = Listing::Ended;
                cx.say(text::printable(&why));
            }
            _ => {}
        }
        Flow::Stay
    }
}
