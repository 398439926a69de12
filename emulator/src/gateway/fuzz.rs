//! Malformed requests to the gateway's own services. Whatever arrives, the answer comes soon, is no fault of the server, and
//! has AWS's form.

use super::errors;
use super::tests::{any_json, signed};
use super::{Gateway, Proxy, Registry, SERVICES};
use bytes::Bytes;
use emulator_core::{Bridge, Faults, Registration, Secrets, ServiceContext, Shape, ShapeKind, Shapes};
use hyper::HeaderMap;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const CASES: u32 = 4000;
/// The same requests in each run.
const SEED: u64 = 2026;
/// An answer takes milliseconds; a hang would take for ever.
const PATIENCE: Duration = Duration::from_secs(20);
/// Values that programs trip over.
const NASTY: [&str; 8] = [
    "-9223372036854775809",
    "18446744073709551616",
    "1e999",
    "-0.0",
    "1E+2",
    "null",
    "\"\\ud800\"",
    "\"\\u0000\"",
];

/// Everything that one request is made from.
struct Maker {
    rng: StdRng,
    runner: TestRunner,
    any: BoxedStrategy<Value>,
}

impl Maker {
    fn new(seed: u64) -> Self {
        let rng = StdRng::seed_from_u64(seed);
        Self { rng, runner: TestRunner::deterministic(), any: any_json().boxed() }
    }

    fn one_of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        items.choose(&mut self.rng).expect("nobody asks for one of nothing")
    }

    fn chance(&mut self, of_ten: u32) -> bool {
        self.rng.random_ratio(of_ten, 10)
    }

    fn any(&mut self) -> Value {
        self.any.new_tree(&mut self.runner).expect("every JSON will do").current()
    }

    /// An input that may fit its shape, or nearly.
    fn input(&mut self, shapes: &Shapes, shape: &Shape, depth: u32) -> Value {
        match shape.kind() {
            _ if depth > 8 || self.rng.random_ratio(1, 40) => self.any(),
            ShapeKind::Structure => {
                let mut members = Map::new();
                for (name, _, member) in shape.members() {
                    if let Some(shape) = shapes.shape(member).filter(|_| self.chance(7)) {
                        members.insert(name.to_owned(), self.input(shapes, shape, depth + 1));
                    }
                }
                members.into()
            }
            ShapeKind::List => {
                let item = shapes.shape(shape.item().1);
                let items = 0..self.rng.random_range(0..3);
                items.filter_map(|_| Some(self.input(shapes, item?, depth + 1))).collect()
            }
            ShapeKind::Map => {
                let value = shapes.shape(shape.value());
                json!({"ProjectName": value.map(|value| self.input(shapes, value, depth + 1))})
            }
            ShapeKind::String => {
                const TEXTS: [&str; 12] = [
                    "demo",
                    "a",
                    "",
                    "1",
                    "Source",
                    "S3",
                    "NO_SOURCE",
                    "arn:aws:iam::111122223333:role/demo",
                    "arn:aws:codepipeline:us-east-1:111122223333:demo",
                    "bucket/key",
                    "d-000000000000",
                    "Custom",
                ];
                self.one_of(&TEXTS).to_owned().into()
            }
            ShapeKind::Integer => (*self.one_of(&[0, 1, 5, 100, -1, i64::MAX, i64::MIN])).into(),
            ShapeKind::Float | ShapeKind::Timestamp => (*self.one_of(&[0.0, 1.5, -1.0, 1e300])).into(),
            ShapeKind::Boolean => self.chance(5).into(),
        }
    }

    /// A whole request as it goes over the wire.
    fn request(&mut self, host: &str) -> Vec<u8> {
        let service: &Registration = self.one_of(SERVICES);
        let operations = (service.operations)();
        let known = *self.one_of(&operations);
        let operation =
            if self.chance(9) { known } else { *self.one_of(&["", "Nothing", "\u{e9}", "Create.Project"]) };
        let shapes = (service.shapes)();
        let input = shapes.input(known).map(|shape| self.input(shapes, shape, 0)).unwrap_or_default();
        if shapes.is_rest() {
            let route = shapes.route(known).unwrap_or_default();
            return self.rest_request(host, service.id, route, &input, shapes.input(known));
        }
        let cbor = self.chance(4);
        let body = if cbor {
            super::cbor::encode(&input, service.timestamps)
        } else {
            input.to_string().into_bytes()
        };
        let body = self.damaged(body);
        let kind = *self.one_of(&[
            "application/x-amz-json-1.1",
            "application/cbor",
            "text/plain; charset=\u{fc}",
            "",
        ]);
        let authorization = match self.rng.random_range(0..12) {
            0 => String::new(),
            1 => "AWS4-HMAC-SHA256 Credential=".to_owned(),
            2 => "Credential=a/b/c/d/e, \u{e4}".to_owned(),
            _ => signed(service.id),
        };
        let path =
            if cbor { format!("/service/{}/operation/{operation}", service.target) } else { "/".to_owned() };
        let path = if path.is_ascii() { path } else { "/".to_owned() };
        let target = format!("{}.{operation}", service.target);
        let name = if cbor { ("smithy-protocol", "rpc-v2-cbor") } else { ("x-amz-target", &*target) };
        let mut head = format!(
            "POST {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {}\r\ncontent-type: {kind}\r\n\
             authorization: {authorization}\r\n{}: {}\r\n",
            body.len(),
            name.0,
            name.1
        );
        if self.chance(2) {
            head.push_str(
                "x-amz-security-token: \u{dc}\r\nx-amz-date: yesterday\r\nx-amz-content-sha256: none\r\n",
            );
        }
        [head.into_bytes(), b"\r\n".to_vec(), body].concat()
    }

    /// A body, or what some accident made of it.
    fn damaged(&mut self, mut body: Vec<u8>) -> Vec<u8> {
        match self.rng.random_range(0..12) {
            0 => body.truncate(body.len() / 2),
            1 => body = vec![0xff; 40],
            2 => body = b"[".repeat(50_000),
            3 => body = vec![0x81; 50_000],
            4 => body = format!("{{\"name\": {}}}", self.one_of(&NASTY)).into_bytes(),
            5 if !body.is_empty() => {
                let place = self.rng.random_range(0..body.len());
                body[place] = self.rng.random();
            }
            6 => body.clear(),
            _ => {}
        }
        body
    }

    /// A request of the REST protocol: what belongs into the query string is there, mostly.
    fn rest_request(
        &mut self,
        host: &str,
        service: &str,
        route: &str,
        input: &Value,
        shape: Option<&Shape>,
    ) -> Vec<u8> {
        let mut query = String::new();
        for (name, parameter, _) in shape.into_iter().flat_map(Shape::query).filter(|_| self.chance(9)) {
            let value = input[name].as_str().map_or_else(|| input[name].to_string(), str::to_owned);
            let _ = write!(query, "{parameter}=");
            for byte in value.bytes() {
                let _ = write!(query, "%{byte:02X}");
            }
            query.push('&');
        }
        let route = if self.chance(9) { route } else { "POST /v1/nothing" };
        let (method, path) = route.split_once(' ').expect("a method and a path");
        let body = self.damaged(input.to_string().into_bytes());
        let head = format!(
            "{method} {path}?{query} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {}\r\n\
             content-type: application/json\r\nauthorization: {}\r\n\r\n",
            body.len(),
            signed(service)
        );
        [head.into_bytes(), body].concat()
    }
}

/// A gateway whose ministack lets every signature pass, and no role be assumed.
async fn gateway(folder: &std::path::Path) -> (Registry, String) {
    let ministack = testing::ScriptedAws::in_front_of(|call| match &*call.operation {
        "/_bridge/authorize" => (200, json!({"principal": "arn:aws:iam::111122223333:root"})),
        "/_bridge/event" => (200, json!({})),
        _ => (400, json!({"code": "AccessDenied", "message": "no"})),
    });
    let secrets = Secrets::generate();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let bridge = Bridge::new(&ministack.endpoint(), &secrets);
    let context = ServiceContext::new(
        "111122223333",
        "us-east-1",
        &format!("http://{host}"),
        bridge,
        Faults::default(),
    );
    let context = context.with_files("/usr/bin:/bin", folder);
    let registry = Registry::new(&context, SERVICES);
    let gateway = Gateway::new(context, registry.clone(), Proxy::new(ministack.port(), &secrets));
    tokio::spawn(gateway.serve(listener));
    (registry, host)
}

/// Status, headers and body of the answer, if there is one.
async fn send(host: &str, request: &[u8]) -> Option<(u16, HeaderMap, Bytes)> {
    let mut stream = TcpStream::connect(host).await.ok()?;
    // An answer may come before all of the request is read.
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers =
        headers.filter_map(|(name, value)| Some((name.parse().ok()?, value.parse().ok()?))).collect();
    Some((status, headers, Bytes::copy_from_slice(&answer[end + 4..])))
}

/// Whether a request was served; the error says what is wrong with the answer.
async fn check(host: &str, request: &[u8]) -> Result<bool, String> {
    let answered = tokio::time::timeout(PATIENCE, send(host, request)).await;
    let (status, headers, body) = answered.map_err(|_| "it hangs")?.ok_or("no answer")?;
    let well = status == 200 || (400..500).contains(&status) && errors::code(&headers, &body).is_some();
    if well { Ok(status == 200) } else { Err(format!("{status} {}", String::from_utf8_lossy(&body))) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_requests_are_answered_as_aws_answers_them() {
    let folder = tempfile::tempdir().unwrap();
    let (registry, host) = gateway(folder.path()).await;
    let (mut served, mut wrong) = (0, Vec::new());
    let mut maker = Maker::new(SEED);
    for case in 0..CASES {
        let request = maker.request(&host);
        match check(&host, &request).await {
            Ok(was_served) => served += u32::from(was_served),
            Err(why) => {
                let shown = String::from_utf8_lossy(&request[..request.len().min(1500)]).into_owned();
                wrong.push(format!("case {case}: {why}\n{shown}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} cases, of which the first are:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(8)].join("\n\n")
    );
    assert!(served > 20, "only {served} were served: the others hide what is behind the first check");
    registry.stop().await;
}
