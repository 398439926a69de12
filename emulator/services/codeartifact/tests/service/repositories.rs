//! Repositories: upstreams, external connections, endpoints, lists.

use crate::fixture::{Account, OTHER, OWNER, arn, check_failure, owner};
use serde_json::{Value, json};

fn upstreams(names: &[&str]) -> Value {
    names.iter().map(|name| json!({"repositoryName": name})).collect()
}

async fn update(account: &Account, name: &str, given: &[&str]) -> Result<Value, emulator_core::Failure> {
    account.inside("UpdateRepository", json!({"repository": name, "upstreams": upstreams(given)})).await
}

#[tokio::test]
async fn a_repository_has_upstreams_that_do_not_lead_back() {
    let owner = owner().await;
    owner.repository("store", &[]).await;
    owner.repository("internal", &[]).await;
    owner.repository("pypi", &["internal", "store"]).await;
    let named = |name: &str| json!({"repository": name});
    let shown = owner.inside("DescribeRepository", named("pypi")).await.unwrap()["repository"].take();
    assert_eq!(shown["upstreams"], upstreams(&["internal", "store"]), "in their order");
    assert_eq!(shown["arn"], arn("repository/shared/pypi"));
    assert_eq!((&shown["administratorAccount"], &shown["domainOwner"]), (&json!(OWNER), &json!(OWNER)));
    assert_eq!((shown.get("description"), &shown["externalConnections"]), (None, &json!([])));
    for (name, given, code, part) in [
        ("store", &["pypi"][..], "ValidationException", "its own upstream"),
        ("store", &["store"], "ValidationException", "its own upstream"),
        ("store", &["none"], "ResourceNotFoundException", "Repository 'none'"),
        ("pypi", &["store", "store"], "ValidationException", "given twice"),
        ("none", &[], "ResourceNotFoundException", "Repository 'none'"),
    ] {
        check_failure(update(&owner, name, given).await, code, part);
    }
    let again = owner.inside("CreateRepository", named("pypi")).await;
    check_failure(again, "ConflictException", "already exists");
    check_failure(
        owner.inside("DeleteRepository", named("store")).await,
        "ConflictException",
        "upstream of: pypi",
    );
    let described = json!({"repository": "pypi", "description": "All"});
    let kept = owner.inside("UpdateRepository", described).await.unwrap()["repository"].take();
    assert_eq!(
        (&kept["description"], &kept["upstreams"]),
        (&json!("All"), &upstreams(&["internal", "store"]))
    );
    update(&owner, "pypi", &["internal"]).await.unwrap();
    owner.inside("DeleteRepository", named("store")).await.unwrap();
    let many: Vec<_> = (0..11).map(|n| format!("r{n}")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    check_failure(update(&owner, "pypi", &many).await, "ServiceQuotaExceededException", "10 direct upstream");
}

#[tokio::test]
async fn a_repository_has_one_external_connection() {
    let owner = owner().await;
    owner.repository("store", &[]).await;
    let connect = async |verb: &str, name: &str| {
        let input = json!({"repository": "store", "externalConnection": name});
        owner.inside(&format!("{verb}ExternalConnection"), input).await
    };
    check_failure(connect("Associate", "public:gems").await, "ResourceNotFoundException", "public:gems");
    let made = connect("Associate", "public:pypi").await.unwrap();
    assert_eq!(
        made["repository"]["externalConnections"],
        json!([{"externalConnectionName": "public:pypi", "packageFormat": "pypi", "status": "Available"}])
    );
    check_failure(connect("Associate", "public:pypi").await, "ConflictException", "already");
    check_failure(
        connect("Associate", "public:npmjs").await,
        "ServiceQuotaExceededException",
        "it can have one",
    );
    check_failure(connect("Disassociate", "public:npmjs").await, "ResourceNotFoundException", "public:npmjs");
    let gone = connect("Disassociate", "public:pypi").await.unwrap();
    assert_eq!(gone["repository"]["externalConnections"], json!([]));
}

#[tokio::test]
async fn an_endpoint_names_domain_owner_and_region() {
    let owner = owner().await;
    owner.repository("pypi", &[]).await;
    let endpoint = async |input: Value| owner.inside("GetRepositoryEndpoint", input).await;
    let found = endpoint(json!({"repository": "pypi", "format": "pypi"})).await.unwrap();
    let host = format!("https://shared-{OWNER}.d.codeartifact.us-east-1.");
    assert_eq!(found["repositoryEndpoint"], format!("{host}amazonaws.com/pypi/pypi/"));
    let both = json!({"repository": "pypi", "format": "npm", "endpointType": "dualstack"});
    assert_eq!(endpoint(both).await.unwrap()["repositoryEndpoint"], format!("{host}on.aws/npm/pypi/"));
    let unknown = json!({"repository": "pypi", "format": "deb"});
    check_failure(endpoint(unknown).await, "ValidationException", "enum value set");
    let missing = json!({"repository": "none", "format": "pypi"});
    check_failure(endpoint(missing).await, "ResourceNotFoundException", "'none'");
}

#[tokio::test]
async fn an_account_works_in_the_domain_of_another_one() {
    let owner = owner().await;
    owner.repository("pypi", &[]).await;
    owner.repository("python", &[]).await;
    let other = owner.at(OTHER, "us-east-1");
    check_failure(
        other.inside("DescribeDomain", json!({})).await,
        "ResourceNotFoundException",
        "owned by account '444455556666'",
    );
    let foreign = |mut input: Value| {
        input["domainOwner"] = OWNER.into();
        input
    };
    let made = other.inside("CreateRepository", foreign(json!({"repository": "theirs"}))).await.unwrap();
    assert_eq!(made["repository"]["administratorAccount"], OTHER);
    assert_eq!(made["repository"]["arn"], arn("repository/shared/theirs"));
    let names = |list: &Value| -> Vec<String> {
        let all = list["repositories"].as_array().unwrap();
        all.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&other.call("ListRepositories", json!({})).await.unwrap()), ["theirs"]);
    assert_eq!(
        names(&owner.call("ListRepositories", json!({})).await.unwrap()),
        ["pypi", "python", "theirs"]
    );
    let list =
        async |input: Value| names(&other.inside("ListRepositoriesInDomain", foreign(input)).await.unwrap());
    assert_eq!(list(json!({"repositoryPrefix": "py"})).await, ["pypi", "python"]);
    assert_eq!(list(json!({"administratorAccount": OTHER})).await, ["theirs"]);
    assert_eq!(list(json!({"maxResults": 1})).await, ["pypi"]);
    let elsewhere = owner.at(OWNER, "eu-west-1");
    check_failure(
        elsewhere.inside("DescribeDomain", json!({})).await,
        "ResourceNotFoundException",
        "'shared'",
    );
}
