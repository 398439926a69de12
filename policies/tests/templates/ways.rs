//! Which roles are reached from where. What is meant to be reached is named with its reason; everything else is a hole.

use crate::fixture::{ACCOUNT, environment, quickstart, role, target, templates};
use crate::graph::{Graph, request, short};
use policies::{Document, Policy, Role, World};
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[track_caller]
fn check(world: &World, start: &Role, meant: &[(&str, &str)]) {
    let found = Graph::new(world).reached(start);
    for (name, steps) in &found {
        assert!(
            meant.iter().any(|(meant, _)| meant == name),
            "{name} is reached, and is not meant to be: {steps}"
        );
    }
    for (name, reason) in meant {
        assert!(
            found.iter().any(|(found, _)| found == name),
            "{name} is not reached from {}: {reason}",
            short(start)
        );
    }
}

fn world() -> World {
    let templates = templates();
    let mut world = quickstart(&templates, "mlops").unwrap();
    target(&mut world, &templates).unwrap();
    world
}

/// A role of a project with every right that the boundary leaves it.
fn project(world: &World, services: &Value) -> Role {
    let arn =
        world.managed.iter().find(|(_, document)| document.template == "env-iam-projects.yaml").unwrap().0;
    let document = |text: Value| Document {
        template: "a project".to_owned(),
        policy: Policy::parse(&text).unwrap(),
        text,
    };
    let trust = json!({"Statement": [{"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"}]});
    let everything = json!({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    Role {
        arn: format!("arn:aws:iam::{ACCOUNT}:role/sm-mlops-projects/mlops-dev/Build"),
        name: "Build".to_owned(),
        account: ACCOUNT.to_owned(),
        template: "a project".to_owned(),
        id: "Project".to_owned(),
        trust: document(trust),
        inline: vec![document(everything)],
        managed: BTreeSet::new(),
        boundary: Some(arn.clone()),
    }
}

fn with_project(mut world: World) -> World {
    let project = project(&world, &json!(["codebuild.amazonaws.com", "codepipeline.amazonaws.com"]));
    world.roles.push(project);
    world
}

const STUDIO: (&str, &str) =
    ("dev/SageMakerExecutionRole", "jobs that a person starts act as the role of Studio");
const PIPELINES: (&str, &str) =
    ("dev/SageMakerPipelineExecutionRole", "pipelines act as a role of their own, with the guardrails");

#[test]
fn users_and_their_code_reach_the_roles_of_jobs_only() {
    let world = with_project(world());
    check(&world, role(&world, "env-iam.yaml", "DataScientistRole"), &[STUDIO, PIPELINES]);
    check(&world, role(&world, "env-iam.yaml", "SageMakerExecutionRole"), &[PIPELINES]);
    check(&world, role(&world, "env-iam.yaml", "SageMakerPipelineExecutionRole"), &[STUDIO]);
    // An administrator gives profiles these roles.
    check(&world, role(&world, "env-iam.yaml", "DSTeamAdministratorRole"), &[STUDIO, PIPELINES]);
    let models = world.roles.iter().filter(|role| role.id == "SageMakerModelExecutionRole");
    assert_eq!(models.map(|role| check(&world, role, &[])).count(), 2);
}

/// What deploys is trusted: its templates are those of the portfolio, and a release of a model is approved by another person.
#[test]
fn roles_of_projects_deploy_models_and_do_no_more() {
    let world = with_project(world());
    let meant = [
        STUDIO,
        PIPELINES,
        ("dev/StackSetAdminRole", "the pipeline of a project deploys by a stack set"),
        ("dev/StackSetExecutionRole", "the stack set deploys here"),
        (
            "prod/SageMakerModelExecutionRole",
            "a project tests its endpoints as the role of models, and stacks give it to them",
        ),
        ("dev/SageMakerModelExecutionRole", "the same, for a deployment to the own account"),
        ("prod/StackSetExecutionRole", "the stack set deploys there"),
    ];
    let project = world.roles.iter().find(|role| role.id == "Project").unwrap();
    check(&world, project, &meant);
    // With templates from a bucket a user of Studio launches a project, and gets what its roles get.
    let templates = templates();
    let mut world = environment(&templates, &[("ProjectTemplates", "S3")]).unwrap();
    target(&mut world, &templates).unwrap();
    let world = with_project(world);
    let found = Graph::new(&world).reached(role(&world, "env-iam.yaml", "SageMakerExecutionRole"));
    assert!(found.iter().any(|(name, _)| name == "dev/SCProjectLaunchRole"));
    let administrators = ["dev/DSTeamAdministratorRole", "dev/DSAdministratorRole", "dev/SCLaunchRole"];
    assert!(found.iter().all(|(name, _)| !administrators.contains(&name.as_str())), "{found:?}");
}

/// Who makes and changes roles gives each one the boundary, and does not change the boundary.
#[test]
fn who_makes_roles_gives_them_the_boundary() {
    let world = with_project(world());
    let graph = Graph::new(&world);
    let make =
        ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PutRolePermissionsBoundary"];
    let mut makers = BTreeSet::new();
    for from in &world.roles {
        for to in &world.roles {
            if from.account != to.account {
                continue;
            }
            for action in make {
                let bare = request(from, action, &to.arn, &to.account);
                assert!(!graph.may(from, &bare), "{action} of {} without a boundary as {}", to.arn, from.id);
                for boundary in world.managed.keys() {
                    let request =
                        bare.clone().map(|context| context.with("iam:PermissionsBoundary", boundary));
                    if graph.may(from, &request) {
                        makers.insert((short(from), world.managed[boundary].template.clone()));
                        let own = world.managed[boundary]
                            .policy
                            .statements
                            .iter()
                            .all(|one| one.effect == policies::Effect::Allow);
                        assert!(
                            own && boundary.contains("oundary"),
                            "{boundary} is a boundary for {}",
                            from.id
                        );
                    }
                }
            }
            let boundary = to.boundary.iter().filter(|boundary| world.managed.contains_key(*boundary));
            for policy in boundary {
                let change = request(from, "iam:CreatePolicyVersion", policy, &to.account);
                assert!(!graph.may(from, &change), "{} changes the boundary {policy}", from.id);
            }
            let removal = request(from, "iam:DeleteRolePermissionsBoundary", &to.arn, &to.account);
            assert!(!graph.may(from, &removal), "{} takes the boundary from {}", from.id, to.arn);
        }
    }
    let expected = [
        ("dev/SCLaunchRole", "core-iam-shared-roles.yaml"),
        ("dev/SCProjectLaunchRole", "env-iam-projects.yaml"),
        ("setup/StackSetExecutionRole", "env-iam-setup-stackset-role.yaml"),
    ];
    let expected: BTreeSet<_> =
        expected.iter().map(|(role, file)| ((*role).to_owned(), (*file).to_owned())).collect();
    assert_eq!(makers, expected);
}
