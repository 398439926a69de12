//! The Lambda function `cross-account-access`.

use cross_account_access::CrossAccountAccess;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::lambda::Error> {
    shared::log::start();
    let config = shared::aws::start()?;
    shared::lambda::custom_resource(CrossAccountAccess::new(&config)).await
}
