//! `sm-mlops deploy` on a terminal: what a signal at the question leaves.

use crate::program::{answering, identity};
use crate::terminal::Terminal;
use nix::sys::signal::Signal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use testing::ScriptedAws;

const STACK: &str = "arn:aws:cloudformation:eu-central-1:111122223333:stack/sm-mlops-core/1";

/// The answer of a query service.
fn answer(operation: &str, result: &str) -> (u16, String) {
    let result = format!("<{operation}Result>{result}</{operation}Result>");
    (200, format!("<{operation}Response>{result}</{operation}Response>"))
}

/// A Region without stacks, in which a change set can be made.
fn planning() -> ScriptedAws {
    let planned = Arc::new(AtomicBool::new(false));
    answering(move |call| match call {
        "GetCallerIdentity" => identity("arn:aws:iam::111122223333:user/person"),
        "DescribeStacks" if planned.load(Ordering::SeqCst) => answer(
            call,
            &format!(
                "<Stacks><member><StackName>sm-mlops-core</StackName><StackId>{STACK}</StackId>\
                 <StackStatus>REVIEW_IN_PROGRESS</StackStatus><CreationTime>2026-01-01T00:00:00Z</CreationTime></member></Stacks>"
            ),
        ),
        "DescribeStacks" => {
            let error = "<Error><Code>ValidationError</Code><Message>it does not exist</Message></Error>";
            (400, format!("<ErrorResponse>{error}</ErrorResponse>"))
        }
        "CreateChangeSet" => {
            planned.store(true, Ordering::SeqCst);
            answer(call, &format!("<Id>arn:set</Id><StackId>{STACK}</StackId>"))
        }
        "DescribeChangeSet" => {
            answer(call, "<ChangeSetId>arn:set</ChangeSetId><Status>CREATE_COMPLETE</Status>")
        }
        "DeleteStack" => {
            planned.store(false, Ordering::SeqCst);
            answer(call, "")
        }
        _ => answer(call, ""),
    })
}

#[test]
fn a_signal_at_the_question_takes_the_change_set_back() {
    for (signal, code, sentence) in [
        (Signal::SIGINT, 130, "Interrupted. Nothing was changed."),
        (Signal::SIGTERM, 143, "Terminated. Nothing was changed."),
    ] {
        let fake_aws = planning();
        let line = "deploy core --bucket releases";
        let mut terminal = Terminal::start(&fake_aws, line, &[("TERM", "xterm")]);
        terminal.until("Type sm-mlops-core to create this");
        terminal.send(signal);
        let (ended, observed) = terminal.end();
        assert!(ended == Some(code) && observed.contains(sentence), "{ended:?} {observed}");
        let called = fake_aws.called();
        for operation in ["DeleteChangeSet", "DeleteStack"] {
            assert!(called.iter().any(|call| call == operation), "{operation}: {called:?}");
        }
        assert!(!called.iter().any(|call| call == "ExecuteChangeSet"), "{called:?}");
    }
}
