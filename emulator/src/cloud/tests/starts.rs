//! Functions whose environment does not start: what their caller gets, and what they leave.

use super::studio::aws;
use super::until;
use crate::{Cloud, Options};
use serde_json::{Value, json};
use std::io::Write;

const REPORTED: &str = "#!/bin/sh
echo about to fail
curl --silent --request POST --header 'Content-Type: application/json' \
  --data '{\"errorMessage\": \"no variable\", \"errorType\": \"Runtime.Configuration\"}' \
  \"http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/init/error\"
exit 1
";

#[tokio::test]
async fn a_function_that_does_not_start_leaves_a_log_and_a_record() {
    let cloud = Cloud::start(Options::default()).await.unwrap();
    let trust = json!({"Statement": [{
        "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole",
    }]});
    let role = format!("iam create-role --role-name starts --assume-role-policy-document {trust}");
    let role = aws(&cloud, &role).await.unwrap()["Role"]["Arn"].as_str().unwrap().to_owned();
    for (name, bootstrap, kind, message) in [
        (
            "exits",
            "#!/bin/sh\necho about to fail >&2\nexit 3\n",
            "Runtime.ExitError",
            "Runtime exited with error: exit status 3",
        ),
        ("reports", REPORTED, "Runtime.Configuration", "no variable"),
    ] {
        let archive = cloud.state().join(format!("{name}.zip"));
        let mut zip = zip::ZipWriter::new(std::fs::File::create(&archive).unwrap());
        zip.start_file("bootstrap", zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bootstrap.as_bytes()).unwrap();
        zip.finish().unwrap();
        let create = format!(
            "lambda create-function --function-name {name} --runtime provided.al2023 --handler none --role {role} \
             --zip-file fileb://{}",
            archive.display()
        );
        aws(&cloud, &create).await.unwrap();
        let answer = cloud.state().join("answer");
        let invoke = format!("lambda invoke --function-name {name} {}", answer.display());
        assert_eq!(aws(&cloud, &invoke).await.unwrap()["FunctionError"], "Unhandled");
        let answer: Value = serde_json::from_slice(&std::fs::read(answer).unwrap()).unwrap();
        assert_eq!(answer["errorType"], kind);
        assert!(answer["errorMessage"].as_str().unwrap().ends_with(message), "{answer}");

        let read = format!("logs filter-log-events --log-group-name /aws/lambda/{name}");
        let lines = async || {
            let found = aws(&cloud, &read).await.unwrap_or_default();
            let events = found["events"].as_array().cloned().unwrap_or_default();
            events.iter().map(|event| event["message"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        until("the function has a log", async || lines().await.iter().any(|line| line == "about to fail"))
            .await;
        let report = format!("Phase: init\tStatus: error\tError Type: {kind}");
        assert!(lines().await.iter().any(|line| line.ends_with(&report)), "{:?}", lines().await);
        let records = cloud.invocations(0).await.unwrap();
        let last = records.last().unwrap();
        assert_eq!((last["function"].as_str(), last["error"].as_str()), (Some(name), Some(kind)));
    }
    cloud.stop().await;
}
