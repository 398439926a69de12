//! What others rely on: the permissions that calls need, whose policies are asked, and the words of AWS for bad input.

use crate::fixture::{OTHER, OWNER, arn, check_failure, owner};
use emulator_core::{OwnedResource, Service};
use serde_json::{Value, json};

#[tokio::test]
async fn calls_need_the_permissions_of_the_service_authorization_reference() {
    let owner = owner().await;
    let upstreams = json!([{"repositoryName": "store"}]);
    let tags = json!([{"key": "Team", "value": "ds"}]);
    let (domain, pypi) = (arn("domain/shared"), arn("repository/shared/pypi"));
    let store = ("codeartifact:AssociateWithDownstreamRepository", arn("repository/shared/store"));
    let all = || "*".to_owned();
    for (operation, input, expected) in [
        ("ListDomains", json!({}), vec![("codeartifact:ListDomains", all())]),
        (
            "CreateDomain",
            json!({"domain": "d", "tags": tags}),
            vec![("codeartifact:CreateDomain", all()), ("codeartifact:TagResource", arn("domain/d"))],
        ),
        (
            "DescribeDomain",
            json!({"domain": "shared"}),
            vec![("codeartifact:DescribeDomain", domain.clone())],
        ),
        (
            "CreateRepository",
            json!({"domain": "shared", "repository": "pypi", "upstreams": upstreams}),
            vec![("codeartifact:CreateRepository", all()), store.clone()],
        ),
        (
            "UpdateRepository",
            json!({"domain": "shared", "repository": "pypi", "upstreams": upstreams}),
            vec![("codeartifact:UpdateRepository", pypi.clone()), store],
        ),
        (
            "GetRepositoryEndpoint",
            json!({"domain": "shared", "domainOwner": OTHER, "repository": "pypi"}),
            vec![("codeartifact:GetRepositoryEndpoint", pypi.replace(OWNER, OTHER))],
        ),
        (
            "DescribePackageGroup",
            json!({"domain": "shared", "packageGroup": "/pypi/*"}),
            vec![("codeartifact:DescribePackageGroup", arn("package-group/shared/pypi/%2a"))],
        ),
        (
            "GetAuthorizationToken",
            json!({"domain": "shared", "durationSeconds": 900}),
            vec![("codeartifact:GetAuthorizationToken", domain), ("sts:GetServiceBearerToken", all())],
        ),
        ("TagResource", json!({"resourceArn": pypi}), vec![("codeartifact:TagResource", pypi.clone())]),
    ] {
        let needed = owner.0.required_permissions(&owner.signed(operation, input));
        let needed: Vec<_> = needed.iter().map(|one| (one.action.as_str(), one.resource.clone())).collect();
        assert_eq!(needed, expected, "{operation}");
    }
    let input = json!({"domain": "shared", "durationSeconds": 900});
    let needed = owner.0.required_permissions(&owner.signed("GetAuthorizationToken", input));
    let context = &needed[1].context;
    assert_eq!(
        (&context["sts:AWSServiceName"], &context["sts:DurationSeconds"]),
        (&json!("codeartifact.amazonaws.com"), &json!("900"))
    );
}

#[tokio::test]
async fn the_policy_of_the_domain_or_of_the_repository_is_asked() {
    let owner = owner().await;
    owner.repository("pypi", &[]).await;
    let document = |action: &str| {
        json!({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": action}]}).to_string()
    };
    let of_domain = document("codeartifact:GetAuthorizationToken");
    let of_repository = document("codeartifact:ReadFromRepository");
    owner.inside("PutDomainPermissionsPolicy", json!({"policyDocument": of_domain})).await.unwrap();
    let put = json!({"repository": "pypi", "policyDocument": of_repository});
    owner.inside("PutRepositoryPermissionsPolicy", put).await.unwrap();
    let other = owner.at(OTHER, "us-east-1");
    let asked = |operation: &str, input: Value| {
        let mut input = input;
        if operation != "ListTagsForResource" {
            input["domain"] = "shared".into();
            input["domainOwner"] = OWNER.into();
        }
        other.0.required_permissions(&other.signed(operation, input)).remove(0).owned
    };
    let domain = OwnedResource { arn: arn("domain/shared"), owner: OWNER.into(), policy: of_domain };
    let repository =
        OwnedResource { arn: arn("repository/shared/pypi"), owner: OWNER.into(), policy: of_repository };
    for (operation, input, expected) in [
        ("GetAuthorizationToken", json!({}), &domain),
        ("DescribePackageGroup", json!({"packageGroup": "/*"}), &domain),
        ("CreateRepository", json!({"repository": "theirs"}), &domain),
        ("DescribeRepository", json!({"repository": "pypi"}), &repository),
        ("ListTagsForResource", json!({"resourceArn": repository.arn}), &repository),
    ] {
        assert_eq!(asked(operation, input).as_ref(), Some(expected), "{operation}");
    }
    // What does not exist has its owner too, so that another account does not learn that it does not.
    let missing = asked("DescribeRepository", json!({"repository": "none"})).unwrap();
    assert_eq!((&*missing.owner, &*missing.policy), (OWNER, ""));
    let list = other.0.required_permissions(&other.signed("ListRepositories", json!({})));
    assert_eq!(list[0].owned, None, "an account lists its own");
}

#[tokio::test]
async fn conditions_see_the_tags_of_the_request() {
    let owner = owner().await;
    let tags = json!([{"key": "Team", "value": "ds"}]);
    let create =
        owner.signed("CreateRepository", json!({"domain": "shared", "repository": "r", "tags": tags}));
    for permission in owner.0.required_permissions(&create) {
        assert_eq!(permission.context["aws:RequestTag/Team"], "ds", "{permission:?}");
        assert_eq!(permission.context["aws:TagKeys"], json!(["Team"]), "{permission:?}");
    }
}

#[tokio::test]
async fn bad_input_is_refused_in_the_words_of_aws() {
    let owner = owner().await;
    let pattern = "at 'domain' failed to satisfy constraint: Member must satisfy regular expression pattern";
    for (operation, input, code, part) in [
        (
            "CreateDomain",
            json!({}),
            "ValidationException",
            "at 'domain' failed to satisfy constraint: Member must not be null",
        ),
        ("CreateDomain", json!({"domain": "Shared"}), "ValidationException", pattern),
        ("CreateDomain", json!({"domain": "ends-"}), "ValidationException", pattern),
        (
            "CreateDomain",
            json!({"domain": "a".repeat(51)}),
            "ValidationException",
            "less than or equal to 50",
        ),
        ("CreateDomain", json!({"domain": 1}), "SerializationException", "must be a string"),
        ("ListDomains", json!({"maxResults": 1001}), "ValidationException", "less than or equal to 1000"),
        (
            "CreateRepository",
            json!({"domain": "shared", "repository": "_"}),
            "ValidationException",
            "at 'repository'",
        ),
        (
            "ListPackages",
            json!({}),
            "UnknownOperationException",
            "emulator/services/codeartifact/src/api/mod.rs",
        ),
    ] {
        check_failure(owner.call(operation, input).await, code, part);
    }
}
