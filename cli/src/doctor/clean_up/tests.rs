//! What the findings say, to people and to programs.

use super::*;

fn permission(action: &str, requirement: Requirement, why: Option<&str>) -> Permission {
    Permission {
        action: action.into(),
        requirement,
        allowed: why.is_none(),
        not_evaluated: Vec::new(),
        why: why.map(str::to_owned),
    }
}

fn findings(permissions: Vec<Permission>) -> Findings {
    let policies_of = "arn:aws:iam::111122223333:role/admin".into();
    Findings { caller: "arn:x".into(), policies_of, permissions, ..Findings::default() }
}

#[test]
fn only_what_is_needed_and_missing_makes_it_fail() {
    let good = permission("sagemaker:DeleteApp", Requirement::Needed, None);
    let lost = permission("sagemaker:DeleteSpace", Requirement::Needed, Some("no policy allows it"));
    let spare = permission("sagemaker:Search", Requirement::Optional, Some("denied by X"));
    for (permissions, exit, verdict) in [
        (vec![good.clone()], Exit::Done, "All 1 permissions are granted."),
        (
            vec![good.clone(), spare.clone()],
            Exit::Done,
            "All needed permissions are granted; 1 optional of 2 is missing.",
        ),
        (vec![good, lost, spare], Exit::PermissionsMissing, "1 needed of 3 permissions is missing."),
    ] {
        let findings = findings(permissions);
        assert_eq!(findings.exit(), exit);
        let text = findings.text(120);
        assert!(text.contains(verdict), "{text}");
        for found in &findings.permissions {
            assert_eq!(text.contains(&found.action), !found.allowed, "{text}");
            assert!(text.contains(found.why.as_deref().unwrap_or_default()), "{text}");
        }
    }
}

#[test]
fn a_condition_that_was_not_evaluated_is_named_and_no_failure() {
    let keys = vec!["aws:ResourceTag/env".to_owned()];
    let unless =
        Permission { not_evaluated: keys, ..permission("sagemaker:DeleteApp", Requirement::Needed, None) };
    let findings = findings(vec![unless, permission("sagemaker:DeleteSpace", Requirement::Needed, None)]);
    assert_eq!(findings.exit(), Exit::Done);
    let text = findings.text(160);
    for part in [
        "sagemaker:DeleteApp  conditional  needed",
        "allowed unless a policy conditioned on aws:ResourceTag/env denies it",
        "All 2 permissions are granted; 1 of them only unless a condition denies it",
    ] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
}

#[test]
fn the_document_tells_every_permission() {
    let found =
        findings(vec![permission("sagemaker:DeleteApp", Requirement::Needed, Some("no policy allows it"))]);
    let text = serde_json::to_value(found).unwrap();
    let expected = serde_json::json!([
        {"Action": "sagemaker:DeleteApp", "Need": "Needed", "Allowed": false, "NotEvaluated": [], "Why": "no policy allows it"}
    ]);
    assert_eq!(text["Permissions"], expected);
    for key in ["Caller", "PoliciesOf", "Account", "Region", "DomainId", "NotEvaluated", "Outcome", "Exit"] {
        assert!(text.get(key).is_some(), "{key}");
    }
}
