//! The exit statuses of the program `clone`: how a clone build tells the function why it failed. A number travels and the
//! text of git does not, because that text may hold a secret. This is the only table: the program returns these, the
//! function reads them, and a test compares the table of `docs/operate.md` with it.

/// Why a clone build failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ExitStatus {
    /// Secrets Manager has no secret of that name.
    SecretNotFound = 10,
    /// The build's role may not read the secret or use its KMS key.
    SecretDenied = 11,
    /// The secret holds no private key, or one with a passphrase.
    KeyUnusable = 12,
    /// No SSH connection to the host, after several tries.
    HostUnreachable = 13,
    /// The host showed another key than the pinned one.
    HostKeyMismatch = 14,
    /// The host did not accept the key.
    KeyRefused = 15,
    /// The repository has no such branch, tag or commit.
    RefNotFound = 16,
    /// The repository does not exist, or the key may not read it.
    RepositoryNotFound = 17,
    /// The repository of a submodule does not exist, or the key may not read it.
    SubmoduleNotFound = 18,
    /// The Git LFS server does not have an object.
    LfsObjectNotFound = 19,
    /// S3 refused the artifact.
    ArtifactNotUploaded = 20,
    /// `CodePipeline` did not give the details of the job.
    JobNotRead = 21,
    /// Anything else.
    Other = 22,
    /// No usable host key is pinned for the host.
    HostKeyNotPinned = 23,
    /// The tag leads to a file or a directory.
    NotACommit = 24,
    /// `Commit` is the id of an annotated tag.
    CommitIsATag = 25,
    /// The host and the SSH client of the image have no algorithm in common.
    HostIncompatible = 26,
    /// The URL of a submodule is not on an allowed host, not SSH, or not in `SubmodulePaths`.
    SubmoduleNotAllowed = 30,
    /// `.gitmodules` has no URL for a submodule, or an entry that git refuses.
    SubmoduleInvalid = 31,
    /// The repository of a submodule does not have the commit that the parent names.
    SubmoduleCommitNotFound = 32,
    /// No SSH connection to the host of a submodule.
    SubmoduleHostUnreachable = 33,
    /// The host of a submodule has no pinned key, or showed another one.
    SubmoduleHostKey = 34,
    /// The host of a submodule did not accept the key.
    SubmoduleKeyRefused = 35,
    /// The image of the build has no `git-lfs`.
    LfsNotInstalled = 40,
    /// The Git LFS server refused the request or could not be reached.
    LfsRefused = 41,
    /// More was fetched than `MaxFetchedMegabytes`.
    FetchedLimit = 50,
    /// The Git LFS objects have more bytes than `MaxLfsMegabytes`.
    LfsLimit = 51,
    /// The artifact would have more files than `MaxFiles`.
    FilesLimit = 52,
    /// The files of the artifact have more bytes than `MaxArtifactMegabytes`.
    ArtifactLimit = 53,
    /// There are more submodules than `MaxSubmodules`.
    SubmodulesLimit = 54,
    /// Submodules are nested deeper than `MaxSubmoduleDepth`.
    SubmoduleDepthLimit = 55,
    /// The archive has another program than the one that the template was packaged with. The buildspec returns it.
    AnotherProgram = 60,
}

impl ExitStatus {
    /// Every status, in the order of their numbers.
    pub const ALL: [Self; 32] = [
        Self::SecretNotFound,
        Self::SecretDenied,
        Self::KeyUnusable,
        Self::HostUnreachable,
        Self::HostKeyMismatch,
        Self::KeyRefused,
        Self::RefNotFound,
        Self::RepositoryNotFound,
        Self::SubmoduleNotFound,
        Self::LfsObjectNotFound,
        Self::ArtifactNotUploaded,
        Self::JobNotRead,
        Self::Other,
        Self::HostKeyNotPinned,
        Self::NotACommit,
        Self::CommitIsATag,
        Self::HostIncompatible,
        Self::SubmoduleNotAllowed,
        Self::SubmoduleInvalid,
        Self::SubmoduleCommitNotFound,
        Self::SubmoduleHostUnreachable,
        Self::SubmoduleHostKey,
        Self::SubmoduleKeyRefused,
        Self::LfsNotInstalled,
        Self::LfsRefused,
        Self::FetchedLimit,
        Self::LfsLimit,
        Self::FilesLimit,
        Self::ArtifactLimit,
        Self::SubmodulesLimit,
        Self::SubmoduleDepthLimit,
        Self::AnotherProgram,
    ];

    /// The number that the process returns.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The status of a number; none when the program does not return it.
    #[must_use]
    pub fn from_code(code: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|status| u32::from(status.code()) == code)
    }

    /// What a failure means when it happened in a submodule.
    #[must_use]
    pub(crate) fn of_submodule(self) -> Self {
        match self {
            Self::HostUnreachable | Self::HostIncompatible => Self::SubmoduleHostUnreachable,
            Self::HostKeyMismatch | Self::HostKeyNotPinned => Self::SubmoduleHostKey,
            Self::KeyRefused => Self::SubmoduleKeyRefused,
            Self::RefNotFound | Self::NotACommit => Self::SubmoduleCommitNotFound,
            Self::RepositoryNotFound => Self::SubmoduleNotFound,
            other => other,
        }
    }
}

#[cfg(test)]
mod tests;
