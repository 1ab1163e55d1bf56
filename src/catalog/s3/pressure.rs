//! Hearing that the bucket is asked too much, where the SDK asks again by itself, too.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_sdk_s3::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;

use crate::catalog::Pressure;

/// Counts the answers that ask to slow down.
#[derive(Debug, Clone, Default)]
pub(super) struct Listener(Arc<Mutex<Pressure>>);

impl Listener {
    /// What was heard until now.
    pub(super) fn heard(&self) -> Pressure {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self, status: u16, retry_after: Option<&str>, now: Instant) {
        if status != 503 && status != 429 {
            return;
        }
        let wait = retry_after.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
        let mut pressure = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pressure.complaints += 1;
        pressure.until = wait.and_then(|wait| now.checked_add(wait)).max(pressure.until);
    }
}

impl Intercept for Listener {
    fn name(&self) -> &'static str {
        "pressure on the server"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        self.hear(response.status().as_u16(), response.headers().get("retry-after"), Instant::now());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_busy_server_is_heard_and_the_longest_wait_counts() {
        let (listener, now) = (Listener::default(), Instant::now());
        listener.hear(500, Some("9"), now);
        assert_eq!(listener.heard(), Pressure::default());
        listener.hear(503, None, now);
        assert_eq!(listener.heard(), Pressure { complaints: 1, until: None });
        listener.hear(503, Some("3"), now);
        listener.hear(429, Some("1"), now);
        listener.hear(503, Some("Fri, 21 Dec 2026 00:00:00 GMT"), now);
        assert_eq!(listener.heard(), Pressure { complaints: 4, until: Some(now + Duration::from_secs(3)) });
    }
}
