//! What can be typed: the command line, one struct a command. Nothing is decided here; what is typed stays as it was typed
//! where its fault is a finding of its own (IDs), and is read where a fault is wrong usage (codes, digests, steps).

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

use crate::config::Flags;
use crate::finding::Code;
use crate::text;

/// Restores a connector from its backup in S3: guided, checked and reversible.
///
/// Without a command the wizard starts. It offers an unfinished restore first.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "reseat",
    version,
    max_term_width = 100,
    subcommand_help_heading = "Commands",
    disable_help_subcommand = true,
    after_help = "Exit status: 0 done, 1 failed, 2 wrong usage, 3 a finding stops it, 4 no such backup, file or restore."
)]
pub struct Arguments {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// The command; none for the wizard.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options that every command takes, before or after its name.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Options of all commands")]
pub struct Global {
    /// Where the backups are: s3://bucket[/prefix] (or an access point's ARN as the bucket), or a folder with the bucket's layout
    #[arg(long, global = true, value_name = "SOURCE", conflicts_with = "environment")]
    pub source: Option<String>,
    /// An environment of the configuration
    #[arg(long, global = true, value_name = "NAME")]
    pub environment: Option<String>,
    /// A profile of the AWS configuration
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// The region of the bucket
    #[arg(long, global = true, value_name = "NAME")]
    pub region: Option<String>,
    /// Another S3 endpoint than that of AWS
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Pay for the reads of a bucket whose owner wants that
    #[arg(long, global = true)]
    pub requester_pays: bool,
    /// Where reseat keeps downloads, safety copies and journals [env: RESEAT_STATE_DIR]
    #[arg(long, global = true, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,
    /// The folder that holds the connectors' folders on the hub [default: /var/datahub]
    #[arg(long, global = true, value_name = "DIR")]
    pub hub_root: Option<PathBuf>,
    /// Print JSON on standard output, for scripts
    #[arg(long, global = true)]
    pub json: bool,
    /// Accept the warning CODE, or answer its question with yes; can be repeated
    #[arg(long, global = true, value_name = "CODE", value_delimiter = ',')]
    pub accept: Vec<Code>,
    /// Confirm the act without a question; never confirms a finding
    #[arg(long, global = true)]
    pub yes: bool,
}

impl Global {
    /// What the command line says about the configuration.
    pub fn flags(&self) -> Flags {
        Flags {
            source: self.source.clone(),
            environment: self.environment.clone(),
            profile: self.profile.clone(),
            region: self.region.clone(),
            endpoint_url: self.endpoint_url.clone(),
            requester_pays: self.requester_pays.then_some(true),
            hub_root: self.hub_root.clone(),
            state_dir: self.state_dir.clone(),
        }
    }
}

/// The commands.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// List the backups of a source, one a line
    List(List),
    /// Show what is inside a backup, and whether it can be restored
    Inspect(Inspect),
    /// Show whose backup one is and how new, without downloading it
    Peek(Peek),
    /// Ask a backup with SQL; reads only
    Query(Query),
    /// Show what differs between two backups, or a backup and a database
    Compare(Compare),
    /// Show the health of every backup of a source, the worst first
    Audit(Audit),
    /// Show what a restore would change; writes nothing
    Plan(Plan),
    /// Write the database with the new IDs to a file
    Rewrite(Rewrite),
    /// Put a rewritten database in its place on this hub
    Place(Place),
    /// Do all of it on the hub: download, inspect, plan, rewrite, place
    Restore(Restore),
    /// Put back what a restore replaced, byte for byte
    Rollback(Rollback),
    /// Show past and unfinished restores, or forget one
    Restores(Restores),
    /// Go on with an unfinished restore
    Resume(Resume),
    /// Look at a copy of a connector's database on this hub
    Check(Check),
    /// Say that a step after the restore is done
    Tick(Tick),
    /// Say what a finding means, how it is found, and what to do
    Explain(Explain),
    /// Show the configuration in force, or an example of it
    Config(Config),
    /// Try the wizard on a made-up bucket and hub: nothing real is touched
    Demo,
    /// Print the completions for a shell
    Completions(Completions),
    /// Print the manual page
    Man,
}

/// `reseat list`
#[derive(Debug, Clone, Default, Args)]
pub struct List {
    /// Only this organisation
    #[arg(long, value_name = "SLUG")]
    pub org: Option<String>,
    /// Only this hub
    #[arg(long, value_name = "UUID")]
    pub hub: Option<String>,
    /// Only this connector
    #[arg(long, value_name = "UUID")]
    pub connector: Option<String>,
    /// Older versions and deleted backups, too
    #[arg(long)]
    pub versions: bool,
}

/// The backup that a command works on.
#[derive(Debug, Clone, Args)]
pub struct Chosen {
    /// A key in the source, an s3:// address (?versionId=... allowed), or a file
    #[arg(value_name = "BACKUP")]
    pub backup: String,
    /// Of a key, the newest version not after this: 2026-11-17 (to its end), "2026-11-17 02:00", in UTC
    #[arg(long, value_name = "TIME", value_parser = as_of)]
    pub as_of: Option<Timestamp>,
}

/// The new IDs.
#[derive(Debug, Clone, Args)]
pub struct Target {
    /// The ID of the new hub; not needed where the new connector has a database on this hub
    #[arg(long, value_name = "UUID")]
    pub new_hub: Option<String>,
    /// The ID of the new connector
    #[arg(long, value_name = "UUID")]
    pub new_connector: String,
}

/// What may be done where somebody has the database open.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct Service {
    /// Stop the service that has the database open
    #[arg(long)]
    pub stop: bool,
    /// Start again what was stopped, at the end
    #[arg(long)]
    pub start: bool,
    /// Write into the live file through SQLite, for a connector that cannot be stopped: reseat explain R617
    #[arg(long, conflicts_with = "stop")]
    pub online: bool,
}

/// `reseat inspect`
#[derive(Debug, Clone, Args)]
pub struct Inspect {
    /// What to look into.
    #[command(flatten)]
    pub chosen: Chosen,
}

/// `reseat peek`
#[derive(Debug, Clone, Args)]
pub struct Peek {
    /// What to look into.
    #[command(flatten)]
    pub chosen: Chosen,
}

/// `reseat query`
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "A backup in a bucket is asked where it lies, over at most 200 requests and 16 MiB; one that was \
                        downloaded, by inspect for example, is asked here."
)]
pub struct Query {
    /// What to ask.
    #[command(flatten)]
    pub chosen: Chosen,
    /// One SQL statement that reads
    #[arg(value_name = "SQL")]
    pub sql: String,
    /// Print CSV, also on a terminal
    #[arg(long)]
    pub csv: bool,
    /// So long may SQLite work on it
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    pub timeout: u32,
    /// Print passwords, tokens and keys as they are
    #[arg(long)]
    pub show_secrets: bool,
}

/// `reseat compare`
#[derive(Debug, Clone, Args)]
#[command(after_help = "Exit status, as that of diff: 0 the same, 1 different, 2 trouble.")]
pub struct Compare {
    /// A backup: a key in the source, an s3:// address (?versionId=... allowed), or a file
    #[arg(value_name = "A")]
    pub a: String,
    /// The backup or database to compare it with
    #[arg(value_name = "B", required_unless_present = "with_target", conflicts_with = "with_target")]
    pub b: Option<String>,
    /// Compare with the database of this connector on this hub, or with the database at a path
    #[arg(long, value_name = "CONNECTOR")]
    pub with_target: Option<String>,
    /// Compare as if the hub and connector of B had the IDs of A
    #[arg(long)]
    pub ids_aside: bool,
}

/// `reseat audit`
#[derive(Debug, Clone, Default, Args)]
pub struct Audit {
    /// Only this organisation
    #[arg(long, value_name = "SLUG")]
    pub org: Option<String>,
    /// Only backups that were written or deleted within this time: 7d, 36h
    #[arg(long, value_name = "TIME", value_parser = within)]
    pub since: Option<SignedDuration>,
    /// Download each backup, compare it with the bucket, and check all of it; nothing of it stays
    #[arg(long)]
    pub deep: bool,
    /// How to say it [default: table; with --json jsonl]
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<AuditFormat>,
    /// Only part I of N equal parts, I from 0; N alone takes I from the array job of AWS Batch or Slurm. Within an array job of
    /// Slurm its own part is taken without this; 0/1 takes everything
    #[arg(long, value_name = "I/N")]
    pub shard: Option<String>,
    /// Keep the JSON lines in FILE, too, and go on from it: what it holds of today and did not change is not looked at again
    #[arg(long, value_name = "FILE")]
    pub resume: Option<PathBuf>,
    /// So many backups at once [default: 8, with --deep 2]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub jobs: Option<u16>,
}

/// How an audit is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum AuditFormat {
    /// For people, the worst first
    #[default]
    Table,
    /// A JSON document a line, each as soon as it is known
    Jsonl,
    /// A JUnit XML document
    Junit,
    /// The text format of Prometheus
    Prometheus,
}

/// `reseat plan`
#[derive(Debug, Clone, Args)]
pub struct Plan {
    /// What to restore.
    #[command(flatten)]
    pub chosen: Chosen,
    /// Where it shall live.
    #[command(flatten)]
    pub target: Target,
}

/// `reseat rewrite`
#[derive(Debug, Clone, Args)]
pub struct Rewrite {
    /// What to restore.
    #[command(flatten)]
    pub chosen: Chosen,
    /// Where it shall live.
    #[command(flatten)]
    pub target: Target,
    /// The file to write; it must not exist
    #[arg(long, value_name = "FILE")]
    pub output: PathBuf,
}

/// `reseat place`
#[derive(Debug, Clone, Args)]
pub struct Place {
    /// The rewritten database
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The new connector's ID; the file must hold the same
    #[arg(long, value_name = "ID")]
    pub connector: String,
    /// Refuse any file with another SHA-256
    #[arg(long, value_name = "HEX", value_parser = sha256)]
    pub sha256: Option<String>,
    /// Look at everything, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// What may be done to the service.
    #[command(flatten)]
    pub service: Service,
    /// The number of a ticket, for the report
    #[arg(long, value_name = "NUMBER")]
    pub ticket: Option<String>,
}

/// `reseat restore`
#[derive(Debug, Clone, Args)]
pub struct Restore {
    /// What to restore.
    #[command(flatten)]
    pub chosen: Chosen,
    /// Where it shall live.
    #[command(flatten)]
    pub target: Target,
    /// What may be done to the service.
    #[command(flatten)]
    pub service: Service,
    /// The number of a ticket, for the report
    #[arg(long, value_name = "NUMBER")]
    pub ticket: Option<String>,
}

/// `reseat rollback`
#[derive(Debug, Clone, Args)]
pub struct Rollback {
    /// The restore's ID, or a unique beginning of it
    #[arg(value_name = "RESTORE")]
    pub restore: String,
    /// What may be done to the service.
    #[command(flatten)]
    pub service: Service,
}

/// `reseat restores`
#[derive(Debug, Clone, Default, Args)]
pub struct Restores {
    /// Delete what this restore holds: download, copy, safety copy
    #[arg(long, value_name = "ID")]
    pub forget: Option<String>,
}

/// `reseat resume`
#[derive(Debug, Clone, Args)]
pub struct Resume {
    /// The restore's ID, or a unique beginning of it; without it, the only unfinished one
    #[arg(value_name = "RESTORE")]
    pub restore: Option<String>,
    /// What may be done to the service.
    #[command(flatten)]
    pub service: Service,
}

/// `reseat check`
#[derive(Debug, Clone, Args)]
pub struct Check {
    /// The connector's ID
    #[arg(value_name = "CONNECTOR")]
    pub connector: String,
}

/// `reseat tick`
#[derive(Debug, Clone, Args)]
pub struct Tick {
    /// The restore's ID, or a unique beginning of it
    #[arg(value_name = "RESTORE")]
    pub restore: String,
    /// The step that is done
    #[arg(value_name = "STEP")]
    pub step: Step,
}

/// The steps after a restore, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Step {
    /// What reseat stopped runs again
    StartService,
    /// The true connection settings are saved in the platform
    ConnectionSettings,
    /// Update config was chosen in the hub's menu
    UpdateConfig,
    /// Sync was chosen in the hub's menu, after Update config
    Sync,
    /// After a rollback: the false connection settings are saved again
    FalseConnection,
}

impl Step {
    /// The word of the JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::StartService => "start-service",
            Self::ConnectionSettings => "connection-settings",
            Self::UpdateConfig => "update-config",
            Self::Sync => "sync",
            Self::FalseConnection => "false-connection",
        }
    }
}

/// `reseat explain`
#[derive(Debug, Clone, Default, Args)]
pub struct Explain {
    /// The finding's code, for example R309; without it, all codes are listed
    #[arg(value_name = "CODE")]
    pub code: Option<Code>,
}

/// `reseat config`
#[derive(Debug, Clone, Args)]
pub struct Config {
    /// Which of them.
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// The commands of `reseat config`.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum ConfigCommand {
    /// Show each value in force, and where it comes from
    Show,
    /// Print a commented configuration file
    Example,
}

/// `reseat completions`
#[derive(Debug, Clone, Args)]
pub struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// A time such as `7d` or `36h`.
fn within(text: &str) -> Result<SignedDuration, String> {
    let wrong = || "a time is a number and a unit, for example 7d or 36h".to_owned();
    let span: Span = text.trim().parse().map_err(|_| wrong())?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
    if duration.is_positive() { Ok(duration) } else { Err(wrong()) }
}

/// A date or a time.
fn as_of(typed: &str) -> Result<Timestamp, String> {
    text::as_of(typed).ok_or_else(|| format!("this is no time; write {}", text::TIME_FORMS))
}

/// A SHA-256 as 64 hex digits, in lower case.
fn sha256(text: &str) -> Result<String, String> {
    let digits = text.trim().to_ascii_lowercase();
    if digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(digits);
    }
    Err(format!("a SHA-256 has 64 digits 0-9 and a-f; this has {}", digits.chars().count()))
}

#[cfg(test)]
mod tests;
