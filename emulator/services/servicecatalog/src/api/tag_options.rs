//! Tag options: keys and values that are kept, and given to nothing.

use super::pages::page_of;
use crate::ServiceCatalog;
use crate::failure::{duplicate, not_found};
use crate::store::{TagOption, new_id};
use emulator_core::{Answer, Call, Failure, Order, text};
use serde_json::{Value, json};

pub(super) fn create(service: &ServiceCatalog, call: &Call) -> Answer {
    let (key, value) = (text(&call.input, "Key"), text(&call.input, "Value"));
    let mut store = service.store();
    if store.tag_options.values().any(|it| it.key == key && it.value == value) {
        return Err(exists(key, value));
    }
    let id = new_id("tag");
    let option = TagOption { key: key.to_owned(), value: value.to_owned(), active: true };
    let shown = show(service, &id, &option);
    store.tag_options.insert(id, option);
    Ok(json!({"TagOptionDetail": shown}))
}

fn exists(key: &str, value: &str) -> Failure {
    duplicate(format!("TagOption with key {key} and value {value} exists."))
}

fn show(service: &ServiceCatalog, id: &str, option: &TagOption) -> Value {
    let TagOption { key, value, active } = option;
    json!({"Id": id, "Key": key, "Value": value, "Active": active, "Owner": service.context.account})
}

fn missing(id: &str) -> Failure {
    not_found(format!("TagOption {id} not found."))
}

pub(super) fn describe(service: &ServiceCatalog, call: &Call) -> Answer {
    let id = text(&call.input, "Id");
    let store = service.store();
    let option = store.tag_options.get(id).ok_or_else(|| missing(id))?;
    Ok(json!({"TagOptionDetail": show(service, id, option)}))
}

pub(super) fn update(service: &ServiceCatalog, call: &Call) -> Answer {
    let input = &call.input;
    let id = text(input, "Id");
    let mut store = service.store();
    let known = store.tag_options.get(id).ok_or_else(|| missing(id))?;
    let (key, value) = (&known.key, input["Value"].as_str().unwrap_or(&known.value).to_owned());
    if store.tag_options.iter().any(|(other, it)| other != id && it.key == *key && it.value == value) {
        return Err(exists(key, &value));
    }
    let option = store.tag_options.get_mut(id).ok_or_else(|| missing(id))?;
    option.value = value;
    option.active = input["Active"].as_bool().unwrap_or(option.active);
    Ok(json!({"TagOptionDetail": show(service, id, option)}))
}

pub(super) fn delete(service: &ServiceCatalog, call: &Call) -> Answer {
    let id = text(&call.input, "Id");
    service.store().tag_options.remove(id).map(|_| json!({})).ok_or_else(|| missing(id))
}

pub(super) fn list(service: &ServiceCatalog, call: &Call) -> Answer {
    let filters = &call.input["Filters"];
    let store = service.store();
    let wanted = store.tag_options.iter().filter(|(_, it)| {
        filters["Key"].as_str().is_none_or(|key| key == it.key)
            && filters["Value"].as_str().is_none_or(|value| value == it.value)
            && filters["Active"].as_bool().is_none_or(|active| active == it.active)
    });
    let shown = wanted.map(|(id, it)| (id.clone(), show(service, id, it)));
    let page = page_of(shown, Order::Ascending, &call.input, 20)?;
    let mut output = json!({"TagOptionDetails": page.items});
    if let Some(token) = page.next {
        output["PageToken"] = token.into();
    }
    Ok(output)
}
