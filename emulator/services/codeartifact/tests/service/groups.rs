//! Package groups: their hierarchy and what they let in.

use crate::fixture::{arn, check_failure, owner};
use serde_json::{Value, json};

#[tokio::test]
async fn a_group_inherits_from_the_next_one_around_it() {
    let owner = owner().await;
    owner.repository("store", &[]).await;
    owner.repository("internal", &[]).await;
    for pattern in ["/pypi/*", "/pypi//acme~"] {
        owner.inside("CreatePackageGroup", json!({"packageGroup": pattern})).await.unwrap();
    }
    let restrict = async |pattern: &str, mut input: Value| {
        input["packageGroup"] = pattern.into();
        owner.inside("UpdatePackageGroupOriginConfiguration", input).await
    };
    let allow = |name: &str, origin: &str| json!([{"repositoryName": name, "originRestrictionType": origin}]);
    let given = json!({
        "restrictions": {"EXTERNAL_UPSTREAM": "ALLOW_SPECIFIC_REPOSITORIES", "PUBLISH": "BLOCK"},
        "addAllowedRepositories": allow("store", "EXTERNAL_UPSTREAM"),
    });
    let made = restrict("/pypi/*", given.clone()).await.unwrap();
    assert_eq!(made["allowedRepositoryUpdates"], json!({"EXTERNAL_UPSTREAM": {"ADDED": ["store"]}}));
    assert_eq!(restrict("/pypi/*", given).await.unwrap()["allowedRepositoryUpdates"], json!({}));
    let describe = async |pattern: &str| {
        let found = owner.inside("DescribePackageGroup", json!({"packageGroup": pattern})).await.unwrap();
        found["packageGroup"].clone()
    };
    let inner = describe("/pypi//acme~").await;
    let outer = json!({"arn": arn("package-group/shared/pypi/%2a"), "pattern": "/pypi/*"});
    let root = json!({"arn": arn("package-group/shared/%2a"), "pattern": "/*"});
    assert_eq!(
        (&inner["parent"], &inner["arn"]),
        (&outer, &json!(arn("package-group/shared/pypi//acme%7e")))
    );
    assert_eq!(
        inner["originConfiguration"]["restrictions"],
        json!({
            "EXTERNAL_UPSTREAM": {"mode": "INHERIT", "effectiveMode": "ALLOW_SPECIFIC_REPOSITORIES",
                "inheritedFrom": outer, "repositoriesCount": 0},
            "INTERNAL_UPSTREAM": {"mode": "INHERIT", "effectiveMode": "ALLOW", "inheritedFrom": root, "repositoriesCount": 0},
            "PUBLISH": {"mode": "INHERIT", "effectiveMode": "BLOCK", "inheritedFrom": outer, "repositoriesCount": 0},
        })
    );
    let listed = json!({"packageGroup": "/pypi/*", "originRestrictionType": "EXTERNAL_UPSTREAM"});
    let allowed = async || owner.inside("ListAllowedRepositoriesForGroup", listed.clone()).await.unwrap();
    assert_eq!(allowed().await["allowedRepositories"], json!(["store"]));
    // A repository that is deleted is on no list any more.
    owner.inside("DeleteRepository", json!({"repository": "store"})).await.unwrap();
    assert_eq!(allowed().await["allowedRepositories"], json!([]));
    let publish = json!({
        "restrictions": {"PUBLISH": "ALLOW_SPECIFIC_REPOSITORIES"},
        "addAllowedRepositories": allow("internal", "PUBLISH"),
    });
    restrict("/pypi//acme~", publish).await.unwrap();
    let removed = json!({"removeAllowedRepositories": allow("internal", "PUBLISH")});
    let removed = restrict("/pypi//acme~", removed).await.unwrap();
    assert_eq!(removed["allowedRepositoryUpdates"], json!({"PUBLISH": {"REMOVED": ["internal"]}}));
    owner.inside("DeletePackageGroup", json!({"packageGroup": "/pypi/*"})).await.unwrap();
    assert_eq!(describe("/pypi//acme~").await["parent"], root);
}

#[tokio::test]
async fn groups_are_refused_changed_and_listed() {
    let owner = owner().await;
    let on = async |operation: &str, pattern: &str, mut input: Value| {
        input["packageGroup"] = pattern.into();
        owner.inside(operation, input).await
    };
    let made = json!({"description": "Ours", "contactInfo": "a@example.com"});
    on("CreatePackageGroup", "/pypi//acme~", made).await.unwrap();
    for (operation, pattern, input, code, part) in [
        ("CreatePackageGroup", "/pypi//acme~", json!({}), "ConflictException", "already exists"),
        ("CreatePackageGroup", "/*", json!({}), "ConflictException", "already exists"),
        ("CreatePackageGroup", "/pypi/acme", json!({}), "ValidationException", "end with"),
        ("DeletePackageGroup", "/*", json!({}), "ValidationException", "root package group"),
        ("DeletePackageGroup", "/npm/*", json!({}), "ResourceNotFoundException", "'/npm/*'"),
        (
            "UpdatePackageGroupOriginConfiguration",
            "/*",
            json!({"restrictions": {"PUBLISH": "INHERIT"}}),
            "ValidationException",
            "no parent",
        ),
        (
            "UpdatePackageGroupOriginConfiguration",
            "/*",
            json!({"restrictions": {"PUBLISH": "DENY"}}),
            "ValidationException",
            "enum value set",
        ),
        (
            "UpdatePackageGroupOriginConfiguration",
            "/*",
            json!({"addAllowedRepositories": [{"repositoryName": "none", "originRestrictionType": "PUBLISH"}]}),
            "ResourceNotFoundException",
            "'none'",
        ),
        (
            "UpdatePackageGroupOriginConfiguration",
            "/*",
            json!({"addAllowedRepositories": [{"repositoryName": "none"}]}),
            "ValidationException",
            "originRestrictionType",
        ),
    ] {
        check_failure(on(operation, pattern, input).await, code, part);
    }
    let changed = on("UpdatePackageGroup", "/pypi//acme~", json!({"description": "Of Acme"})).await.unwrap();
    let changed = &changed["packageGroup"];
    assert_eq!(
        (&changed["description"], &changed["contactInfo"]),
        (&json!("Of Acme"), &json!("a@example.com"))
    );
    let list = async |input: Value| {
        let found = owner.inside("ListPackageGroups", input).await.unwrap();
        let groups = found["packageGroups"].as_array().unwrap();
        groups.iter().map(|group| group["pattern"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(list(json!({})).await, ["/*", "/pypi//acme~"]);
    assert_eq!(list(json!({"prefix": "/pypi/"})).await, ["/pypi//acme~"]);
}
