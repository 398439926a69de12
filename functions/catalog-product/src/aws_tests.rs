//! The calls, against a scripted AWS with a catalogue in it.

mod calls;
mod events;
mod fake;
mod life;

use crate::spec::{Launch, Run, Spec, Termination};
use crate::{CatalogProduct, Error};
use shared::error::chain;
use shared::reconcile::step::{StepError, StepResult, step};
use shared::secret::Secret;
use testing::ScriptedAws;
use tokio::time::Instant;

const PORTFOLIO: &str = "port-abcdefghijklm";
const PRODUCT: &str = "prod-abcdefghijklm";
const ARTIFACT: &str = "pa-abcdefghijklm";
const NAME: &str = "data_science_environment-prod-abcdefghijklm";
const ROLE: &str = "catalog-product-Role-1A2B";
const ROLE_ARN: &str = "arn:aws:iam::111122223333:role/service-role/catalog-product-Role-1A2B";
/// In the place of a secret, in the value of a parameter.
const CANARY: &str = "canary-4711";

async fn function(aws: &ScriptedAws) -> CatalogProduct {
    CatalogProduct::new(&aws.config("eu-west-1", 2).await, ROLE.to_owned())
}

fn run(id: &str) -> Run {
    Run { id: id.to_owned(), continued: false }
}

fn associate() -> Spec {
    Spec::Associate { portfolio: PORTFOLIO.to_owned() }
}

fn provision(id: &str) -> Spec {
    Spec::Provision(Launch {
        product: PRODUCT.to_owned(),
        artifact: ARTIFACT.to_owned(),
        name: NAME.to_owned(),
        path: None,
        entry: true,
        parameters: [("EnvName".to_owned(), Secret::new(CANARY.to_owned()))].into(),
        run: run(id),
    })
}

fn terminate(id: &str) -> Spec {
    Spec::Terminate(Termination {
        product: PRODUCT.to_owned(),
        id: None,
        name: NAME.to_owned(),
        run: run(id),
    })
}

/// One step: whether it is done, what it waits for, or the sentence of its error.
async fn one_step(function: &CatalogProduct, spec: &Spec) -> Result<Option<String>, String> {
    let until = Instant::now() + std::time::Duration::from_hours(1);
    let result = step(function, spec, until).await;
    let result = result.map_err(|error: StepError<Error>| match error {
        StepError::Stuck(why) => why,
        StepError::Failed(error) => chain(&error),
    });
    let said = result.map(|result| match result {
        StepResult::Waiting(waiting) => Some(waiting.to_string()),
        StepResult::Done(_) | StepResult::Absent(..) => None,
    });
    assert!(!format!("{said:?}").contains(CANARY), "{said:?}");
    said
}

/// Steps to the end, without pauses: their number.
async fn all_steps(function: &CatalogProduct, spec: &Spec) -> Result<usize, String> {
    for taken in 1..=20 {
        if one_step(function, spec).await?.is_none() {
            return Ok(taken);
        }
    }
    Err("20 steps were not enough".to_owned())
}
