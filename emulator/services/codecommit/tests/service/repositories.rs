//! Repositories: their lives, lists and tags.

use crate::fixture::{Account, check_failure};
use emulator_codecommit::CodeCommit;
use emulator_core::Service;
use serde_json::{Value, json};

const ARN: &str = "arn:aws:codecommit:us-east-1:111122223333:app";

#[tokio::test]
async fn a_repository_is_made_changed_renamed_and_deleted() {
    let account = Account::new();
    let given = json!({"repositoryDescription": "Ours", "tags": {"Team": "ds"}, "kmsKeyId": "alias/own"});
    let made = account.on("CreateRepository", given).await.unwrap()["repositoryMetadata"].take();
    assert_eq!((&made["Arn"], &made["repositoryDescription"]), (&json!(ARN), &json!("Ours")));
    assert_eq!(made["kmsKeyId"], "arn:aws:kms:us-east-1:111122223333:alias/own");
    assert_eq!(made["cloneUrlHttp"], "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/app");
    assert_eq!(made["cloneUrlSsh"], "ssh://git-codecommit.us-east-1.amazonaws.com/v1/repos/app");
    assert_eq!(made.get("defaultBranch"), None, "it has no branch");
    check_failure(account.on("CreateRepository", json!({})).await, "RepositoryNameExists", "app");
    CodeCommit::serve_ssh(account.service.context(), 2222);
    account.on("UpdateRepositoryDescription", json!({})).await.unwrap();
    let key = json!({"kmsKeyId": "11111111-2222-3333-4444-555555555555"});
    let changed = account.on("UpdateRepositoryEncryptionKey", key).await.unwrap();
    assert_eq!(changed["originalKmsKeyId"], made["kmsKeyId"]);
    account.call("UpdateRepositoryName", json!({"oldName": "app", "newName": "web"})).await.unwrap();
    check_failure(account.on("GetRepository", json!({})).await, "RepositoryDoesNotExist", "app");
    let web = json!({"repositoryName": "web"});
    let found = account.call("GetRepository", web.clone()).await.unwrap()["repositoryMetadata"].take();
    assert_eq!((&found["repositoryId"], found.get("repositoryDescription")), (&made["repositoryId"], None));
    assert_eq!(found["kmsKeyId"], changed["kmsKeyId"]);
    assert_eq!(found["cloneUrlSsh"], "ssh://127.0.0.1:2222/us-east-1/v1/repos/web");
    let folders = || std::fs::read_dir(account.folder.path().join("codecommit")).unwrap().count();
    assert_eq!(folders(), 1);
    let deleted = account.call("DeleteRepository", web.clone()).await.unwrap();
    assert_eq!((&deleted["repositoryId"], folders()), (&made["repositoryId"], 0));
    assert_eq!(account.call("DeleteRepository", web).await.unwrap(), json!({}));
}

#[tokio::test]
async fn accounts_and_regions_have_repositories_of_their_own() {
    let account = Account::with_repository().await;
    for (other, region) in [("444455556666", "us-east-1"), ("111122223333", "eu-west-1")] {
        let elsewhere = CodeCommit::start(account.service.context().at(other, region));
        let listed = elsewhere.answer(crate::fixture::signed("ListRepositories", json!({}))).await.unwrap();
        assert_eq!(listed["repositories"], json!([]), "{other} {region}");
    }
}

#[tokio::test]
async fn repositories_are_listed_in_pages_and_orders() {
    let account = Account::new();
    for n in 0..101 {
        let input = json!({"repositoryName": format!("r{n:03}")});
        account.call("CreateRepository", input).await.unwrap();
    }
    let list = async |input: Value| account.call("ListRepositories", input).await.unwrap();
    let names = |page: &Value| -> Vec<String> {
        let all = page["repositories"].as_array().unwrap();
        all.iter().map(|one| one["repositoryName"].as_str().unwrap().to_owned()).collect()
    };
    let first = list(json!({})).await;
    let second = list(json!({"nextToken": first["nextToken"]})).await;
    assert_eq!((names(&first).len(), names(&second)), (100, vec!["r100".to_owned()]));
    assert_eq!(second.get("nextToken"), None);
    assert_eq!(names(&list(json!({"order": "descending"})).await)[0], "r100");
    account
        .call("UpdateRepositoryDescription", json!({"repositoryName": "r050", "repositoryDescription": "x"}))
        .await
        .unwrap();
    let newest = list(json!({"sortBy": "lastModifiedDate", "order": "descending"})).await;
    assert_eq!(names(&newest)[0], "r050");
    let wrong = account.call("ListRepositories", json!({"nextToken": "x"})).await;
    check_failure(wrong, "InvalidContinuationToken", "not valid");
    let asked = json!({"repositoryNames": ["r001", "none"]});
    let batch = account.call("BatchGetRepositories", asked).await.unwrap();
    assert_eq!(batch["repositories"][0]["repositoryName"], "r001");
    assert_eq!(batch["repositoriesNotFound"], json!(["none"]));
    assert_eq!(batch["errors"][0]["errorCode"], "RepositoryDoesNotExistException");
}

#[tokio::test]
async fn a_repository_has_tags() {
    let account = Account::with_repository().await;
    let on = async |operation: &str, mut input: Value| {
        input["resourceArn"] = ARN.into();
        account.call(operation, input).await
    };
    on("TagResource", json!({"tags": {"Team": "ds", "Stage": "dev"}})).await.unwrap();
    on("UntagResource", json!({"tagKeys": ["Stage", "None"]})).await.unwrap();
    assert_eq!(on("ListTagsForResource", json!({})).await.unwrap()["tags"], json!({"Team": "ds"}));
    let reserved = on("TagResource", json!({"tags": {"aws:x": "y"}})).await;
    check_failure(reserved, "InvalidSystemTagUsage", "aws:x");
    let many: serde_json::Map<_, _> = (0..50).map(|n| (format!("k{n}"), json!("v"))).collect();
    check_failure(on("TagResource", json!({"tags": many})).await, "TooManyTags", "50");
    let other = json!({"resourceArn": "arn:aws:codecommit:eu-west-1:111122223333:app"});
    check_failure(account.call("ListTagsForResource", other).await, "InvalidResourceArn", "eu-west-1");
    let none = json!({"resourceArn": ARN.replace("app", "none")});
    check_failure(account.call("ListTagsForResource", none).await, "RepositoryDoesNotExist", "none");
}
