//! `sm-mlops domain list`: the domains of a Region.

use crate::answer::{self, Answer};
use crate::args::DomainList;
use crate::domain::{self, Domain, failed, spelled};
use crate::exit::{Exit, Failure};
use crate::screen::Screen;
use crate::session::Session;
use crate::table::table;
use serde::Serialize;
use shared::aws::sagemaker::{SageMaker, Status};

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
        let client = SageMaker::new(&session.config);
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

async fn count(client: &SageMaker, id: &str) -> Result<Counts, Failure> {
    let profiles = client.user_profiles(id).await;
    let profiles = profiles.map_err(|source| failed(&format!("list user profiles of {id}"), source))?;
    let spaces = client.spaces(id).await;
    let spaces = spaces.map_err(|source| failed(&format!("list spaces of {id}"), source))?;
    let apps = client.apps(id).await.map_err(|source| failed(&format!("list apps of {id}"), source))?;
    // SageMaker lists deleted apps for another day.
    let apps = apps.items.iter().filter(|app| app.status != Some(Status::Deleted)).count();
    Ok(Counts { user_profiles: profiles.items.len(), spaces: spaces.items.len(), apps })
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
