//! As much of AWS as the tests of the program need, on the loopback: each answers by service and operation. What a real
//! run does is shown by the end-to-end tests on the emulator.

use fixture::Call;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

pub(crate) struct FakeAws {
    pub(crate) endpoint: String,
    calls: Arc<Mutex<Vec<String>>>,
}

impl FakeAws {
    /// Listens until the test's process ends. `answer` is given a call in one word: `GetCallerIdentity`,
    /// `SageMaker.DescribeDomain`, `GET /2015-02-01/file-systems`.
    pub(crate) fn start(answer: impl Fn(&str) -> (u16, String) + Send + Sync + 'static) -> Self {
        Self::answering(move |call, _| answer(call))
    }

    /// The same; `answer` is given the body, too.
    pub(crate) fn answering(answer: impl Fn(&str, &str) -> (u16, String) + Send + Sync + 'static) -> Self {
        let calls = Arc::new(Mutex::new(Vec::new()));
        let recorded = Arc::clone(&calls);
        let address = fixture::serve(move |call| {
            let word = word(&call);
            recorded.lock().expect("nobody panics with it").push(word.clone());
            answer(&word, &call.text)
        });
        Self { endpoint: format!("http://{address}"), calls }
    }

    pub(crate) fn calls(&self) -> Vec<String> {
        self.calls.lock().expect("nobody panics with it").clone()
    }
}

fn word(call: &Call) -> String {
    let target = call.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let action = || call.text.split('&').find_map(|pair| pair.strip_prefix("Action="));
    target.or_else(action).map_or_else(|| format!("{} {}", call.method, call.what), str::to_owned)
}

/// The program, with nothing of the user's shell.
pub(crate) fn program(line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sm-mlops"));
    command.args(line.split(' ')).env_clear().env("HOME", env!("CARGO_TARGET_TMPDIR"));
    command.env("AWS_EC2_METADATA_DISABLED", "true").stdin(std::process::Stdio::null());
    command.env("AWS_CONFIG_FILE", "/dev/null").env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    command
}

/// The program as somebody with credentials, against this cloud.
pub(crate) fn ask(fake_aws: &FakeAws, line: &str) -> Output {
    caller(fake_aws, line).output().expect("the program starts")
}

/// The same, not started yet.
pub(crate) fn caller(fake_aws: &FakeAws, line: &str) -> Command {
    let mut command = program(line);
    command.env("AWS_ENDPOINT_URL", &fake_aws.endpoint).env("AWS_REGION", "eu-central-1");
    command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
    command
}

/// The answer to `GetCallerIdentity`.
pub(crate) fn identity(arn: &str) -> (u16, String) {
    let result = format!("<Arn>{arn}</Arn><UserId>U</UserId><Account>111122223333</Account>");
    let result = format!("<GetCallerIdentityResult>{result}</GetCallerIdentityResult>");
    let spaced = "xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"";
    (200, format!("<GetCallerIdentityResponse {spaced}>{result}</GetCallerIdentityResponse>"))
}
