//! What others rely on: the permissions that calls need, and the words of AWS for bad input.

use crate::studio::{ROLE, Studio, app, call, check_failure, domain};
use emulator_core::{InjectedState, Service};
use serde_json::{Value, json};

#[tokio::test(start_paused = true)]
async fn calls_need_the_permissions_of_the_service_authorization_reference() {
    let studio = Studio::start().await;
    let arn = |resource: &str| format!("arn:aws:sagemaker:us-east-1:111122223333:{resource}");
    let in_domain = |mut input: Value| {
        input["DomainId"] = "d-1".into();
        input
    };
    let profile = json!({"UserProfileName": "a", "Tags": [{"Key": "k", "Value": "v"}]});
    for (operation, input, expected) in [
        ("ListApps", json!({"DomainIdEquals": "d-1"}), vec![("sagemaker:ListApps", "*".into())]),
        ("Search", json!({"Resource": "Pipeline"}), vec![("sagemaker:Search", "*".into())]),
        (
            "DeleteApp",
            in_domain(app(("SpaceName", "lab"), "JupyterLab", "default")),
            vec![("sagemaker:DeleteApp", arn("app/d-1/lab/jupyterlab/default"))],
        ),
        (
            "DeleteSpace",
            in_domain(json!({"SpaceName": "s"})),
            vec![("sagemaker:DeleteSpace", arn("space/d-1/s"))],
        ),
        ("DescribeDomain", in_domain(json!({})), vec![("sagemaker:DescribeDomain", arn("domain/d-1"))]),
        (
            "CreateDomain",
            domain(),
            vec![("sagemaker:CreateDomain", arn("domain/d-xxxxxxxxxxxx")), ("iam:PassRole", ROLE.into())],
        ),
        (
            "CreateUserProfile",
            in_domain(profile),
            vec![
                ("sagemaker:CreateUserProfile", arn("user-profile/d-1/a")),
                ("sagemaker:AddTags", arn("user-profile/d-1/a")),
            ],
        ),
        (
            "DeleteMlflowTrackingServer",
            json!({"TrackingServerName": "m"}),
            vec![("sagemaker:DeleteMlflowTrackingServer", arn("mlflow-tracking-server/m"))],
        ),
        (
            "ListPipelineExecutions",
            json!({"PipelineName": "p"}),
            vec![("sagemaker:ListPipelineExecutions", arn("pipeline/p"))],
        ),
    ] {
        let permissions = studio.sagemaker.required_permissions(&call(operation, input));
        let permissions: Vec<_> = permissions
            .iter()
            .map(|permission| (permission.action.as_str(), permission.resource.clone()))
            .collect();
        assert_eq!(permissions, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn conditions_see_tags_owners_and_the_service_a_role_is_passed_to() {
    let studio = Studio::start().await;
    let tags = json!([{"Key": "StudioUserId", "Value": "alice"}]);
    studio.inside("CreateUserProfile", json!({"UserProfileName": "a", "Tags": tags})).await.unwrap();
    studio.pass(10).await;
    studio.space("s", "a").await;
    let domain = &studio.domain;
    let context = |operation: &str, mut input: Value, action: &str| {
        input["DomainId"] = domain.as_str().into();
        let needed = studio.sagemaker.required_permissions(&call(operation, input));
        needed.into_iter().find(|one| one.action == action).unwrap().context
    };
    let open = context(
        "CreatePresignedDomainUrl",
        json!({"UserProfileName": "a"}),
        "sagemaker:CreatePresignedDomainUrl",
    );
    assert_eq!(open["aws:ResourceTag/StudioUserId"], "alice");
    let make = json!({"UserProfileName": "b", "Tags": tags, "UserSettings": {"ExecutionRole": ROLE}});
    let made = context("CreateUserProfile", make.clone(), "sagemaker:CreateUserProfile");
    assert_eq!(
        (&made["aws:RequestTag/StudioUserId"], &made["aws:TagKeys"]),
        (&json!("alice"), &json!(["StudioUserId"]))
    );
    assert!(!made.contains_key("aws:ResourceTag/StudioUserId"), "{made:?}");
    assert_eq!(
        context("CreateUserProfile", make.clone(), "sagemaker:AddTags")["sagemaker:TaggingAction"],
        "CreateUserProfile"
    );
    assert_eq!(
        context("CreateUserProfile", make, "iam:PassRole")["iam:PassedToService"],
        "sagemaker.amazonaws.com"
    );
    // Of a space that is there, whatever the input says.
    let delete = context("DeleteSpace", json!({"SpaceName": "s"}), "sagemaker:DeleteSpace");
    assert_eq!(
        delete["sagemaker:OwnerUserProfileArn"],
        format!("arn:aws:sagemaker:us-east-1:111122223333:user-profile/{domain}/a")
    );
    assert_eq!(delete["sagemaker:SpaceSharingType"], "Private");
}

#[tokio::test(start_paused = true)]
async fn bad_input_is_refused_in_the_words_of_aws() {
    let studio = Studio::start().await;
    let null = "Value null at 'domainId' failed to satisfy constraint: Member must not be null";
    let pattern =
        "Value 'x' at 'domainId' failed to satisfy constraint: Member must satisfy regular expression";
    let mut no_network = domain();
    no_network["SubnetIds"] = Value::Null;
    for (operation, input, code, part) in [
        ("DescribeDomain", json!({}), "ValidationException", null),
        ("DeleteDomain", json!({"DomainId": "x"}), "ValidationException", pattern),
        ("DeleteDomain", json!({"DomainId": 1}), "SerializationException", "must be a string"),
        ("DeleteSpace", json!({}), "ValidationException", "2 validation errors detected"),
        ("DeleteDomain", json!({"DomainId": "d-none"}), "ResourceNotFound", "domain/d-none"),
        (
            "ListTags",
            json!({"ResourceArn": "arn:aws:sagemaker:us-east-1:1:domain/none"}),
            "ValidationException",
            "none",
        ),
        (
            "CreateUserProfile",
            json!({"DomainId": "d-none", "UserProfileName": "a"}),
            "ValidationException",
            "domain/d-none",
        ),
        ("CreateDomain", no_network, "ValidationException", "SubnetIds"),
        ("CreateCluster", json!({}), "UnknownOperationException", "CreateCluster"),
    ] {
        check_failure(studio.call(operation, input).await, code, part);
    }
}

#[tokio::test(start_paused = true)]
async fn people_inject_states_with_json() {
    let studio = Studio::start().await;
    let wish = json!({"resource": format!("domain/{}", studio.domain), "status": "Delete_Failed", "modified-ago": 60});
    let wish: InjectedState = serde_json::from_value(wish).unwrap();
    studio.sagemaker.inject_state(&wish).unwrap();
    assert_eq!(studio.status("DescribeDomain", json!({})).await, "Delete_Failed");
    let whole = format!("arn:aws:sagemaker:us-east-1:111122223333:domain/{}", studio.domain);
    studio.sagemaker.inject_state(&InjectedState::new(&whole, "InService")).unwrap();
    assert_eq!(studio.status("DescribeDomain", json!({})).await, "InService");
    assert_eq!(
        studio.sagemaker.inject_state(&InjectedState::new("domain/x", "Failed")).unwrap_err().code,
        "ResourceNotFound"
    );
}
