//! What a catalogue offers and what is provisioned of it, in plain data with the names of the API reference.

use serde::Serialize;

/// A product that the caller may launch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Product {
    /// `prod-...`.
    pub product_id: String,
    pub name: String,
    pub owner: String,
}

/// A version of a product: a provisioning artifact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Version {
    /// `pa-...`.
    pub id: String,
    pub name: String,
    /// Whether its administrator advises against it.
    pub deprecated: bool,
}

/// A way to launch a product: a portfolio that has it, or a share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Path {
    /// `lpv3-...`.
    pub id: String,
    /// The name of the portfolio; the id where AWS gives none.
    pub name: String,
}

/// A provisioned product.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProvisionedProduct {
    /// `pp-...`.
    pub id: String,
    pub name: String,
    /// AWS's word: `AVAILABLE`, `UNDER_CHANGE`, `TAINTED`, `ERROR`, `PLAN_IN_PROGRESS`.
    pub status: String,
    pub product_id: String,
    /// Empty where AWS gives no name.
    pub product_name: String,
    /// The version: `pa-...`.
    pub provisioning_artifact_id: String,
    pub provisioning_artifact_name: String,
    /// `2026-01-02T03:04:05Z`
    pub created_time: Option<String>,
    /// Who made it.
    pub user_arn: String,
    /// The ARN of its stack, as soon as there is one.
    pub physical_id: Option<String>,
    pub last_record_id: Option<String>,
}

/// The last request for a provisioned product: a record of Service Catalog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Request {
    pub record_id: String,
    /// AWS's word: `PROVISION_PRODUCT`, `UPDATE_PROVISIONED_PRODUCT`, `TERMINATE_PROVISIONED_PRODUCT` and others.
    pub record_type: String,
    /// AWS's word: `CREATED`, `IN_PROGRESS`, `IN_PROGRESS_IN_ERROR`, `SUCCEEDED`, `FAILED`.
    pub status: String,
    /// The first error of a request that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
