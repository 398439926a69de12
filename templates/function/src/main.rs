//! The Lambda function `example-function`.

use example_function::ExampleFunction;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::lambda::Error> {
    shared::log::start();
    let config = shared::aws::start()?;
    shared::lambda::reconcile(ExampleFunction::new(&config), &config).await
}
