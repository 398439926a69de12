//! The grants that no call here needs: AWS uses them out of sight, or they take more than a test has. One row per role and
//! action; a row that stands for no unused grant fails the test too, so that the tables cannot rot.

/// The start of the role's name behind the stack's, the action, and why it is not used.
pub(crate) type Unused = (&'static str, &'static str, &'static str);

const LAMBDA_LOG: &str = "Lambda writes the function's log";
const LAMBDA_QUEUE: &str = "Lambda sends the event that it gave up on";
const HAND_ON: &str = "CodePipeline hands the artifact on; here the build's role reads it";
const BUCKET: &str = "CodePipeline looks at its bucket first";
const KEY: &str =
    "CodePipeline hands the artifact on, and writes its own with the data keys that S3 asks for";
const STATE_MACHINE_LOG: &str = "Step Functions delivers the log of the state machine";

/// Of `external-repo-access.yaml`.
pub(crate) const GIT_SOURCE: &[Unused] = &[
    ("FunctionRole", "logs:CreateLogStream", LAMBDA_LOG),
    ("FunctionRole", "logs:PutLogEvents", LAMBDA_LOG),
    ("FunctionRole", "sqs:SendMessage", LAMBDA_QUEUE),
    ("PipelineRole", "s3:GetBucketVersioning", BUCKET),
    ("PipelineRole", "s3:GetBucketLocation", BUCKET),
    ("PipelineRole", "s3:GetObject", HAND_ON),
    ("PipelineRole", "s3:GetObjectVersion", HAND_ON),
    ("PipelineRole", "kms:Decrypt", KEY),
    ("PipelineRole", "kms:Encrypt", KEY),
    ("PipelineRole", "kms:DescribeKey", KEY),
    (
        "CloneRole",
        "s3:GetObjectVersion",
        "CodeBuild reads the archive by its version, if the stack names one",
    ),
    ("BuildRole", "s3:GetObjectVersion", "CodeBuild reads a pipeline's artifact by its version"),
];

/// Of `package-cfn.yaml`.
pub(crate) const PACKAGE: &[Unused] = &[
    ("PipelineRole", "s3:GetBucketVersioning", BUCKET),
    ("PipelineRole", "s3:GetBucketLocation", BUCKET),
    ("PipelineRole", "s3:GetBucketAcl", BUCKET),
    ("PipelineRole", "s3:GetObject", HAND_ON),
    ("PipelineRole", "s3:GetObjectVersion", BUCKET),
    ("BuildRole", "s3:GetObjectVersion", "CodeBuild reads a pipeline's artifact by its version"),
];

/// Of `cleanup-events.yaml`.
pub(crate) const CLEANUP_EVENTS: &[Unused] = &[
    ("Role", "logs:CreateLogStream", LAMBDA_LOG),
    ("Role", "logs:PutLogEvents", LAMBDA_LOG),
    ("Role", "sqs:SendMessage", LAMBDA_QUEUE),
];

/// Of the templates of functions that look something up.
pub(crate) const LOOK_UP: &[Unused] = &[
    ("FunctionRole", "logs:CreateLogStream", LAMBDA_LOG),
    ("FunctionRole", "logs:PutLogEvents", LAMBDA_LOG),
];

/// Of `catalog-product.yaml`, which has its role in the template itself.
pub(crate) const CATALOG_PRODUCT: &[Unused] =
    &[("Role", "logs:CreateLogStream", LAMBDA_LOG), ("Role", "logs:PutLogEvents", LAMBDA_LOG)];

/// Of the templates of functions with a state machine.
pub(crate) const WITH_STATE_MACHINE: &[Unused] = &[
    ("FunctionRole", "logs:CreateLogStream", LAMBDA_LOG),
    ("FunctionRole", "logs:PutLogEvents", LAMBDA_LOG),
    ("StateMachine", "lambda:InvokeFunction", "Step Functions invokes the function"),
    ("StateMachine", "logs:CreateLogDelivery", STATE_MACHINE_LOG),
    ("StateMachine", "logs:GetLogDelivery", STATE_MACHINE_LOG),
    ("StateMachine", "logs:UpdateLogDelivery", STATE_MACHINE_LOG),
    ("StateMachine", "logs:DeleteLogDelivery", STATE_MACHINE_LOG),
    ("StateMachine", "logs:ListLogDeliveries", STATE_MACHINE_LOG),
    ("StateMachine", "logs:PutResourcePolicy", STATE_MACHINE_LOG),
    ("StateMachine", "logs:DescribeResourcePolicies", STATE_MACHINE_LOG),
    ("StateMachine", "logs:DescribeLogGroups", STATE_MACHINE_LOG),
];

/// Of `studio-cleanup.yaml`, and of `storage-cleanup.yaml` too.
pub(crate) const CLEANUP: &[Unused] = &[(
    "FunctionRole",
    "cloudformation:ListStackResources",
    "for stacks of more than a hundred resources only",
)];

/// Of `storage-cleanup.yaml` alone.
pub(crate) const STORAGE_CLEANUP: &[Unused] =
    &[("FunctionRole", "cloudformation:GetTemplate", "for a VPC that a stack deletes and that lives on")];
