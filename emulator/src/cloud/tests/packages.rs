//! `CodeArtifact` with IAM: its REST protocol as the AWS command line speaks it, policies of domains and repositories, its types of
//! `CloudFormation`.

use super::organizations::{account, administrator};
use super::stacks::{Stacks, template};
use super::studio::{aws, aws_as};
use crate::{Cloud, Options};
use serde_json::{Value, json};

const DOMAIN: &str = "--domain shared --domain-owner 111122223333";

/// The access key of a new user, with these statements as its policy.
async fn user(cloud: &Cloud, name: &str, statements: &Value) -> Value {
    aws(cloud, &format!("iam create-user --user-name {name}")).await.unwrap();
    if statements != &json!([]) {
        let document = json!({"Version": "2012-10-17", "Statement": statements});
        let put =
            format!("iam put-user-policy --user-name {name} --policy-name own --policy-document {document}");
        aws(cloud, &put).await.unwrap();
    }
    aws(cloud, &format!("iam create-access-key --user-name {name}")).await.unwrap()["AccessKey"].take()
}

async fn refused(cloud: &Cloud, credentials: &Value, command: &str, part: &str) {
    let told = aws_as(cloud, credentials, command).await.unwrap_err();
    assert!(told.contains(part), "{command}: {told}");
}

/// A policy with an Allow of these actions to this principal under this condition.
fn allow(actions: &[&str], principal: &Value, condition: &Value) -> String {
    let statement = json!({
        "Effect": "Allow", "Principal": principal, "Action": actions, "Resource": "*", "Condition": condition,
    });
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

#[tokio::test]
async fn the_rest_protocol_is_spoken_and_policies_are_enforced() {
    let cloud = Cloud::start(Options::default()).await.unwrap();
    let tags = "--tags key=Team,value=ds";
    let made = aws(&cloud, &format!("codeartifact create-domain --domain shared {tags}")).await.unwrap();
    assert_eq!(made["domain"]["arn"], "arn:aws:codeartifact:us-east-1:111122223333:domain/shared");
    for name in ["store", "pypi"] {
        let create = format!("codeartifact create-repository {DOMAIN} --repository {name}");
        aws(&cloud, &create).await.unwrap();
    }
    let connect = "--repository store --external-connection public:pypi";
    aws(&cloud, &format!("codeartifact associate-external-connection {DOMAIN} {connect}")).await.unwrap();
    let listed = aws(&cloud, "codeartifact list-repositories --max-items 1 --page-size 1").await.unwrap();
    assert_eq!(listed["repositories"][0]["name"], "pypi");

    let [(_, id), (_, secret)] = cloud.root_variables();
    let root = json!({"AccessKeyId": id, "SecretAccessKey": secret});
    let token = format!("codeartifact get-authorization-token {DOMAIN}");
    refused(&cloud, &root, &token, "(AccessDeniedException)").await;
    refused(&cloud, &root, "codeartifact describe-domain --domain none", "(ResourceNotFoundException)").await;
    refused(&cloud, &root, "codeartifact create-domain --domain shared", "(ConflictException)").await;
    refused(&cloud, &root, "codeartifact list-packages --domain shared --repository pypi", "does not serve")
        .await;

    // A token is one of the Security Token Service, too, and is for this service only.
    let domain = "arn:aws:codeartifact:us-east-1:111122223333:domain/shared";
    let get = json!({"Effect": "Allow", "Action": "codeartifact:GetAuthorizationToken", "Resource": domain});
    let bearer = |service: &str| {
        let condition = json!({"StringEquals": {"sts:AWSServiceName": service}});
        json!({"Effect": "Allow", "Action": "sts:GetServiceBearerToken", "Resource": "*", "Condition": condition})
    };
    let half = user(&cloud, "half", &json!([get, bearer("other.amazonaws.com")])).await;
    refused(&cloud, &half, &token, "not authorized to perform: sts:GetServiceBearerToken").await;
    let whole = user(&cloud, "whole", &json!([get, bearer("codeartifact.amazonaws.com")])).await;
    let got = aws_as(&cloud, &whole, &format!("{token} --duration-seconds 900")).await.unwrap();
    assert!(
        got["authorizationToken"].as_str().unwrap().len() > 100 && got["expiration"].is_number(),
        "{got}"
    );
    let calls = cloud.recorder().since(0);
    let statuses = |operation: &str| -> Vec<u16> {
        let of = calls.iter().filter(|call| call.service == "codeartifact" && call.operation == operation);
        of.map(|call| call.status).collect()
    };
    assert_eq!(statuses("CreateDomain"), [200, 409]);
    assert_eq!(statuses("DescribeDomain"), [404]);
    assert_eq!(statuses("GetAuthorizationToken"), [403, 403, 200]);

    // In the account of the owner, the policy of the resource is enough, and a Deny in it wins.
    let none = user(&cloud, "none", &json!([])).await;
    let endpoint = format!("codeartifact get-repository-endpoint {DOMAIN} --repository pypi --format pypi");
    refused(&cloud, &none, &endpoint, "no identity-based policy allows").await;
    let caller = json!({"AWS": "arn:aws:iam::111122223333:user/none"});
    let document = allow(&["codeartifact:GetRepositoryEndpoint"], &caller, &json!({}));
    let put = format!(
        "codeartifact put-repository-permissions-policy {DOMAIN} --repository pypi --policy-document"
    );
    aws(&cloud, &format!("{put} {document}")).await.unwrap();
    let found = aws_as(&cloud, &none, &endpoint).await.unwrap();
    let expected = "https://shared-111122223333.d.codeartifact.us-east-1.amazonaws.com/pypi/pypi/";
    assert_eq!(found["repositoryEndpoint"], expected);
    let document = document.replace("Allow", "Deny");
    aws(&cloud, &format!("{put} {document}")).await.unwrap();
    refused(&cloud, &none, &endpoint, "explicit deny in a resource-based policy").await;

    // Faults have the errors of the service.
    let fault =
        json!({"kind": "throttle", "service": "codeartifact", "operation": "ListDomains", "times": 9});
    cloud.faults().plan(serde_json::from_value(fault).unwrap());
    refused(&cloud, &whole, "codeartifact list-domains", "(ThrottlingException)").await;
    cloud.stop().await;
}

#[tokio::test]
async fn another_account_reads_what_the_policies_of_both_allow() {
    let cloud = Cloud::start(Options { speed: 60.0, ..Options::default() }).await.unwrap();
    let organization = aws(&cloud, "organizations create-organization").await.unwrap()["Organization"].take();
    aws(&cloud, "iam create-user --user-name organizer").await.unwrap();
    let attach = "iam attach-user-policy --user-name organizer --policy-arn arn:aws:iam::aws:policy/AdministratorAccess";
    aws(&cloud, attach).await.unwrap();
    let member = account(&cloud, "reader").await;
    let reader = administrator(&cloud, &member).await;
    aws(&cloud, "codeartifact create-domain --domain shared").await.unwrap();
    aws(&cloud, &format!("codeartifact create-repository {DOMAIN} --repository pypi")).await.unwrap();

    let token = format!("codeartifact get-authorization-token {DOMAIN}");
    let endpoint = format!("codeartifact get-repository-endpoint {DOMAIN} --repository pypi --format pypi");
    for command in [&token, &endpoint] {
        refused(&cloud, &reader, command, "no resource-based policy allows").await;
    }
    refused(&cloud, &reader, "codeartifact describe-domain --domain shared", "(ResourceNotFoundException)")
        .await;
    // What does not exist looks the same.
    let none = "codeartifact describe-domain --domain none --domain-owner 111122223333";
    refused(&cloud, &reader, none, "no resource-based policy allows").await;

    let of_organization = json!({"StringEquals": {"aws:PrincipalOrgID": organization["Id"]}});
    let document = allow(&["codeartifact:GetAuthorizationToken"], &json!("*"), &of_organization);
    let put = format!("codeartifact put-domain-permissions-policy {DOMAIN} --policy-document {document}");
    aws(&cloud, &put).await.unwrap();
    aws_as(&cloud, &reader, &token).await.unwrap();
    refused(&cloud, &reader, &endpoint, "no resource-based policy allows").await;
    let of_account = json!({"StringEquals": {"aws:PrincipalAccount": member}});
    let document = allow(&["codeartifact:GetRepositoryEndpoint"], &json!("*"), &of_account);
    let put = format!(
        "codeartifact put-repository-permissions-policy {DOMAIN} --repository pypi --policy-document {document}"
    );
    aws(&cloud, &put).await.unwrap();
    aws_as(&cloud, &reader, &endpoint).await.unwrap();
    cloud.stop().await;
}

/// A domain with two repositories and a package group.
fn packages(description: &str, connections: &[&str], publish: &Value, policy: &Value) -> Value {
    let mut body = template(&json!({
        "Domain": {"Type": "AWS::CodeArtifact::Domain", "Properties": {
            "DomainName": "made", "EncryptionKey": "arn:aws:kms:us-east-1:111122223333:key/1",
            "PermissionsPolicyDocument": policy, "Tags": [{"Key": "For", "Value": description}],
        }},
        "Store": {"Type": "AWS::CodeArtifact::Repository", "Properties": {
            "DomainName": {"Fn::GetAtt": ["Domain", "Name"]}, "RepositoryName": "store", "ExternalConnections": connections,
        }},
        "Pypi": {"Type": "AWS::CodeArtifact::Repository", "Properties": {
            "DomainName": {"Fn::GetAtt": ["Domain", "Name"]}, "RepositoryName": "pypi", "Description": description,
            "Upstreams": [{"Fn::GetAtt": ["Store", "Name"]}],
        }},
        "Group": {"Type": "AWS::CodeArtifact::PackageGroup", "Properties": {
            "DomainName": {"Fn::GetAtt": ["Domain", "Name"]}, "Pattern": "/pypi//acme~", "Description": description,
            "OriginConfiguration": {"Restrictions": {"Publish": publish}},
        }},
    }));
    let outputs = [("Domain", "Ref"), ("Pypi", "Ref"), ("Group", "Ref")];
    let outputs = outputs.map(|(name, function)| (name.to_owned(), json!({"Value": {function: name}})));
    body["Outputs"] = Value::Object(outputs.into_iter().collect());
    let owner = json!({"Value": {"Fn::Join": ["/", [{"Fn::GetAtt": ["Domain", "Owner"]}, {"Fn::GetAtt": ["Domain", "EncryptionKey"]}]]}});
    body["Outputs"]["Owner"] = owner;
    body
}

#[tokio::test]
async fn stacks_make_change_and_delete_what_keeps_packages() {
    let stacks = Stacks::start().await;
    let cloud = &stacks.cloud;
    let specific = |logical_ids: &[&str]| {
        let names: Vec<_> = logical_ids.iter().map(|id| json!({"Fn::GetAtt": [id, "Name"]})).collect();
        json!({"RestrictionMode": "ALLOW_SPECIFIC_REPOSITORIES", "Repositories": names})
    };
    let policy =
        serde_json::from_str(&allow(&["codeartifact:DescribeDomain"], &json!("*"), &json!({}))).unwrap();
    stacks.create("s", &packages("one", &["public:npmjs"], &specific(&["Store"]), &policy)).await;
    stacks.settle("s", "CREATE_COMPLETE").await;
    let stack = stacks.describe("s").await;
    let output = |name: &str| {
        let found = stack.outputs().iter().find(|output| output.output_key() == Some(name));
        found.and_then(|output| output.output_value()).unwrap().to_owned()
    };
    let arn = |resource: &str| format!("arn:aws:codeartifact:us-east-1:111122223333:{resource}");
    assert_eq!(output("Domain"), arn("domain/made"));
    assert_eq!(output("Pypi"), arn("repository/made/pypi"));
    assert_eq!(output("Group"), arn("package-group/made/pypi//acme%7e"));
    assert_eq!(output("Owner"), "111122223333/arn:aws:kms:us-east-1:111122223333:key/1");
    let repository = async |name: &str| {
        let describe = format!("codeartifact describe-repository --domain made --repository {name}");
        aws(cloud, &describe).await.unwrap()["repository"].take()
    };
    let group = async || {
        let describe = "codeartifact describe-package-group --domain made --package-group /pypi//acme~";
        aws(cloud, describe).await.unwrap()["packageGroup"].take()
    };
    let allowed = async || {
        let list = "codeartifact list-allowed-repositories-for-group --domain made --package-group /pypi//acme~ \
                    --origin-restriction-type PUBLISH";
        aws(cloud, list).await.unwrap()["allowedRepositories"].take()
    };
    let get_policy = "codeartifact get-domain-permissions-policy --domain made";
    assert_eq!(repository("store").await["externalConnections"][0]["externalConnectionName"], "public:npmjs");
    assert_eq!(repository("pypi").await["upstreams"], json!([{"repositoryName": "store"}]));
    assert_eq!(allowed().await, json!(["store"]));
    let held = aws(cloud, get_policy).await.unwrap()["policy"]["document"].take();
    assert_eq!(serde_json::from_str::<Value>(held.as_str().unwrap()).unwrap(), policy);

    let none = json!({"Ref": "AWS::NoValue"});
    stacks.update("s", &packages("two", &["public:pypi"], &specific(&["Pypi"]), &none)).await;
    stacks.settle("s", "UPDATE_COMPLETE").await;
    assert_eq!(repository("store").await["externalConnections"][0]["externalConnectionName"], "public:pypi");
    assert_eq!(
        (&repository("pypi").await["description"], &group().await["description"]),
        (&json!("two"), &json!("two"))
    );
    assert_eq!(allowed().await, json!(["pypi"]));
    assert!(aws(cloud, get_policy).await.unwrap_err().contains("(ResourceNotFoundException)"));
    let tags = format!("codeartifact list-tags-for-resource --resource-arn {}", output("Domain"));
    let tags = aws(cloud, &tags).await.unwrap()["tags"].take();
    assert_eq!(tags, json!([{"key": "For", "value": "two"}]));
    let blocked = json!({"RestrictionMode": "BLOCK"});
    stacks.update("s", &packages("two", &[], &blocked, &none)).await;
    stacks.settle("s", "UPDATE_COMPLETE").await;
    assert_eq!(
        (repository("store").await["externalConnections"].take(), allowed().await),
        (json!([]), json!([]))
    );
    assert_eq!(group().await["originConfiguration"]["restrictions"]["PUBLISH"]["mode"], "BLOCK");

    // What other tools made in the domain keeps it, and the stack says so.
    aws(cloud, "codeartifact create-repository --domain made --repository other").await.unwrap();
    stacks.client.delete_stack().stack_name("s").send().await.unwrap();
    stacks.settle("s", "DELETE_FAILED").await;
    aws(cloud, "codeartifact delete-repository --domain made --repository other").await.unwrap();
    stacks.client.delete_stack().stack_name("s").send().await.unwrap();
    super::until("the stack is gone", async || {
        stacks.client.describe_stacks().stack_name("s").send().await.is_err()
    })
    .await;
    assert_eq!(aws(cloud, "codeartifact list-domains").await.unwrap()["domains"], json!([]));
    let log = std::fs::read_to_string(cloud.state().join("ministack.log")).unwrap();
    assert!(!log.contains("Traceback"), "{log}");
    stacks.cloud.stop().await;
}
