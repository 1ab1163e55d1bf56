//! The checksums that S3 keeps, and how a file's own are computed.

use crc_fast::CrcAlgorithm;
use serde::{Deserialize, Serialize};
use sha2::Digest;

/// An algorithm of S3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Algorithm {
    /// The default since December 2024.
    #[serde(rename = "CRC64NVME")]
    Crc64Nvme,
    /// The CRC of gzip.
    #[serde(rename = "CRC32")]
    Crc32,
    /// Castagnoli.
    #[serde(rename = "CRC32C")]
    Crc32C,
    /// SHA-1.
    #[serde(rename = "SHA1")]
    Sha1,
    /// SHA-256.
    #[serde(rename = "SHA256")]
    Sha256,
    /// MD5: as the ETag of an object that was uploaded in one piece.
    #[serde(rename = "MD5")]
    Md5,
}

impl Algorithm {
    /// As S3 writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Crc64Nvme => "CRC64NVME",
            Self::Crc32 => "CRC32",
            Self::Crc32C => "CRC32C",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Md5 => "MD5",
        }
    }

    /// The length of its digest in bytes.
    pub const fn length(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32C => 4,
            Self::Crc64Nvme => 8,
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }
}

/// A checksum that a source keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum {
    /// By which algorithm.
    pub algorithm: Algorithm,
    /// The digest itself.
    pub digest: Vec<u8>,
    /// Of the parts' digests, not of the bytes: it cannot be compared without knowing the parts.
    pub composite: bool,
}

/// Computes one checksum piece by piece.
pub(super) enum Hasher {
    Crc(crc_fast::Digest, usize),
    Md5(md5::Md5),
    Sha1(sha1::Sha1),
    Sha256(sha2::Sha256),
}

impl Hasher {
    pub(super) fn new(algorithm: Algorithm) -> Self {
        let crc = |kind| Self::Crc(crc_fast::Digest::new(kind), algorithm.length());
        match algorithm {
            Algorithm::Crc64Nvme => crc(CrcAlgorithm::Crc64Nvme),
            Algorithm::Crc32 => crc(CrcAlgorithm::Crc32IsoHdlc),
            Algorithm::Crc32C => crc(CrcAlgorithm::Crc32Iscsi),
            Algorithm::Md5 => Self::Md5(md5::Md5::new()),
            Algorithm::Sha1 => Self::Sha1(sha1::Sha1::new()),
            Algorithm::Sha256 => Self::Sha256(sha2::Sha256::new()),
        }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Crc(digest, _) => digest.update(bytes),
            Self::Md5(digest) => digest.update(bytes),
            Self::Sha1(digest) => digest.update(bytes),
            Self::Sha256(digest) => digest.update(bytes),
        }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        match self {
            Self::Crc(digest, length) => digest.finalize().to_be_bytes()[8 - length..].to_vec(),
            Self::Md5(digest) => digest.finalize().to_vec(),
            Self::Sha1(digest) => digest.finalize().to_vec(),
            Self::Sha256(digest) => digest.finalize().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::hex;

    #[test]
    fn digests_are_those_of_the_standards() {
        let digest = |algorithm| {
            let mut hasher = Hasher::new(algorithm);
            hasher.update(b"1234");
            hasher.update(b"56789");
            let digest = hasher.finish();
            assert_eq!(digest.len(), algorithm.length());
            hex(&digest)
        };
        assert_eq!(digest(Algorithm::Crc64Nvme), "ae8b14860a799888");
        assert_eq!(digest(Algorithm::Crc32), "cbf43926");
        assert_eq!(digest(Algorithm::Crc32C), "e3069283");
        assert_eq!(digest(Algorithm::Md5), "25f9e794323b453885f5181f1b624d0b");
        assert_eq!(digest(Algorithm::Sha1), "f7c3bc1d808e04732adf679965ccc34ca7ae3441");
        assert_eq!(digest(Algorithm::Sha256), "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225");
    }
}
