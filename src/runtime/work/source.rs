//! Carries out the work of `wizard::source`.

use super::{Job, Outside};
use crate::catalog::SourceSpec;
use crate::config::Settings;
use crate::text;
use crate::wizard::source::{Environment, Source, Work};

/// Does it.
pub(super) fn run(work: Work, _job: &Job, _outside: &Outside) {
    drop(work);
}

/// The screen of the first step: the environments of the configuration, with the cursor on the one in force.
pub(crate) fn first_source(settings: &Settings) -> Source {
    let mut named: Vec<Environment> = Vec::new();
    for environment in &settings.environments {
        // The configuration was checked when it was read; what cannot be opened is not offered.
        let Ok(mut spec) = SourceSpec::parse(&environment.source) else { continue };
        spec.profile.clone_from(&environment.profile);
        spec.region.clone_from(&environment.region);
        spec.endpoint.clone_from(&environment.endpoint_url);
        named.push(Environment {
            name: text::printable(&environment.name),
            spec,
            shown: text::printable(&environment.source),
            origin: "from the configuration".to_owned(),
        });
    }
    let wanted = settings.environment.as_ref().map(|name| name.value.as_str());
    let default = named.iter().position(|environment| Some(environment.name.as_str()) == wanted).unwrap_or_default();
    Source::new(named, default)
}
