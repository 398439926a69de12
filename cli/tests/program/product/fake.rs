//! A catalogue in which a product is provisioned and terminated at once.

use super::ID;
use crate::empty;
use crate::program::{identity, word};
use serde_json::{Value, json as body};
use std::sync::{Arc, Mutex};
use testing::reply::refusal;
use testing::{Call, Reply, ScriptedAws};

const ENTRY: &str = "/ds-product-catalog/prod-abcdefghijklm/provisioned-product-id";

/// A catalogue in which a product is provisioned and terminated at once.
#[derive(Default)]
pub(super) struct Catalog {
    /// Names, statuses and types of the last requests of provisioned products.
    pub(super) made: Vec<(String, &'static str, &'static str)>,
    /// Why a launch fails.
    pub(super) broken: bool,
    /// Names of further versions.
    pub(super) versions: Vec<&'static str>,
    pub(super) entry: Option<String>,
    tokens: Vec<String>,
}

impl Catalog {
    fn attribute(&self, at: usize) -> Value {
        let (name, status, _) = &self.made[at];
        body!({"Id": format!("pp-{at}"), "LastRecordId": format!("rec-{at}"), "IdempotencyToken": self.tokens.get(at),
            "Name": name, "Status": status, "ProductId": ID, "ProductName": "Data science",
            "ProvisioningArtifactId": "pa-1", "ProvisioningArtifactName": "one", "CreatedTime": 1_767_323_045.5,
            "UserArn": "arn:aws:iam::111122223333:role/r", "PhysicalId": "arn:aws:cloudformation:stack/SC"})
    }

    fn at(&self, id: &str, name: &str) -> Option<usize> {
        let fits = |at: &usize| format!("pp-{at}") == id || self.made[*at].0 == name;
        (0..self.made.len()).filter(|at| self.made[*at].1 != "gone").find(fits)
    }

    fn answer(&mut self, call: &Call) -> Reply {
        let input = &call.body;
        let text = |member: &str| input[member].as_str().unwrap_or_default();
        match word(call).as_str() {
            "GetCallerIdentity" => identity("arn:aws:iam::111122223333:user/ann").into(),
            "SearchProducts" if text("PageToken").is_empty() => {
                let other = body!({"ProductId": "prod-other", "Name": "Other", "Owner": "Platform"});
                body!({"ProductViewSummaries": [other], "NextPageToken": "2"}).into()
            }
            "SearchProducts" => {
                body!({"ProductViewSummaries": [{"ProductId": ID, "Name": "Data science", "Owner": "Platform"}]})
                    .into()
            }
            "DescribeProduct" => {
                let more = self.versions.iter().map(|name| body!({"Id": format!("pa-{name}"), "Name": name}));
                let all: Vec<_> = std::iter::once(body!({"Id": "pa-1", "Name": "one"})).chain(more).collect();
                body!({"ProvisioningArtifacts": all}).into()
            }
            "ListLaunchPaths" => body!({"LaunchPathSummaries": [{"Id": "lp-1", "Name": "Team"}]}).into(),
            "DescribeProvisioningParameters" => {
                body!({"ProvisioningArtifactParameters": [{"ParameterKey": "Token"}]}).into()
            }
            "SearchProvisionedProducts" => {
                let standing = (0..self.made.len()).filter(|at| self.made[*at].1 != "gone");
                body!({"ProvisionedProducts": standing.map(|at| self.attribute(at)).collect::<Vec<_>>()}).into()
            }
            "ProvisionProduct" => {
                let status = if self.broken { "ERROR" } else { "AVAILABLE" };
                self.made.push((text("ProvisionedProductName").to_owned(), status, "PROVISION_PRODUCT"));
                self.tokens.push(text("ProvisionToken").to_owned());
                body!({}).into()
            }
            "DescribeProvisionedProduct" => match self.at(text("Id"), text("Name")) {
                Some(at) => body!({"ProvisionedProductDetail": self.attribute(at)}).into(),
                None => refusal("ResourceNotFoundException"),
            },
            "DescribeRecord" => {
                let at: usize = text("Id").trim_start_matches("rec-").parse().expect("the id of a record");
                let (_, status, kind) = self.made[at];
                let errors = body!([{"Code": "AccessDenied", "Description": "role r may not s3:CreateBucket"}]);
                let (status, errors) =
                    if status == "ERROR" { ("FAILED", errors) } else { ("SUCCEEDED", body!([])) };
                body!({"RecordDetail": {"RecordId": text("Id"), "RecordType": kind, "Status": status,
                    "RecordErrors": errors}})
                .into()
            }
            "GetProvisionedProductOutputs" => {
                body!({"Outputs": [{"OutputKey": "Url", "OutputValue": "https://x"}]}).into()
            }
            "TerminateProvisionedProduct" => {
                let at = self.at(text("ProvisionedProductId"), "").expect("it stands");
                self.made[at].1 = "gone";
                body!({"RecordDetail": {"RecordId": "rec-t", "Status": "CREATED"}}).into()
            }
            "GetParameter" => match &self.entry {
                Some(id) => body!({"Parameter": {"Name": ENTRY, "Value": id}}).into(),
                None => refusal("ParameterNotFound"),
            },
            "PutParameter" => {
                assert_eq!(text("Name"), ENTRY);
                self.entry = Some(text("Value").to_owned());
                body!({"Version": 1}).into()
            }
            "DeleteParameter" => {
                self.entry = None;
                body!({}).into()
            }
            other => empty(other).into(),
        }
    }
}

/// The catalogue, and AWS with it.
pub(super) fn catalog(change: impl FnOnce(&mut Catalog)) -> (Arc<Mutex<Catalog>>, ScriptedAws) {
    let catalog = Arc::new(Mutex::new(Catalog::default()));
    change(&mut catalog.lock().expect("no test panicked"));
    let of = Arc::clone(&catalog);
    (catalog, ScriptedAws::in_front_of(move |call| of.lock().expect("no test panicked").answer(call)))
}

pub(super) fn standing(catalog: &mut Catalog, names: &[&str]) {
    for name in names {
        catalog.made.push(((*name).to_owned(), "AVAILABLE", "PROVISION_PRODUCT"));
        catalog.tokens.push("of-somebody-else".to_owned());
    }
}
