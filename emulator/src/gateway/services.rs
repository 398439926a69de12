//! The services of this project, with a state of their own in each account and Region.

use emulator_codebuild::CodeBuild;
use emulator_codepipeline::CodePipeline;
use emulator_core::{Failure, ServiceContext};
use emulator_sagemaker::{InjectedState, SageMaker};
use std::collections::HashMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// The most for actions of pipelines: functions run in real time, up to a minute a turn, and would be given up at a higher
/// one, where the 20 minutes that they have are over sooner.
const SPEED_OF_ACTIONS: f64 = 10.0;

/// What the services are made with.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// How many times faster than on AWS simulated time passes.
    pub(crate) speed: f64,
    /// `PATH` of builds.
    pub(crate) path: String,
    /// Folder for the files of builds.
    pub(crate) scratch: PathBuf,
}

/// The services of one account in one Region. Cheap to clone; clones share their state.
#[derive(Clone)]
pub(crate) struct Services {
    pub(crate) codepipeline: CodePipeline,
    pub(crate) codebuild: CodeBuild,
    pub(crate) sagemaker: SageMaker,
}

impl Services {
    fn new(context: &ServiceContext, settings: &Settings, sagemaker: SageMaker) -> Self {
        let builds =
            emulator_codebuild::Settings { path: settings.path.clone(), scratch: settings.scratch.clone() };
        Self {
            codepipeline: CodePipeline::with_speed(context.clone(), settings.speed.min(SPEED_OF_ACTIONS)),
            codebuild: CodeBuild::new(context.clone(), builds),
            sagemaker,
        }
    }
}

/// The services of all accounts and Regions. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Regions {
    context: ServiceContext,
    settings: Settings,
    home: Services,
    others: Arc<Mutex<HashMap<(String, String), Services>>>,
}

impl Regions {
    /// Those of the home account and Region of `world`; all others are made when they are first called.
    pub(crate) fn new(context: &ServiceContext, settings: Settings) -> Self {
        let sagemaker =
            SageMaker::new(context.clone(), emulator_sagemaker::Settings { speed: settings.speed });
        let home = Services::new(context, &settings, sagemaker);
        Self { context: context.clone(), settings, home, others: Arc::default() }
    }

    pub(crate) fn home(&self) -> &Services {
        &self.home
    }

    pub(crate) fn at(&self, account: &str, region: &str) -> Services {
        if (account, region) == (self.context.account.as_str(), self.context.region.as_str()) {
            return self.home.clone();
        }
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || {
            let context = self.context.at(account, region);
            Services::new(&context, &self.settings, self.home.sagemaker.at(context.clone()))
        };
        others.entry((account.to_owned(), region.to_owned())).or_insert_with(make).clone()
    }

    fn all(&self) -> Vec<Services> {
        let others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::once(self.home.clone()).chain(others.values().cloned()).collect()
    }

    /// Forces a status on the resource, wherever it is.
    pub(crate) fn inject_state(&self, state: &InjectedState) -> Result<(), Failure> {
        let mut last = Ok(());
        for services in self.all() {
            last = services.sagemaker.inject_state(state);
            if last.is_ok() {
                break;
            }
        }
        last
    }

    /// Hands a delivery to the pipeline service that knows its token.
    pub(crate) async fn webhook(
        &self,
        token: &str,
        peer: IpAddr,
        headers: &[(String, String)],
        body: &[u8],
    ) -> (u16, String) {
        let mut last = (404, String::new());
        for services in self.all() {
            last = services.codepipeline.webhook(token, peer, headers, body).await;
            if last.0 != 404 {
                break;
            }
        }
        last
    }

    /// Ends every running build.
    pub(crate) async fn stop(&self) {
        for services in self.all() {
            services.codebuild.stop_all().await;
        }
    }
}
