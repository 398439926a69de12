//! The Lambda function `git-source`.

use git_source::{GitSource, Settings};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::lambda::Error> {
    shared::log::start();
    let settings = Settings::from_environment()?;
    let function = GitSource::new(&shared::aws::start()?, settings);
    shared::lambda::one_shot(|event| function.run(event)).await
}
