//! What people make in a domain: user profiles, private and shared spaces, and apps of every type in every state.

use super::clients::Clients;
use super::domain_fixture::DomainFixture;
use crate::harness::until;
use anyhow::ensure;
use serde::Serialize;
use serde_json::{Value, json};
use shared::aws::sagemaker::Status;
use std::collections::BTreeSet;

/// Whose an app is.
#[derive(Clone, Copy)]
pub(crate) enum Owner<'a> {
    Profile(&'a str),
    Space(&'a str),
}

impl<'a> Owner<'a> {
    pub(crate) fn name(self) -> &'a str {
        match self {
            Self::Profile(name) | Self::Space(name) => name,
        }
    }
}

/// The types of apps, as SageMaker calls them.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) enum AppType {
    Canvas,
    CodeEditor,
    DetailedProfiler,
    JupyterLab,
    JupyterServer,
    KernelGateway,
    RSessionGateway,
    RStudioServerPro,
    TensorBoard,
}

/// Owner, type and name: only all of them together are unique in a domain.
pub(crate) type App<'a> = (Owner<'a>, AppType, &'a str);

/// Apps that a user profile owns, one of each type that it can.
fn of_profile(name: &str) -> [App<'_>; 8] {
    let app = |kind, app| (Owner::Profile(name), kind, app);
    [
        app(AppType::JupyterServer, "default"),
        app(AppType::KernelGateway, "datascience"),
        app(AppType::KernelGateway, "pytorch"),
        app(AppType::Canvas, "default"),
        app(AppType::TensorBoard, "default"),
        app(AppType::DetailedProfiler, "default"),
        app(AppType::RStudioServerPro, "default"),
        app(AppType::RSessionGateway, "session"),
    ]
}

/// Apps of the spaces that [`DomainFixture::populate`] makes.
const OF_SPACES: [App<'_>; 6] = [
    (Owner::Space("alice-lab"), AppType::JupyterLab, "default"),
    (Owner::Space("alice-code"), AppType::CodeEditor, "default"),
    (Owner::Space("bob-lab"), AppType::JupyterLab, "default"),
    (Owner::Space("bob-code"), AppType::CodeEditor, "default"),
    (Owner::Space("team"), AppType::JupyterServer, "default"),
    (Owner::Space("team"), AppType::KernelGateway, "datascience"),
];

impl DomainFixture {
    /// Three user profiles, five spaces and thirty apps, with every status that AWS knows among them.
    pub(crate) async fn populate(&self) -> anyhow::Result<()> {
        let mut profiles = vec!["alice", "bob"];
        if self.deployed.is_none() {
            profiles.push("owner"); // The stack has made it.
        }
        for profile in profiles {
            self.clients.profile(&self.domain, profile).await?;
        }
        let spaces =
            [("alice-lab", "alice"), ("alice-code", "alice"), ("bob-lab", "bob"), ("bob-code", "bob")];
        for (space, owner) in spaces {
            let kind = if space.ends_with("lab") { AppType::JupyterLab } else { AppType::CodeEditor };
            self.clients.space(&self.domain, space, owner, Some(kind)).await?;
        }
        self.clients.space(&self.domain, "team", "owner", None).await?;
        let mut apps: Vec<App<'_>> = ["alice", "bob", "owner"].into_iter().flat_map(of_profile).collect();
        apps.extend(OF_SPACES);

        // The last six are still starting when the others are what they are going to be.
        let (first, last) = apps.split_at(24);
        for app in first {
            self.clients.app(&self.domain, app).await?;
        }
        self.all_in_service().await?;
        for (at, app) in first.iter().enumerate() {
            match at % 6 {
                1 => self.force(app, "Failed")?,
                3 => self.clients.drop_app(&self.domain, app).await?,
                5 => self.force(app, "Deleted")?,
                _ => {}
            }
        }
        for app in last {
            self.clients.app(&self.domain, app).await?;
        }
        let seen = self.statuses().await?;
        let wanted = ["Deleted", "Deleting", "Failed", "InService", "Pending"].map(Into::into);
        ensure!(seen.is_superset(&wanted.clone().into()), "apps are {seen:?} only");
        Ok(())
    }

    /// Few resources: one user profile of a person, one space, an app of each.
    pub(crate) async fn populate_with_few(&self) -> anyhow::Result<()> {
        self.clients.profile(&self.domain, "alice").await?;
        self.clients.space(&self.domain, "lab", "alice", Some(AppType::JupyterLab)).await?;
        let apps = [
            (Owner::Profile("alice"), AppType::KernelGateway, "datascience"),
            (Owner::Space("lab"), AppType::JupyterLab, "default"),
        ];
        for app in &apps {
            self.clients.app(&self.domain, app).await?;
        }
        self.all_in_service().await
    }

    /// Gives an app a status that one cannot ask AWS for.
    pub(crate) fn force(&self, app: &App<'_>, status: &str) -> anyhow::Result<()> {
        let (owner, kind, name) = app;
        let sagemaker = self.cloud.sagemaker();
        Ok(sagemaker.set_app_status(&self.domain, owner.name(), &format!("{kind:?}"), name, status)?)
    }

    async fn all_in_service(&self) -> anyhow::Result<()> {
        until("all apps in service", async || {
            Ok(self.statuses().await? == BTreeSet::from([Status::InService.as_str().to_owned()]))
        })
        .await
    }

    /// The statuses that apps have.
    async fn statuses(&self) -> anyhow::Result<BTreeSet<String>> {
        let apps = self.clients.sagemaker.apps(&self.domain).await?.items;
        Ok(apps.into_iter().filter_map(|app| Some(app.status?.as_str().to_owned())).collect())
    }
}

impl Clients {
    /// A user profile, in service.
    pub(crate) async fn profile(&self, domain: &str, name: &str) -> anyhow::Result<()> {
        let input = json!({"DomainId": domain, "UserProfileName": name});
        self.sagemaker.run("CreateUserProfile", &input).await?;
        until(&format!("user profile {name} in service"), async || {
            let found = self.sagemaker.user_profile(domain, name).await?;
            Ok(found.status == Some(Status::InService))
        })
        .await
    }

    /// A space, in service: private with a type of app, shared without one.
    pub(crate) async fn space(
        &self,
        domain: &str,
        name: &str,
        owner: &str,
        private: Option<AppType>,
    ) -> anyhow::Result<()> {
        let sharing = if private.is_some() { "Private" } else { "Shared" };
        let mut input = json!({
            "DomainId": domain,
            "SpaceName": name,
            "OwnershipSettings": {"OwnerUserProfileName": owner},
            "SpaceSharingSettings": {"SharingType": sharing},
        });
        if let Some(kind) = private {
            input["SpaceSettings"] = json!({"AppType": kind});
        }
        self.sagemaker.run("CreateSpace", &input).await?;
        until(&format!("space {name} in service"), async || {
            Ok(self.sagemaker.space(domain, name).await?.status == Some(Status::InService))
        })
        .await
    }

    /// An app, on its way.
    pub(crate) async fn app(&self, domain: &str, app: &App<'_>) -> anyhow::Result<()> {
        Ok(self.sagemaker.run("CreateApp", &of_app(domain, app)).await?)
    }

    /// An app on its way out.
    pub(crate) async fn drop_app(&self, domain: &str, app: &App<'_>) -> anyhow::Result<()> {
        Ok(self.sagemaker.run("DeleteApp", &of_app(domain, app)).await?)
    }
}

/// What names an app in a call.
fn of_app(domain: &str, (owner, kind, name): &App<'_>) -> Value {
    let owned_by = match owner {
        Owner::Profile(_) => "UserProfileName",
        Owner::Space(_) => "SpaceName",
    };
    json!({"DomainId": domain, "AppType": kind, "AppName": name, owned_by: owner.name()})
}
