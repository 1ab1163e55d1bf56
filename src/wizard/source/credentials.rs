//! New credentials are pasted. The text is never shown, written, or kept after it was used.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Answer, Work};
use crate::catalog::{PastedCredentials, SourceSpec, pasted_credentials};
use crate::keys::{self, Action, Hint};
use crate::wizard::job::{JobId, Slot};
use crate::wizard::step::{Cx, Flow, Rail, RailMark, Stage, Step};
use crate::wizard::{Answer as Said, Shared, effect};

/// More than this is no paste of credentials.
const MOST: usize = 16 * 1024;

/// State of the screen.
pub struct Credentials {
    spec: SourceSpec,
    /// What was pasted so far.
    text: String,
    job: Option<JobId>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials({} characters)", self.text.len())
    }
}

impl Credentials {
    /// The screen for the credentials of this source.
    pub fn new(spec: SourceSpec) -> Self {
        Self { spec, text: String::new(), job: None }
    }

    /// How many lines and characters were pasted so far.
    pub fn pasted(&self) -> (usize, usize) {
        (self.text.lines().count(), self.text.chars().count())
    }

    /// What stands in it: the last four characters of the key, or why it is not yet enough.
    pub fn found(&self) -> Result<String, String> {
        self.read().map(|found| found.last_four())
    }

    fn read(&self) -> Result<PastedCredentials, String> {
        pasted_credentials(&self.text).map_err(|why| why.to_string())
    }

    /// Whether they are being handed over.
    pub fn busy(&self) -> bool {
        self.job.is_some()
    }

    /// The profile whose credentials they replace.
    pub fn profile(&self) -> Option<&str> {
        self.spec.profile.as_deref()
    }

    fn push(&mut self, text: &str) {
        let room = MOST.saturating_sub(self.text.len());
        let plain = text.chars().filter(|c| !c.is_control() || *c == '\n').take(room);
        self.text.extend(plain);
    }

    fn go(&mut self, cx: &mut Cx<'_>) -> Flow {
        match self.read() {
            Ok(credentials) => {
                self.text.clear();
                let work = Work::Renew(Box::new(self.spec.clone()), credentials);
                self.job = Some(cx.start(Slot::Main, effect::Work::Source(work)));
            }
            Err(_) if self.text.is_empty() => cx.say("Nothing is pasted yet."),
            // A terminal without bracketed paste sends each line with an Enter.
            Err(_) => self.push("\n"),
        }
        Flow::Stay
    }
}

impl Step for Credentials {
    fn id(&self) -> keys::Screen {
        keys::Screen::Credentials
    }

    fn rail(&self) -> Rail {
        Some((Stage::Source, RailMark::Stopped))
    }

    fn main(&self, _shared: &Shared) -> String {
        match self.found() {
            Ok(_) => "Enter uses these credentials.".to_owned(),
            Err(_) if self.text.is_empty() => "Paste the lines; nothing of them is shown.".to_owned(),
            Err(why) => format!("Not enough yet: {why}."),
        }
    }

    fn hints(&self, _shared: &Shared) -> Vec<Hint> {
        keys::hint(keys::Screen::Credentials, Action::Go, None).into_iter().collect()
    }

    fn typing(&self) -> bool {
        true
    }

    fn act(&mut self, action: Action, cx: &mut Cx<'_>) -> Flow {
        match action {
            Action::Back => {
                self.text.clear();
                return Flow::Back;
            }
            Action::Go if self.job.is_none() => return self.go(cx),
            _ => {}
        }
        Flow::Stay
    }

    fn text(&mut self, key: KeyEvent, _cx: &mut Cx<'_>) -> Flow {
        let shortcut = key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        match key.code {
            KeyCode::Char(_) if shortcut => {}
            KeyCode::Char(c) => self.push(c.encode_utf8(&mut [0; 4])),
            // What cannot be seen cannot be corrected letter by letter.
            KeyCode::Backspace | KeyCode::Delete => self.text.clear(),
            _ => {}
        }
        Flow::Stay
    }

    fn paste(&mut self, text: &str, _cx: &mut Cx<'_>) -> Flow {
        // A second paste replaces an unfinished first one only when it is whole by itself.
        if pasted_credentials(text).is_ok() {
            self.text.clear();
        }
        self.push(&text.replace("\r\n", "\n").replace('\r', "\n"));
        Flow::Stay
    }

    fn answer(&mut self, job: JobId, answer: Said, cx: &mut Cx<'_>) -> Flow {
        if self.job != Some(job) {
            return Flow::Stay;
        }
        self.job = None;
        cx.finished(job);
        match answer {
            Said::Source(Answer::NotOpened(finding)) => cx.say(finding.detail.clone()),
            Said::Broken(why) => cx.say(why),
            _ => return Flow::Back,
        }
        Flow::Stay
    }
}
