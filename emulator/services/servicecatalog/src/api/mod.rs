//! Service Catalog's operations, one function each: checked input in, output or AWS's error out.

mod artifacts;
mod associations;
mod browse;
mod constraints;
mod pages;
mod portfolios;
mod products;
mod provision;
mod provisioned;
mod records;
mod search;
mod shares;
mod tag_options;
mod tags;

use crate::ServiceCatalog;
use emulator_core::{Call, Operation, Permission, ServiceContext, Shapes};
use std::sync::LazyLock;

pub(crate) static SHAPES: LazyLock<Shapes> =
    LazyLock::new(|| Shapes::read(include_str!("../../shapes.json")));

/// What is served.
pub(crate) const OPERATIONS: &[Operation<ServiceCatalog>] = &[
    Operation::new("CreatePortfolio", portfolios::create, own),
    Operation::new("DescribePortfolio", portfolios::describe, own),
    Operation::new("UpdatePortfolio", portfolios::update, own),
    Operation::new("DeletePortfolio", portfolios::delete, own),
    Operation::new("ListPortfolios", portfolios::list, own),
    Operation::waiting("CreateProduct", |service, call| Box::pin(products::create(service, call)), own),
    Operation::new("DescribeProductAsAdmin", products::describe, own),
    Operation::new("UpdateProduct", products::update, own),
    Operation::new("DeleteProduct", products::delete, own),
    Operation::new("SearchProductsAsAdmin", search::as_admin, own),
    Operation::waiting(
        "CreateProvisioningArtifact",
        |service, call| Box::pin(artifacts::create(service, call)),
        own,
    ),
    Operation::new("DescribeProvisioningArtifact", artifacts::describe, own),
    Operation::new("UpdateProvisioningArtifact", artifacts::update, own),
    Operation::new("DeleteProvisioningArtifact", artifacts::delete, own),
    Operation::new("ListProvisioningArtifacts", artifacts::list, own),
    Operation::new("CreateConstraint", constraints::create, own),
    Operation::new("DescribeConstraint", constraints::describe, own),
    Operation::new("UpdateConstraint", constraints::update, own),
    Operation::new("DeleteConstraint", constraints::delete, own),
    Operation::new("ListConstraintsForPortfolio", constraints::list, own),
    Operation::new("AssociateProductWithPortfolio", associations::add_product, own),
    Operation::new("DisassociateProductFromPortfolio", associations::remove_product, own),
    Operation::new("ListPortfoliosForProduct", associations::portfolios, own),
    Operation::new("AssociatePrincipalWithPortfolio", associations::add_principal, own),
    Operation::new("DisassociatePrincipalFromPortfolio", associations::remove_principal, own),
    Operation::new("ListPrincipalsForPortfolio", associations::principals, own),
    Operation::new("CreatePortfolioShare", shares::create, own),
    Operation::new("DeletePortfolioShare", shares::delete, own),
    Operation::new("DescribePortfolioShares", shares::describe, own),
    Operation::new("ListPortfolioAccess", shares::accounts, own),
    Operation::new("AcceptPortfolioShare", shares::accept, own),
    Operation::new("RejectPortfolioShare", shares::reject, own),
    Operation::new("ListAcceptedPortfolioShares", shares::accepted, own),
    Operation::new("CreateTagOption", tag_options::create, own),
    Operation::new("DescribeTagOption", tag_options::describe, own),
    Operation::new("UpdateTagOption", tag_options::update, own),
    Operation::new("DeleteTagOption", tag_options::delete, own),
    Operation::new("ListTagOptions", tag_options::list, own),
    Operation::waiting("SearchProducts", |service, call| Box::pin(search::products(service, call)), own),
    Operation::waiting("DescribeProduct", |service, call| Box::pin(browse::product(service, call)), own),
    Operation::waiting("DescribeProductView", |service, call| Box::pin(browse::view(service, call)), own),
    Operation::waiting("ListLaunchPaths", |service, call| Box::pin(browse::paths_of(service, call)), own),
    Operation::waiting(
        "DescribeProvisioningParameters",
        |service, call| Box::pin(browse::parameters(service, call)),
        own,
    ),
    Operation::waiting(
        "ProvisionProduct",
        |service, call| Box::pin(provision::provision(service, call)),
        own,
    ),
    Operation::waiting(
        "UpdateProvisionedProduct",
        |service, call| Box::pin(provision::update(service, call)),
        own,
    ),
    Operation::new("TerminateProvisionedProduct", provision::terminate, own),
    Operation::new("DescribeProvisionedProduct", provisioned::describe, own),
    Operation::new("GetProvisionedProductOutputs", provisioned::outputs, own),
    Operation::new("ScanProvisionedProducts", provisioned::scan, own),
    Operation::new("SearchProvisionedProducts", provisioned::search, own),
    Operation::new("DescribeRecord", records::describe, own),
    Operation::new("ListRecordHistory", records::list, own),
];

/// The service computes the permissions of all operations itself: see `required_permissions`.
fn own(_: &ServiceContext, call: &Call) -> Vec<Permission> {
    vec![Permission::new(format!("servicecatalog:{}", call.operation), "*")]
}
