//! A CodeBuild in which a build ends when it was looked at a number of times.

use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};
use testing::reply::refusal;
use testing::{Call, Reply, ScriptedAws};

/// How many ids a page has.
pub(super) const PAGE: usize = 100;

/// A build, and how many looks it still takes.
#[derive(Clone)]
pub(super) struct FakeBuild {
    pub(super) build: Value,
    looks: usize,
    ends: &'static str,
}

#[derive(Default)]
pub(super) struct State {
    /// From the first to the last.
    pub(super) builds: Vec<FakeBuild>,
    projects: Vec<String>,
}

/// Projects and their builds.
#[derive(Clone, Default)]
pub(super) struct FakeCodeBuild(pub(super) Arc<Mutex<State>>);

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

impl FakeCodeBuild {
    pub(super) fn with(projects: &[&str]) -> Self {
        let fake = Self::default();
        fake.0.lock().unwrap().projects = projects.iter().map(|name| (*name).to_owned()).collect();
        fake
    }

    pub(super) fn aws(&self) -> ScriptedAws {
        let fake = self.clone();
        ScriptedAws::in_front_of(move |call| fake.answer(call))
    }

    /// Adds a build that somebody else started so many seconds ago, which ends with the status after so many looks.
    pub(super) fn add(
        &self,
        project: &str,
        variables: &Value,
        ago: u64,
        looks: usize,
        ends: &'static str,
    ) -> String {
        self.0.lock().unwrap().add(project, variables, now() - ago, looks, ends)
    }

    /// The ids and the statuses of all builds, from the first to the last.
    pub(super) fn builds(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let state = self.0.lock().unwrap();
        state.builds.iter().map(|it| (text(&it.build["id"]), text(&it.build["buildStatus"]))).collect()
    }

    fn answer(&self, call: &Call) -> Reply {
        let mut state = self.0.lock().unwrap();
        let input = &call.body;
        let project = input["projectName"].as_str().unwrap_or_default();
        match call.operation.as_str() {
            "ListBuildsForProject" | "StartBuild" if !state.projects.iter().any(|name| name == project) => {
                refusal("ResourceNotFoundException")
            }
            "ListBuildsForProject" => state.list(project, input),
            "BatchGetBuilds" => state.look(&input["ids"]),
            "StartBuild" => {
                let token = &input["idempotencyToken"];
                let known =
                    state.builds.iter().find(|it| it.build["token"] == *token).map(|it| it.build.clone());
                if let Some(build) = known {
                    return json!({"build": build}).into();
                }
                let variables = &input["environmentVariablesOverride"];
                let id = state.add(project, variables, now(), 2, "SUCCEEDED");
                let build = &mut state.builds.iter_mut().find(|it| it.build["id"] == *id).unwrap().build;
                build["token"] = token.clone();
                json!({"build": build}).into()
            }
            "StopBuild" => match state.builds.iter_mut().find(|it| it.build["id"] == input["id"]) {
                Some(found) => {
                    // It ends at the next look but one.
                    (found.looks, found.ends) = (1, "STOPPED");
                    json!({"build": found.build}).into()
                }
                None => refusal("ResourceNotFoundException"),
            },
            other => panic!("{other} is not called"),
        }
    }
}

impl State {
    fn add(
        &mut self,
        project: &str,
        variables: &Value,
        start: u64,
        looks: usize,
        ends: &'static str,
    ) -> String {
        let number = self.builds.len() + 1;
        let id = format!("{project}:{number}");
        let status = if looks == 0 { ends } else { "IN_PROGRESS" };
        let build = json!({
            "id": id, "arn": format!("arn:aws:codebuild:eu-central-1:111122223333:build/{id}"), "buildNumber": number,
            "projectName": project, "startTime": start, "buildStatus": status, "currentPhase": "BUILD",
            "timeoutInMinutes": 60, "queuedTimeoutInMinutes": 480, "environment": {
                "type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "computeType": "BUILD_GENERAL1_SMALL",
                "environmentVariables": variables,
            },
            "logs": {"deepLink": format!("https://logs.example/{number}")},
            "exportedEnvironmentVariables": [{"name": "IMAGE", "value": format!("image:{number}")}, {"name": "OTHER", "value": "x"}],
        });
        self.builds.push(FakeBuild { build, looks, ends });
        id
    }

    /// Pages of the last builds first.
    fn list(&self, project: &str, input: &Value) -> Reply {
        assert_eq!(input["sortOrder"], "DESCENDING");
        let of_project = self.builds.iter().filter(|it| it.build["projectName"] == project).rev();
        let ids: Vec<_> = of_project.map(|it| it.build["id"].clone()).collect();
        let from: usize =
            input["nextToken"].as_str().and_then(|token| token.parse().ok()).unwrap_or_default();
        let page: Vec<_> = ids.iter().skip(from).take(PAGE).collect();
        let next = (from + PAGE < ids.len()).then(|| (from + PAGE).to_string());
        json!({"ids": page, "nextToken": next}).into()
    }

    fn look(&mut self, ids: &Value) -> Reply {
        let ids = ids.as_array().unwrap();
        assert!((1..=PAGE).contains(&ids.len()), "{} ids in one call", ids.len());
        let mut found = Vec::new();
        for it in self.builds.iter_mut().filter(|it| ids.contains(&it.build["id"])) {
            found.push(it.build.clone());
            it.looks = it.looks.saturating_sub(1);
            if it.looks == 0 {
                it.build["buildStatus"] = it.ends.into();
            }
        }
        json!({"builds": found}).into()
    }
}
