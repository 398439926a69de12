//! The services of this project, with an instance of each in every account and Region.

use emulator_codeartifact::CodeArtifact;
use emulator_codebuild::CodeBuild;
use emulator_codecommit::CodeCommit;
use emulator_codepipeline::CodePipeline;
use emulator_core::{Delivery, Failure, InjectedState, Instance, Registration, Service, ServiceContext};
use emulator_organizations::Organizations;
use emulator_sagemaker::SageMaker;
use emulator_servicecatalog::ServiceCatalog;
use emulator_sshkeys::SshKeys;
use emulator_stacksets::StackSets;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Every service: one line each.
pub(crate) const SERVICES: &[Registration] = &[
    Registration::of::<CodePipeline>(),
    Registration::of::<CodeBuild>(),
    Registration::of::<CodeArtifact>(),
    Registration::of::<CodeCommit>(),
    Registration::of::<Organizations>(),
    Registration::of::<SageMaker>(),
    Registration::of::<ServiceCatalog>(),
    Registration::of::<SshKeys>(),
    Registration::of::<StackSets>(),
];

/// Account, Region and service.
type Place = (String, String, &'static str);

/// The services and their instances. Cheap to clone; clones share them.
#[derive(Clone)]
pub(crate) struct Registry {
    /// Of the home account and Region.
    context: ServiceContext,
    services: &'static [Registration],
    instances: Arc<Mutex<BTreeMap<Place, Arc<dyn Instance>>>>,
}

impl Registry {
    /// Without instances: each is made when it is first called.
    pub(crate) fn new(context: &ServiceContext, services: &'static [Registration]) -> Self {
        Self { context: context.clone(), services, instances: Arc::default() }
    }

    pub(crate) fn services(&self) -> &'static [Registration] {
        self.services
    }

    pub(crate) fn instance(
        &self,
        service: &'static Registration,
        account: &str,
        region: &str,
    ) -> Arc<dyn Instance> {
        let ServiceContext { account: home, region: home_region, .. } = &self.context;
        let (account, region) =
            if service.global { (home.as_str(), home_region.as_str()) } else { (account, region) };
        let place = (account.to_owned(), region.to_owned(), service.id);
        let make = || Arc::from((service.start)(self.context.at(account, region).of_service(service.id)));
        self.lock().entry(place).or_insert_with(make).clone()
    }

    /// The instance of a service in the home account and Region.
    pub(crate) fn home<S: Service>(&self) -> S {
        let service = self.services.iter().find(|service| service.id == S::ID);
        let service = service.expect("the caller names a service of the registry");
        let instance = self.instance(service, &self.context.account, &self.context.region);
        instance.as_any().downcast_ref::<S>().expect("the registry keeps instances by service").clone()
    }

    /// Forces a status on the resource, wherever it is.
    pub(crate) fn inject_state(&self, state: &InjectedState) -> Result<(), Failure> {
        let injected = self.all().iter().any(|instance| instance.inject_state(state).is_ok());
        if injected { Ok(()) } else { Err(state.no_resource()) }
    }

    /// Hands a delivery to the instance that knows its token.
    pub(crate) fn deliver(&self, delivery: Delivery<'_>) -> (u16, String) {
        let answer = self.all().iter().find_map(|instance| instance.deliver(delivery));
        answer.unwrap_or_else(|| (404, "There is no such webhook".into()))
    }

    /// What is served: operations and events by service.
    pub(crate) fn describe(&self) -> Value {
        let service = |one: &Registration| json!({"id": one.id, "operations": (one.operations)(), "events": one.events, "shared": one.shared});
        json!({"services": self.services.iter().map(service).collect::<Vec<_>>()})
    }

    /// Ends everything that runs.
    pub(crate) async fn stop(&self) {
        for instance in self.all() {
            instance.stop().await;
        }
    }

    fn all(&self) -> Vec<Arc<dyn Instance>> {
        self.lock().values().cloned().collect()
    }

    /// A poisoned lock holds a map that is whole: the critical sections only look up and insert.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Place, Arc<dyn Instance>>> {
        self.instances.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The service that JSON targets and CBOR paths call this, if it serves the operation.
pub(crate) fn by_target(
    services: &'static [Registration],
    target: &str,
    operation: &str,
) -> Option<&'static Registration> {
    services.iter().find(|service| !target.is_empty() && service.target == target && service.owns(operation))
}

/// The service of the REST protocol whose IAM actions have this prefix, and its operation with this method and path. A route that
/// it does not have is answered by it, too.
pub(crate) fn by_route(
    services: &'static [Registration],
    prefix: &str,
    route: &str,
) -> Option<(&'static Registration, String)> {
    let service = services.iter().find(|service| service.id == prefix && (service.shapes)().is_rest())?;
    let operation = (service.shapes)().routed(route).unwrap_or(route);
    Some((service, operation.to_owned()))
}

/// The service of the query protocol whose IAM actions have this prefix, if it serves the operation.
pub(crate) fn by_action(
    services: &'static [Registration],
    prefix: &str,
    operation: &str,
) -> Option<&'static Registration> {
    let speaks_query = |service: &&Registration| (service.shapes)().namespace().is_some();
    services.iter().find(|service| service.id == prefix && service.owns(operation)).filter(speaks_query)
}

#[cfg(test)]
mod tests {
    use super::SERVICES;

    /// A new operation needs its shape (`make shapes`), and the other way round.
    #[test]
    fn tables_of_operations_and_shapes_name_the_same() {
        for service in SERVICES {
            let mut served = (service.operations)();
            served.sort_unstable();
            let shapes: Vec<_> = (service.shapes)().operations().collect();
            assert_eq!(served, shapes, "{}: run `make shapes`", service.id);
            assert!((service.shapes)().unreadable().is_empty(), "{:?}", (service.shapes)().unreadable());
        }
    }
}
