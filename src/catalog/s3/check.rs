//! The checks of a bucket: credentials, clock, first page, each with its own row.

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

use super::S3;
use super::client::{Holder, Session};
use super::errors::is_skewed;
use crate::catalog::{Catalog, CatalogError, Check, CredentialTrouble, Listing, OnCheck, Outcome, Page};
use crate::text;

/// Makes all checks, one after the other, and reports each as soon as it has something to say.
pub(super) async fn all(s3: &S3, now: Timestamp, report: OnCheck<'_>) {
    let started = Instant::now();
    report(Check::Credentials, Outcome::Runs("looks for credentials".to_owned()));
    report(Check::Clock, Outcome::Waits("waits for the first answer".to_owned()));
    report(Check::Bucket, Outcome::Waits("waits for the credentials".to_owned()));
    let (session, holder) = match found(s3).await {
        Ok(found) => found,
        Err(error) => {
            failed(Check::Credentials, &error, now, report);
            report(Check::Clock, Outcome::Waits("waits for the credentials".to_owned()));
            return;
        }
    };
    if holder.expires.is_some_and(|at| at <= now) {
        // The server has the last word: the clock may be wrong instead.
        report(Check::Credentials, Outcome::Runs("asks whether they are still valid".to_owned()));
    } else {
        report(Check::Credentials, Outcome::Good(held_by(&holder, now)));
    }
    report(Check::Clock, Outcome::Runs("compares with the first answer".to_owned()));
    report(Check::Bucket, Outcome::Runs("reads the first page".to_owned()));
    let prefix = s3.prefix().to_owned();
    let answer = s3.list(Listing { prefix: &prefix, delimiter: true, limit: None, from: None }).await;
    // The region may have been followed meanwhile: the session of the answer tells the time.
    let session = s3.session().await.unwrap_or(session);
    let ahead = session.ahead(now, started);
    match &answer {
        Err(error @ CatalogError::Credentials(trouble)) if !matches!(trouble, CredentialTrouble::Skewed { .. }) => {
            failed(Check::Credentials, error, now, report);
            clock(ahead, true, now, report);
            report(Check::Bucket, Outcome::Waits("waits for the credentials".to_owned()));
            return;
        }
        _ => report(Check::Credentials, Outcome::Good(held_by(&holder, now))),
    }
    let refused = matches!(answer, Err(CatalogError::Credentials(CredentialTrouble::Skewed { .. })));
    if refused || ahead.is_some_and(is_skewed) {
        failed(Check::Clock, &CatalogError::Credentials(CredentialTrouble::Skewed { ahead }), now, report);
    } else {
        clock(ahead, false, now, report);
    }
    match answer {
        Ok(page) => first_page(s3, &page, now, report),
        Err(_) if refused => report(Check::Bucket, Outcome::Waits("waits for the clock".to_owned())),
        Err(CatalogError::Refused { .. }) => report(
            Check::Bucket,
            Outcome::Limited("answers; listing is not permitted: type an organisation or a key".to_owned()),
        ),
        Err(error) => failed(Check::Bucket, &error, now, report),
    }
}

async fn found(s3: &S3) -> Result<(std::sync::Arc<Session>, Holder), CatalogError> {
    let session = s3.session().await?;
    let holder = session.credentials().await?;
    Ok((session, holder))
}

/// "profile support-prod, key ending in 4QXZ, valid for 52 min".
fn held_by(holder: &Holder, now: Timestamp) -> String {
    let by = &holder.by;
    let valid = holder.expires.map(|at| format!(", valid for {}", text::duration(text::elapsed(now, at))));
    format!("{by}, key ending in {}{}", text::printable(&holder.last_four), valid.unwrap_or_default())
}

fn clock(ahead: Option<SignedDuration>, not_the_cause: bool, now: Timestamp, report: OnCheck<'_>) {
    let Some(ahead) = ahead else {
        report(Check::Clock, Outcome::Waits("no answer told the time".to_owned()));
        return;
    };
    if is_skewed(ahead) {
        failed(Check::Clock, &CatalogError::Credentials(CredentialTrouble::Skewed { ahead: Some(ahead) }), now, report);
        return;
    }
    let far = text::duration(ahead.unsigned_abs());
    let cause = if not_the_cause { ": the clock is not the cause" } else { "" };
    report(Check::Clock, Outcome::Good(format!("{far} away from the clock of S3{cause}")));
}

fn first_page(s3: &S3, page: &Page, now: Timestamp, report: OnCheck<'_>) {
    if page.prefixes.is_empty() && page.next.is_none() {
        let instead = page.objects.iter().take(3).map(|object| object.key.printable()).collect::<Vec<_>>().join(", ");
        failed(Check::Bucket, &CatalogError::Empty { what: s3.describe(), instead }, now, report);
        return;
    }
    let more = if page.next.is_some() { "more than " } else { "" };
    let found = text::counted(page.prefixes.len() as u64, "organisation", "organisations");
    report(Check::Bucket, Outcome::Good(format!("answers; {more}{found} on the first page")));
}

fn failed(check: Check, error: &CatalogError, now: Timestamp, report: OnCheck<'_>) {
    if let Some(finding) = error.finding(now) {
        report(check, Outcome::Failed(Box::new(finding)));
    }
}
