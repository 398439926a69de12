//! The Lambda function `git-source`.

use git_source::{GitSource, Settings};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::serve::Error> {
    shared::log::start();
    let settings = Settings::from_environment()?;
    let function = GitSource::new(&shared::aws::start().await?, settings);
    shared::serve::one_shot(|event| function.run(event)).await
}
