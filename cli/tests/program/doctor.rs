//! `sm-mlops doctor`: what is missing, who withholds it, and what was not evaluated.

use crate::program::{answering, ask, identity};
use crate::{empty, json, told};

/// An account in which IAM allows everything but one action.
fn guarded(call: &str) -> (u16, String) {
    let role = "<Path>/team/</Path><RoleName>admin</RoleName><RoleId>R</RoleId><CreateDate>2026-01-01T00:00:00Z</CreateDate>";
    match call {
        "GetCallerIdentity" => identity("arn:aws:sts::111122223333:assumed-role/admin/ann"),
        "GetRole" => {
            let arn = "<Arn>arn:aws:iam::111122223333:role/team/admin</Arn>";
            (
                200,
                format!(
                    "<GetRoleResponse><GetRoleResult><Role>{role}{arn}</Role></GetRoleResult></GetRoleResponse>"
                ),
            )
        }
        "SimulatePrincipalPolicy" => {
            let actions = studio_cleanup::PERMISSIONS.iter().chain(storage_cleanup::PERMISSIONS);
            let results = actions.map(|action| {
                let decision = if *action == "sagemaker:DeleteSpace" { "explicitDeny" } else { "allowed" };
                let action = format!("<EvalActionName>{action}</EvalActionName>");
                format!("<member>{action}<EvalDecision>{decision}</EvalDecision></member>")
            });
            let results = results.collect::<Vec<_>>().concat();
            let results =
                format!("<EvaluationResults>{results}</EvaluationResults><IsTruncated>false</IsTruncated>");
            let result = format!("<SimulatePrincipalPolicyResult>{results}</SimulatePrincipalPolicyResult>");
            (200, format!("<SimulatePrincipalPolicyResponse>{result}</SimulatePrincipalPolicyResponse>"))
        }
        other => empty(other),
    }
}

#[test]
fn the_doctor_names_what_is_missing_and_whose_policies_it_read() {
    let fake_aws = answering(guarded);
    let said = [
        "role/team/admin",
        "sagemaker:DeleteSpace",
        "a policy denies it",
        "1 needed of",
        "Not evaluated: session policies",
    ];
    told(&ask(&fake_aws, "doctor clean-up d-abc"), 5, &said, &[]);
    let document = json(&ask(&fake_aws, "doctor clean-up --json"));
    assert_eq!((&document["Outcome"], &document["Exit"]), (&"PermissionsMissing".into(), &5.into()));
    assert_eq!(document["PoliciesOf"], "arn:aws:iam::111122223333:role/team/admin");
    let denied = answering(|call| match call {
        "SimulatePrincipalPolicy" => (
            403,
            "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"
                .into(),
        ),
        other => empty(other),
    });
    told(&ask(&denied, "doctor clean-up"), 1, &[], &["iam:SimulatePrincipalPolicy", "IAMReadOnlyAccess"]);
    let root = answering(|_| identity("arn:aws:iam::111122223333:root"));
    let said =
        ["root user is not limited by IAM policies", "Service control policies", "Not evaluated: service"];
    told(&ask(&root, "doctor clean-up"), 0, &said, &[]);
    let document = json(&ask(&root, "doctor clean-up --json"));
    assert_eq!(document["NotEvaluated"][0], "service control policies of the organization");
    let tagged = answering(|call| {
        let (status, text) = guarded(call);
        let keys = "<MissingContextValues><member>aws:ResourceTag/env</member></MissingContextValues>";
        (status, text.replace("explicitDeny</EvalDecision>", &format!("allowed</EvalDecision>{keys}")))
    });
    let said =
        ["sagemaker:DeleteSpace", "allowed unless a policy conditioned on aws:ResourceTag/env denies it"];
    told(&ask(&tagged, "doctor clean-up d-abc"), 0, &said, &[]);
}
