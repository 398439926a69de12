//! The portfolio with SageMaker's own products in Service Catalog: SageMaker accepts and rejects the share for its caller.

use crate::SageMaker;
use emulator_core::{Answer, Call, Failure, Refused, SignedClient};
use serde_json::{Value, json};

/// The id under which the emulated Service Catalog knows the portfolio.
const PORTFOLIO: &str = "port-sagemakerprojs";

pub(super) async fn enable(service: &SageMaker, call: &Call) -> Answer {
    let input = json!({"PortfolioId": PORTFOLIO, "PortfolioShareType": "IMPORTED"});
    as_caller(service, call, "AcceptPortfolioShare", &input).await.map_err(failure)?;
    service.store().catalog_enabled = true;
    Ok(json!({}))
}

pub(super) async fn disable(service: &SageMaker, call: &Call) -> Answer {
    let input = json!({"PortfolioId": PORTFOLIO, "PortfolioShareType": "IMPORTED"});
    match as_caller(service, call, "RejectPortfolioShare", &input).await {
        Err(refused) if refused.code != "ResourceNotFoundException" => return Err(failure(refused)),
        _ => service.store().catalog_enabled = false,
    }
    Ok(json!({}))
}

#[expect(clippy::unnecessary_wraps, reason = "the table of operations has one type of handlers")]
pub(super) fn status(service: &SageMaker, _: &Call) -> Answer {
    let status = if service.store().catalog_enabled { "Enabled" } else { "Disabled" };
    Ok(json!({"Status": status}))
}

/// A call of Service Catalog on behalf of the caller, with the permissions of the caller.
async fn as_caller(
    service: &SageMaker,
    call: &Call,
    operation: &str,
    input: &Value,
) -> Result<Value, Refused> {
    let credentials = service.context.bridge.forward(&call.caller.access_key).await;
    let credentials =
        credentials.map_err(|failure| Refused { code: failure.code, message: failure.message })?;
    let client = SignedClient::of_role(&service.context, &credentials);
    client.json("servicecatalog", &format!("AWS242ServiceCatalogService.{operation}"), input).await
}

/// What SageMaker answers when Service Catalog refuses.
fn failure(refused: Refused) -> Failure {
    match refused.code.as_str() {
        "AccessDeniedException" => Failure::new("AccessDeniedException", refused.message),
        _ => super::invalid(refused.to_string()),
    }
}
