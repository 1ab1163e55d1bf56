//! What the screen of connectors does with keys and answers.

use crossterm::event::KeyEvent;

use super::{Connector, Connectors};
use crate::finding::Code;
use crate::keys::{self, Action, Hint};
use crate::text::{self, Untrusted};
use crate::wizard::backup::{Answer, Listing, Search, locating};
use crate::wizard::job::JobId;
use crate::wizard::source::Credentials;
use crate::wizard::step::{Cx, Flow, Rail, RailMark, Stage, Step};
use crate::wizard::{Answer as Said, Shared};

impl Step for Connectors {
    fn id(&self) -> keys::Screen {
        keys::Screen::Connectors
    }

    fn rail(&self) -> Rail {
        let mark = if self.failure().is_some() { RailMark::Stopped } else { RailMark::Here };
        Some((Stage::Backup, mark))
    }

    fn main(&self, _shared: &Shared) -> String {
        let rows = self.rows();
        let typed = self.filter().text();
        match rows.get(self.cursor.at(rows.len())) {
            _ if locating::is_address(typed) && rows.len() != 1 => "Enter looks for it in the whole source.".to_owned(),
            Some(Connector::Folder(folder, peek)) => {
                let name = peek.and_then(|peek| peek.name.as_ref());
                let name = name.map_or_else(|| folder.connector.short(), Untrusted::printable);
                match peek.map(|peek| peek.versions) {
                    Some(1) => format!("Enter shows the 1 version of {name}."),
                    Some(versions) => format!("Enter shows the {} versions of {name}.", text::count(versions)),
                    None => format!("Enter shows the versions of {name}."),
                }
            }
            Some(Connector::Other(_)) => "Enter explains why this is not a connector backup.".to_owned(),
            None if self.listing.runs() => "The connectors are being listed.".to_owned(),
            None if self.filter.shown() => "No connector fits the filter. A pasted ID is looked for.".to_owned(),
            None => "r lists again.".to_owned(),
        }
    }

    fn hints(&self, _shared: &Shared) -> Vec<Hint> {
        let hint = |action, label| keys::hint(keys::Screen::Connectors, action, Some(label));
        let go = hint(Action::Go, "versions");
        let hints = if self.filter.focused() {
            vec![go, hint(Action::Up, "move"), hint(Action::Next, "list")]
        } else if let Some(failure) = self.failure() {
            let paste = if failure.code == Code::R112 { hint(Action::Paste, "paste") } else { None };
            vec![hint(Action::Again, "again"), paste, hint(Action::Explain, "explain"), hint(Action::Up, "move")]
        } else {
            vec![
                go,
                hint(Action::Filter, "filter"),
                hint(Action::Search, "search all"),
                hint(Action::Up, "move"),
                hint(Action::Rows, "rows"),
            ]
        };
        hints.into_iter().flatten().collect()
    }

    fn typing(&self) -> bool {
        self.filter.focused()
    }

    fn enter(&mut self, cx: &mut Cx<'_>) -> Flow {
        cx.shared.crumbs.organisation = Some(self.org.printable());
        self.list(cx);
        Flow::Stay
    }

    fn returned(&mut self, cx: &mut Cx<'_>) -> Flow {
        cx.shared.crumbs.organisation = Some(self.org.printable());
        cx.shared.crumbs.connector = None;
        // Another listing has ended this one: it begins again.
        if self.listing.runs() || self.failure().is_some_and(|finding| finding.code == Code::R112) {
            self.list(cx);
        } else {
            self.queue.go_on(cx);
            self.peek(cx);
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
            Action::Go => return self.go(cx),
            Action::Rows => return self.browse(cx),
            Action::Again => self.list(cx),
            Action::Search => return Flow::Push(Search::new(self.source.clone(), Some(self.org.clone())).into()),
            // What cannot be listed is typed where a pasted key would go.
            Action::Type => {
                self.filter.act(Action::Filter);
            }
            Action::Paste => return Flow::Push(Credentials::new((*self.source.spec).clone()).into()),
            Action::Explain => {
                let of_row = match self.rows().get(self.at()) {
                    Some(Connector::Other(_)) => Some(Code::R113),
                    Some(Connector::Folder(_, Some(peek))) => peek.barred.as_ref().and_then(|barred| barred.code),
                    _ => None,
                };
                let code = self.failure().map(|finding| finding.code).or(of_row);
                cx.explain(code.unwrap_or(Code::R115));
            }
            action => {
                let rows = self.rows().len();
                if self.cursor.act(action, rows) {
                    self.peek(cx);
                }
            }
        }
        Flow::Stay
    }

    fn text(&mut self, key: KeyEvent, cx: &mut Cx<'_>) -> Flow {
        self.cursor.hold();
        let before = self.under();
        if self.filter.key(key) {
            self.settle(before.as_ref());
            self.peek(cx);
        }
        Flow::Stay
    }

    fn paste(&mut self, pasted: &str, cx: &mut Cx<'_>) -> Flow {
        self.cursor.hold();
        if locating::is_address(pasted) {
            return self.locate(pasted, cx);
        }
        let before = self.under();
        self.filter.paste(pasted);
        self.settle(before.as_ref());
        self.peek(cx);
        Flow::Stay
    }

    fn answer(&mut self, job: JobId, answer: Said, cx: &mut Cx<'_>) -> Flow {
        let answer = match answer {
            Said::Backup(answer) => answer,
            Said::Broken(why) => {
                cx.say(why);
                return Flow::Stay;
            }
            _ => return Flow::Stay,
        };
        let before = self.under();
        match answer {
            Answer::Connectors(page) if self.listing.is(job) => {
                self.add(page);
                self.settle(before.as_ref());
                self.peek(cx);
            }
            Answer::Ended if self.listing.is(job) => {
                self.listing = Listing::Ended;
                cx.finished(job);
            }
            Answer::Peeked(folder, peek) if self.queue.is(job) => {
                if !peek.more {
                    self.queue.ended(job, cx);
                }
                self.peeks.insert(*folder, *peek);
                self.settle(before.as_ref());
                self.peek(cx);
            }
            Answer::Located(located) if self.locating == Some(job) => {
                cx.finished(job);
                self.locating = None;
                cx.shared.notice = None;
                return locating::follow(*located, &self.source, cx);
            }
            Answer::Failed(finding) => self.failed(job, finding, cx),
            _ => {}
        }
        Flow::Stay
    }
}
