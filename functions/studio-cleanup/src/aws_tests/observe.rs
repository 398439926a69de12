//! What is looked at, what is made of it, and what is not looked at to save calls.

use super::{DOMAIN, function, spec};
use crate::observation::{AppState, Project, Reports, State};
use crate::{Spec, StudioCleanup};
use serde_json::{Value, json};
use shared::reconcile::step::{Plan, Reconcile};
use testing::reply::refusal;
use testing::sagemaker::{Domains, SageMaker};

const ARN: &str = "arn:aws:sagemaker:eu-central-1:111122223333:domain/d-abcdefghijkl";

#[tokio::test]
async fn every_page_is_read() {
    let mut fake_aws = Domains::new(DOMAIN);
    for at in 0..250 {
        fake_aws = fake_aws.app("draft", &format!("app-{at}"), "InService");
    }
    for at in 0..150 {
        let name = at.to_string();
        fake_aws = fake_aws.space(&name, "alice", "InService", 0).profile(&name, "InService", 0);
    }
    let service = SageMaker::with(fake_aws);
    let observed = function(&service).await.observe(&spec().observing_everything()).await.unwrap();
    assert_eq!((observed.apps.len(), observed.spaces.len(), observed.profiles.len()), (250, 150, 150));
    let asked = service.inputs("ListApps");
    assert_eq!(asked.len(), 3);
    assert!(asked.iter().all(|call| call["DomainIdEquals"] == DOMAIN && call["MaxResults"] == 100));
    assert_eq!(service.inputs("ListSpaces").len() + service.inputs("ListUserProfiles").len(), 4);
}

#[tokio::test]
async fn what_cannot_go_yet_is_looked_at_only_when_that_is_cheap() {
    let many = |status: &str, spaces: usize| {
        let mut fake_aws = Domains::new(DOMAIN).profile("alice", "InService", 0);
        for at in 0..101 {
            fake_aws = fake_aws.app("draft", &at.to_string(), status);
        }
        for at in 0..spaces {
            fake_aws = fake_aws.space(&at.to_string(), "alice", "InService", 0);
        }
        fake_aws
    };
    for (fake_aws, expected) in [
        (
            Domains::new(DOMAIN).app("draft", "a", "InService"),
            vec!["DescribeDomain", "ListApps", "ListSpaces", "ListTags", "ListUserProfiles"],
        ),
        (many("InService", 1), vec!["DescribeDomain", "ListApps", "ListApps", "ListTags"]),
        (
            many("Deleted", 1),
            vec!["DescribeDomain", "ListApps", "ListApps", "ListSpaces", "ListTags", "ListUserProfiles"],
        ),
        (
            many("Deleted", 101),
            vec!["DescribeDomain", "ListApps", "ListApps", "ListSpaces", "ListSpaces", "ListTags"],
        ),
    ] {
        let service = SageMaker::with(fake_aws);
        function(&service).await.observe(&spec().deleting_space_storage(true)).await.unwrap();
        assert_eq!(service.called(), expected);
    }
    // Volumes whose loss nobody accepted are looked at before any app goes.
    let service = SageMaker::with(many("InService", 1));
    function(&service).await.observe(&spec()).await.unwrap();
    assert_eq!(service.called(), ["DescribeDomain", "ListApps", "ListApps", "ListSpaces", "ListTags"]);
}

#[tokio::test]
async fn a_domain_that_is_gone_has_nothing_left() {
    let service = SageMaker::default();
    let observed = function(&service).await.observe(&spec()).await.unwrap();
    assert_eq!(observed, crate::Observation::default());
    assert!(matches!(StudioCleanup::plan(&spec(), &observed), Plan::Done(_)));
    // A refusal is not an absence.
    let service =
        SageMaker::with(Domains::new(DOMAIN)).on("DescribeDomain", refusal("AccessDeniedException"));
    let error = function(&service).await.observe(&spec()).await.unwrap_err();
    let told = shared::error::chain(&error);
    assert!(told.starts_with("could not look at domain d-abcdefghijkl: AccessDeniedException"), "{told}");
}

#[tokio::test]
async fn nothing_to_do_costs_no_call() {
    let service = SageMaker::with(Domains::new(DOMAIN));
    function(&service).await.observe(&Spec { idle: true, ..spec() }).await.unwrap();
    assert!(service.called().is_empty());
}

#[tokio::test]
async fn every_status_is_read_as_what_it_means() {
    for (status, state) in [
        ("InService", Some(AppState::Running)),
        ("Pending", Some(AppState::Starting)),
        ("Deleting", Some(AppState::Leaving)),
        ("Failed", Some(AppState::Failed)),
        ("Deleted", None),
        ("Asleep", Some(AppState::Unknown("Asleep".into()))),
    ] {
        let service = SageMaker::with(Domains::new(DOMAIN).app("draft", "a", status));
        let observed = function(&service).await.observe(&spec()).await.unwrap();
        assert_eq!(observed.apps.first().map(|app| app.state.clone()), state, "{status}");
    }
    let busy = State::Refused { recently: true, why: Some("its volume is busy".into()) };
    for (status, age, state) in [
        ("InService", 0, State::Standing),
        ("Failed", 0, State::Standing),
        ("Update_Failed", 0, State::Standing),
        ("Pending", 0, State::Changing),
        ("Updating", 0, State::Changing),
        ("Deleting", 0, State::Leaving),
        ("Delete_Failed", 590, busy),
        ("Delete_Failed", 610, State::Refused { recently: false, why: None }),
        ("Odd", 0, State::Unknown("Odd".into())),
    ] {
        let fake_aws =
            Domains::default().domain(DOMAIN, status).space("s", "p", status, age).profile("p", status, age);
        let observed = function(&SageMaker::with(fake_aws)).await.observe(&spec()).await.unwrap();
        assert_eq!((&observed.spaces[0].state, &observed.profiles[0].state), (&state, &state), "{status}");
        assert_eq!(observed.spaces[0].owner.as_deref(), Some("p"));
        if status != "Delete_Failed" {
            assert_eq!(observed.domain.unwrap().state, state, "{status}");
        }
    }
    let reply = json!({"DomainArn": ARN, "Status": "Delete_Failed", "LastModifiedTime": 1.0, "FailureReason": "in use"});
    let service = SageMaker::with(Domains::new(DOMAIN)).on("DescribeDomain", (200, reply));
    let domain = function(&service).await.observe(&spec()).await.unwrap().domain.unwrap();
    assert_eq!(domain.state, State::Refused { recently: false, why: Some("in use".into()) });
}

#[tokio::test]
async fn a_reason_that_is_not_given_does_not_hide_the_failure() {
    let fake_aws =
        Domains::new(DOMAIN).space("s", "p", "Delete_Failed", 0).space("t", "p", "Delete_Failed", 0);
    let service = SageMaker::with(fake_aws).on("DescribeSpace", refusal("AccessDeniedException"));
    let observed = function(&service).await.observe(&spec()).await.unwrap();
    assert_eq!(observed.spaces[0].state, State::Refused { recently: true, why: None });
    assert_eq!(service.inputs("DescribeSpace").len(), 1, "the first one is enough to stop for");
}

/// An AWS in which only what is reported goes on.
fn quiet() -> Domains {
    let server = |name: &str| {
        let arn = format!("arn:aws:sagemaker:eu-central-1:111122223333:mlflow-tracking-server/{name}");
        json!({"TrackingServerName": name, "TrackingServerArn": arn, "TrackingServerStatus": "Started"})
    };
    let pipeline = |name: &str| format!("arn:aws:sagemaker:eu-central-1:111122223333:pipeline/{name}");
    let run = |name: &str, domain: Option<&str>| {
        let arn = pipeline(name);
        let by = json!({"DomainId": domain});
        let run = format!("{arn}/execution/abc");
        json!({"PipelineExecution": {"PipelineArn": arn, "PipelineExecutionArn": run, "CreatedBy": by}})
    };
    let mut fake_aws = Domains::new(DOMAIN);
    fake_aws.servers = vec![(server("ours"), ARN.to_owned()), (server("theirs"), format!("{ARN}x"))];
    fake_aws.executions =
        vec![run("train", Some(DOMAIN)), run("tagged", None), run("other", Some("d-other"))];
    fake_aws.pipelines = vec![json!({"Pipeline": {"PipelineArn": pipeline("tagged")}})];
    fake_aws
}

async fn reports(service: &SageMaker, spec: &Spec) -> Option<Reports> {
    function(service).await.observe(spec).await.unwrap().reports
}

#[tokio::test]
async fn what_goes_on_without_the_domain_is_told_at_the_end() {
    let service = SageMaker::with(quiet());
    let expected = Reports {
        tracking_servers: Ok(vec!["ours".into()]),
        running_pipelines: Ok(vec!["train/abc".into(), "tagged/abc".into()]),
    };
    assert_eq!(reports(&service, &spec()).await, Some(expected));
    let filters: Vec<Value> = service
        .inputs("Search")
        .into_iter()
        .map(|call| call["SearchExpression"]["Filters"][0].clone())
        .collect();
    assert_eq!(
        filters[0],
        json!({"Name": "PipelineExecutionStatus", "Operator": "Equals", "Value": "Executing"})
    );
    assert_eq!(filters[1], json!({"Name": "Tags.sagemaker:domain-arn", "Operator": "Equals", "Value": ARN}));

    let busy = SageMaker::with(quiet().app("draft", "a", "InService"));
    assert_eq!(reports(&busy, &spec()).await, None);
    assert!(reports(&busy, &spec().observing_everything()).await.is_some());
    let still = SageMaker::with(Domains::new(DOMAIN));
    assert!(reports(&still, &spec()).await.is_some());
    assert_eq!(still.inputs("Search").len(), 1, "nothing runs: nothing to look up");
}

#[tokio::test]
async fn every_page_of_a_search_is_read_and_a_busy_service_is_asked_again() {
    let mut fake_aws = quiet();
    let last = fake_aws.executions.split_off(1);
    let first = json!({"Results": fake_aws.executions, "NextToken": "more"});
    fake_aws.executions = last;
    let busy = (400, json!({"__type": "com.amazon#ThrottlingException", "message": "slower"}));
    let service = SageMaker::with(fake_aws).on("Search", busy).on("Search", (200, first));
    let reports = reports(&service, &spec()).await.unwrap();
    assert_eq!(reports.running_pipelines, Ok(vec!["train/abc".into(), "tagged/abc".into()]));
    let tokens: Vec<_> = service.inputs("Search").into_iter().map(|call| call["NextToken"].clone()).collect();
    assert_eq!(tokens, [json!(null), json!(null), json!("more"), json!(null)]);
    assert!(service.inputs("Search").iter().all(|call| call["MaxResults"] == 100));
}

#[tokio::test]
async fn a_project_is_known_by_settings_or_by_tags_and_unread_tags_stop_the_run() {
    let described = |settings: Value| json!({"DomainArn": ARN, "Status": "InService", "DomainSettings": {"UnifiedStudioSettings": settings}});
    let tags = |tags: Value| (200, json!({"Tags": tags}));
    let project = |id: &str| Some(Project { id: id.into(), domain: "dzd_1".into() });
    for (settings, tagged, expected) in [
        (json!(null), json!([]), None),
        (json!(null), json!([{"Key": "team", "Value": "x"}]), None),
        (json!({"DomainId": "dzd_1", "ProjectId": "p1"}), json!([]), project("p1")),
        (json!({"DomainId": "dzd_1"}), json!([]), project("")),
        (json!(null), json!([{"Key": "AmazonDataZoneDomain", "Value": "dzd_1"}]), project("")),
        (
            json!(null),
            json!([{"Key": "AmazonDataZoneDomain", "Value": "dzd_1"}, {"Key": "AmazonDataZoneProject", "Value": "p1"}]),
            project("p1"),
        ),
    ] {
        let service = SageMaker::with(Domains::new(DOMAIN)).on("DescribeDomain", (200, described(settings)));
        let observed = function(&service.on("ListTags", tags(tagged))).await.observe(&spec()).await.unwrap();
        let stopped = matches!(StudioCleanup::plan(&spec(), &observed), Plan::Stuck(_));
        assert_eq!((observed.domain.unwrap().project, stopped), (expected.clone(), expected.is_some()));
    }
    let denied = SageMaker::with(Domains::new(DOMAIN)).on("ListTags", refusal("AccessDeniedException"));
    assert!(function(&denied).await.observe(&spec()).await.is_err());
}

#[tokio::test]
async fn the_volume_of_a_space_is_read() {
    let listed = json!({"Spaces": [{
        "SpaceName": "thesis", "Status": "InService",
        "SpaceSettingsSummary": {"SpaceStorageSettings": {"EbsStorageSettings": {"EbsVolumeSizeInGb": 100}}},
    }]});
    let service = SageMaker::with(Domains::new(DOMAIN)).on("ListSpaces", (200, listed));
    let observed = function(&service).await.observe(&spec()).await.unwrap();
    assert_eq!(observed.spaces[0].volume, Some(100));
    let Plan::Stuck(why) = StudioCleanup::plan(&spec(), &observed) else { panic!("{observed:?}") };
    assert!(why.starts_with("space thesis has an EBS volume of 100 GB"), "{why}");
    assert!(why.ends_with("Nothing more is deleted before that."), "{why}");
}

#[tokio::test]
async fn a_report_that_is_denied_is_told_and_stops_nothing() {
    for operation in ["ListMlflowTrackingServers", "ListTags", "Search"] {
        let service = SageMaker::with(quiet());
        let service = match operation {
            // The first ones are those of the domain.
            "ListTags" => service.on(operation, (200, json!({"Tags": []}))),
            _ => service,
        };
        let service = service.on(operation, refusal("AccessDeniedException"));
        let observed = function(&service).await.observe(&spec()).await.unwrap();
        let Plan::Done(output) = StudioCleanup::plan(&spec(), &observed) else { panic!("done") };
        let key = if operation == "Search" { "RunningPipelines" } else { "TrackingServers" };
        assert!(output[key].to_string().starts_with("unknown: could not "), "{output:?}");
        assert!(output[key].to_string().contains("AccessDeniedException"), "{output:?}");
    }
}
