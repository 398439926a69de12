//! `sm-mlops product`: products of Service Catalog, with the library of the function `catalog-product`.

mod find;
mod list;
mod parameters;
mod provision;
mod status;
mod terminate;

use crate::args::Product;
use crate::exit::{Exit, Failure};
use crate::progress::Progress;
use crate::screen::Screen;
use crate::to_the_end::to_the_end;
use catalog_product::{CatalogProduct, Error, Run, Spec};
use shared::error::chain;
use shared::reconcile::step::StepError;
use uuid::Uuid;

/// Runs one of the commands and tells the result.
pub async fn run(asked: &Product, screen: &Screen) -> Exit {
    match asked {
        Product::List(asked) => list::run(asked, screen).await,
        Product::Status(asked) => status::run(asked, screen).await,
        Product::Provision(asked) => provision::run(asked, screen).await,
        Product::Terminate(asked) => terminate::run(asked, screen).await,
    }
}

/// A call that failed, for a person.
fn failed(error: &Error) -> Failure {
    Failure::new(Exit::Failed, chain(error))
}

/// Tells this run from others, also from those of pipelines.
fn this_run() -> Run {
    Run { id: format!("cli-{}", Uuid::new_v4()), continued: false }
}

/// Drives to the end, with its progress on the screen.
async fn drive(catalog: &CatalogProduct, spec: &Spec, mut progress: Progress<'_>) -> Result<(), Failure> {
    let ended = to_the_end(catalog, spec, |waiting| progress.note(waiting)).await;
    ended.map(drop).map_err(|error| match error {
        StepError::Stuck(why) => Failure::new(Exit::Failed, why),
        StepError::Failed(error) => failed(&error),
    })
}
