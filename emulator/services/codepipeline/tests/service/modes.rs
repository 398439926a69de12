//! Several executions of one pipeline, and executions that are stopped.

use crate::cloud::{approval, type_id};
use crate::steps::{answer, cloud_with, token};
use serde_json::json;

#[tokio::test]
async fn superseded_mode_drops_all_but_the_newest_waiting_execution() {
    let (cloud, first) = cloud_with("p", "SUPERSEDED", &approval()).await;
    let second = cloud.start_pipeline("p").await;
    let third = cloud.start_pipeline("p").await;
    assert_eq!(cloud.status("p", &second).await, "Superseded");
    let job = cloud.take_job().await;
    assert_eq!(job["data"]["pipelineContext"]["pipelineExecutionId"], json!(first));
    cloud.succeed(&job, "a").await;
    let job = cloud.take_job().await;
    assert_eq!(job["data"]["pipelineContext"]["pipelineExecutionId"], json!(third));
    cloud.succeed(&job, "b").await;
    let state = cloud.call("GetPipelineState", json!({"name": "p"})).await;
    assert_eq!(state["stageStates"][1]["latestExecution"]["pipelineExecutionId"], json!(first));
    assert_eq!(state["stageStates"][1]["inboundExecution"]["pipelineExecutionId"], json!(third));
    let open = token(&cloud, "p").await.unwrap();
    answer(&cloud, "p", &open, "Rejected").await.unwrap();
    assert_eq!(cloud.status("p", &first).await, "Failed");
    assert!(token(&cloud, "p").await.is_some(), "the third execution has entered");
}

#[tokio::test]
async fn queued_mode_keeps_the_order_and_drops_nobody() {
    let (cloud, first) = cloud_with("p", "QUEUED", &approval()).await;
    let second = cloud.start_pipeline("p").await;
    let third = cloud.start_pipeline("p").await;
    for expected in [&first, &second, &third] {
        let job = cloud.take_job().await;
        assert_eq!(job["data"]["pipelineContext"]["pipelineExecutionId"], json!(expected));
        cloud.succeed(&job, "a").await;
    }
    for _ in 0..3 {
        let open = token(&cloud, "p").await.unwrap();
        answer(&cloud, "p", &open, "Approved").await.unwrap();
    }
    for execution in [first, second, third] {
        assert_eq!(cloud.status("p", &execution).await, "Succeeded");
    }
}

#[tokio::test]
async fn parallel_executions_do_not_wait_for_each_other() {
    let (cloud, _) = cloud_with("p", "PARALLEL", &approval()).await;
    cloud.start_pipeline("p").await;
    let poll = json!({"actionTypeId": type_id(), "maxBatchSize": 5});
    assert_eq!(cloud.call("PollForJobs", poll).await["jobs"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn stopping_waits_for_running_actions_unless_they_are_abandoned() {
    let (cloud, execution) = cloud_with("p", "SUPERSEDED", &approval()).await;
    let job = cloud.take_job().await;
    let stop =
        |abandon: bool| json!({"pipelineName": "p", "pipelineExecutionId": execution, "abandon": abandon});
    cloud.call("StopPipelineExecution", stop(false)).await;
    assert_eq!(cloud.status("p", &execution).await, "Stopping");
    assert_eq!(cloud.code("StopPipelineExecution", stop(false)).await, "DuplicatedStopRequestException");
    cloud.call("StopPipelineExecution", stop(true)).await;
    assert_eq!(cloud.status("p", &execution).await, "Stopped");
    assert_eq!(
        cloud.code("StopPipelineExecution", stop(true)).await,
        "PipelineExecutionNotStoppableException"
    );
    let late = json!({"jobId": job["id"]});
    assert_eq!(cloud.code("PutJobSuccessResult", late).await, "InvalidJobStateException");

    let second = cloud.start_pipeline("p").await;
    let job = cloud.take_job().await;
    let input = json!({"pipelineName": "p", "pipelineExecutionId": second, "reason": "enough"});
    cloud.call("StopPipelineExecution", input).await;
    cloud.succeed(&job, "a").await;
    assert_eq!(cloud.status("p", &second).await, "Stopped");
}
