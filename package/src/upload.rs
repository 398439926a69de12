//! Puts a release into the user's bucket with the user's own AWS CLI and prints the command that deploys it.

use crate::release::Release;
use crate::template::parse;
use anyhow::{Context, bail};
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

/// The template of the third-party git source.
const TEMPLATE: &str = "external-repo-access.yaml";

/// The parameters of the deployment guide, and what the user's shell calls their values.
const PARAMETERS: &[(&str, &str)] = &[
    ("SourceActionVersion", "${SOURCE_VERSION}"),
    ("SourceActionProvider", "${SOURCE_PROVIDER}"),
    ("GitBranch", "${GIT_BRANCH}"),
    ("GitUrl", "${GIT_URL}"),
    ("GitWebHookIpAddress", "${GIT_WEBHOOK_IP}"),
    ("SecretsManagerArnForSSHPrivateKey", "${SECRETS_MANAGER_SSH_ARN}"),
    ("RepoCloneLambdaSubnet", r"${SUBNET_ID1}\\,${SUBNET_ID2}"),
    ("RepoCloneLambdaVpc", "${VPC_ID}"),
    ("CodePipelineName", "${CODEPIPELINE_NAME}"),
];

/// Uploads every file under the release's own prefix, or under `prefix`. What is there already is left alone, because
/// under its own prefix it is the same. Returns the command that creates the stack, and where the code of the others is.
///
/// # Errors
/// When the AWS CLI is not there or refuses.
pub fn upload(
    release: &Release,
    bucket: &str,
    prefix: Option<&str>,
    step: &mut dyn FnMut(&str),
) -> anyhow::Result<String> {
    let own = release.prefix();
    let prefix = prefix.unwrap_or(&own).trim_matches('/');
    for file in &release.files {
        let key = format!("{prefix}/{}", file.name);
        let outcome = match put(bucket, &key, &release.folder.join(&file.name))? {
            true => "uploaded",
            // The folder of its own has this content in its name; one that the user names may hold anything.
            false if prefix == own => "is there",
            false => {
                bail!("s3://{bucket}/{key} exists, and may hold something else: choose another --prefix")
            }
        };
        step(&format!("{outcome}: s3://{bucket}/{key}"));
    }
    Ok(create_stack(release, bucket, prefix)? + &place(bucket, prefix))
}

/// The parameters that tell every other template where its code is, as a comment of the shell below the command.
fn place(bucket: &str, prefix: &str) -> String {
    format!(
        "\n# The templates of the other functions take two parameters instead of a key:\n\
         # ParameterKey=CodeBucket,ParameterValue={bucket} ParameterKey=CodePrefix,ParameterValue={prefix}\n"
    )
}

/// Whether the object was written; it is not when there is one of that name.
fn put(bucket: &str, key: &str, path: &Path) -> anyhow::Result<bool> {
    let output = Command::new("aws")
        .args(["s3api", "put-object", "--bucket", bucket, "--key", key, "--if-none-match", "*", "--body"])
        .arg(path)
        .stdin(Stdio::null())
        .output()
        .context("could not run `aws`: install the AWS CLI 2 and put it on the PATH")?;
    let told = String::from_utf8_lossy(&output.stderr);
    match output.status.success() {
        true => Ok(true),
        false if told.contains("PreconditionFailed") => Ok(false),
        false => bail!("could not upload s3://{bucket}/{key}: {}", told.trim()),
    }
}

/// The command of the deployment guide with the code's place filled in, for the parameters the template has.
fn create_stack(release: &Release, bucket: &str, prefix: &str) -> anyhow::Result<String> {
    let template = release.file(TEMPLATE).with_context(|| format!("the release has no {TEMPLATE}"))?;
    let document = parse(std::str::from_utf8(&template.bytes)?)?;
    let declared =
        document["Parameters"].as_object().with_context(|| format!("{TEMPLATE} has no parameters"))?;
    let key = format!("{prefix}/git-source.zip");
    let filled = [("LambdaCodeS3Bucket", bucket), ("LambdaCodeS3Key", key.as_str())];
    let mut parameters: Vec<(String, String)> = PARAMETERS
        .iter()
        .chain(&filled)
        .filter(|(name, _)| declared.contains_key(*name))
        .map(|(name, value)| ((*name).to_string(), (*value).to_string()))
        .collect();
    if declared.contains_key("Architecture") {
        let processor = processor(release)?.to_string();
        parameters.push(("Architecture".to_string(), processor));
    }
    // A parameter the guide does not know and that has no default has to be given as well.
    for (name, declaration) in declared {
        let listed = parameters.iter().any(|(known, _)| known == name);
        if !listed && declaration.get("Default").is_none() {
            parameters.push((name.clone(), format!("${{{}}}", shell_name(name))));
        }
    }
    let lines: Vec<_> = parameters
        .iter()
        .map(|(name, value)| format!("ParameterKey={name},ParameterValue={value} \\\n"))
        .collect();
    Ok(format!(
        "aws cloudformation create-stack \\\n--stack-name ${{STACK_NAME}} \\\n--template-body file://{} \\\n\
         --parameters {}--capabilities CAPABILITY_IAM\n",
        release.folder.join(TEMPLATE).display(),
        lines.concat()
    ))
}

/// What the function was built for, from the head of its program: the default of the template may be the other one.
fn processor(release: &Release) -> anyhow::Result<&'static str> {
    let zip = release.file("git-source.zip").context("the release has no git-source.zip")?;
    let mut archive =
        zip::ZipArchive::new(std::io::Cursor::new(&zip.bytes)).context("git-source.zip is not a zip")?;
    let mut head = [0; 20];
    archive
        .by_name("bootstrap")?
        .read_exact(&mut head)
        .context("the program in git-source.zip is too short")?;
    // The field `e_machine` of an ELF header.
    match head[18..] {
        [0xb7, 0] => Ok("arm64"),
        [0x3e, 0] => Ok("x86_64"),
        _ => bail!("the program in git-source.zip is for a processor that Lambda does not have"),
    }
}

/// `GitHostKeys` becomes `GIT_HOST_KEYS`.
fn shell_name(parameter: &str) -> String {
    let mut name = String::new();
    let mut after_small = false;
    for letter in parameter.chars() {
        if letter.is_uppercase() && after_small {
            name.push('_');
        }
        after_small = !letter.is_uppercase();
        name.push(letter.to_ascii_uppercase());
    }
    name
}

#[cfg(test)]
mod tests;
