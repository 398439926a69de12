//! One organization that its management account and its members see alike, called with the AWS command line.

use super::studio::{aws, aws_as};
use crate::{Cloud, Options};
use serde_json::{Value, json};

const STACK_SETS: &str = "member.org.stacksets.cloudformation.amazonaws.com";

/// Creates an account and waits until it is there. Its id.
pub(super) async fn account(cloud: &Cloud, name: &str) -> String {
    let create = format!("organizations create-account --email {name}@example.com --account-name {name}");
    let asked = aws(cloud, &create).await.unwrap()["CreateAccountStatus"].take();
    assert_eq!((&asked["State"], asked.get("AccountId")), (&json!("IN_PROGRESS"), None));
    let describe = format!(
        "organizations describe-create-account-status --create-account-request-id {}",
        asked["Id"].as_str().unwrap()
    );
    testing::until("the account is created", async || {
        let status = aws(cloud, &describe).await.unwrap()["CreateAccountStatus"].take();
        (status["State"] == "SUCCEEDED").then(|| status["AccountId"].as_str().unwrap().to_owned())
    })
    .await
}

/// Credentials of the role that the management account has in an account.
pub(super) async fn administrator(cloud: &Cloud, account: &str) -> Value {
    let assume = format!(
        "sts assume-role --role-session-name test --role-arn arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
    );
    // The root user cannot assume roles.
    let user = aws(cloud, "iam create-access-key --user-name organizer").await.unwrap()["AccessKey"].take();
    let session = aws_as(cloud, &user, &assume).await.unwrap()["Credentials"].take();
    let delete = format!(
        "iam delete-access-key --user-name organizer --access-key-id {}",
        user["AccessKeyId"].as_str().unwrap()
    );
    aws(cloud, &delete).await.unwrap();
    session
}

async fn refused(cloud: &Cloud, credentials: &Value, command: &str, part: &str) {
    let told = aws_as(cloud, credentials, command).await.unwrap_err();
    assert!(told.contains(part), "{command}: {told}");
}

#[tokio::test]
async fn members_see_the_organization_and_only_administrators_its_tree() {
    let cloud = Cloud::start(Options { speed: 60.0, ..Options::default() }).await.unwrap();
    let told = aws(&cloud, "organizations describe-organization").await.unwrap_err();
    assert!(told.contains("(AWSOrganizationsNotInUseException)"), "{told}");
    let organization = aws(&cloud, "organizations create-organization").await.unwrap()["Organization"].take();
    assert_eq!(organization["MasterAccountId"], "111122223333");
    aws(&cloud, "iam create-user --user-name organizer").await.unwrap();
    let attach = "iam attach-user-policy --user-name organizer --policy-arn arn:aws:iam::aws:policy/AdministratorAccess";
    aws(&cloud, attach).await.unwrap();

    let root =
        aws(&cloud, "organizations list-roots").await.unwrap()["Roots"][0]["Id"].as_str().unwrap().to_owned();
    let unit = format!("organizations create-organizational-unit --parent-id {root} --name staging");
    let unit = aws(&cloud, &unit).await.unwrap()["OrganizationalUnit"]["Id"].as_str().unwrap().to_owned();
    let (one, two) = (account(&cloud, "one").await, account(&cloud, "two").await);
    for id in [&one, &two] {
        let relocate = format!(
            "organizations move-account --account-id {id} --source-parent-id {root} --destination-parent-id {unit}"
        );
        aws(&cloud, &relocate).await.unwrap();
    }
    let inside = format!("organizations list-accounts-for-parent --parent-id {unit}");
    let page = aws(&cloud, &format!("{inside} --max-results 1 --no-paginate")).await.unwrap();
    assert_eq!(page["Accounts"].as_array().unwrap().len(), 1);
    let both = aws(&cloud, &inside).await.unwrap()["Accounts"].take();
    let seen: Vec<_> =
        both.as_array().unwrap().iter().map(|account| account["Id"].as_str().unwrap()).collect();
    assert!(seen.len() == 2 && seen.contains(&&*one) && seen.contains(&&*two), "{both}");
    assert_eq!((&both[0]["State"], both[0].get("Status")), (&json!("ACTIVE"), None));

    // A member knows its organization, and not who else is in it.
    let member = administrator(&cloud, &one).await;
    let same = aws_as(&cloud, &member, "organizations describe-organization").await.unwrap();
    assert_eq!(same["Organization"]["Id"], organization["Id"]);
    refused(&cloud, &member, &inside, "(AccessDeniedException)").await;
    let register = format!(
        "organizations register-delegated-administrator --account-id {one} --service-principal {STACK_SETS}"
    );
    refused(&cloud, &member, &register, "(AccessDeniedException)").await;
    aws(&cloud, &register).await.unwrap();
    let told = aws(&cloud, &register).await.unwrap_err();
    assert!(told.contains("(AccountAlreadyRegisteredException)"), "{told}");
    assert_eq!(aws_as(&cloud, &member, &inside).await.unwrap()["Accounts"], both);
    let administrators = aws(&cloud, "organizations list-delegated-administrators").await.unwrap();
    assert_eq!(administrators["DelegatedAdministrators"][0]["Id"], *one);
    aws(&cloud, &register.replace("register", "deregister")).await.unwrap();
    // The management account is no delegated administrator, so it cannot cease to be one.
    let own = register.replace("register", "deregister").replace(&one, "111122223333");
    let told = aws(&cloud, &own).await.unwrap_err();
    assert!(told.contains("(ConstraintViolationException)"), "{told}");
    refused(&cloud, &member, &inside, "(AccessDeniedException)").await;

    // A closed account is still listed.
    aws(&cloud, &format!("organizations close-account --account-id {two}")).await.unwrap();
    let describe = format!("organizations describe-account --account-id {two}");
    assert_ne!(aws(&cloud, &describe).await.unwrap()["Account"]["State"], "ACTIVE");
    let told =
        aws(&cloud, &format!("organizations delete-organizational-unit --organizational-unit-id {unit}"))
            .await
            .unwrap_err();
    assert!(told.contains("(OrganizationalUnitNotEmptyException)"), "{told}");
    cloud.stop().await;
}

#[tokio::test]
async fn a_policy_may_name_a_unit_or_the_organization_of_the_caller() {
    let cloud = Cloud::start(Options { speed: 60.0, ..Options::default() }).await.unwrap();
    let organization =
        aws(&cloud, "organizations create-organization").await.unwrap()["Organization"]["Id"].take();
    let organization = organization.as_str().unwrap();
    aws(&cloud, "iam create-user --user-name organizer").await.unwrap();
    let root = aws(&cloud, "organizations list-roots").await.unwrap()["Roots"][0].take();
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "organizations:ListChildren", "Resource": root["Arn"]},
        {"Effect": "Allow", "Action": "organizations:ListAccounts", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": organization}}},
        {"Effect": "Allow", "Action": "organizations:ListRoots", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-others"}}},
    ]});
    aws(
        &cloud,
        &format!("iam put-user-policy --user-name organizer --policy-name p --policy-document {policy}"),
    )
    .await
    .unwrap();
    let user = aws(&cloud, "iam create-access-key --user-name organizer").await.unwrap()["AccessKey"].take();
    let children = format!(
        "organizations list-children --child-type ACCOUNT --parent-id {}",
        root["Id"].as_str().unwrap()
    );
    let listed = aws_as(&cloud, &user, &children).await.unwrap();
    assert_eq!(listed["Children"], json!([{"Id": "111122223333", "Type": "ACCOUNT"}]));
    refused(
        &cloud,
        &user,
        &children.replace("list-children --child-type ACCOUNT", "list-accounts-for-parent"),
        "(AccessDeniedException)",
    )
    .await;
    aws_as(&cloud, &user, "organizations list-accounts").await.unwrap();
    refused(&cloud, &user, "organizations list-roots", "(AccessDeniedException)").await;
    cloud.stop().await;
}
