//! `local up`: the local cloud for as long as one wants to try things on it by hand.

use crate::cloud::{Cloud, Options, interrupted};
use console::Term;

pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let cloud = tokio::select! {
        cloud = Cloud::start(options) => cloud?,
        () = interrupted() => return Ok(()),
    };
    let screen = Term::stdout();
    screen.write_line(&format!(
        "The local cloud is running. In another terminal:\n\n\
         export AWS_ENDPOINT_URL={}\n\
         export AWS_ACCESS_KEY_ID=test\n\
         export AWS_SECRET_ACCESS_KEY=test\n\
         export AWS_DEFAULT_REGION={}\n\n\
         aws codepipeline list-pipelines\n\n\
         Its files and the log of ministack are in {}. Ctrl-C ends it.",
        cloud.endpoint(),
        cloud.world().region,
        cloud.state().display(),
    ))?;
    interrupted().await;
    cloud.stop().await;
    Ok(())
}
