//! Domains as SageMaker keeps them: what is deleted is listed as `Deleting` for some looks and then gone, an app in no
//! state to be deleted is refused, and so is everything that still holds something.

mod domain;
mod stack;

pub use stack::Stack;

use crate::reply::{self, refusal};
use crate::{Call, Reply, ScriptedAws};
use domain::Domain;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// A SageMaker with domains, behind a script. Its region is `eu-central-1`.
#[derive(Clone)]
pub struct SageMaker {
    pub aws: ScriptedAws,
    domains: Arc<Mutex<Domains>>,
}

impl Default for SageMaker {
    /// Without a domain.
    fn default() -> Self {
        Self::with(Domains::default())
    }
}

impl SageMaker {
    /// With these domains.
    ///
    /// # Panics
    /// In a call that is neither of SageMaker nor of CloudFormation.
    #[must_use]
    pub fn with(domains: Domains) -> Self {
        let domains = Arc::new(Mutex::new(domains));
        let served = Arc::clone(&domains);
        let aws = ScriptedAws::in_front_of(move |call| {
            let mut domains = served.lock().expect("no thread panics while it holds the domains");
            if is_of_sagemaker(call) {
                domains.answer(&call.operation, &call.body)
            } else {
                domains.stack.answer(call)
            }
        });
        Self { aws, domains }
    }

    /// Adds the response to the next call of an operation. Without one the domains answer.
    #[must_use]
    pub fn on(self, operation: &str, reply: impl Into<Reply>) -> Self {
        Self { aws: self.aws.on(operation, reply), ..self }
    }

    /// The domains, as they are now.
    ///
    /// # Panics
    /// After a panic of `look`.
    pub fn domains<T>(&self, look: impl FnOnce(&mut Domains) -> T) -> T {
        look(&mut self.domains.lock().expect("no thread panics while it holds the domains"))
    }

    /// The operations of SageMaker that were called, in order of name: some are called at once.
    #[must_use]
    pub fn called(&self) -> Vec<String> {
        let mut names: Vec<_> =
            self.aws.all_calls().into_iter().filter(is_of_sagemaker).map(|call| call.operation).collect();
        names.sort();
        names
    }

    /// The inputs of an operation, in order.
    #[must_use]
    pub fn inputs(&self, operation: &str) -> Vec<Value> {
        self.aws.inputs(operation)
    }
}

fn is_of_sagemaker(call: &Call) -> bool {
    call.headers.contains_key("x-amz-target")
}

/// Domains by id.
#[derive(Default)]
pub struct Domains {
    by_id: BTreeMap<String, Domain>,
    /// The stack of every domain.
    pub stack: Stack,
    /// Tracking servers, as listed, each with the ARN of its domain.
    pub servers: Vec<(Value, String)>,
    /// Pipelines and running executions, as found.
    pub pipelines: Vec<Value>,
    pub executions: Vec<Value>,
}

impl Domains {
    /// An AWS with an empty domain in service.
    #[must_use]
    pub fn new(domain: &str) -> Self {
        Self::default().domain(domain, "InService")
    }

    /// Adds a domain.
    #[must_use]
    pub fn domain(mut self, id: &str, status: &str) -> Self {
        self.by_id.insert(id.to_owned(), Domain { status: status.to_owned(), ..Domain::default() });
        self
    }

    /// Adds an app of a space to every domain.
    #[must_use]
    pub fn app(mut self, space: &str, name: &str, status: &str) -> Self {
        for (id, domain) in &mut self.by_id {
            let app = json!({"DomainId": id, "SpaceName": space, "AppType": "JupyterLab", "AppName": name, "Status": status});
            domain.apps.push(app);
        }
        self
    }

    /// Adds an app of a user profile to every domain.
    #[must_use]
    pub fn own_app(mut self, profile: &str, name: &str, status: &str) -> Self {
        for (id, domain) in &mut self.by_id {
            let app = json!({"DomainId": id, "UserProfileName": profile, "AppType": "Canvas", "AppName": name, "Status": status});
            domain.apps.push(app);
        }
        self
    }

    /// Adds a space to every domain. `age` is the seconds since it changed.
    #[must_use]
    pub fn space(mut self, name: &str, owner: &str, status: &str, age: u64) -> Self {
        for domain in self.by_id.values_mut() {
            domain.spaces.push(json!({
                "SpaceName": name, "Status": status, "LastModifiedTime": ago(age),
                "OwnershipSettingsSummary": {"OwnerUserProfileName": owner},
            }));
        }
        self
    }

    /// Adds a user profile to every domain.
    #[must_use]
    pub fn profile(mut self, name: &str, status: &str, age: u64) -> Self {
        for domain in self.by_id.values_mut() {
            domain
                .profiles
                .push(json!({"UserProfileName": name, "Status": status, "LastModifiedTime": ago(age)}));
        }
        self
    }

    /// Puts an app in service in every domain.
    pub fn settle(&mut self, name: &str) {
        let apps = self.by_id.values_mut().flat_map(|domain| &mut domain.apps);
        apps.filter(|app| app["AppName"] == name).for_each(|app| app["Status"] = json!("InService"));
    }

    /// The names of what a domain holds, and whether it exists.
    pub fn remaining(&self, domain: &str) -> Option<Vec<String>> {
        let domain = self.by_id.get(domain)?;
        let name = |thing: &Value| {
            let keys = ["AppName", "SpaceName", "UserProfileName"];
            keys.iter().find_map(|key| thing[key].as_str()).unwrap().to_owned()
        };
        Some([&domain.apps, &domain.spaces, &domain.profiles].into_iter().flatten().map(name).collect())
    }

    /// The answer to one call.
    pub fn answer(&mut self, operation: &str, body: &Value) -> Reply {
        let empty = reply::empty;
        match operation {
            "ListMlflowTrackingServers" => {
                let servers: Vec<_> = self.servers.iter().map(|(server, _)| server).collect();
                json!({"TrackingServerSummaries": servers}).into()
            }
            "ListTags" => {
                let server =
                    self.servers.iter().find(|(it, _)| it["TrackingServerArn"] == body["ResourceArn"]);
                let tags = server.map(|(_, domain)| json!({"Key": "sagemaker:domain-arn", "Value": domain}));
                json!({"Tags": tags.as_slice()}).into()
            }
            "Search" if body["Resource"] == "Pipeline" => json!({"Results": self.pipelines}).into(),
            "Search" => json!({"Results": self.executions}).into(),
            _ => {
                let id = body.get("DomainId").or(body.get("DomainIdEquals")).and_then(Value::as_str).unwrap();
                let Some(domain) = self.by_id.get_mut(id) else { return refusal("ResourceNotFound") };
                match operation {
                    "DescribeDomain" => domain.described(id).into(),
                    "ListApps" => domain.listed("Apps", body),
                    "ListSpaces" => domain.listed("Spaces", body),
                    "ListUserProfiles" => domain.listed("UserProfiles", body),
                    "DescribeSpace" | "DescribeUserProfile" => {
                        json!({"FailureReason": "its volume is busy"}).into()
                    }
                    "DeleteApp" | "DeleteSpace" | "DeleteUserProfile" => domain.delete(operation, body),
                    "DeleteDomain" if !domain.is_empty() => refusal("ResourceInUse"),
                    "DeleteDomain" => {
                        assert_eq!(body["RetentionPolicy"]["HomeEfsFileSystem"], "Retain");
                        self.by_id.remove(id);
                        empty()
                    }
                    other => panic!("{other} is not of this service"),
                }
            }
        }
    }
}

/// A time as the service writes it, some seconds ago.
fn ago(seconds: u64) -> f64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    now.saturating_sub(std::time::Duration::from_secs(seconds)).as_secs_f64()
}
