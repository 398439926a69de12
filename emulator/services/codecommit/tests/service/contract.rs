//! What others rely on: the permissions that calls need with their conditions, and the errors for bad input.

use crate::fixture::{Account, check_failure, signed};
use emulator_core::Service;
use serde_json::json;

const ARN: &str = "arn:aws:codecommit:us-east-1:111122223333:app";

#[tokio::test]
async fn calls_need_the_permissions_of_the_service_authorization_reference() {
    let account = Account::with_repository().await;
    let app = || ARN.to_owned();
    for (operation, input, expected) in [
        ("ListRepositories", json!({}), vec![("codecommit:ListRepositories", "*".to_owned())]),
        ("CreateRepository", json!({"repositoryName": "app"}), vec![("codecommit:CreateRepository", app())]),
        (
            "BatchGetRepositories",
            json!({"repositoryNames": ["app", "web"]}),
            vec![
                ("codecommit:BatchGetRepositories", app()),
                ("codecommit:BatchGetRepositories", ARN.replace("app", "web")),
            ],
        ),
        (
            "UpdateRepositoryName",
            json!({"oldName": "app", "newName": "web"}),
            vec![("codecommit:UpdateRepositoryName", app())],
        ),
        ("TagResource", json!({"resourceArn": ARN}), vec![("codecommit:TagResource", app())]),
        (
            "UploadArchive",
            json!({"repositoryName": "app"}),
            vec![("codecommit:UploadArchive", app()), ("codecommit:CancelUploadArchive", app())],
        ),
        (
            "GetUploadArchiveStatus",
            json!({"repositoryName": "app"}),
            vec![("codecommit:GetUploadArchiveStatus", app())],
        ),
    ] {
        let needed = account.service.required_permissions(&signed(operation, input));
        let needed: Vec<_> = needed.iter().map(|one| (one.action.as_str(), one.resource.clone())).collect();
        assert_eq!(needed, expected, "{operation}");
    }
}

#[tokio::test]
async fn conditions_see_the_branch_that_a_call_changes_and_tags() {
    let account = Account::with_repository().await;
    account.call("TagResource", json!({"resourceArn": ARN, "tags": {"Team": "ds"}})).await.unwrap();
    let needed =
        |operation: &str, input| account.service.required_permissions(&signed(operation, input)).remove(0);
    for (operation, member) in [
        ("CreateBranch", "branchName"),
        ("CreateCommit", "branchName"),
        ("DeleteBranch", "branchName"),
        ("DeleteFile", "branchName"),
        ("MergeBranchesByFastForward", "targetBranch"),
        ("PutFile", "branchName"),
    ] {
        let asked = needed(operation, json!({"repositoryName": "app", member: "main"}));
        assert_eq!(asked.context["codecommit:References"], "refs/heads/main", "{operation}");
        assert_eq!(asked.context["aws:ResourceTag/Team"], "ds", "{operation}");
    }
    let read = needed("GetBranch", json!({"repositoryName": "app", "branchName": "main"}));
    assert_eq!(read.context.get("codecommit:References"), None, "a call that reads changes no branch");
    let made = needed("CreateRepository", json!({"repositoryName": "web", "tags": {"Stage": "dev"}}));
    assert_eq!(made.context["aws:RequestTag/Stage"], "dev");
    assert_eq!(made.context["aws:TagKeys"], json!(["Stage"]));
}

#[tokio::test]
async fn each_bad_input_has_an_error_of_its_own() {
    let account = Account::new();
    for (operation, input, code) in [
        ("CreateRepository", json!({}), "RepositoryNameRequired"),
        ("CreateRepository", json!({"repositoryName": "a b"}), "InvalidRepositoryName"),
        ("CreateRepository", json!({"repositoryName": "a".repeat(101)}), "InvalidRepositoryName"),
        ("CreateRepository", json!({"repositoryName": "app.git"}), "InvalidRepositoryName"),
        (
            "CreateRepository",
            json!({"repositoryName": "a", "repositoryDescription": "x".repeat(1001)}),
            "InvalidRepositoryDescription",
        ),
        ("GetRepository", json!({"repositoryName": "none"}), "RepositoryDoesNotExist"),
        ("GetRepository", json!({"repositoryName": "/"}), "InvalidRepositoryName"),
        ("BatchGetRepositories", json!({}), "RepositoryNamesRequired"),
        ("BatchGetRepositories", json!({"repositoryNames": ["/"]}), "InvalidRepositoryName"),
        ("ListRepositories", json!({"sortBy": "size"}), "InvalidSortBy"),
        ("ListRepositories", json!({"order": "random"}), "InvalidOrder"),
        ("TagResource", json!({"resourceArn": "x"}), "TagsMapRequired"),
        ("UntagResource", json!({"resourceArn": "x"}), "TagKeysListRequired"),
        ("CreateRepository", json!({"repositoryName": "a", "kmsKeyId": "*"}), "Validation"),
        ("CreateRepository", json!({"repositoryName": 1}), "Serialization"),
        ("CreatePullRequest", json!({}), "UnknownOperation"),
    ] {
        check_failure(account.call(operation, input).await, code, "");
    }
}
