//! 17: the hub is another machine. Two commands, and the line that the second prints, pasted back as the receipt.

use std::sync::Arc;

use crossterm::event::KeyEvent;

use super::{Answer, Work};
use crate::keys::{self, Action, Hint};
use crate::wizard::ask::Ask;
use crate::wizard::chain::Proved;
use crate::wizard::effect::Work as AnyWork;
use crate::wizard::field::Field;
use crate::wizard::finish::Finish;
use crate::wizard::job::{JobId, Slot};
use crate::wizard::message::Answer as AnyAnswer;
use crate::wizard::shared::{PlaceState, Shared};
use crate::wizard::step::{Cx, Flow, Rail, RailMark, Screen, Stage, Step};

/// The two commands, and where they also stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commands {
    /// Copies `reseat` and the restored database to the hub: lines, as they are pasted.
    pub copy: String,
    /// Places it there: lines, as they are pasted.
    pub place: String,
    /// The sizes of both files, in bytes.
    pub sizes: (u64, u64),
    /// The file that holds both commands, printable; none when it could not be written.
    pub file: Option<String>,
}

/// Which part has the focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Part {
    /// The first command.
    #[default]
    Copy,
    /// The second command.
    Place,
    /// The receipt.
    Receipt,
    /// The SSH login.
    Login,
}

/// 17.
#[derive(Debug)]
pub struct Elsewhere {
    /// What is placed there.
    pub proved: Arc<Proved>,
    /// The SSH login of the hub.
    pub login: Field,
    /// The receipt.
    pub receipt: Field,
    /// Where the focus is.
    pub part: Part,
    /// The commands, once they are made.
    pub commands: Option<Commands>,
    /// Why the receipt was refused (R615).
    pub refused: Option<String>,
    /// The question whether it was placed by hand.
    pub ask: Option<Ask<()>>,
}

impl Elsewhere {
    /// The screen for a proved rewrite.
    pub fn new(proved: Arc<Proved>) -> Self {
        Self {
            proved,
            login: Field::new("root@hub"),
            receipt: Field::default(),
            part: Part::Copy,
            commands: None,
            refused: None,
            ask: None,
        }
    }

    fn make_commands(&self, cx: &mut Cx<'_>) {
        let work = Work::Commands { proved: Arc::clone(&self.proved), login: self.login.text().trim().to_owned() };
        cx.start(Slot::Look, AnyWork::Place(work));
    }

    /// The receipt that `place` prints there.
    fn expected(&self) -> (String, &str) {
        (self.proved.mapping().connector.new.to_string(), &self.proved.rewritten.sha256)
    }

    fn check(&mut self, cx: &mut Cx<'_>) {
        let text = self.receipt.text().trim().to_owned();
        if text.is_empty() {
            self.ask = Some(Ask {
                question: "Was it placed by hand, without a receipt?".to_owned(),
                lines: vec![
                    "Without the line that begins with \"placed\" nothing here knows what is there.".to_owned(),
                    "The report then says that a person said so.".to_owned(),
                ],
                yes: "y: it was placed by hand. Esc: not yet.".to_owned(),
                then: (),
            });
            return;
        }
        let (connector, sha256) = self.expected();
        let words: Vec<&str> = text.split_whitespace().collect();
        let at = words.iter().position(|word| *word == "placed");
        let found = at.and_then(|at| Some((*words.get(at + 1)?, *words.get(at + 2)?)));
        self.refused = match found {
            Some((id, digest)) if id == connector && digest == sha256 => {
                self.record(Some(text), cx);
                None
            }
            Some((id, _)) if id != connector => Some("R615  This line is of another connector.".to_owned()),
            Some(_) => Some("R615  This line is of another file: its SHA-256 differs.".to_owned()),
            None => Some("R615  The line begins with \"placed\", then connector and SHA-256.".to_owned()),
        };
    }

    fn record(&self, line: Option<String>, cx: &mut Cx<'_>) {
        cx.start(Slot::Main, AnyWork::Place(Work::Receipt { proved: Arc::clone(&self.proved), line }));
    }

    fn leave_field(&mut self, cx: &mut Cx<'_>) {
        if self.part == Part::Login {
            self.make_commands(cx);
        }
    }

    fn go(&mut self, cx: &mut Cx<'_>) {
        match self.part {
            Part::Receipt => self.check(cx),
            Part::Login => {
                self.make_commands(cx);
                self.part = Part::Copy;
            }
            Part::Copy | Part::Place => self.part = Part::Receipt,
        }
    }
}

impl Step for Elsewhere {
    fn id(&self) -> keys::Screen {
        if self.ask.is_some() {
            return keys::Screen::Question;
        }
        if self.typing() { keys::Screen::Receipt } else { keys::Screen::Elsewhere }
    }

    fn rail(&self) -> Rail {
        Some((Stage::Place, RailMark::Here))
    }

    fn main(&self, _shared: &Shared) -> String {
        if let Some(ask) = &self.ask {
            return ask.yes.clone();
        }
        match self.part {
            Part::Login => "Enter makes the commands anew, for this login.".to_owned(),
            Part::Receipt => "Enter checks the line. Empty: it asks whether it was placed by hand.".to_owned(),
            Part::Copy | Part::Place => self.commands.as_ref().and_then(|commands| commands.file.as_ref()).map_or_else(
                || "y copies the command under the cursor. Enter goes to part 3.".to_owned(),
                |file| format!("y copies the command under the cursor; both are also in {file}"),
            ),
        }
    }

    fn hints(&self, _shared: &Shared) -> Vec<Hint> {
        let id = self.id();
        let hint = |action, label| keys::hint(id, action, label);
        let all = if self.ask.is_some() {
            vec![hint(Action::Yes, Some("by hand"))]
        } else {
            match self.part {
                Part::Login => vec![hint(Action::Go, Some("use it")), hint(Action::Next, Some("commands"))],
                Part::Receipt => vec![hint(Action::Go, None), hint(Action::Next, Some("commands"))],
                _ => vec![hint(Action::Go, None), hint(Action::Copy, None), hint(Action::Login, None)],
            }
        };
        all.into_iter().flatten().collect()
    }

    fn typing(&self) -> bool {
        self.ask.is_none() && matches!(self.part, Part::Receipt | Part::Login)
    }

    fn enter(&mut self, cx: &mut Cx<'_>) -> Flow {
        cx.shared.place = PlaceState::NotSeen;
        cx.shared.restore = Some(self.proved.inspected().restore.clone());
        self.make_commands(cx);
        Flow::Stay
    }

    fn act(&mut self, action: Action, cx: &mut Cx<'_>) -> Flow {
        if self.ask.is_some() {
            match action {
                Action::Yes => {
                    self.ask = None;
                    self.record(None, cx);
                }
                Action::Back => self.ask = None,
                _ => {}
            }
            return Flow::Stay;
        }
        match action {
            Action::Go => self.go(cx),
            Action::Back => {
                if self.proved.targeted().hub_root.is_some() {
                    cx.shared.place = PlaceState::NotChanged;
                }
                return Flow::Back;
            }
            Action::Up | Action::Previous => {
                self.leave_field(cx);
                self.part = match self.part {
                    Part::Receipt => Part::Place,
                    _ => Part::Copy,
                };
            }
            Action::Down | Action::Next => {
                self.leave_field(cx);
                self.part = match self.part {
                    Part::Login => Part::Copy,
                    Part::Copy => Part::Place,
                    Part::Place => Part::Receipt,
                    Part::Receipt if action == Action::Next => Part::Copy,
                    Part::Receipt => Part::Receipt,
                };
            }
            Action::Login => self.part = Part::Login,
            Action::Copy => {
                if let Some(commands) = &self.commands {
                    let text = if self.part == Part::Place { &commands.place } else { &commands.copy };
                    cx.copy(text.clone());
                }
            }
            _ => {}
        }
        Flow::Stay
    }

    fn text(&mut self, key: KeyEvent, _cx: &mut Cx<'_>) -> Flow {
        let field = if self.part == Part::Login { &mut self.login } else { &mut self.receipt };
        if field.key(key) {
            self.refused = None;
        }
        Flow::Stay
    }

    fn paste(&mut self, text: &str, _cx: &mut Cx<'_>) -> Flow {
        if self.part == Part::Login {
            self.login.paste(text);
        } else {
            // A paste is the receipt, wherever the cursor stands. The terminal may have brought more than the one line.
            let line = text.lines().rev().find(|line| line.contains("placed ")).unwrap_or(text);
            self.part = Part::Receipt;
            self.receipt.set(line.trim());
            self.refused = None;
        }
        Flow::Stay
    }

    fn answer(&mut self, job: JobId, answer: AnyAnswer, cx: &mut Cx<'_>) -> Flow {
        cx.finished(job);
        match answer {
            AnyAnswer::Place(Answer::Commands(commands)) => self.commands = Some(*commands),
            AnyAnswer::Place(Answer::Placed(after)) => {
                cx.shared.place = PlaceState::PlacedByReceipt;
                return Flow::Reset(Screen::from(Finish::new(*after)));
            }
            AnyAnswer::Place(Answer::Stopped { finding: Some(finding), .. }) => self.refused = Some(finding.detail),
            AnyAnswer::Broken(sentence) => cx.say(sentence),
            _ => {}
        }
        Flow::Stay
    }
}
