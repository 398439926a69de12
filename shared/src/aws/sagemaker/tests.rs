//! The calls, against a server on the loopback in the place of SageMaker.

use super::*;
use crate::error::Class;
use aws_smithy_types::DateTime;
use testing::reply::refusal;
use testing::{Call, Reply, ScriptedAws};

async fn service(answer: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> (ScriptedAws, SageMaker) {
    let aws = ScriptedAws::in_front_of(answer);
    let service = SageMaker::new(&aws.config("eu-central-1", 2).await);
    (aws, service)
}

#[tokio::test]
async fn a_list_is_read_to_its_last_page() {
    let pages = |call: &Call| match call.body["NextToken"].as_str() {
        None => json!({"Apps": [{"AppName": "a"}, {"AppName": "b"}], "NextToken": "2"}).into(),
        Some("2") => json!({"NextToken": "3"}).into(),
        _ => json!({"Apps": [{"AppName": "c"}], "NextToken": ""}).into(),
    };
    let (aws, service) = service(pages).await;
    let apps = service.apps("d-1").await.unwrap();
    let names: Vec<_> = apps.items.iter().filter_map(|app| app.app_name.as_deref()).collect();
    assert_eq!((names, apps.pages), (vec!["a", "b", "c"], 3));
    let input = json!({"DomainIdEquals": "d-1", "MaxResults": 100, "NextToken": "3"});
    assert_eq!(aws.inputs("ListApps").last(), Some(&input));
}

#[tokio::test]
async fn a_list_that_would_never_end_is_an_error() {
    let (aws, service) = service(|_| json!({"Domains": [], "NextToken": "again"}).into()).await;
    assert_eq!(service.domains().await.unwrap_err().class(), Class::Other);
    assert_eq!(aws.inputs("ListDomains").len(), 2);
}

#[tokio::test]
async fn what_is_unknown_or_absent_is_no_error() {
    let answer = json!({
        "DomainId": "d-1", "Status": "Hibernating", "CreationTime": 1_767_323_045.5, "LastModifiedTime": null,
        "SubnetIds": null, "Novel": {"Member": [1]}, "DomainSettings": {},
        "DefaultUserSettings": {"CustomFileSystemConfigs": [
            {"FSxLustreFileSystemConfig": {"FileSystemId": "fs-1"}}, {"EFSFileSystemConfig": {"FileSystemId": "fs-2"}},
        ]},
    });
    let (_, service) = service(move |_| answer.clone().into()).await;
    let domain = service.domain("d-1").await.unwrap();
    assert_eq!(domain.status, Some(Status::Other("Hibernating".to_owned())));
    assert_eq!(domain.creation_time, Some(DateTime::from_secs_f64(1_767_323_045.5)));
    assert_eq!((domain.last_modified_time, domain.subnet_ids, domain.vpc_id), (None, None, None));
    let mounts = domain.default_user_settings.and_then(|of| of.custom_file_system_configs).unwrap();
    let ids: Vec<_> = mounts.into_iter().map(|it| it.efs_file_system_config?.file_system_id).collect();
    assert_eq!(ids, [None, Some("fs-2".to_owned())]);
}

#[tokio::test]
async fn a_refusal_has_its_code_and_an_answer_may_have_no_body() {
    let answer = |call: &Call| match call.operation.as_str() {
        "DescribeDomain" => refusal("ResourceNotFound"),
        _ => (200, String::new()).into(),
    };
    let (_, service) = service(answer).await;
    let refused = service.domain("d-1").await.unwrap_err();
    assert_eq!((refused.class(), refused.code()), (Class::NotFound, Some("ResourceNotFound")));
    service.run("DeleteApp", &json!({"DomainId": "d-1"})).await.unwrap();
}

#[test]
fn every_status_is_written_as_it_is_read() {
    for word in [
        "Deleted",
        "Deleting",
        "Delete_Failed",
        "Failed",
        "InService",
        "Pending",
        "Update_Failed",
        "Updating",
        "Hibernating",
        "",
    ] {
        let status = Status::from(word.to_owned());
        assert_eq!(status.as_str(), word);
        assert_eq!(matches!(status, Status::Other(_)), ["Hibernating", ""].contains(&word), "{word}");
    }
}
