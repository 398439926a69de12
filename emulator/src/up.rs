//! `emulator up`: the emulator for as long as one wants to try things on it by hand.

use crate::cloud::{Cloud, Options, interrupted};
use crate::repository::Key;
use crate::screen::Screen;
use std::path::PathBuf;

/// Stands for the name of a repository.
const NAME: &str = "NAME";

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
    screen.line("The emulator is running; Ctrl-C ends it. In another terminal:\n");
    screen.line(&format!("export AWS_ENDPOINT_URL={}", cloud.endpoint()));
    let [(id, id_value), (secret, secret_value)] = cloud.root_variables();
    screen.line(&format!("export {id}={id_value} {secret}={secret_value}"));
    screen.line(&format!("export AWS_DEFAULT_REGION={}", cloud.context().region));
    screen.line("aws codepipeline list-pipelines");
    let git = GitAccess::grant(cloud).await?;
    screen.heading("A repository on the git host beside it, cloned and pushed to");
    screen.line(&git.commands("demo"));
    screen.heading("The git host");
    screen.fact("URL", &cloud.git_host().url("NAME"));
    screen.fact("repositories", &cloud.repositories().display().to_string());
    screen.fact("key that logs in", &git.key.display().to_string());
    screen.fact("known hosts", &cloud.git_host().host_key());
    screen.heading("Files and logs");
    screen.fact("folder", &cloud.state().display().to_string());
    screen.fact("logs of builds", &cloud.state().join("builds").display().to_string());
    screen.fact("other services", &cloud.state().join("ministack.log").display().to_string());
    Ok(())
}

/// What git needs to reach the git host, as files.
struct GitAccess {
    repositories: PathBuf,
    url: String,
    key: PathBuf,
    known_hosts: PathBuf,
}

impl GitAccess {
    /// A new key that may read and push, and the file that pins the git host.
    async fn grant(cloud: &Cloud) -> anyhow::Result<Self> {
        let host = cloud.git_host();
        let key = Key::generate(&cloud.state().join("git-key")).await?;
        host.authorize(&key.public)?;
        let known_hosts = cloud.state().join("known_hosts");
        tokio::fs::write(&known_hosts, format!("{}\n", host.host_key())).await?;
        let (repositories, url) = (cloud.repositories(), host.url(NAME));
        Ok(Self { repositories, url, key: key.private, known_hosts })
    }

    /// What to paste to make a repository of this name, clone it and push to it.
    fn commands(&self, name: &str) -> String {
        format!(
            "git init --bare --initial-branch=main '{}'\n\
             export GIT_SSH_COMMAND=\"ssh -F /dev/null -i '{}' -o IdentitiesOnly=yes -o UserKnownHostsFile='{}'\"\n\
             git clone {} {name}\n\
             git -C {name} commit --allow-empty -m First\n\
             git -C {name} push origin HEAD:main",
            self.repositories.join(format!("{name}.git")).display(),
            self.key.display(),
            self.known_hosts.display(),
            self.url.replace(NAME, name),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{Cloud, GitAccess, Options};
    use tokio::process::Command;

    #[tokio::test]
    async fn what_is_printed_makes_a_repository_and_pushes_to_it() {
        let cloud = Cloud::start(Options::default()).await.unwrap();
        let git = GitAccess::grant(&cloud).await.unwrap();
        let mut command = Command::new("bash");
        command
            .args(["-euc", &git.commands("tried")])
            .current_dir(cloud.state())
            .env_remove("GIT_SSH_COMMAND");
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "Ada").env(format!("GIT_{who}_EMAIL"), "ada@example.com");
        }
        let output = command.output().await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(cloud.repositories().join("tried.git/refs/heads/main").is_file());
        cloud.stop().await;
    }
}
