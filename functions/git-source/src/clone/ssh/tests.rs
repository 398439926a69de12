//! The list of the stack as a file of ssh.

use super::known_hosts;

#[test]
fn commas_part_lines_and_names() {
    for (list, file) in [
        ("", ""),
        ("a ssh-ed25519 K", "a ssh-ed25519 K\n"),
        ("a ssh-ed25519 K,b ssh-rsa L", "a ssh-ed25519 K\nb ssh-rsa L\n"),
        ("a,[b]:2222 ssh-ed25519 K", "a,[b]:2222 ssh-ed25519 K\n"),
        ("# words\na ssh-ed25519 K words\n", "# words\na ssh-ed25519 K words\n"),
        ("|1|x=|y= ssh-ed25519 K", "|1|x=|y= ssh-ed25519 K\n"),
        ("@revoked a,b ssh-ed25519 K,c ssh-rsa L", "@revoked a,b ssh-ed25519 K\nc ssh-rsa L\n"),
        ("@cert-authority *.a,*.b ssh-rsa K", "@cert-authority *.a,*.b ssh-rsa K\n"),
        ("@cert-authority *.b ssh-ed25519 K", "@cert-authority *.b ssh-ed25519 K\n"),
    ] {
        assert_eq!(known_hosts(list), file, "{list:?}");
    }
}
