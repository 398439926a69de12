//! The small worlds: every state a thing can be in, and a few things of each kind.

use crate::observation::{Contents, Mount, NatGateway, Network, Owner, Proof, Recovery, RouteTable, Thing};
use crate::plan::{Domain, FileSystem, Holder, Interface, Observation, Outcome, State};
use crate::samples::{DOMAIN, DOMAIN_ARN, VPC, file_system, group, interface, mount, network, vpcs};
use proptest::collection::vec as list;
use proptest::prelude::*;
use proptest::sample::select;

fn states() -> impl Strategy<Value = State> {
    select(vec![
        State::Up,
        State::Up,
        State::Busy,
        State::Leaving,
        State::Broken,
        State::Unknown("new".to_owned()),
    ])
}

fn owners() -> impl Strategy<Value = Owner> {
    select(vec![Owner::Domain, Owner::Domain, Owner::Domain, Owner::Unknown, Owner::Other])
}

fn proofs() -> impl Strategy<Value = Proof> {
    select(vec![Proof::Both, Proof::Both, Proof::Both, Proof::Both, Proof::Tag, Proof::Token])
}

fn outcomes() -> impl Strategy<Value = Option<Outcome>> {
    let failed = |just_now| Some(Outcome::Failed { why: "no space".to_owned(), just_now });
    select(vec![
        None,
        None,
        Some(Outcome::Forgotten),
        Some(Outcome::Running { percent: "1.0".to_owned(), bytes: 1 }),
        Some(Outcome::Made("arn:point".to_owned())),
        failed(true),
        failed(false),
    ])
}

fn holders() -> impl Strategy<Value = Holder> {
    select(vec![Holder::Nobody, Holder::Leaving, Holder::Service, Holder::Nobody, Holder::Other])
}

fn interfaces(of: &'static str) -> impl Strategy<Value = Vec<Interface>> {
    list(holders(), 0..3).prop_map(move |holders| {
        let named = holders.into_iter().enumerate();
        named.map(|(at, holder)| interface(&format!("eni-{of}-{at}"), holder)).collect()
    })
}

prop_compose! {
    fn file_systems()(
        found in list((states(), list((states(), owners()), 0..3), outcomes(), any::<bool>(), proofs(), 0_u8..6), 0..3)
    ) -> Vec<FileSystem> {
        let made = found.into_iter().enumerate().map(|(at, (state, mounts, outcome, tagged, proof, used))| {
            let mounts = mounts.into_iter().enumerate();
            let mounts: Vec<_> = mounts.map(|(n, (state, owner))| Mount { owner, ..mount(&format!("fsmt-{at}-{n}"), state) }).collect();
            FileSystem {
                backup: outcome.map(|outcome| Recovery { job: format!("job-{at}"), outcome }),
                own_tag: tagged.then(|| VPC.to_owned()),
                proof,
                consumers: (used == 0).then(|| "domain d-new".to_owned()).into_iter().collect(),
                ..file_system(&format!("fs-{at}"), state, &mounts)
            }
        });
        made.collect()
    }
}

prop_compose! {
    fn contents()(
        leaving in list(any::<bool>(), 0..3),
        nat in list(any::<bool>(), 0..2),
        interfaces in interfaces("vpc"),
        counts in list(0_usize..3, 6),
        others in select(vec![0_usize, 0, 0, 1]),
    ) -> Contents {
        let names = |kind: &str, count: usize| (0..count).map(|at| format!("{kind}-{at}")).collect::<Vec<_>>();
        let things = leaving.iter().enumerate();
        Contents {
            endpoints: things.map(|(at, leaving)| Thing { id: format!("vpce-{at}"), leaving: *leaving }).collect(),
            interfaces: interfaces.into_iter().filter(|found| found.holder != Holder::Other).collect(),
            nat_gateways: nat
                .into_iter()
                .map(|leaving| NatGateway { id: "nat-0".to_owned(), leaving, addresses: Vec::new() })
                .collect(),
            internet_gateways: names("igw", counts[0]),
            egress_gateways: names("eigw", counts[5]),
            default_rules: (counts[5] == 1).then(|| group("sg-default", &["sgr-2"])),
            subnets: names("subnet", counts[1]),
            route_tables: names("rtb", counts[2])
                .into_iter()
                .map(|id| RouteTable { id, associations: vec!["assoc".to_owned()] })
                .collect(),
            acls: names("acl", counts[3]),
            groups: names("sg-vpc", counts[4]).iter().map(|id| group(id, &["sgr-1"])).collect(),
            others: names("peering", others).into_iter().collect(),
        }
    }
}

prop_compose! {
    pub(super) fn observations()(
        domain in select(vec![None, None, None, Some(Domain::Leaving), Some(Domain::There("InService".to_owned()))]),
        file_systems in file_systems(),
        rules in list(0_usize..3, 0..3),
        interfaces in interfaces("sg"),
        contents in contents(),
        (tagged, default, referred, has_vpc) in (any::<bool>(), 0_u8..8, 0_u8..8, any::<bool>()),
        known in any::<bool>(),
    ) -> Observation {
        let named = rules.iter().enumerate();
        let groups: Vec<_> = named.map(|(at, rules)| group(&format!("sg-{at}"), &["a", "b"][..*rules])).collect();
        let network = Network {
            own_tag: tagged.then(|| DOMAIN_ARN.to_owned()),
            default: default == 0,
            contents,
            ..network()
        };
        let held = !groups.is_empty();
        Observation {
            domains: domain.map(|domain| (DOMAIN.to_owned(), domain)).into_iter().collect(),
            file_systems,
            interfaces: if held { interfaces } else { Vec::new() },
            referrers: Vec::from_iter((held && referred == 0).then(|| ("sg-x".to_owned(), "sg-0".to_owned()))),
            groups,
            vpcs: vpcs().into_iter().filter(|_| known).collect(),
            networks: Vec::from_iter((has_vpc && known).then_some(network)),
            ..Observation::default()
        }
    }
}
