//! The command that is printed after an upload.

use super::{create_stack, place, shell_name};
use crate::release::{File, Release};

/// A zip whose program begins as one for x86-64 does.
fn zip() -> File {
    let folder = tempfile::tempdir().unwrap();
    let (program, out) = (folder.path().join("program"), folder.path().join("git-source.zip"));
    let mut head = [0; 20];
    head[18] = 0x3e;
    std::fs::write(&program, head).unwrap();
    crate::archive(&[("bootstrap".into(), program)], &out).unwrap();
    File { name: "git-source.zip".into(), bytes: std::fs::read(out).unwrap() }
}

#[test]
fn the_command_fills_in_the_code_and_asks_for_what_has_no_default() {
    let template = "Parameters:\n  GitUrl: {Type: String}\n  RepoCloneLambdaSubnet: {Type: CommaDelimitedList}\n  \
                    LambdaCodeS3Bucket: {Type: String}\n  LambdaCodeS3Key: {Type: String}\n  \
                    Architecture: {Type: String, Default: arm64}\n  GitHostKeys: {Type: String}\n  Optional: {Type: String, Default: ''}\n";
    let file = File { name: "external-repo-access.yaml".into(), bytes: template.into() };
    let release = Release { folder: "/src/target/lambda".into(), files: vec![file, zip()] };
    let expected = r"aws cloudformation create-stack \
--stack-name ${STACK_NAME} \
--template-body file:///src/target/lambda/external-repo-access.yaml \
--parameters ParameterKey=GitUrl,ParameterValue=${GIT_URL} \
ParameterKey=RepoCloneLambdaSubnet,ParameterValue=${SUBNET_ID1}\\,${SUBNET_ID2} \
ParameterKey=LambdaCodeS3Bucket,ParameterValue=code \
ParameterKey=LambdaCodeS3Key,ParameterValue=sm-mlops/1-abc/git-source.zip \
ParameterKey=Architecture,ParameterValue=x86_64 \
ParameterKey=GitHostKeys,ParameterValue=${GIT_HOST_KEYS} \
--capabilities CAPABILITY_IAM
";
    assert_eq!(create_stack(&release, "code", "sm-mlops/1-abc").unwrap(), expected);
}

#[test]
fn the_place_of_the_code_is_two_parameters_that_a_shell_passes_over() {
    let told = place("code", "sm-mlops/1-abc");
    assert!(told.contains("ParameterKey=CodeBucket,ParameterValue=code "), "{told}");
    assert!(told.contains("ParameterKey=CodePrefix,ParameterValue=sm-mlops/1-abc\n"), "{told}");
    assert!(told.lines().all(|line| line.is_empty() || line.starts_with('#')), "{told}");
}

#[test]
fn shell_names_are_the_words_of_the_parameter() {
    for (parameter, shell) in [("GitHostKeys", "GIT_HOST_KEYS"), ("VpcId", "VPC_ID"), ("ARNList", "ARNLIST")]
    {
        assert_eq!(shell_name(parameter), shell);
    }
}
