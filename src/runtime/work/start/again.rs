//! A restore goes on: everything that it holds is checked again, and each step is rebuilt from what is here.

use std::sync::Arc;

use super::super::place::session;
use super::super::{Job, Outside};
use crate::catalog::levels::Affiliations;
use crate::catalog::{Backup, SourceSpec};
use crate::finding::{Finding, Severity, Verdict};
use crate::identity::Mapping;
use crate::restore::Stage;
use crate::restore::assess;
use crate::restore::engine::Session;
use crate::restore::facts::{BucketFacts, Fact, Facts, Taken};
use crate::restore::journal::History;
use crate::restore::recovery::Way;
use crate::restore::trouble::Trouble;
use crate::restore::witnesses::witnesses;
use crate::text;
use crate::wizard::chain::{Accepted, Chosen, Inspected, Planned, Proved, Targeted};
use crate::wizard::inspect::Looked;
use crate::wizard::start::{Answer, At, Continued};
use crate::wizard::target::{CONNECTOR_FIELD, HUB_FIELD};
use crate::wizard::{self, Crumbs, Kept};

/// Checks what a restore holds, and says at which step it goes on.
pub(super) fn again(id: &str, job: &Job, outside: &Outside) -> Result<Answer, Trouble> {
    let session = session(outside, id)?;
    let history = session.history();
    let Way::Resume(stage) = history.way() else {
        return Err(Trouble::Missing(format!("restore {id} does not go on this way")));
    };
    let again = Again { session, history, stage, job, outside };
    let at = again.at()?;
    Ok(Answer::Continued(Box::new(Continued { crumbs: again.crumbs(), kept: again.kept(), at })))
}

/// What was looked into, and as a later step takes it.
type Good = (Box<Looked>, Arc<Inspected>);

struct Again<'a> {
    session: Session,
    history: History,
    stage: Stage,
    job: &'a Job,
    outside: &'a Outside,
}

impl Again<'_> {
    fn say(&self, words: &str) {
        self.job.say(wizard::Answer::Start(Answer::Checks(words.to_owned())));
    }

    fn crumbs(&self) -> Crumbs {
        let source = self.history.source.as_ref();
        let place = self.history.backup.as_ref().and_then(|backup| backup.place.as_ref());
        Crumbs {
            source: source.map(|source| text::printable(source.environment.as_ref().unwrap_or(&source.source))),
            organisation: place.map(|place| place.org.printable()),
            connector: self.history.name().map(text::Untrusted::printable),
        }
    }

    fn kept(&self) -> Kept {
        let typed = |field: &str| self.history.typed.get(field).map(|text| text.raw().to_owned()).unwrap_or_default();
        Kept {
            restore: self.session.id().to_string(),
            ids: [typed(HUB_FIELD), typed(CONNECTOR_FIELD)],
            accepted: self.accepted(),
            accepted_for: self.history.mapping().map(|mapping| mapping.connector.new),
        }
    }

    fn accepted(&self) -> Vec<Accepted> {
        let accepted = self.history.accepted.iter();
        accepted.map(|one| Accepted { acceptance: one.acceptance.clone(), at: one.at }).collect()
    }

    fn chosen(&self, backup: Backup) -> Option<Chosen> {
        let source = self.history.source.as_ref()?;
        let mut spec = SourceSpec::parse(&source.source).ok()?;
        spec.profile.clone_from(&source.profile);
        spec.region.clone_from(&source.region);
        spec.endpoint.clone_from(&source.endpoint_url);
        spec.requester_pays = source.requester_pays;
        Some(Chosen {
            source: text::printable(source.environment.as_ref().unwrap_or(&source.source)),
            spec: Arc::new(spec),
            hub_root: self.outside.hub_root(source.environment.as_deref()),
            backup,
        })
    }

    /// What lies beside the backup, when the source still answers.
    fn bucket(&self, chosen: &Chosen) -> Result<Fact<BucketFacts>, Trouble> {
        self.say("the bucket is asked what lies beside the backup");
        match self.outside.catalog(&chosen.spec) {
            Ok(catalog) => {
                let asked = self.outside.engine.bucket_facts(&catalog, &chosen.backup);
                Ok(self.outside.wait(self.job, asked)?)
            }
            Err(error) => Ok(Fact::Unknown(text::printable(&error.to_string()))),
        }
    }

    fn at(&self) -> Result<At, Trouble> {
        let backup = self.history.backup.clone();
        let Some(chosen) = backup.and_then(|backup| self.chosen(backup)) else { return Ok(At::Source) };
        let bucket = self.bucket(&chosen)?;
        if self.stage <= Stage::Inspect {
            return Ok(At::Inspect(Box::new(chosen), Box::new(bucket)));
        }
        let Some((looked, inspected)) = self.inspected(&chosen, bucket.clone())? else {
            return Ok(At::Inspect(Box::new(chosen), Box::new(bucket)));
        };
        let Some(mapping) = self.history.mapping().filter(|_| self.stage > Stage::Target) else {
            return Ok(At::Target(looked, inspected));
        };
        let targeted = self.targeted(&inspected, mapping)?;
        let Some(planned) = self.planned(&targeted)? else { return Ok(At::Preview(looked, targeted)) };
        if self.stage <= Stage::Rewrite || self.history.rewrote.is_none() {
            return Ok(At::Rewrite(looked, planned));
        }
        self.say("the restored database is read again");
        let proof = self.session.rewrite(&planned.plan, &self.job.cancel, &mut |_| {})?;
        Ok(At::Place(looked, Arc::new(Proved { planned, path: proof.path, rewritten: proof.rewritten, at: proof.at })))
    }

    /// The download read again, and looked into; none when it is no longer good.
    fn inspected(&self, chosen: &Chosen, bucket: Fact<BucketFacts>) -> Result<Option<Good>, Trouble> {
        let engine = &self.outside.engine;
        let cancel = &self.job.cancel;
        self.say("the download is read again, and compared with its digest");
        let obtained = match self.session.backup_again(&mut |_| {}, cancel) {
            Ok(obtained) => obtained,
            // It is gone or changed: it is downloaded again.
            Err(Trouble::Missing(_) | Trouble::Blocked(_)) => return Ok(None),
            Err(trouble) => return Err(trouble),
        };
        self.say("the download is looked into again");
        let file = engine.examine(&obtained.path, cancel, &mut |_| {})?;
        let facts = Facts {
            key: Fact::Known(obtained.key_facts(Taken::Named)),
            file: Fact::Known(file.clone()),
            bucket,
            ..Facts::default()
        };
        let findings = assess::inspect(&facts, engine.clock());
        let witnesses = witnesses(&facts, &findings);
        let ids = assess::old_ids(&facts).filter(|_| Verdict::of(&findings) != Verdict::Block);
        let Some(ids) = ids else { return Ok(None) };
        let inspected = Arc::new(Inspected {
            chosen: Chosen { backup: obtained.backup, ..chosen.clone() },
            restore: self.session.id().to_string(),
            folder: self.session.folder().clone(),
            path: self.session.backup_path(),
            sha256: obtained.sha256,
            size: obtained.size,
            hub: ids.hub,
            connector: ids.connector,
            file: file.clone(),
            facts,
            findings: findings.clone(),
        });
        let path = self.session.backup_path();
        let looked = Looked { file, findings, witnesses, path, inspected: Some(Arc::clone(&inspected)) };
        Ok(Some((Box::new(looked), inspected)))
    }

    fn targeted(&self, inspected: &Arc<Inspected>, mapping: Mapping) -> Result<Arc<Targeted>, Trouble> {
        let engine = &self.outside.engine;
        let cancel = &self.job.cancel;
        self.say("the new connector is looked at again");
        let hub_root = self.history.target.as_ref().and_then(|target| target.hub_root.clone());
        let mut facts = Facts { mapping: Some(mapping), ..inspected.facts.clone() };
        if let Some(root) = &hub_root {
            facts.folder = engine.folder_facts(root, Some(mapping.connector.old), cancel)?;
            facts.target = Fact::Known(engine.target_facts(root, mapping.connector.new, cancel)?);
        } else {
            facts.folder = Fact::Unknown("The hub is another machine.".to_owned());
            facts.target = Fact::Unknown("The hub is another machine.".to_owned());
        }
        if let (Fact::Known(bucket), Ok(catalog)) = (&mut facts.bucket, self.outside.catalog(&inspected.chosen.spec)) {
            let affiliations = Affiliations::new(catalog);
            let asked = engine.add_organisations(bucket, &affiliations, &inspected.chosen.backup, &mapping);
            // Without credentials it is not seen, which is R413's question.
            let _ = self.outside.wait(self.job, asked)?;
        }
        let findings = assess::target(&facts, engine.clock());
        let answered = self.accepted_of(&findings);
        Ok(Arc::new(Targeted { inspected: Arc::clone(inspected), mapping, hub_root, facts, findings, answered }))
    }

    /// What was accepted of these findings, as they stand now.
    fn accepted_of(&self, findings: &[Finding]) -> Vec<Accepted> {
        let accepted = self.accepted();
        let wanted = |one: &Accepted| findings.iter().any(|finding| finding.acceptance() == one.acceptance);
        accepted.into_iter().filter(wanted).collect()
    }

    /// The plan, when every finding is accepted and the person was past the preview.
    fn planned(&self, targeted: &Arc<Targeted>) -> Result<Option<Arc<Planned>>, Trouble> {
        if self.stage <= Stage::Preview {
            return Ok(None);
        }
        self.say("every change is worked out again");
        let inspected = &targeted.inspected;
        let engine = &self.outside.engine;
        let sha256 = Some(inspected.sha256.as_str());
        let preview = engine.preview(&inspected.path, sha256, &targeted.facts, &self.job.cancel, &mut |_| {})?;
        let open = |finding: &&Finding| {
            finding.severity == Severity::Block || (finding.needs_acceptance() && !self.history.accepts(finding))
        };
        if preview.findings.iter().any(|finding| open(&finding)) {
            return Ok(None);
        }
        let Some(plan) = preview.plan else { return Ok(None) };
        let accepted = self.accepted_of(&preview.findings);
        let targeted = Arc::clone(targeted);
        Ok(Some(Arc::new(Planned { targeted, plan: Arc::new(plan), findings: preview.findings, accepted })))
    }
}
