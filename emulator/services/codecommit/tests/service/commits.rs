//! Commits, files, folders and blobs.

use crate::fixture::{Account, check_failure, encoded};
use serde_json::{Value, json};

fn paths(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["absolutePath"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_commit_puts_moves_and_deletes_files() {
    let account = Account::with_repository().await;
    let put = |path: &str, content: &str| json!({"filePath": path, "fileContent": encoded(content)});
    let mut run = put("run.sh", "echo");
    run["fileMode"] = "EXECUTABLE".into();
    let first = json!({
        "branchName": "main", "authorName": "Ann", "email": "ann@example.com", "commitMessage": "Seed",
        "putFiles": [put("README.md", "hello"), put("src/a.py", "1"), run],
    });
    let first = account.on("CreateCommit", first).await.unwrap();
    assert_eq!(paths(&first["filesAdded"]), ["README.md", "run.sh", "src/a.py"]);
    assert_eq!(first["filesAdded"][1]["fileMode"], "EXECUTABLE");
    let second = json!({
        "branchName": "main", "parentCommitId": first["commitId"], "keepEmptyFolders": true,
        "putFiles": [
            {"filePath": "lib/a.py", "sourceFile": {"filePath": "src/a.py", "isMove": true}},
            put("/README.md", "hello again"),
        ],
        "setFileModes": [{"filePath": "run.sh", "fileMode": "NORMAL"}],
    });
    let second = account.on("CreateCommit", second).await.unwrap();
    assert_eq!(paths(&second["filesAdded"]), ["lib/a.py", "src/.gitkeep"]);
    assert_eq!(paths(&second["filesUpdated"]), ["README.md", "run.sh"]);
    assert_eq!(paths(&second["filesDeleted"]), ["src/a.py"]);

    let got =
        account.on("GetCommit", json!({"commitId": second["commitId"]})).await.unwrap()["commit"].take();
    assert_eq!(got["parents"], json!([first["commitId"]]));
    assert_eq!((&got["author"]["name"], &got["treeId"]), (&json!("alice"), &second["treeId"]));
    let got = account.on("GetCommit", json!({"commitId": first["commitId"]})).await.unwrap()["commit"].take();
    assert_eq!((&got["message"], &got["parents"]), (&json!("Seed"), &json!([])));
    assert_eq!(
        (&got["committer"]["name"], &got["author"]["email"]),
        (&json!("Ann"), &json!("ann@example.com"))
    );
    assert!(got["author"]["date"].as_str().unwrap().ends_with(" +0000"), "{got}");
}

#[tokio::test]
async fn files_and_folders_are_read_at_any_commit() {
    let account = Account::with_repository().await;
    let first = account.put("main", "src/lib/a", "1", None).await;
    let second = account.put("main", "src/b", "two", Some(&first)).await;
    let file = account.on("GetFile", json!({"filePath": "/src/b"})).await.unwrap();
    assert_eq!((&file["commitId"], &file["fileContent"]), (&json!(second), &json!(encoded("two"))));
    assert_eq!(
        (&file["fileSize"], &file["fileMode"], &file["filePath"]),
        (&json!(3), &json!("NORMAL"), &json!("src/b"))
    );
    let blob = account.on("GetBlob", json!({"blobId": file["blobId"]})).await.unwrap();
    assert_eq!(blob["content"], file["fileContent"]);
    let folder = account.on("GetFolder", json!({"folderPath": "src"})).await.unwrap();
    assert_eq!((paths(&folder["subFolders"]), paths(&folder["files"])), (vec!["src/lib"], vec!["src/b"]));
    assert_eq!(folder["files"][0]["relativePath"], "b");
    let root = account.on("GetFolder", json!({"folderPath": "/", "commitSpecifier": first})).await.unwrap();
    assert_eq!((paths(&root["subFolders"]), &root["folderPath"]), (vec!["src"], &json!("")));
    for (operation, input, code) in [
        ("GetFile", json!({"filePath": "src/b", "commitSpecifier": first}), "FileDoesNotExist"),
        ("GetFile", json!({"filePath": "src"}), "FileDoesNotExist"),
        ("GetFile", json!({"filePath": "src/b", "commitSpecifier": "none"}), "CommitDoesNotExist"),
        ("GetFile", json!({"filePath": "src/b", "commitSpecifier": "a b"}), "InvalidCommit"),
        ("GetFile", json!({"filePath": "../b"}), "InvalidPath"),
        ("GetFile", json!({}), "PathRequired"),
        ("GetFolder", json!({"folderPath": "src/b"}), "FolderDoesNotExist"),
        ("GetBlob", json!({"blobId": first}), "BlobIdDoesNotExist"),
        ("GetBlob", json!({"blobId": "x"}), "InvalidBlobId"),
        ("GetCommit", json!({"commitId": file["blobId"]}), "CommitIdDoesNotExist"),
        ("GetCommit", json!({"commitId": "main"}), "InvalidCommitId"),
    ] {
        check_failure(account.on(operation, input).await, code, "");
    }
}

#[tokio::test]
async fn a_commit_names_the_tip_of_its_branch_as_its_parent() {
    let account = Account::with_repository().await;
    let first = account.put("main", "a", "1", None).await;
    account.put("main", "a", "2", Some(&first)).await;
    let none = "1".repeat(40);
    for (branch, parent, code) in [
        ("main", json!(null), "ParentCommitIdRequired"),
        ("main", json!(first), "ParentCommitIdOutdated"),
        ("main", json!(none), "ParentCommitDoesNotExist"),
        ("main", json!("x"), "InvalidParentCommitId"),
        ("dev", json!(first), "BranchDoesNotExist"),
    ] {
        let input = json!({
            "branchName": branch, "filePath": "b", "fileContent": encoded("3"), "parentCommitId": parent,
        });
        check_failure(account.on("PutFile", input).await, code, "");
    }
}

#[tokio::test]
async fn a_commit_that_makes_no_sense_is_refused() {
    let account = Account::with_repository().await;
    let tip = account.put("main", "a", "1", None).await;
    let commit = |members: Value| {
        let mut input = json!({"branchName": "main", "parentCommitId": tip});
        for (name, member) in members.as_object().unwrap() {
            input[name] = member.clone();
        }
        input
    };
    let put = |path: &str| json!({"filePath": path, "fileContent": encoded("1")});
    let many: Vec<_> = (0..101).map(|n| put(&format!("f{n}"))).collect();
    for (input, code) in [
        (json!({}), "FileEntryRequired"),
        (json!({"putFiles": many}), "MaximumFileEntriesExceeded"),
        (json!({"putFiles": [put("a")]}), "NoChange"),
        (json!({"putFiles": [put("b"), put("b")]}), "PutFileEntryConflict"),
        (json!({"putFiles": [{"filePath": "b"}]}), "SourceFileOrContentRequired"),
        (json!({"putFiles": [{"fileContent": ""}]}), "PathRequired"),
        (
            json!({"putFiles": [{"filePath": "b", "fileContent": "", "sourceFile": {"filePath": "a"}}]}),
            "FileContentAndSourceFileSpecified",
        ),
        (
            json!({"putFiles": [{"filePath": "a", "sourceFile": {"filePath": "a", "isMove": true}}]}),
            "RestrictedSourceFile",
        ),
        (json!({"putFiles": [put("a/b")]}), "DirectoryNameConflictsWithFileName"),
        (json!({"deleteFiles": [{"filePath": "none"}]}), "FileDoesNotExist"),
        (json!({"putFiles": [put("b")], "email": "nobody"}), "InvalidEmail"),
        (json!({"putFiles": [put("b")], "authorName": "a".repeat(256)}), "NameLengthExceeded"),
        (json!({"putFiles": [{"filePath": "b", "fileMode": "LINK"}]}), "InvalidFileMode"),
    ] {
        check_failure(account.on("CreateCommit", commit(input)).await, code, "");
    }
    let same = json!({"filePath": "a", "fileContent": encoded("1")});
    check_failure(account.on("PutFile", commit(same)).await, "SameFileContent", "main");
    let odd = commit(json!({"putFiles": [put("git~1/x\\y")], "authorName": " <.> "}));
    let made = account.on("CreateCommit", odd).await.unwrap();
    assert_eq!(paths(&made["filesAdded"]), ["git~1/x\\y"], "what other systems do not take is a name here");
}

#[tokio::test]
async fn an_empty_repository_has_no_commit_to_read() {
    let account = Account::with_repository().await;
    check_failure(account.on("GetFile", json!({"filePath": "a"})).await, "CommitDoesNotExist", "HEAD");
    assert_eq!(account.on("ListBranches", json!({})).await.unwrap(), json!({"branches": []}));
    account.put("trunk", "a", "1", None).await;
    let shown = account.on("GetRepository", json!({})).await.unwrap();
    assert_eq!(shown["repositoryMetadata"]["defaultBranch"], "trunk", "the first branch");
}
