//! What a person may type after `sm-mlops product`.

use super::Place;
use crate::exit;
use clap::{Args as ClapArgs, Subcommand};
use shared::secret::Secret;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum Product {
    /// List the products that you may launch, and what is provisioned of them in the account and Region.
    #[command(after_help = exit::table(), override_usage = "sm-mlops product list [OPTIONS]")]
    List(ProductList),
    /// Show a provisioned product: its last request, the first cause of a failure, and its outputs.
    #[command(after_help = exit::table(), override_usage = "sm-mlops product status [OPTIONS] <PRODUCT>")]
    Status(ProductStatus),
    /// Provision a product, and wait until it is there.
    ///
    /// Without --name, does the same as the pipeline action of the function catalog-product: one provisioned product for
    /// each product, whose id goes to the SSM parameter /ds-product-catalog/PRODUCT_ID/provisioned-product-id. A
    /// provisioned product that is there already with the same version and parameters is the result; what is left of a
    /// failed attempt is terminated first. Run the same command again to resume a run that was interrupted.
    #[command(after_help = exit::table(), override_usage = "sm-mlops product provision [OPTIONS] <PRODUCT>")]
    Provision(ProductProvision),
    /// Terminate a provisioned product with everything that its stack made.
    ///
    /// Shows it first, and terminates nothing until you type its id. Deletes the SSM parameter that names it.
    #[command(after_help = exit::table(), override_usage = "sm-mlops product terminate [OPTIONS] <PRODUCT>")]
    Terminate(ProductTerminate),
}

#[derive(Clone, Debug, ClapArgs)]
pub struct ProductList {
    /// Show the versions too: one more call for each product.
    #[arg(long)]
    pub versions: bool,
    #[command(flatten)]
    pub place: Place,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Debug, ClapArgs)]
pub struct ProductStatus {
    /// The id or the name of a provisioned product, or of the product that it was made of.
    pub product: String,
    #[command(flatten)]
    pub place: Place,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Debug, ClapArgs)]
pub struct ProductProvision {
    /// The id or the name of the product.
    pub product: String,
    /// The id or the name of the version, for a product with several.
    #[arg(long, value_name = "VERSION")]
    pub version: Option<String>,
    /// The id or the name of the launch path, for a product in several portfolios.
    #[arg(long, value_name = "PATH")]
    pub path: Option<String>,
    /// A parameter of the product; once for each. The list of processes shows it to other users of the machine: give a
    /// secret with --parameters.
    #[arg(long = "parameter", value_name = "KEY=VALUE", value_parser = parameter)]
    pub given: Vec<(String, Secret<String>)>,
    /// A JSON file with parameters: a list of objects with Key and Value. `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    pub parameters: Option<PathBuf>,
    /// A name of your own for the provisioned product, so that there can be several of one product. No SSM parameter names
    /// it.
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub name: Option<String>,
    #[command(flatten)]
    pub place: Place,
    /// Print one JSON document at the end, and no progress.
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Debug, ClapArgs)]
pub struct ProductTerminate {
    /// The id or the name of a provisioned product, or of the product that it was made of.
    pub product: String,
    #[command(flatten)]
    pub place: Place,
    /// Terminate without a question.
    #[arg(long, short)]
    pub yes: bool,
    /// Print one JSON document at the end, and no progress.
    #[arg(long)]
    pub json: bool,
}

fn parameter(text: &str) -> Result<(String, Secret<String>), &'static str> {
    super::pair(text).ok_or("give KEY=VALUE")
}

/// `ProvisionedProductName`: a letter or digit, then letters, digits, `.`, `_` and `-`, 128 at most.
fn name(text: &str) -> Result<String, &'static str> {
    let known = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    if known && text.len() <= 128 && text.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        Ok(text.to_owned())
    } else {
        Err("give 1 to 128 letters, digits, `.`, `_` and `-`, the first a letter or a digit")
    }
}
