//! What a client sends before the objects of a push: a line for each reference that it changes, in git's packets.

use crate::served::Update;

/// The longest list of updates that is read; a push of ten thousand references is shorter.
const LONGEST: usize = 4 * 1024 * 1024;

/// What has arrived of a list of updates.
#[derive(Debug, Default)]
pub(crate) struct Updates {
    bytes: Vec<u8>,
    /// The first byte that has not been looked at: the start of a packet.
    seen: usize,
    found: Vec<Update>,
}

/// Whether a list is complete.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    More,
    /// All updates. What has arrived is to be passed on.
    Complete(Vec<Update>),
    /// This is no list of updates.
    Malformed,
}

impl Updates {
    /// Takes what arrived next.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Progress {
        self.bytes.extend_from_slice(bytes);
        while let Some(head) = self.bytes[self.seen..].first_chunk::<4>() {
            let length = std::str::from_utf8(head).ok().and_then(|hex| usize::from_str_radix(hex, 16).ok());
            match length {
                Some(0) => return Progress::Complete(std::mem::take(&mut self.found)),
                Some(length) if length >= 4 => {
                    let Some(packet) = self.bytes.get(self.seen + 4..self.seen + length) else { break };
                    self.found.extend(update(packet));
                    self.seen += length;
                }
                _ => return Progress::Malformed,
            }
        }
        if self.bytes.len() > LONGEST { Progress::Malformed } else { Progress::More }
    }

    /// All that has arrived.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// `OLD NEW REFERENCE`, in the first packet followed by a zero byte and capabilities. Other packets, such as those of a shallow
/// clone, change no reference.
fn update(packet: &[u8]) -> Option<Update> {
    let line = packet.split(|byte| *byte == 0).next()?;
    let line = std::str::from_utf8(line).ok()?.trim_end_matches('\n');
    let mut words = line.splitn(3, ' ');
    let (old, new, reference) = (words.next()?, words.next()?, words.next()?);
    let is_id = |word: &str| word.len() >= 40 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let given = is_id(old) && is_id(new);
    given.then(|| Update { reference: reference.into(), old: old.into(), new: new.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(text: &str) -> Vec<u8> {
        format!("{:04x}{text}", text.len() + 4).into_bytes()
    }

    #[test]
    fn updates_are_read_up_to_the_flush_however_they_arrive() {
        let (none, one) = ("0".repeat(40), "1".repeat(40));
        let mut sent = packet(&format!("shallow {one}"));
        sent.extend(packet(&format!("{none} {one} refs/heads/main\0 report-status atomic")));
        sent.extend(packet(&format!("{one} {none} refs/heads/old\n")));
        sent.extend(b"0000PACK");
        let update = |reference: &str, old: &str, new: &str| Update {
            reference: reference.into(),
            old: old.into(),
            new: new.into(),
        };
        let expected = Progress::Complete(vec![
            update("refs/heads/main", &none, &one),
            update("refs/heads/old", &one, &none),
        ]);
        assert_eq!(Updates::default().take(&sent), expected);
        let mut slow = Updates::default();
        let end = sent.len() - 5;
        for byte in &sent[..end] {
            assert_eq!(slow.take(&[*byte]), Progress::More);
        }
        assert_eq!(slow.take(&sent[end..]), expected);
        assert_eq!(slow.into_bytes(), sent, "git gets every byte");
    }

    #[test]
    fn what_is_no_list_of_updates_is_refused() {
        assert_eq!(Updates::default().take(b"PACK"), Progress::Malformed);
        assert_eq!(Updates::default().take(b"0001"), Progress::Malformed);
        let long = [packet(&"x".repeat(60_000)).repeat(80)].concat();
        assert_eq!(Updates::default().take(&long), Progress::Malformed);
    }
}
