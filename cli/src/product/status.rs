//! `sm-mlops product status`: provisioned products with their last requests and outputs.

use super::{failed, find};
use crate::answer::{self, Answer};
use crate::args::ProductStatus;
use crate::domain::spelled;
use crate::exit::{Exit, Failure};
use crate::screen::Screen;
use crate::session::Session;
use crate::table::table;
use catalog_product::{CatalogProduct, ProvisionedProduct, Request};
use serde::Serialize;
use std::collections::BTreeMap;

/// What the command found, or made.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Found {
    pub(super) provisioned_products: Vec<Details>,
    /// Whether anything was asked of AWS that changes something.
    #[serde(skip)]
    pub(super) begun: bool,
}

/// All that is known of a provisioned product.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Details {
    #[serde(flatten)]
    pub(super) product: ProvisionedProduct,
    last_request: Option<Request>,
    outputs: BTreeMap<String, String>,
}

/// Runs the command.
pub(super) async fn run(asked: &ProductStatus, screen: &Screen) -> Exit {
    let work = async |session: &Session, found: &mut Found| {
        let catalog = CatalogProduct::of_caller(&session.config);
        for product in find::provisioned(&catalog, session, &asked.product).await? {
            found.provisioned_products.push(details(&catalog, product).await?);
        }
        Ok(())
    };
    answer::run(Found::default(), &asked.place, asked.json, screen, work).await
}

/// Reads the last request and the outputs of a provisioned product.
pub(super) async fn details(
    catalog: &CatalogProduct,
    product: ProvisionedProduct,
) -> Result<Details, Failure> {
    let last_request = catalog.last_request(&product).await.map_err(|error| failed(&error))?;
    // A product that has no stack yet, or none any more, has no outputs.
    let outputs = match product.physical_id {
        Some(_) => catalog.outputs(&product.id).await.map_err(|error| failed(&error))?,
        None => BTreeMap::new(),
    };
    Ok(Details { product, last_request, outputs })
}

impl Details {
    /// Lines for people.
    pub(super) fn text(&self, width: u16) -> String {
        let it = &self.product;
        let named =
            |name: &str, id: &str| if name.is_empty() { id.to_owned() } else { format!("{name} ({id})") };
        let mut lines = vec![
            ("Provisioned product", named(&it.name, &it.id)),
            ("Product", named(&it.product_name, &it.product_id)),
            ("Version", named(&it.provisioning_artifact_name, &it.provisioning_artifact_id)),
            ("Status", it.status.clone()),
        ];
        if let Some(request) = &self.last_request {
            let Request { record_id, record_type, status, .. } = request;
            lines.push(("Last request", format!("{record_type}, {status} ({record_id})")));
            lines.extend(request.reason.clone().map(|reason| ("Cause", reason)));
        }
        lines.extend(it.created_time.as_deref().map(|time| ("Created", spelled(time))));
        lines.push(("Created by", it.user_arn.clone()));
        lines.extend(it.physical_id.clone().map(|stack| ("Stack", stack)));
        let lines = lines.iter().map(|(word, value)| format!("{word:20} {value}")).collect::<Vec<_>>();
        let mut parts = vec![lines.join("\n")];
        if !self.outputs.is_empty() {
            let rows = self.outputs.iter().map(|(key, value)| vec![key.clone(), value.clone()]);
            parts.push(table(&["OUTPUT", "VALUE"], rows, width));
        }
        parts.join("\n\n")
    }
}

impl Answer for Found {
    fn begun(&self) -> bool {
        self.begun
    }

    fn text(&self, account: &str, region: &str, width: u16) -> String {
        let head = format!("Account {account}, {region}");
        let all = self.provisioned_products.iter().map(|it| it.text(width));
        std::iter::once(head).chain(all).collect::<Vec<_>>().join("\n\n")
    }
}
