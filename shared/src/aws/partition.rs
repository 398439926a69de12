//! The partitions of AWS, of which an account, its ARNs and the hosts of its endpoints are in one.

/// A partition (`partitions.json` of botocore).
#[derive(Debug, PartialEq, Eq)]
pub struct Partition {
    /// What ARNs begin with: `arn:<name>:`.
    pub name: &'static str,
    /// What the names of its Regions begin with.
    regions: &'static str,
    /// What the hosts of its endpoints end with.
    pub domain: &'static str,
    /// The same for endpoints with an IPv6 address.
    pub dual_stack_domain: &'static str,
}

/// All partitions; the first has the Regions that no other has.
const PARTITIONS: [Partition; 8] = [
    Partition { name: "aws", regions: "", domain: "amazonaws.com", dual_stack_domain: "api.aws" },
    Partition {
        name: "aws-cn",
        regions: "cn-",
        domain: "amazonaws.com.cn",
        dual_stack_domain: "api.amazonwebservices.com.cn",
    },
    Partition {
        name: "aws-us-gov",
        regions: "us-gov-",
        domain: "amazonaws.com",
        dual_stack_domain: "api.aws",
    },
    Partition {
        name: "aws-eusc",
        regions: "eusc-",
        domain: "amazonaws.eu",
        dual_stack_domain: "api.amazonwebservices.eu",
    },
    Partition {
        name: "aws-iso",
        regions: "us-iso-",
        domain: "c2s.ic.gov",
        dual_stack_domain: "api.aws.ic.gov",
    },
    Partition {
        name: "aws-iso-b",
        regions: "us-isob-",
        domain: "sc2s.sgov.gov",
        dual_stack_domain: "api.aws.scloud",
    },
    Partition {
        name: "aws-iso-e",
        regions: "eu-isoe-",
        domain: "cloud.adc-e.uk",
        dual_stack_domain: "api.cloud-aws.adc-e.uk",
    },
    Partition {
        name: "aws-iso-f",
        regions: "us-isof-",
        domain: "csp.hci.ic.gov",
        dual_stack_domain: "api.aws.hci.ic.gov",
    },
];

impl Partition {
    /// The partition of a Region. Those of later Regions are in `aws`, as the SDK has it.
    #[must_use]
    pub fn of(region: &str) -> &'static Self {
        let [all, others @ ..] = &PARTITIONS;
        others.iter().find(|partition| region.starts_with(partition.regions)).unwrap_or(all)
    }
}
