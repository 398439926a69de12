//! Rules of this project that no compiler checks: who may import what, how long a file may be, what a file must say.
//! Each failure is a sentence that says what to do.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use tests::{File, crates, files, root};

/// Rust sources other than this file, whose own text names what it forbids.
fn sources() -> Vec<File> {
    let mut sources = files(&[".rs"]);
    sources.retain(|file| file.path != "tests/tidy.rs");
    assert!(sources.len() > 20, "the walk found {} sources: is the root right?", sources.len());
    sources
}

/// Fails with every complaint at once, so that one run shows everything to fix.
#[track_caller]
fn all_tidy(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[track_caller]
fn forbid(files: &[File], needles: &[&str], applies: impl Fn(&File) -> bool, remedy: &str) {
    let complaints = files.iter().filter(|file| applies(file)).flat_map(|file| {
        let found = needles.iter().filter(|needle| file.text.contains(**needle));
        found.map(|needle| format!("{}: `{needle}`: {remedy}.", file.path)).collect::<Vec<_>>()
    });
    all_tidy(&complaints.collect::<Vec<_>>());
}

#[test]
fn every_source_says_what_it_is_for() {
    let mute = sources().into_iter().filter(|file| !file.text.starts_with("//!"));
    all_tidy(
        &mute
            .map(|f| format!("{}: begin it with a `//!` line that says what it is for.", f.path))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn no_source_is_longer_than_300_lines() {
    let long = files(&[".rs", ".py"]).into_iter().filter(|file| file.lines() > 300);
    all_tidy(
        &long.map(|f| format!("{}: {} lines: split it by idea.", f.path, f.lines())).collect::<Vec<_>>(),
    );
}

#[test]
fn main_is_a_shim() {
    let mains = sources().into_iter().filter(|file| file.path.ends_with("src/main.rs") && file.lines() > 15);
    all_tidy(
        &mains
            .map(|f| format!("{}: {} lines: move the code into the library.", f.path, f.lines()))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn guides_stay_short() {
    for (path, limit) in [("README.md", 120), ("ARCHITECTURE.md", 150)] {
        let lines = fs::read_to_string(root().join(path)).unwrap().lines().count();
        assert!(lines <= limit, "{path}: {lines} lines: keep it to {limit} and link to docs/.");
    }
}

#[test]
fn json_of_the_guides_is_json() {
    let mut wrong = Vec::new();
    for guide in files(&[".md"]) {
        for block in guide.text.split("```json\n").skip(1) {
            let text = block.split("```").next().unwrap_or_default();
            if let Err(error) = serde_json::from_str::<serde_json::Value>(text) {
                wrong.push(format!("{}: {error} in {text}", guide.path));
            }
        }
    }
    all_tidy(&wrong);
}

#[test]
fn only_aws_rs_of_a_function_names_the_sdk() {
    let inside = |file: &File| {
        file.is_in("functions")
            && !file.path.ends_with("/aws.rs")
            && !file.path.contains("/aws/")
            && !file.path.contains("/tests")
    };
    forbid(
        &sources(),
        &[
            "aws_sdk_",
            "shared::aws::{",
            "shared::aws::ec2",
            "shared::aws::json",
            "shared::aws::query",
            "shared::aws::sagemaker",
            "shared::aws::ssm",
        ],
        inside,
        "call AWS in aws.rs and hand on types of your own",
    );
}

#[test]
fn only_main_rs_and_shared_lambda_name_the_lambda_runtime() {
    let others = |file: &File| {
        let shim = file.is_in("functions") && file.path.ends_with("src/main.rs");
        let of_lambda =
            ["lambda.rs", "lambda/custom_resource.rs", "lambda/pipeline_action.rs", "lambda/reconcile.rs"];
        !shim && !of_lambda.iter().any(|part| file.path == format!("shared/src/{part}"))
    };
    forbid(&sources(), &["lambda_runtime"], others, "leave the runtime to main.rs and shared::lambda");
}

#[test]
fn decisions_are_pure() {
    let decisions = ["/plan.rs", "/decide.rs", "/answer.rs"];
    let pure =
        |file: &File| file.is_in("functions") && decisions.iter().any(|name| file.path.ends_with(name));
    let impure = ["async ", "aws_sdk", "Instant", "SystemTime", "std::env"];
    forbid(&sources(), &impure, pure, "a decision sees facts only; do this where the facts are gathered");
}

#[test]
fn functions_have_no_ports() {
    let traits = ["\ntrait ", "\npub trait ", "\npub(crate) trait "];
    forbid(&sources(), &traits, |f| f.is_in("functions"), "a trait needs two implementations that ship");
}

#[test]
fn events_and_jobs_are_never_printed_whole() {
    let product = |f: &File| (f.is_in("functions") || f.is_in("shared")) && !f.path.contains("test");
    // A field, such as `?build.status`, is not the whole.
    let whole =
        ["{event:?}", "{job:?}", "{build:?}", "?event,", "?event)", "?job,", "?job)", "?build,", "?build)"];
    forbid(&sources(), &whole, product, "log ids, never a payload: it may hold a secret");
}

#[test]
fn nothing_is_silenced_or_skipped() {
    let silenced = ["#[allow(", "#![allow(", "#[ignore", "#[should_panic", "cfg(not(test))"];
    forbid(&sources(), &silenced, |_| true, "use #[expect(.., reason)], or fix what it hides");
}

#[test]
fn versions_stand_in_the_root_only() {
    let members = files(&["Cargo.toml"]).into_iter().filter(|file| file.path != "Cargo.toml");
    let own = members.flat_map(|file| {
        let dependencies = file.text.split_once("[dependencies]").map_or("", |(_, rest)| rest).to_owned();
        let own = dependencies.lines().filter(|l| l.contains('=') && !l.contains("workspace = true"));
        own.filter(|l| !l.starts_with("name") && !l.starts_with("path") && !l.starts_with("harness"))
            .map(|line| format!("{}: `{line}`: inherit it with `workspace = true`.", file.path))
            .collect::<Vec<_>>()
    });
    all_tidy(&own.collect::<Vec<_>>());
}

#[test]
fn every_dependency_is_used() {
    let sources = sources();
    let members = files(&["Cargo.toml"]).into_iter();
    let members =
        members.filter(|file| !["Cargo.toml", "workspace-hack/Cargo.toml"].contains(&file.path.as_str()));
    let unused = members.flat_map(|file| {
        let folder = file.path.trim_end_matches("Cargo.toml");
        // `emulator` holds other packages: its own sources are these two folders, and a package's tests may lie beside it.
        let own = sources.iter().filter(|source| {
            let inside = source.path.strip_prefix(folder).unwrap_or_default();
            inside.starts_with("src/")
                || inside.starts_with("tests/")
                || folder == "tests/" && !inside.is_empty()
        });
        let code: String = own.map(|source| source.text.as_str()).collect();
        let names = file.text.lines().filter_map(|line| line.split_once(" = { workspace = true"));
        let unused =
            names.filter(|(name, _)| *name != "workspace-hack" && !code.contains(&name.replace('-', "_")));
        unused
            .map(|(name, _)| format!("{}: `{name}`: nothing names it: remove it.", file.path))
            .collect::<Vec<_>>()
    });
    all_tidy(&unused.collect::<Vec<_>>());
}

#[test]
fn the_product_does_not_depend_on_the_emulator_nor_a_function_on_another() {
    let manifests = files(&["Cargo.toml"]);
    let functions: Vec<String> = manifests
        .iter()
        .filter(|file| file.is_in("functions"))
        .map(|file| file.path.split('/').nth(1).unwrap().to_owned())
        .collect();
    let product = manifests.iter().filter(|f| f.is_in("functions") || f.is_in("shared") || f.is_in("cli"));
    let complaints = product.flat_map(|file| {
        let names =
            file.text.lines().filter_map(|line| line.split_once(" =").map(|(name, _)| name.to_owned()));
        let wrong = names.filter(|name| {
            name == "emulator"
                || name.starts_with("emulator-")
                || (functions.contains(name) && !file.is_in("cli"))
        });
        wrong
            .map(|name| format!("{}: `{name}`: this crate may not depend on it.", file.path))
            .collect::<Vec<_>>()
    });
    all_tidy(&complaints.collect::<Vec<_>>());
}

#[test]
fn every_function_has_a_template_and_every_event_a_test() {
    let templates: String =
        files(&[".yaml"]).into_iter().filter(|f| f.is_in("infra")).map(|f| f.text).collect();
    let code: String = sources().into_iter().map(|f| f.text).collect();
    let mut complaints = Vec::new();
    let functions = fs::read_dir(root().join("functions")).unwrap();
    let functions: Vec<_> = functions.map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
    for name in &functions {
        if !templates.contains(&format!("{name}.zip")) {
            complaints.push(format!("functions/{name}: no template in infra/ deploys {name}.zip."));
        }
    }
    for entry in fs::read_dir(root().join("events")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        // Tests read them by case, e.g. `event("complete-failed")`, or by file.
        let (stem, _) = name.split_once('.').unwrap();
        let case = functions.iter().find_map(|function| stem.strip_prefix(&format!("{function}-")));
        let case = case.map(|case| format!("\"{case}\"")).unwrap_or_default();
        if case.is_empty() || !(code.contains(stem) || code.contains(&case)) {
            complaints.push(format!("events/{name}: no test reads it: use it or remove it."));
        }
    }
    all_tidy(&complaints);
}

#[test]
fn everything_built_for_this_machine_shares_one_build_of_each_crate() {
    let workspace = crates(&["--workspace", "--edges", "normal,build,dev"]);
    for (packages, edges) in [
        (&["emulator", "git-source"][..], "normal,build"),
        (&["bench"], "normal,build"),
        (&["package", "workspace-hack"], "normal,build"),
        // As `tests/e2e/new_function.rs` builds and tests a function.
        (&["studio-cleanup", "workspace-hack"], "normal,build"),
        (&["studio-cleanup", "workspace-hack"], "normal,build,dev"),
    ] {
        let named: Vec<_> = packages.iter().flat_map(|name| ["--package", name]).collect();
        let own = crates(&[&named[..], &["--edges", edges]].concat());
        let extra: Vec<_> = own.difference(&workspace).cloned().collect();
        let remedy = "give them in workspace-hack/Cargo.toml the features that they have in the workspace";
        assert!(extra.is_empty(), "{packages:?} has crates with features of their own: {remedy}: {extra:#?}");
    }
}

/// The module of a file of `shared`: `shared/src/drivers/events.rs` is `drivers::events`.
fn module(file: &File) -> Option<String> {
    let path = file.path.strip_prefix("shared/src/")?.strip_suffix(".rs")?;
    (path != "lib" && path != "fake" && !path.contains("tests")).then(|| path.replace('/', "::"))
}

/// The modules that the code of a file names as `crate::...`; tests may name any.
fn named_modules<'a>(text: &str, modules: &'a BTreeMap<String, String>) -> BTreeSet<&'a str> {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let code = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<String>();
    let mut found = BTreeSet::new();
    for path in code.split("crate::").skip(1) {
        let end = path.find(|char: char| !char.is_alphanumeric() && !"_:".contains(char));
        let mut path = path[..end.unwrap_or(path.len())].trim_end_matches(':');
        while !modules.contains_key(path) {
            let Some((parent, _)) = path.rsplit_once("::") else { break };
            path = parent;
        }
        found.extend(modules.get_key_value(path).map(|(module, _)| module.as_str()));
    }
    found
}

#[test]
fn no_files_of_shared_import_each_other_in_a_cycle() {
    let named = sources().into_iter().filter_map(|file| Some((module(&file)?, file.text)));
    let modules: BTreeMap<String, String> = named.collect();
    assert!(modules.len() > 20, "found {} modules of shared", modules.len());
    let mut imports: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (module, text) in &modules {
        let others = named_modules(text, &modules).into_iter().filter(|other| other != module);
        imports.insert(module, others.collect());
    }
    // A module that imports none of those that are left is in no cycle.
    while let Some(free) = imports.iter().find(|(_, of)| of.iter().all(|other| !imports.contains_key(other)))
    {
        let free = *free.0;
        imports.remove(free);
    }
    let cycle = imports.iter().map(|(module, of)| format!("{module} imports {of:?}: move what both need."));
    all_tidy(&cycle.collect::<Vec<_>>());
}
