//! `CodeArtifact`'s operations, one function each: checked input in, output or AWS's error out.

pub(crate) mod conditions;
mod connections;
mod domains;
mod groups;
mod origins;
mod pages;
mod permissions;
mod policies;
mod repositories;
mod tags;
mod tokens;

use crate::CodeArtifact;
use emulator_core::{Operation, Shapes};
use permissions::{on_all, on_arn, on_domain, on_group, on_new_repository, on_repository, on_token};
use std::sync::LazyLock;

pub(crate) static SHAPES: LazyLock<Shapes> =
    LazyLock::new(|| Shapes::read(include_str!("../../shapes.json")));

/// What is served.
pub(crate) const OPERATIONS: &[Operation<CodeArtifact>] = &[
    Operation::new("CreateDomain", domains::create, on_all),
    Operation::new("DescribeDomain", domains::describe, on_domain),
    Operation::new("DeleteDomain", domains::delete, on_domain),
    Operation::new("ListDomains", domains::list, on_all),
    Operation::new("PutDomainPermissionsPolicy", policies::put, on_domain),
    Operation::new("GetDomainPermissionsPolicy", policies::get, on_domain),
    Operation::new("DeleteDomainPermissionsPolicy", policies::delete, on_domain),
    Operation::new("CreateRepository", repositories::create, on_new_repository),
    Operation::new("DescribeRepository", repositories::describe, on_repository),
    Operation::new("UpdateRepository", repositories::update, on_repository),
    Operation::new("DeleteRepository", repositories::delete, on_repository),
    Operation::new("ListRepositories", repositories::list, on_all),
    Operation::new("ListRepositoriesInDomain", repositories::list_in_domain, on_domain),
    Operation::new("AssociateExternalConnection", connections::associate, on_repository),
    Operation::new("DisassociateExternalConnection", connections::disassociate, on_repository),
    Operation::new("PutRepositoryPermissionsPolicy", policies::put, on_repository),
    Operation::new("GetRepositoryPermissionsPolicy", policies::get, on_repository),
    Operation::new("DeleteRepositoryPermissionsPolicy", policies::delete, on_repository),
    Operation::new("CreatePackageGroup", groups::create, on_all),
    Operation::new("DescribePackageGroup", groups::describe, on_group),
    Operation::new("UpdatePackageGroup", groups::update, on_group),
    Operation::new("UpdatePackageGroupOriginConfiguration", origins::update, on_group),
    Operation::new("DeletePackageGroup", groups::delete, on_group),
    Operation::new("ListPackageGroups", groups::list, on_domain),
    Operation::new("ListAllowedRepositoriesForGroup", origins::list, on_group),
    Operation::new("GetAuthorizationToken", tokens::get, on_token),
    Operation::new("GetRepositoryEndpoint", tokens::endpoint, on_repository),
    Operation::new("TagResource", tags::add, on_arn),
    Operation::new("UntagResource", tags::remove, on_arn),
    Operation::new("ListTagsForResource", tags::list, on_arn),
];
