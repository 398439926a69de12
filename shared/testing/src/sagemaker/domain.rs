//! One domain, and what its users made.

use crate::Reply;
use crate::reply::{self, refusal};
use serde_json::{Value, json};

/// Listings that show a thing as `Deleting` before it is gone.
const MAX_STEPS: i64 = 2;

/// One domain. Things are as they are listed, and `looks` counts down while one is being deleted.
#[derive(Default)]
pub(super) struct Domain {
    pub(super) status: String,
    pub(super) apps: Vec<Value>,
    pub(super) spaces: Vec<Value>,
    pub(super) profiles: Vec<Value>,
}

impl Domain {
    pub(super) fn described(&self, id: &str) -> Value {
        let arn = format!("arn:aws:sagemaker:eu-central-1:111122223333:domain/{id}");
        json!({"DomainId": id, "DomainArn": arn, "HomeEfsFileSystemId": "fs-0123", "Status": self.status})
    }

    pub(super) fn is_empty(&self) -> bool {
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
    pub(super) fn listed(&mut self, kind: &str, body: &Value) -> Reply {
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
        json!({kind: page, "NextToken": next}).into()
    }

    pub(super) fn delete(&mut self, operation: &str, body: &Value) -> Reply {
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
                )
                    .into();
            }
            "Failed" | "Pending" if kind == "Apps" => return refusal("ValidationException"),
            "Pending" | "Updating" => return refusal("ResourceInUse"),
            _ => {}
        }
        if thing["Status"] != "Deleting" {
            thing["Status"] = json!("Deleting");
            thing["looks"] = json!(MAX_STEPS);
        }
        reply::empty()
    }
}
