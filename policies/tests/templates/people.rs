//! What a data scientist may not do, in person or by code, and what others do for them.

use crate::fixture::{ACCOUNT, PRODUCTION, quickstart, role, target, templates};
use crate::guardrails::with_everything;
use policies::{Decision, Layer, Policies, Request, Role, World};

const WORKERS: [&str; 3] = ["DataScientistRole", "SageMakerExecutionRole", "SageMakerPipelineExecutionRole"];

fn world() -> World {
    let templates = templates();
    let mut world = quickstart(&templates, "mlops").unwrap();
    target(&mut world, &templates).unwrap();
    world
}

fn workers(world: &World) -> impl Iterator<Item = &Role> {
    WORKERS.iter().map(|id| role(world, "env-iam.yaml", id))
}

fn sagemaker(role: &Role, action: &str, resource: &str) -> Request {
    let arn = format!("arn:aws:sagemaker:us-east-1:{ACCOUNT}:{resource}");
    Request::of_role(&role.arn, &format!("sagemaker:{action}"), &arn)
}

#[test]
fn a_data_scientist_registers_and_does_not_approve() {
    let world = world();
    let approver = role(&world, "env-iam.yaml", "DSTeamAdministratorRole");
    let package = |role: &Role, action: &str, key: &str, value: &str| {
        let request = sagemaker(role, action, "model-package/group/1");
        world.may(role, &request.map(|context| context.with(&format!("sagemaker:{key}"), value)))
    };
    for role in workers(&world) {
        for action in ["CreateModelPackage", "UpdateModelPackage"] {
            assert!(package(role, action, "ModelApprovalStatus", "PendingManualApproval"), "{}", role.id);
            assert!(!package(role, action, "ModelApprovalStatus", "Approved"), "{}", role.id);
            assert!(!package(role, action, "ModelLifeCycle:Stage", "Production"), "{}", role.id);
        }
        let approval = Request::of_role(
            &role.arn,
            "codepipeline:PutApprovalResult",
            "arn:aws:codepipeline:us-east-1:111122223333:sagemaker-p/s/a",
        );
        assert!(!world.may(role, &approval));
    }
    assert!(package(approver, "UpdateModelPackage", "ModelApprovalStatus", "Approved"));
    assert!(!package(approver, "CreateModelPackage", "ModelApprovalStatus", "Approved"));
    assert!(!world.may(approver, &sagemaker(approver, "UpdateModelPackage", "model-package/group/1")));
}

#[test]
fn a_data_scientist_opens_the_own_studio_only() {
    let world = world();
    let open = |role: &Role, tag: Option<&str>| {
        let request = sagemaker(role, "CreatePresignedDomainUrl", "user-profile/d-1/bob");
        let request = request.map(|context| match tag {
            Some(tag) => context.with("aws:ResourceTag/StudioUserId", tag),
            None => context,
        });
        world.policies(role).decide(&request)
    };
    let person = role(&world, "env-iam.yaml", "DataScientistRole");
    assert_eq!(open(person, Some("AROAEXAMPLE:alice")), Decision::Allowed);
    assert_eq!(open(person, Some("mlops-dev-data-scientists")), Decision::Allowed);
    let denied = Decision::Denied(Layer::Identity, "OpenNoOtherStudio".to_owned());
    for tag in [Some("AROAEXAMPLE:bob"), Some("*"), Some(""), None] {
        assert_eq!(open(person, tag), denied, "{tag:?}");
    }
    for id in &WORKERS[1..] {
        let role = role(&world, "env-iam.yaml", id);
        assert!(matches!(open(role, Some("AROAEXAMPLE:alice")), Decision::Denied(..)), "{id}");
    }
    // The tag says who opens a profile.
    for role in workers(&world) {
        for action in ["AddTags", "DeleteTags", "CreateUserProfile", "UpdateUserProfile"] {
            assert!(
                !world.may(role, &sagemaker(role, action, "user-profile/d-1/alice")),
                "{action} as {}",
                role.id
            );
        }
    }
}

#[test]
fn a_user_of_studio_has_spaces_of_the_own_profile() {
    let world = world();
    let role = role(&world, "env-iam.yaml", "SageMakerExecutionRole");
    let make = |action: &str, resource: &str, owner: &str, sharing: &str| {
        let owner = format!("arn:aws:sagemaker:us-east-1:{ACCOUNT}:user-profile/d-1/{owner}");
        let request = sagemaker(role, action, resource).map(|context| {
            context
                .with("sagemaker:DomainId", "d-1")
                .with("sagemaker:UserProfileName", "alice")
                .with("sagemaker:OwnerUserProfileArn", &owner)
                .with("sagemaker:SpaceSharingType", sharing)
        });
        world.may(role, &request)
    };
    assert!(make("CreateSpace", "space/d-1/s", "alice", "Private"));
    assert!(!make("CreateSpace", "space/d-1/s", "bob", "Private"));
    assert!(!make("CreateSpace", "space/d-2/s", "alice", "Private"));
    assert!(make("CreateApp", "app/d-1/s/JupyterLab/default", "alice", "Private"));
    assert!(!make("DeleteApp", "app/d-1/s/JupyterLab/default", "bob", "Private"));
    assert!(make("CreateApp", "app/d-1/s/JupyterLab/default", "bob", "Shared"));
}

#[test]
fn a_data_scientist_reads_and_takes_no_role() {
    let world = world();
    for role in workers(&world) {
        for other in &world.roles {
            for action in [
                "iam:GetRole",
                "iam:ListRolePolicies",
                "iam:GetRolePolicy",
                "iam:UpdateAssumeRolePolicy",
                "iam:PutRolePolicy",
            ] {
                let request = Request::of_role(&role.arn, action, &other.arn);
                let request = Request { resource_account: other.account.clone(), ..request };
                assert!(!world.may(role, &request), "{action} on {} as {}", other.arn, role.id);
            }
            let assumption = Request::of_role(&role.arn, "sts:AssumeRole", &other.arn);
            let assumption = Request { resource_account: other.account.clone(), ..assumption };
            let decision = world.policies_of_assumption(role, other).decide(&assumption);
            assert!(!decision.is_allowed(), "{} as {}", other.arn, role.id);
            let pass = |service: &str| {
                let request = Request::of_role(&role.arn, "iam:PassRole", &other.arn);
                world.may(role, &request.map(|context| context.with("iam:PassedToService", service)))
            };
            let own = WORKERS[1..].contains(&other.id.as_str()) && other.account == ACCOUNT;
            assert_eq!(pass("sagemaker.amazonaws.com"), own, "{} as {}", other.arn, role.id);
            for service in ["cloudformation", "codebuild", "ec2", "glue", "lambda", "states"] {
                assert!(
                    !pass(&format!("{service}.amazonaws.com")),
                    "{} to {service} as {}",
                    other.arn,
                    role.id
                );
            }
        }
    }
    assert!(world.roles.iter().any(|role| role.account == PRODUCTION));
}

/// The guardrails hold whatever other policies these roles get.
#[test]
fn no_other_policy_opens_what_the_guardrails_close() {
    let world = world();
    let closed = [
        "codepipeline:PutApprovalResult",
        "iam:AttachRolePolicy",
        "iam:CreatePolicyVersion",
        "iam:CreateRole",
        "iam:DeleteRolePermissionsBoundary",
        "iam:DetachRolePolicy",
        "iam:PutRolePermissionsBoundary",
        "iam:PutRolePolicy",
        "iam:TagRole",
        "iam:UpdateAssumeRolePolicy",
        "sagemaker:CreateCluster",
        "sagemaker:CreateCompilationJob",
        "sagemaker:CreateDomain",
        "sagemaker:CreateLabelingJob",
        "sagemaker:CreateNotebookInstance",
        "sagemaker:CreateOptimizationJob",
        "sagemaker:CreatePresignedDomainUrl",
        "sagemaker:DeleteModelPackageGroupPolicy",
        "sagemaker:PutModelPackageGroupPolicy",
        "sagemaker:StartSession",
        "sts:AssumeRole",
    ];
    for role in workers(&world) {
        let policies = with_everything(&world.policies(role));
        for action in closed {
            let decision = policies.decide(&Request::of_role(
                &role.arn,
                action,
                "arn:aws:any:us-east-1:111122223333:thing/x",
            ));
            assert!(matches!(decision, Decision::Denied(Layer::Identity, _)), "{action} as {}", role.id);
        }
    }
}

/// Objects of the data bucket: identity policies and the policy of the bucket together.
#[test]
fn data_is_read_through_the_endpoint_only() {
    let world = world();
    let bucket = format!("arn:aws:s3:::mlops-dev-us-east-1-{ACCOUNT}-data");
    let policy = &world.resources[&bucket];
    let endpoint = endpoint_of(&policy.text.to_string());
    for role in workers(&world) {
        let read = |endpoint: Option<&str>| {
            let request =
                Request::of_role(&role.arn, "s3:GetObject", &format!("{bucket}/a")).map(|context| {
                    let context = context.with("s3:ResourceAccount", ACCOUNT);
                    endpoint.map_or(context.clone(), |endpoint| context.with("aws:SourceVpce", endpoint))
                });
            Policies { resource: Some(policy.policy.clone()), ..world.policies(role) }.decide(&request)
        };
        assert_eq!(read(Some(&endpoint)), Decision::Allowed, "{}", role.id);
        // Pipelines read and register models outside of the VPC.
        let outside = role.id == "SageMakerPipelineExecutionRole";
        assert_eq!(read(None).is_allowed(), outside, "{}", role.id);
        assert_eq!(read(Some("vpce-0")).is_allowed(), outside, "{}", role.id);
    }
}

fn endpoint_of(policy: &str) -> String {
    let (_, after) = policy.split_once("\"vpce-").unwrap();
    format!("vpce-{}", after.split_once('"').unwrap().0)
}
