//! Keys, pastes and window sizes, read on a thread of its own and sent in order. Stopped while a shell has the terminal.

use std::io;
use std::sync::mpsc::Sender;
use std::time::Duration;

use crossterm::event::{Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use futures::StreamExt;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::wizard::Message;

/// As many letters as nobody types at once: they were pasted into a terminal that does not mark pastes. Without this, the
/// letters of an ID would act as keys.
const PASTED: usize = 16;

/// How long the rest of such a paste may take to come.
const REST: Duration = Duration::from_millis(8);

/// From how many keys at once on it is worth waiting for a rest.
const BURST: usize = 4;

/// Reading, until it is stopped or dropped.
#[derive(Debug)]
pub struct Input {
    stop: Option<oneshot::Sender<()>>,
    ended: Option<oneshot::Receiver<()>>,
    handle: Handle,
}

impl Input {
    /// Begins to read.
    pub fn start(handle: &Handle, sender: Sender<Message>) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (end, ended) = oneshot::channel();
        handle.spawn(async move {
            let mut events = EventStream::new();
            tokio::select! {
                () = read(&mut events, &sender) => {}
                _ = stopped => {}
            }
            drop(events);
            let _ = end.send(());
        });
        Self { stop: Some(stop), ended: Some(ended), handle: handle.clone() }
    }

    /// Stops reading: what is typed from now on belongs to somebody else.
    pub fn stop(mut self) {
        drop(self.stop.take());
        if let Some(ended) = self.ended.take() {
            let patience = Duration::from_millis(200);
            // The stream's own thread needs a moment to let go of the terminal.
            let pause = Duration::from_millis(20);
            self.handle.block_on(async {
                let _ = tokio::time::timeout(patience, ended).await;
                tokio::time::sleep(pause).await;
            });
        }
    }
}

/// Reads until nobody listens, or the terminal cannot be read any more.
async fn read(events: &mut EventStream, sender: &Sender<Message>) {
    loop {
        let first = match events.next().await {
            Some(Ok(event)) => event,
            Some(Err(error)) if error.kind() == io::ErrorKind::Interrupted => continue,
            Some(Err(_)) | None => {
                let _ = sender.send(Message::Hangup(signal_hook::consts::SIGHUP));
                return;
            }
        };
        let mut burst = vec![first];
        loop {
            // Always asked by this task: the stream keeps the first waker that it is given.
            let patience = if burst.len() < BURST { Duration::ZERO } else { REST };
            match tokio::time::timeout(patience, events.next()).await {
                Ok(Some(Ok(event))) => burst.push(event),
                _ => break,
            }
        }
        for message in messages(burst) {
            if sender.send(message).is_err() {
                return;
            }
        }
    }
}

/// What came at once, as messages: a long run of letters is a paste, only the last of several window sizes counts.
fn messages(burst: Vec<Event>) -> Vec<Message> {
    let mut out = Vec::new();
    let mut run: Vec<KeyEvent> = Vec::new();
    for event in burst {
        if let Event::Key(key) = event
            && letter(key).is_some()
        {
            run.push(key);
            continue;
        }
        end_run(&mut run, &mut out);
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => out.push(Message::Key(key)),
            Event::Paste(text) => out.push(Message::Paste(text)),
            Event::Resize(columns, rows) => {
                out.retain(|message| !matches!(message, Message::Resize(..)));
                out.push(Message::Resize(columns, rows));
            }
            _ => {}
        }
    }
    end_run(&mut run, &mut out);
    out
}

/// Ends a run of letters: a paste when it is long, keys when it is not.
fn end_run(run: &mut Vec<KeyEvent>, out: &mut Vec<Message>) {
    let letters = run.iter().filter(|key| key.code != KeyCode::Enter).count();
    if letters >= PASTED {
        out.push(Message::Paste(run.drain(..).filter_map(letter).collect()));
    } else {
        out.extend(run.drain(..).map(Message::Key));
    }
}

/// The letter of a key that a paste could hold.
fn letter(key: KeyEvent) -> Option<char> {
    if key.kind == KeyEventKind::Release || key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) {
        return None;
    }
    match key.code {
        KeyCode::Char(c) => Some(c),
        KeyCode::Enter => Some('\n'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Vec<Event> {
        let key = |c| if c == '\n' { KeyCode::Enter } else { KeyCode::Char(c) };
        text.chars().map(|c| Event::Key(KeyEvent::from(key(c)))).collect()
    }

    #[test]
    fn an_id_that_comes_at_once_is_a_paste() {
        let id = "a91f03de-7a10-4d0f-8a3e-5f9d2b6c0b22";
        let all = messages(typed(&format!("{id}\n")));
        assert!(matches!(all.as_slice(), [Message::Paste(text)] if text.trim() == id), "{all:?}");
        assert_eq!(messages(typed("jjj\nq")).len(), 5);
    }

    #[test]
    fn of_several_window_sizes_the_last_counts() {
        let all = messages(vec![Event::Resize(80, 24), Event::Resize(60, 20)]);
        assert!(matches!(all.as_slice(), [Message::Resize(60, 20)]), "{all:?}");
    }
}
