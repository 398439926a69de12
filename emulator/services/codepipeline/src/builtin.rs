//! The action types of owner AWS that this service can run, and how an action type is looked up.

use crate::model::{ActionType, ActionTypeId, Count, Property, Settings};
use crate::state::State;

/// Who does the work of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Worker {
    /// The worker that polls for jobs of the type.
    Custom,
    CodeBuild,
    /// The service itself, which has the files of a commit put into the artifact store.
    CodeCommit,
    /// The service itself, which copies an object.
    S3,
    /// The function that the action names.
    Lambda,
    CloudFormation,
    Approver,
}

/// The worker of a type; none if this service cannot run such actions.
pub(crate) fn worker(id: &ActionTypeId) -> Option<Worker> {
    match (id.owner.as_str(), id.category.as_str(), id.provider.as_str()) {
        ("Custom", ..) => Some(Worker::Custom),
        ("AWS", "Build" | "Test", "CodeBuild") => Some(Worker::CodeBuild),
        ("AWS", "Source", "CodeCommit") => Some(Worker::CodeCommit),
        ("AWS", "Source", "S3") => Some(Worker::S3),
        ("AWS", "Invoke", "Lambda") => Some(Worker::Lambda),
        ("AWS", "Deploy", "CloudFormation") => Some(Worker::CloudFormation),
        ("AWS", "Approval", "Manual") => Some(Worker::Approver),
        _ => None,
    }
}

/// The types of owner AWS.
pub(crate) fn types() -> Vec<ActionType> {
    let code_build = |category| ActionType {
        id: ActionTypeId::new(category, "AWS", "CodeBuild", "1"),
        settings: Settings::default(),
        action_configuration_properties: vec![
            Property { key: true, ..property("ProjectName", true) },
            property("PrimarySource", false),
            property("EnvironmentVariables", false),
        ],
        input_artifact_details: Count { minimum_count: 1, maximum_count: 5 },
        output_artifact_details: Count { minimum_count: 0, maximum_count: 5 },
    };
    let code_commit = ActionType {
        id: ActionTypeId::new("Source", "AWS", "CodeCommit", "1"),
        settings: Settings::default(),
        action_configuration_properties: vec![
            Property { key: true, ..property("RepositoryName", true) },
            Property { key: true, ..property("BranchName", true) },
            property("PollForSourceChanges", false),
            property("OutputArtifactFormat", false),
        ],
        input_artifact_details: Count { minimum_count: 0, maximum_count: 0 },
        output_artifact_details: Count { minimum_count: 1, maximum_count: 1 },
    };
    let s3 = ActionType {
        id: ActionTypeId::new("Source", "AWS", "S3", "1"),
        settings: Settings::default(),
        action_configuration_properties: vec![
            Property { key: true, ..property("S3Bucket", true) },
            Property { key: true, ..property("S3ObjectKey", true) },
            property("PollForSourceChanges", false),
        ],
        input_artifact_details: Count { minimum_count: 0, maximum_count: 0 },
        output_artifact_details: Count { minimum_count: 1, maximum_count: 1 },
    };
    let lambda = ActionType {
        id: ActionTypeId::new("Invoke", "AWS", "Lambda", "1"),
        settings: Settings::default(),
        action_configuration_properties: vec![
            Property { key: true, ..property("FunctionName", true) },
            property("UserParameters", false),
        ],
        input_artifact_details: Count { minimum_count: 0, maximum_count: 5 },
        output_artifact_details: Count { minimum_count: 0, maximum_count: 5 },
    };
    let approval = ActionType {
        id: ActionTypeId::new("Approval", "AWS", "Manual", "1"),
        settings: Settings::default(),
        action_configuration_properties: vec![
            property("CustomData", false),
            property("ExternalEntityLink", false),
        ],
        input_artifact_details: Count { minimum_count: 0, maximum_count: 0 },
        output_artifact_details: Count { minimum_count: 0, maximum_count: 0 },
    };
    vec![code_build("Build"), code_build("Test"), code_commit, s3, lambda, approval, cloudformation()]
}

fn cloudformation() -> ActionType {
    let optional = [
        "Capabilities",
        "ChangeSetName",
        "OutputFileName",
        "ParameterOverrides",
        "RoleArn",
        "TemplateConfiguration",
        "TemplatePath",
    ];
    let required = ["ActionMode", "StackName"].map(|name| Property { key: true, ..property(name, true) });
    ActionType {
        id: ActionTypeId::new("Deploy", "AWS", "CloudFormation", "1"),
        settings: Settings::default(),
        action_configuration_properties: required
            .into_iter()
            .chain(optional.map(|name| property(name, false)))
            .collect(),
        input_artifact_details: Count { minimum_count: 0, maximum_count: 10 },
        output_artifact_details: Count { minimum_count: 0, maximum_count: 1 },
    }
}

/// The definition of a type, custom or not.
pub(crate) fn find(state: &State, id: &ActionTypeId) -> Option<ActionType> {
    let custom = state.types.get(id).filter(|custom| !custom.deleted).map(|custom| custom.definition.clone());
    custom.or_else(|| types().into_iter().find(|kind| kind.id == *id))
}

fn property(name: &str, required: bool) -> Property {
    Property { name: name.into(), required, ..Property::default() }
}
