//! Draws frames: only the cells that differ from what the terminal shows, as one write between synchronized-update marks.

use std::io::{self, BufWriter, Write};

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate};
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect};

/// What the terminal shows, and the way to it.
pub struct Canvas<W: Write> {
    backend: CrosstermBackend<BufWriter<W>>,
    /// What the terminal shows; none when it is not known.
    shown: Option<Buffer>,
    cursor: Option<Position>,
}

/// A jump over this many unchanged cells costs more than writing them again.
const JUMP: u16 = 6;

impl<W: Write> Canvas<W> {
    /// A canvas on a terminal of which nothing is known.
    pub fn new(out: W) -> Self {
        Self { backend: CrosstermBackend::new(BufWriter::with_capacity(32 * 1024, out)), shown: None, cursor: None }
    }

    /// Something else may have written to the terminal: the next frame is drawn whole.
    pub fn forget(&mut self) {
        self.shown = None;
        self.cursor = None;
    }

    /// Shows `next`, with the terminal's cursor at `cursor`. Writes nothing when all of it is there already.
    pub fn show(&mut self, next: Buffer, cursor: Option<Position>) -> io::Result<()> {
        let whole = self.shown.as_ref().is_none_or(|shown| shown.area != next.area);
        let blank = Buffer::empty(next.area);
        let shown = if whole { &blank } else { self.shown.as_ref().unwrap_or(&blank) };
        let changed = bridged(shown.diff(&next), &next);
        if !whole && changed.is_empty() && cursor == self.cursor {
            return Ok(());
        }
        queue!(self.backend, BeginSynchronizedUpdate)?;
        if whole {
            queue!(self.backend, Hide, Clear(ClearType::All))?;
        } else if self.cursor.is_some() && cursor.is_none() {
            queue!(self.backend, Hide)?;
        }
        if !changed.is_empty() {
            self.backend.draw(changed.into_iter())?;
        }
        if let Some(at) = cursor {
            queue!(self.backend, MoveTo(at.x, at.y))?;
            if whole || self.cursor.is_none() {
                queue!(self.backend, Show)?;
            }
        }
        queue!(self.backend, EndSynchronizedUpdate)?;
        Write::flush(&mut self.backend)?;
        self.cursor = cursor;
        self.shown = Some(next);
        Ok(())
    }

    /// Writes something that is not drawn, such as a text for the clipboard.
    pub fn send(&mut self, command: impl crossterm::Command) -> io::Result<()> {
        queue!(self.backend, command)?;
        Write::flush(&mut self.backend)
    }
}

/// The changed cells, and the unchanged ones of short gaps between them, as long as these look like their left neighbour:
/// writing them again is shorter than a jump.
fn bridged<'a>(changed: Vec<(u16, u16, &'a Cell)>, next: &'a Buffer) -> Vec<(u16, u16, &'a Cell)> {
    let mut all: Vec<(u16, u16, &Cell)> = Vec::with_capacity(changed.len());
    for (x, y, cell) in changed {
        if let Some((from, row, left)) = all.last().copied() {
            let gap = from + 1..x;
            let short = row == y && x > from + 1 && x - from <= JUMP;
            let plain = |x: u16| {
                let cell = &next[(x, y)];
                cell.style() == left.style() && cell.symbol().len() == 1
            };
            if short && left.symbol().len() == 1 && gap.clone().all(plain) {
                all.extend(gap.map(|x| (x, y, &next[(x, y)])));
            }
        }
        all.push((x, y, cell));
    }
    all
}

/// An empty frame of this size.
pub fn frame(columns: u16, rows: u16) -> Buffer {
    Buffer::empty(Rect::new(0, 0, columns, rows))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// What a canvas writes.
    #[derive(Clone, Default)]
    struct Wire(Arc<Mutex<Vec<u8>>>);

    impl Write for Wire {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Wire {
        fn taken(&self) -> String {
            String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
        }
    }

    fn line(text: &str) -> Buffer {
        Buffer::with_lines([text])
    }

    #[test]
    fn a_frame_that_is_there_already_costs_nothing() {
        let wire = Wire::default();
        let mut canvas = Canvas::new(wire.clone());
        canvas.show(line("abc"), None).unwrap();
        assert!(wire.taken().contains("abc"));
        canvas.show(line("abc"), None).unwrap();
        assert_eq!(wire.taken(), "");
        canvas.forget();
        canvas.show(line("abc"), None).unwrap();
        assert!(wire.taken().contains("abc"));
    }

    #[test]
    fn only_what_differs_is_written_and_short_gaps_are_bridged() {
        let wire = Wire::default();
        let mut canvas = Canvas::new(wire.clone());
        canvas.show(line("one two three"), None).unwrap();
        wire.taken();
        canvas.show(line("oNe tWo three"), None).unwrap();
        assert!(wire.taken().contains("Ne tW"));
        canvas.show(line("oNe tWo threE"), Some(Position::new(3, 0))).unwrap();
        let out = wire.taken();
        assert!(out.contains('E') && !out.contains("thre"), "{out:?}");
        assert!(out.contains("\x1b[?25h"), "{out:?}");
    }
}
