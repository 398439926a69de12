//! The calls to IAM.

use crate::doctor::identity::Caller;
use crate::doctor::permission::{Answer, Decision};
use crate::exit::{Exit, Failure};
use aws_sdk_iam::Client;
use aws_sdk_iam::types::{
    ContextEntry, ContextKeyTypeEnum, EvaluationResult, OrganizationsDecisionDetail as Organization,
    PermissionsBoundaryDecisionDetail as Boundary, PolicyEvaluationDecisionType, ResourceSpecificResult,
    Statement,
};
use shared::error::{Cause, Class, cause, chain};
use std::collections::{BTreeMap, BTreeSet};

/// The user or role whose policies count; nothing for the root user.
pub(crate) async fn source(iam: &Client, caller: &str) -> Result<Option<String>, Failure> {
    match Caller::read(caller) {
        Caller::Root => Ok(None),
        Caller::Principal(arn) => Ok(Some(arn)),
        // Only IAM knows the role's path. Most roles have none.
        Caller::Session { role, without_path } => {
            let found = iam.get_role().role_name(role).send().await.ok();
            Ok(Some(found.and_then(|found| found.role).map_or(without_path, |role| role.arn)))
        }
        Caller::Other => Err(Failure::new(
            Exit::Failed,
            format!(
                "could not simulate policies: {caller} is neither a user nor a role. \
                 `sm-mlops clean-up --dry-run` shows at least whether everything can be read"
            ),
        )),
    }
}

/// What IAM says about each action on its resource.
pub(crate) async fn ask(
    iam: &Client,
    source: &str,
    region: &str,
    actions: impl Iterator<Item = (&'static str, String)>,
) -> Result<Vec<Answer>, Cause> {
    let mut by_resource: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (action, resource) in actions {
        by_resource.entry(resource).or_default().push(action.to_owned());
    }
    let mut answers = Vec::new();
    for (resource, actions) in by_resource {
        let question =
            iam.simulate_principal_policy().policy_source_arn(source).set_action_names(Some(actions));
        // What is known of the calls: without it, a policy with such a condition would seem to deny.
        let question = question
            .resource_arns(resource)
            .context_entries(known("aws:RequestedRegion", region))
            .context_entries(known("iam:PassedToService", "backup.amazonaws.com"));
        let mut pages = question.into_paginator().send();
        while let Some(page) = pages.next().await {
            answers.extend(page.map_err(cause)?.evaluation_results().iter().map(answer));
        }
    }
    Ok(answers)
}

fn known(key: &str, value: &str) -> ContextEntry {
    ContextEntry::builder()
        .context_key_name(key)
        .context_key_type(ContextKeyTypeEnum::String)
        .context_key_values(value)
        .build()
}

fn answer(result: &EvaluationResult) -> Answer {
    let parts = result.resource_specific_results();
    let keys = result.missing_context_values().iter();
    let keys: BTreeSet<&String> =
        keys.chain(parts.iter().flat_map(ResourceSpecificResult::missing_context_values)).collect();
    let policies: BTreeSet<&str> =
        result.matched_statements().iter().filter_map(Statement::source_policy_id).collect();
    Answer {
        action: result.eval_action_name().to_owned(),
        decision: match result.eval_decision() {
            PolicyEvaluationDecisionType::Allowed => Decision::Allowed,
            PolicyEvaluationDecisionType::ExplicitDeny => Decision::Explicit,
            // A word of IAM's that is newer than this program does not say that it is allowed.
            _ => Decision::Implicit,
        },
        boundary: result
            .permissions_boundary_decision_detail()
            .map(Boundary::allowed_by_permissions_boundary),
        organization: result.organizations_decision_detail().map(Organization::allowed_by_organizations),
        unknown_keys: keys.into_iter().cloned().collect(),
        policies: policies.into_iter().map(str::to_owned).collect(),
    }
}

/// Why IAM did not answer, and what to do.
pub(crate) fn refused(cause: &Cause, source: &str) -> String {
    let causes = chain(cause);
    match cause.class() {
        Class::Denied => format!(
            "could not simulate policies: the caller lacks iam:SimulatePrincipalPolicy on {source}. Ask an administrator to \
             attach the policy IAMReadOnlyAccess, or to run this command; `sm-mlops clean-up --dry-run` shows at least whether everything \
             can be read ({causes})"
        ),
        Class::NotFound => {
            format!(
                "IAM does not find {source}. If the role has a path, the caller needs iam:GetRole ({causes})"
            )
        }
        _ => format!("IAM could not simulate the policies of {source}: {causes}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result() -> aws_sdk_iam::types::builders::EvaluationResultBuilder {
        EvaluationResult::builder().eval_action_name("sagemaker:DeleteApp")
    }

    #[test]
    fn what_iam_says_is_read_into_our_own_words() {
        let denied = result()
            .eval_decision(PolicyEvaluationDecisionType::ExplicitDeny)
            .matched_statements(Statement::builder().source_policy_id("Deny").build())
            .matched_statements(Statement::builder().source_policy_id("Deny").build())
            .missing_context_values("aws:SourceIp")
            .permissions_boundary_decision_detail(
                Boundary::builder().allowed_by_permissions_boundary(true).build(),
            )
            .organizations_decision_detail(Organization::builder().allowed_by_organizations(false).build());
        let expected = Answer {
            action: "sagemaker:DeleteApp".into(),
            decision: Decision::Explicit,
            boundary: Some(true),
            organization: Some(false),
            unknown_keys: vec!["aws:SourceIp".into()],
            policies: vec!["Deny".into()],
        };
        assert_eq!(answer(&denied.build().unwrap()), expected);
        for (word, expected) in [
            ("allowed", Decision::Allowed),
            ("explicitDeny", Decision::Explicit),
            ("implicitDeny", Decision::Implicit),
            ("perhaps", Decision::Implicit),
        ] {
            let told = result().eval_decision(PolicyEvaluationDecisionType::from(word)).build().unwrap();
            assert_eq!(answer(&told).decision, expected, "{word}");
        }
    }

    #[test]
    fn a_refusal_says_what_to_do() {
        for (code, expected) in [
            ("AccessDenied", "IAMReadOnlyAccess"),
            ("NoSuchEntity", "iam:GetRole"),
            ("ServiceFailure", "could not simulate"),
        ] {
            let sentence = refused(&Cause::answer(code, "no"), "arn:r");
            assert!(sentence.contains(expected) && sentence.contains(&format!("{code}: no")), "{sentence}");
        }
    }
}
