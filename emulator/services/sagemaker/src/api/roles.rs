//! The roles that others hand to SageMaker.

use super::invalid;
use crate::SageMaker;
use emulator_core::Failure;

/// AWS assumes the role of a pipeline when it is declared, so that a trust policy without SageMaker shows at once.
pub(super) async fn can_assume(service: &SageMaker, role: &str, arn: &str) -> Result<(), Failure> {
    if service.context.bridge.can_assume(role, "sagemaker.amazonaws.com", arn, "SageMaker").await? {
        return Ok(());
    }
    Err(invalid(format!(
        "Could not assume role {role}. Please ensure that the role exists and allows principal \
         'sagemaker.amazonaws.com' to assume the role."
    )))
}
