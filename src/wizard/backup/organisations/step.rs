//! What the screen of organisations does with keys and answers.

use crossterm::event::KeyEvent;

use super::{Counts, Organisations, Row};
use crate::finding::Code;
use crate::keys::{self, Action, Hint};
use crate::text::{self, Untrusted};
use crate::wizard::backup::{Answer, Listing, Search, locating};
use crate::wizard::job::JobId;
use crate::wizard::source::Credentials;
use crate::wizard::step::{Cx, Flow, Rail, RailMark, Stage, Step};
use crate::wizard::{Answer as Said, Field, Shared};

impl Step for Organisations {
    fn id(&self) -> keys::Screen {
        keys::Screen::Organisations
    }

    fn rail(&self) -> Rail {
        let mark = if self.failure().is_some() { RailMark::Stopped } else { RailMark::Here };
        Some((Stage::Backup, mark))
    }

    fn main(&self, _shared: &Shared) -> String {
        if self.typed.is_some() {
            return "Enter shows the connectors of the organisation that is typed.".to_owned();
        }
        let rows = self.rows();
        match rows.get(self.cursor.at(rows.len())) {
            Some(Row::Organisation(name)) => match self.counts.get(*name).map(Counts::connectors) {
                Some(1) => format!("Enter shows the 1 connector of {}.", name.printable()),
                Some(count) => format!("Enter shows the {} connectors of {}.", text::count(count), name.printable()),
                None => format!("Enter shows the connectors of {}.", name.printable()),
            },
            Some(Row::Other(_)) => "Enter explains why this is not a connector backup.".to_owned(),
            None if self.listing.runs() => "The organisations are being listed.".to_owned(),
            None if self.filter.shown() => "No organisation fits the filter. A pasted ID is looked for.".to_owned(),
            None => "r lists again; i types the name of an organisation.".to_owned(),
        }
    }

    fn hints(&self, _shared: &Shared) -> Vec<Hint> {
        let hint = |action, label| keys::hint(keys::Screen::Organisations, action, Some(label));
        let go = hint(Action::Go, "connectors");
        let hints = if self.typed.is_some() {
            vec![go, hint(Action::Next, "leave the field")]
        } else if let Some(failure) = self.failure() {
            let paste = if failure.code == Code::R112 { hint(Action::Paste, "paste") } else { None };
            vec![hint(Action::Again, "again"), paste, hint(Action::Type, "type it"), hint(Action::Explain, "explain")]
        } else if self.filter.focused() {
            vec![go, hint(Action::Up, "move"), hint(Action::Next, "list")]
        } else {
            vec![go, hint(Action::Filter, "filter"), hint(Action::Search, "search all"), hint(Action::Up, "move")]
        };
        hints.into_iter().flatten().collect()
    }

    fn typing(&self) -> bool {
        self.filter.focused() || self.typed.is_some()
    }

    fn enter(&mut self, cx: &mut Cx<'_>) -> Flow {
        self.list(cx);
        Flow::Stay
    }

    fn returned(&mut self, cx: &mut Cx<'_>) -> Flow {
        cx.shared.crumbs.organisation = None;
        cx.shared.crumbs.connector = None;
        // Another listing has ended this one: it begins again.
        if self.listing.runs() || self.failure().is_some_and(|finding| finding.code == Code::R112) {
            self.list(cx);
        } else {
            self.queue.go_on(cx);
            self.count(cx);
        }
        Flow::Stay
    }

    fn act(&mut self, action: Action, cx: &mut Cx<'_>) -> Flow {
        self.cursor.hold();
        if self.typed.is_some() && matches!(action, Action::Next | Action::Previous) {
            self.typed = None;
            return Flow::Stay;
        }
        if self.filter.act(action) {
            return Flow::Stay;
        }
        match action {
            Action::Back => return Flow::Back,
            Action::Go => return self.go(cx),
            Action::Type => self.typed = Some(Field::default()),
            Action::Again => self.list(cx),
            Action::Search => {
                // What is typed where nothing can be listed is searched.
                let typed = self.typed.as_ref().map(|field| field.text().trim().trim_matches('/'));
                let org = typed.filter(|org| !org.is_empty()).map(Untrusted::from);
                return Flow::Push(Search::new(self.source.clone(), org).into());
            }
            Action::Paste => return Flow::Push(Credentials::new((*self.source.spec).clone()).into()),
            Action::Explain => {
                if let Some(code) = self.failure().map(|finding| finding.code) {
                    cx.explain(code);
                }
            }
            action => {
                let rows = self.rows().len();
                if self.cursor.act(action, rows) {
                    self.count(cx);
                }
            }
        }
        Flow::Stay
    }

    fn text(&mut self, key: KeyEvent, cx: &mut Cx<'_>) -> Flow {
        self.cursor.hold();
        if let Some(field) = &mut self.typed {
            field.key(key);
            return Flow::Stay;
        }
        let before = self.under();
        if self.filter.key(key) {
            self.refill(before.as_ref(), cx);
        }
        Flow::Stay
    }

    fn paste(&mut self, pasted: &str, cx: &mut Cx<'_>) -> Flow {
        self.cursor.hold();
        if locating::is_address(pasted) {
            return self.locate(pasted, cx);
        }
        if let Some(field) = &mut self.typed {
            field.paste(pasted.trim());
            return Flow::Stay;
        }
        let before = self.under();
        self.filter.paste(pasted);
        self.refill(before.as_ref(), cx);
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
        match answer {
            Answer::Organisations(page) if self.listing.is(job) => {
                let before = self.under();
                let under = self.under();
                page.organisations.iter().for_each(|name| self.looks.add(name.raw()));
                self.names.extend(page.organisations);
                // A bucket sorts `acme-bio/` before `acme/`; people look for the shorter name first.
                self.names.sort_by(|one, other| one.raw().cmp(other.raw()));
                self.stay_on(under.as_ref());
                self.others.extend(page.others);
                if self.cursor.moved() {
                    self.refill(before.as_ref(), cx);
                }
                self.go_home();
                self.count(cx);
            }
            Answer::Ended if self.listing.is(job) => {
                self.listing = Listing::Ended;
                cx.finished(job);
            }
            Answer::Counted(org, hubs) => {
                self.queue.ended(job, cx);
                self.counts.insert(org, Counts(hubs));
                self.count(cx);
            }
            Answer::Home(org) if self.home_job == Some(job) => {
                cx.finished(job);
                self.home = org;
                self.go_home();
                self.count(cx);
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
