//! The artifact of a source action with full clone: the build clones the commit that it names, as its role.

use super::error::Error;
use crate::model::Context;
use emulator_core::{Credentials, ServiceContext, SignedClient, text};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;
use tokio::process::Command;

/// A longer artifact is no reference.
const LONGEST: u64 = 4096;

/// A commit of a repository of `CodeCommit`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CloneReference {
    repository: String,
    commit: String,
    branch: String,
}

impl CloneReference {
    /// The reference in a file; none if the file is something else.
    pub(crate) async fn read(file: &Path) -> Result<Option<Self>, Error> {
        if tokio::fs::metadata(file).await?.len() > LONGEST {
            return Ok(None);
        }
        let content = tokio::fs::read(file).await?;
        let Ok(content) = serde_json::from_slice::<Value>(&content) else { return Ok(None) };
        let part = |name: &str| text(&content, name).to_owned();
        let found = Self { repository: part("codecommit"), commit: part("commit"), branch: part("branch") };
        Ok(Some(found).filter(|found| !found.repository.is_empty()))
    }

    /// Clones into an empty folder: all commits, with the branch at the commit of the reference.
    pub(crate) async fn follow(
        &self,
        context: &ServiceContext,
        credentials: &Credentials,
        into: &Path,
    ) -> Result<(), Error> {
        let failed = |message: String| Error::from(Context::new("CLIENT_ERROR", message));
        let Self { repository, commit, branch } = self;
        let client = SignedClient::of_role(context, credentials);
        let input = json!({"repositoryName": repository});
        let found = client.json("codecommit", "CodeCommit_20150413.GitPull", &input).await;
        let found = found.map_err(|error| failed(format!("{error} for primary source")))?;
        let (folder, address) = (text(&found, "folder"), text(&found, "cloneUrlHttp"));
        for arguments in [
            &["clone", "--quiet", "--no-checkout", folder, "."][..],
            &["checkout", "--quiet", "-B", branch, commit],
            &["remote", "set-url", "origin", address],
        ] {
            let mut git = Command::new("git");
            git.args(["-c", "safe.directory=*"]).args(arguments).current_dir(into).env_clear();
            git.env("PATH", &context.path)
                .env("GIT_CONFIG_NOSYSTEM", "1")
                .env("GIT_CONFIG_GLOBAL", "/dev/null");
            let output = git.stdin(Stdio::null()).output().await?;
            if !output.status.success() {
                let told = String::from_utf8_lossy(&output.stderr).into_owned();
                return Err(failed(format!("git {} failed: {told}", arguments[0])));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_a_reference_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("artifact");
        let reference = json!({"codecommit": "app", "commit": "c1", "branch": "main"});
        let expected =
            CloneReference { repository: "app".into(), commit: "c1".into(), branch: "main".into() };
        for (content, expected) in [
            (reference.to_string(), Some(expected)),
            ("PK".to_owned(), None),
            ("{}".to_owned(), None),
            (format!("{reference}{}", " ".repeat(5000)), None),
        ] {
            std::fs::write(&file, &content).unwrap();
            assert_eq!(CloneReference::read(&file).await.unwrap(), expected, "{content}");
        }
    }
}
