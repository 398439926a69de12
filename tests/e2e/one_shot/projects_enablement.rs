//! Projects are enabled by a stack, whose roles get access to SageMaker's portfolio and lose it with the stack.

use super::{function, refused};
use crate::cli::aws;
use crate::harness::{cloud, run};
use crate::permissions::{check_both_ways, unused};
use anyhow::{Context, ensure};
use emulator::deploy;
use serde_json::Value;
use tokio::sync::{Mutex, MutexGuard};

const USER: &str = "
AWSTemplateFormatVersion: '2010-09-09'
Parameters: {Function: {Type: String}, Arns: {Type: CommaDelimitedList}}
Resources:
  Projects:
    Type: Custom::SageMakerProjects
    Properties: {ServiceToken: !Ref Function, ServiceTimeout: 300, RoleArns: !Ref Arns}
Outputs:
  Portfolio: {Value: !GetAtt Projects.PortfolioId}
";

/// Who has access to a portfolio.
pub(crate) async fn principals(portfolio: &str) -> anyhow::Result<Vec<String>> {
    let list = ["servicecatalog", "list-principals-for-portfolio", "--portfolio-id", portfolio];
    let listed = aws(&list).await?;
    let listed = listed["Principals"].as_array().context("no principals")?;
    let mut arns: Vec<_> =
        listed.iter().filter_map(|it| it["PrincipalARN"].as_str().map(str::to_owned)).collect();
    arns.sort_unstable();
    Ok(arns)
}

/// The account's portfolio for projects, of which there is only one: for one test at a time, and disabled, so that the
/// function must enable it.
pub(crate) async fn portfolio() -> anyhow::Result<MutexGuard<'static, ()>> {
    static PORTFOLIO: Mutex<()> = Mutex::const_new(());
    let held = PORTFOLIO.lock().await;
    aws(&["sagemaker", "disable-sagemaker-servicecatalog-portfolio"]).await?;
    Ok(held)
}

async fn status() -> anyhow::Result<Value> {
    Ok(aws(&["sagemaker", "get-sagemaker-servicecatalog-portfolio-status"]).await?["Status"].take())
}

#[test]
fn roles_use_the_templates_of_projects_as_long_as_the_stack_says_so() {
    run(async {
        let cloud = cloud().await;
        let deployed = function("projects-enablement").await?;
        let _held = portfolio().await?;
        let account = &cloud.context().account;
        let role = |name: &str| format!("arn:aws:iam::{account}:role/projects/{name}");
        let trust = r#"{"Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#;
        for name in ["projects-one", "projects-two"] {
            let create = ["iam", "create-role", "--path", "/projects/", "--role-name", name];
            aws(&[&create[..], &["--assume-role-policy-document", trust]].concat()).await?;
        }
        let pattern = "arn:aws:iam:::role/projects-*".to_owned();
        let (one, two) = (role("projects-one"), role("projects-two"));
        let ask = |arns: &[&str]| deploy::named([("Arns", &*arns.join(","))]);
        let mut parameters = ask(&[&one, &pattern]);
        parameters.extend(deploy::named([("Function", deployed.output("FunctionArn")?)]));
        let user = deploy::create(cloud, "projects-user", USER, parameters, |_| ()).await?;
        let portfolio = user.output("Portfolio")?.to_owned();
        ensure!(portfolio.starts_with("port-") && status().await? == "Enabled", "{:?}", user.outputs);
        let before = principals(&portfolio).await?;
        ensure!(before.contains(&one) && before.contains(&pattern) && !before.contains(&two), "{before:?}");

        let user = deploy::update(cloud, &user, USER, ask(&[&two, &pattern]), |_| ()).await?;
        let after = principals(&portfolio).await?;
        ensure!(!after.contains(&one) && after.contains(&pattern) && after.contains(&two), "{after:?}");

        for (arn, part) in [
            ("projects-one", "RoleArns holds `projects-one`: each must be the ARN of a role of account"),
            ("arn:aws:iam::999999999999:role/theirs", "each must be the ARN of a role of account"),
        ] {
            let told = refused(deploy::update(cloud, &user, USER, ask(&[arn]), |_| ()).await)?;
            ensure!(told.contains(part), "{told}");
        }
        deploy::delete(cloud, &user, |_| ()).await?;
        let left = principals(&portfolio).await?;
        ensure!(!left.contains(&pattern) && !left.contains(&two), "{left:?}");
        ensure!(status().await? == "Enabled", "the portfolio belongs to the account, and not to the stack");
        check_both_ways(cloud, &deployed.stack, unused::LOOK_UP).await?;
        deploy::delete(cloud, &deployed, |_| ()).await
    });
}
