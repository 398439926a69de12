//! Clean-up that EventBridge starts: the deletion of a domain, a schedule, the end of a run; and `sm-mlops orphans`, which
//! shows the same.

use super::domain_fixture::DomainFixture;
use super::functions::{Functions, release};
use super::program::{self, ADMINISTRATOR};
use super::record::{calls, writes};
use crate::cli::aws;
use crate::harness::{project, run, until};
use crate::permissions::{check_both_ways, unused};
use anyhow::Context;
use aws_sdk_efs::types::FileSystemDescription;
use emulator::deploy::{self, DeployedStack};
use emulator_core::{EventFault, EventFaultKind};
use serde_json::{Value, json};
use std::fmt::Write;

/// A deployment of the template that serves events, with a queue that gets what its topic is told.
struct Rules {
    deployed: DeployedStack,
    queue: String,
}

impl Rules {
    /// `free` is the parameter `FreeNetwork`.
    async fn deploy(
        name: &str,
        functions: &Functions,
        fixture: &DomainFixture,
        free: &str,
    ) -> anyhow::Result<Self> {
        let topic = aws(&["sns", "create-topic", "--name", name]).await?;
        let topic = topic["TopicArn"].as_str().context("no topic")?;
        let arn = fixture.cloud.context().arn("sqs", name);
        let policy = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
            "Resource": arn, "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
        }]});
        let attributes = json!({"Policy": policy.to_string()}).to_string();
        let made = aws(&["sqs", "create-queue", "--queue-name", name, "--attributes", &attributes]).await?;
        let queue = made["QueueUrl"].as_str().context("no queue")?.to_owned();
        let subscribe =
            ["sns", "subscribe", "--topic-arn", topic, "--protocol", "sqs", "--notification-endpoint"];
        aws(&[&subscribe[..], &[arn.as_str()]].concat()).await?;
        let [_, machine] = functions.state_machines();
        let mut parameters = release(fixture.cloud).await?;
        let given = [
            ("StateMachineArn", machine),
            ("FreeNetwork", free),
            ("GracePeriodInHours", "0"),
            ("NoticeTopicArn", topic),
        ];
        parameters.extend(deploy::named(given));
        let template = package::template(&project().join("infra/functions/cleanup-events.yaml"))?;
        let deployed = deploy::create(fixture.cloud, name, &template, parameters, |_| ()).await?;
        Ok(Self { deployed, queue })
    }

    /// The notices so far that name a domain, oldest first.
    async fn told(&self, domain: &str) -> anyhow::Result<Vec<String>> {
        let receive =
            ["sqs", "receive-message", "--queue-url", &self.queue, "--max-number-of-messages", "10"];
        let found = aws(&[&receive[..], &["--visibility-timeout", "0"]].concat()).await?;
        let messages = found["Messages"].as_array().into_iter().flatten();
        let bodies =
            messages.filter_map(|message| serde_json::from_str::<Value>(message["Body"].as_str()?).ok());
        let texts = bodies.map(|body| format!("{}\n{}", body["Subject"], body["Message"]));
        Ok(texts.filter(|text| text.contains(domain)).collect())
    }

    /// Invokes the function as its schedule does.
    async fn schedule(&self, fixture: &DomainFixture) -> anyhow::Result<()> {
        let text = tokio::fs::read_to_string(project().join("events/storage-cleanup-schedule.json")).await?;
        let file = fixture.cloud.state().join(format!("{}.json", self.deployed.stack));
        tokio::fs::write(&file, text).await?;
        let (function, payload) =
            (self.deployed.output("FunctionName")?, format!("fileb://{}", file.display()));
        let answer =
            aws(&["lambda", "invoke", "--function-name", function, "--payload", &payload, "/dev/null"])
                .await?;
        anyhow::ensure!(answer.get("FunctionError").is_none(), "{answer}");
        Ok(())
    }
}

impl DomainFixture {
    /// Writes the tag that allows or forbids an event to free the network.
    async fn wish(&self, domain: &str, value: &str) -> anyhow::Result<()> {
        let systems = self.clients.file_systems(domain).await?;
        let id = systems.first().context("no file system")?.file_system_id();
        let tag = format!("Key=sm-mlops:on-delete,Value={value}");
        aws(&["efs", "tag-resource", "--resource-id", id, "--tags", &tag]).await?;
        Ok(())
    }

    /// The names of the runs of the state machine that are about this domain.
    async fn runs_for_events(&self, domain: &str) -> anyhow::Result<Vec<String>> {
        let [_, machine] = self.functions.state_machines();
        let list = [
            "stepfunctions",
            "list-executions",
            "--state-machine-arn",
            machine,
            "--query",
            "executions[].name",
        ];
        let names = aws(&list).await?;
        let names = names.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        Ok(names.filter(|name| name.starts_with(&format!("{domain}-"))).collect())
    }
}

/// A domain in the network of a fixture, whose network events may free.
async fn tagged(fixture: &DomainFixture, name: &str) -> anyhow::Result<String> {
    let domain = fixture.clients.domain(name, &fixture.vpc, &fixture.subnets).await?;
    fixture.wish(&domain, "free-network").await?;
    Ok(domain)
}

impl DomainFixture {
    /// Waits until a domain has no mount target, and people heard that the run ended.
    async fn freed(&self, rules: &Rules, domain: &str) -> anyhow::Result<Vec<String>> {
        until(&format!("the network of {domain} is free"), async || {
            let systems = self.clients.file_systems(domain).await?;
            Ok(systems.iter().all(|system| system.number_of_mount_targets() == 0))
        })
        .await?;
        let ended = async || {
            let told = rules.told(domain).await?;
            Ok(told.iter().any(|text| text.contains(&format!("The network of domain {domain} is free"))))
        };
        until("the notice of the end", ended).await?;
        rules.told(domain).await
    }
}

#[test]
fn the_network_of_a_tagged_domain_is_freed_once_and_people_are_told() {
    run(async {
        let functions = Functions::deploy("events").await?;
        let fixture = DomainFixture::by_hand(functions.clone(), "events").await?;
        let rules = Rules::deploy("events-rules", &functions, &fixture, "never").await?;
        // A domain of the same network, with users, which stays.
        let clients = &fixture.clients;
        clients.profile(&fixture.domain, "alice").await?;
        clients.space(&fixture.domain, "lab", "alice", None).await?;
        let stays = clients.in_domain(&fixture.domain).await?;
        fixture.wish(&fixture.domain, "free-network").await?;

        // Only reported, then freed by the schedule.
        let first = tagged(&fixture, "events-first").await?;
        clients.drop_domain(&first).await?;
        rules.schedule(&fixture).await?;
        assert!(!rules.told(&first).await?.is_empty());
        assert_eq!(fixture.runs_for_events(&first).await?, Vec::<String>::new(), "FreeNetwork is never");
        let template = package::template(&project().join("infra/functions/cleanup-events.yaml"))?;
        let free = deploy::named([("FreeNetwork", "tagged")]);
        deploy::update(fixture.cloud, &rules.deployed, &template, free, |_| ()).await?;
        rules.schedule(&fixture).await?;
        fixture.freed(&rules, &first).await?;

        // Freed because it is deleted; CloudTrail tells it twice.
        let second = tagged(&fixture, "events-second").await?;
        let third = clients.domain("events-untagged", &fixture.vpc, &fixture.subnets).await?;
        fixture.cloud.faults().plan_event(EventFault {
            kind: EventFaultKind::Duplicate,
            detail_type: Some("AWS API Call via CloudTrail".into()),
            containing: Some(second.clone()),
            times: 1,
        });
        clients.drop_domain(&third).await?;
        clients.drop_domain(&second).await?;
        let told = fixture.freed(&rules, &second).await?;
        let begun = told.iter().filter(|text| text.contains("are deleted. Its file system stays.")).count();
        assert_eq!((begun, fixture.runs_for_events(&second).await?.len()), (1, 1), "{told:?}");

        // All file systems stay, and so do the untagged domain's mount targets and the domain that exists.
        let from = fixture.cloud.recorder().len();
        rules.schedule(&fixture).await?;
        for (domain, runs, mounts) in
            [(&first, 1, 0), (&second, 1, 0), (&third, 0, 2), (&fixture.domain, 0, 2)]
        {
            assert_eq!(fixture.runs_for_events(domain).await?.len(), runs, "{domain}");
            let systems = clients.file_systems(domain).await?;
            let mounted: Vec<_> =
                systems.iter().map(FileSystemDescription::number_of_mount_targets).collect();
            assert_eq!(mounted, [mounts], "{domain}");
        }
        assert_eq!(clients.in_domain(&fixture.domain).await?, stays);
        let own = writes(&calls(fixture.cloud, rules.deployed.output("FunctionName")?, from));
        assert!(own.iter().all(|call| call == "sns Publish"), "{own:?}");

        check_both_ways(fixture.cloud, &rules.deployed.stack, unused::CLEANUP_EVENTS).await?;
        Ok(())
    });
}

#[test]
fn orphans_are_listed_and_nothing_is_freed_without_consent() {
    run(async {
        let functions = Functions::shared().await?;
        let fixture = DomainFixture::by_hand(functions.clone(), "orphans").await?;
        let rules = Rules::deploy("orphans-rules", &functions, &fixture, "never").await?;
        let owner = fixture.clients.user("orphans", ADMINISTRATOR).await?;
        let list = async |arguments: &[&str]| program::run(fixture.cloud, &owner, arguments).await;
        let before = list(&["orphans"]).await?;
        assert!(!before.out.contains(&fixture.domain), "the domain exists: {before:?}");

        fixture.clients.drop_domain(&fixture.domain).await?;
        let left = fixture.left().await?;
        rules.schedule(&fixture).await?;
        let told = rules.told(&fixture.domain).await?;
        let system = fixture.clients.file_systems(&fixture.domain).await?;
        let system = system.first().context("no file system")?.file_system_id().to_owned();
        assert!(told.iter().any(|text| text.contains(&system)), "{told:?}");
        assert_eq!(fixture.left().await?, left, "FreeNetwork is never");

        let found = list(&["orphans"]).await?;
        assert_eq!(found.code, Some(7), "{found:?}");
        let mut wanted = format!("sm-mlops clean-up {}", fixture.domain);
        for part in [&system, &fixture.vpc, &fixture.subnets[0]] {
            assert!(found.out.contains(part.as_str()), "{part}: {}", found.out);
        }
        assert!(found.out.contains(&wanted), "{}", found.out);
        let document = list(&["orphans", "--json"]).await?;
        let document: Value = serde_json::from_str(&document.out)?;
        let own = |kind: &str| {
            let rows = document["Orphans"].as_array().into_iter().flatten();
            rows.filter(|row| row["DomainId"] == fixture.domain.as_str() && row["Kind"] == kind).count()
        };
        assert_eq!((own("FileSystem"), own("SecurityGroup")), (1, 2), "{document}");
        assert_eq!((&document["Outcome"], &document["Exit"]), (&"OrphansFound".into(), &7.into()));

        // The command that is named takes them.
        write!(wanted, " --storage delete --yes")?;
        let words: Vec<_> = wanted.split(' ').skip(1).collect();
        let cleaned = list(&words).await?;
        assert_eq!(cleaned.code, Some(0), "{cleaned:?}");
        assert!(!list(&["orphans"]).await?.out.contains(&fixture.domain));
        Ok(())
    });
}
