//! The commands for products of Service Catalog.

mod fake;

use crate::program::{ask, caller};
use crate::{json, told};
use fake::{catalog, standing};
use serde_json::json as body;
use std::io::Write;
use std::process::Stdio;

const CANARY: &str = "canary-4711";
const ID: &str = "prod-abcdefghijklm";
const NAME: &str = "data_science-prod-abcdefghijklm";

#[test]
fn products_of_all_pages_are_listed_with_what_is_provisioned() {
    let (_, aws) = catalog(|it| standing(it, &[NAME]));
    let row = ["prod-other", "none", ID, "Data science", "pp-0", NAME, "AVAILABLE"];
    told(&ask(&aws, "product list"), 0, &row, &[]);
    assert!(!aws.called().contains(&"DescribeProduct".to_owned()), "versions cost calls");
    told(&ask(&aws, "product list --versions"), 0, &["VERSION", "pa-1", "one"], &[]);
    let document = json(&ask(&aws, "product list --versions --json"));
    assert_eq!(document["Products"][1]["ProvisioningArtifacts"][0]["Name"], "one", "{document}");
    assert_eq!(document["ProvisionedProducts"][0]["Id"], "pp-0", "{document}");
}

#[test]
fn a_pipe_gets_names_of_any_length_unbroken() {
    let name = "n".repeat(128);
    let (_, aws) = catalog(|it| standing(it, &[&name]));
    told(&ask(&aws, "product list"), 0, &[&*name, "AVAILABLE"], &[]);
}

#[test]
fn provisioning_tells_the_id_and_writes_the_ssm_parameter_of_the_pipelines() {
    let (state, aws) = catalog(|_| ());
    let line = format!("product provision {ID} --parameter Token={CANARY}");
    let output = ask(&aws, &line);
    let said = [
        "pp-0",
        NAME,
        "AVAILABLE",
        "PROVISION_PRODUCT, SUCCEEDED (rec-0)",
        "2026-01-02 03:04 UTC",
        "https://x",
    ];
    told(&output, 0, &said, &[&format!("provisioning {NAME}")]);
    assert_eq!(state.lock().unwrap().entry.as_deref(), Some("pp-0"));
    let again = ask(&aws, &format!("{line} --json"));
    let document = json(&again);
    assert_eq!(document["ProvisionedProducts"][0]["Id"], "pp-0", "the same parameters: {document}");
    assert_eq!(state.lock().unwrap().made.len(), 1);
    let other = format!("product provision {ID} --parameter Token=other");
    told(&ask(&aws, &other), 1, &[], &["with other parameters"]);
    for output in [output, again] {
        assert!(!format!("{output:?}").contains(CANARY), "{output:?}");
    }
}

#[test]
fn a_name_of_ones_own_makes_another_one_that_no_ssm_parameter_names() {
    let (state, aws) = catalog(|it| it.entry = Some("pp-9".to_owned()));
    let line = ["product", "provision", "Data science", "--name", "second"];
    let output = caller(&aws, "product").args(&line[1..]).output().unwrap();
    told(&output, 0, &["pp-0", "second"], &["provisioning second"]);
    assert_eq!(state.lock().unwrap().entry.as_deref(), Some("pp-9"), "it is not this one's");
    told(&ask(&aws, &format!("product provision {ID} --name=-x")), 2, &[], &["1 to 128 letters"]);
}

#[test]
fn a_launch_that_fails_tells_the_first_cause_and_a_second_one_begins_anew() {
    let (state, aws) = catalog(|it| it.broken = true);
    let line = format!("product provision {ID}");
    let cause = "AccessDenied: role r may not s3:CreateBucket";
    told(&ask(&aws, &line), 1, &[], &["could not provision", "pp-0", cause]);
    told(&ask(&aws, &format!("product status {NAME}")), 0, &["ERROR", "FAILED (rec-0)", cause], &[]);
    let document = json(&ask(&aws, "product status pp-0 --json"));
    assert_eq!(document["ProvisionedProducts"][0]["LastRequest"]["Reason"], cause, "{document}");
    state.lock().unwrap().broken = false;
    told(&ask(&aws, &line), 0, &["pp-1", "AVAILABLE"], &[&format!("terminating {NAME}")]);
    assert_eq!(state.lock().unwrap().made[0].1, "gone");
}

#[test]
fn parameters_come_from_a_file_too_and_no_refusal_quotes_a_value() {
    let (state, aws) = catalog(|_| ());
    let mut child = caller(&aws, &format!("product provision {ID} --parameters -"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let list = body!([{"Key": "Token", "Value": CANARY}]).to_string();
    child.stdin.take().unwrap().write_all(list.as_bytes()).unwrap();
    told(&child.wait_with_output().unwrap(), 0, &["pp-0"], &[NAME]);
    assert_eq!(state.lock().unwrap().made.len(), 1);
    let file = format!("{}/product-parameters.json", env!("CARGO_TARGET_TMPDIR"));
    for (text, more, words) in [
        (
            format!("[{{\"Key\": \"Token\", \"Value\": {CANARY}}}]"),
            "",
            &["line 1, column", "is no JSON", "Give a list"][..],
        ),
        (body!({"Token": CANARY}).to_string(), "", &["is an object: give a list"]),
        (
            body!([{"Key": "Token", "Value": [CANARY]}]).to_string(),
            "",
            &["Value of ProvisioningParameters[0]"],
        ),
        (list.clone(), " --parameter Token=x", &["parameter Token is given twice"]),
        (body!([{"Key": "Tokens", "Value": CANARY}]).to_string(), " --name fresh", &["Tokens", "give Token"]),
    ] {
        std::fs::write(&file, text).unwrap();
        let output = ask(&aws, &format!("product provision {ID} --parameters {file}{more}"));
        let exit = if more.contains("fresh") { 1 } else { 2 };
        told(&output, exit, &[], words);
        assert!(!format!("{output:?}").contains(CANARY), "{output:?}");
    }
    told(
        &ask(&aws, &format!("product provision {ID} --parameters /none")),
        2,
        &[],
        &["could not read /none"],
    );
    told(&ask(&aws, &format!("product provision {ID} --parameter Token")), 2, &[], &["give KEY=VALUE"]);
    assert_eq!(state.lock().unwrap().made.len(), 1);
}

#[test]
fn what_is_not_there_or_not_clear_is_a_sentence_and_nothing_is_made() {
    let (state, aws) = catalog(|it| {
        standing(it, &["first", "second"]);
        it.versions = vec!["two"];
    });
    for (line, exit, words) in [
        ("provision prod-none", 3, &["may launch 2 products", "none has the id or the name prod-none"][..]),
        (&format!("provision {ID}"), 2, &["has 2 versions", "one (pa-1)", "two (pa-two)"]),
        (&format!("provision {ID} --version x"), 3, &["has no version x"]),
        (&format!("provision {ID} --version one --path x"), 3, &["no launch path x", "Team (lp-1)"]),
        ("status none", 3, &["none of 2 provisioned products", "has the id or the name none"]),
        ("terminate none --yes", 3, &["product list"]),
        (
            &format!("terminate {ID} --yes"),
            2,
            &["means 2 provisioned products", "pp-0 (first)", "pp-1 (second)"],
        ),
    ] {
        told(&ask(&aws, &format!("product {line}")), exit, &[], words);
    }
    told(&ask(&aws, &format!("product status {ID}")), 0, &["pp-0", "first", "pp-1", "second"], &[]);
    assert!(state.lock().unwrap().made.iter().all(|it| it.1 == "AVAILABLE"));
    let (_, none) = catalog(|_| ());
    let document = json(&ask(&none, "product status none --json"));
    assert_eq!((&document["Outcome"], &document["Exit"]), (&"NothingMatches".into(), &3.into()));
}

#[test]
fn the_one_that_was_shown_is_terminated_and_only_after_a_yes() {
    let (state, aws) = catalog(|it| {
        standing(it, &["first", "second"]);
        it.entry = Some("pp-0".to_owned());
    });
    let shown = ["pp-1", "second", "AVAILABLE"];
    let refused = ["not confirmed", "add --yes to terminate", "product status"];
    told(&ask(&aws, "product terminate second"), 4, &shown, &refused);
    assert!(!aws.called().iter().any(|call| call.starts_with("Terminate")));
    told(
        &ask(&aws, "product terminate second --yes"),
        0,
        &["Terminated: pp-1 (second)"],
        &["terminating second"],
    );
    assert_eq!(state.lock().unwrap().entry.as_deref(), Some("pp-0"), "it names another one");
    let document = json(&ask(&aws, "product terminate pp-0 --yes --json"));
    assert_eq!(
        (&document["Terminated"], &document["ProvisionedProduct"]["Id"]),
        (&true.into(), &"pp-0".into())
    );
    let state = state.lock().unwrap();
    assert!(state.made.iter().all(|it| it.1 == "gone") && state.entry.is_none());
}
