//! Requests to SageMaker, good and bad, and the rules that they keep or break.

use crate::fixture::ACCOUNT;
use policies::Request;
use proptest::prelude::*;

/// The condition keys that AWS's Service Authorization Reference gives an action, in groups.
#[expect(clippy::struct_excessive_bools, reason = "each is a group of keys that AWS gives an action or not")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Action {
    pub(crate) name: &'static str,
    pub(crate) network: bool,
    pub(crate) isolation: bool,
    pub(crate) traffic: bool,
    pub(crate) volume: bool,
    pub(crate) types: bool,
    pub(crate) output: bool,
}

pub(crate) const JOB: Action = Action {
    name: "",
    network: true,
    isolation: true,
    traffic: true,
    volume: true,
    types: true,
    output: true,
};
pub(crate) const MODEL: Action = Action { traffic: false, volume: false, types: false, output: false, ..JOB };
pub(crate) const LEARNING: Action = Action { isolation: false, types: false, ..JOB };
pub(crate) const TRANSFORM: Action = Action { network: false, isolation: false, traffic: false, ..JOB };

pub(crate) const fn named(name: &'static str, keys: Action) -> Action {
    Action { name, ..keys }
}

pub(crate) const ACTIONS: [Action; 13] = [
    named("CreateTrainingJob", JOB),
    named("CreateProcessingJob", JOB),
    named("CreateHyperParameterTuningJob", JOB),
    named("CreateMonitoringSchedule", JOB),
    named("UpdateMonitoringSchedule", JOB),
    named("CreateDataQualityJobDefinition", JOB),
    named("CreateModelBiasJobDefinition", JOB),
    named("CreateModelQualityJobDefinition", JOB),
    named("CreateModelExplainabilityJobDefinition", JOB),
    named("CreateAutoMLJob", LEARNING),
    named("CreateAutoMLJobV2", LEARNING),
    named("CreateTransformJob", TRANSFORM),
    named("CreateModel", MODEL),
];

/// The values that a request may have for each key. The first is a good one, nothing is an absent key.
pub(crate) const SUBNETS: [&[&str]; 4] =
    [&["subnet-1"], &["subnet-1", "subnet-2"], &["subnet-1", "subnet-9"], &[]];
pub(crate) const GROUPS: [&[&str]; 3] = [&["sg-1"], &["sg-9"], &[]];
pub(crate) const TRUTHS: [&[&str]; 3] = [&["true"], &["false"], &[]];
pub(crate) const KEYS: [&[&str]; 4] = [
    &["arn:aws:kms:us-east-1:111122223333:key/k"],
    &["arn:aws:kms:us-east-1:999999999999:key/k"],
    &["arn:aws:kms:eu-west-1:111122223333:key/k"],
    &[],
];
pub(crate) const TYPES: [&[&str]; 4] =
    [&["ml.m5.large"], &["ml.g5.xlarge"], &["ml.g5.xlarge", "ml.m5.large"], &[]];

/// The values of a request, each with its condition key.
#[derive(Clone, Debug)]
pub(crate) struct Values {
    pub(crate) subnets: &'static [&'static str],
    pub(crate) groups: &'static [&'static str],
    pub(crate) isolation: &'static [&'static str],
    pub(crate) traffic: &'static [&'static str],
    pub(crate) volume: &'static [&'static str],
    pub(crate) output: &'static [&'static str],
    pub(crate) types: &'static [&'static str],
}

pub(crate) const GOOD: Values = Values {
    subnets: SUBNETS[0],
    groups: GROUPS[0],
    isolation: TRUTHS[0],
    traffic: TRUTHS[0],
    volume: KEYS[0],
    output: KEYS[0],
    types: TYPES[0],
};

/// Values of which most are good, so that single faults are met often.
pub(crate) fn values() -> impl Strategy<Value = Values> {
    fn mostly(values: &'static [&'static [&'static str]]) -> impl Strategy<Value = &'static [&'static str]> {
        prop_oneof![3 => Just(values[0]), 2 => prop::sample::select(values.to_vec())]
    }
    let network = (mostly(&SUBNETS), mostly(&GROUPS));
    let rest = (mostly(&TRUTHS), mostly(&TRUTHS), mostly(&KEYS), mostly(&KEYS), mostly(&TYPES));
    (network, rest).prop_map(|((subnets, groups), (isolation, traffic, volume, output, types))| Values {
        subnets,
        groups,
        isolation,
        traffic,
        volume,
        output,
        types,
    })
}

impl Action {
    /// A request, with the keys that the action has.
    pub(crate) fn request(&self, role: &str, values: &Values) -> Request {
        let keys = [
            (self.network, "sagemaker:VpcSubnets", values.subnets),
            (self.network, "sagemaker:VpcSecurityGroupIds", values.groups),
            (self.isolation, "sagemaker:NetworkIsolation", values.isolation),
            (self.traffic, "sagemaker:InterContainerTrafficEncryption", values.traffic),
            (self.volume, "sagemaker:VolumeKmsKey", values.volume),
            (self.types, "sagemaker:InstanceTypes", values.types),
            (self.output, "sagemaker:OutputKmsKey", values.output),
        ];
        let resource = format!("arn:aws:sagemaker:us-east-1:{ACCOUNT}:thing/x");
        Request::of_role(role, &format!("sagemaker:{}", self.name), &resource).map(|context| {
            keys.iter()
                .filter(|(has, ..)| *has)
                .fold(context, |context, (_, key, value)| context.with_all(key, value))
        })
    }

    /// Whether it keeps the rules of the roles of Studio.
    pub(crate) fn keeps_the_rules(&self, values: &Values, approved: bool) -> bool {
        let ours =
            |keys: &[&str]| keys.iter().all(|key| key.starts_with("arn:aws:kms:us-east-1:111122223333:"));
        let networks = values.subnets.iter().all(|one| ["subnet-1", "subnet-2"].contains(one));
        let network = !values.subnets.is_empty()
            && !values.groups.is_empty()
            && (!approved || networks && values.groups == ["sg-1"]);
        // A processing job reads and writes its data itself.
        let isolated = self.name == "CreateProcessingJob" || values.isolation == ["true"];
        // SageMaker takes no key for these instances, whose disks the hardware encrypts.
        let own_disks = self.types && values.types == ["ml.g5.xlarge"];
        let volume = if values.volume.is_empty() { own_disks } else { ours(values.volume) };
        (!self.network || network)
            && (!self.isolation || isolated)
            && (!self.traffic || values.traffic == ["true"])
            && (!self.volume || volume)
            && (!self.output || !values.output.is_empty() && ours(values.output))
    }
}
