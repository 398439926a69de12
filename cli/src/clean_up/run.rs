//! One run: the two libraries, and what is asked of them.

use crate::args::CleanUp;
use crate::exit::{Exit, Failure};
use crate::progress::Progress;
use crate::report::Report;
use crate::session::Session;
use crate::to_the_end::to_the_end;
use shared::error::{Class, chain, class};
use shared::reconcile::inventory::{Item, PlannedAction};
use shared::reconcile::output::Output;
use shared::reconcile::progress::Waiting;
use shared::reconcile::step::{Reconcile, StepError};
use std::error::Error;
use storage_cleanup::{Backup, StorageCleanup, Target};
use studio_cleanup::StudioCleanup;

/// The two libraries, and what is asked of them.
pub(crate) struct Run {
    studio: (StudioCleanup, studio_cleanup::Spec),
    storage: (StorageCleanup, storage_cleanup::Spec),
}

/// What was observed after a run.
#[derive(Debug, Default)]
pub(crate) struct After {
    /// What the domain has, or left.
    pub(crate) items: Vec<Item>,
    /// What was found by looking for the VPCs of the plan by their ids: nothing may tie them to the domain any more.
    pub(crate) in_vpcs: Vec<Item>,
}

impl Run {
    pub(crate) fn new(asked: &CleanUp, session: &Session) -> Result<Self, Failure> {
        let usage = |sentence| Failure::new(Exit::Usage, sentence);
        let scope = &asked.scope;
        let spec = storage_cleanup::Spec {
            target: Target::domain(&asked.domain_id).map_err(usage)?,
            storage: scope.storage.into(),
            vpc: scope.vpc.into(),
            stack: None,
            consent: None,
        };
        let vault = scope.backup_vault.clone().unwrap_or_else(|| Backup::default().vault);
        let backup = Backup { vault, role: scope.backup_role.clone() };
        let studio = studio_cleanup::Spec::clean(&asked.domain_id, true).map_err(usage)?;
        let studio = studio
            .deleting_space_storage(scope.delete_space_storage)
            .allowing_unified_studio(scope.unified_studio_project);
        Ok(Self {
            studio: (StudioCleanup::new(&session.config), studio),
            storage: (StorageCleanup::new(&session.config, backup), spec),
        })
    }

    /// What is there and what a run does with it; nothing, when there is no trace of the domain.
    pub(crate) async fn inventory(&self) -> Result<Option<Vec<Item>>, Failure> {
        let ((studio, domain), (storage, remains)) = (&self.studio, &self.storage);
        let whole = domain.clone().observing_everything();
        let inside = studio.observe(&whole).await.map_err(|error| failed(&error))?;
        let remaining = storage.observe(remains).await.map_err(|error| failed(&error))?;
        if inside.domain.is_none() && remaining.is_nothing() {
            return Ok(None);
        }
        let mut items = studio_cleanup::inventory(&whole, &inside);
        let mut after = storage_cleanup::inventory(remains, &remaining);
        if inside.domain.is_some() {
            // It blocks what it leaves behind only until it is deleted, which comes first.
            after.retain(|item| !(item.kind == "domains" && item.action == PlannedAction::Blocked));
        }
        items.append(&mut after);
        Ok(Some(items))
    }

    /// What is there after a run of this plan. A VPC is looked for by its id as well: once its tag and the domain's groups are
    /// gone, that it is on no list of the domain does not say that it is deleted.
    pub(crate) async fn describe_after(&self, plan: &[Item]) -> Result<After, Failure> {
        let items = self.inventory().await?.unwrap_or_default();
        let planned = plan.iter().filter(|item| item.kind == "VPCs" && item.action == PlannedAction::Delete);
        let mut in_vpcs = Vec::new();
        for name in planned.flat_map(|item| &item.names) {
            let target = Target::vpc(&name.id).map_err(|sentence| Failure::new(Exit::Failed, sentence))?;
            let (storage, vpc) = (storage_cleanup::Storage::Keep, storage_cleanup::Vpc::Delete);
            let spec = storage_cleanup::Spec { target, storage, vpc, stack: None, consent: None };
            let observed = self.storage.0.observe(&spec).await.map_err(|error| failed(&error))?;
            in_vpcs.extend(storage_cleanup::inventory(&spec, &observed));
        }
        Ok(After { items, in_vpcs })
    }

    /// First the domain, because nothing of its storage may be touched while it exists.
    pub(crate) async fn drive(
        &self,
        progress: &mut Progress<'_>,
        report: &mut Report,
    ) -> Result<(), Failure> {
        let mut output = end_of(&self.studio.0, &self.studio.1, |it| progress.note(it)).await?;
        report.output.append(&mut output);
        let told = |waiting: &Waiting| {
            report.note(waiting);
            progress.note(waiting);
        };
        let mut output = end_of(&self.storage.0, &self.storage.1, told).await?;
        report.output.append(&mut output);
        Ok(())
    }
}

/// Drives one of the two libraries.
async fn end_of<R: Reconcile>(it: &R, spec: &R::Spec, note: impl FnMut(&Waiting)) -> Result<Output, Failure> {
    to_the_end(it, spec, note).await.map_err(|error| match error {
        StepError::Stuck(why) => Failure::new(
            Exit::Failed,
            format!("{}; after that, run the same command to resume", why.trim_end_matches('.')),
        ),
        StepError::Failed(error) => failed(&error),
    })
}

/// A call that failed; if it was forbidden, other calls may be forbidden too.
fn failed(error: &(dyn Error + 'static)) -> Failure {
    let causes = chain(error);
    let hint = if class(error) == Class::Denied {
        "; `sm-mlops doctor clean-up` lists the missing permissions"
    } else {
        ""
    };
    Failure::new(Exit::Failed, format!("{causes}{hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::error::Cause;

    #[test]
    fn a_call_that_is_forbidden_points_to_the_doctor() {
        for (code, expected) in
            [("AccessDeniedException", true), ("UnauthorizedOperation", true), ("ValidationException", false)]
        {
            let source = Cause::answer(code, "User: x is not authorized to perform: y");
            let failure = failed(&storage_cleanup::Error::List { what: "domains".to_owned(), source });
            assert_eq!(failure.exit, Exit::Failed);
            assert_eq!(failure.sentence.contains("doctor clean-up"), expected, "{code}");
        }
    }
}
