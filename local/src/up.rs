//! `local up`: the local cloud for as long as one wants to try things on it by hand.

use crate::cloud::{Cloud, Options, interrupted};
use crate::repository::Key;
use crate::screen::Screen;

pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let cloud = tokio::select! {
        cloud = Cloud::start(options) => cloud?,
        () = interrupted() => return Ok(()),
    };
    let told = tell(&Screen::new(), &cloud).await;
    if told.is_ok() {
        interrupted().await;
    }
    cloud.stop().await;
    told
}

/// What a person needs to use it: the endpoint, and a git host with a key that may read and push.
async fn tell(screen: &Screen, cloud: &Cloud) -> anyhow::Result<()> {
    let host = cloud.git_host();
    let key = Key::generate(&cloud.state().join("git-key")).await?;
    host.authorize(&key.public)?;
    screen.line("The local cloud is running; Ctrl-C ends it. In another terminal:\n");
    screen.line(&format!("export AWS_ENDPOINT_URL={}", cloud.endpoint()));
    let [(id, id_value), (secret, secret_value)] = cloud.root_variables();
    screen.line(&format!("export {id}={id_value} {secret}={secret_value}"));
    screen.line(&format!("export AWS_DEFAULT_REGION={}", cloud.world().region));
    screen.line("aws codepipeline list-pipelines");
    screen.heading("The git host beside it");
    screen.fact("URL", &host.url("NAME"));
    screen.fact("repositories", &cloud.repositories().display().to_string());
    screen.fact("key", &key.private.display().to_string());
    screen.fact("known hosts", &host.host_key());
    screen.heading("Files and logs");
    screen.fact("folder", &cloud.state().display().to_string());
    Ok(())
}
