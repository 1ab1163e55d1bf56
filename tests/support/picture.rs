//! A picture of a terminal's screen as SVG: how `assets/wizard.svg` is made from a real run.

use std::fmt::Write;

/// Width and height of one cell, in the picture's units.
const CELL: (f32, f32) = (8.4, 18.0);
/// The margin around the screen.
const MARGIN: f32 = 14.0;
const INK: &str = "#d4d7dd";
const PAPER: &str = "#16181d";

/// The screen as an SVG document: each run of cells of one look is one piece of text, fixed to its columns.
pub fn svg(screen: &vt100::Screen, title: &str) -> String {
    let (rows, columns) = screen.size();
    let (rows, columns) = (rows.get(), columns.get());
    let width = f32::from(columns) * CELL.0 + 2.0 * MARGIN;
    let height = f32::from(rows) * CELL.1 + 2.0 * MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"14\">\n\
         <title>{title}</title>\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{PAPER}\"/>\n"
    );
    for row in 0..rows {
        let mut column = 0;
        while column < columns {
            let look = look(screen, row, column);
            let mut run = String::new();
            let from = column;
            while column < columns && self::look(screen, row, column) == look {
                let content = screen.cell(row, column).map_or("", vt100::Cell::contents);
                run.push_str(if content.is_empty() { " " } else { content });
                column += 1;
            }
            piece(&mut out, row, from, &run, &look);
        }
    }
    out.push_str("</svg>\n");
    out
}

/// Ink, paper and weight of a cell.
type Look = (String, String, bool);

fn look(screen: &vt100::Screen, row: u16, column: u16) -> Look {
    let Some(cell) = screen.cell(row, column) else { return (INK.into(), PAPER.into(), false) };
    let (mut ink, mut paper) = (colour(cell.fgcolor(), INK), colour(cell.bgcolor(), PAPER));
    if cell.inverse() {
        std::mem::swap(&mut ink, &mut paper);
    }
    (ink, paper, cell.bold())
}

fn colour(colour: vt100::Color, default: &str) -> String {
    const NAMED: [&str; 16] = [
        "#3b4048", "#e0696a", "#8fc379", "#e2b967", "#6ca8e8", "#c38be0", "#62bdc6", "#d4d7dd", "#7a818c", "#f08080",
        "#a5d68f", "#f0cd80", "#8bbdf2", "#d3a4ec", "#82d3db", "#ffffff",
    ];
    match colour {
        vt100::Color::Default => default.to_owned(),
        vt100::Color::Idx(index) => {
            NAMED.get(usize::from(index)).map_or_else(|| default.to_owned(), |c| (*c).to_owned())
        }
        vt100::Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
    }
}

fn piece(out: &mut String, row: u16, column: u16, run: &str, (ink, paper, bold): &Look) {
    let x = MARGIN + f32::from(column) * CELL.0;
    let y = MARGIN + f32::from(row) * CELL.1;
    let length = run.chars().count() as f32 * CELL.0;
    if paper != PAPER {
        let _ = writeln!(out, "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{length:.1}\" height=\"18\" fill=\"{paper}\"/>");
    }
    let text = run.trim_end();
    if text.trim().is_empty() {
        return;
    }
    let blank = text.len() - text.trim_start().len();
    let x = x + blank as f32 * CELL.0;
    let text = text.trim_start();
    let length = text.chars().count() as f32 * CELL.0;
    let weight = if *bold { " font-weight=\"bold\"" } else { "" };
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let _ = writeln!(
        out,
        "<text x=\"{x:.1}\" y=\"{:.1}\" textLength=\"{length:.1}\" xml:space=\"preserve\" fill=\"{ink}\"{weight}>{escaped}</text>",
        y + 13.5
    );
}
