//! The source that a command reads, and waiting for what it answers.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;

use super::Context;
use super::failure::Failure;
use crate::catalog::{self, Catalog, CatalogError, SourceSpec};
use crate::finding::{Code, Finding, Severity};

impl Context {
    /// The source of the settings in force, not asked for anything yet.
    pub(super) fn catalog(&self) -> Result<Arc<dyn Catalog>, Failure> {
        let source = self.settings.source.as_ref().ok_or_else(|| {
            Failure::Usage(
                "where are the backups? Add --source or --environment, or name one in the configuration".to_owned(),
            )
        })?;
        let spec = SourceSpec::parse(&source.value).map_err(|error| self.answered(&error))?;
        self.open(spec)
    }

    /// Opens another source than that of the settings, reached as they say.
    pub(super) fn open(&self, mut spec: SourceSpec) -> Result<Arc<dyn Catalog>, Failure> {
        let text = |value: &Option<crate::config::Value<String>>| value.as_ref().map(|value| value.value.clone());
        spec.profile = text(&self.settings.profile);
        spec.region = text(&self.settings.region);
        spec.endpoint = text(&self.settings.endpoint_url);
        spec.requester_pays = self.settings.requester_pays.value;
        catalog::open(&spec, &self.world).map_err(|error| self.answered(&error))
    }

    /// What a source answered, as the reason why a command ends.
    pub(super) fn answered(&self, error: &CatalogError) -> Failure {
        let message = crate::text::printable(&error.to_string());
        let findings: Vec<Finding> = error.finding(self.world.now()).into_iter().collect();
        match error {
            CatalogError::Cancelled => Failure::Stopped,
            error if error.is_missing() => Failure::Missing { message, findings },
            _ => match findings.first() {
                None => Failure::Failed(anyhow::anyhow!(message)),
                Some(first) => Failure::Refused { message: format!("{}: {message}", first.code), findings },
            },
        }
    }

    /// Waits for a source, and stops waiting when a signal asks for it.
    pub(super) fn wait<T>(&self, work: impl Future<Output = T>) -> Result<T, Failure> {
        let asked = async {
            while !self.cancel.is_cancelled() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        self.runtime()?.block_on(async {
            tokio::select! {
                ended = work => Ok(ended),
                () = asked => Err(Failure::Stopped),
            }
        })
    }

    /// The threads of the network, made when a source is first waited for.
    pub(super) fn runtime(&self) -> Result<&tokio::runtime::Runtime, Failure> {
        if let Some(runtime) = self.tokio.get() {
            return Ok(runtime);
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .context("the threads of the network could not be started")?;
        Ok(self.tokio.get_or_init(|| runtime))
    }
}

/// Reads an ID that was typed, R401 when it is none.
pub(super) fn id<T: From<uuid::Uuid>>(typed: &str, what: &str) -> Result<T, Failure> {
    crate::identity::parse(typed).map(T::from).map_err(|error| {
        let shown = crate::text::cut(&crate::text::printable(typed), 60);
        let finding =
            Finding::new(Code::R401, Severity::Block, format!("{shown:?} is not the ID of a {what}: {error}."))
                .why("Nothing can be found under it.")
                .remedy("Copy the ID from the platform.");
        Failure::Refused { message: format!("R401: the {what}'s ID is wrong"), findings: vec![finding] }
    })
}
