//! What the deletion of a stack does: which resources go, which are kept by their `DeletionPolicy`, and what is in its domains.

use crate::exit::{Exit, Failure};
use crate::stack::{NESTED, Resource, Stack, Stacks, Standing};
use aws_sdk_cloudformation::types::StackStatus;
use shared::aws::SdkConfig;
use shared::error::chain;
use shared::reconcile::inventory::Item;
use shared::reconcile::step::Reconcile;
use shared::removal::{Policy, Template};
use std::collections::{BTreeMap, BTreeSet};
use studio_cleanup::{Spec, StudioCleanup};

/// The parameter with which a stack says what happens to home directories.
const HOME_DIRECTORIES: &str = "HomeDirectories";
const DOMAIN: &str = "AWS::SageMaker::Domain";

/// What happens to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    Keep,
    Delete,
    /// A policy that only CloudFormation can compute.
    Unknown,
}

impl Fate {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Delete => "delete",
            Self::Unknown => "not known",
        }
    }

    fn of(policy: Policy) -> Self {
        match policy {
            Policy::Delete => Self::Delete,
            // Both keep what a stack had once it was created.
            Policy::Retain | Policy::RetainExceptOnCreate => Self::Keep,
            Policy::Unknown => Self::Unknown,
        }
    }
}

/// A stack with all that it nests.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) stack: Stack,
    /// Its ARN and name, and those of the nested ones.
    names: BTreeSet<String>,
    /// Physical ids by type and what happens to them; those of nested stacks are left out.
    pub(super) resources: BTreeMap<(Fate, String), BTreeSet<String>>,
    /// Exports, and the stack that imports each.
    pub(super) imports: Vec<(String, String)>,
    /// The domains, with what is in them.
    pub(super) domains: Vec<(String, Vec<Item>)>,
}

impl Plan {
    /// Looks at a stack.
    pub(super) async fn read(stacks: &Stacks, config: &SdkConfig, stack: Stack) -> Result<Self, Failure> {
        if stack.root.is_some() {
            return Err(crate::deploy::nested(&stack));
        }
        let mut plan = Self {
            names: BTreeSet::new(),
            resources: BTreeMap::new(),
            imports: Vec::new(),
            domains: Vec::new(),
            stack: stack.clone(),
        };
        let mut waiting = vec![stack];
        while let Some(stack) = waiting.pop() {
            waiting.extend(plan.take(stacks, &stack).await?);
        }
        let domains: Vec<_> = plan.resources.iter().filter(|((_, kind), _)| kind == DOMAIN).collect();
        let domains: Vec<_> = domains.into_iter().flat_map(|(_, ids)| ids.iter().cloned()).collect();
        for id in domains {
            let items = content(config, &id).await?;
            plan.domains.push((id, items));
        }
        Ok(plan)
    }

    /// Takes one of the stacks, and returns those that it nests.
    async fn take(&mut self, stacks: &Stacks, stack: &Stack) -> Result<Vec<Stack>, Failure> {
        self.names.extend([stack.id.clone(), stack.name.clone()]);
        for export in &stack.exports {
            let importers = stacks.importers(export).await?;
            self.imports.extend(importers.into_iter().map(|importer| (export.clone(), importer)));
        }
        let text = stacks.template(&stack.id).await?;
        let template = Template::read(&text).map_err(|error| {
            Failure::new(Exit::Failed, format!("could not read the template of {}: {error}", stack.name))
        })?;
        let mut nested = Vec::new();
        for Resource { logical_id, kind, physical_id } in stacks.resources(&stack.id).await? {
            let Some(id) = physical_id else { continue };
            let fate = Fate::of(template.deletion_policy(&logical_id));
            // A nested stack that is kept is no concern of the deletion.
            if kind != NESTED || fate == Fate::Keep {
                self.resources.entry((fate, kind)).or_default().insert(id);
            } else if let Some(stack) = stacks.describe(&id).await? {
                nested.push(stack);
            }
        }
        Ok(nested)
    }

    /// Whether this is the name or ARN of one of the stacks.
    pub(super) fn has(&self, stack: &str) -> bool {
        self.names.contains(stack)
    }

    /// Why CloudFormation would refuse.
    pub(super) fn blocker(&self) -> Option<String> {
        let Stack { name, status, is_protected, .. } = &self.stack;
        if *is_protected {
            return Some(format!(
                "stack {name} is protected: `aws cloudformation update-termination-protection --no-enable-termination-protection \
                 --stack-name {name}` ends that"
            ));
        }
        let is_busy = self.stack.standing() == Standing::Busy && *status != StackStatus::DeleteInProgress;
        is_busy.then(|| format!("stack {name} is {status}: wait for the end of that operation"))
    }

    /// What happens to home directories, where the stack says it.
    pub(super) fn home_directories(&self) -> Option<&str> {
        self.stack.parameters.get(HOME_DIRECTORIES).map(String::as_str)
    }

    /// How many nested stacks there are.
    pub(super) fn nested(&self) -> usize {
        self.names.len() / 2 - 1
    }

    /// How many resources have this fate.
    pub(super) fn count(&self, fate: Fate) -> usize {
        self.resources.iter().filter(|((it, _), _)| *it == fate).map(|(_, ids)| ids.len()).sum()
    }
}

/// What a domain has in it, which goes with it.
async fn content(config: &SdkConfig, id: &str) -> Result<Vec<Item>, Failure> {
    let usage = |why| Failure::new(Exit::Failed, why);
    let spec = Spec::clean(id, true).map_err(usage)?.deleting_space_storage(true).observing_everything();
    let observed = StudioCleanup::new(config).observe(&spec).await;
    let observed = observed.map_err(|error| Failure::new(Exit::Failed, chain(&error)))?;
    Ok(studio_cleanup::inventory(&spec, &observed))
}
