//! Observations to put together, for tests.

use crate::events::Events;
use crate::observation::{
    FileSystem, Group, Holder, Interface, Mount, Network, Owner, Proof, State, Witness,
};
use crate::spec::{Consent, Spec, Storage, Target, Vpc};
use shared::drivers::events::{Event, Route};
use std::collections::{BTreeMap, BTreeSet};
use testing::event;

pub(crate) const DOMAIN: &str = "d-abc123";
pub(crate) const DOMAIN_ARN: &str = "arn:aws:sagemaker:us-east-1:111122223333:domain/d-abc123";
pub(crate) use testing::ec2::VPC;

pub(crate) fn spec(storage: Storage, vpc: Vpc) -> Spec {
    Spec { target: Target::Domain(DOMAIN.to_owned()), storage, vpc, stack: None, consent: None }
}

pub(crate) fn file_system(id: &str, state: State, mounts: &[Mount]) -> FileSystem {
    FileSystem {
        id: id.to_owned(),
        arn: format!("arn:aws:elasticfilesystem:us-east-1:111122223333:file-system/{id}"),
        domain: DOMAIN_ARN.to_owned(),
        proof: Proof::Both,
        home: false,
        state,
        size: 3 << 29,
        mounts: mounts.to_vec(),
        own_tag: Some(format!("{VPC} kept")),
        on_delete: None,
        created: 1_767_607_872,
        backup: None,
        consumers: BTreeSet::new(),
    }
}

pub(crate) fn mount(id: &str, state: State) -> Mount {
    let interface = format!("eni-of-{id}");
    let subnet = "subnet-1".to_owned();
    Mount { id: id.to_owned(), vpc: VPC.to_owned(), subnet, interface, state, owner: Owner::Domain }
}

pub(crate) fn group(id: &str, rules: &[&str]) -> Group {
    Group {
        id: id.to_owned(),
        name: format!("{id}-name"),
        vpc: VPC.to_owned(),
        domain: DOMAIN_ARN.to_owned(),
        inbound: rules.iter().map(|rule| (*rule).to_owned()).collect(),
        ..Group::default()
    }
}

pub(crate) fn interface(id: &str, holder: Holder) -> Interface {
    Interface { id: id.to_owned(), holder, description: "made for a test".to_owned() }
}

/// An empty VPC that was tagged.
pub(crate) fn network() -> Network {
    Network { id: VPC.to_owned(), own_tag: Some(DOMAIN_ARN.to_owned()), ..Network::default() }
}

/// What is known of the VPC of a domain whose security groups are still there.
pub(crate) fn vpcs() -> BTreeMap<String, BTreeSet<Witness>> {
    BTreeMap::from([(VPC.to_owned(), BTreeSet::from([Witness::Groups]))])
}

/// A deployment that serves events.
pub(crate) fn events(consent: Option<Consent>) -> Events {
    let machine = "arn:aws:states:us-east-1:111122223333:stateMachine:storage-cleanup";
    let route = Route { machine: machine.to_owned(), topic: None };
    Events { route, consent, grace: 3600, most: 2 }
}

/// An event of the folder `events/`.
pub(crate) fn sample(name: &str) -> Event {
    serde_json::from_value(event(name)).unwrap()
}
