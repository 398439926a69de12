//! The program `sm-mlops` as a person runs it: with a user's credentials, in a pipe.

use super::clients::Clients;
use anyhow::{Context, ensure};
use emulator::cloud::Cloud;
use serde_json::Value;
use std::path::PathBuf;
use std::process::Stdio;
use tokio::process::{Child, Command};

/// A user of the account, and what the program signs with.
pub(crate) struct User {
    /// `:user/NAME`: how the calls of the user are found.
    pub(crate) principal: String,
    key: String,
    secret: String,
    token: Option<String>,
}

impl User {
    /// The holder of temporary credentials, as `AssumeRole` returns them.
    pub(crate) fn of_session(session: &Value) -> Self {
        let part = |name: &str| session[name].as_str().unwrap_or_default().to_owned();
        let (key, secret) = (part("AccessKeyId"), part("SecretAccessKey"));
        Self { principal: ":assumed-role/".into(), key, secret, token: Some(part("SessionToken")) }
    }
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A policy that allows everything.
pub(crate) const ADMINISTRATOR: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

impl Clients {
    /// A user with one policy.
    pub(crate) async fn user(&self, name: &str, policy: &str) -> anyhow::Result<User> {
        self.iam.create_user().user_name(name).send().await?;
        let grant = self.iam.put_user_policy().user_name(name).policy_name("own").policy_document(policy);
        grant.send().await?;
        let made = self.iam.create_access_key().user_name(name).send().await?;
        let key = made.access_key.context("no access key")?;
        let principal = format!(":user/{name}");
        Ok(User { principal, key: key.access_key_id, secret: key.secret_access_key, token: None })
    }
}

/// The program, which cargo puts beside the folder of the test programs.
fn program() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let path = own.parent().and_then(|deps| deps.parent()).context("path")?.join("sm-mlops");
    ensure!(path.is_file(), "{} is not built: run `make test`, or `cargo build -p cli` once", path.display());
    Ok(path)
}

/// Starts the program with nothing of this process's environment but what is given here.
pub(crate) fn start(cloud: &Cloud, user: &User, arguments: &[&str]) -> anyhow::Result<Child> {
    let mut command = Command::new(program()?);
    command.args(arguments).env_clear().env("PATH", "/usr/bin:/bin").env("HOME", cloud.state());
    command.env("AWS_ENDPOINT_URL", cloud.endpoint()).env("AWS_REGION", &cloud.context().region);
    command.env("AWS_ACCESS_KEY_ID", &user.key).env("AWS_SECRET_ACCESS_KEY", &user.secret);
    command.envs(user.token.iter().map(|token| ("AWS_SESSION_TOKEN", token)));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command.spawn().context("start sm-mlops")
}

/// Waits for its end.
pub(crate) async fn end(child: Child) -> anyhow::Result<Ran> {
    let output = child.wait_with_output().await?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok(Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) })
}

/// Runs it to its end.
pub(crate) async fn run(cloud: &Cloud, user: &User, arguments: &[&str]) -> anyhow::Result<Ran> {
    end(start(cloud, user, arguments)?).await
}
