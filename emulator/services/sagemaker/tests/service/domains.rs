//! Domains, user profiles and spaces: their lives, and who stands in whose way.

use crate::studio::{Studio, app, check_failure, domain};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn a_domain_goes_through_the_statuses_of_aws() {
    let studio = Studio::start().await;
    let made = studio.call("CreateDomain", domain()).await.unwrap();
    let id = made["DomainId"].as_str().unwrap();
    assert!(id.len() == 14 && id.starts_with("d-"), "{id}");
    assert_eq!(made["DomainArn"], format!("arn:aws:sagemaker:us-east-1:111122223333:domain/{id}"));
    assert_eq!(made["Url"], format!("https://{id}.studio.us-east-1.sagemaker.aws"));
    let early = studio.call("DeleteDomain", json!({"DomainId": id})).await;
    check_failure(early, "ValidationException", "it is in [Pending] status");
    let early = studio.call("CreateUserProfile", json!({"DomainId": id, "UserProfileName": "a"})).await;
    check_failure(early, "ValidationException", "must be in [InService] status");
    studio.pass(180).await;
    let seen = studio.call("DescribeDomain", json!({"DomainId": id})).await.unwrap();
    assert_eq!((&seen["Status"], &seen["VpcId"]), (&"InService".into(), &"vpc-1".into()));
    assert_eq!(seen["AppNetworkAccessType"], "PublicInternetOnly");
    assert!(seen.get("HomeEfsFileSystemId").is_none() && seen.get("Tags").is_none());
    let change = json!({"DomainId": id, "DefaultUserSettings": {"SecurityGroups": ["sg-1"]}});
    studio.call("UpdateDomain", change).await.unwrap();
    let seen = studio.call("DescribeDomain", json!({"DomainId": id})).await.unwrap();
    assert_eq!(seen["Status"], "Updating");
    assert_eq!(seen["DefaultUserSettings"]["SecurityGroups"], json!(["sg-1"]));
    assert!(seen["DefaultUserSettings"]["ExecutionRole"].is_string(), "what is not given stays");
    studio.pass(10).await;
    assert_eq!(studio.call("DeleteDomain", json!({"DomainId": id})).await.unwrap(), Value::Null);
    studio.pass(59).await;
    let listed = studio.call("ListDomains", json!({})).await.unwrap();
    assert_eq!(listed["Domains"][1]["Status"], "Deleting");
    studio.pass(1).await;
    let gone = studio.call("DescribeDomain", json!({"DomainId": id})).await;
    check_failure(gone, "ResourceNotFound", "does not exist");
}

#[tokio::test(start_paused = true)]
async fn nothing_goes_before_what_belongs_to_it() {
    let studio = Studio::start().await;
    studio.profile("alice").await;
    studio.space("lab", "alice").await;
    let it = app(("SpaceName", "lab"), "JupyterLab", "default");
    studio.inside("CreateApp", it.clone()).await.unwrap();
    let (alice, lab) = (json!({"UserProfileName": "alice"}), json!({"SpaceName": "lab"}));
    let busy = "ResourceInUse";
    let refused = |operation: &'static str, input: &Value| studio.inside(operation, input.clone());
    check_failure(
        refused("DeleteDomain", &json!({})).await,
        busy,
        "because UserProfile(s) are associated with it.",
    );
    check_failure(
        refused("DeleteUserProfile", &alice).await,
        busy,
        "because Space(s) are associated with it.",
    );
    check_failure(refused("DeleteSpace", &lab).await, busy, "because App(s) are associated with it.");
    studio.inside("DeleteApp", it).await.unwrap();
    check_failure(refused("DeleteSpace", &lab).await, busy, "App(s)");
    studio.pass(60).await;
    studio.inside("DeleteSpace", lab.clone()).await.unwrap();
    check_failure(refused("DeleteSpace", &lab).await, "ValidationException", "[Deleting] status");
    check_failure(refused("DeleteUserProfile", &alice).await, busy, "Space(s)");
    studio.pass(20).await;
    let own = app(("UserProfileName", "alice"), "JupyterServer", "default");
    studio.inside("CreateApp", own).await.unwrap();
    check_failure(refused("DeleteUserProfile", &alice).await, busy, "App(s)");
    studio.sagemaker.set_app_status(&studio.domain, "alice", "JupyterServer", "default", "Failed").unwrap();
    studio.inside("DeleteUserProfile", alice).await.unwrap();
    check_failure(refused("DeleteDomain", &json!({})).await, busy, "UserProfile(s)");
    studio.pass(15).await;
    studio.inside("DeleteDomain", json!({})).await.unwrap();
    studio.pass(60).await;
    assert_eq!(studio.status("DescribeDomain", json!({})).await, "ResourceNotFound");
}

#[tokio::test(start_paused = true)]
async fn any_status_can_be_injected_and_stays_until_a_call_changes_it() {
    let studio = Studio::start().await;
    studio.profile("alice").await;
    studio.space("lab", "alice").await;
    let lab = json!({"SpaceName": "lab"});
    let hour = Duration::from_hours(1);
    studio
        .sagemaker
        .set_space_status(&studio.domain, "lab", "Delete_Failed", Some("its volume"), hour)
        .unwrap();
    let seen = studio.inside("DescribeSpace", lab.clone()).await.unwrap();
    assert_eq!((&seen["Status"], &seen["FailureReason"]), (&"Delete_Failed".into(), &"its volume".into()));
    assert!(seen["LastModifiedTime"].as_f64() >= seen["CreationTime"].as_f64());
    studio.inside("DeleteSpace", lab.clone()).await.unwrap();
    let seen = studio.inside("DescribeSpace", lab).await.unwrap();
    assert!(seen["Status"] == "Deleting" && seen.get("FailureReason").is_none());
    studio.sagemaker.set_user_profile_status(&studio.domain, "alice", "Hibernating").unwrap();
    studio.sagemaker.set_domain_status(&studio.domain, "Update_Failed").unwrap();
    studio.pass(9999).await;
    assert_eq!(
        studio.status("DescribeUserProfile", json!({"UserProfileName": "alice"})).await,
        "Hibernating"
    );
    assert_eq!(studio.status("DescribeDomain", json!({})).await, "Update_Failed");
}

#[tokio::test(start_paused = true)]
async fn a_private_space_names_its_owner_in_the_list() {
    let studio = Studio::start().await;
    studio.profile("alice").await;
    let half = json!({"SpaceName": "x", "OwnershipSettings": {"OwnerUserProfileName": "alice"}});
    check_failure(studio.inside("CreateSpace", half).await, "ValidationException", "together");
    studio.space("lab", "alice").await;
    studio.inside("CreateSpace", json!({"SpaceName": "shared"})).await.unwrap();
    let input = json!({"DomainIdEquals": studio.domain, "SpaceNameContains": "la"});
    let listed = studio.call("ListSpaces", input).await.unwrap();
    let spaces = listed["Spaces"].as_array().unwrap();
    assert_eq!(spaces.len(), 1);
    assert_eq!(spaces[0]["OwnershipSettingsSummary"], json!({"OwnerUserProfileName": "alice"}));
    assert_eq!(spaces[0]["SpaceSharingSettingsSummary"], json!({"SharingType": "Private"}));
    assert_eq!(spaces[0]["SpaceSettingsSummary"]["AppType"], "JupyterLab");
    let other = studio.call("ListSpaces", json!({"DomainIdEquals": "d-other"})).await.unwrap();
    assert_eq!(other, json!({"Spaces": []}));
}

#[tokio::test(start_paused = true)]
async fn a_private_space_has_a_volume_of_the_size_that_its_domain_says() {
    let studio = Studio::start().await;
    studio.profile("alice").await;
    let size = async |name: &str, settings: Value| {
        let space = json!({
            "SpaceName": name,
            "OwnershipSettings": {"OwnerUserProfileName": "alice"},
            "SpaceSharingSettings": {"SharingType": "Private"},
            "SpaceSettings": settings,
        });
        studio.inside("CreateSpace", space).await.unwrap();
        let seen = studio.inside("DescribeSpace", json!({"SpaceName": name})).await.unwrap();
        let listed = studio.call("ListSpaces", json!({"SpaceNameContains": name})).await.unwrap();
        let (seen, listed) = (&seen["SpaceSettings"], &listed["Spaces"][0]["SpaceSettingsSummary"]);
        assert_eq!(listed["AppType"], seen["AppType"]);
        assert_eq!(listed["SpaceStorageSettings"], seen["SpaceStorageSettings"]);
        seen["SpaceStorageSettings"]["EbsStorageSettings"]["EbsVolumeSizeInGb"].clone()
    };
    assert_eq!(size("lab", json!({"AppType": "JupyterLab"})).await, 5);
    let own = json!({"EbsStorageSettings": {"EbsVolumeSizeInGb": 7}});
    assert_eq!(size("own", json!({"AppType": "CodeEditor", "SpaceStorageSettings": own})).await, 7);
    assert_eq!(size("classic", json!({"AppType": "JupyterServer"})).await, Value::Null);
    let default =
        json!({"DefaultEbsStorageSettings": {"DefaultEbsVolumeSizeInGb": 9, "MaximumEbsVolumeSizeInGb": 90}});
    let settings = json!({"DefaultUserSettings": {"SpaceStorageSettings": default}});
    studio.inside("UpdateDomain", settings).await.unwrap();
    studio.pass(10).await;
    assert_eq!(size("default", json!({"AppType": "CodeEditor"})).await, 9);
}

#[tokio::test(start_paused = true)]
async fn settings_are_told_whole() {
    let studio = Studio::start().await;
    let mount = json!([{"EFSFileSystemConfig": {"FileSystemId": "fs-12345678", "FileSystemPath": "/a"}}]);
    let given = json!({
        "UserProfileName": "alice",
        "UserSettings": {"CustomFileSystemConfigs": mount, "AutoMountHomeEFS": "Disabled"},
    });
    studio.inside("CreateUserProfile", given.clone()).await.unwrap();
    studio.pass(10).await;
    let seen = studio.inside("DescribeUserProfile", json!({"UserProfileName": "alice"})).await.unwrap();
    assert_eq!(seen["UserSettings"], given["UserSettings"]);
    let given = json!({
        "SpaceName": "lab",
        "OwnershipSettings": {"OwnerUserProfileName": "alice"},
        "SpaceSharingSettings": {"SharingType": "Private"},
        "SpaceSettings": {
            "AppType": "JupyterLab",
            "SpaceStorageSettings": {"EbsStorageSettings": {"EbsVolumeSizeInGb": 5}},
            "CustomFileSystems": [{"EFSFileSystem": {"FileSystemId": "fs-12345678"}}],
        },
    });
    studio.inside("CreateSpace", given.clone()).await.unwrap();
    studio.pass(10).await;
    let seen = studio.inside("DescribeSpace", json!({"SpaceName": "lab"})).await.unwrap();
    assert_eq!(seen["SpaceSettings"], given["SpaceSettings"]);
    studio.inside("CreateApp", app(("SpaceName", "lab"), "JupyterLab", "default")).await.unwrap();
    let seen =
        studio.inside("DescribeApp", app(("SpaceName", "lab"), "JupyterLab", "default")).await.unwrap();
    assert_eq!(seen["LastUserActivityTimestamp"], seen["CreationTime"]);
    let unified = json!({"StudioWebPortalAccess": "DISABLED", "DomainId": "dzd_abc", "ProjectId": "p"});
    let mut given = domain();
    given["DomainSettings"] = json!({"UnifiedStudioSettings": unified});
    given["DefaultSpaceSettings"] = json!({"ExecutionRole": crate::studio::ROLE});
    let made = studio.call("CreateDomain", given.clone()).await.unwrap();
    let seen = studio.call("DescribeDomain", json!({"DomainId": made["DomainId"]})).await.unwrap();
    for member in ["DomainSettings", "DefaultUserSettings", "DefaultSpaceSettings", "VpcId"] {
        assert_eq!(seen[member], given[member]);
    }
    assert!(seen["CreationTime"].is_number());
}
