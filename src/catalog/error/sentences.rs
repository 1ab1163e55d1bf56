//! The sentences for each error: what happened, why it matters, what to do.

use jiff::Timestamp;

use super::{Archived, CatalogError, CredentialTrouble, NoAnswer, Setting};
use crate::finding::{Code, Finding, Severity};
use crate::text;

/// The code of an error; none when somebody asked to stop.
fn code(error: &CatalogError) -> Option<Code> {
    Some(match error {
        CatalogError::Refused { .. } => Code::R105,
        CatalogError::Region { .. } => Code::R106,
        CatalogError::Archived { .. } => Code::R107,
        CatalogError::Replaced { .. } => Code::R108,
        CatalogError::Length { .. } => Code::R109,
        CatalogError::Corrupt { .. } => Code::R110,
        CatalogError::Credentials(_) => Code::R112,
        CatalogError::Layout { .. } => Code::R113,
        CatalogError::Missing { .. }
        | CatalogError::NoSource { .. }
        | CatalogError::Empty { .. }
        | CatalogError::Unreadable { .. }
        | CatalogError::Outside { .. } => Code::R117,
        CatalogError::Wants(_) => Code::R118,
        CatalogError::Busy { .. } => Code::R608,
        CatalogError::NoRoom { .. } | CatalogError::NoFiles { .. } => Code::R501,
        CatalogError::File { writing: true, .. } => Code::R610,
        CatalogError::File { error, .. } if error.0.kind() == std::io::ErrorKind::NotFound => Code::R117,
        CatalogError::File { error, .. } if error.0.kind() == std::io::ErrorKind::PermissionDenied => Code::R607,
        CatalogError::NoAnswer { .. } | CatalogError::File { .. } => Code::R116,
        CatalogError::Cancelled => return None,
    })
}

/// The whole finding.
pub(super) fn finding(error: &CatalogError, now: Timestamp) -> Option<Finding> {
    let code = code(error)?;
    // R108 is a warning of a download that began again by itself; as an error it has stopped.
    let severity = if code == Code::R108 { Severity::Warn } else { Severity::Block };
    let (why, remedy) = reason(error);
    Some(Finding::new(code, severity, detail(error, Some(now))).why(why).remedy(remedy).evidence(detail(error, None)))
}

/// What happened, in one or two sentences. `now` turns moments into ages.
pub(super) fn detail(error: &CatalogError, now: Option<Timestamp>) -> String {
    match error {
        CatalogError::Refused { what, said } if said.is_empty() => format!("S3 refuses {what}."),
        CatalogError::Refused { what, said } => format!("S3 refuses {what}: \"{said}\"."),
        CatalogError::Missing { what } => format!("{what} is not there."),
        CatalogError::NoSource { what } => format!("There is no {what}."),
        CatalogError::Empty { what, instead } if instead.is_empty() => {
            format!("There is no backup in {what}: it is empty.")
        }
        CatalogError::Empty { what, instead } => format!("There is no backup in {what}. There is: {instead}."),
        CatalogError::Region { bucket, asked, named: Some(named) } => {
            format!("The bucket {bucket} lies in {named}; {asked} was asked.")
        }
        CatalogError::Region { bucket, asked, named: None } => {
            format!("The bucket {bucket} does not lie in {asked}. The answer names no other region.")
        }
        CatalogError::Archived { what } if what.on_its_way => {
            format!("It is archived ({}). It was asked back and is on its way.", what.class)
        }
        CatalogError::Archived { what } => format!("It is archived ({}): S3 does not give it out.", what.class),
        CatalogError::Replaced { key } => format!("{key} was replaced while it was read."),
        CatalogError::Length { announced, came } => {
            format!("{} bytes were announced, {} came.", text::count(*announced), text::count(*came))
        }
        CatalogError::Corrupt { by, expected, found } => {
            format!("The {by} of the bytes is {found}; the source says {expected}.")
        }
        CatalogError::Credentials(trouble) => credentials(trouble, now),
        CatalogError::Layout { key, is } => format!("{key} is {is}."),
        CatalogError::NoAnswer { how, what } => no_answer(how, what),
        CatalogError::Wants(setting) => wants(setting),
        CatalogError::NoRoom { folder, needed, free } => format!(
            "{} are needed in {}, {} are free.",
            text::size(*needed),
            text::printable(&folder.display().to_string()),
            text::size(*free)
        ),
        CatalogError::NoFiles { folder } => format!(
            "No more files can be made in {}: its inodes are used up.",
            text::printable(&folder.display().to_string())
        ),
        CatalogError::File { path, error, writing } => {
            let path = text::printable(&path.display().to_string());
            format!("{path} cannot be {}: {}.", if *writing { "written" } else { "read" }, error.0)
        }
        CatalogError::Busy { what } => format!("Another reseat on this machine downloads {what} now."),
        CatalogError::Outside { key } => format!("{key} leads out of the folder, or through a link."),
        CatalogError::Unreadable { why } => why.clone(),
        CatalogError::Cancelled => "Stopped, as asked.".to_owned(),
    }
}

fn credentials(trouble: &CredentialTrouble, now: Option<Timestamp>) -> String {
    match trouble {
        CredentialTrouble::Missing { looked, .. } => {
            format!("There are no credentials. They were looked for in {looked}.")
        }
        CredentialTrouble::Expired { at: Some(at), .. } => match now {
            Some(now) if *at <= now => {
                format!("The credentials expired {} ago, at {}.", text::age(*at, now), at.strftime("%H:%M UTC"))
            }
            _ => format!("The credentials expired at {}.", text::moment(*at)),
        },
        CredentialTrouble::Expired { at: None, .. } => "The credentials have expired.".to_owned(),
        CredentialTrouble::Skewed { ahead: Some(ahead) } => {
            let far = text::duration(ahead.unsigned_abs());
            let side = if ahead.is_negative() { "behind" } else { "ahead of" };
            format!("The clock of this machine is {far} {side} the clock of S3.")
        }
        CredentialTrouble::Skewed { ahead: None } => "The clock of this machine is too far from that of S3.".to_owned(),
        CredentialTrouble::UnknownKey { by, last_four } => {
            format!("S3 does not know the key{} ({by}).", ending(last_four))
        }
        CredentialTrouble::WrongSecret { by, last_four } => {
            format!("The secret does not belong to the key{} ({by}).", ending(last_four))
        }
        CredentialTrouble::WrongToken { by } => format!("S3 does not accept the session token ({by})."),
    }
}

/// Which key, where that is known.
fn ending(last_four: &str) -> String {
    if last_four.is_empty() { String::new() } else { format!(" ending in {last_four}") }
}

fn no_answer(how: &NoAnswer, what: &str) -> String {
    match how {
        NoAnswer::Unreachable(why) => format!("No connection for {what}: {why}."),
        NoAnswer::Name(why) => format!("The name of the server is not known for {what}: {why}."),
        NoAnswer::Tls(why) => format!("No secure connection for {what}: {why}."),
        NoAnswer::Server(status, code) if code.is_empty() => format!("The server answers {status} for {what}."),
        NoAnswer::Server(status, code) => format!("The server answers {status} {code} for {what}."),
        NoAnswer::Stalled(time) => format!("No byte came for {} for {what}.", text::duration(*time)),
        NoAnswer::Cut(why) => format!("The answer for {what} ended too early: {why}."),
        NoAnswer::Nonsense(why) => format!("The answer for {what} makes no sense: {why}."),
        NoAnswer::Loop => format!("The server sends the same page again and again for {what}."),
    }
}

fn wants(setting: &Setting) -> String {
    match setting {
        Setting::RequesterPays => "The owner of the bucket lets the one who reads pay.".to_owned(),
        Setting::CustomerKey => "The object is encrypted with a key that the customer keeps (SSE-C).".to_owned(),
        Setting::KmsKey(said) => format!("The object is encrypted, and its key in KMS is refused: \"{said}\"."),
        Setting::AccessPoint(said) => format!("The bucket is read through another address: \"{said}\"."),
    }
}

/// Why it matters, and what to do.
fn reason(error: &CatalogError) -> (String, String) {
    let (why, remedy): (&str, String) = match error {
        CatalogError::Refused { what, .. } => (
            "S3 gives the same answer for an object that is missing and for one that may not be read.",
            format!(
                "Check the spelling. Ask the owner of the bucket for s3:ListBucket and s3:GetObject (s3:GetObjectVersion for an older \
                 version) on {what}. Where the one who reads pays, add --requester-pays. Where listing is not permitted, type the \
                 organisation or the key."
            ),
        ),
        CatalogError::Missing { .. } => (
            "It may have been deleted or renamed, or the key has a slip.",
            "Choose it from the list. A deleted backup can lie behind a delete marker: look at the versions.".to_owned(),
        ),
        CatalogError::NoSource { .. } => (
            "Each environment has its own bucket.",
            "Check the spelling, and which environment or profile is in force: `reseat config show`.".to_owned(),
        ),
        CatalogError::Empty { .. } => (
            "Backups lie at organisation/datahub/hub/connector/connector/file.",
            "Check bucket and prefix. Another environment has another bucket.".to_owned(),
        ),
        CatalogError::Region { named: Some(named), .. } => {
            ("S3 answers for a bucket only in its own region.", format!("Say --region {named}, or set it for the environment."))
        }
        CatalogError::Region { .. } => (
            "S3 answers for a bucket only in its own region.",
            "Say the region of the bucket (--region), and check the endpoint and the name of the bucket.".to_owned(),
        ),
        CatalogError::Archived { what } => archived(what),
        CatalogError::Replaced { .. } => (
            "Bytes of two backups must not be mixed. A connector uploads a new backup when it restarts.",
            "Read the list again and choose anew. Where the bucket keeps versions, the old one is still there.".to_owned(),
        ),
        CatalogError::Length { .. } => (
            "A backup that is cut or padded is damaged, or the connection changes it.",
            "Try again. If it stays, choose another version, or download it by another way and take the file.".to_owned(),
        ),
        CatalogError::Corrupt { .. } => (
            "The bytes here are not the bytes that were uploaded.",
            "Download it again. If it stays, the disk, a proxy, or the object itself is damaged: choose another version.".to_owned(),
        ),
        CatalogError::Credentials(trouble) => {
            let (why, remedy) = renew(trouble);
            return (format!("{}{why}", answered(trouble)), remedy);
        }
        CatalogError::Layout { .. } => (
            "Only the backups of integration-based connectors can be restored this way.",
            "Choose a key of the form organisation/datahub/hub/connector/connector/file.".to_owned(),
        ),
        CatalogError::NoAnswer { how, .. } => answer(how),
        CatalogError::Wants(setting) => ("Without it, the bucket gives nothing out.", missing(setting)),
        CatalogError::NoRoom { .. } | CatalogError::NoFiles { .. } => (
            "A download, its copy and the safety copy need room before anything begins.",
            "Make room there, forget old restores (`reseat restores --forget ID`), or say another folder (--state-dir).".to_owned(),
        ),
        CatalogError::File { writing: true, .. } => {
            ("What was downloaded so far is kept.", "Make room, or check the disk and the permissions. Then go on.".to_owned())
        }
        CatalogError::File { .. } => {
            ("The backup is read from this file.", "Check the path and the permissions.".to_owned())
        }
        CatalogError::Busy { .. } => {
            ("Two downloads must not write one file.", "Wait for it, or stop it. What came is kept, and used here.".to_owned())
        }
        CatalogError::Outside { .. } => (
            "A folder as source may not reach outside of itself.",
            "Copy the file to where the link leads from, or take the file itself as the source.".to_owned(),
        ),
        CatalogError::Unreadable { .. } => {
            ("There is nothing to look for.", "Give a key, an address s3://bucket/key, or a path.".to_owned())
        }
        CatalogError::Cancelled => ("", String::new()),
    };
    (why.to_owned(), remedy)
}

fn archived(what: &Archived) -> (&'static str, String) {
    let (why, tiered) = waits(&what.class);
    if what.on_its_way {
        return (why, "Wait until it is back, then go on here. Or choose another version.".to_owned());
    }
    let mut command = vec!["aws".to_owned(), "s3api".to_owned(), "restore-object".to_owned()];
    command.extend(["--bucket".to_owned(), text::shell_quote(&what.bucket)]);
    command.extend(["--key".to_owned(), text::shell_quote(&what.key)]);
    if let Some(version) = &what.version {
        command.extend(["--version-id".to_owned(), text::shell_quote(version)]);
    }
    command.extend(what.options.iter().map(|word| text::shell_quote(word)));
    command.push("--restore-request".to_owned());
    // An object that moves between its tiers by itself comes back for good: a number of days is refused for it.
    let days = if tiered { "" } else { "\"Days\":7," };
    command.push(format!("'{{{days}\"GlacierJobParameters\":{{\"Tier\":\"Standard\"}}}}'"));
    (why, format!("Ask for it: {}. Or choose another version.", text::printable(&command.join(" "))))
}

/// How long it takes until an archived object can be read, by its class; and whether it moves between tiers by itself.
fn waits(class: &str) -> (&'static str, bool) {
    match class {
        "GLACIER" | "ARCHIVE_ACCESS" => (
            "An archived object must be asked back first. That takes 3 to 5 hours (Standard), 5 to 12 hours (Bulk), \
             or some minutes (Expedited).",
            class == "ARCHIVE_ACCESS",
        ),
        "DEEP_ARCHIVE" | "DEEP_ARCHIVE_ACCESS" => (
            "An object in the deep archive must be asked back first. That takes up to 12 hours (Standard), or 48 hours (Bulk).",
            class == "DEEP_ARCHIVE_ACCESS",
        ),
        _ => (
            "An archived object must be asked back first. That takes 3 to 12 hours (Standard), up to 48 hours (Bulk).",
            false,
        ),
    }
}

/// What S3 said to whom, where that helps to find the credentials that are meant.
fn answered(trouble: &CredentialTrouble) -> String {
    match trouble {
        CredentialTrouble::Expired { by, .. } => format!("S3 answered \"ExpiredToken\" to {by}. "),
        _ => String::new(),
    }
}

fn renew(trouble: &CredentialTrouble) -> (&'static str, String) {
    let login = |profile: &Option<String>| match profile {
        Some(profile) => format!("aws sso login --profile {}", text::shell_quote(profile)),
        None => "aws sso login".to_owned(),
    };
    match trouble {
        CredentialTrouble::Missing { profile, .. } => (
            "S3 gives nothing out to somebody it does not know.",
            format!("Paste the \"export AWS_...\" lines of the web portal, or log in: {}.", login(profile)),
        ),
        CredentialTrouble::Expired { profile, renewable: true, .. } => (
            "Temporary credentials end after some hours. Nothing is lost.",
            format!("Paste new ones, or log in in a shell: {}. Then check again.", login(profile)),
        ),
        CredentialTrouble::Expired { .. } => (
            "Temporary credentials end after some hours. Nothing is lost.",
            "Paste new ones: the \"export AWS_...\" lines of the web portal.".to_owned(),
        ),
        CredentialTrouble::Skewed { .. } => (
            "S3 refuses requests that seem older or newer than 15 minutes.",
            "Set the clock of this machine (`timedatectl` shows whether it is kept right). Then check again."
                .to_owned(),
        ),
        CredentialTrouble::UnknownKey { .. } => (
            "The key was deleted or switched off, or it belongs to another service.",
            "Paste credentials of the right account, or choose another profile (--profile).".to_owned(),
        ),
        CredentialTrouble::WrongSecret { .. } => (
            "One of the two was cut or changed while it was copied.",
            "Paste key and secret again, both from the same place.".to_owned(),
        ),
        CredentialTrouble::WrongToken { .. } => (
            "Key, secret and token belong together; one of them is of another login.",
            "Paste all three again, from the same place.".to_owned(),
        ),
    }
}

fn answer(how: &NoAnswer) -> (&'static str, String) {
    match how {
        NoAnswer::Unreachable(_) => (
            "Nothing is lost; what was downloaded is kept.",
            "Check the network, a firewall, and HTTPS_PROXY. Then check again.".to_owned(),
        ),
        NoAnswer::Name(_) => (
            "The name of the server comes from the region, the bucket or the endpoint.",
            "Check the spelling of region and endpoint, and that this machine can resolve names.".to_owned(),
        ),
        NoAnswer::Tls(_) => (
            "A proxy of your network may show a certificate of its own.",
            "Give its certificate by AWS_CA_BUNDLE, or ca_bundle of the profile. Or check the clock.".to_owned(),
        ),
        NoAnswer::Server(..) => (
            "The server has a problem of its own. Nothing is lost.",
            "It was asked several times. Wait a little, then check again.".to_owned(),
        ),
        NoAnswer::Stalled(_) | NoAnswer::Cut(_) => (
            "The connection broke or stands still. What was downloaded is kept.",
            "It was asked several times. Check the network, then go on: it continues at its byte.".to_owned(),
        ),
        NoAnswer::Nonsense(_) | NoAnswer::Loop => (
            "The server does not keep to the rules of S3. Going on could show a wrong list or mix bytes.",
            "Check the endpoint and proxies. Or copy the file by another way and take it as the source.".to_owned(),
        ),
    }
}

fn missing(setting: &Setting) -> String {
    match setting {
        Setting::RequesterPays => {
            "Add --requester-pays, or requester_pays = true to the environment. AWS bills the reads to your account."
        }
        Setting::CustomerKey => "This version has no such key: copy the object with the AWS command and take the file.",
        Setting::KmsKey(_) => "Ask the owner of the bucket for kms:Decrypt on its key.",
        Setting::AccessPoint(_) => {
            "Ask the owner for the ARN of the access point: --source s3://arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME."
        }
    }
    .to_owned()
}
