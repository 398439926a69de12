//! The Lambda function `projects-enablement`.

use projects_enablement::ProjectsEnablement;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::lambda::Error> {
    shared::log::start();
    let config = shared::aws::start()?;
    shared::lambda::custom_resource(ProjectsEnablement::new(&config)).await
}
