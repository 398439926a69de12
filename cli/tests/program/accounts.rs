//! `sm-mlops doctor accounts`: each finding with its remedy, and what could not be looked at.

use crate::program::{ask, identity, word};
use crate::{empty, json, told};
use serde_json::json as body;
use testing::reply::{query, refusal};
use testing::{Call, Reply, ScriptedAws};

const OWN: &str = "111122223333";
const ADMINISTRATION: &str = "arn:aws:iam::111122223333:role/AWSCloudFormationStackSetAdministrationRole";
const STACK_SETS: &str = "member.org.stacksets.cloudformation.amazonaws.com";

/// How an organization of two accounts is set up.
#[derive(Clone, Copy)]
struct Setup {
    management: &'static str,
    trusted: bool,
    delegated: bool,
    /// Whom the administration role and the execution roles trust.
    trusts: (&'static str, &'static str),
    /// The decision of IAM's simulation.
    decision: &'static str,
    /// Whether the caller may assume the execution roles.
    assumable: bool,
}

const GOOD: Setup = Setup {
    management: "999999999999",
    trusted: true,
    delegated: true,
    trusts: (r#"{"Service":"cloudformation.amazonaws.com"}"#, r#"{"AWS":"111122223333"}"#),
    decision: "allowed",
    assumable: true,
};

fn role(arn: &str, principal: &str) -> Reply {
    let statement = format!(r#"{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole"}}"#);
    let trust = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
    let name = arn.rsplit('/').next().unwrap_or_default();
    let members = format!(
        "<Path>/</Path><RoleName>{name}</RoleName><RoleId>R</RoleId><Arn>{arn}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate>"
    );
    query(
        "GetRole",
        &format!("<Role>{members}<AssumeRolePolicyDocument>{trust}</AssumeRolePolicyDocument></Role>"),
    )
}

fn answer(setup: Setup, call: &Call) -> Reply {
    match word(call).as_str() {
        "GetCallerIdentity" => identity("arn:aws:iam::111122223333:user/ann").into(),
        "DescribeOrganization" => {
            body!({"Organization": {"Id": "o-1", "MasterAccountId": setup.management}}).into()
        }
        "ListAWSServiceAccessForOrganization" => {
            let name = if setup.trusted { STACK_SETS } else { "other.amazonaws.com" };
            body!({"EnabledServicePrincipals": [{"ServicePrincipal": name}]}).into()
        }
        "ListDelegatedAdministrators" => {
            let id = if setup.delegated { OWN } else { "222222222222" };
            body!({"DelegatedAdministrators": [{"Id": id}]}).into()
        }
        "ListAccountsForParent" if call.body["ParentId"] == "ou-none-12345678" => {
            refusal("ParentNotFoundException")
        }
        "ListAccountsForParent" if call.body["ParentId"] == "ou-ab12-empty000" => {
            body!({"Accounts": []}).into()
        }
        "ListAccountsForParent" => {
            let of = |id: &str, state: &str| body!({"Id": id, "State": state});
            body!({"Accounts": [of("444455556666", "ACTIVE"), of(OWN, "ACTIVE"), of("777788889999", "CLOSED")]})
                .into()
        }
        "ListOrganizationalUnitsForParent" => body!({"OrganizationalUnits": []}).into(),
        "GetRole" if call.text.contains("AdministrationRole") => role(ADMINISTRATION, setup.trusts.0),
        "GetRole" => {
            role("arn:aws:iam::444455556666:role/AWSCloudFormationStackSetExecutionRole", setup.trusts.1)
        }
        "SimulatePrincipalPolicy" => {
            let member = format!(
                "<EvalActionName>sts:AssumeRole</EvalActionName><EvalDecision>{}</EvalDecision>",
                setup.decision
            );
            query(
                "SimulatePrincipalPolicy",
                &format!(
                    "<EvaluationResults><member>{member}</member></EvaluationResults><IsTruncated>false</IsTruncated>"
                ),
            )
        }
        "AssumeRole" if !setup.assumable => {
            let error = "<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error>";
            (403, format!("<ErrorResponse>{error}</ErrorResponse>")).into()
        }
        other => empty(other).into(),
    }
}

fn aws(setup: Setup) -> ScriptedAws {
    ScriptedAws::in_front_of(move |call| answer(setup, call))
}

#[test]
fn an_environment_that_is_set_up_passes_every_check() {
    let aws = aws(GOOD);
    let said = [
        "o-1",
        "delegated administrator of stack sets",
        "1 active account",
        "444455556666",
        "All 6 checks passed.",
    ];
    told(&ask(&aws, "doctor accounts --unit ou-ab12-34cd56ef"), 0, &said, &[]);
    let document = json(&ask(&aws, "doctor accounts --unit ou-ab12-34cd56ef --account 222233334444 --json"));
    assert_eq!(document["Accounts"], body!(["222233334444", "444455556666"]), "{document}");
    assert!(
        document["Findings"].as_array().unwrap().iter().all(|it| it["Verdict"] == "Passed"),
        "{document}"
    );
    let own = Setup { management: OWN, ..GOOD };
    told(&ask(&self::aws(own), "doctor accounts"), 0, &["needs no delegation", "All 4 checks passed."], &[]);
    let writes = ["Create", "Register", "Enable", "Put", "Update", "Delete"];
    assert!(
        !aws.called().iter().any(|call| writes.iter().any(|word| call.starts_with(word))),
        "{:?}",
        aws.called()
    );
}

#[test]
fn accounts_that_are_named_need_no_organization() {
    let aws = aws(GOOD);
    told(&ask(&aws, "doctor accounts --account 444455556666"), 0, &["All 2 checks passed."], &[]);
    assert!(!aws.called().iter().any(|call| call.contains("Organization")), "{:?}", aws.called());
    told(&ask(&aws, "doctor accounts --account 4444"), 2, &[], &["12 digits"]);
    told(&ask(&aws, "doctor accounts --unit staging"), 2, &[], &["ou-ab12-34cd56ef"]);
}

#[test]
fn what_is_missing_comes_with_what_to_do() {
    let unit = "doctor accounts --unit ou-ab12-34cd56ef";
    let account = "doctor accounts --account 444455556666";
    let lambda = (r#"{"Service":"lambda.amazonaws.com"}"#, GOOD.trusts.1);
    let stranger = (GOOD.trusts.0, r#"{"AWS":"999999999999"}"#);
    for (setup, line, words) in [
        (Setup { trusted: false, ..GOOD }, unit, &["trusted access", "enable-aws-service-access"][..]),
        (
            Setup { delegated: false, ..GOOD },
            unit,
            &["register-delegated-administrator", "--account-id 111122223333"],
        ),
        (GOOD, "doctor accounts --unit ou-none-12345678", &["no such unit", "Correct --unit"]),
        (GOOD, "doctor accounts --unit ou-ab12-empty000", &["no active account", "Move an account"]),
        (Setup { trusts: lambda, ..GOOD }, account, &["does not let cloudformation.amazonaws.com"]),
        (Setup { trusts: stranger, ..GOOD }, account, &["does not trust arn:aws:iam::111122223333:role/"]),
        (Setup { decision: "implicitDeny", ..GOOD }, account, &["may not assume it: no policy allows it"]),
    ] {
        told(&ask(&aws(setup), line), 5, &[words, &["missing  "]].concat(), &[]);
    }
}

#[test]
fn what_the_caller_may_not_look_at_is_not_called_missing() {
    let closed = Setup { assumable: false, ..GOOD };
    let document = json(&ask(&aws(closed), "doctor accounts --account 444455556666 --json"));
    let finding = &document["Findings"][1];
    assert_eq!((&finding["Verdict"], &document["Exit"]), (&"NotEvaluated".into(), &0.into()), "{document}");
    assert!(finding["Detail"].as_str().unwrap().contains("STS does not say which"), "{document}");
    assert!(finding["Remedy"].as_str().unwrap().contains(ADMINISTRATION), "{document}");
    let denied = ScriptedAws::in_front_of(|call| match word(call).as_str() {
        "GetCallerIdentity" => identity("arn:aws:iam::111122223333:user/ann").into(),
        "DescribeOrganization" => refusal("AWSOrganizationsNotInUseException"),
        _ => refusal("AccessDeniedException"),
    });
    let document = json(&ask(&denied, "doctor accounts --unit ou-ab12-34cd56ef --json"));
    let verdicts: Vec<_> =
        document["Findings"].as_array().unwrap().iter().map(|it| it["Verdict"].clone()).collect();
    assert_eq!(verdicts, ["Missing", "NotEvaluated", "NotEvaluated"], "{document}");
}
