//! The Lambda function `launch-roles`.

use launch_roles::LaunchRoles;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::lambda::Error> {
    shared::log::start();
    let config = shared::aws::start()?;
    shared::lambda::custom_resource(LaunchRoles::new(&config)).await
}
