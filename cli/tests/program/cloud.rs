//! As much of AWS as the tests of the program need, on the loopback: each answers by service and operation. What a real
//! run does is shown by the end-to-end tests on the local cloud.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

/// A call in one word: `GetCallerIdentity`, `SageMaker.DescribeDomain`, `GET /2015-02-01/file-systems`.
type Answer = Box<dyn Fn(&str) -> (u16, String) + Send + Sync>;

pub(crate) struct Cloud {
    pub(crate) endpoint: String,
    calls: Arc<Mutex<Vec<String>>>,
}

impl Cloud {
    /// Listens until the test's process ends.
    pub(crate) fn start(answer: impl Fn(&str) -> (u16, String) + Send + Sync + 'static) -> Self {
        let answer: Arc<Answer> = Arc::new(Box::new(answer));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let endpoint = format!("http://{}", listener.local_addr().expect("it is bound"));
        let calls = Arc::new(Mutex::new(Vec::new()));
        let recorded = Arc::clone(&calls);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, recorded) = (Arc::clone(&answer), Arc::clone(&recorded));
                std::thread::spawn(move || serve(&stream, &answer, &recorded));
            }
        });
        Self { endpoint, calls }
    }

    pub(crate) fn calls(&self) -> Vec<String> {
        self.calls.lock().expect("nobody panics with it").clone()
    }
}

fn serve(stream: &TcpStream, answer: &Answer, calls: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first).unwrap_or(0) == 0 {
            return;
        }
        let (mut target, mut length) = (None, 0);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).expect("a header");
            let line = line.trim().to_owned();
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(": ").unwrap_or((&line, ""));
            match name.to_ascii_lowercase().as_str() {
                "x-amz-target" => target = Some(value.to_owned()),
                "content-length" => length = value.parse().expect("a number"),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).expect("a body");
        let body = String::from_utf8_lossy(&body);
        let action = body.split('&').find_map(|pair| pair.strip_prefix("Action=")).map(str::to_owned);
        let path = || first.split(['?', ' ']).take(2).collect::<Vec<_>>().join(" ");
        let call = target.or(action).unwrap_or_else(path);
        calls.lock().expect("nobody panics with it").push(call.clone());
        let (status, text) = answer(&call);
        let kind = if text.starts_with('<') { "text/xml" } else { "application/x-amz-json-1.1" };
        let head =
            format!("HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n", text.len());
        let mut stream = stream;
        if stream.write_all(format!("{head}{text}").as_bytes()).is_err() {
            return;
        }
    }
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
pub(crate) fn ask(cloud: &Cloud, line: &str) -> Output {
    caller(cloud, line).output().expect("the program starts")
}

/// The same, not started yet.
pub(crate) fn caller(cloud: &Cloud, line: &str) -> Command {
    let mut command = program(line);
    command.env("AWS_ENDPOINT_URL", &cloud.endpoint).env("AWS_REGION", "eu-central-1");
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
