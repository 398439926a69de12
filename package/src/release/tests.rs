//! Names and hashes of a release, from files on disk.

use super::{File, Kind, Release, functions, read, templates};

fn release(files: &[(&str, &str)]) -> Release {
    let file =
        |&(name, text): &(&str, &str)| File { name: name.into(), kind: Kind::Archive, bytes: text.into() };
    Release { folder: "target/lambda".into(), files: files.iter().map(file).collect() }
}

#[test]
fn the_list_of_hashes_is_what_sha256sum_reads() {
    let sums = release(&[("a", ""), ("b", "x")]).sums();
    let expected = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a\n",
        "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881  b\n",
    ];
    assert_eq!(sums, expected.concat());
}

#[test]
fn the_folder_names_the_version_and_changes_with_any_content() {
    let id = release(&[("a", "1")]).id();
    let (version, hash) = id.split_once('-').unwrap();
    assert_eq!(version, env!("CARGO_PKG_VERSION"));
    assert!(hash.len() == 12 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{hash}");
    assert_eq!(id, release(&[("a", "1")]).id());
    assert_ne!(id, release(&[("a", "2")]).id());
    assert_ne!(id, release(&[("b", "1")]).id());
}

#[test]
fn only_what_was_built_is_read() {
    let root = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = root.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let refusal = || format!("{:#}", read(root.path()).unwrap_err());
    write("infra/site.yaml", "A: 1\n");
    write("infra/clone.buildspec.yaml", "version: 0.2\n");
    write("functions/first/Cargo.toml", "[package]\n");
    write("functions/second/Cargo.toml", "[package]\n");
    write("functions/README.md", "not a function\n");
    assert!(refusal().contains("nothing is built: run `make package`"));

    write("infra/functions/state-machine.yaml", "B: 1\n");
    assert_eq!(functions(root.path()).unwrap(), ["first", "second"]);
    let zips = ["first.zip", "second.zip"].map(|name| (name.to_owned(), "zip")).into_iter();
    let templates = [("state-machine.yaml".to_owned(), "B: 1\n"), ("site.yaml".to_owned(), "A: 1\n")];
    let mut files: Vec<_> = zips.chain(templates).collect();
    files.sort();
    for (name, text) in &files {
        write(&format!("target/lambda/{name}"), text);
    }
    let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    write("target/lambda/SHA256SUMS", &release(&files).sums());
    let found = read(root.path()).unwrap().files;
    let names: Vec<_> = found.iter().map(|file| (file.name.as_str(), file.kind)).collect();
    let expected = [
        ("first.zip", Kind::Archive),
        ("second.zip", Kind::Archive),
        ("site.yaml", Kind::Template),
        ("state-machine.yaml", Kind::PartTemplate),
    ];
    assert_eq!(names, expected);

    write("target/lambda/site.yaml", "A: 2\n");
    assert!(refusal().contains("changed since it was built"));
}

#[test]
fn two_templates_of_one_name_are_refused() {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(root.path().join("infra/functions")).unwrap();
    for name in ["infra/one.yaml", "infra/functions/one.yaml"] {
        std::fs::write(root.path().join(name), "A: 1\n").unwrap();
    }
    let refusal = templates(root.path()).unwrap_err().to_string();
    assert!(refusal.ends_with("one.yaml has the name of another template"), "{refusal}");
}

#[test]
fn every_template_of_the_project_stands_on_its_own() {
    let root = crate::root();
    let found = templates(&root).unwrap();
    assert!(!found.is_empty());
    for path in found {
        let text = crate::template(&path).unwrap();
        assert!(!text.contains(".buildspec.yaml\n"), "{} still names a buildspec", path.display());
    }
}
