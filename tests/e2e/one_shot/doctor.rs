//! `sm-mlops doctor accounts`, in the organization of the tests.

use super::accounts::{account, administrator, organization, unit};
use crate::clean_up::clients::Clients;
use crate::clean_up::program::{self, ADMINISTRATOR};
use crate::cli::{aws, aws_as};
use crate::harness::{cloud, run};
use anyhow::{Context, ensure};
use serde_json::{Value, json};

const STACK_SETS: &str = "member.org.stacksets.cloudformation.amazonaws.com";

/// A policy by which somebody may assume a role.
fn trust(principal: &Value) -> String {
    let statement = json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"});
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

#[test]
fn the_doctor_finds_what_stack_sets_lack_in_each_account() {
    run(async {
        let cloud = cloud().await;
        let root = organization().await?;
        let own = &cloud.context().account;
        let unit = unit(root, "doctor").await?;
        let ready = account("doctor-ready", root, &unit).await?;
        let bare = account("doctor-bare", root, &unit).await?;
        let user = Clients::root(cloud).await.user("doctor-accounts", ADMINISTRATOR).await?;
        let names =
            ["--administration-role", "doctor-administration", "--execution-role", "doctor-execution"];
        let asked = [&["doctor", "accounts", "--unit", &unit, "--json"][..], &names].concat();
        let ask = async || {
            let ran = program::run(cloud, &user, &asked).await?;
            let document: Value = serde_json::from_str(&ran.out).with_context(|| format!("{ran:?}"))?;
            anyhow::Ok((ran.code, document))
        };
        let of = |document: &Value, subject: &str| {
            let all = document["Findings"].as_array().cloned().unwrap_or_default();
            let found = all.into_iter().find(|it| it["Subject"] == subject);
            found.with_context(|| format!("no finding for {subject} in {document}"))
        };

        let (code, document) = ask().await?;
        ensure!(code == Some(5) && document["Accounts"] == json!(sorted(&ready, &bare)), "{document}");
        ensure!(of(&document, "doctor-administration")?["Verdict"] == "Missing", "{document}");
        let enable = of(&document, STACK_SETS)?;
        ensure!(enable["Verdict"] == "Missing", "{enable}");
        let remedy = enable["Remedy"].as_str().context("no remedy")?;
        let command = remedy.split_once("aws ").context("no command")?.1;
        aws(&command.split(' ').collect::<Vec<_>>()).await?;

        let create = ["iam", "create-role", "--role-name"];
        let service = trust(&json!({"Service": "cloudformation.amazonaws.com"}));
        let trusting = ["doctor-administration", "--assume-role-policy-document", &service];
        aws(&[&create[..], &trusting].concat()).await?;
        let there = administrator(&ready).await?;
        let account = trust(&json!({"AWS": format!("arn:aws:iam::{own}:root")}));
        let trusting = ["doctor-execution", "--assume-role-policy-document", &account];
        aws_as(&there, &[&create[..], &trusting].concat()).await?;
        let (code, document) = ask().await?;
        ensure!(code == Some(5), "the administration role may not assume anything: {document}");
        ensure!(
            of(&document, &ready)?["Detail"].as_str().unwrap_or_default().contains("no policy allows it"),
            "{document}"
        );

        let may = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]});
        let (may, put) = (may.to_string(), ["iam", "put-role-policy", "--policy-name", "own", "--role-name"]);
        aws(&[&put[..], &["doctor-administration", "--policy-document", &may]].concat()).await?;
        let (_, document) = ask().await?;
        let found = of(&document, &ready)?;
        ensure!(found["Verdict"] == "NotEvaluated", "the role may not read itself: {document}");
        let read = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:GetRole", "Resource": "*"}]});
        let read = read.to_string();
        aws_as(&there, &[&put[..], &["doctor-execution", "--policy-document", &read]].concat()).await?;
        let (code, document) = ask().await?;
        ensure!(code == Some(0), "{document}");
        ensure!(of(&document, STACK_SETS)?["Verdict"] == "Passed", "{document}");
        ensure!(of(&document, &ready)?["Verdict"] == "Passed", "{document}");
        let without = of(&document, &bare)?;
        ensure!(without["Verdict"] == "NotEvaluated", "STS does not say which: {without}");
        Ok(())
    });
}

fn sorted(one: &str, other: &str) -> Vec<String> {
    let mut all = vec![one.to_owned(), other.to_owned()];
    all.sort();
    all
}
