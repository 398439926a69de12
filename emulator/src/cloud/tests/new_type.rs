//! A CloudFormation type that is not there yet, added as docs/adding-an-emulated-service.md says: one row of data.

use super::stacks::{Stacks, template};
use super::studio::aws;
use super::until;
use crate::{Cloud, Options};
use serde_json::json;
use std::fs;

const ROW: &str = r#"
TYPES += (
    Type(
        name="AWS::SageMaker::MlflowTrackingServer",
        service="sagemaker",
        identity=("TrackingServerName",),
        replacing=("TrackingServerName",),
        attributes={"Arn": "arn", "Url": "TrackingServerUrl"},
        arn="TrackingServerArn",
        update=None,
        missing=("ResourceNotFound",),
        status=Status("TrackingServerStatus", ready=("Created",), pending=("Creating",)),
        tagging=Tagging(add="AddTags", remove="DeleteTags"),
    ),
)
"#;

/// A project like this one, with a row more.
fn project() -> tempfile::TempDir {
    let (ours, made) = (Options::default().project, tempfile::tempdir().unwrap());
    let folder = made.path().join("emulator/cloudformation");
    fs::create_dir_all(&folder).unwrap();
    for entry in fs::read_dir(ours.join("emulator/cloudformation")).unwrap() {
        let file = entry.unwrap();
        if file.file_type().unwrap().is_file() {
            fs::copy(file.path(), folder.join(file.file_name())).unwrap();
        }
    }
    // It names the version of ministack, which is compared when it starts.
    let versions = "emulator/requirements.txt";
    fs::copy(ours.join(versions), made.path().join(versions)).unwrap();
    let table = folder.join("resource_types.py");
    fs::write(&table, fs::read_to_string(&table).unwrap() + ROW).unwrap();
    std::os::unix::fs::symlink(ours.join(".venv"), made.path().join(".venv")).unwrap();
    made
}

#[tokio::test]
async fn a_new_type_is_a_row() {
    let project = project();
    let options = Options { project: project.path().to_owned(), speed: 60.0, ..Options::default() };
    let stacks = Stacks::on(Cloud::start(options).await.unwrap()).await;
    let trust = json!({"Statement": [{
        "Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole",
    }]});
    let role = format!("iam create-role --role-name tracks --assume-role-policy-document {trust}");
    let role = aws(&stacks.cloud, &role).await.unwrap()["Role"]["Arn"].take();
    let server = |owner: &str| {
        let mut body =
            template(&json!({"Server": {"Type": "AWS::SageMaker::MlflowTrackingServer", "Properties": {
                "TrackingServerName": "runs", "ArtifactStoreUri": "s3://artifacts/runs", "RoleArn": role,
                "Tags": [{"Key": "Owner", "Value": owner}],
            }}}));
        body["Outputs"] = json!({"Arn": {"Value": {"Fn::GetAtt": ["Server", "Arn"]}}});
        body
    };
    stacks.create("s", &server("one")).await;
    stacks.settle("s", "CREATE_COMPLETE").await;
    let arn = stacks.describe("s").await.outputs()[0].output_value().unwrap().to_owned();
    stacks.update("s", &server("two")).await;
    stacks.settle("s", "UPDATE_COMPLETE").await;
    let describe = "sagemaker describe-mlflow-tracking-server --tracking-server-name runs";
    let found = aws(&stacks.cloud, describe).await.unwrap();
    assert_eq!(found["TrackingServerArn"].as_str(), Some(&*arn));
    let tags = aws(&stacks.cloud, &format!("sagemaker list-tags --resource-arn {arn}")).await.unwrap();
    assert_eq!(tags["Tags"], json!([{"Key": "Owner", "Value": "two"}]));
    stacks.client.delete_stack().stack_name("s").send().await.unwrap();
    until("the stack is gone", async || {
        stacks.client.describe_stacks().stack_name("s").send().await.is_err()
    })
    .await;
    assert!(aws(&stacks.cloud, describe).await.unwrap_err().contains("ResourceNotFound"));
    stacks.cloud.stop().await;
}
