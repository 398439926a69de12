//! `sm-mlops deploy`, `outputs`, `status` and `destroy`, as a person runs them.

use super::{forget_kept, ssm};
use crate::clean_up::clients::Clients;
use crate::clean_up::functions::release;
use crate::clean_up::program::{self, ADMINISTRATOR, Ran, User};
use crate::cli::aws;
use crate::harness::{cloud, run};
use crate::one_shot::launch_roles::classic_roles;
use crate::one_shot::projects_enablement::portfolio;
use anyhow::{Context, ensure};
use serde_json::{Value, json};

/// Runs the program as an administrator.
struct Person {
    user: User,
    /// Where the release is, as options, and as parameters of its templates, which have no defaults for it here.
    place: Vec<String>,
    parameters: Vec<String>,
}

impl Person {
    async fn new(name: &str) -> anyhow::Result<Self> {
        let release = release(cloud().await).await?;
        let user = Clients::root(cloud().await).await.user(name, ADMINISTRATOR).await?;
        let place = ["--bucket", &release["CodeBucket"], "--release", &release["CodePrefix"]];
        let parameters =
            release.iter().flat_map(|(name, value)| ["-p".to_owned(), format!("{name}={value}")]);
        Ok(Self { user, place: place.map(str::to_owned).into(), parameters: parameters.collect() })
    }

    async fn run(&self, arguments: &[&str]) -> anyhow::Result<Ran> {
        program::run(cloud().await, &self.user, arguments).await
    }

    fn deploy<'a>(&'a self, template: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        let place = self.place.iter().chain(&self.parameters).map(String::as_str);
        ["deploy", template].into_iter().chain(place).chain(more.iter().copied()).collect()
    }
}

#[track_caller]
fn ended(ran: &Ran, code: i32, told: &[&str]) -> anyhow::Result<()> {
    ensure!(ran.code == Some(code), "{ran:?}");
    for part in told {
        ensure!(ran.out.contains(part) || ran.err.contains(part), "{part:?} is missing: {ran:?}");
    }
    Ok(())
}

fn document(ran: &Ran) -> anyhow::Result<Value> {
    serde_json::from_str(&ran.out).with_context(|| format!("{ran:?}"))
}

/// Begins every name of the test.
const ENV: &str = "cmd-life";

#[test]
fn a_quickstart_is_deployed_shown_and_destroyed() {
    run(async {
        // Held until the stacks are gone: the core makes the roles, and the domain enables the portfolio.
        let held = (portfolio().await?, classic_roles().await?);
        let person = Person::new("cmd-life").await?;
        let stack = ["--stack", ENV, "--yes"];
        let nothing = person.run(&person.deploy("quickstart", &stack)).await?;
        ended(
            &nothing,
            2,
            &["give a value with --parameter NAME=VALUE for EnvName (Name of the environment."],
        )?;
        let long = ["--stack", ENV, "--yes", "-p", "EnvName=cmd-life-with-a-name-that-no-bucket-can-have"];
        let long = person.run(&person.deploy("quickstart", &long)).await?;
        ended(&long, 6, &["blocked, so nothing was changed", "characters shorter"])?;
        let given = ["--stack", ENV, "-p", "EnvName=cmd-life"];
        let unasked = person.run(&person.deploy("quickstart", &given)).await?;
        ended(&unasked, 4, &["no terminal to ask on", "Environment", "Core"])?;
        let dry = person.run(&person.deploy("quickstart", &[&given[..], &["--dry-run"]].concat())).await?;
        ended(&dry, 0, &["Add", "AWS::CloudFormation::Stack", "A dry run: nothing was changed."])?;
        let describe = ["cloudformation", "describe-stacks", "--stack-name", ENV];
        ensure!(aws(&describe).await.is_err(), "a plan that was not wanted is left");

        let deploy = person.deploy("quickstart", &[&given[..], &["--yes"]].concat());
        // Killed on the way, and run again: the operation goes on.
        let child = program::start(cloud().await, &person.user, &deploy)?;
        crate::harness::until("the stack is being made", async || {
            let found = aws(&[&describe[..], &["--query", "Stacks[0].StackStatus"]].concat()).await;
            Ok(found.is_ok_and(|status| status == "CREATE_IN_PROGRESS"))
        })
        .await?;
        let id = child.id().context("it has ended")?.to_string();
        ensure!(std::process::Command::new("kill").args(["-INT", &id]).status()?.success(), "kill");
        ended(&program::end(child).await?, 130, &["Run the same command to resume"])?;
        let made = person.run(&deploy).await?;
        ended(
            &made,
            0,
            &["is CREATE_IN_PROGRESS: following it first", "CREATE_COMPLETE AWS::SageMaker::Domain"],
        )?;
        ended(&made, 0, &["SageMakerDomainId", "AssumeDataScientistRole"])?;

        let outputs = person.run(&["outputs", ENV, "--json"]).await?;
        let outputs = document(&outputs)?;
        let domain = outputs["Outputs"]["SageMakerDomainId"].as_str().context("no domain")?.to_owned();
        let shown = person.run(&["status"]).await?;
        ended(&shown, 0, &[ENV, "CREATE_COMPLETE", "cmd-life-dev", &domain])?;

        let change = [&given[..], &["--yes", "--json", "-p", "SeedCodeS3BucketName=cmd-seed"]].concat();
        let changed = document(&person.run(&person.deploy("quickstart", &change)).await?)?;
        ensure!(changed["Operation"] == "Update" && changed["StackStatus"] == "UPDATE_COMPLETE", "{changed}");
        let published = ssm(ENV).await?;
        ensure!(published["seed-code-s3bucket-name"] == "cmd-seed", "{published:?}");
        destroyed(&person, &domain).await?;
        drop(held);
        forget_kept(ENV, &published).await
    });
}

async fn destroyed(person: &Person, domain: &str) -> anyhow::Result<()> {
    let protect = ["cloudformation", "update-termination-protection", "--stack-name", ENV];
    aws(&[&protect[..], &["--enable-termination-protection"]].concat()).await?;
    ended(&person.run(&["destroy", ENV, "--yes"]).await?, 6, &["is protected"])?;
    aws(&[&protect[..], &["--no-enable-termination-protection"]].concat()).await?;
    let dry = person.run(&["destroy", ENV, "--dry-run"]).await?;
    ended(&dry, 0, &["keep", "AWS::S3::Bucket", "AWS::SageMaker::Domain", domain, "Home directories: keep"])?;
    ended(&person.run(&["destroy", ENV]).await?, 4, &["no terminal to ask on"])?;
    let gone = person.run(&["destroy", ENV, "--yes"]).await?;
    ended(
        &gone,
        0,
        &["is deleted with", "Kept, as the templates say:", "AWS::S3::Bucket cmd-life-dev-us-east-1"],
    )?;
    ensure!(ssm(ENV).await?.is_empty(), "parameters are left");
    let again = person.run(&["destroy", ENV, "--yes"]).await?;
    ended(&again, 3, &["there is no stack cmd-life"])
}

/// A template with one resource, which may fail, and an export or an import.
fn small(name: &Value, more: &Value) -> String {
    let resource =
        json!({"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Name": name, "Value": "v"}});
    let mut template = json!({"Resources": {"Parameter": resource}});
    template["Outputs"] = more.clone();
    template.to_string()
}

async fn create(stack: &str, template: &str) -> anyhow::Result<()> {
    aws(&["cloudformation", "create-stack", "--stack-name", stack, "--template-body", template]).await?;
    aws(&["cloudformation", "wait", "stack-create-complete", "--stack-name", stack]).await.map(drop)
}

#[test]
fn stacks_are_destroyed_in_the_order_of_their_imports() {
    run(async {
        let person = Person::new("cmd-order").await?;
        let export = json!({"Out": {"Value": "x", "Export": {"Name": "cmd-order-export"}}});
        create("cmd-order-core", &small(&"/cmd-order/core".into(), &export)).await?;
        let import = json!({"In": {"Value": {"Fn::ImportValue": "cmd-order-export"}}});
        create("cmd-order-env", &small(&"/cmd-order/env".into(), &import)).await?;
        let blocked = person.run(&["destroy", "cmd-order-core", "--yes"]).await?;
        ended(&blocked, 6, &["stack cmd-order-env imports cmd-order-export of stack cmd-order-core"])?;
        let all = ["destroy", "cmd-order-core", "cmd-order-env", "cmd-order-none", "--yes", "--json"];
        let gone = document(&person.run(&all).await?)?;
        ensure!(gone["Deleted"] == json!(["cmd-order-env", "cmd-order-core"]), "{gone}");
        ensure!(gone["Absent"] == json!(["cmd-order-none"]), "{gone}");
        Ok(())
    });
}

#[test]
fn a_creation_that_fails_says_what_failed_first_and_is_made_anew() {
    run(async {
        let person = Person::new("cmd-fails").await?;
        let make =
            ["codepipeline", "create-custom-action-type", "--category", "Source", "--provider", "CmdFails"];
        let artifacts =
            |side: &str| [format!("--{side}-artifact-details"), "minimumCount=0,maximumCount=1".into()];
        let (input, output) = (artifacts("input"), artifacts("output"));
        let details = input.iter().chain(&output).map(String::as_str);
        let make: Vec<_> = make.into_iter().chain(["--action-version", "1"]).chain(details).collect();
        aws(&make).await?;
        let secret = ["secretsmanager", "create-secret", "--name", "cmd-fails", "--secret-string", "no key"];
        let secret = aws(&secret).await?["ARN"].as_str().context("no secret")?.to_owned();
        let file = std::env::temp_dir().join("cmd-fails.yaml");
        let text = format!(
            "GitBranch: main\nGitUrl: git@github.com:none/none.git\nSecretsManagerArnForSSHPrivateKey: {secret}\n"
        );
        std::fs::write(&file, text)?;
        let file = file.to_str().context("path")?;
        let given = ["--stack", "cmd-fails", "--yes", "--parameters", file, "-p"];

        let taken = [&given[..], &["SourceActionProvider=CmdFails"]].concat();
        let failed = person.run(&person.deploy("git-source", &taken)).await?;
        let first = "ActionType (AWS::CodePipeline::CustomActionType) failed first:";
        ended(&failed, 1, &["stack cmd-fails is ROLLBACK_COMPLETE:", first, "already exists"])?;
        let free = [&given[..], &["SourceActionProvider=CmdWorks"]].concat();
        let dry = person.run(&person.deploy("git-source", &[&free[..], &["--dry-run"]].concat())).await?;
        ended(&dry, 6, &["without --dry-run, it is deleted first"])?;
        let made = person.run(&person.deploy("git-source", &free)).await?;
        ended(
            &made,
            0,
            &["what a failed operation left is deleted first", "Stack cmd-fails is CREATE_COMPLETE."],
        )?;
        let same = person.run(&person.deploy("git-source", &free)).await?;
        ended(&same, 0, &["has nothing to change: CREATE_COMPLETE", "ArtifactBucketName"])?;
        ended(&person.run(&["destroy", "cmd-fails", "--yes"]).await?, 0, &["is deleted with"])?;
        aws(&["secretsmanager", "delete-secret", "--secret-id", &secret]).await.map(drop)
    });
}

#[test]
fn the_doctor_says_what_would_keep_an_environment_from_being_made() {
    run(async {
        let person = Person::new("cmd-doctor").await?;
        let bucket = "cmd-doctor-elsewhere";
        let there = ["s3api", "create-bucket", "--bucket", bucket, "--region", "eu-west-3"];
        aws(&[&there[..], &["--create-bucket-configuration", "LocationConstraint=eu-west-3"]].concat())
            .await?;
        let data = "cmd-doctor-dev-us-east-1-111122223333-data";
        aws(&["s3api", "create-bucket", "--bucket", data]).await?;
        let vpc = ["ec2", "create-vpc", "--cidr-block", "10.71.0.0/16", "--query", "Vpc.VpcId"];
        let vpc = aws(&vpc).await?.as_str().context("no VPC")?.to_owned();
        let gateway = ["ec2", "create-internet-gateway", "--query", "InternetGateway.InternetGatewayId"];
        let gateway = aws(&gateway).await?.as_str().context("no gateway")?.to_owned();
        let attached = ["--vpc-id", vpc.as_str(), "--internet-gateway-id", gateway.as_str()];
        aws(&[&["ec2", "attach-internet-gateway"], &attached[..]].concat()).await?;

        let ask = ["doctor", "environment", "--env-name", "cmd-doctor", "--vpc", &vpc];
        let fine = person.run(&[&ask[..], &["--bucket", &person.place[1]]].concat()).await?;
        let remedy = format!("give ExistingInternetGatewayId={gateway}");
        ended(&fine, 0, &["passed         Availability Zones us-east-1:", &remedy, "the bucket is there"])?;
        let far = person.run(&[&ask[..], &["--bucket", bucket, "--json"]].concat()).await?;
        let far = document(&far)?;
        let of = |check: &str, subject: &str| {
            let all = far["Findings"].as_array().cloned().unwrap_or_default();
            all.into_iter().find(|it| it["Check"] == check && it["Subject"] == subject).unwrap_or_default()
        };
        ensure!(of("ReleaseBucket", bucket)["Verdict"] != "Passed", "{far}");
        ensure!(of("RetainedBucket", data)["Verdict"] == "Notice", "{far}");
        ensure!(of("InternetGateway", &vpc)["Verdict"] == "Notice", "{far}");
        let long =
            ["doctor", "environment", "--env-name", "an-environment-with-a-name-that-no-bucket-can-have"];
        let long = person.run(&long).await?;
        ended(&long, 5, &["missing        names an-environment-with", "characters shorter"])?;

        aws(&[&["ec2", "detach-internet-gateway"], &attached[..]].concat()).await?;
        aws(&["ec2", "delete-internet-gateway", "--internet-gateway-id", &gateway]).await?;
        aws(&["ec2", "delete-vpc", "--vpc-id", &vpc]).await?;
        aws(&["s3api", "delete-bucket", "--bucket", data]).await?;
        aws(&["s3api", "delete-bucket", "--bucket", bucket, "--region", "eu-west-3"]).await.map(drop)
    });
}
