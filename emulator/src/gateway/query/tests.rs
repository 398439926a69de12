//! Forms in, XML out, by the shapes of a small service.

use super::{decode, encode, error};
use emulator_core::Shapes;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;

static SHAPES: LazyLock<Shapes> = LazyLock::new(|| {
    Shapes::read(
        r#"{"operations": {"Put": "PutInput"}, "outputs": {"Put": "PutOutput"}, "namespace": "http://example.com/",
        "shapes": {
        "Flag": {"type": "boolean"}, "Number": {"type": "integer"}, "Ratio": {"type": "float"},
        "Text": {"type": "string"}, "Time": {"type": "timestamp"},
        "Texts": {"type": "list", "member": "Text"},
        "Tag": {"type": "structure", "members": {"Key": "Text", "Value": "Text"}},
        "Tags": {"type": "list", "member": "Tag"},
        "Flat": {"type": "list", "member": "Text", "flattened": true},
        "Named": {"type": "list", "member": "Text", "locations": {"member": "Item"}},
        "Map": {"type": "map", "key": "Text", "value": "Text"},
        "PutInput": {"type": "structure", "locations": {"Other": "Another"}, "members": {
            "Flag": "Flag", "Flat": "Flat", "Map": "Map", "Named": "Named", "Number": "Number", "Other": "Text",
            "Ratio": "Ratio", "Tags": "Tags", "Text": "Text", "Texts": "Texts", "Time": "Time"}},
        "PutOutput": {"type": "structure", "members": {
            "Flag": "Flag", "Flat": "Flat", "Map": "Map", "Tags": "Tags", "Text": "Text", "Texts": "Texts", "Time": "Time"}}}}"#,
    )
});

#[track_caller]
fn check_form(form: &str, expected: &Value) {
    assert_eq!(decode(&SHAPES, "Put", form).unwrap(), *expected, "{form}");
}

#[test]
fn forms_are_read_by_their_shapes() {
    check_form("", &json!({}));
    check_form("Action=Put&Version=2010-05-15&Unknown=1", &json!({}));
    check_form("Text=a%20b%2B&Other=x", &json!({"Text": "a b+"}));
    check_form("Another=x", &json!({"Other": "x"}));
    check_form("Flag=true&Number=-3&Ratio=0.5", &json!({"Flag": true, "Number": -3, "Ratio": 0.5}));
    check_form("Time=2026-11-02T16:04:09.5Z", &json!({"Time": 1_793_635_449.5}));
    // The check of the input refuses what is not of its type.
    check_form("Flag=yes&Number=1e3&Time=now", &json!({"Flag": "yes", "Number": "1e3", "Time": "now"}));
    check_form(
        "Tags.member.2.Key=b&Tags.member.10.Key=c&Tags.member.1.Key=a&Tags.member.1.Value=1",
        &json!({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b"}, {"Key": "c"}]}),
    );
    check_form(
        "Texts=&Flat.1=a&Flat.2=b&Named.Item.1=c",
        &json!({"Texts": [], "Flat": ["a", "b"], "Named": ["c"]}),
    );
    check_form("Map.entry.1.key=k&Map.entry.1.value=v", &json!({"Map": {"k": "v"}}));
    check_form("Tags.member.x.Key=a&.=&=&&.Tags..=1", &json!({"Tags": []}));
}

#[test]
fn a_name_of_too_many_parts_is_refused() {
    let deep = format!("{}=1", "Tags.".repeat(100_000));
    assert_eq!(decode(&SHAPES, "Put", &deep).unwrap_err().code, "SerializationException");
}

proptest! {
    #[test]
    fn any_form_is_read(form in "([TFMNR][a-z]{3,5}([.][a-z0-9]{0,6}){0,4}(=.{0,6})?&?){0,6}") {
        prop_assert!(decode(&SHAPES, "Put", &form).unwrap().is_object());
    }
}

#[track_caller]
fn check_answer(output: &Value, expected: &str) {
    let end = "<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></PutResponse>";
    let whole = format!("<PutResponse xmlns=\"http://example.com/\">{expected}{end}");
    assert_eq!(encode(&SHAPES, "Put", output, "r"), whole);
}

#[test]
fn answers_are_written_by_their_shapes() {
    check_answer(&Value::Null, "");
    check_answer(&json!({"Unknown": 1, "Text": null}), "<PutResult></PutResult>");
    check_answer(&json!({"Text": "<a&b>"}), "<PutResult><Text>&lt;a&amp;b&gt;</Text></PutResult>");
    check_answer(
        &json!({"Flag": true, "Time": 1_793_635_449.5}),
        "<PutResult><Flag>true</Flag><Time>2026-11-02T16:04:09.500Z</Time></PutResult>",
    );
    check_answer(
        &json!({"Tags": [{"Key": "a", "Value": "1"}], "Texts": [], "Flat": ["x", "y"]}),
        "<PutResult><Flat>x</Flat><Flat>y</Flat><Tags><member><Key>a</Key><Value>1</Value></member></Tags>\
         <Texts></Texts></PutResult>",
    );
    check_answer(
        &json!({"Map": {"k": "v"}}),
        "<PutResult><Map><entry><key>k</key><value>v</value></entry></Map></PutResult>",
    );
}

#[test]
fn errors_have_the_codes_of_query_services() {
    assert_eq!(error("ValidationException"), Some(("ValidationError", 400)));
    assert_eq!(error("AccessDeniedException"), Some(("AccessDenied", 403)));
    assert_eq!(error("StackSetNotFoundException"), None);
}
