//! What an administrator of the catalog manages, as plain data.

use crate::constraint::Constraint;
use crate::failure::not_found;
use crate::provisioned::{Provisioned, Record};
use crate::template::Template;
use crate::tokens::Tokens;
use emulator_core::{Failure, ServiceContext, random_id};
use std::collections::{BTreeMap, BTreeSet};

/// Milliseconds since 1970.
pub(crate) type Moment = i64;

/// Values by key.
pub(crate) type Tags = BTreeMap<String, String>;

/// Everything of one account in one Region, by id.
#[derive(Debug, Default)]
pub(crate) struct Store {
    pub(crate) portfolios: BTreeMap<String, Portfolio>,
    /// Accepted portfolios that cannot be seen yet, with the moment from which they can.
    pub(crate) accepted: BTreeMap<String, (Moment, Portfolio)>,
    pub(crate) products: BTreeMap<String, Product>,
    pub(crate) constraints: BTreeMap<String, Constraint>,
    pub(crate) tag_options: BTreeMap<String, TagOption>,
    pub(crate) provisioned: BTreeMap<String, Provisioned>,
    pub(crate) records: BTreeMap<String, Record>,
    pub(crate) tokens: Tokens,
}

/// A portfolio of this account, or one that it accepted.
#[derive(Debug)]
pub(crate) struct Portfolio {
    /// The account that it belongs to.
    pub(crate) owner: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) provider: String,
    pub(crate) created: Moment,
    pub(crate) tags: Tags,
    /// Type by ARN.
    pub(crate) principals: BTreeMap<String, PrincipalType>,
    /// The id of the launch path by that of the product.
    pub(crate) products: BTreeMap<String, String>,
    /// The accounts that it is shared with.
    pub(crate) shares: BTreeSet<String>,
}

/// How the ARN of a principal is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PrincipalType {
    Iam,
    /// Without an account, and with wildcards.
    IamPattern,
}

impl PrincipalType {
    pub(crate) fn of(word: &str) -> Self {
        if word == "IAM_PATTERN" { Self::IamPattern } else { Self::Iam }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Iam => "IAM",
            Self::IamPattern => "IAM_PATTERN",
        }
    }
}

/// A product and its versions.
#[derive(Debug)]
pub(crate) struct Product {
    /// `prodview-...`.
    pub(crate) view: String,
    /// Members of `ProductViewSummary` that its administrator sets: name, owner, descriptions, support.
    pub(crate) about: BTreeMap<&'static str, String>,
    pub(crate) kind: String,
    pub(crate) created: Moment,
    pub(crate) tags: Tags,
    /// Oldest first.
    pub(crate) artifacts: Vec<Artifact>,
}

impl Product {
    pub(crate) fn name(&self) -> &str {
        self.about.get("Name").map(String::as_str).unwrap_or_default()
    }
}

/// A version of a product.
#[derive(Debug)]
pub(crate) struct Artifact {
    /// `pa-...`.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) kind: String,
    pub(crate) created: Moment,
    pub(crate) active: bool,
    /// `DEFAULT` or `DEPRECATED`.
    pub(crate) guidance: String,
    pub(crate) template: Template,
}

/// A key and a value that tags of provisioned products may be taken from.
#[derive(Debug)]
pub(crate) struct TagOption {
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) active: bool,
}

impl Store {
    /// Shows the accepted portfolios whose moment has come.
    pub(crate) fn settle(&mut self, now: Moment) {
        let due = self.accepted.extract_if(.., |_, (moment, _)| *moment <= now);
        self.portfolios.extend(due.map(|(id, (_, portfolio))| (id, portfolio)));
    }

    pub(crate) fn portfolio(&self, id: &str) -> Result<&Portfolio, Failure> {
        self.portfolios.get(id).ok_or_else(|| not_found(format!("Portfolio {id} not found.")))
    }

    pub(crate) fn portfolio_mut(&mut self, id: &str) -> Result<&mut Portfolio, Failure> {
        self.portfolios.get_mut(id).ok_or_else(|| not_found(format!("Portfolio {id} not found.")))
    }

    pub(crate) fn product(&self, id: &str) -> Result<&Product, Failure> {
        self.products.get(id).ok_or_else(|| no_product(id))
    }

    pub(crate) fn product_mut(&mut self, id: &str) -> Result<&mut Product, Failure> {
        self.products.get_mut(id).ok_or_else(|| no_product(id))
    }

    /// The constraints of a product in a portfolio, with their ids.
    pub(crate) fn constraints_of<'a>(
        &'a self,
        portfolio: &'a str,
        product: &'a str,
    ) -> impl Iterator<Item = (&'a String, &'a Constraint)> {
        self.constraints.iter().filter(move |(_, it)| it.portfolio == portfolio && it.product == product)
    }
}

pub(crate) fn no_product(id: &str) -> Failure {
    not_found(format!("Product {id} not found."))
}

/// An id as AWS makes them.
pub(crate) fn new_id(prefix: &str) -> String {
    format!("{prefix}-{}", random_id(13))
}

/// The ARN of a portfolio or a product: `portfolio/port-...`.
pub(crate) fn catalog_arn(region: &str, owner: &str, resource: &str) -> String {
    format!("arn:aws:catalog:{region}:{owner}:{resource}")
}

/// The ARN of a product of this account.
pub(crate) fn product_arn(context: &ServiceContext, id: &str) -> String {
    catalog_arn(&context.region, &context.account, &format!("product/{id}"))
}
