//! What code of users makes in SageMaker: whatever is allowed keeps the rules, and whatever keeps the rules is allowed.

use crate::fixture::{ACCOUNT, environment, quickstart, role, templates};
use crate::requests::{ACTIONS, Action, GOOD, JOB, KEYS, Values, named, values};
use policies::{Decision, Layer, Policies, Policy, Request, World};
use proptest::prelude::*;
use serde_json::json;
use std::sync::OnceLock;

/// A role that code of users acts as, and its policies.
type Worker = (String, Policies);

fn workers(world: &World) -> Vec<Worker> {
    ["DataScientistRole", "SageMakerExecutionRole", "SageMakerPipelineExecutionRole"]
        .iter()
        .map(|id| role(world, "env-iam.yaml", id))
        .map(|role| (role.arn.clone(), world.policies(role)))
        .collect()
}

fn of_quickstart() -> &'static [Worker] {
    static WORKERS: OnceLock<Vec<Worker>> = OnceLock::new();
    WORKERS.get_or_init(|| workers(&quickstart(&templates(), "mlops").unwrap()))
}

fn of_approved_networks() -> &'static [Worker] {
    static WORKERS: OnceLock<Vec<Worker>> = OnceLock::new();
    let approved = [("ApprovedSubnetIds", "subnet-1, subnet-2"), ("ApprovedSecurityGroupIds", "sg-1")];
    WORKERS.get_or_init(|| workers(&environment(&templates(), &approved).unwrap()))
}

/// The policies, and one that allows everything, such as an administrator may attach.
pub(crate) fn with_everything(policies: &Policies) -> Policies {
    let everything = json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
    let mut more = policies.clone();
    more.boundary = None;
    more.identity.push(Policy::parse(&everything).unwrap());
    more
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn allowed_is_what_keeps_the_rules(values in values(), action in prop::sample::select(ACTIONS.to_vec())) {
        for (role, policies) in of_quickstart() {
            let decision = policies.decide(&action.request(role, &values));
            let rules = action.keeps_the_rules(&values, false);
            prop_assert_eq!(decision.is_allowed(), rules, "{} as {}: {:?}", action.name, role, decision);
        }
        // Nor do other policies give what a guardrail denies.
        for (role, policies) in of_quickstart() {
            let decision = with_everything(policies).decide(&action.request(role, &values));
            prop_assert_eq!(decision.is_allowed(), action.keeps_the_rules(&values, false), "{} as {}", action.name, role);
        }
        for (role, policies) in of_approved_networks() {
            let decision = policies.decide(&action.request(role, &values));
            let rules = action.keeps_the_rules(&values, true);
            prop_assert_eq!(decision.is_allowed(), rules, "{} as {}: {:?}", action.name, role, decision);
        }
    }
}

/// A change of good values, and the actions that it makes bad.
type Fault = (fn(&mut Values), fn(&Action) -> bool);

#[test]
fn one_fault_is_enough() {
    let faults: [Fault; 7] = [
        (|values| values.subnets = &[], |action| action.network),
        (|values| values.groups = &[], |action| action.network),
        (
            |values| values.isolation = &["false"],
            |action| action.isolation && action.name != "CreateProcessingJob",
        ),
        (|values| values.traffic = &[], |action| action.traffic),
        (|values| values.volume = &[], |action| action.volume),
        (|values| values.output = KEYS[1], |action| action.output),
        (|values| values.output = &[], |action| action.output),
    ];
    for (role, policies) in of_quickstart() {
        for action in ACTIONS {
            assert_eq!(
                policies.decide(&action.request(role, &GOOD)),
                Decision::Allowed,
                "{} as {role}",
                action.name
            );
            for (fault, _) in faults.iter().filter(|(_, concerns)| concerns(&action)) {
                let mut values = GOOD;
                fault(&mut values);
                let decision = policies.decide(&action.request(role, &values));
                assert!(matches!(decision, Decision::Denied(Layer::Identity, _)), "{action:?}: {decision:?}");
            }
        }
    }
}

/// What SageMaker makes and no rule can look into: nobody makes it, with whatever keys.
#[test]
fn what_has_no_rule_is_not_allowed() {
    let others = [
        "CreateCluster",
        "CreateCompilationJob",
        "CreateDomain",
        "CreateEdgePackagingJob",
        "CreateEndpoint",
        "CreateEndpointConfig",
        "CreateFlowDefinition",
        "CreateInferenceComponent",
        "CreateInferenceExperiment",
        "CreateInferenceRecommendationsJob",
        "CreateLabelingJob",
        "CreateNotebookInstance",
        "CreateOptimizationJob",
        "CreatePartnerApp",
        "CreatePresignedMlflowTrackingServerUrl",
        "CreatePresignedNotebookInstanceUrl",
        "CreateStudioLifecycleConfig",
        "CreateUserProfile",
        "PutModelPackageGroupPolicy",
        "StartNotebookInstance",
        "StartSession",
        "UpdateCluster",
        "UpdateDomain",
        "UpdateEndpoint",
        "UpdateNotebookInstance",
        "UpdateTrainingJob",
        "UpdateUserProfile",
    ];
    for (role, policies) in of_quickstart() {
        for name in others {
            let decision = policies.decide(&named(name, JOB).request(role, &GOOD));
            assert!(!decision.is_allowed(), "{name} as {role}");
        }
    }
}

#[test]
fn features_are_encrypted() {
    for (role, policies) in of_quickstart() {
        let check = |offline: bool, offline_key: bool, online: bool, online_key: bool| {
            let resource = format!("arn:aws:sagemaker:us-east-1:{ACCOUNT}:feature-group/x");
            let keys = [
                (offline, "FeatureGroupOfflineStoreS3Uri", "s3://data"),
                (offline_key, "FeatureGroupOfflineStoreKmsKey", KEYS[0][0]),
                (online, "FeatureGroupEnableOnlineStore", "true"),
                (online_key, "FeatureGroupOnlineStoreKmsKey", KEYS[0][0]),
            ];
            let request = Request::of_role(role, "sagemaker:CreateFeatureGroup", &resource).map(|context| {
                let given = keys.iter().filter(|(given, ..)| *given);
                given.fold(context, |context, (_, key, value)| {
                    context.with(&format!("sagemaker:{key}"), value)
                })
            });
            let encrypted = (!offline || offline_key) && (!online || online_key);
            assert_eq!(policies.decide(&request).is_allowed(), encrypted, "{request:?}");
        };
        for bits in 0..16 {
            check(bits & 1 > 0, bits & 2 > 0, bits & 4 > 0, bits & 8 > 0);
        }
    }
}
