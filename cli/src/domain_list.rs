//! `sm-mlops domain list`: the domains of a Region.

use crate::answer::{self, Answer};
use crate::args::DomainList;
use crate::domain::{self, Domain, failed, spelled};
use crate::exit::{Exit, Failure};
use crate::screen::Screen;
use crate::session::Session;
use crate::table::table;
use aws_sdk_sagemaker::Client;
use aws_sdk_sagemaker::types::AppStatus;
use serde::Serialize;
use shared::error::cause;

/// Things per page: the most that SageMaker gives.
const PAGE: i32 = 100;

/// What the command found.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    domains: Vec<Row>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    #[serde(flatten)]
    domain: Domain,
    /// With `--counts` only.
    #[serde(skip_serializing_if = "Option::is_none", flatten)]
    counts: Option<Counts>,
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Counts {
    user_profiles: usize,
    spaces: usize,
    apps: usize,
}

/// Runs the command.
pub async fn run(asked: &DomainList, screen: &Screen) -> Exit {
    let work = async |session: &Session, found: &mut Found| {
        let client = Client::new(&session.config);
        for (domain, why) in domain::list(&client).await? {
            if let Some(why) = why {
                screen.note(&format!("warning: {}", why.sentence));
            }
            let counts = if asked.counts { Some(count(&client, &domain.domain_id).await?) } else { None };
            found.domains.push(Row { domain, counts });
        }
        Ok(())
    };
    answer::run(Found::default(), &asked.place, asked.json, screen, work).await
}

async fn count(client: &Client, id: &str) -> Result<Counts, Failure> {
    let profiles = client.list_user_profiles().domain_id_equals(id).max_results(PAGE).into_paginator();
    let profiles: Result<Vec<_>, _> = profiles.items().send().try_collect().await;
    let profiles = profiles.map_err(|error| failed(&format!("list user profiles of {id}"), cause(error)))?;
    let spaces = client.list_spaces().domain_id_equals(id).max_results(PAGE).into_paginator();
    let spaces: Result<Vec<_>, _> = spaces.items().send().try_collect().await;
    let spaces = spaces.map_err(|error| failed(&format!("list spaces of {id}"), cause(error)))?;
    let apps = client.list_apps().domain_id_equals(id).max_results(PAGE).into_paginator();
    let apps: Result<Vec<_>, _> = apps.items().send().try_collect().await;
    let apps = apps.map_err(|error| failed(&format!("list apps of {id}"), cause(error)))?;
    // SageMaker lists deleted apps for another day.
    let apps = apps.iter().filter(|app| app.status() != Some(&AppStatus::Deleted)).count();
    Ok(Counts { user_profiles: profiles.len(), spaces: spaces.len(), apps })
}

impl Answer for Found {
    fn is_empty(&self) -> bool {
        self.domains.is_empty()
    }

    fn text(&self, account: &str, region: &str, width: u16) -> String {
        if self.domains.is_empty() {
            return format!("There is no domain in account {account}, {region}.");
        }
        let counted = self.domains.iter().any(|row| row.counts.is_some());
        let mut header = vec!["DOMAIN", "NAME", "STATUS", "VPC", "CREATED"];
        if counted {
            header.extend(["USER PROFILES", "SPACES", "APPS"]);
        }
        let rows = self.domains.iter().map(|Row { domain, counts }| {
            let mut cells = vec![
                domain.domain_id.clone(),
                domain.domain_name.clone(),
                domain.status.clone(),
                domain.vpc_id.clone().unwrap_or_else(|| "unknown".to_owned()),
                domain.creation_time.as_deref().map(spelled).unwrap_or_default(),
            ];
            let numbers = counts.map(|counts| [counts.user_profiles, counts.spaces, counts.apps]);
            cells.extend(numbers.into_iter().flatten().map(|number| number.to_string()));
            cells
        });
        format!("Account {account}, {region}\n\n{}", table(&header, rows, width))
    }
}
