//! The quickstart is rendered whole: every role, each in its place.

use crate::fixture::{quickstart, role, templates};
use std::collections::BTreeSet;

#[test]
fn the_quickstart_is_rendered_with_its_defaults() {
    let world = quickstart(&templates(), "mlops").unwrap();
    assert!(world.roles.len() > 15, "{} roles", world.roles.len());
    let names: BTreeSet<_> = world.roles.iter().map(|role| &role.name).collect();
    assert_eq!(names.len(), world.roles.len(), "two roles have one name");
    let endpoints = world.resources.keys().filter(|name| name.starts_with("vpce-")).count();
    let buckets = world.resources.keys().filter(|name| name.starts_with("arn:aws:s3:::")).count();
    let keys = world.resources.keys().filter(|name| name.starts_with("arn:aws:kms:")).count();
    assert!(
        endpoints > 10 && buckets == 3 && keys > 3,
        "{endpoints} endpoints, {buckets} buckets, {keys} keys"
    );
}

#[test]
fn what_a_template_attaches_is_attached() {
    let world = quickstart(&templates(), "mlops").unwrap();
    let studio = role(&world, "env-iam.yaml", "SageMakerExecutionRole");
    assert_eq!(studio.managed.len(), 8, "the policies of its list, and the one that names it");
    assert!(studio.managed.iter().all(|arn| world.managed.contains_key(arn)));
    // The template of target accounts gives this role a policy by the name of the role.
    let stack_sets = role(&world, "env-iam.yaml", "StackSetAdminRole");
    assert_eq!(stack_sets.inline.len(), 1);
}

#[test]
fn every_role_of_an_environment_has_the_boundary() {
    let world = quickstart(&templates(), "mlops").unwrap();
    // Of the core: they make environments, or belong to the account, and the boundary is for what environments hold.
    let core = [
        "DSAdministratorRole",
        "SageMakerDetectiveControlExecutionRole",
        "SCLaunchRole",
        "AmazonSageMakerServiceCatalogProductsLaunchRole",
        "AmazonSageMakerServiceCatalogProductsUseRole",
    ];
    for role in &world.roles {
        let of_core = core.contains(&role.id.as_str())
            || ["launch-roles-role.yaml", "environment-config-role.yaml"].contains(&role.template.as_str());
        let boundary = role.boundary.as_ref().and_then(|arn| world.managed.get(arn));
        let has = boundary.is_some_and(|document| document.template == "core-iam-shared-roles.yaml");
        assert_ne!(has, of_core, "{} of {}", role.id, role.template);
    }
}
