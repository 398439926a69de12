//! Domains as SageMaker keeps them: what is deleted is listed as `Deleting` for some looks and then gone, an app in no
//! state to be deleted is refused, and so is everything that still holds something.

use super::stack::Stack;
use fixture::{Reply, refusal};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Listings that show a thing as `Deleting` before it is gone.
const MAX_STEPS: i64 = 2;

/// Domains by id.
#[derive(Default)]
pub(super) struct FakeAws {
    domains: BTreeMap<String, Domain>,
    /// The stack of every domain.
    pub(super) stack: Stack,
    /// Tracking servers, as listed, each with the ARN of its domain.
    pub(super) servers: Vec<(Value, String)>,
    /// Pipelines and running executions, as found.
    pub(super) pipelines: Vec<Value>,
    pub(super) executions: Vec<Value>,
}

/// One domain. Things are as they are listed, and `looks` counts down while one is being deleted.
#[derive(Default)]
struct Domain {
    status: String,
    apps: Vec<Value>,
    spaces: Vec<Value>,
    profiles: Vec<Value>,
}

impl FakeAws {
    /// An AWS with an empty domain in service.
    pub(super) fn new(domain: &str) -> Self {
        Self::default().domain(domain, "InService")
    }

    /// Adds a domain.
    pub(super) fn domain(mut self, id: &str, status: &str) -> Self {
        self.domains.insert(id.to_owned(), Domain { status: status.to_owned(), ..Domain::default() });
        self
    }

    /// Adds an app of a space to every domain.
    pub(super) fn app(mut self, space: &str, name: &str, status: &str) -> Self {
        for (id, domain) in &mut self.domains {
            let app = json!({"DomainId": id, "SpaceName": space, "AppType": "JupyterLab", "AppName": name, "Status": status});
            domain.apps.push(app);
        }
        self
    }

    /// Adds an app of a user profile to every domain.
    pub(super) fn own_app(mut self, profile: &str, name: &str, status: &str) -> Self {
        for (id, domain) in &mut self.domains {
            let app = json!({"DomainId": id, "UserProfileName": profile, "AppType": "Canvas", "AppName": name, "Status": status});
            domain.apps.push(app);
        }
        self
    }

    /// Adds a space to every domain. `age` is the seconds since it changed.
    pub(super) fn space(mut self, name: &str, owner: &str, status: &str, age: u64) -> Self {
        for domain in self.domains.values_mut() {
            domain.spaces.push(json!({
                "SpaceName": name, "Status": status, "LastModifiedTime": ago(age),
                "OwnershipSettingsSummary": {"OwnerUserProfileName": owner},
            }));
        }
        self
    }

    /// Adds a user profile to every domain.
    pub(super) fn profile(mut self, name: &str, status: &str, age: u64) -> Self {
        for domain in self.domains.values_mut() {
            domain
                .profiles
                .push(json!({"UserProfileName": name, "Status": status, "LastModifiedTime": ago(age)}));
        }
        self
    }

    /// Puts an app in service in every domain.
    pub(super) fn settle(&mut self, name: &str) {
        let apps = self.domains.values_mut().flat_map(|domain| &mut domain.apps);
        apps.filter(|app| app["AppName"] == name).for_each(|app| app["Status"] = json!("InService"));
    }

    /// The names of what a domain holds, and whether it exists.
    pub(super) fn remaining(&self, domain: &str) -> Option<Vec<String>> {
        let domain = self.domains.get(domain)?;
        let name = |thing: &Value| {
            let keys = ["AppName", "SpaceName", "UserProfileName"];
            keys.iter().find_map(|key| thing[key].as_str()).unwrap().to_owned()
        };
        Some([&domain.apps, &domain.spaces, &domain.profiles].into_iter().flatten().map(name).collect())
    }

    /// The answer to one call.
    pub(super) fn answer(&mut self, operation: &str, body: &Value) -> Reply {
        let empty = || (200, json!({}));
        match operation {
            "ListMlflowTrackingServers" => {
                let servers: Vec<_> = self.servers.iter().map(|(server, _)| server).collect();
                (200, json!({"TrackingServerSummaries": servers}))
            }
            "ListTags" => {
                let server =
                    self.servers.iter().find(|(it, _)| it["TrackingServerArn"] == body["ResourceArn"]);
                let tags = server.map(|(_, domain)| json!({"Key": "sagemaker:domain-arn", "Value": domain}));
                (200, json!({"Tags": tags.as_slice()}))
            }
            "Search" if body["Resource"] == "Pipeline" => (200, json!({"Results": self.pipelines})),
            "Search" => (200, json!({"Results": self.executions})),
            _ => {
                let id = body.get("DomainId").or(body.get("DomainIdEquals")).and_then(Value::as_str).unwrap();
                let Some(domain) = self.domains.get_mut(id) else { return refusal("ResourceNotFound") };
                match operation {
                    "DescribeDomain" => (200, domain.described(id)),
                    "ListApps" => domain.listed("Apps", body),
                    "ListSpaces" => domain.listed("Spaces", body),
                    "ListUserProfiles" => domain.listed("UserProfiles", body),
                    "DescribeSpace" | "DescribeUserProfile" => {
                        (200, json!({"FailureReason": "its volume is busy"}))
                    }
                    "DeleteApp" | "DeleteSpace" | "DeleteUserProfile" => domain.delete(operation, body),
                    "DeleteDomain" if !domain.is_empty() => refusal("ResourceInUse"),
                    "DeleteDomain" => {
                        assert_eq!(body["RetentionPolicy"]["HomeEfsFileSystem"], "Retain");
                        self.domains.remove(id);
                        empty()
                    }
                    other => panic!("{other} is not of this service"),
                }
            }
        }
    }
}

impl Domain {
    fn described(&self, id: &str) -> Value {
        let arn = format!("arn:aws:sagemaker:eu-central-1:111122223333:domain/{id}");
        json!({"DomainId": id, "DomainArn": arn, "HomeEfsFileSystemId": "fs-0123", "Status": self.status})
    }

    fn is_empty(&self) -> bool {
        !self.lives(|_| true) && self.spaces.is_empty() && self.profiles.is_empty()
    }

    /// Whether there is an app of this kind that is neither failed nor deleted.
    fn lives(&self, of: impl Fn(&Value) -> bool) -> bool {
        self.apps.iter().any(|app| of(app) && app["Status"] != "Failed" && app["Status"] != "Deleted")
    }

    fn things(&mut self, kind: &str) -> &mut Vec<Value> {
        match kind {
            "Apps" => &mut self.apps,
            "Spaces" => &mut self.spaces,
            _ => &mut self.profiles,
        }
    }

    /// One page. The first page of a listing is a look.
    fn listed(&mut self, kind: &str, body: &Value) -> Reply {
        let things = self.things(kind);
        let from: usize = body["NextToken"].as_str().map_or(0, |token| token.parse().unwrap());
        if from == 0 {
            for thing in things.iter_mut().filter(|thing| thing["looks"].is_i64()) {
                thing["looks"] = json!(thing["looks"].as_i64().unwrap() - 1);
            }
            if kind == "Apps" {
                // Listed for another day.
                things
                    .iter_mut()
                    .filter(|app| app["looks"] == 0)
                    .for_each(|app| app["Status"] = json!("Deleted"));
            } else {
                things.retain(|thing| thing["looks"] != 0);
            }
        }
        let size = usize::try_from(body["MaxResults"].as_u64().unwrap()).unwrap();
        let page: Vec<_> = things.iter().skip(from).take(size).collect();
        let next = (from + size < things.len()).then(|| (from + size).to_string());
        (200, json!({kind: page, "NextToken": next}))
    }

    fn delete(&mut self, operation: &str, body: &Value) -> Reply {
        let named = |thing: &Value, keys: &[&str]| keys.iter().all(|key| thing[key] == body[key]);
        let (kind, keys): (_, &[&str]) = match operation {
            "DeleteApp" => ("Apps", &["AppName", "AppType", "SpaceName", "UserProfileName"]),
            "DeleteSpace" => ("Spaces", &["SpaceName"]),
            _ => ("UserProfiles", &["UserProfileName"]),
        };
        let name = body["UserProfileName"].clone();
        let used = match kind {
            "Apps" => false,
            "Spaces" => self.lives(|app| app["SpaceName"] == body["SpaceName"]),
            _ => {
                let mut owners =
                    self.spaces.iter().map(|it| &it["OwnershipSettingsSummary"]["OwnerUserProfileName"]);
                owners.any(|owner| *owner == name) || self.lives(|app| app["UserProfileName"] == name)
            }
        };
        let Some(thing) = self.things(kind).iter_mut().find(|thing| named(thing, keys)) else {
            return refusal("ResourceNotFound");
        };
        if used {
            return refusal("ResourceInUse");
        }
        match thing["Status"].as_str().unwrap() {
            "Deleted" => {
                return (
                    400,
                    json!({"__type": "ValidationException", "message": "the app has already been deleted"}),
                );
            }
            "Failed" | "Pending" if kind == "Apps" => return refusal("ValidationException"),
            "Pending" | "Updating" => return refusal("ResourceInUse"),
            _ => {}
        }
        if thing["Status"] != "Deleting" {
            thing["Status"] = json!("Deleting");
            thing["looks"] = json!(MAX_STEPS);
        }
        (200, json!({}))
    }
}

/// A time as the service writes it, some seconds ago.
fn ago(seconds: u64) -> f64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    now.saturating_sub(std::time::Duration::from_secs(seconds)).as_secs_f64()
}
