//! What happens to the stack that asks, and how far its request goes for that reason.

use super::{Aws, Error};
use crate::observation::Scope;
use crate::spec::{Spec, Target};
use shared::removal::{Operation, Removal};

impl Aws {
    /// How much of the spec is done.
    pub(super) async fn scope(&self, spec: &Spec) -> Result<Scope, Error> {
        let Some(stack) = &spec.stack else { return Ok(Scope::Everything) };
        let operation = self.stacks.operation(stack).await.map_err(Error::Stack)?;
        if operation == Operation::Deletion {
            return Ok(Scope::Everything);
        }
        // A VPC that CloudFormation deletes takes its domains with it: an update replaces it, for example.
        if let Target::Vpc(vpc) = &spec.target
            && self.stacks.removal(stack, vpc).await.map_err(Error::Stack)? == Removal::Deleted
        {
            return Ok(Scope::Everything);
        }
        let scope = match operation {
            Operation::CreationRollback | Operation::UpdateRollback => Scope::Network,
            Operation::Deletion | Operation::Cleanup | Operation::Other => Scope::Nothing,
        };
        tracing::info!(stack, ?operation, ?scope, "the stack lives on: no data and no VPC is deleted");
        Ok(scope)
    }
}
