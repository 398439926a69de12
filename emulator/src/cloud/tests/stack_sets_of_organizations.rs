//! Stack sets of an organization, whose permissions the service manages: in the accounts of its units.

use super::organizations::{account, administrator};
use super::stack_sets::{cloud, root, run, template};
use super::studio::{aws, aws_as};
use crate::Cloud;
use serde_json::Value;

pub(super) const PRINCIPAL: &str = "member.org.stacksets.cloudformation.amazonaws.com";

async fn made(cloud: &Cloud, command: &str, pointer: &str) -> String {
    let answer = aws(cloud, &format!("organizations {command}")).await.unwrap();
    answer.pointer(pointer).and_then(Value::as_str).unwrap().to_owned()
}

/// Two units, one in the other, and an account in each.
pub(super) async fn units(cloud: &Cloud) -> (Vec<String>, Vec<String>) {
    let top = made(cloud, "list-roots", "/Roots/0/Id").await;
    let mut parent = top.clone();
    let (mut units, mut accounts) = (Vec::new(), Vec::new());
    for name in ["outer", "inner"] {
        let unit = format!("create-organizational-unit --parent-id {parent} --name {name}");
        parent = made(cloud, &unit, "/OrganizationalUnit/Id").await;
        let id = account(cloud, name).await;
        let relocate = format!(
            "organizations move-account --account-id {id} --source-parent-id {top} --destination-parent-id {parent}"
        );
        aws(cloud, &relocate).await.unwrap();
        units.push(parent.clone());
        accounts.push(id);
    }
    (units, accounts)
}

#[tokio::test]
async fn an_organization_lets_the_service_into_the_accounts_of_its_units() {
    let cloud = cloud().await;
    let create = format!(
        "cloudformation create-stack-set --stack-set-name topics --template-body {} --parameters ParameterKey=Team,ParameterValue=red \
         --permission-model SERVICE_MANAGED --auto-deployment Enabled=true,RetainStacksOnAccountRemoval=false",
        template(&cloud)
    );
    let refused = async |part: &str| {
        let told = aws(&cloud, &create).await.unwrap_err();
        assert!(told.contains("(ValidationError)") && told.contains(part), "{told}");
    };
    let no_access = "You must enable organizations access to operate a service managed stack set";
    refused(no_access).await;
    aws(&cloud, "organizations create-organization").await.unwrap();
    refused(no_access).await;
    aws(&cloud, &format!("organizations enable-aws-service-access --service-principal {PRINCIPAL}"))
        .await
        .unwrap();
    aws(&cloud, &create).await.unwrap();

    let (units, accounts) = units(&cloud).await;
    let instances = |targets: &str| {
        format!("create-stack-instances --stack-set-name topics --regions us-east-1 {targets}")
    };
    let named = format!("cloudformation {}", instances(&format!("--accounts {}", accounts[0])));
    let told = aws(&cloud, &named).await.unwrap_err();
    assert!(told.contains("can only have OrganizationalUnit as target"), "{told}");
    let filter = format!("Accounts={},AccountFilterType=DIFFERENCE", accounts[1]);
    let one = instances(&format!("--deployment-targets OrganizationalUnitIds={},{filter}", units[0]));
    let (status, results) = run(&cloud, &one).await;
    assert_eq!((status.as_str(), results.len(), &results[0][0]), ("SUCCEEDED", 1, &accounts[0]));
    let all = instances(&format!("--deployment-targets OrganizationalUnitIds={}", units[0]));
    let (status, results) = run(&cloud, &all).await;
    assert_eq!((status.as_str(), results.len()), ("SUCCEEDED", 2), "{results:?}");
    for id in &accounts {
        let stacks = aws_as(&cloud, &root(&cloud, id), "cloudformation describe-stacks").await.unwrap();
        assert_eq!(stacks["Stacks"][0]["StackStatus"], "CREATE_COMPLETE", "{stacks}");
    }
    let described = aws(&cloud, "cloudformation describe-stack-set --stack-set-name topics").await.unwrap();
    assert_eq!(described["StackSet"]["OrganizationalUnitIds"], serde_json::json!([units[0]]));

    // A closed account is left out of the next operation.
    aws(&cloud, &format!("organizations close-account --account-id {}", accounts[1])).await.unwrap();
    let update = "update-stack-set --stack-set-name topics --use-previous-template --parameters ParameterKey=Team,ParameterValue=blue";
    let (status, results) = run(&cloud, update).await;
    let mut statuses: Vec<_> = results.iter().map(|it| (it[2].as_str(), it[3].as_str())).collect();
    statuses.sort_unstable();
    assert_eq!(
        (status.as_str(), &*statuses),
        ("SUCCEEDED", &[("CANCELLED", "ACCOUNT_SUSPENDED"), ("SUCCEEDED", "")][..])
    );

    aws(&cloud, "iam create-user --user-name organizer").await.unwrap();
    let attach = "iam attach-user-policy --user-name organizer --policy-arn arn:aws:iam::aws:policy/AdministratorAccess";
    aws(&cloud, attach).await.unwrap();
    // A member acts for the organization once that is delegated to it.
    let member = administrator(&cloud, &accounts[0]).await;
    let own = create.replace("topics", "own");
    let told = aws_as(&cloud, &member, &own).await.unwrap_err();
    assert!(told.contains("You must be the management account or delegated admin account"), "{told}");
    let own = format!("{own} --call-as DELEGATED_ADMIN");
    let told = aws_as(&cloud, &member, &own).await.unwrap_err();
    assert!(told.contains("delegated admin account of an organization"), "{told}");
    let register = format!(
        "organizations register-delegated-administrator --account-id {} --service-principal {PRINCIPAL}",
        accounts[0]
    );
    aws(&cloud, &register).await.unwrap();
    aws_as(&cloud, &member, &own).await.unwrap();
    cloud.stop().await;
}
