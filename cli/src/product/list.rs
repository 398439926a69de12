//! `sm-mlops product list`: what can be launched, and what is provisioned.

use super::failed;
use crate::answer::{self, Answer};
use crate::args::ProductList;
use crate::exit::Exit;
use crate::screen::Screen;
use crate::session::Session;
use crate::table::table;
use catalog_product::{CatalogProduct, Product, ProvisionedProduct, Version};
use serde::Serialize;

/// What the command found.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    products: Vec<Offer>,
    provisioned_products: Vec<ProvisionedProduct>,
}

/// A product that can be launched.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Offer {
    #[serde(flatten)]
    product: Product,
    /// With `--versions` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    provisioning_artifacts: Option<Vec<Version>>,
}

/// Runs the command.
pub(super) async fn run(asked: &ProductList, screen: &Screen) -> Exit {
    let work = async |session: &Session, found: &mut Found| {
        let catalog = CatalogProduct::of_caller(&session.config);
        for product in catalog.products().await.map_err(|error| failed(&error))? {
            let id = &product.product_id;
            let versions = if asked.versions {
                Some(catalog.versions(id).await.map_err(|error| failed(&error))?)
            } else {
                None
            };
            found.products.push(Offer { product, provisioning_artifacts: versions });
        }
        found.provisioned_products = catalog.provisioned_products().await.map_err(|error| failed(&error))?;
        Ok(())
    };
    answer::run(Found::default(), &asked.place, asked.json, screen, work).await
}

impl Found {
    /// A row for each provisioned product, and one for each product of which there is none.
    fn rows(&self) -> Vec<Vec<String>> {
        let row = |product: &str, name: &str, made: Option<&ProvisionedProduct>| {
            let made = made.map(|it| [it.id.clone(), it.name.clone(), it.status.clone()]);
            let made = made.unwrap_or_else(|| ["none".to_owned(), String::new(), String::new()]);
            [product, name].map(str::to_owned).into_iter().chain(made).collect()
        };
        let mut rows = Vec::new();
        for Offer { product, .. } in &self.products {
            let (id, name) = (&product.product_id, &product.name);
            let mut made: Vec<_> =
                self.provisioned_products.iter().filter(|it| it.product_id == *id).map(Some).collect();
            if made.is_empty() {
                made.push(None);
            }
            rows.extend(made.into_iter().map(|it| row(id, name, it)));
        }
        let listed = |it: &&ProvisionedProduct| {
            self.products.iter().any(|Offer { product, .. }| product.product_id == it.product_id)
        };
        let others = self.provisioned_products.iter().filter(|it| !listed(it));
        rows.extend(others.map(|it| row(&it.product_id, &it.product_name, Some(it))));
        rows
    }

    /// With `--versions`, a second table.
    fn versions(&self, width: u16) -> Option<String> {
        let all =
            self.products.iter().filter_map(|it| Some((&it.product, it.provisioning_artifacts.as_ref()?)));
        let rows = all.flat_map(|(product, versions)| {
            versions.iter().map(|version| {
                let word = if version.deprecated { "deprecated" } else { "" };
                vec![product.product_id.clone(), version.id.clone(), version.name.clone(), word.to_owned()]
            })
        });
        let rows: Vec<_> = rows.collect();
        (!rows.is_empty()).then(|| table(&["PRODUCT", "VERSION", "NAME", "GUIDANCE"], rows, width))
    }
}

impl Answer for Found {
    fn is_empty(&self) -> bool {
        self.products.is_empty() && self.provisioned_products.is_empty()
    }

    fn text(&self, account: &str, region: &str, width: u16) -> String {
        if self.is_empty() {
            return format!(
                "You may launch no product in account {account}, {region}, and none is provisioned there. A product can be launched \
                 by whom its portfolio gives access."
            );
        }
        let header = ["PRODUCT", "NAME", "PROVISIONED PRODUCT", "ITS NAME", "STATUS"];
        let mut parts = vec![format!("Account {account}, {region}"), table(&header, self.rows(), width)];
        parts.extend(self.versions(width));
        parts.join("\n\n")
    }
}
