//! What the findings say, to people and to programs.

use super::*;

fn permission(action: &str, need: Need, why: Option<&str>) -> Permission {
    Permission { action: action.into(), need, allowed: why.is_none(), why: why.map(str::to_owned) }
}

fn findings(permissions: Vec<Permission>) -> Findings {
    let policies_of = "arn:aws:iam::111122223333:role/admin".into();
    Findings { caller: "arn:x".into(), policies_of, permissions, ..Findings::default() }
}

#[test]
fn only_what_is_needed_and_missing_makes_it_fail() {
    let good = permission("sagemaker:DeleteApp", Need::Needed, None);
    let lost = permission("sagemaker:DeleteSpace", Need::Needed, Some("no policy allows it"));
    let spare = permission("sagemaker:Search", Need::Optional, Some("denied by X"));
    for (permissions, exit, verdict) in [
        (vec![good.clone()], Exit::Done, "All 1 permissions are there."),
        (vec![good.clone(), spare.clone()], Exit::Done, "of 2 permissions, 1 optional one is missing"),
        (vec![good, lost, spare], Exit::PermissionsMissing, "Of 3 permissions, 1 that is needed is missing"),
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
fn the_document_tells_every_permission() {
    let found = findings(vec![permission("sagemaker:DeleteApp", Need::Needed, Some("no policy allows it"))]);
    let text = serde_json::to_value(found).unwrap();
    let expected = serde_json::json!([
        {"Action": "sagemaker:DeleteApp", "Need": "Needed", "Allowed": false, "Why": "no policy allows it"}
    ]);
    assert_eq!(text["Permissions"], expected);
    for key in ["Caller", "PoliciesOf", "Account", "Region", "DomainId", "Outcome", "Exit"] {
        assert!(text.get(key).is_some(), "{key}");
    }
}
