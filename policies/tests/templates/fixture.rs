//! The quickstart, rendered with its defaults, and two target accounts.

use policies::{Place, RenderError, Role, Stack, Templates, World};
use std::path::Path;
use std::rc::Rc;

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const PRODUCTION: &str = "444455556666";

pub(crate) fn templates() -> Rc<Templates> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    Templates::load(&[&root.join("infra"), &root.join("infra/functions")]).unwrap()
}

/// The parameters that a release has as defaults.
const RELEASE: [(&str, &str); 2] = [("CodeBucket", "release"), ("CodePrefix", "sm-mlops/1")];

/// The stack of a quickstart.
pub(crate) fn stack(templates: &Rc<Templates>, name: &str) -> Result<Rc<Stack>, RenderError> {
    let parameters = [&[("EnvName", name)][..], &RELEASE].concat();
    let file = "data-science-environment-quickstart.yaml";
    Stack::new(templates, file, "quickstart", &Place::new(ACCOUNT), &parameters)
}

pub(crate) fn quickstart(templates: &Rc<Templates>, name: &str) -> Result<World, RenderError> {
    let mut world = World::default();
    world.add(&stack(templates, name)?)?;
    Ok(world)
}

/// The roles of an environment with its own choices, as env-main hands them to env-iam.
pub(crate) fn environment(
    templates: &Rc<Templates>,
    parameters: &[(&str, &str)],
) -> Result<World, RenderError> {
    let mut world = World::default();
    let parameters =
        [&[("EnvName", "mlops"), ("CreateSetupLambdaExecutionRole", "NO")][..], &RELEASE, parameters]
            .concat();
    world.add(&Stack::new(templates, "env-iam.yaml", "environment", &Place::new(ACCOUNT), &parameters)?)?;
    Ok(world)
}

/// The roles of a target account: the one that sets it up, and those that it makes.
pub(crate) fn target(world: &mut World, templates: &Rc<Templates>) -> Result<(), RenderError> {
    let own = [("EnvName", "mlops"), ("EnvType", "prod"), ("AdministratorAccountId", ACCOUNT)];
    let setup =
        [&own[..], &[("StackSetExecutionRoleName", "AWSCloudFormationStackSetExecutionRole")]].concat();
    world.add(&Stack::new(
        templates,
        "env-iam-setup-stackset-role.yaml",
        "setup",
        &Place::new(PRODUCTION),
        &setup,
    )?)?;
    let project = format!("arn:aws:iam::{ACCOUNT}:role/sm-mlops-projects/mlops-dev/*");
    let names = [
        ("SageMakerModelExecutionRoleName", "mlops-1a2b3c4d-SageMakerModelExecutionRole"),
        ("StackSetExecutionRoleName", "mlops-1a2b3c4d-StackSetExecutionRole"),
        ("EndpointReaderRoleName", "mlops-endpoint-reader"),
        ("PermissionsBoundaryName", "mlops-target-account-boundary"),
        ("PipelineExecutionRoleArn", &project),
    ];
    let parameters = [&own[..], &names].concat();
    world.add(&Stack::new(
        templates,
        "env-iam-target-account-roles.yaml",
        "target",
        &Place::new(PRODUCTION),
        &parameters,
    )?)
}

#[track_caller]
pub(crate) fn role<'a>(world: &'a World, template: &str, id: &str) -> &'a Role {
    world.role(template, id).unwrap_or_else(|| panic!("{template} makes no one role {id}"))
}

/// The quickstart and a target account where ARNs are longest, with the longest name whose buckets still have one.
pub(crate) fn long_world(templates: &Rc<Templates>) -> World {
    let place = |account: &str| Place {
        partition: "aws-us-gov".to_owned(),
        region: "us-gov-west-1".to_owned(),
        account: account.to_owned(),
    };
    let name = "a".repeat(63 - "-dev-us-gov-west-1-111122223333-models".len());
    let add = |world: &mut World, file: &str, account: &str, own: &[(&str, &str)]| {
        let parameters = [&[("EnvName", name.as_str())][..], own].concat();
        let stack = Stack::new(templates, file, &"s".repeat(128), &place(account), &parameters).unwrap();
        world.add(&stack).unwrap();
    };
    let mut world = World::default();
    add(&mut world, "data-science-environment-quickstart.yaml", ACCOUNT, &RELEASE);
    let administrator = [("AdministratorAccountId", ACCOUNT)];
    add(&mut world, "env-iam-setup-stackset-role.yaml", PRODUCTION, &administrator);
    add(&mut world, "env-iam-target-account-roles.yaml", PRODUCTION, &administrator);
    // The one role for all functions, which an environment with brought roles has.
    add(&mut world, "env-iam.yaml", PRODUCTION, &RELEASE);
    world
}
