//! What IAM's simulation says about one action, and what that means for a person.

use serde::Serialize;

/// What IAM decided, in our own words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) action: String,
    pub(crate) decision: Decision,
    /// Whether the permissions boundary allows it; nothing where there is none.
    pub(crate) boundary: Option<bool>,
    /// Whether the organization's policies allow it; nothing where there are none.
    pub(crate) organization: Option<bool>,
    /// Condition keys of the policies that a simulation cannot know the values of.
    pub(crate) unknown_keys: Vec<String>,
    /// The policies whose statements decided.
    pub(crate) policies: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Decision {
    Allowed,
    Explicit,
    #[default]
    Implicit,
}

/// Whether a run can do without an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Requirement {
    Needed,
    /// Without it the plan says less, and nothing else.
    Optional,
}

/// One line of the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Permission {
    pub(crate) action: String,
    #[serde(rename = "Need")]
    pub(crate) requirement: Requirement,
    pub(crate) allowed: bool,
    /// Condition keys of the caller's policies whose values only a real call has: a policy with such a condition may still
    /// deny it.
    pub(crate) not_evaluated: Vec<String>,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<String>,
}

impl Permission {
    pub(crate) fn judge(answer: &Answer, requirement: Requirement) -> Self {
        let allowed = answer.decision == Decision::Allowed;
        let why = (!allowed).then(|| why(answer));
        Self {
            action: answer.action.clone(),
            requirement,
            allowed,
            not_evaluated: answer.unknown_keys.clone(),
            why,
        }
    }

    /// For the root user, about whom IAM cannot be asked.
    pub(crate) fn granted(action: &str, requirement: Requirement) -> Self {
        Self { action: action.to_owned(), requirement, allowed: true, not_evaluated: Vec::new(), why: None }
    }

    /// Under which condition it is allowed after all, or not.
    pub(crate) fn unless(&self) -> Option<String> {
        let keys = self.not_evaluated.join(", ");
        (self.allowed && !keys.is_empty())
            .then(|| format!("allowed unless a policy conditioned on {keys} denies it"))
    }

    /// Whether a run would fail for the lack of it.
    pub(crate) fn lacks(&self) -> bool {
        !self.allowed && self.requirement == Requirement::Needed
    }
}

/// The outermost limit comes first: changing a role does not help while its organization forbids the action.
fn why(answer: &Answer) -> String {
    if answer.organization == Some(false) {
        return "a service control policy of the organization does not allow it".into();
    }
    if answer.boundary == Some(false) {
        return "the permissions boundary does not allow it".into();
    }
    if answer.decision == Decision::Explicit {
        return match answer.policies.as_slice() {
            [] => "a policy denies it".into(),
            policies => format!("denied by {}", policies.join(", ")),
        };
    }
    match answer.unknown_keys.as_slice() {
        [] => "no policy allows it".into(),
        keys => format!("allowed, if at all, under conditions that cannot be simulated: {}", keys.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(decision: Decision) -> Answer {
        Answer { action: "sagemaker:DeleteApp".into(), decision, ..Answer::default() }
    }

    #[track_caller]
    fn check(answer: &Answer, expected: &str) {
        let judged = Permission::judge(answer, Requirement::Needed);
        assert!(judged.lacks());
        assert_eq!(judged.why.as_deref(), Some(expected));
    }

    #[test]
    fn a_missing_permission_says_who_withholds_it() {
        let policies = vec!["ReadOnly".to_owned(), "DenyDelete".to_owned()];
        let no = Some(false);
        check(&answer(Decision::Implicit), "no policy allows it");
        check(&answer(Decision::Explicit), "a policy denies it");
        check(
            &Answer { policies: policies.clone(), ..answer(Decision::Explicit) },
            "denied by ReadOnly, DenyDelete",
        );
        check(
            &Answer { boundary: no, ..answer(Decision::Implicit) },
            "the permissions boundary does not allow it",
        );
        check(
            &Answer { organization: no, boundary: no, policies, ..answer(Decision::Explicit) },
            "a service control policy of the organization does not allow it",
        );
        check(
            &Answer { unknown_keys: vec!["aws:SourceIp".into()], ..answer(Decision::Implicit) },
            "allowed, if at all, under conditions that cannot be simulated: aws:SourceIp",
        );
    }

    #[test]
    fn a_condition_that_was_not_evaluated_may_still_deny() {
        let keys = vec!["aws:ResourceTag/env".to_owned(), "aws:SourceIp".to_owned()];
        let judged = Permission::judge(
            &Answer { unknown_keys: keys, ..answer(Decision::Allowed) },
            Requirement::Needed,
        );
        let expected = "allowed unless a policy conditioned on aws:ResourceTag/env, aws:SourceIp denies it";
        assert_eq!((judged.unless().as_deref(), judged.lacks()), (Some(expected), false));
        assert_eq!(Permission::judge(&answer(Decision::Allowed), Requirement::Needed).unless(), None);
    }

    #[test]
    fn only_a_needed_permission_can_be_lacking() {
        let allowed = Permission::judge(&answer(Decision::Allowed), Requirement::Needed);
        assert_eq!((allowed.lacks(), allowed.why), (false, None));
        assert!(!Permission::judge(&answer(Decision::Implicit), Requirement::Optional).lacks());
        assert!(!Permission::granted("sagemaker:DeleteApp", Requirement::Needed).lacks());
    }
}
