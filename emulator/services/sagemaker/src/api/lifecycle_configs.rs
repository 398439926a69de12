//! Operations on lifecycle configurations of Studio. Nothing runs them: they are kept, and protected while something names them.

use super::list::{List, sorted_by};
use super::target::{Target, in_use};
use super::{SHAPES, made};
use crate::SageMaker;
use crate::store::{Kind, Store};
use emulator_core::{Answer, Call, Failure, Order, text};
use serde_json::{Value, json};

pub(super) fn create(service: &SageMaker, call: &Call) -> Answer {
    let target = Target::of(&service.context, Kind::StudioLifecycleConfig, &call.input);
    let mut store = service.store();
    target.free(&store)?;
    let mut config = made(&target, &call.input, service.now(), "")?;
    config.members.insert("StudioLifecycleConfigArn".into(), target.arn.clone().into());
    store.put(target.kind, target.key, config);
    Ok(json!({"StudioLifecycleConfigArn": target.arn}))
}

pub(super) fn delete(service: &SageMaker, call: &Call) -> Answer {
    let target = Target::of(&service.context, Kind::StudioLifecycleConfig, &call.input);
    let mut store = service.store();
    target.find(&store)?;
    refuse_if_attached(&store, &target)?;
    store.remove(target.kind, &target.key);
    Ok(Value::Null)
}

/// Refuses to delete what the settings of a domain, a profile or a space name, or what an app was started with.
fn refuse_if_attached(store: &Store, target: &Target) -> Result<(), Failure> {
    for kind in [Kind::Domain, Kind::UserProfile, Kind::Space, Kind::App] {
        let named = store.all(kind).any(|(_, resource)| {
            !(kind == Kind::App && resource.life.is(&["Deleted", "Failed"]))
                && resource.members.values().any(|member| names(member, &target.arn))
        });
        if named {
            let why = format!("{}(s) are associated with it", kind.name());
            return Err(in_use(target.refusal("ResourceInUse", &why).message));
        }
    }
    Ok(())
}

/// Whether an ARN stands anywhere in settings.
fn names(settings: &Value, arn: &str) -> bool {
    match settings {
        Value::String(text) => text == arn,
        Value::Array(items) => items.iter().any(|item| names(item, arn)),
        Value::Object(members) => members.values().any(|member| names(member, arn)),
        _ => false,
    }
}

pub(super) fn list(service: &SageMaker, call: &Call) -> Answer {
    let input = sorted_by(&call.input, "CreationTime");
    let list = List {
        kind: Kind::StudioLifecycleConfig,
        member: "StudioLifecycleConfigs",
        order: Order::Descending,
    };
    let (part, kind) = (text(&input, "NameContains"), text(&input, "AppTypeEquals"));
    list.answer(
        service,
        &input,
        |config| {
            config.text("StudioLifecycleConfigName").contains(part)
                && (kind.is_empty() || config.text("StudioLifecycleConfigAppType") == kind)
        },
        |config| SHAPES.only("StudioLifecycleConfigDetails", &config.describe(Kind::StudioLifecycleConfig)),
    )
}
