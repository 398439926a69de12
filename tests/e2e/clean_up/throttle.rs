//! AWS is busy throughout: every other call is throttled, and some all the tries of the SDK long. It takes longer, and
//! ends the same.

use super::by_stack::RESOURCES;
use super::domain_fixture::DomainFixture;
use super::functions::Functions;
use super::leftovers::counts;
use super::record::{answered_once, calls, questions};
use crate::harness::run;
use emulator_core::{Fault, FaultKind};

/// More in a row than the SDK tries.
const BURST: u32 = 9;

#[test]
fn throttled_throughout_it_ends_the_same() {
    run(async {
        let functions = Functions::deploy("throttle").await?;
        let fixture = DomainFixture::with(functions, "throttled", &[("Storage", "delete")]).await?;
        fixture.populate_with_few().await?;
        let from = fixture.cloud.recorder().len();
        for function in fixture.functions.names() {
            let fault = |operation: Option<&str>, times, every| Fault {
                kind: FaultKind::Throttle,
                service: None,
                operation: operation.map(Into::into),
                principal: Some(function.into()),
                after: 0,
                times,
                every,
            };
            for operation in ["DeleteApp", "DeleteSpace", "ListApps", "DeleteSecurityGroup", "DescribeDomain"]
            {
                fixture.cloud.faults().plan(fault(Some(operation), BURST, 1));
            }
            fixture.cloud.faults().plan(fault(None, u32::MAX, 2));
        }
        fixture.delete().await?;
        for function in fixture.functions.names() {
            fixture.cloud.faults().forget(function);
            let made = calls(fixture.cloud, function, from);
            let refused =
                made.iter().filter(|call| call.status >= 400 && call.permissions.is_empty()).count();
            assert!(refused * 4 > made.len(), "{function}: only {refused} of {} calls refused", made.len());
        }
        assert_eq!(fixture.left().await?, counts([]));
        answered_once(&questions(fixture.cloud, &fixture.name).await?, "Delete", &RESOURCES);
        Ok(())
    });
}
