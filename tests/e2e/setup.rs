//! What a fixture is made of: its repository and the parameters of its stack.

use crate::harness::project;
use emulator::cloud::Cloud;
use emulator::deploy::{self, Parameters};
use emulator::repository::Repository;
use tokio::sync::OnceCell;

pub(crate) async fn first_commit(repository: &Repository) -> anyhow::Result<String> {
    repository.write("train.py", "print('training')\n", false).await?;
    repository.write("buildspec.yml", BUILDSPEC, false).await?;
    let commit = repository.commit("First").await?;
    repository.push("main").await?;
    Ok(commit)
}

/// The next stage needs nothing but the sources.
const BUILDSPEC: &str = "version: 0.2\nphases:\n  build:\n    commands:\n      - test -f train.py\n";

pub(crate) async fn parameters(
    cloud: &Cloud,
    name: &str,
    repository: &Repository,
    secret: &str,
    extra: &[(&str, &str)],
) -> anyhow::Result<Parameters> {
    static CODE: OnceCell<(String, String)> = OnceCell::const_new();
    let zip = package::zip(&project(), crate::BUILT_FOR, "git-source");
    let code = CODE.get_or_try_init(|| deploy::upload_code(cloud, &zip)).await?;
    let port = cloud.git_host().port();
    // Port 1 refuses connections, and the key of `localhost` is not pinned: both on the list, so that tests meet them.
    let hosts = format!("127.0.0.1:{port},127.0.0.1:1,localhost:{port}");
    let mut parameters = deploy::source(cloud, repository, secret, code);
    parameters.extend(deploy::named([
        ("SourceActionProvider", name),
        ("CodePipelineName", name),
        ("GitWebHookIpAddress", "127.0.0.0/8"),
        ("AllowedGitHosts", &hosts),
        ("BuildSpecFile", "buildspec.yml"),
        ("CodeBucket", &code.0),
        ("CodePrefix", "sagemaker-mlops"),
        // The names of the guide, which its own command uses in `stack.rs`.
        ("LambdaCodeS3Bucket", ""),
        ("LambdaCodeS3Key", ""),
    ]));
    parameters.extend(deploy::named(extra.iter().copied()));
    Ok(parameters)
}
