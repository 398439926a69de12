//! The exports of a core: their names are fixed, so that one core of an account and Region has them.

use super::unknown;
use crate::doctor::finding::{Check, Finding};
use crate::session::Session;
use aws_sdk_cloudformation::Client;
use shared::error::cause;

/// What every core exports that exports anything.
const LAUNCH_ROLE: &str = "ds-service-catalog-launch-role-arn";
/// What an environment imports unless `PermissionsBoundary` is given.
const BOUNDARY: &str = "ds-environment-permissions-boundary-arn";

pub(super) async fn findings(session: &Session) -> Vec<Finding> {
    let mut pages = Client::new(&session.config).list_exports().into_paginator().send();
    let mut exports = Vec::new();
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => exports.extend(page.exports.unwrap_or_default()),
            Err(error) => {
                return vec![unknown(
                    Check::Export,
                    LAUNCH_ROLE,
                    "cloudformation:ListExports",
                    &cause(error),
                )];
            }
        }
    }
    let stack_of = |name: &str| {
        let found = exports.iter().find(|export| export.name() == Some(name))?;
        let id = found.exporting_stack_id().unwrap_or_default();
        Some(id.split('/').nth(1).unwrap_or(id).to_owned())
    };
    vec![core(stack_of(LAUNCH_ROLE).as_deref()), boundary(stack_of(BOUNDARY).as_deref())]
}

fn core(stack: Option<&str>) -> Finding {
    let check = Check::Export;
    match stack {
        None => Finding::passed(check, LAUNCH_ROLE, "the name is free: a core may export it"),
        Some(stack) => Finding::notice(
            check,
            LAUNCH_ROLE,
            format!("stack {stack} exports it, and another core that exports the same names fails"),
            "Make environments on that core, or give another core ExportSharedValues=NO. A quickstart exports nothing.",
        ),
    }
}

fn boundary(stack: Option<&str>) -> Finding {
    let check = Check::PermissionsBoundary;
    match stack {
        Some(stack) => Finding::passed(
            check,
            BOUNDARY,
            format!("stack {stack} exports the boundary that env-main imports"),
        ),
        None => Finding::notice(
            check,
            BOUNDARY,
            "no stack exports it, and env-main fails at its import unless PermissionsBoundary is given",
            "Deploy a core first, or give PermissionsBoundary: an ARN, or NONE. A quickstart hands its own on.",
        ),
    }
}
