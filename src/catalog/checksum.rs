//! The checksums that S3 keeps, and how a file's own are computed.

use serde::{Deserialize, Serialize};

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
