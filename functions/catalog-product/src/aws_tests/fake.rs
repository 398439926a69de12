//! A catalogue with one product, which takes two looks at a record to provision and to terminate.

use super::{ARTIFACT, NAME, PRODUCT, ROLE_ARN};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard};
use testing::reply::{self, query, refusal};
use testing::{Call, Reply, ScriptedAws};

/// What there is.
#[derive(Default)]
pub(super) struct Catalog {
    /// ARNs of roles with access.
    pub(super) principals: Vec<String>,
    /// The SSM parameter.
    pub(super) entry: Option<String>,
    /// Every provisioned product that was ever made.
    pub(super) products: Vec<Product>,
    /// Why launches fail.
    pub(super) broken: Option<&'static str>,
}

/// One provisioned product.
pub(super) struct Product {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) token: String,
    pub(super) kind: &'static str,
    /// Looks until its record ends.
    pub(super) looks: usize,
    pub(super) failed: Option<&'static str>,
    pub(super) gone: bool,
    pub(super) terminate_token: String,
}

/// What [`Fake::now`] gives for these.
pub(super) fn now(standing: &[&str], entry: Option<&str>) -> (Vec<String>, Option<String>) {
    (standing.iter().map(|id| (*id).to_owned()).collect(), entry.map(str::to_owned))
}

/// The catalogue, shared with the server that answers for it.
#[derive(Clone, Default)]
pub(super) struct Fake(Arc<Mutex<Catalog>>);

impl Fake {
    pub(super) fn state(&self) -> MutexGuard<'_, Catalog> {
        self.0.lock().unwrap()
    }

    /// The products that stand, and the SSM parameter.
    pub(super) fn now(&self) -> (Vec<String>, Option<String>) {
        let state = self.state();
        let standing = state.products.iter().filter(|it| !it.gone).map(|it| it.id.clone()).collect();
        (standing, state.entry.clone())
    }

    pub(super) fn aws(&self) -> ScriptedAws {
        let fake = self.clone();
        ScriptedAws::in_front_of(move |call| fake.state().answer(call))
    }

    /// A catalogue with a product of that name that stands, as another run made it.
    pub(super) fn with_product(name: &str, token: &str) -> Self {
        let fake = Self::default();
        fake.state().provision(name, token);
        fake.state().products[0].looks = 0;
        fake
    }
}

impl Catalog {
    pub(super) fn provision(&mut self, name: &str, token: &str) {
        let id = format!("pp-{}", self.products.len() + 1);
        self.products.push(Product {
            id,
            name: name.to_owned(),
            token: token.to_owned(),
            kind: "PROVISION_PRODUCT",
            looks: 2,
            failed: self.broken,
            gone: false,
            terminate_token: String::new(),
        });
    }

    fn answer(&mut self, call: &Call) -> Reply {
        let (body, text) = (&call.body, |member: &str| call.body[member].as_str().unwrap_or_default());
        match call.operation.as_str() {
            "GetRole" => query(
                "GetRole",
                &format!(
                    "<Role><Path>/service-role/</Path><RoleName>r</RoleName><RoleId>AROA</RoleId><Arn>{ROLE_ARN}</Arn><CreateDate>2026-01-05T10:11:12Z</CreateDate></Role>"
                ),
            ),
            "ListPrincipalsForPortfolio" => {
                let all =
                    self.principals.iter().map(|arn| json!({"PrincipalARN": arn, "PrincipalType": "IAM"}));
                json!({"Principals": all.collect::<Vec<_>>()}).into()
            }
            "AssociatePrincipalWithPortfolio" => {
                self.principals.push(text("PrincipalARN").to_owned());
                reply::empty()
            }
            "GetParameter" => match &self.entry {
                Some(id) => json!({"Parameter": {"Name": body["Name"], "Value": id}}).into(),
                None => refusal("ParameterNotFound"),
            },
            "PutParameter" => {
                self.entry = Some(text("Value").to_owned());
                json!({"Version": 1}).into()
            }
            "DeleteParameter" if self.entry.take().is_none() => refusal("ParameterNotFound"),
            "DeleteParameter" => reply::empty(),
            "ListLaunchPaths" => json!({"LaunchPathSummaries": [{"Id": "lpv3-1", "Name": "One"}]}).into(),
            "DescribeProvisioningParameters" => {
                json!({"ProvisioningArtifactParameters": [{"ParameterKey": "EnvName"}]}).into()
            }
            "ProvisionProduct" => {
                let (name, token) = (text("ProvisionedProductName"), text("ProvisionToken"));
                if self.products.iter().any(|it| it.token == token) {
                    return reply::empty();
                }
                if self.products.iter().any(|it| it.name == name && !it.gone) {
                    return refusal("DuplicateResourceException");
                }
                self.provision(name, token);
                reply::empty()
            }
            "DescribeProvisionedProduct" => {
                let found = self
                    .products
                    .iter()
                    .find(|it| !it.gone && (it.id == text("Id") || it.name == text("Name")));
                found.map_or_else(
                    || refusal("ResourceNotFoundException"),
                    |it| json!({"ProvisionedProductDetail": it.show()}).into(),
                )
            }
            "DescribeRecord" => self.record(text("Id")),
            "TerminateProvisionedProduct" => {
                let found =
                    self.products.iter_mut().find(|it| !it.gone && it.id == text("ProvisionedProductId"));
                let Some(found) = found else { return refusal("ResourceNotFoundException") };
                if found.terminate_token != text("TerminateToken") {
                    found.terminate_token = text("TerminateToken").to_owned();
                    (found.kind, found.looks, found.failed) =
                        ("TERMINATE_PROVISIONED_PRODUCT", 2, self.broken);
                }
                json!({"RecordDetail": found.record()}).into()
            }
            other => panic!("{other} is not called"),
        }
    }

    fn record(&mut self, id: &str) -> Reply {
        let found = self.products.iter_mut().find(|it| !it.gone && id == format!("rec-{}", it.id));
        let Some(found) = found else { return refusal("ResourceNotFoundException") };
        let shown = found.record();
        if found.looks > 0 {
            found.looks -= 1;
        }
        found.gone = found.looks == 0 && found.kind.starts_with("TERMINATE") && found.failed.is_none();
        json!({"RecordDetail": shown}).into()
    }
}

impl Product {
    fn show(&self) -> Value {
        json!({
            "Id": self.id, "Name": self.name, "ProductId": PRODUCT, "ProvisioningArtifactId": ARTIFACT,
            "IdempotencyToken": self.token, "LastRecordId": format!("rec-{}", self.id), "Status": "AVAILABLE",
        })
    }

    fn record(&self) -> Value {
        let status = match (self.looks, self.failed) {
            (2, _) => "CREATED",
            (1, Some(_)) => "IN_PROGRESS_IN_ERROR",
            (1, None) => "IN_PROGRESS",
            (_, Some(_)) => "FAILED",
            (_, None) => "SUCCEEDED",
        };
        let errors = self.failed.iter().map(|why| json!({"Code": "CREATE_FAILED", "Description": why}));
        json!({
            "RecordId": format!("rec-{}", self.id), "RecordType": self.kind, "Status": status,
            "RecordErrors": errors.collect::<Vec<_>>(), "ProvisionedProductName": NAME,
        })
    }
}
