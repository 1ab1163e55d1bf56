//! The three levels: keys, filters, stale answers, and the story's data.

use std::sync::Arc;

use super::*;
use crate::catalog::SourceKind;
use crate::wizard::source::SourceRef;

/// The story's source: `prod`, seen from the new hub's machine.
pub(crate) fn prod() -> SourceRef {
    let kind = SourceKind::S3 { bucket: "ts-platform-prod-backup".into(), prefix: String::new() };
    SourceRef {
        name: "prod".into(),
        spec: Arc::new(SourceSpec::new(kind)),
        hub_root: Some("/var/datahub".into()),
        hub: Some("b7740e12-5c9a-4f36-8e21-6a4d90c701aa".parse().unwrap()),
    }
}

/// The organisations of the story's source, before anything is listed.
pub(crate) fn organisations() -> Organisations {
    Organisations::new(prod())
}
