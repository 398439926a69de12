//! Branches, merges, differences, and the events of references.

use crate::fixture::{ALICE, Account, check_failure};
use serde_json::{Value, json};

#[tokio::test]
async fn branches_are_made_moved_forward_and_deleted_with_an_event_each() {
    let account = Account::with_repository().await;
    let first = account.put("main", "a", "1", None).await;
    let shown = account.on("GetRepository", json!({})).await.unwrap();
    assert_eq!(shown["repositoryMetadata"]["defaultBranch"], "main");
    account.on("CreateBranch", json!({"branchName": "dev", "commitId": first})).await.unwrap();
    let second = account.put("dev", "b", "2", Some(&first)).await;
    let merge = json!({"sourceCommitSpecifier": "dev", "destinationCommitSpecifier": "main"});
    let merged = account.on("MergeBranchesByFastForward", merge.clone()).await.unwrap();
    assert_eq!(merged["commitId"], json!(second));
    let got = account.on("GetBranch", json!({"branchName": "main"})).await.unwrap();
    assert_eq!(got["branch"], json!({"branchName": "main", "commitId": second}));
    let deleted = account.on("DeleteBranch", json!({"branchName": "dev"})).await.unwrap();
    assert_eq!(deleted["deletedBranch"], json!({"branchName": "dev", "commitId": second}));
    assert_eq!(account.on("DeleteBranch", json!({"branchName": "dev"})).await.unwrap(), json!({}));

    let id = &shown["repositoryMetadata"]["repositoryId"];
    let event = |event: &str, branch: &str, old: Option<&str>, new: Option<&str>| {
        emulator_core::present(json!({
            "event": event, "repositoryName": "app", "repositoryId": id, "referenceType": "branch",
            "referenceName": branch, "referenceFullName": format!("refs/heads/{branch}"),
            "commitId": new, "oldCommitId": old, "callerUserArn": ALICE,
        }))
    };
    let (one, two) = (Some(&*first), Some(&*second));
    assert_eq!(
        account.events(),
        [
            event("referenceCreated", "main", None, one),
            event("referenceCreated", "dev", None, one),
            event("referenceUpdated", "dev", one, two),
            event("referenceUpdated", "main", one, two),
            event("referenceDeleted", "dev", two, None),
        ]
    );
}

#[tokio::test]
async fn what_a_branch_cannot_be_is_refused() {
    let account = Account::with_repository().await;
    let first = account.put("main", "a", "1", None).await;
    account.on("CreateBranch", json!({"branchName": "dev", "commitId": first})).await.unwrap();
    account.put("dev", "b", "2", Some(&first)).await;
    account.put("main", "c", "3", Some(&first)).await;
    let none = "1".repeat(40);
    for (operation, input, code, part) in [
        ("CreateBranch", json!({"branchName": "dev", "commitId": first}), "BranchNameExists", "dev"),
        ("CreateBranch", json!({"branchName": "x", "commitId": none}), "CommitDoesNotExist", &*none),
        ("CreateBranch", json!({"branchName": "x", "commitId": "main"}), "InvalidCommitId", "main"),
        ("CreateBranch", json!({"branchName": "a..b", "commitId": first}), "InvalidBranchName", "a..b"),
        ("CreateBranch", json!({"branchName": "x"}), "CommitIdRequired", "required"),
        ("GetBranch", json!({"branchName": "x"}), "BranchDoesNotExist", "x"),
        ("GetBranch", json!({}), "BranchNameRequired", "required"),
        ("DeleteBranch", json!({"branchName": "main"}), "DefaultBranchCannotBeDeleted", "main"),
        ("UpdateDefaultBranch", json!({"defaultBranchName": "x"}), "BranchDoesNotExist", "x"),
        (
            "MergeBranchesByFastForward",
            json!({"sourceCommitSpecifier": "dev", "destinationCommitSpecifier": "main"}),
            "ManualMergeRequired",
            "diverged",
        ),
        (
            "MergeBranchesByFastForward",
            json!({"sourceCommitSpecifier": "x", "destinationCommitSpecifier": "main"}),
            "CommitDoesNotExist",
            "x",
        ),
    ] {
        check_failure(account.on(operation, input).await, code, part);
    }
    account.on("UpdateDefaultBranch", json!({"defaultBranchName": "dev"})).await.unwrap();
    account.on("DeleteBranch", json!({"branchName": "main"})).await.unwrap();
}

#[tokio::test]
async fn branches_are_listed_in_pages() {
    let account = Account::with_repository().await;
    let first = account.put("main", "a", "1", None).await;
    for n in 0..100 {
        let input = json!({"branchName": format!("b{n:03}"), "commitId": first});
        account.on("CreateBranch", input).await.unwrap();
    }
    let page = account.on("ListBranches", json!({})).await.unwrap();
    assert_eq!(page["branches"].as_array().unwrap().len(), 100);
    let rest = account.on("ListBranches", json!({"nextToken": page["nextToken"]})).await.unwrap();
    assert_eq!(rest, json!({"branches": ["main"]}));
}

#[tokio::test]
async fn differences_are_those_of_files() {
    let account = Account::with_repository().await;
    let first = account.put("main", "src/a", "1", None).await;
    let second = account.put("main", "src/b", "1", Some(&first)).await;
    let third = account.put("main", "src/a", "2", Some(&second)).await;
    let delete = json!({"branchName": "main", "filePath": "src/b", "parentCommitId": third});
    let fourth = account.on("DeleteFile", delete).await.unwrap();
    let kinds = async |input: Value| {
        let found = account.on("GetDifferences", input).await.unwrap();
        let all = found["differences"].as_array().unwrap().clone();
        let kind = |one: &Value| {
            let blob = if one["changeType"] == "D" { &one["beforeBlob"] } else { &one["afterBlob"] };
            format!("{} {}", one["changeType"].as_str().unwrap(), blob["path"].as_str().unwrap())
        };
        (all.iter().map(kind).collect::<Vec<_>>(), found["NextToken"].clone())
    };
    let all = async |input: Value| kinds(input).await.0;
    assert_eq!(all(json!({"afterCommitSpecifier": second})).await, ["A src/a", "A src/b"]);
    let last = json!({"beforeCommitSpecifier": second, "afterCommitSpecifier": fourth["commitId"]});
    assert_eq!(all(last).await, ["M src/a", "D src/b"]);
    let within = json!({"afterCommitSpecifier": second, "afterPath": "src/b"});
    assert_eq!(all(within).await, ["A src/b"]);
    let (page, next) = kinds(json!({"afterCommitSpecifier": second, "MaxResults": 1})).await;
    assert_eq!(page, ["A src/a"]);
    assert_eq!(all(json!({"afterCommitSpecifier": second, "NextToken": next})).await, ["A src/b"]);
    let none = account.on("GetDifferences", json!({"afterCommitSpecifier": "none"})).await;
    check_failure(none, "CommitDoesNotExist", "none");
    let most = json!({"afterCommitSpecifier": second, "MaxResults": 0});
    check_failure(account.on("GetDifferences", most).await, "InvalidMaxResults", "400");
}
