//! The roles that others hand to SageMaker.

use super::invalid;
use crate::SageMaker;
use emulator_core::Failure;

/// AWS assumes the role of a pipeline when it is declared, so that a trust policy without SageMaker shows at once.
pub(super) async fn can_assume(service: &SageMaker, role: &str, arn: &str) -> Result<(), Failure> {
    let assumed = service.context.bridge.assume(role, "sagemaker.amazonaws.com", arn, "SageMaker").await;
    match assumed {
        Ok(_) => Ok(()),
        Err(failure) if failure.status >= 500 => Err(failure),
        Err(_) => Err(invalid(format!(
            "Could not assume role {role}. Please ensure that the role exists and allows principal \
             'sagemaker.amazonaws.com' to assume the role."
        ))),
    }
}
