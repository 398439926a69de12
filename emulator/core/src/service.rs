//! What an emulated service is: data about it, a table of operations, and one instance per account and Region. A service
//! is a folder `emulator/services/NAME` with an implementation of [`Service`], and one line in the gateway's registry.

#[cfg(test)]
mod tests;

use crate::{Answer, Call, Failure, Permission, ServiceContext, Shapes};
use serde::{Deserialize, Serialize};
use std::any::Any;
use std::net::IpAddr;
use std::pin::Pin;

/// A future that a table of functions can return.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Serves a call whose caller is authorized and whose input fits its shape.
enum Handler<S> {
    Now(fn(&S, &Call) -> Answer),
    Later(for<'a> fn(&'a S, &'a Call) -> BoxFuture<'a, Answer>),
}

/// One operation of a service: its name in AWS's model, the function that serves it, and the permissions that a call needs.
/// Permissions are checked before the input is, so their function reads the input as it arrived.
pub struct Operation<S: 'static> {
    pub name: &'static str,
    handler: Handler<S>,
    permissions: fn(&ServiceContext, &Call) -> Vec<Permission>,
}

impl<S> Operation<S> {
    /// An operation that answers at once.
    #[must_use]
    pub const fn new(
        name: &'static str,
        handler: fn(&S, &Call) -> Answer,
        permissions: fn(&ServiceContext, &Call) -> Vec<Permission>,
    ) -> Self {
        Self { name, handler: Handler::Now(handler), permissions }
    }

    /// An operation that calls other services before it answers.
    #[must_use]
    pub const fn waiting(
        name: &'static str,
        handler: for<'a> fn(&'a S, &'a Call) -> BoxFuture<'a, Answer>,
        permissions: fn(&ServiceContext, &Call) -> Vec<Permission>,
    ) -> Self {
        Self { name, handler: Handler::Later(handler), permissions }
    }
}

/// A request to a service outside of AWS's API, such as the delivery of a webhook.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    pub token: &'a str,
    pub peer: IpAddr,
    pub headers: &'a [(String, String)],
    pub body: &'a [u8],
}

/// A status that is forced on a resource. It stays until a call changes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct InjectedState {
    /// ARN of the resource, or what follows the account in it, in any case: `domain/d-1`, `user-profile/d-1/alice`.
    pub resource: String,
    /// Any word, one of AWS's statuses (`Failed`, `Delete_Failed`, `Deleting` for a deletion that hangs) or not.
    pub status: String,
    /// The reason that Describe operations return.
    #[serde(default)]
    pub failure_reason: Option<String>,
    /// How many seconds ago the resource got this status.
    #[serde(default)]
    pub modified_ago: u32,
}

impl InjectedState {
    #[must_use]
    pub fn new(resource: &str, status: &str) -> Self {
        let (resource, status) = (resource.into(), status.into());
        Self { resource, status, failure_reason: None, modified_ago: 0 }
    }

    /// The error if no resource has this name.
    #[must_use]
    pub fn no_resource(&self) -> Failure {
        Failure::new("ResourceNotFound", format!("There is no resource {}", self.resource))
    }
}

/// An emulated AWS service. A value is the state of one account in one Region, or of all: cheap to clone, and clones share it.
pub trait Service: Clone + Send + Sync + 'static {
    /// Prefix of its IAM actions, e.g. `codebuild`.
    const ID: &'static str;
    /// Its name in JSON targets and CBOR paths, e.g. `CodeBuild_20161006`; empty if it speaks the REST protocol.
    const TARGET: &'static str;
    /// Output members that are timestamps: CBOR marks them.
    const TIMESTAMPS: &'static [&'static str];
    /// The `detail-type` of each event that it emits.
    const EVENTS: &'static [&'static str];
    /// Whether ministack serves it too: calls of operations that are not in the table are ministack's.
    const SHARED: bool = false;
    /// Whether it has one state for all accounts and Regions. Its instance has the context of the home account and Region.
    const GLOBAL: bool = false;
    /// Whether its calls are reported to EventBridge as CloudTrail does. Not if inputs or outputs hold secrets.
    const TRAIL: bool = false;

    const OPERATIONS: &'static [Operation<Self>];
    /// What AWS's model says of each operation of the table.
    const SHAPES: fn() -> &'static Shapes;

    /// The state of an account and Region in which nothing exists yet.
    fn start(context: ServiceContext) -> Self;

    fn context(&self) -> &ServiceContext;

    /// Forces a status on a resource, for tests of what one cannot ask AWS for.
    ///
    /// # Errors
    /// `ResourceNotFound` if it has no such resource.
    fn inject_state(&self, state: &InjectedState) -> Result<(), Failure> {
        Err(state.no_resource())
    }

    /// Serves a delivery to a webhook: HTTP status and body; none if the token is not one of this instance.
    fn deliver(&self, _delivery: Delivery<'_>) -> Option<(u16, String)> {
        None
    }

    /// Ends everything that runs.
    fn stop(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    /// The permissions that a call needs.
    fn required_permissions(&self, call: &Call) -> Vec<Permission> {
        let operation = Self::OPERATIONS.iter().find(|operation| operation.name == call.operation);
        let unknown = || vec![Permission::new(format!("{}:{}", Self::ID, call.operation), "*")];
        let mut permissions =
            operation.map_or_else(unknown, |operation| (operation.permissions)(self.context(), call));
        self.add_conditions(call, &mut permissions);
        permissions
    }

    /// Adds what conditions of policies may ask of a call, and the table of operations cannot say.
    fn add_conditions(&self, _call: &Call, _permissions: &mut [Permission]) {}

    /// Serves one call whose caller is authorized. The error is AWS's: an input that does not fit its shape, a resource that
    /// does not exist, an operation that is not served here.
    fn answer(&self, mut call: Call) -> impl Future<Output = Answer> + Send {
        async move {
            let operation = Self::OPERATIONS.iter().find(|operation| operation.name == call.operation);
            let (Some(operation), Some(input)) =
                (operation, (Self::SHAPES)().checked(&call.operation, &call.input))
            else {
                return Err(unknown_operation(Self::ID, &call.operation));
            };
            call.input = input?;
            let answer = match operation.handler {
                Handler::Now(handler) => handler(self, &call),
                Handler::Later(handler) => handler(self, &call).await,
            };
            answer.map_err(|failure| declared::<Self>(operation.name, failure))
        }
    }
}

/// A failure that AWS's model lets the operation answer with. Another code is a mistake of the service: clients have no type
/// for it. While the emulator is developed it fails loudly.
fn declared<S: Service>(operation: &str, failure: Failure) -> Failure {
    if failure.status >= 500 || (S::SHAPES)().declares(operation, &failure.code) {
        return failure;
    }
    let id = S::ID;
    let mistake = anyhow::anyhow!("AWS's model of {id}:{operation} declares no such error: {failure}");
    tracing::error!("{mistake}");
    if cfg!(debug_assertions) { Failure::internal(&mistake) } else { failure }
}

fn unknown_operation(service: &str, operation: &str) -> Failure {
    let message = format!(
        "The emulator does not serve {service}:{operation}. Add it to the table of operations in \
         emulator/services/{service}/src/api/mod.rs"
    );
    Failure::new("UnknownOperationException", message)
}

/// A [`Service`] of which the type is not known.
pub trait Instance: Send + Sync {
    fn required_permissions(&self, call: &Call) -> Vec<Permission>;
    fn answer(&self, call: Call) -> BoxFuture<'_, Answer>;
    /// See [`Service::inject_state`].
    ///
    /// # Errors
    /// `ResourceNotFound` if it has no such resource.
    fn inject_state(&self, state: &InjectedState) -> Result<(), Failure>;
    fn deliver(&self, delivery: Delivery<'_>) -> Option<(u16, String)>;
    fn stop(&self) -> BoxFuture<'_, ()>;
    fn as_any(&self) -> &dyn Any;
}

impl<S: Service> Instance for S {
    fn required_permissions(&self, call: &Call) -> Vec<Permission> {
        Service::required_permissions(self, call)
    }

    fn answer(&self, call: Call) -> BoxFuture<'_, Answer> {
        Box::pin(Service::answer(self, call))
    }

    fn inject_state(&self, state: &InjectedState) -> Result<(), Failure> {
        Service::inject_state(self, state)
    }

    fn deliver(&self, delivery: Delivery<'_>) -> Option<(u16, String)> {
        Service::deliver(self, delivery)
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        Service::stop(self)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// What the gateway knows of a service before any instance of it exists.
#[derive(Clone, Copy)]
pub struct Registration {
    pub id: &'static str,
    pub target: &'static str,
    pub timestamps: &'static [&'static str],
    pub events: &'static [&'static str],
    pub shared: bool,
    pub global: bool,
    pub trail: bool,
    pub start: fn(ServiceContext) -> Box<dyn Instance>,
    /// Names of the operations that have a handler.
    pub operations: fn() -> Vec<&'static str>,
    pub shapes: fn() -> &'static Shapes,
}

impl Registration {
    #[must_use]
    pub const fn of<S: Service>() -> Self {
        Self {
            id: S::ID,
            target: S::TARGET,
            timestamps: S::TIMESTAMPS,
            events: S::EVENTS,
            shared: S::SHARED,
            global: S::GLOBAL,
            trail: S::TRAIL,
            start: |context| Box::new(S::start(context)),
            operations: || S::OPERATIONS.iter().map(|operation| operation.name).collect(),
            shapes: S::SHAPES,
        }
    }

    /// Whether a call of this operation is for the service and not for ministack.
    #[must_use]
    pub fn owns(&self, operation: &str) -> bool {
        !self.shared || (self.operations)().contains(&operation)
    }
}
