//! How much one clone takes.

use crate::fixture::{Fixture, Request};
use git_source::clone::Limits;
use git_source::exit_status::ExitStatus;

#[track_caller]
fn check(fixture: &Fixture, name: &str, limits: Limits, reached: Option<(ExitStatus, &str)>) {
    let mut request: Request = fixture.request(name).set("Submodules", "true");
    request.limits = limits;
    match reached {
        Some((status, part)) => fixture.fails(&request, status, part),
        None => drop(fixture.files(&request)),
    }
}

#[test]
fn each_limit_is_reached_with_its_own_status() {
    let fixture = Fixture::new();
    let deep = fixture.create("deep", &[]);
    let link = deep.write("x", "1").commit("Deep");
    let inner = fixture.create("inner", &[]);
    inner.write(".gitmodules", "[submodule \"d\"]\n\tpath = d\n\turl = ../deep.git\n").link(&link, "d");
    let link = inner.commit("Inner");
    let outer = fixture.create("outer", &[]);
    outer.write(".gitmodules", "[submodule \"i\"]\n\tpath = i\n\turl = ../inner.git\n").link(&link, "i");
    // Compresses to nothing: what counts is the size in the artifact.
    outer.write("zeros", vec![0; 3 << 20]).commit("Outer");

    let all =
        Limits { files: 4, submodules: 2, submodule_depth: 2, artifact_megabytes: 4, ..Limits::default() };
    check(&fixture, "outer", all, None);
    check(&fixture, "outer", Limits { files: 3, ..all }, Some((ExitStatus::FilesLimit, "MaxFiles")));
    let status = ExitStatus::SubmodulesLimit;
    check(&fixture, "outer", Limits { submodules: 1, ..all }, Some((status, "MaxSubmodules")));
    let status = ExitStatus::SubmoduleDepthLimit;
    check(&fixture, "outer", Limits { submodule_depth: 1, ..all }, Some((status, "MaxSubmoduleDepth")));
    let status = ExitStatus::ArtifactLimit;
    check(&fixture, "outer", Limits { artifact_megabytes: 2, ..all }, Some((status, "MaxArtifactMegabytes")));
}

#[test]
fn a_repository_that_is_too_large_is_not_fetched_to_its_end() {
    let fixture = Fixture::new();
    let repository = fixture.create("large", &[]);
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let noise = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    });
    repository.write("noise", noise.take(3 << 20).collect::<Vec<_>>()).commit("Large");
    let limits = Limits { fetched_megabytes: 2, ..Limits::default() };
    check(&fixture, "large", limits, Some((ExitStatus::FetchedLimit, "MaxFetchedMegabytes")));
    check(&fixture, "large", Limits { fetched_megabytes: 4, ..limits }, None);
}
