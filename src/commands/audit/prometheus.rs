//! The text format of Prometheus, for a file that its node exporter collects.

use jiff::Timestamp;

use super::report::{Report, Spool};
use crate::commands::output;
use crate::finding::Severity;
use crate::restore::audit::{Line, Totals};
use crate::text::Untrusted;

/// The metrics of each backup, with what they mean. All samples of one metric must stand together.
const METRICS: [(&str, &str); 5] = [
    ("reseat_backup_verdict", "The worst finding of a backup: 0 ok, 1 warn, 2 ask, 3 block."),
    ("reseat_backup_newest_event_timestamp_seconds", "When the newest event in a backup happened."),
    ("reseat_backup_uploaded_timestamp_seconds", "When a backup was uploaded."),
    ("reseat_backup_size_bytes", "The size of a backup."),
    ("reseat_backup_finding", "1 for each finding above info."),
];

/// The samples of each metric wait in a file of their own.
pub(super) struct Prometheus {
    spools: Vec<Spool>,
}

impl Prometheus {
    pub(super) fn new() -> anyhow::Result<Self> {
        Ok(Self { spools: METRICS.iter().map(|_| Spool::new()).collect::<Result<_, _>>()? })
    }

    fn sample(&mut self, metric: usize, labels: &str, value: &str) -> anyhow::Result<()> {
        let line = format!("{}{{{labels}}} {value}\n", METRICS[metric].0);
        self.spools[metric].push(&line)
    }
}

impl Report for Prometheus {
    fn row(&mut self, line: &Line) -> anyhow::Result<()> {
        let labels = labels(line);
        self.sample(0, &labels, &(line.verdict as u8).to_string())?;
        for (metric, at) in [(1, line.newest_event), (2, line.backup.modified)] {
            if let Some(at) = at {
                self.sample(metric, &labels, &at.as_second().to_string())?;
            }
        }
        self.sample(3, &labels, &line.backup.size.to_string())?;
        for code in line.codes() {
            let severity = line.findings.iter().find(|finding| finding.code == code).map(|finding| finding.severity);
            let severity = match severity {
                Some(Severity::Block) => "block",
                Some(Severity::Ask) => "ask",
                _ => "warn",
            };
            self.sample(4, &format!("{labels},code=\"{code}\",severity=\"{severity}\""), "1")?;
        }
        Ok(())
    }

    fn end(&mut self, totals: Totals, whole: bool, now: Timestamp) -> anyhow::Result<()> {
        for (spool, (name, help)) in self.spools.iter_mut().zip(METRICS) {
            output::raw(format!("# HELP {name} {help}\n# TYPE {name} gauge\n").as_bytes());
            spool.print()?;
        }
        let name = "reseat_audit_backups";
        let mut end = format!("# HELP {name} How many backups ended with which verdict.\n# TYPE {name} gauge\n");
        for (verdict, n) in [("ok", totals.ok), ("warn", totals.warn), ("ask", totals.ask), ("block", totals.block)] {
            end.push_str(&format!("{name}{{verdict=\"{verdict}\"}} {n}\n"));
        }
        for (name, help, value) in [
            ("reseat_audit_complete", "1 when every backup was looked at.", i64::from(whole)),
            ("reseat_audit_timestamp_seconds", "When the audit ended.", now.as_second()),
        ] {
            end.push_str(&format!("# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}\n"));
        }
        output::raw(end.as_bytes());
        Ok(())
    }
}

/// What names a backup, the same at every audit: no two backups share it.
fn labels(line: &Line) -> String {
    let backup = &line.backup;
    let org = backup.org.as_ref().map_or_else(String::new, Untrusted::printable);
    let key = backup.key.printable();
    // A key that is not written as it is may be written as another one.
    let key = if line.id.is_of(&key) { key } else { format!("{key} #{:016x}", line.id.key) };
    let hub = backup.hub.map_or_else(String::new, |hub| hub.to_string());
    let connector = backup.connector.map_or_else(String::new, |connector| connector.to_string());
    let labels = [("org", org), ("hub", hub), ("connector", connector), ("key", key)];
    let labels = labels.map(|(name, value)| format!("{name}=\"{}\"", escaped(&value)));
    labels.join(",")
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
