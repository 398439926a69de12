//! Compiles a function, so that the same source gives the same program wherever it lies: no path of this machine gets
//! into it.

use crate::archive::ENTRY;
use crate::progress;
use anyhow::{Context, bail, ensure};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The processor a function is built for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Architecture {
    /// AWS Graviton: the cheaper one, and the default of the templates.
    #[default]
    Arm64,
    /// Intel and AMD.
    #[value(name = "x86_64")]
    X86_64,
    /// This machine, as it is, which Lambda may not be: it may have an older C library. For figures.
    Native,
    /// The same, compiled without optimizations and much earlier, for a larger and slower program: what the emulator runs.
    Local,
}

/// 1980-01-01, the first day a zip can tell, for tools that want to write down when they ran.
const EPOCH: &str = "315532800";

/// What separates the flags in `CARGO_ENCODED_RUSTFLAGS`.
const UNIT_SEPARATOR: &str = "\u{1f}";

/// The programs of a function, each with its name in the zip.
pub type Programs = Vec<(String, PathBuf)>;

/// Compiles functions and returns the programs of each, in the same order. The program with the name of its function is the
/// one that Lambda starts. For the emulator one run of cargo compiles all of them and the emulator itself, so that every
/// crate is compiled once; `tests` adds the tests of the whole workspace to that run.
///
/// # Errors
/// When cargo cannot be run or fails; what it wrote is part of the error.
pub fn compile(
    root: &Path,
    functions: &[String],
    architecture: Architecture,
    tests: bool,
) -> anyhow::Result<Vec<Programs>> {
    let metadata = metadata(root)?;
    let target = target_folder(&metadata)?;
    if architecture == Architecture::Local {
        compile_for_emulator(root, functions, tests)?;
    }
    let compiled = |function: &String| {
        let programs = programs(&metadata, function);
        ensure!(programs.contains(function), "{function} has no program of its own name");
        let lambda = target.join("lambda").join(flag(architecture));
        // cargo-lambda gives each program a folder, and all of them one name.
        let of_lambda = |program: &str| lambda.join(program).join(ENTRY);
        let path: &dyn Fn(&str) -> PathBuf = match architecture {
            Architecture::Local => &|program| target.join("debug").join(program),
            Architecture::Native => {
                compile_native(root, function)?;
                &|program| target.join("release").join(program)
            }
            Architecture::Arm64 | Architecture::X86_64 => {
                compile_for_lambda(root, function, flag(architecture), &lambda, &target)?;
                &of_lambda
            }
        };
        let built = |program: String| {
            let path = path(&program);
            ensure!(path.is_file(), "cargo built no program at {}", path.display());
            let name = if program == *function { ENTRY.to_owned() } else { program };
            Ok((name, path))
        };
        programs.into_iter().map(built).collect()
    };
    functions.iter().map(compiled).collect()
}

/// What only this machine runs is shared by all checkouts with one build folder, so no path is remapped, which would be
/// another build.
fn compile_for_emulator(root: &Path, functions: &[String], tests: bool) -> anyhow::Result<()> {
    let mut packages: Vec<&str> = Vec::new();
    if tests {
        packages.extend(["--workspace", "--tests"]);
    } else {
        let named = functions.iter().flat_map(|function| ["--package", function]);
        packages.extend(["--package", "emulator"].into_iter().chain(named));
    }
    let label =
        if tests { "the functions, the emulator and the tests" } else { "the functions and the emulator" };
    cargo_build(root, &[&packages[..], &["--bins"]].concat(), label)
}

fn compile_native(root: &Path, function: &str) -> anyhow::Result<()> {
    cargo_build(root, &["--release", "--package", function, "--bins"], function)
}

fn cargo_build(root: &Path, arguments: &[&str], label: &str) -> anyhow::Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--locked"]).args(arguments).current_dir(root);
    progress::build(&mut cargo, arguments, label).with_context(|| format!("could not compile {label}"))
}

fn compile_for_lambda(
    root: &Path,
    function: &str,
    flag: &str,
    folder: &Path,
    target: &Path,
) -> anyhow::Result<()> {
    let mut cargo = Command::new("cargo");
    // Its "optimizations" would replace the release profile of the workspace, which answers after a panic.
    cargo
        .args(["lambda", "build", "--release", "--disable-optimizations"])
        .arg(format!("--{flag}"))
        .arg("--lambda-dir")
        .arg(folder)
        .env("PATH", path_with_venv(root)?)
        .args(["--locked", "--package", function, "--bins"])
        .current_dir(root);
    remap(&mut cargo, root, target);
    run(&mut cargo).map(drop).with_context(|| format!("could not compile {function}"))
}

fn flag(architecture: Architecture) -> &'static str {
    match architecture {
        Architecture::Arm64 => "arm64",
        Architecture::X86_64 => "x86-64",
        Architecture::Native => "native",
        Architecture::Local => "local",
    }
}

/// What cargo knows of the packages of the project.
fn metadata(root: &Path) -> anyhow::Result<Value> {
    let mut cargo = Command::new("cargo");
    cargo.args(["metadata", "--format-version", "1", "--no-deps", "--locked"]).current_dir(root);
    serde_json::from_slice(&run(&mut cargo)?).context("cargo metadata is not JSON")
}

/// The programs of a package.
fn programs(metadata: &Value, package: &str) -> Vec<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let package = list(&metadata["packages"]).into_iter().find(|its| its["name"] == package);
    let targets = package.map(|package| list(&package["targets"])).unwrap_or_default();
    let programs = targets.iter().filter(|target| list(&target["kind"]).contains(&"bin".into()));
    programs.filter_map(|target| target["name"].as_str().map(str::to_owned)).collect()
}

/// Where cargo builds, which the user may have moved.
fn target_folder(metadata: &Value) -> anyhow::Result<PathBuf> {
    let folder = metadata["target_directory"].as_str().context("cargo metadata names no target directory")?;
    Ok(folder.into())
}

/// cargo-lambda and the linker it uses come from the project's virtual environment.
fn path_with_venv(root: &Path) -> anyhow::Result<std::ffi::OsString> {
    let programs = root.join(".venv/package/bin");
    ensure!(
        programs.join("cargo-lambda").is_file(),
        "cargo-lambda is not in {}: run `make package`, or install package/requirements.txt there",
        programs.display()
    );
    let path = std::env::var_os("PATH").unwrap_or_default();
    Ok(std::env::join_paths(std::iter::once(programs).chain(std::env::split_paths(&path)))?)
}

/// Gives the folders of this machine the same names everywhere, in Rust and in C. The longest comes last, because the
/// last one that fits is taken when one lies in the other.
fn remap(cargo: &mut Command, root: &Path, target: &Path) {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let cargo_home = std::env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from);
    let mut folders = [(root, "/sm-mlops"), (&*cargo_home, "/cargo"), (target, "/target")];
    folders.sort_by_key(|(folder, _)| folder.as_os_str().len());
    let rust = folders.map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()));
    let c = folders.map(|(from, to)| format!("-ffile-prefix-map={}={to}", from.display()));
    cargo
        .env("CARGO_ENCODED_RUSTFLAGS", rust.join(UNIT_SEPARATOR))
        .env("CFLAGS", c.join(" "))
        .env("SOURCE_DATE_EPOCH", EPOCH)
        // Would win over the flags above, or leave something behind in the program.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_INCREMENTAL");
}

/// Runs a command and shows its output only if it fails, as the error.
fn run(command: &mut Command) -> anyhow::Result<Vec<u8>> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("could not run {name}"))?;
    if !output.status.success() {
        bail!("{name} failed ({}):\n{}", output.status, String::from_utf8_lossy(&output.stderr).trim_end());
    }
    Ok(output.stdout)
}
