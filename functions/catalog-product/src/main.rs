//! The Lambda function `catalog-product`.

use catalog_product::{CatalogProduct, Settings};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::lambda::Error> {
    shared::log::start();
    let Settings { role_name } = Settings::from_environment()?;
    let config = shared::aws::start()?;
    shared::lambda::pipeline_action(CatalogProduct::new(&config, role_name), &config).await
}
