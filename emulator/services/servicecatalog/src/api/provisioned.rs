//! Provisioned products: described, listed, searched for.

use super::pages::{output, page_of, paged};
use super::tags;
use crate::ServiceCatalog;
use crate::failure::{invalid, not_found};
use crate::provisioned::{Creator, Provisioned, named, names};
use crate::store::Store;
use emulator_core::{Answer, Call, Order, text, texts};
use serde_json::{Value, json};

/// The names of fields that a query may ask for.
const FIELDS: [&str; 14] = [
    "arn",
    "createdtime",
    "id",
    "idempotencytoken",
    "lastrecordid",
    "name",
    "physicalid",
    "productid",
    "productname",
    "provisioningartifactid",
    "status",
    "type",
    "userarn",
    "userarnsession",
];

pub(super) fn describe(service: &ServiceCatalog, call: &Call) -> Answer {
    let store = service.store();
    let product = named(&store, (text(&call.input, "Id"), text(&call.input, "Name")))?;
    Ok(json!({"ProvisionedProductDetail": product.show(), "CloudWatchDashboards": []}))
}

pub(super) fn outputs(service: &ServiceCatalog, call: &Call) -> Answer {
    let store = service.store();
    let product = named(&store, names(&call.input))?;
    let asked = texts(&call.input, "OutputKeys");
    if let Some(unknown) = asked.iter().find(|key| !product.outputs.iter().any(|it| it.key == **key)) {
        return Err(not_found(format!("Output {unknown} of provisioned product {} not found.", product.id)));
    }
    let wanted = product.outputs.iter().filter(|it| asked.is_empty() || asked.contains(&it.key));
    let shown = wanted.enumerate().map(|(place, output)| (place, output.show()));
    paged("Outputs", shown, &call.input, 20)
}

/// Whether something is what an access level lets the caller see: what its user, its role or its account made.
pub(super) fn visible(call: &Call, creator: &Creator) -> bool {
    let mine = Creator::of(&call.caller);
    match text(&call.input["AccessLevelFilter"], "Key") {
        "Account" => true,
        "Role" => creator.arn == mine.arn,
        _ => creator.session == mine.session,
    }
}

pub(super) fn scan(service: &ServiceCatalog, call: &Call) -> Answer {
    let store = service.store();
    let found = store.provisioned.values().filter(|it| visible(call, &it.creator));
    let shown = found.map(|it| ((it.created, it.id.clone()), it.show()));
    paged("ProvisionedProducts", shown, &call.input, 20)
}

/// `ProvisionedProductAttribute`.
fn attributes(store: &Store, product: &Provisioned) -> Value {
    let catalog = store.products.get(&product.product);
    let artifact = catalog.and_then(|it| it.artifacts.iter().find(|one| one.id == product.artifact));
    let mut shown = product.show();
    if let Some(members) = shown.as_object_mut() {
        members.remove("LaunchRoleArn");
    }
    shown["Tags"] = tags::show(&product.tags).into();
    shown["UserArn"] = product.creator.arn.as_str().into();
    shown["UserArnSession"] = product.creator.session.as_str().into();
    let more = [
        ("PhysicalId", product.stack.as_deref()),
        ("ProductName", catalog.map(crate::store::Product::name)),
        ("ProvisioningArtifactName", artifact.map(|it| it.name.as_str())),
    ];
    for (member, value) in more {
        if let Some(value) = value {
            shown[member] = value.into();
        }
    }
    shown
}

pub(super) fn search(service: &ServiceCatalog, call: &Call) -> Answer {
    let input = &call.input;
    let queries = texts(&input["Filters"], "SearchQuery");
    let store = service.store();
    let visible = store.provisioned.values().filter(|it| visible(call, &it.creator));
    let found: Vec<_> = visible
        .map(|it| (it, attributes(&store, it)))
        .filter(|(_, shown)| queries.is_empty() || queries.iter().any(|query| fits(query, shown)))
        .collect();
    let total = found.len();
    let by = text(input, "SortBy");
    if !matches!(by, "" | "arn" | "id" | "name" | "lastRecordId") {
        return Err(invalid(format!("Invalid sort field: {by}")));
    }
    let items = found.into_iter().map(|(product, shown)| {
        let place = match by {
            "arn" => &product.arn,
            "id" => &product.id,
            "name" => &product.name,
            "lastRecordId" => &product.last_record,
            _ => "",
        };
        ((place.to_owned(), product.created, product.id.clone()), shown)
    });
    let descending = text(input, "SortOrder") == "DESCENDING";
    let order = if descending { Order::Descending } else { Order::Ascending };
    let mut answer = output("ProvisionedProducts", page_of(items, order, input, 100)?);
    answer["TotalResultsCount"] = total.into();
    Ok(answer)
}

/// Whether all terms of a query are true: `field:value`, with a `*` at the end of the value for more, or a part of the name.
fn fits(query: &str, shown: &Value) -> bool {
    let member = |field: &str| {
        let members = shown.as_object()?;
        members.iter().find(|(name, _)| name.to_lowercase() == field).and_then(|(_, value)| value.as_str())
    };
    query.split_whitespace().all(|term| {
        let term = term.trim_matches('"');
        match term.split_once(':') {
            Some((field, value)) if FIELDS.contains(&field.to_lowercase().as_str()) => {
                let own = member(&field.to_lowercase()).unwrap_or_default().to_lowercase();
                let value = value.trim_matches('"').to_lowercase();
                value.strip_suffix('*').map_or(own == value, |prefix| own.starts_with(prefix))
            }
            _ => member("name").unwrap_or_default().to_lowercase().contains(&term.to_lowercase()),
        }
    })
}
