//! Pipelines with a zip in S3 as their source, a role of their own and a role for `CloudFormation`.

use crate::clean_up::clients::Clients;
use crate::cli::aws;
use crate::harness::cloud;
use anyhow::Context;
use serde_json::{Value, json};
use std::io::Write;

/// Makes a parameter of Systems Manager.
const TEMPLATE: &str = r#"{
  "Parameters": {"Name": {"Type": "String"}, "Text": {"Type": "String"}, "Bucket": {"Type": "String", "Default": "none"}},
  "Resources": {"Entry": {
    "Type": "AWS::SSM::Parameter",
    "Properties": {"Name": {"Ref": "Name"}, "Type": "String", "Value": {"Fn::Sub": "${Text} ${Bucket}"}}
  }},
  "Outputs": {"Name": {"Value": {"Ref": "Entry"}}, "Value": {"Value": {"Fn::GetAtt": ["Entry", "Value"]}}}
}"#;

pub(super) struct PipelineFixture {
    pub(super) name: &'static str,
    clients: Clients,
    role: String,
    /// The role that `CloudFormation` acts as.
    pub(super) deploy_role: String,
}

impl PipelineFixture {
    /// `name` must be unique among the tests.
    pub(super) async fn new(name: &'static str) -> anyhow::Result<Self> {
        let clients = Clients::root(cloud().await).await;
        for bucket in [format!("{name}-source"), format!("{name}-artifacts")] {
            clients.s3.create_bucket().bucket(bucket).send().await?;
        }
        let source = format!("{name}-source");
        let versioning = ["s3api", "put-bucket-versioning", "--versioning-configuration", "Status=Enabled"];
        aws(&[&versioning[..], &["--bucket", &source]].concat()).await?;
        let configuration =
            json!({"Parameters": {"Name": "replaced", "Text": "configured"}, "Tags": {"of": name}});
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        for (path, text) in [("stack.json", TEMPLATE), ("conf/stack.json", &configuration.to_string())] {
            zip.start_file(path, options)?;
            zip.write_all(text.as_bytes())?;
        }
        let body = zip.finish()?.into_inner();
        clients.s3.put_object().bucket(&source).key("source.zip").body(body.into()).send().await?;
        let parameters =
            ["ssm:PutParameter", "ssm:DeleteParameter", "ssm:GetParameters", "ssm:AddTagsToResource"];
        let deploy_role =
            role(&clients, &format!("{name}-deploy"), "cloudformation", &parameters, "*").await?;
        let actions = [
            "cloudformation:CreateChangeSet",
            "cloudformation:CreateStack",
            "cloudformation:DeleteChangeSet",
            "cloudformation:DeleteStack",
            "cloudformation:DescribeChangeSet",
            "cloudformation:DescribeStackEvents",
            "cloudformation:DescribeStacks",
            "cloudformation:ExecuteChangeSet",
            "cloudformation:UpdateStack",
            "s3:GetObject",
            "s3:GetObjectVersion",
            "s3:PutObject",
        ];
        let role_name = format!("{name}-pipeline");
        let made = role(&clients, &role_name, "codepipeline", &actions, "*").await?;
        let pass = statement(&["iam:PassRole"], &deploy_role).to_string();
        let put =
            clients.iam.put_role_policy().role_name(&role_name).policy_name("pass").policy_document(pass);
        put.send().await?;
        Ok(Self { name, clients, role: made, deploy_role })
    }

    /// An action on the stack `STACK`, with these properties of its configuration.
    pub(super) fn action(&self, name: &str, mode: &str, stack: &str, more: &Value) -> Value {
        let mut configuration = json!({"ActionMode": mode, "StackName": stack, "RoleArn": self.deploy_role});
        if !matches!(mode, "DELETE_ONLY" | "CHANGE_SET_EXECUTE") {
            configuration["TemplatePath"] = "Source::stack.json".into();
        }
        for (key, value) in more.as_object().into_iter().flatten() {
            configuration[key] = value.clone();
        }
        json!({
            "name": name,
            "actionTypeId": {"category": "Deploy", "owner": "AWS", "provider": "CloudFormation", "version": "1"},
            "configuration": configuration,
            "inputArtifacts": [{"name": "Source"}],
        })
    }

    /// Makes a pipeline, which starts by itself; its name. With an action in another Region, it has an artifact store there too.
    pub(super) async fn pipeline(&self, case: &str, stages: &[(&str, Vec<Value>)]) -> anyhow::Result<String> {
        let name = format!("{}-{case}", self.name);
        let source = json!({
            "name": "Source",
            "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"},
            "configuration": {"S3Bucket": format!("{}-source", self.name), "S3ObjectKey": "source.zip"},
            "outputArtifacts": [{"name": "Source"}],
        });
        let mut all = vec![json!({"name": "Source", "actions": [source]})];
        all.extend(stages.iter().map(|(name, actions)| json!({"name": name, "actions": actions})));
        let home = json!({"type": "S3", "location": format!("{}-artifacts", self.name)});
        let mut declared = json!({"name": name, "roleArn": self.role, "stages": all});
        let mut actions = stages.iter().flat_map(|(_, actions)| actions);
        match actions.find_map(|action| action["region"].as_str()) {
            None => declared["artifactStore"] = home,
            Some(region) => {
                let bucket = format!("{}-artifacts-{region}", self.name);
                aws(&["s3", "mb", &format!("s3://{bucket}"), "--region", region]).await?;
                let there = json!({"type": "S3", "location": bucket});
                declared["artifactStores"] = json!({"us-east-1": home, region: there});
            }
        }
        aws(&["codepipeline", "create-pipeline", "--pipeline", &declared.to_string()]).await?;
        Ok(name)
    }

    /// What the role of `CloudFormation` may not do from now on, or may again with no action.
    pub(super) async fn deny(&self, action: Option<&str>) -> anyhow::Result<()> {
        let role = format!("{}-deploy", self.name);
        let iam = &self.clients.iam;
        match action {
            Some(action) => {
                let mut denied = statement(&[action], "*");
                denied["Statement"][0]["Effect"] = "Deny".into();
                let put = iam.put_role_policy().role_name(role).policy_name("denied");
                put.policy_document(denied.to_string()).send().await?;
            }
            None => {
                iam.delete_role_policy().role_name(role).policy_name("denied").send().await?;
            }
        }
        Ok(())
    }
}

fn statement(actions: &[&str], resource: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": resource}]})
}

/// Makes a role of a service; its ARN.
async fn role(
    clients: &Clients,
    name: &str,
    service: &str,
    actions: &[&str],
    resource: &str,
) -> anyhow::Result<String> {
    let principal = json!({"Service": format!("{service}.amazonaws.com")});
    let trust = json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"});
    let trust = json!({"Version": "2012-10-17", "Statement": [trust]}).to_string();
    let made = clients.iam.create_role().role_name(name).assume_role_policy_document(trust).send().await?;
    let policy = statement(actions, resource).to_string();
    clients.iam.put_role_policy().role_name(name).policy_name("own").policy_document(policy).send().await?;
    Ok(made.role.context("no role")?.arn)
}

/// The value of a parameter of Systems Manager, if there is one.
pub(super) async fn parameter(name: &str) -> anyhow::Result<Option<String>> {
    let found = aws(&["ssm", "get-parameters", "--names", name]).await?;
    Ok(found["Parameters"][0]["Value"].as_str().map(str::to_owned))
}

/// The status of a stack, if there is one.
pub(super) async fn stack_status(name: &str) -> Option<String> {
    let describe = ["cloudformation", "describe-stacks", "--stack-name", name];
    let found = aws(&describe).await.ok()?;
    found["Stacks"][0]["StackStatus"].as_str().map(str::to_owned)
}
