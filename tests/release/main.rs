//! The git source as it is shipped: its release profile (size, link-time optimization, no symbols) and its zip serve a
//! pipeline on the emulator.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]
#![expect(dead_code, reason = "the harness is that of the end-to-end tests")]

#[path = "../e2e/harness.rs"]
mod harness;
#[path = "../e2e/setup.rs"]
mod setup;

use harness::{SourceFixture, project, run};

/// What the function under test was built for.
const BUILT_FOR: package::Architecture = package::Architecture::Native;

#[test]
fn the_release_build_serves_a_pipeline() {
    let built = package::build_function(&project(), "git-source", BUILT_FOR, &mut |step| eprintln!("{step}"));
    built.unwrap();
    run(async {
        let fixture = SourceFixture::deploy("release", &[]).await?;
        let outcome = fixture.run().await?;
        assert_eq!(outcome.status, "Succeeded", "{outcome:?}");
        assert_eq!(outcome.source.variables["CommitId"], fixture.commit);
        let files = fixture.artifact(&outcome).await?;
        assert!(files.iter().any(|file| file.path == "train.py"), "no train.py in the artifact");

        fixture.configure(&[("Branch", Some("no-such-branch"))]).await?;
        let outcome = fixture.run().await?;
        assert_eq!(outcome.status, "Failed");
        assert!(outcome.source.message.contains("no-such-branch"), "{outcome:?}");
        fixture.sweep().await?;
        let errors: Vec<_> = fixture.invocations().await?.into_iter().filter_map(|it| it.error).collect();
        assert!(errors.is_empty(), "{errors:?}");
        Ok(())
    });
}
