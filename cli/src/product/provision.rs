//! `sm-mlops product provision`: launches a product and waits for it.

use super::status::{Found, details};
use super::{drive, failed, find, parameters, this_run};
use crate::answer;
use crate::args::ProductProvision;
use crate::exit::{Exit, Failure};
use crate::given;
use crate::progress::Progress;
use crate::screen::Screen;
use crate::session::Session;
use catalog_product::spec::provisioned_name;
use catalog_product::{CatalogProduct, Launch, Spec};

/// Runs the command.
pub(super) async fn run(asked: &ProductProvision, screen: &Screen) -> Exit {
    let work = async |session: &Session, made: &mut Found| {
        let catalog = CatalogProduct::of_caller(&session.config);
        let launch = launch(asked, &catalog, session).await?;
        let name = launch.name.clone();
        made.begun = true;
        let ended = drive(&catalog, &Spec::Provision(launch), Progress::new(screen, asked.json)).await;
        // Told after a failure too: what there is of it has an id.
        match (show(&catalog, session, &name, made).await, ended) {
            (_, Err(failure)) | (Err(failure), Ok(())) => Err(failure),
            (Ok(()), Ok(())) => Ok(()),
        }
    };
    answer::run(Found::default(), &asked.place, asked.json, screen, work).await
}

/// What is to be launched. Reads only.
async fn launch(
    asked: &ProductProvision,
    catalog: &CatalogProduct,
    session: &Session,
) -> Result<Launch, Failure> {
    let parameters = given::read(&asked.given, asked.parameters.as_deref(), parameters::parse)?;
    let product = find::product(catalog, session, &asked.product).await?;
    let id = &product.product_id;
    let versions = catalog.versions(id).await.map_err(|error| failed(&error))?;
    let version = find::version(&product, versions, asked.version.as_deref())?;
    let paths = catalog.paths(id).await.map_err(|error| failed(&error))?;
    let path = find::path(&product, paths, asked.path.as_deref())?;
    let name = match &asked.name {
        Some(name) => name.clone(),
        None => provisioned_name(&product.name, id)
            .map_err(|why| Failure::new(Exit::Usage, format!("the name of product {id} {why}, or --name")))?,
    };
    Ok(Launch {
        product: product.product_id,
        artifact: version.id,
        name,
        path: Some(path.id),
        entry: asked.name.is_none(),
        parameters,
        run: this_run(),
    })
}

async fn show(
    catalog: &CatalogProduct,
    session: &Session,
    name: &str,
    made: &mut Found,
) -> Result<(), Failure> {
    for product in find::provisioned(catalog, session, name).await? {
        made.provisioned_products.push(details(catalog, product).await?);
    }
    Ok(())
}
