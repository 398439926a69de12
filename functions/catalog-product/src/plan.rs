//! Decides the next action. Pure.

use crate::observation::{Kind, Observation, Offer, Provisioned, Status};
use crate::spec::{Launch, Run, Spec, Termination};
use shared::reconcile::output::{Output, attributes};
use shared::reconcile::progress::{Remaining, State, Tracked, Waiting};
use shared::reconcile::step::Plan;
use shared::text;
use std::fmt;
use std::time::Duration;

/// How long until the next look at a record.
const LOOK: Duration = Duration::from_secs(10);
/// How long Service Catalog may work on one request. A product with a domain takes more than half an hour; AWS documents no limit
/// for a record, and this one is ours.
const AT_MOST: Duration = Duration::from_hours(24);
const PRODUCTS: &str = "provisioned products";
const ROLES: &str = "roles";
const ENTRIES: &str = "SSM parameters";
/// How many names a sentence lists.
const LISTED: usize = 10;

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProductAction {
    /// Gives a role access to a portfolio.
    Associate { portfolio: String, role: String },
    /// Provisions a product through a launch path.
    Provision { launch: Launch, path: String },
    /// Writes the SSM parameter.
    Record { product: String, id: String },
    /// Terminates a provisioned product.
    Terminate { id: String, name: String, token: String },
    /// Deletes the SSM parameter.
    Forget { product: String },
}

impl ProductAction {
    /// What the action is for.
    #[must_use]
    pub fn resources(&self) -> Vec<Tracked> {
        let (kind, id) = match self {
            Self::Associate { role, .. } => (ROLES, role),
            Self::Provision { launch, .. } => (PRODUCTS, &launch.name),
            Self::Terminate { name, .. } => (PRODUCTS, name),
            Self::Record { product, .. } | Self::Forget { product } => (ENTRIES, product),
        };
        Tracked::all(kind, [id], &State::ActedOn)
    }
}

impl fmt::Display for ProductAction {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Associate { portfolio, role } => {
                write!(out, "giving {role} access to portfolio {portfolio}")
            }
            Self::Provision { launch, .. } => write!(out, "provisioning {}", launch.name),
            Self::Record { product, id } => write!(out, "writing {id} to {}", entry(product)),
            Self::Terminate { name, .. } => write!(out, "terminating {name}"),
            Self::Forget { product } => write!(out, "deleting the SSM parameter {}", entry(product)),
        }
    }
}

/// The name of the SSM parameter that holds the id of the provisioned product.
#[must_use]
pub fn entry(product: &str) -> String {
    format!("/ds-product-catalog/{product}/provisioned-product-id")
}

/// The next action of a spec.
pub(crate) fn plan(spec: &Spec, observed: &Observation) -> Plan<ProductAction> {
    match (spec, observed) {
        (Spec::Associate { portfolio }, Observation::Access { role, associated }) => {
            associate(portfolio, role, *associated)
        }
        (Spec::Provision(launch), Observation::Launch { recorded, named, offer }) => {
            provision(launch, recorded.as_ref(), named.as_ref(), offer.as_ref())
        }
        (Spec::Terminate(asked), Observation::End { recorded, found }) => {
            terminate(asked, *recorded, found.as_ref())
        }
        _ => Plan::Stuck("what was read does not belong to what was asked for: this is a bug".to_owned()),
    }
}

fn associate(portfolio: &str, role: &str, associated: bool) -> Plan<ProductAction> {
    if associated {
        return Plan::Done(attributes([("PortfolioId", portfolio), ("RoleArn", role)]));
    }
    let action = ProductAction::Associate { portfolio: portfolio.to_owned(), role: role.to_owned() };
    Plan::Act(action, Remaining::new([(ROLES, 1)]))
}

fn provision(
    launch: &Launch,
    recorded: Option<&Provisioned>,
    named: Option<&Provisioned>,
    offer: Option<&Offer>,
) -> Plan<ProductAction> {
    if let Some(other) = recorded.filter(|it| named.is_none_or(|named| named.id != it.id)) {
        return Plan::Stuck(format!(
            "product {} is provisioned already, as {} ({}): terminate that first. The SSM parameter {} has room for one",
            launch.product,
            other.id,
            other.name,
            entry(&launch.product)
        ));
    }
    let Some(found) = named else { return begin(launch, offer) };
    if found.product != launch.product {
        return Plan::Stuck(format!(
            "the name {} belongs to {}, which is made of product {}: terminate or rename that",
            found.name, found.id, found.product
        ));
    }
    let rest = Remaining::new([(PRODUCTS, 1)]);
    match (found.record.kind, &found.record.status) {
        (Kind::Terminate, Status::Running | Status::Succeeded) => wait(found, "being terminated"),
        (_, Status::Running) => wait(found, "being provisioned"),
        (_, Status::Unknown(word)) => unknown(found, word),
        (Kind::Provision, Status::Failed(why)) if launch.run.continued || found.token == launch.token() => {
            Plan::Stuck(format!(
                "could not provision {} ({}): {why}. Remove that cause and retry: what is left of it is terminated then",
                found.name, found.id
            ))
        }
        // Of an earlier attempt: there is nothing to use in it.
        (Kind::Provision, Status::Failed(_)) => Plan::Act(terminating(found, &launch.run), rest),
        (Kind::Terminate | Kind::Other, Status::Failed(why)) => Plan::Stuck(format!(
            "the last request for {} ({}) failed: {why}. Remove that cause and terminate it, and retry",
            found.name, found.id
        )),
        (Kind::Provision | Kind::Other, Status::Succeeded) => provisioned(launch, recorded, found),
    }
}

/// A provisioned product of the right name that stands.
fn provisioned(launch: &Launch, recorded: Option<&Provisioned>, found: &Provisioned) -> Plan<ProductAction> {
    if !found.token.starts_with(&launch.fingerprint()) || found.artifact != launch.artifact {
        return Plan::Stuck(format!(
            "{} ({}) is there already, from another version or with other parameters: terminate it first, or update it in Service \
             Catalog",
            found.name, found.id
        ));
    }
    if recorded.is_some() || !launch.entry {
        return Plan::Done(output(&launch.product, &found.id, &found.name));
    }
    let action = ProductAction::Record { product: launch.product.clone(), id: found.id.clone() };
    Plan::Act(action, Remaining::new([(ENTRIES, 1)]))
}

/// The launch itself, if the product can be launched in this way.
fn begin(launch: &Launch, offer: Option<&Offer>) -> Plan<ProductAction> {
    let Launch { product, artifact, .. } = launch;
    match offer {
        None => Plan::Stuck(format!("how product {product} can be launched was not read: this is a bug")),
        Some(Offer::NoPath) => Plan::Stuck(format!(
            "product {product} does not exist, or the role has no access to it: check ProductId, and run the action with \
             Operation associate-role first"
        )),
        Some(Offer::Paths(names)) => Plan::Stuck(format!(
            "product {product} can be launched through {} ({}), and only one is possible: take the access to the others from the \
             role",
            text::counted(names.len(), "portfolios"),
            text::list(names, LISTED)
        )),
        Some(Offer::NoVersion) => Plan::Stuck(format!(
            "product {product} has no version {artifact} that can be launched: correct ProvisioningArtifactIds"
        )),
        Some(Offer::Version { path, parameters }) => {
            if let Some(unknown) = launch.parameters.keys().find(|key| !parameters.contains(key)) {
                return Plan::Stuck(format!(
                    "ProvisioningParameters has the Key {}, which version {artifact} of product {product} does not have: give {}",
                    text::escaped(unknown),
                    if parameters.is_empty() { "none".to_owned() } else { text::list(parameters, LISTED) }
                ));
            }
            let action = ProductAction::Provision { launch: launch.clone(), path: path.clone() };
            Plan::Act(action, Remaining::new([(PRODUCTS, 1)]))
        }
    }
}

fn terminate(asked: &Termination, recorded: bool, found: Option<&Provisioned>) -> Plan<ProductAction> {
    let Termination { product, name, run, .. } = asked;
    let Some(found) = found else {
        if recorded {
            let action = ProductAction::Forget { product: product.clone() };
            return Plan::Act(action, Remaining::new([(ENTRIES, 1)]));
        }
        return Plan::Done(output(product, "none", name));
    };
    if found.product != *product {
        return Plan::Stuck(format!(
            "{} ({}) is made of product {}, not of {product}: correct ProductId, or the SSM parameter {}",
            found.name,
            found.id,
            found.product,
            entry(product)
        ));
    }
    match (found.record.kind, &found.record.status) {
        (Kind::Terminate, Status::Running | Status::Succeeded) => wait(found, "being terminated"),
        (_, Status::Running) => wait(found, "being changed"),
        (_, Status::Unknown(word)) => unknown(found, word),
        (Kind::Terminate, Status::Failed(why)) if run.continued => Plan::Stuck(not_terminated(found, why)),
        (_, Status::Succeeded | Status::Failed(_)) => {
            Plan::Act(terminating(found, run), Remaining::new([(PRODUCTS, 1)]))
        }
    }
}

fn terminating(found: &Provisioned, run: &Run) -> ProductAction {
    ProductAction::Terminate { id: found.id.clone(), name: found.name.clone(), token: run.id.clone() }
}

/// The sentence for a termination that failed.
fn not_terminated(found: &Provisioned, why: &str) -> String {
    format!("could not terminate {} ({}): {why}. Remove that cause and retry", found.name, found.id)
}

fn wait(found: &Provisioned, words: &'static str) -> Plan<ProductAction> {
    let state = State::Requested { words, at_most: AT_MOST };
    let resources = Tracked::all(PRODUCTS, [format!("{}, {}", found.name, found.id)], &state);
    let waiting = Waiting::for_aws(resources, Remaining::new([(PRODUCTS, 1)]), LOOK);
    waiting.map_or_else(|| Plan::Stuck("there is nothing to wait for: this is a bug".to_owned()), Plan::Wait)
}

fn unknown(found: &Provisioned, word: &str) -> Plan<ProductAction> {
    Plan::Stuck(format!(
        "the last request for {} ({}) has the status `{word}`, which this version does not know: look at it in Service Catalog, or \
         take a newer version",
        found.name, found.id
    ))
}

/// The same keys on every answer.
fn output(product: &str, id: &str, name: &str) -> Output {
    attributes([("ProductId", product), ("ProvisionedProductId", id), ("ProvisionedProductName", name)])
}

#[cfg(test)]
mod tests;
