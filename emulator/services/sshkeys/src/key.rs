//! One public key: AWS takes RSA keys of 2048 bits and more, in the format of OpenSSH.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use emulator_core::Failure;
use md5::{Digest, Md5};

const KIND: &str = "ssh-rsa";
const LEAST_BITS: usize = 2048;

/// The key itself, without the comment of its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key(Vec<u8>);

impl Key {
    /// Reads a line as in `id_rsa.pub`.
    pub(crate) fn read(line: &str) -> Result<Self, Failure> {
        let wrong = |message: &str| Failure::new("InvalidPublicKey", message);
        let mut words = line.split_whitespace();
        let kind = words.next().unwrap_or_default();
        if kind.starts_with("-----BEGIN") {
            let message = "The key is in PEM format: convert it with `ssh-keygen -i -m PKCS8`.";
            return Err(Failure::new("UnrecognizedPublicKeyEncoding", message));
        }
        if kind != KIND {
            return Err(wrong("The key is not an RSA key in ssh-rsa format."));
        }
        let blob = words.next().and_then(|encoded| BASE64_STANDARD.decode(encoded).ok());
        let blob = blob.ok_or_else(|| wrong("The key is not Base64."))?;
        let bits = bits(&blob).ok_or_else(|| wrong("The key is not an RSA key in ssh-rsa format."))?;
        if bits < LEAST_BITS {
            return Err(wrong("The key is shorter than 2048 bits."));
        }
        Ok(Self(blob))
    }

    /// The MD5 digest, as IAM shows it.
    pub(crate) fn fingerprint(&self) -> String {
        let digest = Md5::digest(&self.0);
        digest.iter().map(|byte| hex::encode([*byte])).collect::<Vec<_>>().join(":")
    }
}

/// The length of the modulus: a key is three fields, its kind, the exponent and the modulus.
fn bits(blob: &[u8]) -> Option<usize> {
    let (kind, rest) = field(blob)?;
    let (_exponent, rest) = field(rest)?;
    let (modulus, rest) = field(rest)?;
    let digits = modulus.iter().skip_while(|byte| **byte == 0).count();
    (kind == KIND.as_bytes() && rest.is_empty()).then_some(digits * 8)
}

/// A field with its length in front of it, and what follows.
fn field(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line of a key with a modulus of this many bytes.
    fn line(kind: &str, bytes: usize) -> String {
        let fields = [kind.as_bytes().to_vec(), vec![1, 0, 1], vec![0x9b; bytes]];
        let blob: Vec<u8> = fields
            .iter()
            .flat_map(|one| [&u32::try_from(one.len()).unwrap().to_be_bytes()[..], one].concat())
            .collect();
        format!("{kind} {} ann@example.com", BASE64_STANDARD.encode(blob))
    }

    #[track_caller]
    fn check(line: &str, expected: Result<(), &str>) {
        let code = Key::read(line).map(drop).map_err(|failure| failure.code);
        assert_eq!(code, expected.map_err(str::to_owned), "{line}");
    }

    #[test]
    fn rsa_keys_of_2048_bits_are_taken() {
        check(&line("ssh-rsa", 256), Ok(()));
        check(&line("ssh-rsa", 128), Err("InvalidPublicKey"));
        check(&line("ssh-ed25519", 256), Err("InvalidPublicKey"));
        check("ssh-rsa !", Err("InvalidPublicKey"));
        check("ssh-rsa AAAA", Err("InvalidPublicKey"));
        check("", Err("InvalidPublicKey"));
        check("-----BEGIN PUBLIC KEY-----", Err("UnrecognizedPublicKeyEncoding"));
    }

    #[test]
    fn a_key_is_compared_without_its_comment_and_shown_by_its_digest() {
        let full = line("ssh-rsa", 256);
        let bare = full.rsplit_once(' ').unwrap().0;
        assert_eq!(Key::read(&full), Key::read(bare));
        let shown = Key::read(bare).unwrap().fingerprint();
        assert_eq!((shown.len(), shown.matches(':').count()), (47, 15), "{shown}");
    }
}
