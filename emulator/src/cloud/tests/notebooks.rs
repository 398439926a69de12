//! A stack with the types of SageMaker beside Studio: made, changed, deleted.

use super::permissions::role;
use super::stacks::{Stacks, template};
use super::studio::{aws, aws_as};
use crate::{Cloud, Options};
use serde_json::{Value, json};

const ACCOUNT: &str = "us-east-1:111122223333";

/// The stack with notebooks of this type, with or without a lifecycle configuration, and this secret.
fn stack(kind: &str, is_configured: bool, secret: &str) -> Value {
    let secret = format!("arn:aws:secretsmanager:{ACCOUNT}:secret:{secret}");
    let mut notebook = json!({
        "InstanceType": kind, "RoleArn": "arn:aws:iam::111122223333:role/notebook", "NotebookInstanceName": "Work",
        "DefaultCodeRepository": {"Fn::GetAtt": ["Code", "CodeRepositoryName"]}, "Tags": [{"Key": "kind", "Value": kind}],
    });
    let mut scripts = json!({"OnCreate": [{"Content": "ZWNobw=="}]});
    if is_configured {
        notebook["LifecycleConfigName"] =
            json!({"Fn::GetAtt": ["Scripts", "NotebookInstanceLifecycleConfigName"]});
        scripts["OnStart"] = json!([{"Content": "ZWNobw=="}]);
    }
    let mut body = template(&json!({
        "Notebook": {"Type": "AWS::SageMaker::NotebookInstance", "Properties": notebook},
        "Scripts": {"Type": "AWS::SageMaker::NotebookInstanceLifecycleConfig", "Properties": scripts},
        "Code": {"Type": "AWS::SageMaker::CodeRepository", "Properties": {
            "GitConfig": {"RepositoryUrl": "https://git.example/code.git", "SecretArn": secret},
        }},
        "Studio": {"Type": "AWS::SageMaker::StudioLifecycleConfig", "Properties": {
            "StudioLifecycleConfigName": "stop", "StudioLifecycleConfigAppType": "JupyterLab", "StudioLifecycleConfigContent": "ZWNobw==",
        }},
    }));
    body["Outputs"] = json!({
        "Notebook": {"Value": {"Ref": "Notebook"}},
        "Name": {"Value": {"Fn::GetAtt": ["Notebook", "NotebookInstanceName"]}},
        "Scripts": {"Value": {"Ref": "Scripts"}},
        "ScriptsName": {"Value": {"Fn::GetAtt": ["Scripts", "NotebookInstanceLifecycleConfigName"]}},
        "Code": {"Value": {"Ref": "Code"}},
        "Studio": {"Value": {"Ref": "Studio"}},
        "StudioArn": {"Value": {"Fn::GetAtt": ["Studio", "StudioLifecycleConfigArn"]}},
    });
    body
}

#[tokio::test]
async fn a_stack_holds_notebooks_and_stops_them_to_change_them() {
    let stacks =
        Stacks::on(Cloud::start(Options { speed: 200.0, ..Options::default() }).await.unwrap()).await;
    let cloud = &stacks.cloud;
    let passed = json!({"StringLike": {"iam:PassedToService": "sagemaker.amazonaws.com"}});
    let statements = json!([
        {"Effect": "Allow", "Action": ["cloudformation:*", "sagemaker:*"], "Resource": "*"},
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:role/notebook"},
        {"Effect": "Deny", "Action": "iam:PassRole", "NotResource": "arn:aws:iam::111122223333:role/notebook", "Condition": passed},
    ]);
    let builder = role(cloud, "builder", &statements).await;
    let deploy = async |verb: &str, body: Value, wanted: &str| {
        let file = cloud.state().join("notebooks.json");
        std::fs::write(&file, body.to_string()).unwrap();
        let command =
            format!("cloudformation {verb} --stack-name s --template-body file://{}", file.display());
        aws_as(cloud, &builder, &command).await.unwrap();
        super::until("the stack is ready", async || !stacks.status("s").await.ends_with("_IN_PROGRESS"))
            .await;
        assert_eq!(stacks.status("s").await, wanted, "{:?}", stacks.reasons("s", "UPDATE_FAILED").await);
        let stack = stacks.describe("s").await;
        let outputs = stack.outputs().iter();
        outputs.map(|it| (it.output_key().unwrap(), it.output_value().unwrap())).collect::<Value>()
    };
    let made = deploy("create-stack", stack("ml.t3.medium", true, "one"), "CREATE_COMPLETE").await;
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let arn = |resource: &str| format!("arn:aws:sagemaker:{ACCOUNT}:{resource}");
    assert_eq!((text("Notebook"), text("Name")), (arn("notebook-instance/work"), "Work".to_owned()));
    assert_eq!(
        text("Scripts"),
        arn(&format!("notebook-instance-lifecycle-config/{}", text("ScriptsName").to_lowercase()))
    );
    assert!(text("Code").starts_with(&arn("code-repository/s-code-")), "{made}");
    assert_eq!((text("Studio"), text("StudioArn")), ("stop".to_owned(), arn("studio-lifecycle-config/stop")));

    let from = cloud.recorder().since(0).len();
    let changed = deploy("update-stack", stack("ml.t3.large", false, "two"), "UPDATE_COMPLETE").await;
    assert_eq!(made, changed, "nothing was replaced");
    let calls = cloud.recorder().since(from);
    let on_notebook = calls.iter().filter(|call| {
        call.operation.ends_with("NotebookInstance") && !call.operation.starts_with("Describe")
    });
    let on_notebook: Vec<_> = on_notebook.map(|call| call.operation.clone()).collect();
    assert_eq!(on_notebook, ["StopNotebookInstance", "UpdateNotebookInstance", "StartNotebookInstance"]);
    let notebook =
        aws(cloud, "sagemaker describe-notebook-instance --notebook-instance-name Work").await.unwrap();
    assert_eq!(
        (&notebook["InstanceType"], &notebook["NotebookInstanceStatus"]),
        (&json!("ml.t3.large"), &json!("InService"))
    );
    assert_eq!(notebook["NotebookInstanceLifecycleConfigName"], Value::Null);
    let describe = format!(
        "sagemaker describe-notebook-instance-lifecycle-config --notebook-instance-lifecycle-config-name {}",
        text("ScriptsName")
    );
    let scripts = aws(cloud, &describe).await.unwrap();
    assert_eq!((&scripts["OnStart"], scripts["OnCreate"].as_array().unwrap().len()), (&json!([]), 1));
    let tags = aws(cloud, &format!("sagemaker list-tags --resource-arn {}", text("Notebook"))).await.unwrap();
    assert_eq!(tags["Tags"], json!([{"Key": "kind", "Value": "ml.t3.large"}]));
    let url = aws(cloud, "sagemaker create-presigned-notebook-instance-url --notebook-instance-name Work")
        .await
        .unwrap();
    assert!(url["AuthorizedUrl"].as_str().unwrap().starts_with(cloud.endpoint()), "{url}");

    aws_as(cloud, &builder, "cloudformation delete-stack --stack-name s").await.unwrap();
    super::until("the stack is gone", async || {
        stacks.client.describe_stacks().stack_name("s").send().await.is_err()
    })
    .await;
    for (list, member) in [
        ("list-notebook-instances", "NotebookInstances"),
        ("list-notebook-instance-lifecycle-configs", "NotebookInstanceLifecycleConfigs"),
        ("list-code-repositories", "CodeRepositorySummaryList"),
        ("list-studio-lifecycle-configs", "StudioLifecycleConfigs"),
    ] {
        assert_eq!(aws(cloud, &format!("sagemaker {list}")).await.unwrap()[member], json!([]), "{list}");
    }
    stacks.cloud.stop().await;
}
