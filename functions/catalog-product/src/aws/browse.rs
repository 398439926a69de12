//! The calls that only read, for people who look at a catalogue.

use super::{Aws, Error, PAGE, not_there, read};
use crate::catalog::{Path, Product, ProvisionedProduct, Request, Version};
use aws_sdk_servicecatalog::primitives::{DateTime, DateTimeFormat};
use aws_sdk_servicecatalog::types::{
    AccessLevelFilter, AccessLevelFilterKey, ProvisionedProductAttribute, ProvisioningArtifact,
    ProvisioningArtifactGuidance,
};
use shared::error::cause;
use std::collections::BTreeMap;

/// Provisioned products per page: the most that a search gives (`SearchProvisionedProducts`, `PageSize`).
const MANY: i32 = 100;

impl Aws {
    pub(crate) async fn products(&self) -> Result<Vec<Product>, Error> {
        let mut pages = self.catalog.search_products().page_size(PAGE).into_paginator().send();
        let mut products = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| list("the products of the catalogue", cause(error)))?;
            products.extend(page.product_view_summaries().iter().map(|it| Product {
                product_id: text(it.product_id()),
                name: text(it.name()),
                owner: text(it.owner()),
            }));
        }
        Ok(products)
    }

    /// The ways in which the caller may launch a product; none for a product that does not exist.
    pub(crate) async fn paths(&self, product: &str) -> Result<Vec<Path>, Error> {
        let list_all = self.catalog.list_launch_paths().product_id(product).page_size(PAGE);
        let mut pages = list_all.into_paginator().send();
        let mut paths = Vec::new();
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => paths.extend(page.launch_path_summaries().iter().map(|it| {
                    let id = text(it.id());
                    Path { name: it.name().map_or_else(|| id.clone(), str::to_owned), id }
                })),
                Err(error) if not_there(&error) => return Ok(Vec::new()),
                Err(error) => {
                    return Err(Error::Offer { product: product.to_owned(), source: cause(error) });
                }
            }
        }
        Ok(paths)
    }

    pub(crate) async fn versions(&self, product: &str) -> Result<Vec<Version>, Error> {
        match self.catalog.describe_product().id(product).send().await {
            Ok(found) => Ok(found.provisioning_artifacts().iter().map(version).collect()),
            // Deleted since it was listed.
            Err(error) if not_there(&error) => Ok(Vec::new()),
            Err(error) => Err(Error::Describe { what: format!("product {product}"), source: cause(error) }),
        }
    }

    pub(crate) async fn provisioned_products(&self) -> Result<Vec<ProvisionedProduct>, Error> {
        let all = AccessLevelFilter::builder().key(AccessLevelFilterKey::Account).value("self").build();
        let list_all = self.catalog.search_provisioned_products().access_level_filter(all).page_size(MANY);
        let mut pages = list_all.into_paginator().send();
        let mut products = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| list("provisioned products", cause(error)))?;
            products.extend(page.provisioned_products().iter().map(provisioned));
        }
        Ok(products)
    }

    pub(crate) async fn last_request(&self, found: &ProvisionedProduct) -> Result<Option<Request>, Error> {
        let Some(id) = &found.last_record_id else { return Ok(None) };
        let record = match self.catalog.describe_record().id(id).send().await {
            Ok(answer) => answer.record_detail,
            Err(error) if not_there(&error) => None,
            Err(error) => return Err(Error::Describe { what: format!("record {id}"), source: cause(error) }),
        };
        Ok(record.as_ref().map(read::request))
    }

    pub(crate) async fn outputs(&self, id: &str) -> Result<BTreeMap<String, String>, Error> {
        let list_all = self.catalog.get_provisioned_product_outputs().provisioned_product_id(id);
        let mut pages = list_all.page_size(PAGE).into_paginator().send();
        let mut outputs = BTreeMap::new();
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => outputs
                    .extend(page.outputs().iter().map(|it| (text(it.output_key()), text(it.output_value())))),
                // Terminated meanwhile.
                Err(error) if not_there(&error) => return Ok(BTreeMap::new()),
                Err(error) => return Err(list(&format!("the outputs of {id}"), cause(error))),
            }
        }
        Ok(outputs)
    }
}

fn list(what: &str, source: shared::error::Cause) -> Error {
    Error::List { what: what.to_owned(), source }
}

fn text(value: Option<&str>) -> String {
    value.unwrap_or_default().to_owned()
}

fn version(found: &ProvisioningArtifact) -> Version {
    Version {
        id: text(found.id()),
        name: text(found.name()),
        deprecated: found.guidance() == Some(&ProvisioningArtifactGuidance::Deprecated),
    }
}

fn provisioned(found: &ProvisionedProductAttribute) -> ProvisionedProduct {
    let time = |time: &DateTime| DateTime::from_secs(time.secs()).fmt(DateTimeFormat::DateTime).ok();
    ProvisionedProduct {
        id: text(found.id()),
        name: text(found.name()),
        status: found.status().map_or_else(String::new, |status| status.as_str().to_owned()),
        product_id: text(found.product_id()),
        product_name: text(found.product_name()),
        provisioning_artifact_id: text(found.provisioning_artifact_id()),
        provisioning_artifact_name: text(found.provisioning_artifact_name()),
        created_time: found.created_time().and_then(time),
        user_arn: text(found.user_arn()),
        physical_id: found.physical_id().map(str::to_owned),
        last_record_id: found.last_record_id().map(str::to_owned),
    }
}
