//! Notebook instances, lifecycle configurations, code repositories and presigned URLs.

use crate::studio::{ROLE, Studio, call, check_failure};
use emulator_core::{InjectedState, Service};
use serde_json::{Value, json};

fn arn(resource: &str) -> String {
    format!("arn:aws:sagemaker:us-east-1:111122223333:{resource}")
}

fn notebook() -> Value {
    json!({"NotebookInstanceName": "Work", "InstanceType": "ml.t3.medium", "RoleArn": ROLE})
}

fn named() -> Value {
    json!({"NotebookInstanceName": "Work"})
}

async fn status(studio: &Studio) -> String {
    match studio.call("DescribeNotebookInstance", named()).await {
        Ok(shown) => shown["NotebookInstanceStatus"].as_str().unwrap().to_owned(),
        Err(failure) => failure.message,
    }
}

#[tokio::test(start_paused = true)]
async fn a_notebook_instance_lives_and_is_stopped_before_it_goes() {
    let studio = Studio::start().await;
    let made = studio.call("CreateNotebookInstance", notebook()).await.unwrap();
    assert_eq!(made["NotebookInstanceArn"], arn("notebook-instance/work"));
    check_failure(
        studio.call("CreateNotebookInstance", notebook()).await,
        "ValidationException",
        "already existing",
    );
    let larger = json!({"NotebookInstanceName": "Work", "InstanceType": "ml.t3.large"});
    for (operation, input, seconds, after, refused) in [
        ("", json!({}), 239, "Pending", &["StartNotebookInstance", "DeleteNotebookInstance"][..]),
        (
            "",
            json!({}),
            2,
            "InService",
            &["StartNotebookInstance", "UpdateNotebookInstance", "DeleteNotebookInstance"],
        ),
        ("StopNotebookInstance", named(), 1, "Stopping", &["StopNotebookInstance"]),
        ("", json!({}), 120, "Stopped", &["StopNotebookInstance"]),
        ("UpdateNotebookInstance", larger, 1, "Updating", &["StartNotebookInstance"]),
        ("", json!({}), 30, "Stopped", &[]),
        ("StartNotebookInstance", named(), 241, "InService", &[]),
        ("StopNotebookInstance", named(), 121, "Stopped", &[]),
        ("DeleteNotebookInstance", named(), 1, "Deleting", &["DeleteNotebookInstance"]),
        ("", json!({}), 60, "RecordNotFound", &[]),
    ] {
        if !operation.is_empty() {
            studio.call(operation, input).await.unwrap();
        }
        studio.pass(seconds).await;
        assert_eq!(status(&studio).await, after, "{operation}");
        for operation in refused {
            check_failure(
                studio.call(operation, named()).await,
                "ValidationException",
                "Unable to transition to",
            );
        }
        if after == "Updating" {
            let shown = studio.call("DescribeNotebookInstance", named()).await.unwrap();
            assert_eq!(
                (&shown["InstanceType"], &shown["VolumeSizeInGB"]),
                (&json!("ml.t3.large"), &json!(5))
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_notebook_instance_can_be_deleted() {
    let studio = Studio::start().await;
    studio.call("CreateNotebookInstance", notebook()).await.unwrap();
    let failed = InjectedState {
        failure_reason: Some("no capacity".into()),
        ..InjectedState::new("notebook-instance/work", "Failed")
    };
    studio.sagemaker.inject_state(&failed).unwrap();
    let shown = studio.call("DescribeNotebookInstance", named()).await.unwrap();
    assert_eq!(
        (&shown["NotebookInstanceStatus"], &shown["FailureReason"]),
        (&json!("Failed"), &json!("no capacity"))
    );
    studio.call("DeleteNotebookInstance", named()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_a_notebook_instance_names_has_to_exist_and_stays() {
    let studio = Studio::start().await;
    let config =
        json!({"NotebookInstanceLifecycleConfigName": "setup", "OnStart": [{"Content": "ZWNobw=="}]});
    let repository =
        json!({"CodeRepositoryName": "code", "GitConfig": {"RepositoryUrl": "https://git.example/code.git"}});
    let mut whole = notebook();
    whole["LifecycleConfigName"] = "setup".into();
    whole["DefaultCodeRepository"] = "code".into();
    whole["AdditionalCodeRepositories"] = json!(["https://git.example/other.git"]);
    whole["Tags"] = json!([{"Key": "team", "Value": "red"}]);
    let create = async || studio.call("CreateNotebookInstance", whole.clone()).await;
    check_failure(create().await, "ValidationException", "code-repository/code");
    let made = studio.call("CreateCodeRepository", repository.clone()).await.unwrap();
    assert_eq!(made["CodeRepositoryArn"], arn("code-repository/code"));
    check_failure(create().await, "ValidationException", "notebook-instance-lifecycle-config/setup");
    studio.call("CreateNotebookInstanceLifecycleConfig", config.clone()).await.unwrap();
    create().await.unwrap();
    let tags = studio.call("ListTags", json!({"ResourceArn": arn("notebook-instance/work")})).await.unwrap();
    assert_eq!(tags["Tags"], whole["Tags"]);

    let named = json!({"NotebookInstanceLifecycleConfigName": "setup"});
    let delete = async || studio.call("DeleteNotebookInstanceLifecycleConfig", named.clone()).await;
    check_failure(delete().await, "ValidationException", "notebook-instance/work");
    let update = json!({"NotebookInstanceLifecycleConfigName": "setup", "OnStart": []});
    studio.call("UpdateNotebookInstanceLifecycleConfig", update).await.unwrap();
    let shown = studio.call("DescribeNotebookInstanceLifecycleConfig", named.clone()).await.unwrap();
    assert_eq!(shown["OnStart"], json!([]));
    studio.pass(300).await;
    studio.call("StopNotebookInstance", self::named()).await.unwrap();
    studio.pass(300).await;
    let release = json!({"NotebookInstanceName": "Work", "DisassociateLifecycleConfig": true});
    studio.call("UpdateNotebookInstance", release).await.unwrap();
    delete().await.unwrap();

    let secret = "arn:aws:secretsmanager:us-east-1:111122223333:secret:git";
    let update = json!({"CodeRepositoryName": "code", "GitConfig": {"SecretArn": secret}});
    studio.call("UpdateCodeRepository", update).await.unwrap();
    let shown = studio.call("DescribeCodeRepository", json!({"CodeRepositoryName": "code"})).await.unwrap();
    assert_eq!(
        shown["GitConfig"],
        json!({"RepositoryUrl": "https://git.example/code.git", "SecretArn": secret})
    );
    for (list, member) in [
        ("ListNotebookInstances", "NotebookInstances"),
        ("ListCodeRepositories", "CodeRepositorySummaryList"),
    ] {
        let found = studio.call(list, json!({"NameContains": "o"})).await.unwrap();
        assert_eq!(found[member].as_array().unwrap().len(), 1, "{found}");
        let none = studio.call(list, json!({"CreationTimeAfter": 9_999_999_999_u64})).await.unwrap();
        assert_eq!(none[member], json!([]));
    }
}

#[tokio::test(start_paused = true)]
async fn a_lifecycle_configuration_stays_while_settings_name_it() {
    let studio = Studio::start().await;
    let config = json!({
        "StudioLifecycleConfigName": "stop", "StudioLifecycleConfigContent": "ZWNobw==", "StudioLifecycleConfigAppType": "JupyterLab",
    });
    let made = studio.call("CreateStudioLifecycleConfig", config.clone()).await.unwrap();
    assert_eq!(made["StudioLifecycleConfigArn"], arn("studio-lifecycle-config/stop"));
    check_failure(
        studio.call("CreateStudioLifecycleConfig", config).await,
        "ResourceInUse",
        "already exists",
    );
    let settings =
        json!({"JupyterLabAppSettings": {"LifecycleConfigArns": [made["StudioLifecycleConfigArn"]]}});
    let profile = json!({"UserProfileName": "alice", "UserSettings": settings});
    studio.inside("CreateUserProfile", profile).await.unwrap();
    studio.pass(60).await;
    let named = json!({"StudioLifecycleConfigName": "stop"});
    let delete = async || studio.call("DeleteStudioLifecycleConfig", named.clone()).await;
    check_failure(delete().await, "ResourceInUse", "UserProfile(s) are associated");
    let listed =
        studio.call("ListStudioLifecycleConfigs", json!({"AppTypeEquals": "JupyterLab"})).await.unwrap();
    let shown = &listed["StudioLifecycleConfigs"][0];
    assert_eq!((&shown["StudioLifecycleConfigName"], &shown["Status"]), (&json!("stop"), &Value::Null));
    let without = json!({"UserProfileName": "alice", "UserSettings": {"JupyterLabAppSettings": {"LifecycleConfigArns": []}}});
    studio.inside("UpdateUserProfile", without).await.unwrap();
    delete().await.unwrap();
    check_failure(delete().await, "ResourceNotFound", "studio-lifecycle-config/stop");
}

#[tokio::test(start_paused = true)]
async fn presigned_urls_are_for_what_is_in_service() {
    let studio = Studio::start().await;
    let alice = json!({"UserProfileName": "alice"});
    check_failure(
        studio.inside("CreatePresignedDomainUrl", alice.clone()).await,
        "ResourceNotFound",
        "user-profile/",
    );
    studio.profile("alice").await;
    let url = studio.inside("CreatePresignedDomainUrl", alice.clone()).await.unwrap();
    let url = url["AuthorizedUrl"].as_str().unwrap();
    let opened = format!("/_local/presigned/user-profile/{}/alice?session=43200&expires=300", studio.domain);
    assert!(url.starts_with("http://127.0.0.1:") && url.ends_with(&opened), "{url}");
    for (member, value, part) in [
        ("SessionExpirationDurationInSeconds", 1799, "greater than or equal to 1800"),
        ("SessionExpirationDurationInSeconds", 43_201, "less than or equal to 43200"),
        ("ExpiresInSeconds", 301, "less than or equal to 300"),
    ] {
        let mut input = alice.clone();
        input[member] = value.into();
        check_failure(studio.inside("CreatePresignedDomainUrl", input).await, "ValidationException", part);
    }
    studio.call("CreateNotebookInstance", notebook()).await.unwrap();
    check_failure(
        studio.call("CreatePresignedNotebookInstanceUrl", named()).await,
        "ValidationException",
        "(Pending)",
    );
    studio.pass(300).await;
    let url = studio.call("CreatePresignedNotebookInstanceUrl", named()).await.unwrap();
    assert!(url["AuthorizedUrl"].as_str().unwrap().contains("/notebook-instance/work?"), "{url}");
}

#[tokio::test(start_paused = true)]
async fn a_notebook_instance_needs_its_permissions_and_passes_its_role() {
    let studio = Studio::start().await;
    let permissions = |operation: &str, input: Value| {
        let needed = studio.sagemaker.required_permissions(&call(operation, input));
        needed.into_iter().map(|one| (one.action, one.resource)).collect::<Vec<_>>()
    };
    let pair = |action: &str, resource: String| (action.to_owned(), resource);
    assert_eq!(
        permissions("CreateNotebookInstance", notebook()),
        [
            pair("sagemaker:CreateNotebookInstance", arn("notebook-instance/work")),
            pair("iam:PassRole", ROLE.into()),
        ]
    );
    assert_eq!(
        permissions("CreatePresignedDomainUrl", json!({"DomainId": "d-1", "UserProfileName": "a"})),
        [pair("sagemaker:CreatePresignedDomainUrl", arn("user-profile/d-1/a"))]
    );
}
