//! The Lambda function `ou-accounts`.

use ou_accounts::OuAccounts;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::lambda::Error> {
    shared::log::start();
    let config = shared::aws::start()?;
    shared::lambda::custom_resource(OuAccounts::new(&config)).await
}
