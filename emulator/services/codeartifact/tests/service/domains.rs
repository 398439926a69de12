//! Domains, their policies and tags, and tokens.

use crate::fixture::{OTHER, OWNER, arn, check_failure, owner};
use emulator_core::Service;
use serde_json::{Value, json};

#[tokio::test]
async fn a_domain_lives_and_is_emptied_before_it_goes() {
    let owner = owner().await;
    let tags = json!([{"key": "Team", "value": "ds"}]);
    let made = json!({"domain": "second", "encryptionKey": "1234abcd", "tags": tags});
    let made = owner.call("CreateDomain", made).await.unwrap()["domain"].take();
    assert_eq!((&made["name"], &made["owner"]), (&json!("second"), &json!(OWNER)));
    assert_eq!((&made["arn"], &made["status"]), (&json!(arn("domain/second")), &json!("Active")));
    assert_eq!(made["encryptionKey"], format!("arn:aws:kms:us-east-1:{OWNER}:key/1234abcd"));
    assert!(made["createdTime"].as_f64().unwrap() > 1.7e9, "{made}");
    let again = owner.call("CreateDomain", json!({"domain": "second"})).await;
    check_failure(again, "ConflictException", "'second' owned by account '111122223333' already exists");
    owner.call("CreateRepository", json!({"domain": "second", "repository": "pypi"})).await.unwrap();
    let named = || json!({"domain": "second"});
    let described = owner.call("DescribeDomain", named()).await.unwrap();
    assert_eq!(described["domain"]["repositoryCount"], 1);
    check_failure(owner.call("DeleteDomain", named()).await, "ConflictException", "has repositories");
    owner.call("DeleteRepository", json!({"domain": "second", "repository": "pypi"})).await.unwrap();
    let gone = owner.call("DeleteDomain", named()).await.unwrap();
    assert_eq!(gone["domain"]["status"], "Deleted");
    check_failure(
        owner.call("DescribeDomain", named()).await,
        "ResourceNotFoundException",
        "Domain 'second'",
    );
    assert_eq!(owner.call("DeleteDomain", named()).await.unwrap(), json!({}));
}

#[tokio::test]
async fn an_account_lists_its_own_domains_in_pages_and_has_ten_in_a_region() {
    let owner = owner().await;
    for n in 1..10 {
        owner.call("CreateDomain", json!({"domain": format!("more-{n}")})).await.unwrap();
    }
    let eleventh = || json!({"domain": "one-more"});
    check_failure(owner.call("CreateDomain", eleventh()).await, "ServiceQuotaExceededException", "quota");
    let elsewhere = owner.at(OWNER, "eu-west-1");
    elsewhere.call("CreateDomain", eleventh()).await.unwrap();
    let other = owner.at(OTHER, "us-east-1");
    other.call("CreateDomain", eleventh()).await.unwrap();
    let first = owner.call("ListDomains", json!({"maxResults": 9})).await.unwrap();
    assert_eq!(first["domains"].as_array().unwrap().len(), 9);
    assert_eq!(first["domains"][0]["name"], "more-1");
    assert_eq!(first["domains"][0].get("repositoryCount"), None, "a summary says less");
    let next = json!({"maxResults": 9, "nextToken": first["nextToken"]});
    let last = owner.call("ListDomains", next).await.unwrap();
    assert_eq!((&last["domains"][0]["name"], last.get("nextToken")), (&json!("shared"), None));
    let names = async |list: Value| list["domains"].as_array().unwrap().len();
    assert_eq!(names(other.call("ListDomains", json!({})).await.unwrap()).await, 1);
    check_failure(owner.call("ListDomains", json!({"nextToken": "x"})).await, "ValidationException", "token");
}

#[tokio::test]
async fn a_policy_has_revisions() {
    let owner = owner().await;
    owner.repository("pypi", &[]).await;
    let document = |effect: &str| {
        let statement =
            json!({"Effect": effect, "Principal": "*", "Action": "codeartifact:*", "Resource": "*"});
        json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
    };
    for (kind, named, resource) in [
        ("Domain", json!({}), arn("domain/shared")),
        ("Repository", json!({"repository": "pypi"}), arn("repository/shared/pypi")),
    ] {
        let call = async |verb: &str, more: Value| {
            let mut input = named.clone();
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            owner.inside(&format!("{verb}{kind}PermissionsPolicy"), input).await
        };
        check_failure(call("Get", json!({})).await, "ResourceNotFoundException", "policy not found");
        check_failure(call("Delete", json!({})).await, "ResourceNotFoundException", "policy not found");
        let malformed = json!({"policyDocument": "{"});
        check_failure(call("Put", malformed).await, "ValidationException", "not a valid policy");
        let first = call("Put", json!({"policyDocument": document("Allow")})).await.unwrap()["policy"].take();
        assert_eq!(first["resourceArn"], resource);
        let second = json!({"policyDocument": document("Deny"), "policyRevision": first["revision"]});
        let second_answer = call("Put", second.clone()).await.unwrap()["policy"].take();
        check_failure(call("Put", second).await, "ConflictException", "another revision");
        assert_eq!(call("Get", json!({})).await.unwrap()["policy"], second_answer);
        let stale = json!({"policyRevision": first["revision"]});
        check_failure(call("Delete", stale).await, "ConflictException", "another revision");
        assert_eq!(call("Delete", json!({})).await.unwrap()["policy"], second_answer);
    }
}

#[tokio::test]
async fn whatever_is_in_a_domain_has_tags() {
    let owner = owner().await;
    owner.repository("pypi", &[]).await;
    owner.inside("CreatePackageGroup", json!({"packageGroup": "/pypi//acme~"})).await.unwrap();
    for resource in ["domain/shared", "repository/shared/pypi", "package-group/shared/pypi//acme%7e"] {
        let on = |mut input: Value| {
            input["resourceArn"] = arn(resource).into();
            input
        };
        let tags = json!([{"key": "a", "value": "1"}, {"key": "b", "value": ""}]);
        owner.call("TagResource", on(json!({"tags": tags}))).await.unwrap();
        owner.call("UntagResource", on(json!({"tagKeys": ["a", "c"]}))).await.unwrap();
        let left = owner.call("ListTagsForResource", on(json!({}))).await.unwrap();
        assert_eq!(left, json!({"tags": [{"key": "b", "value": ""}]}));
        let reserved = json!({"tags": [{"key": "AWS:x", "value": "1"}]});
        check_failure(owner.call("TagResource", on(reserved)).await, "ValidationException", "reserved");
        let many: Vec<_> = (0..50).map(|n| json!({"key": format!("k{n}"), "value": ""})).collect();
        let many = owner.call("TagResource", on(json!({"tags": many}))).await;
        check_failure(many, "ServiceQuotaExceededException", "50 tags");
        let needed = owner.0.required_permissions(&owner.signed("TagResource", on(json!({"tags": []}))));
        assert_eq!(needed[0].context["aws:ResourceTag/b"], "", "{resource}");
    }
    let unknown = json!({"resourceArn": arn("repository/shared/none")});
    check_failure(owner.call("ListTagsForResource", unknown).await, "ResourceNotFoundException", "none");
}

#[tokio::test(start_paused = true)]
async fn a_token_lasts_as_long_as_is_asked_for() {
    let owner = owner().await;
    let now = owner.0.context().clock.now().as_second();
    let mut tokens = Vec::new();
    for (asked, seconds) in
        [(json!(null), 43_200), (json!(0), 3600), (json!(900), 900), (json!(43_200), 43_200)]
    {
        let token = owner.inside("GetAuthorizationToken", json!({"durationSeconds": asked})).await.unwrap();
        let lasts = token["expiration"].as_f64().unwrap()
            - emulator_core::epoch_seconds(jiff::Timestamp::from_second(now).unwrap());
        assert!((lasts - f64::from(seconds)).abs() < 2.0, "{asked}: {token}");
        tokens.push(token["authorizationToken"].as_str().unwrap().to_owned());
    }
    tokens.sort_unstable();
    tokens.dedup();
    assert_eq!(tokens.len(), 4, "no token is given twice");
    for asked in [-1, 1, 899, 43_201] {
        let refused = owner.inside("GetAuthorizationToken", json!({"durationSeconds": asked})).await;
        check_failure(refused, "ValidationException", "");
    }
    let unknown = owner.call("GetAuthorizationToken", json!({"domain": "none"})).await;
    check_failure(unknown, "ResourceNotFoundException", "'none'");
    let mut root = owner.signed("GetAuthorizationToken", json!({"domain": "shared"}));
    root.caller.arn = format!("arn:aws:iam::{OWNER}:root");
    check_failure(owner.0.answer(root).await, "AccessDeniedException", "root user");
}
