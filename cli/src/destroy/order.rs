//! In which order stacks are deleted: one that imports an export goes before the one that has it.

use super::plan::Plan;

/// The plans in that order; those that do not need each other in the order in which they were named.
pub(super) fn sorted(mut plans: Vec<Plan>) -> Vec<Plan> {
    let mut sorted = Vec::new();
    while !plans.is_empty() {
        let is_needed = |at: usize| {
            let importers = plans[at].imports.iter().map(|(_, importer)| importer);
            let others = || plans.iter().enumerate().filter(move |(other, _)| *other != at);
            importers.into_iter().any(|importer| others().any(|(_, plan)| plan.has(importer)))
        };
        // Exports cannot be imported in a circle; a stack with others that change meanwhile might look like it.
        let next = (0..plans.len()).find(|at| !is_needed(*at)).unwrap_or(0);
        sorted.push(plans.remove(next));
    }
    sorted
}
