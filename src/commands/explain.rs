//! `reseat explain`: the long text of one code, or the list of all.

use serde::Serialize;

use super::failure::Failure;
use super::output::{self, Output, columns};
use crate::arguments::Explain;
use crate::finding::{Code, Severity, texts};
use crate::text;

/// A code as the JSON has it.
#[derive(Serialize)]
struct CodeJson {
    code: Code,
    title: &'static str,
    severities: &'static [Severity],
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'static str>,
}

#[derive(Serialize)]
struct Document {
    schema: u32,
    codes: Vec<CodeJson>,
}

/// Prints what a code means, or lists every code under the part that it is about.
pub fn run(arguments: &Explain, output: Output) -> Result<(), Failure> {
    let wanted = arguments.code.as_ref().map_or(Code::ALL, std::slice::from_ref);
    if output.json {
        let codes = wanted
            .iter()
            .map(|code| CodeJson {
                code: *code,
                title: code.title(),
                severities: code.severities(),
                text: arguments.code.is_some().then(|| code.text()),
            })
            .collect();
        return Ok(output::document(&Document { schema: 1, codes })?);
    }
    if let Some(code) = arguments.code {
        output.line(texts::explained(code, columns()).trim_end());
        return Ok(());
    }
    let mut part = "";
    for code in wanted {
        if code.part() != part {
            if !part.is_empty() {
                output.line("");
            }
            part = code.part();
            output.line(part);
        }
        let marks: String = texts::worst_first(*code).iter().map(|severity| severity.mark()).collect();
        output.line(&format!("  {code}  {}  {}", text::fit(&marks, 3), code.title()));
    }
    output.line("");
    output.line("✗ stops   ? asks   ! warns   · is a note      reseat explain CODE says more");
    Ok(())
}
