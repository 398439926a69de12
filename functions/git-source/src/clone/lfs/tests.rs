//! What a pointer is.

use super::read;

const OBJECT: &str = "26e8cfd3b09d219f33d240da5ba3d0ac2da51f3be8fc59baffa2410995b09460";

#[test]
fn pointers_are_told_from_other_files() {
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{OBJECT}\nsize 15\n");
    let expected = Some((OBJECT.to_owned(), 15));
    assert_eq!(read(pointer.as_bytes()), expected);
    assert_eq!(read(pointer.replace('\n', "\r\n").as_bytes()), expected);
    let extended = pointer.replace("oid", "ext-0-foo sha256:1\noid");
    assert_eq!(read(extended.as_bytes()), expected);
    assert_eq!(read(format!("\n {pointer}").as_bytes()), expected);
    for version in ["https://hawser.github.com/spec/v1", "http://git-media.io/v/2"] {
        let old = pointer.replace("https://git-lfs.github.com/spec/v1", version);
        assert_eq!(read(old.as_bytes()), expected);
    }
    for other in [
        String::new(),
        "a,b\n".to_owned(),
        pointer.replace("size 15", "size many"),
        pointer.replace("sha256:26", "sha256:../"),
        pointer.replace("version https://git-lfs", "version https://other"),
    ] {
        assert_eq!(read(other.as_bytes()), None, "{other:?}");
    }
    assert_eq!(read(b"version https://git-lfs.github.com/spec/\xff"), None);
}
