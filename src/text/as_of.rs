//! A date or a time as a person types it, to ask for the state as of then.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

/// What can be typed, for messages.
pub const FORMS: &str = "2026-11-17, 2026-11-17 02:00, or 2026-11-17T02:00:00Z";

/// Reads `2026-11-17` (to its end), `2026-11-17 02:00` (to the end of that minute), or a time with seconds. UTC, unless it
/// names another distance from it.
pub fn as_of(typed: &str) -> Option<Timestamp> {
    let typed = typed.trim();
    let typed = typed.strip_suffix("UTC").unwrap_or(typed).trim_end();
    if let Ok(exact) = typed.parse::<Timestamp>() {
        return Some(exact);
    }
    let utc = |at: DateTime| at.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp());
    let last_of_day = Time::constant(23, 59, 59, 999_999_999);
    // Half a date would mean another one: `2026-11-1` is not yet the 17th.
    if ![10, 16, 19].contains(&typed.len()) {
        return None;
    }
    if let Ok(date) = Date::strptime("%Y-%m-%d", typed) {
        return utc(date.to_datetime(last_of_day));
    }
    let typed = typed.replacen('T', " ", 1);
    if let Ok(minute) = DateTime::strptime("%Y-%m-%d %H:%M", &typed) {
        return utc(minute.with().second(59).subsec_nanosecond(999_999_999).build().ok()?);
    }
    utc(DateTime::strptime("%Y-%m-%d %H:%M:%S", &typed).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_and_a_minute_mean_their_ends() {
        for (typed, means) in [
            ("2026-11-17", "2026-11-17T23:59:59.999999999Z"),
            (" 2026-11-17 02:00 ", "2026-11-17T02:00:59.999999999Z"),
            ("2026-11-17T02:00 UTC", "2026-11-17T02:00:59.999999999Z"),
            ("2026-11-17 02:00:05", "2026-11-17T02:00:05Z"),
            ("2026-11-17T02:00:05Z", "2026-11-17T02:00:05Z"),
            ("2026-11-17T02:00:05+01:00", "2026-11-17T01:00:05Z"),
        ] {
            assert_eq!(as_of(typed), Some(means.parse().unwrap()), "{typed}");
        }
        for typed in
            ["", "2026-11", "2026-11-1", "2026-11-17 2:00", "2026-02-30", "17.11.2026", "2026-11-17 25:00", "yesterday"]
        {
            assert_eq!(as_of(typed), None, "{typed}");
        }
    }
}
