//! The roles of projects, whose code users write too.

use crate::fixture::{ACCOUNT, quickstart, role, templates};
use crate::requests::{ACTIONS, GOOD, Values};
use policies::{Context, Policies, Policy, Request};
use serde_json::json;

/// The role of AWS's own project templates, which run code of users too. It has rules of its own for what it may make.
#[test]
fn the_use_role_of_sagemakers_projects_keeps_the_rules() {
    let world = quickstart(&templates(), "mlops").unwrap();
    let role =
        role(&world, "core-iam-sc-sm-projects-roles.yaml", "AmazonSageMakerServiceCatalogProductsUseRole");
    let policies = world.policies(role);
    let its = [
        "CreateTrainingJob",
        "CreateProcessingJob",
        "CreateHyperParameterTuningJob",
        "CreateModel",
        "CreateTransformJob",
    ];
    for action in ACTIONS {
        let decide = |values: &Values| policies.decide(&action.request(&role.arn, values)).is_allowed();
        assert_eq!(decide(&GOOD), its.contains(&action.name), "{}", action.name);
        let bad = |change: fn(&mut Values)| {
            let mut values = GOOD;
            change(&mut values);
            decide(&values)
        };
        assert!(!action.network || !bad(|values| values.subnets = &[]) && !bad(|values| values.groups = &[]));
        assert!(!action.volume || !bad(|values| values.volume = &[]), "{}", action.name);
        assert!(!action.output || !bad(|values| values.output = &[]), "{}", action.name);
        assert!(!action.traffic || !bad(|values| values.traffic = &[]), "{}: traffic", action.name);
        let isolated = action.isolation && action.name != "CreateProcessingJob";
        assert!(!isolated || !bad(|values| values.isolation = &["false"]), "{}", action.name);
    }
    let remote = ACTIONS[0]
        .request(&role.arn, &GOOD)
        .map(|context| context.with("sagemaker:EnableRemoteDebug", "true"));
    assert!(!policies.decide(&remote).is_allowed(), "remote debugging");
    let resource = format!("arn:aws:sagemaker:us-east-1:{ACCOUNT}:model-package/x/1");
    for (key, value, allowed) in [
        ("ModelApprovalStatus", "PendingManualApproval", true),
        ("ModelApprovalStatus", "Approved", false),
        ("ModelLifeCycle:Stage", "Production", false),
    ] {
        let request = Request::of_role(&role.arn, "sagemaker:UpdateModelPackage", &resource);
        let request = request.map(|context| context.with(&format!("sagemaker:{key}"), value));
        assert_eq!(policies.decide(&request).is_allowed(), allowed, "{key} {value}");
    }
}

/// Whatever policies a project gives its roles, they make no jobs, models or endpoints: its boundary ends there.
#[test]
fn roles_of_projects_and_of_models_make_no_jobs() {
    let world = quickstart(&templates(), "mlops").unwrap();
    let launch = role(&world, "env-iam-projects.yaml", "SCProjectLaunchRole");
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/sm-mlops-projects/mlops-dev/build");
    let everything =
        Policy::parse(&json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})).unwrap();
    let boundary =
        world.managed.values().find(|document| document.template == "env-iam-projects.yaml").unwrap();
    let project = Policies {
        identity: vec![everything],
        boundary: Some(boundary.policy.clone()),
        ..Policies::default()
    };
    let model =
        world.policies(role(&world, "env-iam-target-account-roles.yaml", "SageMakerModelExecutionRole"));
    for (arn, policies) in [(&arn, &project), (&launch.arn, &world.policies(launch)), (&launch.arn, &model)] {
        for action in ACTIONS {
            assert!(!policies.decide(&action.request(arn, &GOOD)).is_allowed(), "{} as {arn}", action.name);
        }
        let approval = Request::of_role(
            arn,
            "sagemaker:UpdateModelPackage",
            "arn:aws:sagemaker:us-east-1:111122223333:model-package/x/1",
        );
        assert!(
            !policies
                .decide(
                    &approval
                        .map(|context: Context| context.with("sagemaker:ModelApprovalStatus", "Approved"))
                )
                .is_allowed()
        );
    }
}
