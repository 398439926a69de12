//! Pipelines and their executions, tracking servers, tags and the search for them.

use crate::studio::{ROLE, STRANGER, Studio, call, check_failure};
use emulator_core::{Permission, Service};
use serde_json::{Value, json};

const TOKEN: &str = "0123456789012345678901234567890123456789";

async fn pipeline(studio: &Studio, name: &str, tags: Value) -> String {
    let input = json!({
        "PipelineName": name, "PipelineDefinition": "{}", "RoleArn": ROLE, "ClientRequestToken": TOKEN, "Tags": tags,
    });
    studio.call("CreatePipeline", input).await.unwrap();
    let input = json!({"PipelineName": name, "ClientRequestToken": TOKEN});
    let started = studio.call("StartPipelineExecution", input.clone()).await.unwrap();
    assert_eq!(studio.call("StartPipelineExecution", input).await.unwrap(), started, "the token is the same");
    started["PipelineExecutionArn"].as_str().unwrap().into()
}

#[tokio::test(start_paused = true)]
async fn running_pipelines_of_a_domain_are_found_by_its_tag() {
    let studio = Studio::start().await;
    let domain = format!("arn:aws:sagemaker:us-east-1:111122223333:domain/{}", studio.domain);
    let ours = json!([{"Key": "sagemaker:domain-arn", "Value": domain}]);
    let running = pipeline(&studio, "train", ours.clone()).await;
    let stopped = pipeline(&studio, "stop", ours).await;
    pipeline(&studio, "foreign", json!([])).await;
    let stop = json!({"PipelineExecutionArn": stopped, "ClientRequestToken": TOKEN});
    studio.call("StopPipelineExecution", stop.clone()).await.unwrap();
    check_failure(studio.call("StopPipelineExecution", stop).await, "ValidationException", "[Stopping]");
    studio.pass(30).await;
    let search = |filters: Value| {
        let expression = json!({"Filters": filters});
        studio.call("Search", json!({"Resource": "PipelineExecution", "SearchExpression": expression}))
    };
    let tag = json!({"Name": "Tags.sagemaker:domain-arn", "Operator": "Equals", "Value": domain});
    let status = |operator: &str, value: &str| json!({"Name": "PipelineExecutionStatus", "Operator": operator, "Value": value});
    for (filters, expected) in [
        (json!([tag]), vec![&running, &stopped]),
        (json!([tag, status("Equals", "Executing")]), vec![&running]),
        (json!([tag, status("In", "Executing,Stopping")]), vec![&running]),
        (json!([tag, status("NotEquals", "Executing")]), vec![&stopped]),
        (json!([tag, {"Name": "FailureReason", "Operator": "Exists"}]), vec![]),
    ] {
        let found = search(filters).await.unwrap();
        let results = found["Results"].as_array().unwrap().iter();
        let mut arns: Vec<_> = results.map(|one| &one["PipelineExecution"]["PipelineExecutionArn"]).collect();
        arns.sort_by_key(|arn| *arn != &running);
        assert_eq!(arns, expected);
    }
    let found = studio.call("Search", json!({"Resource": "Pipeline"})).await.unwrap();
    let found = &found["Results"][0]["Pipeline"];
    assert!(found["PipelineArn"].is_string() && found["Tags"].is_array(), "{found}");
    assert_eq!(found.get("PipelineDefinition"), None);
    studio.pass(3600).await;
    let seen =
        studio.call("DescribePipelineExecution", json!({"PipelineExecutionArn": running})).await.unwrap();
    assert_eq!(seen["PipelineExecutionStatus"], "Succeeded");
    let listed = studio.call("ListPipelineExecutions", json!({"PipelineName": "stop"})).await.unwrap();
    assert_eq!(listed["PipelineExecutionSummaries"][0]["PipelineExecutionStatus"], "Stopped");
    let none = studio.call("ListPipelineExecutions", json!({"PipelineName": "none"})).await;
    check_failure(none, "ResourceNotFound", "pipeline/none");
}

#[tokio::test(start_paused = true)]
async fn a_pipeline_with_a_running_execution_is_not_deleted() {
    let studio = Studio::start().await;
    let execution = pipeline(&studio, "train", json!([])).await;
    let name = json!({"PipelineName": "train", "ClientRequestToken": TOKEN});
    check_failure(
        studio.call("DeletePipeline", name.clone()).await,
        "ConflictException",
        "running executions",
    );
    let stop = json!({"PipelineExecutionArn": execution, "ClientRequestToken": TOKEN});
    studio.call("StopPipelineExecution", stop).await.unwrap();
    studio.pass(30).await;
    studio.call("DeletePipeline", name).await.unwrap();
    let gone = studio.call("DescribePipelineExecution", json!({"PipelineExecutionArn": execution})).await;
    check_failure(gone, "ResourceNotFound", "execution");
}

#[tokio::test(start_paused = true)]
async fn a_definition_is_checked_and_kept_by_each_execution() {
    let studio = Studio::start().await;
    let with = |definition: Value| {
        json!({
            "PipelineName": "p", "PipelineDefinition": definition, "RoleArn": ROLE, "ClientRequestToken": TOKEN,
        })
    };
    let (none, invalid) = ("Exactly one of PipelineDefinition", "Unable to parse pipeline definition");
    for (definition, part) in [
        (Value::Null, none),
        ("x".into(), invalid),
        ("[]".into(), invalid),
        (r#"{"Version": "1"}"#.into(), invalid),
        (r#"{"Steps": 1}"#.into(), invalid),
    ] {
        check_failure(studio.call("CreatePipeline", with(definition)).await, "ValidationException", part);
    }
    let definition = r#"{"Version": "2020-12-01", "Steps": [{"Name": "a"}, {"Name": "b"}]}"#;
    studio.call("CreatePipeline", with(definition.into())).await.unwrap();
    let made = studio.call("DescribePipeline", json!({"PipelineName": "p"})).await.unwrap();
    assert_eq!(made["PipelineDisplayName"], "p", "the name, if no other is given");
    assert_eq!(made["LastModifiedBy"], made["CreatedBy"]);
    let start = json!({
        "PipelineName": "p", "ClientRequestToken": TOKEN, "PipelineParameters": [{"Name": "n", "Value": "v"}],
    });
    let started = studio.call("StartPipelineExecution", start).await.unwrap();
    let update = json!({"PipelineName": "p", "PipelineDefinition": "{}", "PipelineDescription": "new"});
    studio.call("UpdatePipeline", update).await.unwrap();
    let seen = studio.call("DescribePipeline", json!({"PipelineName": "p"})).await.unwrap();
    assert_eq!((&seen["PipelineDefinition"], &seen["PipelineDescription"]), (&"{}".into(), &"new".into()));
    assert!(seen["LastRunTime"].is_number() && seen.get("ClientRequestToken").is_none());
    let listed = studio.call("ListPipelines", json!({})).await.unwrap();
    assert_eq!(listed["PipelineSummaries"][0]["LastExecutionTime"], seen["LastRunTime"]);
    let execution = json!({"PipelineExecutionArn": started["PipelineExecutionArn"]});
    let seen = studio.call("DescribePipelineExecution", execution.clone()).await.unwrap();
    assert_eq!((seen.get("PipelineParameters"), seen.get("PipelineDefinition")), (None, None));
    let kept = studio.call("DescribePipelineDefinitionForExecution", execution.clone()).await.unwrap();
    assert_eq!(kept["PipelineDefinition"], definition);
    let given = studio.call("ListPipelineParametersForExecution", execution.clone()).await.unwrap();
    assert_eq!(given, json!({"PipelineParameters": [{"Name": "n", "Value": "v"}]}));
    let mut one = execution;
    one["MaxResults"] = 1.into();
    let first = studio.call("ListPipelineExecutionSteps", one.clone()).await.unwrap();
    one["NextToken"] = first["NextToken"].clone();
    let second = studio.call("ListPipelineExecutionSteps", one).await.unwrap();
    let step = |page: &Value| page["PipelineExecutionSteps"][0]["StepName"].clone();
    assert_eq!((step(&first), step(&second)), ("a".into(), "b".into()));
}

#[tokio::test(start_paused = true)]
async fn a_tracking_server_takes_long_to_come_and_to_go() {
    let studio = Studio::start().await;
    let name = json!({"TrackingServerName": "mlflow"});
    let server =
        json!({"TrackingServerName": "mlflow", "ArtifactStoreUri": "s3://bucket/x", "RoleArn": ROLE});
    studio.call("CreateMlflowTrackingServer", server).await.unwrap();
    for (seconds, status) in [(0, "Creating"), (1500, "Created")] {
        studio.pass(seconds).await;
        let listed = studio.call("ListMlflowTrackingServers", json!({})).await.unwrap();
        assert_eq!(listed["TrackingServerSummaries"][0]["TrackingServerStatus"], status);
    }
    studio.call("DeleteMlflowTrackingServer", name.clone()).await.unwrap();
    let seen = studio.call("DescribeMlflowTrackingServer", name.clone()).await.unwrap();
    assert_eq!(seen["TrackingServerStatus"], "Deleting");
    studio.pass(600).await;
    let gone = studio.call("DescribeMlflowTrackingServer", name).await;
    check_failure(gone, "ResourceNotFound", "mlflow-tracking-server/mlflow");
}

#[tokio::test(start_paused = true)]
async fn tags_are_kept_for_every_kind_of_resource() {
    let studio = Studio::start().await;
    let tags = json!([{"Key": "team", "Value": "a"}]);
    let made =
        studio.inside("CreateUserProfile", json!({"UserProfileName": "alice", "Tags": tags})).await.unwrap();
    let arn = &made["UserProfileArn"];
    let more = json!({"ResourceArn": arn, "Tags": [{"Key": "more", "Value": "b"}]});
    studio.call("AddTags", more).await.unwrap();
    studio.call("DeleteTags", json!({"ResourceArn": arn, "TagKeys": ["team"]})).await.unwrap();
    let listed = studio.call("ListTags", json!({"ResourceArn": arn})).await.unwrap();
    assert_eq!(listed, json!({"Tags": [{"Key": "more", "Value": "b"}]}));
    let reserved = json!({"ResourceArn": arn, "Tags": [{"Key": "aws:x", "Value": "b"}]});
    check_failure(studio.call("AddTags", reserved).await, "ValidationException", "reserved");
    let many: Vec<_> = (0..50).map(|n| json!({"Key": n.to_string(), "Value": ""})).collect();
    let many = json!({"ResourceArn": arn, "Tags": many});
    check_failure(studio.call("AddTags", many).await, "ValidationException", "50 tags");
}

#[tokio::test(start_paused = true)]
async fn a_role_that_does_not_trust_sagemaker_is_refused_at_once() {
    let studio = Studio::start().await;
    let told = "Please ensure that the role exists and allows principal 'sagemaker.amazonaws.com' to assume the role";
    let create = |role: &str| {
        json!({
            "PipelineName": "p", "PipelineDefinition": "{}", "RoleArn": role, "ClientRequestToken": TOKEN,
        })
    };
    check_failure(studio.call("CreatePipeline", create(STRANGER)).await, "ValidationException", told);
    let missing = studio.call("DescribePipeline", json!({"PipelineName": "p"})).await;
    check_failure(missing, "ResourceNotFound", "pipeline/p");
    studio.call("CreatePipeline", create(ROLE)).await.unwrap();
    let update = |role: &str| json!({"PipelineName": "p", "RoleArn": role});
    check_failure(studio.call("UpdatePipeline", update(STRANGER)).await, "ValidationException", told);
    let seen = studio.call("DescribePipeline", json!({"PipelineName": "p"})).await.unwrap();
    assert_eq!(seen["RoleArn"], ROLE);
    studio.call("UpdatePipeline", json!({"PipelineName": "p", "PipelineDescription": "d"})).await.unwrap();
    let passed = Permission {
        context: [("iam:PassedToService".to_owned(), json!("sagemaker.amazonaws.com"))].into_iter().collect(),
        ..Permission::new("iam:PassRole", ROLE)
    };
    for operation in ["CreatePipeline", "UpdatePipeline"] {
        let permissions = studio.sagemaker.required_permissions(&call(operation, create(ROLE)));
        assert!(permissions.contains(&passed), "{operation}: {permissions:?}");
    }
}
