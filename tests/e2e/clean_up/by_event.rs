//! Clean-up that EventBridge starts: the deletion of a domain, a schedule, the end of a run; and `sm-mlops orphans`, which
//! shows the same.

use super::estate::Estate;
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
    site: DeployedStack,
    queue: String,
}

impl Rules {
    /// `free` is the parameter `FreeNetwork`.
    async fn deploy(name: &str, functions: &Functions, estate: &Estate, free: &str) -> anyhow::Result<Self> {
        let topic = aws(&["sns", "create-topic", "--name", name]).await?;
        let topic = topic["TopicArn"].as_str().context("no topic")?;
        let arn = estate.cloud.context().arn("sqs", name);
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
        let [_, machine] = functions.loops();
        let mut parameters = release(estate.cloud).await?;
        let given = [
            ("LoopArn", machine),
            ("FreeNetwork", free),
            ("GracePeriodInHours", "0"),
            ("NoticeTopicArn", topic),
        ];
        parameters.extend(deploy::named(given));
        let template = package::template(&project().join("infra/functions/cleanup-events.yaml"))?;
        let site = deploy::create(estate.cloud, name, &template, parameters, |_| ()).await?;
        Ok(Self { site, queue })
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
    async fn schedule(&self, estate: &Estate) -> anyhow::Result<()> {
        let text = tokio::fs::read_to_string(project().join("events/storage-cleanup-schedule.json")).await?;
        let file = estate.cloud.state().join(format!("{}.json", self.site.stack));
        tokio::fs::write(&file, text).await?;
        let (function, payload) = (self.site.output("FunctionName")?, format!("fileb://{}", file.display()));
        let answer =
            aws(&["lambda", "invoke", "--function-name", function, "--payload", &payload, "/dev/null"])
                .await?;
        anyhow::ensure!(answer.get("FunctionError").is_none(), "{answer}");
        Ok(())
    }
}

impl Estate {
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
        let [_, machine] = self.functions.loops();
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

/// A domain in the network of an estate, whose network events may free.
async fn tagged(estate: &Estate, name: &str) -> anyhow::Result<String> {
    let domain = estate.clients.domain(name, &estate.vpc, &estate.subnets).await?;
    estate.wish(&domain, "free-network").await?;
    Ok(domain)
}

impl Estate {
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
        let estate = Estate::by_hand(functions.clone(), "events").await?;
        let rules = Rules::deploy("events-rules", &functions, &estate, "never").await?;
        // A domain of the same network, with users, which stays.
        let clients = &estate.clients;
        clients.profile(&estate.domain, "alice").await?;
        clients.space(&estate.domain, "lab", "alice", None).await?;
        let stays = clients.in_domain(&estate.domain).await?;
        estate.wish(&estate.domain, "free-network").await?;

        // Only reported, then freed by the schedule.
        let first = tagged(&estate, "events-first").await?;
        clients.drop_domain(&first).await?;
        rules.schedule(&estate).await?;
        assert!(!rules.told(&first).await?.is_empty());
        assert_eq!(estate.runs_for_events(&first).await?, Vec::<String>::new(), "FreeNetwork is never");
        let template = package::template(&project().join("infra/functions/cleanup-events.yaml"))?;
        let free = deploy::named([("FreeNetwork", "tagged")]);
        deploy::update(estate.cloud, &rules.site, &template, free, |_| ()).await?;
        rules.schedule(&estate).await?;
        estate.freed(&rules, &first).await?;

        // Freed because it is deleted; CloudTrail tells it twice.
        let second = tagged(&estate, "events-second").await?;
        let third = clients.domain("events-untagged", &estate.vpc, &estate.subnets).await?;
        estate.cloud.faults().plan_event(EventFault {
            kind: EventFaultKind::Duplicate,
            detail_type: Some("AWS API Call via CloudTrail".into()),
            containing: Some(second.clone()),
            times: 1,
        });
        clients.drop_domain(&third).await?;
        clients.drop_domain(&second).await?;
        let told = estate.freed(&rules, &second).await?;
        let begun = told.iter().filter(|text| text.contains("are deleted. Its file system stays.")).count();
        assert_eq!((begun, estate.runs_for_events(&second).await?.len()), (1, 1), "{told:?}");

        // All file systems stay, and so do the untagged domain's mount targets and the domain that exists.
        let from = estate.cloud.recorder().len();
        rules.schedule(&estate).await?;
        for (domain, runs, mounts) in
            [(&first, 1, 0), (&second, 1, 0), (&third, 0, 2), (&estate.domain, 0, 2)]
        {
            assert_eq!(estate.runs_for_events(domain).await?.len(), runs, "{domain}");
            let systems = clients.file_systems(domain).await?;
            let mounted: Vec<_> =
                systems.iter().map(FileSystemDescription::number_of_mount_targets).collect();
            assert_eq!(mounted, [mounts], "{domain}");
        }
        assert_eq!(clients.in_domain(&estate.domain).await?, stays);
        let own = writes(&calls(estate.cloud, rules.site.output("FunctionName")?, from));
        assert!(own.iter().all(|call| call == "sns Publish"), "{own:?}");

        check_both_ways(estate.cloud, &rules.site.stack, unused::CLEANUP_EVENTS).await?;
        Ok(())
    });
}

#[test]
fn orphans_are_listed_and_nothing_is_freed_without_consent() {
    run(async {
        let functions = Functions::shared().await?;
        let estate = Estate::by_hand(functions.clone(), "orphans").await?;
        let rules = Rules::deploy("orphans-rules", &functions, &estate, "never").await?;
        let owner = estate.clients.user("orphans", ADMINISTRATOR).await?;
        let list = async |arguments: &[&str]| program::run(estate.cloud, &owner, arguments).await;
        let before = list(&["orphans"]).await?;
        assert!(!before.out.contains(&estate.domain), "the domain exists: {before:?}");

        estate.clients.drop_domain(&estate.domain).await?;
        let left = estate.left().await?;
        rules.schedule(&estate).await?;
        let told = rules.told(&estate.domain).await?;
        let system = estate.clients.file_systems(&estate.domain).await?;
        let system = system.first().context("no file system")?.file_system_id().to_owned();
        assert!(told.iter().any(|text| text.contains(&system)), "{told:?}");
        assert_eq!(estate.left().await?, left, "FreeNetwork is never");

        let found = list(&["orphans"]).await?;
        assert_eq!(found.code, Some(7), "{found:?}");
        let mut wanted = format!("sm-mlops clean-up {}", estate.domain);
        for part in [&system, &estate.vpc, &estate.subnets[0]] {
            assert!(found.out.contains(part.as_str()), "{part}: {}", found.out);
        }
        assert!(found.out.contains(&wanted), "{}", found.out);
        let document = list(&["orphans", "--json"]).await?;
        let document: Value = serde_json::from_str(&document.out)?;
        let own = |kind: &str| {
            let rows = document["Orphans"].as_array().into_iter().flatten();
            rows.filter(|row| row["DomainId"] == estate.domain.as_str() && row["Kind"] == kind).count()
        };
        assert_eq!((own("FileSystem"), own("SecurityGroup")), (1, 2), "{document}");
        assert_eq!((&document["Outcome"], &document["Exit"]), (&"OrphansFound".into(), &7.into()));

        // The command that is named takes them.
        write!(wanted, " --storage delete --yes")?;
        let words: Vec<_> = wanted.split(' ').skip(1).collect();
        let cleaned = list(&words).await?;
        assert_eq!(cleaned.code, Some(0), "{cleaned:?}");
        assert!(!list(&["orphans"]).await?.out.contains(&estate.domain));
        Ok(())
    });
}
