//! How the cost of emptying a domain grows with its apps: the state machine's steps, each one event of the function.

use crate::function::Program;
use crate::sandbox::Sandbox;
use crate::tls::TlsEndpoint;
use anyhow::{Context, bail, ensure};
use emulator::Cloud;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::aws::ec2::{Ec2, Input};
use shared::aws::sagemaker::{Domain, SageMaker, Status};
use std::time::Duration;

/// Owners of the apps.
const PROFILES: usize = 10;
/// How many things are made at a time.
const AT_ONCE: usize = 8;
/// More steps than any run takes.
const STEPS: usize = 200;
const POLL: Duration = Duration::from_millis(100);
/// For anything to become ready.
const LONGEST: Duration = Duration::from_mins(5);

/// What emptying a domain with so many apps took.
#[derive(Debug, Serialize)]
pub(crate) struct CleanUp {
    pub(crate) apps: usize,
    /// Calls to AWS of all steps together.
    pub(crate) calls: usize,
    pub(crate) steps: usize,
    /// CPU of all steps together, in milliseconds.
    pub(crate) cpu: f64,
    /// Wall time of all steps together, which is what Lambda bills, in milliseconds.
    pub(crate) billed: f64,
    /// Wall time of the longest step, in milliseconds.
    pub(crate) longest: f64,
    pub(crate) peak_mb: f64,
}

impl CleanUp {
    /// The calls it may take: one for each app, a tenth more for what is tried twice, and ten for each step's look around.
    pub(crate) fn calls_goal(&self) -> f64 {
        1.1 * number(self.apps) + 10.0 * number(self.steps)
    }

    pub(crate) fn calls_share(&self) -> f64 {
        number(self.calls) / self.calls_goal()
    }

    /// Billed milliseconds of a step.
    pub(crate) fn step_ms(&self) -> f64 {
        self.billed / number(self.steps)
    }
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Fills a domain with `apps` apps and empties it. `speed` is that of the cloud's simulated time.
pub(crate) async fn measure(
    cloud: &Cloud,
    endpoint: &TlsEndpoint,
    program: &Program,
    apps: usize,
    speed: f64,
) -> anyhow::Result<CleanUp> {
    let domain = fill(cloud, apps).await.with_context(|| format!("could not make {apps} apps"))?;
    let mut sandbox = Sandbox::start(program, endpoint, &[]).await?;
    let before = cloud.recorder().len();
    let mut clean_up =
        CleanUp { apps, calls: 0, steps: 0, cpu: 0.0, billed: 0.0, longest: 0.0, peak_mb: 0.0 };
    let mut tracker = Value::Null;
    loop {
        let event = json!({"Step": {"DomainId": domain}, "ProgressTracker": tracker});
        let (spent, mut answer) = sandbox.ask(event).await?;
        clean_up.steps += 1;
        clean_up.cpu += spent.cpu_ms;
        clean_up.billed += spent.wall_ms;
        clean_up.longest = clean_up.longest.max(spent.wall_ms);
        match answer["Status"].as_str() {
            Some("Done") => break,
            Some("Waiting") => tracker = answer["ProgressTracker"].take(),
            _ => bail!("a step answered {answer}"),
        }
        ensure!(clean_up.steps < STEPS, "not done after {STEPS} steps: {answer}");
        let pause = answer["Pause"].as_f64().context("a step that waits says how long")?;
        tokio::time::sleep(Duration::from_secs_f64(pause / speed)).await;
    }
    clean_up.calls = cloud.recorder().since(before).iter().filter(|call| call.service == "sagemaker").count();
    clean_up.peak_mb = sandbox.peak_mb()?;
    sandbox.end().await?;
    Ok(clean_up)
}

/// What `CreateVpc` answers.
#[derive(Deserialize)]
struct MadeVpc {
    vpc: Vpc,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vpc {
    vpc_id: String,
}

/// What `CreateSubnet` answers.
#[derive(Deserialize)]
struct MadeSubnet {
    subnet: Subnet,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Subnet {
    subnet_id: String,
}

/// A domain with running apps of ten users; its file system is left out, because it is not what is measured.
async fn fill(cloud: &Cloud, apps: usize) -> anyhow::Result<String> {
    let client = SageMaker::new(&cloud.root().await);
    let network = Ec2::new(&cloud.root().await);
    let input = Input::default().with("CidrBlock", "10.0.0.0/16");
    let MadeVpc { vpc } = network.call("CreateVpc", &input).await?;
    let input = Input::default().with("VpcId", &vpc.vpc_id).with("CidrBlock", "10.0.0.0/24");
    let MadeSubnet { subnet } = network.call("CreateSubnet", &input).await?;
    let input = json!({
        "DomainName": format!("bench-{apps}"),
        "AuthMode": "IAM",
        "DefaultUserSettings": {"ExecutionRole": "arn:aws:iam::111122223333:role/bench"},
        "HomeEfsFileSystemCreation": "Disabled",
        "VpcId": vpc.vpc_id,
        "SubnetIds": [subnet.subnet_id],
    });
    let domain: Domain = client.call("CreateDomain", &input).await?;
    let domain = domain.domain_arn.context("a domain has an ARN")?;
    let domain = domain.rsplit('/').next().context("the ARN ends with the id")?.to_owned();
    let in_service = async || -> anyhow::Result<bool> {
        Ok(client.domain(&domain).await?.status == Some(Status::InService))
    };
    until(in_service).await?;
    for user in 0..PROFILES {
        let input = json!({"DomainId": domain, "UserProfileName": user_name(user)});
        client.run("CreateUserProfile", &input).await?;
    }
    let users = async || -> anyhow::Result<bool> {
        let found = client.user_profiles(&domain).await?.items;
        Ok(found.iter().all(|profile| profile.status == Some(Status::InService)))
    };
    until(users).await?;
    let make = async |app: usize| {
        let user = user_name(app % PROFILES);
        let app = json!({"DomainId": domain, "UserProfileName": user, "AppType": "KernelGateway", "AppName": format!("app-{app}")});
        client.run("CreateApp", &app).await
    };
    stream::iter(0..apps).map(make).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
    let running = async || -> anyhow::Result<bool> {
        let found = client.apps(&domain).await?.items;
        Ok(found.iter().all(|app| app.status == Some(Status::InService)))
    };
    until(running).await?;
    Ok(domain)
}

fn user_name(user: usize) -> String {
    format!("user-{user}")
}

async fn until(ready: impl AsyncFn() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let wait = async {
        while !ready().await? {
            tokio::time::sleep(POLL).await;
        }
        Ok(())
    };
    tokio::time::timeout(LONGEST, wait).await.context("what was made did not become ready")?
}
