//! What the portfolio and its launch role refuse, before anything is made.

use super::super::roles::{denied, session_of};
use super::{Team, told};
use crate::cli::{aws, aws_as};
use crate::harness::run;
use anyhow::ensure;
use serde_json::json;

const USER_PROFILE: &str = "UserProfileProductId";
const NOTEBOOK: &str = "NotebookProductId";

#[test]
fn what_is_not_allowed_is_a_sentence_before_anything_is_made() {
    run(async {
        let team = Team::new("team-limits").await?;
        let named = [("UserProfileName", "alice")];
        let notebook = [("NotebookName", "team-limits-none")];
        for (product, given, words) in [
            (USER_PROFILE, vec![("UserProfileName", "-")], "up to 63 letters, digits and hyphens"),
            (USER_PROFILE, vec![named[0], ("EnvName", "other")], "EnvName must be team-limits"),
            (
                USER_PROFILE,
                vec![named[0], ("InstanceType", "ml.p4d.24xlarge")],
                "InstanceType must be one of",
            ),
            (
                USER_PROFILE,
                vec![named[0], ("ExecutionRoleArn", "arn:aws:iam::111122223333:role/Admin")],
                "ExecutionRoleArn must be left empty",
            ),
            (USER_PROFILE, vec![named[0], ("SpaceStorageGb", "1")], "SpaceStorageGb"),
            (USER_PROFILE, vec![named[0], ("DomainId", "studio")], "the id of a domain"),
            (NOTEBOOK, vec![notebook[0], ("InstanceType", "ml.p4d.24xlarge")], "InstanceType must be one of"),
            (NOTEBOOK, vec![notebook[0], ("EnvType", "prod")], "EnvType must be dev"),
            (NOTEBOOK, vec![notebook[0], ("IdleMinutes", "1")], "IdleMinutes"),
            (NOTEBOOK, vec![notebook[0], ("SubnetIndex", "9")], "SubnetIndex"),
            (NOTEBOOK, vec![], "NotebookName"),
        ] {
            let name = team.named("refused");
            told(team.provision(&team.alice, product, &name, &given).await, words)?;
            // A record of a failure may leave a product in error, which is ended at once.
            team.terminate(&team.alice, &name).await.ok();
        }
        let domain = team.domain()?;
        let profiles = ["sagemaker", "list-user-profiles", "--domain-id-equals", domain];
        let profiles = aws(&[&profiles[..], &["--query", "UserProfiles[].UserProfileName"]].concat()).await?;
        ensure!(profiles == json!(["team-limits-dev-us-east-1-user-profile"]), "{profiles}");

        launch_role(&team).await?;
        // Who is no principal of the portfolio launches nothing.
        let paths = ["servicecatalog", "list-launch-paths", "--product-id", &team.portfolio[NOTEBOOK]];
        let source = "arn:aws:sagemaker:us-east-1:111122223333:domain/d-1";
        for role in ["SageMakerExecutionRoleArn", "SageMakerNotebookRoleArn"] {
            let session = session_of(&team.roles[role], "sagemaker.amazonaws.com", source).await?;
            ensure!(aws_as(&session, &paths).await.is_err(), "{role} launches products");
        }
        team.tear_down().await
    });
}

/// With the constraints taken off, the launch role makes no more than they allow.
async fn launch_role(team: &Team) -> anyhow::Result<()> {
    let source = "arn:aws:catalog:us-east-1:111122223333:product/prod-1";
    ensure!(
        session_of(&team.launch_role, "cloudformation.amazonaws.com", source).await.is_err(),
        "it trusts others"
    );
    let launch = session_of(&team.launch_role, "servicecatalog.amazonaws.com", source).await?;
    let subnets = team.network.output("PrivateSubnetIds")?;
    let subnet = subnets.split(',').next().unwrap_or_default();
    let group = team.network.output("SageMakerSecurityGroupIds")?;
    let key = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555";
    let good = [
        ("--notebook-instance-name", "team-limits-launch"),
        ("--instance-type", "ml.t3.medium"),
        ("--role-arn", &*team.roles["SageMakerNotebookRoleArn"]),
        ("--direct-internet-access", "Disabled"),
        ("--root-access", "Disabled"),
        ("--subnet-id", subnet),
        ("--security-group-ids", group),
        ("--kms-key-id", key),
    ];
    let administrator = "arn:aws:iam::111122223333:role/Admin";
    for (option, other) in [
        ("--instance-type", Some("ml.p4d.24xlarge")),
        ("--role-arn", Some(administrator)),
        ("--direct-internet-access", Some("Enabled")),
        ("--root-access", Some("Enabled")),
        ("--security-group-ids", None),
        ("--kms-key-id", None),
    ] {
        let mut command = vec!["sagemaker", "create-notebook-instance"];
        for (name, value) in good {
            match other {
                _ if name != option => command.extend([name, value]),
                Some(other) => command.extend([name, other]),
                None => {}
            }
        }
        command.extend(["--tags", "Key=EnvironmentName,Value=team-limits", "Key=EnvironmentType,Value=dev"]);
        denied(aws_as(&launch, &command).await)?;
    }
    let mut untagged = vec!["sagemaker", "create-notebook-instance"];
    untagged.extend(good.iter().flat_map(|(name, value)| [*name, *value]));
    denied(aws_as(&launch, &untagged).await)?;
    let domain = ["--domain-id", team.domain()?];
    let profile = ["sagemaker", "create-user-profile", "--user-profile-name", "x"];
    let settings = format!("ExecutionRole={administrator}");
    denied(aws_as(&launch, &[&profile[..], &domain, &["--user-settings", &settings]].concat()).await)?;
    denied(aws_as(&launch, &[&profile[..], &["--domain-id", "d-other"]].concat()).await)?;
    denied(aws_as(&launch, &[&["sagemaker", "delete-domain"][..], &domain].concat()).await)
}
