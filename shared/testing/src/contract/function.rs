//! The two kinds of function that serve custom resources. Each invocation is boxed as a trait object: all of them inlined into a test are
//! a type too deep for the compiler.

use futures_util::FutureExt;
use serde_json::Value;
use shared::drivers::cloudformation::{self, Resource};
use shared::drivers::events::Subscriber;
use shared::drivers::{Clients, Context, InvocationError, stepfunctions};
use tokio::time::Instant;

/// A function that serves a custom resource.
pub(crate) trait Function {
    /// Whether a Delete has something to undo.
    const UNDOES: bool;

    /// Delivers a request.
    async fn deliver(
        &self,
        event: Value,
        context: &Context,
        clients: &Clients,
    ) -> Result<(), InvocationError>;

    /// Takes a step of the state machine.
    async fn step(
        &self,
        event: Value,
        deadline: Instant,
        clients: &Clients,
    ) -> Result<Value, InvocationError>;

    /// Sends the answer at the end of the state machine.
    async fn answer(&self, event: Value, clients: &Clients) -> Result<(), InvocationError>;
}

/// Its state machine takes what lasts longer than one step.
pub(crate) struct WithStateMachine<R>(pub(crate) R);

impl<R: Resource + Subscriber> Function for WithStateMachine<R> {
    const UNDOES: bool = R::UNDOES;

    async fn deliver(
        &self,
        event: Value,
        context: &Context,
        clients: &Clients,
    ) -> Result<(), InvocationError> {
        cloudformation::serve(&self.0, event, context, clients).boxed_local().await
    }

    async fn step(
        &self,
        event: Value,
        deadline: Instant,
        clients: &Clients,
    ) -> Result<Value, InvocationError> {
        stepfunctions::step(&self.0, event, deadline, clients).boxed_local().await
    }

    async fn answer(&self, event: Value, clients: &Clients) -> Result<(), InvocationError> {
        stepfunctions::answer::<R>(event, clients).boxed_local().await
    }
}

/// Every request is answered by the invocation that gets it.
pub(crate) struct OneShot<R>(pub(crate) R);

impl<R: Resource> Function for OneShot<R> {
    const UNDOES: bool = R::UNDOES;

    async fn deliver(
        &self,
        event: Value,
        context: &Context,
        _clients: &Clients,
    ) -> Result<(), InvocationError> {
        cloudformation::serve_one_shot(&self.0, event, context.deadline).boxed_local().await
    }

    async fn step(
        &self,
        event: Value,
        _deadline: Instant,
        _clients: &Clients,
    ) -> Result<Value, InvocationError> {
        panic!("a function without a state machine started one: {event}")
    }

    async fn answer(&self, event: Value, _clients: &Clients) -> Result<(), InvocationError> {
        panic!("a function without a state machine started one: {event}")
    }
}
