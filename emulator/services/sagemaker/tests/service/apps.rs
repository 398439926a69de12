//! Apps: their life, their owners, the awkward ends.

use crate::studio::{Studio, app, check_failure};
use serde_json::{Value, json};

const USER: (&str, &str) = ("UserProfileName", "alice");
const SPACE: (&str, &str) = ("SpaceName", "lab");

#[tokio::test(start_paused = true)]
async fn an_app_lives_and_stays_listed_for_a_day_after_its_end() {
    for speed in [1.0, 20.0] {
        let studio = Studio::at_speed(speed).await;
        studio.profile("alice").await;
        let it = app(USER, "JupyterServer", "default");
        let made = studio.inside("CreateApp", it.clone()).await.unwrap();
        let arn = format!(
            "arn:aws:sagemaker:us-east-1:111122223333:app/{}/alice/jupyterserver/default",
            studio.domain
        );
        assert_eq!(made["AppArn"], arn);
        for (seconds, status) in [(0, "Pending"), (59, "Pending"), (2, "InService"), (9999, "InService")] {
            studio.pass(seconds).await;
            assert_eq!(studio.status("DescribeApp", it.clone()).await, status);
        }
        assert_eq!(studio.inside("DeleteApp", it.clone()).await.unwrap(), Value::Null);
        let day = 24 * 3600;
        for (seconds, status) in
            [(0, "Deleting"), (61, "Deleted"), (day - 2, "Deleted"), (2, "ResourceNotFound")]
        {
            studio.pass(seconds).await;
            assert_eq!(studio.status("DescribeApp", it.clone()).await, status);
        }
        assert_eq!(studio.call("ListApps", json!({})).await.unwrap(), json!({"Apps": []}));
    }
}

#[tokio::test(start_paused = true)]
async fn an_app_that_cannot_be_deleted_says_why() {
    let studio = Studio::start().await;
    studio.profile("alice").await;
    let it = app(USER, "KernelGateway", "notebook");
    check_failure(studio.inside("DeleteApp", it.clone()).await, "ResourceNotFound", "does not exist");
    studio.inside("CreateApp", it.clone()).await.unwrap();
    check_failure(studio.inside("CreateApp", it.clone()).await, "ResourceInUse", "already exists");
    for (status, code, part) in [
        ("Failed", "ValidationException", "previously failed and was automatically deleted"),
        ("Deleted", "ValidationException", "has already been deleted"),
        ("Deleting", "ResourceInUse", "already being deleted"),
    ] {
        let set =
            |name| studio.sagemaker.set_app_status(&studio.domain, "alice", "KernelGateway", name, status);
        set("notebook").unwrap();
        assert_eq!(set("other").unwrap_err().code, "ResourceNotFound");
        check_failure(studio.inside("DeleteApp", it.clone()).await, code, part);
    }
    studio.pass(9999).await;
    assert_eq!(studio.status("DescribeApp", it.clone()).await, "Deleting", "an injected status stays");
    studio.sagemaker.set_app_status(&studio.domain, "alice", "KernelGateway", "notebook", "Failed").unwrap();
    studio.inside("CreateApp", it.clone()).await.unwrap();
    assert_eq!(
        studio.status("DescribeApp", it).await,
        "Pending",
        "the name of a failed app is available again"
    );
}

#[tokio::test(start_paused = true)]
async fn an_app_belongs_to_one_profile_or_one_space() {
    let studio = Studio::start().await;
    studio.profile("alice").await;
    studio.space("lab", "alice").await;
    let mut both = app(USER, "JupyterServer", "a");
    both["SpaceName"] = "lab".into();
    let neither = json!({"AppType": "JupyterLab", "AppName": "a"});
    for (input, code, part) in [
        (both, "ValidationException", "Exactly one"),
        (neither, "ValidationException", "Exactly one"),
        (app(USER, "JupyterLab", "a"), "ValidationException", "SpaceName is required"),
        (app(("UserProfileName", "bob"), "Canvas", "a"), "ValidationException", "user-profile"),
        (app(("SpaceName", "none"), "CodeEditor", "a"), "ValidationException", "space/"),
        (app(USER, "Nonsense", "a"), "ValidationException", "enum value set"),
        (app(USER, "Canvas", "-"), "ValidationException", "Value '-' at 'appName'"),
    ] {
        check_failure(studio.inside("CreateApp", input).await, code, part);
    }
    studio.inside("CreateApp", app(SPACE, "JupyterLab", "default")).await.unwrap();
    let listed = studio.call("ListApps", json!({"SpaceNameEquals": "lab"})).await.unwrap();
    let shown = &listed["Apps"][0];
    assert_eq!((&shown["SpaceName"], &shown["Status"]), (&"lab".into(), &"Pending".into()));
    assert!(shown.get("UserProfileName").is_none() && shown["CreationTime"].is_f64());
    let both = json!({"SpaceNameEquals": "lab", "UserProfileNameEquals": "alice"});
    check_failure(studio.call("ListApps", both).await, "ValidationException", "cannot both");
}

#[tokio::test(start_paused = true)]
async fn lists_come_in_pages_of_ten_in_which_nothing_moves() {
    let studio = Studio::start().await;
    studio.profile("alice").await;
    for n in 0..25 {
        let name = format!("app-{n:02}");
        studio.inside("CreateApp", app(USER, "KernelGateway", &name)).await.unwrap();
        studio.pass(1).await;
    }
    let names = |page: &Value| -> Vec<String> {
        let apps = page["Apps"].as_array().unwrap().iter();
        apps.map(|app| app["AppName"].as_str().unwrap().to_owned()).collect()
    };
    for (order, first, eleventh) in [("Ascending", "app-00", "app-10"), ("Descending", "app-24", "app-14")] {
        let page = studio.call("ListApps", json!({"SortOrder": order})).await.unwrap();
        assert_eq!((names(&page).len(), names(&page)[0].as_str()), (10, first));
        let next = json!({"SortOrder": order, "NextToken": page["NextToken"], "MaxResults": 15});
        let last = studio.call("ListApps", next).await.unwrap();
        assert_eq!((names(&last).len(), names(&last)[0].as_str()), (15, eleventh));
        assert!(last.get("NextToken").is_none());
    }
    for (input, part) in [
        (json!({"MaxResults": 101}), "less than or equal to 100"),
        (json!({"MaxResults": 0}), "greater than or equal to 1"),
        (json!({"NextToken": "?"}), "pagination token"),
    ] {
        check_failure(studio.call("ListApps", input).await, "ValidationException", part);
    }
}
