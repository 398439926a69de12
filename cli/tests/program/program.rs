//! The program, run against as much of AWS as its tests need. What a real run does is shown by the end-to-end tests on the
//! emulator.

use std::process::{Command, Output};
use testing::{Call, ScriptedAws};

/// The program, with nothing of the user's shell.
pub(crate) fn program(line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sm-mlops"));
    command.args(line.split(' ')).env_clear().env("HOME", env!("CARGO_TARGET_TMPDIR"));
    command.env("AWS_EC2_METADATA_DISABLED", "true").stdin(std::process::Stdio::null());
    command.env("AWS_CONFIG_FILE", "/dev/null").env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    command
}

/// The program as somebody with credentials, against this cloud.
pub(crate) fn ask(aws: &ScriptedAws, line: &str) -> Output {
    caller(aws, line).output().expect("the program starts")
}

/// The same, not started yet.
pub(crate) fn caller(aws: &ScriptedAws, line: &str) -> Command {
    let mut command = program(line);
    command.env("AWS_ENDPOINT_URL", aws.endpoint()).env("AWS_REGION", "eu-central-1");
    command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
    command
}

/// An AWS that answers a call in one word: `GetCallerIdentity`, `DescribeDomain`, `GET /2015-02-01/file-systems`.
pub(crate) fn answering(answer: impl Fn(&str) -> (u16, String) + Send + Sync + 'static) -> ScriptedAws {
    ScriptedAws::in_front_of(move |call| answer(&word(call)))
}

/// The operation; of a service that speaks REST the method and the path, which has the id.
pub(crate) fn word(call: &Call) -> String {
    match call.uri.split('?').next().unwrap_or_default() {
        "/" => call.operation.clone(),
        path => format!("{} {path}", call.method),
    }
}

/// The response to `GetCallerIdentity`.
pub(crate) fn identity(arn: &str) -> (u16, String) {
    let result = format!("<Arn>{arn}</Arn><UserId>U</UserId><Account>111122223333</Account>");
    let result = format!("<GetCallerIdentityResult>{result}</GetCallerIdentityResult>");
    (200, format!("<GetCallerIdentityResponse>{result}</GetCallerIdentityResponse>"))
}
