//! Which IAM actions on which resources a call needs, after the Service Authorization Reference of AWS Service Catalog.

use crate::provisioned::{Creator, named, names};
use crate::store::{Store, catalog_arn, product_arn};
use emulator_core::{Call, Permission, ServiceContext, text};
use serde_json::Value;

/// The permissions of a call.
pub(crate) fn required(context: &ServiceContext, store: &Store, call: &Call) -> Vec<Permission> {
    let action = format!("servicecatalog:{}", call.operation);
    let input = &call.input;
    let named = resources(context, store, call);
    let mut permissions: Vec<_> = named.into_iter().map(|arn| Permission::new(action.clone(), arn)).collect();
    if permissions.is_empty() {
        permissions.push(Permission::new(action, "*"));
    }
    if let Some(levels) = levels(store, call) {
        for level in levels {
            permissions[0].context.insert(format!("servicecatalog:{level}"), "self".into());
        }
    }
    if let Some(role) = launch_role(context, store, call) {
        let mut pass = Permission::new("iam:PassRole", role);
        pass.context.insert("iam:PassedToService".into(), "servicecatalog.amazonaws.com".into());
        permissions.push(pass);
    }
    if let "CreateProduct" | "CreateProvisioningArtifact" = call.operation.as_str() {
        let parameters = [&input["ProvisioningArtifactParameters"], &input["Parameters"]];
        let unchecked = parameters.iter().any(|it| it["DisableTemplateValidation"] == true);
        if !unchecked {
            permissions.push(Permission::new("cloudformation:ValidateTemplate", "*"));
        }
    }
    permissions
}

/// The ARNs of what a call names.
fn resources(context: &ServiceContext, store: &Store, call: &Call) -> Vec<String> {
    let input = &call.input;
    let portfolio = |member: &str| match text(input, member) {
        "" => "*".to_owned(),
        id => {
            let owner = store.portfolios.get(id).map_or(context.account.as_str(), |it| &it.owner);
            catalog_arn(&context.region, owner, &format!("portfolio/{id}"))
        }
    };
    let product = |member: &str| match text(input, member) {
        // Named by its name, or a new one.
        "" => product_arn(context, "*"),
        id => product_arn(context, id),
    };
    match call.operation.as_str() {
        "CreatePortfolio" => vec![catalog_arn(&context.region, &context.account, "portfolio/*")],
        "DescribePortfolio" | "UpdatePortfolio" | "DeletePortfolio" => vec![portfolio("Id")],
        "AcceptPortfolioShare"
        | "AssociatePrincipalWithPortfolio"
        | "CreatePortfolioShare"
        | "DeletePortfolioShare"
        | "DescribePortfolioShares"
        | "DisassociatePrincipalFromPortfolio"
        | "ListConstraintsForPortfolio"
        | "ListPortfolioAccess"
        | "ListPrincipalsForPortfolio"
        | "RejectPortfolioShare" => vec![portfolio("PortfolioId")],
        "AssociateProductWithPortfolio" | "DisassociateProductFromPortfolio" => {
            vec![portfolio("PortfolioId"), product("ProductId")]
        }
        "DescribeProduct"
        | "DescribeProductAsAdmin"
        | "UpdateProduct"
        | "DeleteProduct"
        | "CreateProduct" => {
            vec![product("Id")]
        }
        "CreateConstraint"
        | "CreateProvisioningArtifact"
        | "DeleteProvisioningArtifact"
        | "DescribeProvisioningArtifact"
        | "DescribeProvisioningParameters"
        | "ListLaunchPaths"
        | "ListPortfoliosForProduct"
        | "ListProvisioningArtifacts"
        | "ProvisionProduct"
        | "UpdateProvisioningArtifact" => vec![product("ProductId")],
        _ => Vec::new(),
    }
}

/// The condition keys that are `self` for this call: `servicecatalog:accountLevel`, `roleLevel` and `userLevel`.
fn levels(store: &Store, call: &Call) -> Option<Vec<&'static str>> {
    let input = &call.input;
    let mine = Creator::of(&call.caller);
    let creator = match call.operation.as_str() {
        "ListRecordHistory" | "ScanProvisionedProducts" | "SearchProvisionedProducts" => {
            return Some(match text(&input["AccessLevelFilter"], "Key") {
                "Account" => vec!["accountLevel"],
                "Role" => vec!["accountLevel", "roleLevel"],
                _ => vec!["accountLevel", "roleLevel", "userLevel"],
            });
        }
        "DescribeRecord" => store.records.get(text(input, "Id")).map(|record| &record.creator),
        "DescribeProvisionedProduct" => of_product(store, (text(input, "Id"), text(input, "Name"))),
        "GetProvisionedProductOutputs" | "TerminateProvisionedProduct" | "UpdateProvisionedProduct" => {
            of_product(store, names(input))
        }
        _ => return None,
    };
    let mut levels = vec!["accountLevel"];
    levels.extend(creator.filter(|it| it.arn == mine.arn).map(|_| "roleLevel"));
    levels.extend(creator.filter(|it| it.session == mine.session).map(|_| "userLevel"));
    Some(levels)
}

fn of_product<'a>(store: &'a Store, name: (&str, &str)) -> Option<&'a Creator> {
    named(store, name).ok().map(|product| &product.creator)
}

/// The role that a call makes the launch role of a product.
fn launch_role(context: &ServiceContext, store: &Store, call: &Call) -> Option<String> {
    let parameters = match call.operation.as_str() {
        "CreateConstraint" if text(&call.input, "Type") == "LAUNCH" => text(&call.input, "Parameters"),
        "UpdateConstraint" => {
            let constraint = store.constraints.get(text(&call.input, "Id"))?;
            (constraint.kind == crate::constraint::Kind::Launch).then(|| text(&call.input, "Parameters"))?
        }
        _ => return None,
    };
    let parameters: Value = serde_json::from_str(parameters).ok()?;
    match (parameters["RoleArn"].as_str(), parameters["LocalRoleName"].as_str()) {
        (Some(arn), _) => Some(arn.to_owned()),
        (None, Some(name)) => Some(format!("arn:aws:iam::{}:role/{name}", context.account)),
        (None, None) => None,
    }
}
