//! The Lambda function `example-function`.

use example_function::ExampleFunction;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::serve::Error> {
    shared::log::start();
    let config = shared::aws::start().await?;
    shared::serve::reconcile(ExampleFunction::new(&config), &config).await
}
