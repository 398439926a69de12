//! The commands that are printed after an upload.

use super::super::Target;
use super::super::aws::Aws;
use super::{commands, shell_name};
use crate::placement::CodeLocation;
use crate::release::{File, Kind, Release};

fn target() -> Target {
    let aws = Aws { account: "111122223333".into(), partition: "aws".into(), region: "eu-west-1".into() };
    let location = CodeLocation::new("my.code", "sagemaker-mlops/1-abc", Some("x86_64")).unwrap();
    Target {
        suffix: aws.suffix().unwrap(),
        aws,
        bucket: "my.code".into(),
        folder: "sagemaker-mlops".into(),
        prefix: "sagemaker-mlops/1-abc".into(),
        location,
    }
}

fn printed(files: &[(&str, &str)]) -> String {
    let file = |(name, text): &(&str, &str)| File {
        name: (*name).into(),
        kind: Kind::Template,
        bytes: (*text).into(),
    };
    let release = Release { folder: "/src/target/lambda".into(), files: files.iter().map(file).collect() };
    commands(&release, &target(), Some("x86_64")).unwrap()
}

/// What is below the commands.
const PLACE: &str = "
# The templates of the other functions are below https://s3.eu-west-1.amazonaws.com/my.code/sagemaker-mlops/1-abc
# and in build/eu-west-1/functions, and know where their code is. Those in target/lambda take two parameters instead of a key:
# ParameterKey=CodeBucket,ParameterValue=my.code ParameterKey=CodePrefix,ParameterValue=sagemaker-mlops/1-abc
";

#[test]
fn the_command_of_the_git_source_fills_in_the_code_and_asks_for_what_has_no_default() {
    let template = "Parameters:\n  GitUrl: {Type: String}\n  RepoCloneLambdaSubnet: {Type: CommaDelimitedList}\n  \
                    LambdaCodeS3Bucket: {Type: String}\n  LambdaCodeS3Key: {Type: String}\n  \
                    Architecture: {Type: String, Default: arm64}\n  GitHostKeys: {Type: String}\n  Optional: {Type: String, Default: ''}\n";
    let expected = r"aws cloudformation create-stack \
--stack-name ${STACK_NAME} \
--template-body file:///src/target/lambda/external-repo-access.yaml \
--parameters ParameterKey=GitUrl,ParameterValue=${GIT_URL} \
ParameterKey=RepoCloneLambdaSubnet,ParameterValue=${SUBNET_ID1}\\,${SUBNET_ID2} \
ParameterKey=LambdaCodeS3Bucket,ParameterValue=my.code \
ParameterKey=LambdaCodeS3Key,ParameterValue=sagemaker-mlops/1-abc/git-source.zip \
ParameterKey=Architecture,ParameterValue=x86_64 \
ParameterKey=GitHostKeys,ParameterValue=${GIT_HOST_KEYS} \
--capabilities CAPABILITY_IAM
";
    assert_eq!(printed(&[("external-repo-access.yaml", template)]), [expected, PLACE].concat());
}

#[test]
fn the_commands_of_the_environment_are_those_of_its_guide_by_url() {
    let env = "Parameters:\n  EnvName: {Type: String, Default: sm-mlops}\n  AvailabilityZones: {Type: CommaDelimitedList}\n  \
               CodeBucket: {Type: String}\n  CodePrefix: {Type: String}\n  Architecture: {Type: String}\n  OwnThing: {Type: String}\n";
    let core = "Parameters:\n  StackSetName: {Type: String}\n";
    let expected = r"# Or in two steps. The first, once for the account and Region:
aws cloudformation validate-template --region eu-west-1 --output text --query Description \
--template-url https://s3.eu-west-1.amazonaws.com/my.code/sagemaker-mlops/core-main.yaml

aws cloudformation create-stack \
--stack-name sm-mlops-core \
--region eu-west-1 \
--template-url https://s3.eu-west-1.amazonaws.com/my.code/sagemaker-mlops/core-main.yaml \
--disable-rollback \
--parameters ParameterKey=StackSetName,ParameterValue=sm-mlops-core \
--capabilities CAPABILITY_IAM CAPABILITY_NAMED_IAM

# The second, for each environment:
aws cloudformation validate-template --region eu-west-1 --output text --query Description \
--template-url https://s3.eu-west-1.amazonaws.com/my.code/sagemaker-mlops/env-main.yaml

aws cloudformation create-stack \
--stack-name sm-mlops-env \
--region eu-west-1 \
--template-url https://s3.eu-west-1.amazonaws.com/my.code/sagemaker-mlops/env-main.yaml \
--disable-rollback \
--parameters ParameterKey=EnvName,ParameterValue=sm-mlops \
ParameterKey=AvailabilityZones,ParameterValue=eu-west-1a\\,eu-west-1b \
ParameterKey=OwnThing,ParameterValue=${OWN_THING} \
--capabilities CAPABILITY_NAMED_IAM

";
    let found = printed(&[("core-main.yaml", core), ("env-main.yaml", env), ("env-kms.yaml", core)]);
    assert_eq!(found, [expected, PLACE].concat());
}

#[test]
fn what_is_below_the_commands_is_passed_over_by_a_shell() {
    assert_eq!(printed(&[]), PLACE);
    assert!(PLACE.lines().all(|line| line.is_empty() || line.starts_with('#')), "{PLACE}");
}

#[test]
fn shell_names_are_the_words_of_the_parameter() {
    for (parameter, shell) in [("GitHostKeys", "GIT_HOST_KEYS"), ("VpcId", "VPC_ID"), ("ARNList", "ARNLIST")]
    {
        assert_eq!(shell_name(parameter), shell);
    }
}
