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
    repository.write("noise", crate::files::noise(3 << 20)).commit("Large");
    let limits = Limits { fetched_megabytes: 2, ..Limits::default() };
    check(&fixture, "large", limits, Some((ExitStatus::FetchedLimit, "MaxFetchedMegabytes")));
    check(&fixture, "large", Limits { fetched_megabytes: 4, ..limits }, None);
}

#[test]
fn what_attributes_make_of_a_file_counts() {
    let fixture = Fixture::new();
    let repository = fixture.create("encoded", &[]);
    repository.write(".gitattributes", "*.txt working-tree-encoding=UTF-32\n");
    let text: Vec<u8> = "a".repeat(1 << 20).chars().flat_map(|char| u32::from(char).to_be_bytes()).collect();
    repository.write("a.txt", [vec![0, 0, 0xfe, 0xff], text].concat()).commit("Four times as large");
    let limits = Limits { artifact_megabytes: 2, ..Limits::default() };
    check(&fixture, "encoded", limits, Some((ExitStatus::ArtifactLimit, "MaxArtifactMegabytes")));
    check(&fixture, "encoded", Limits { artifact_megabytes: 5, ..limits }, None);
}

#[test]
fn a_small_tree_that_stands_for_millions_of_files_is_refused() {
    let fixture = Fixture::new();
    let repository = fixture.create("bomb", &[]);
    repository.write("input", "");
    let mut entry = format!("100644 blob {}", repository.git(&["hash-object", "-w", "input"]));
    for _ in 0..7 {
        let tree: String = (0..10).fold(String::new(), |tree, name| tree + &format!("{entry}\t{name}\n"));
        repository.write("input", tree);
        entry = format!("040000 tree {}", repository.git_reading("input", &["mktree"]));
    }
    let tree = entry.rsplit(' ').next().unwrap();
    let commit = repository.git(&["commit-tree", "-m", "Bomb", tree]);
    repository.git(&["push", "-q", "origin", &format!("{commit}:refs/heads/main")]);
    check(&fixture, "bomb", Limits::default(), Some((ExitStatus::FilesLimit, "256 MiB")));
}
