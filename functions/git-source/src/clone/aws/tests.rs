//! What the AWS CLI prints, and the key in a secret.

use super::{SecretValue, code, key};
use shared::secret::Secret;

#[test]
fn the_code_of_an_error_is_found() {
    let said = "\nAn error occurred (AccessDeniedException) when calling the GetSecretValue operation: no\n";
    assert_eq!(code(said), Some("AccessDeniedException"));
    assert_eq!(code("Unable to locate credentials"), None);
}

#[test]
fn a_key_is_found_in_every_form_of_a_secret() {
    let text = "-----BEGIN OPENSSH PRIVATE KEY-----\r\nabc\r\n-----END OPENSSH PRIVATE KEY-----";
    let expected = format!("{}\n", text.replace('\r', ""));
    let packed = aws_smithy_types::base64::encode(text);
    for (string, binary) in [(Some(text), None), (None, Some(packed.as_str())), (Some(packed.as_str()), None)]
    {
        let secret = |text: &str| Secret::new(text.to_owned());
        let value = SecretValue { secret_string: string.map(secret), secret_binary: binary.map(secret) };
        assert_eq!(key(value).unwrap(), expected.as_bytes());
    }
    let value = SecretValue { secret_string: Some(Secret::new("not a key".into())), secret_binary: None };
    assert_eq!(key(value), None);
}
