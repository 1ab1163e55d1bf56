//! The list of connectors: rows under hub headings, narrowed by the filter.

use super::Connectors;
use crate::catalog::levels::{ConnectorFolder, HubFolder, Other};
use crate::text::Untrusted;
use crate::wizard::backup::Peek;
use crate::wizard::list::Cursor;

/// A row on which the cursor can stand.
#[derive(Debug, Clone, Copy)]
pub enum Connector<'a> {
    /// A connector, and what is known of it so far.
    Folder(&'a ConnectorFolder, Option<&'a Peek>),
    /// Something that is none.
    Other(&'a Other),
}

impl<'a> Connector<'a> {
    /// Its folder, if it is a connector.
    pub fn folder(&self) -> Option<&'a ConnectorFolder> {
        match self {
            Self::Folder(folder, _) => Some(folder),
            Self::Other(_) => None,
        }
    }
}

/// A line of the list.
#[derive(Debug, Clone, Copy)]
pub enum Line<'a> {
    /// The heading of a hub.
    Hub(&'a HubFolder),
    /// What lies beside the hubs.
    Others,
    /// The row with this number.
    Row(usize, Connector<'a>),
}

impl Connectors {
    /// The rows that the filter leaves, in the order of the list.
    pub fn rows(&self) -> Vec<Connector<'_>> {
        let mut rows = Vec::new();
        let hides = self.hides_nameless();
        for (_, connectors) in &self.hubs {
            let mut kept: Vec<(&ConnectorFolder, Option<&Peek>)> = connectors
                .iter()
                .map(|folder| (folder, self.peeks.get(folder)))
                .filter(|(folder, peek)| self.keeps(folder, *peek))
                .filter(|(folder, peek)| !hides || name_of(*peek).is_some() || !self.is_read(folder))
                .collect();
            // By name, so that look-alikes stand together; without one in the order of the source, at the end.
            kept.sort_by_key(|(_, peek)| name_of(*peek).map_or((true, String::new()), |name| (false, name)));
            rows.extend(kept.into_iter().map(|(folder, peek)| Connector::Folder(folder, peek)));
        }
        let others = self.others.iter().filter(|other| self.filter.fits(other.key.raw()));
        rows.extend(others.map(Connector::Other));
        rows
    }

    /// Whether a name fits the filter: then those that were read and have no name are not what is looked for.
    pub fn hides_nameless(&self) -> bool {
        let mut named = self.peeks.iter().filter(|(_, peek)| name_of(Some(peek)).is_some());
        !self.filter.text().is_empty() && named.any(|(folder, peek)| self.keeps(folder, Some(peek)))
    }

    /// Whether the filter leaves a connector. One whose name is not known stays, unless a piece of an ID is typed.
    fn keeps(&self, folder: &ConnectorFolder, peek: Option<&Peek>) -> bool {
        let ids = format!("{} {}", folder.connector, folder.hub.hub);
        let Some(name) = name_of(peek) else {
            return self.filter.text().is_empty() || !self.filter.may_be_id() || self.filter.fits(&ids);
        };
        let kind = peek.and_then(|peek| peek.kind.as_ref()).map_or("", Untrusted::raw);
        self.filter.fits(&format!("{name} {kind} {ids}"))
    }

    /// All lines of the list, with their headings, and the line on which the cursor stands.
    pub fn lines(&self) -> (Vec<Line<'_>>, usize) {
        let rows = self.rows();
        let at = self.cursor.at(rows.len());
        let (mut lines, mut line_at, mut heading) = (Vec::new(), 0, None);
        for (number, row) in rows.into_iter().enumerate() {
            let hub = row.folder().map(|folder| &folder.hub);
            if heading != Some(hub) {
                heading = Some(hub);
                lines.push(hub.map_or(Line::Others, Line::Hub));
            }
            if number == at {
                line_at = lines.len();
            }
            lines.push(Line::Row(number, row));
        }
        (lines, line_at)
    }

    /// The lines on screen when `height` fit. The first says to which hub the rows belong, also in the middle of one.
    pub fn window(&self, height: usize) -> (Vec<Line<'_>>, std::ops::Range<usize>) {
        let (lines, at) = self.lines();
        let mut cursor = Cursor::default();
        cursor.follow(at);
        let window = cursor.window(lines.len(), height);
        let mut shown = lines[window.clone()].to_vec();
        let heading = lines[..window.start].iter().rev().find(|line| !matches!(line, Line::Row(..)));
        if let (Some(heading), Some(Line::Row(..)), true) = (heading, shown.first(), at > window.start) {
            shown[0] = *heading;
        }
        let numbers: Vec<usize> = shown
            .iter()
            .filter_map(|line| match line {
                Line::Row(number, _) => Some(*number),
                _ => None,
            })
            .collect();
        let range = numbers.first().map_or(0..0, |first| *first..numbers.last().map_or(*first, |last| last + 1));
        (shown, range)
    }

    /// The number of the row under the cursor.
    pub fn at(&self) -> usize {
        self.cursor.at(self.rows().len())
    }

    /// How many connectors have no name yet: those whose name is being read, and those whose name nobody knows.
    pub fn nameless(&self) -> (usize, usize) {
        let all = self.hubs.iter().flat_map(|(_, connectors)| connectors);
        let without = all.filter(|folder| name_of(self.peeks.get(*folder)).is_none());
        let reading = |folder: &&ConnectorFolder| self.is_reading(folder);
        let (reading, unknown): (Vec<_>, Vec<_>) = without.partition(reading);
        (reading.len(), unknown.len())
    }

    /// Whether a connector is being looked at, or will be.
    pub fn is_reading(&self, folder: &ConnectorFolder) -> bool {
        !self.is_read(folder) && self.queue.reads(folder)
    }

    /// Whether all is known of a connector that a look tells.
    pub(super) fn is_read(&self, folder: &ConnectorFolder) -> bool {
        self.peeks.get(folder).is_some_and(|peek| !peek.more)
    }
}

fn name_of(peek: Option<&Peek>) -> Option<String> {
    peek?.name.as_ref().map(|name| name.raw().to_lowercase())
}
