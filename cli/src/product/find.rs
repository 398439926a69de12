//! Finds what a person means by an id or a name.

use super::failed;
use crate::exit::{Exit, Failure};
use crate::session::Session;
use catalog_product::{CatalogProduct, Path, Product, ProvisionedProduct, Version};
use shared::text::{counted, list};

/// How many a sentence names.
const NAMED: usize = 10;

/// The product with this id or name that the caller may launch.
pub(super) async fn product(
    catalog: &CatalogProduct,
    session: &Session,
    wanted: &str,
) -> Result<Product, Failure> {
    let mut all = catalog.products().await.map_err(|error| failed(&error))?;
    let count = all.len();
    // An id is exact, whatever names there are.
    match all.iter().position(|it| it.product_id == wanted) {
        Some(at) => return Ok(all.swap_remove(at)),
        None => all.retain(|it| it.name == wanted),
    }
    let ids: Vec<_> = all.iter().map(|it| it.product_id.clone()).collect();
    match <[Product; 1]>::try_from(all) {
        Ok([product]) => Ok(product),
        Err(_) if ids.is_empty() => Err(Failure::new(
            Exit::NothingMatches,
            format!(
                "{} may launch {} in account {}, {}, and none has the id or the name {wanted}: `sm-mlops product list` shows \
                 them. A product can be launched by whom its portfolio gives access",
                session.caller,
                counted(count, "products"),
                session.account,
                session.region
            ),
        )),
        Err(_) => Err(ambiguous("products", wanted, &ids, "give an id")),
    }
}

/// The version of a product that is meant.
pub(super) fn version(
    product: &Product,
    all: Vec<Version>,
    wanted: Option<&str>,
) -> Result<Version, Failure> {
    let names: Vec<_> = all.iter().map(|it| format!("{} ({})", it.name, it.id)).collect();
    let fits = |it: &Version| match wanted {
        Some(wanted) => it.id == wanted || it.name == wanted,
        None => !it.deprecated,
    };
    let fitting: Vec<_> = all.into_iter().filter(|it| fits(it)).collect();
    let ids: Vec<_> = fitting.iter().map(|it| format!("{} ({})", it.name, it.id)).collect();
    match (<[Version; 1]>::try_from(fitting), wanted) {
        (Ok([version]), _) => Ok(version),
        (Err(_), _) if names.is_empty() => Err(Failure::new(
            Exit::NothingMatches,
            format!("product {} has no version that can be launched", product.product_id),
        )),
        (Err(_), Some(wanted)) if ids.is_empty() => Err(Failure::new(
            Exit::NothingMatches,
            format!(
                "product {} has no version {wanted}: give --version with the id or the name of one of {}",
                product.product_id,
                list(&names, NAMED)
            ),
        )),
        (Err(_), Some(wanted)) => Err(ambiguous("versions", wanted, &ids, "give an id")),
        (Err(_), None) => Err(Failure::new(
            Exit::Usage,
            format!(
                "product {} has {}: give --version with the id or the name of one of {}",
                product.product_id,
                if ids.is_empty() {
                    "only deprecated versions".to_owned()
                } else {
                    counted(ids.len(), "versions")
                },
                list(&names, NAMED)
            ),
        )),
    }
}

/// The launch path that is meant.
pub(super) fn path(product: &Product, all: Vec<Path>, wanted: Option<&str>) -> Result<Path, Failure> {
    let names: Vec<_> = all.iter().map(|it| format!("{} ({})", it.name, it.id)).collect();
    let fits = |it: &Path| wanted.is_none_or(|wanted| it.id == wanted || it.name == wanted);
    let fitting: Vec<_> = all.into_iter().filter(|it| fits(it)).collect();
    let found = fitting.len();
    match (<[Path; 1]>::try_from(fitting), wanted) {
        (Ok([path]), _) => Ok(path),
        (Err(_), Some(wanted)) if found == 0 => Err(Failure::new(
            Exit::NothingMatches,
            format!(
                "product {} has no launch path {wanted}: give --path with the id or the name of one of {}",
                product.product_id,
                list(&names, NAMED)
            ),
        )),
        (Err(_), _) if names.is_empty() => Err(Failure::new(
            Exit::NothingMatches,
            format!("product {} has no launch path any more: look at its portfolio", product.product_id),
        )),
        (Err(_), _) => Err(Failure::new(
            Exit::Usage,
            format!(
                "product {} can be launched through {}: give --path with the id of one of {}",
                product.product_id,
                counted(found, "portfolios"),
                list(&names, NAMED)
            ),
        )),
    }
}

/// The provisioned products of this id or name, or of the product with it.
pub(super) async fn provisioned(
    catalog: &CatalogProduct,
    session: &Session,
    wanted: &str,
) -> Result<Vec<ProvisionedProduct>, Failure> {
    let all = catalog.provisioned_products().await.map_err(|error| failed(&error))?;
    let is = |it: &&ProvisionedProduct| it.id == wanted || it.name == wanted;
    let of = |it: &&ProvisionedProduct| it.product_id == wanted || it.product_name == wanted;
    let mut found: Vec<_> = all.iter().filter(is).cloned().collect();
    if found.is_empty() {
        found = all.iter().filter(of).cloned().collect();
    }
    if found.is_empty() {
        return Err(Failure::new(
            Exit::NothingMatches,
            format!(
                "none of {} in account {}, {} has the id or the name {wanted}, or is made of a product with it: `sm-mlops product \
                 list` shows them",
                counted(all.len(), "provisioned products"),
                session.account,
                session.region
            ),
        ));
    }
    Ok(found)
}

/// The one provisioned product that is meant.
pub(super) async fn one_provisioned(
    catalog: &CatalogProduct,
    session: &Session,
    wanted: &str,
) -> Result<ProvisionedProduct, Failure> {
    let found = provisioned(catalog, session, wanted).await?;
    let ids: Vec<_> = found.iter().map(|it| format!("{} ({})", it.id, it.name)).collect();
    <[ProvisionedProduct; 1]>::try_from(found)
        .map(|[product]| product)
        .map_err(|_| ambiguous("provisioned products", wanted, &ids, "give the id of one"))
}

fn ambiguous(kind: &str, wanted: &str, ids: &[String], remedy: &str) -> Failure {
    let count = counted(ids.len(), kind);
    Failure::new(Exit::Usage, format!("{wanted} means {count} ({}): {remedy}", list(ids, NAMED)))
}

#[cfg(test)]
mod tests;
