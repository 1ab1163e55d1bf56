//! The catalogue of codes: each with its title and the severities that it may have.
//!
//! A code is stable: scripts and people refer to it. A finding carries its own sentence; what stands here is true of all
//! findings of the code. The long texts that `reseat explain` prints lie in `assets/findings/`.

use super::Severity::{self, Ask, Block, Info, Warn};

macro_rules! codes {
    ($($code:ident [$($severity:ident),+] $title:literal;)+) => {
        /// A stable code of a finding; the first digit is the part of a restore that it is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code { $(#[doc = $title] $code,)+ }

        impl Code {
            /// Every code, in order.
            pub const ALL: &[Self] = &[$(Self::$code,)+];

            /// The code as it is written, `R101`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$code => stringify!($code),)+ }
            }

            /// What the code is about, as a short sentence without a stop.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$code => $title,)+ }
            }

            /// What `reseat explain` says of the code, as Markdown: see [`crate::finding::texts`].
            pub const fn text(self) -> &'static str {
                match self {
                    $(Self::$code => include_str!(concat!("../../assets/findings/", stringify!($code), ".md")),)+
                }
            }

            /// The severities that a finding of this code may have.
            pub const fn severities(self) -> &'static [Severity] {
                match self { $(Self::$code => &[$($severity),+],)+ }
            }
        }
    };
}

impl Code {
    /// The part of a restore that the code is about: the words for its first digit.
    pub const fn part(self) -> &'static str {
        match self.as_str().as_bytes()[1] {
            b'1' => "The backup in S3",
            b'2' => "The file",
            b'3' => "The IDs in the file",
            b'4' => "The new IDs",
            b'5' => "The rewriting",
            b'6' => "The placing",
            _ => "Afterwards",
        }
    }
}

codes! {
    R101 [Warn] "The next upload overwrites the only good backup";
    R102 [Block] "This is the new connector's own backup";
    R103 [Warn, Info] "What came later is not in this backup";
    R104 [Info] "There are several files or versions";
    R105 [Block] "S3 refuses access, or the object is missing";
    R106 [Block] "Another region, bucket or environment";
    R107 [Block] "The backup is archived";
    R108 [Warn] "The backup was replaced during the download";
    R109 [Block] "The download has another length than the backup";
    R110 [Block] "The bytes are not those of the bucket";
    R111 [Info] "The bytes cannot be compared with the bucket";
    R112 [Block] "S3 does not accept the credentials";
    R113 [Block] "Not the backup of an integration-based connector";
    R114 [Info] "The backup was copied from a running connector";
    R115 [Warn, Info] "This version is far smaller than the one before it";
    R116 [Block] "S3 does not answer as it should";
    R117 [Block] "There is nothing there";
    R118 [Block] "The bucket needs one more setting";
    R201 [Block] "The backup is empty";
    R202 [Block] "Not an SQLite database";
    R203 [Block] "The file ends too early";
    R204 [Block] "The database is damaged";
    R205 [Block] "Not a connector's database";
    R206 [Warn] "Foreign keys are broken in the backup already";
    R207 [Info] "The database has triggers, views or virtual tables";
    R208 [Warn, Block] "The tables differ from those of the new connector";
    R209 [Warn, Info] "The file is longer than its own header says";
    R210 [Block] "The database needs functions of the connector";
    R301 [Block] "The key and the file name different IDs";
    R302 [Block] "A source is not the JSON that it should be";
    R303 [Block, Ask] "Integrations has no row, or several";
    R304 [Warn] "The backup holds several connectors";
    R305 [Block] "Events of a connector that the backup does not list";
    R306 [Warn] "Events of other hubs are in the backup";
    R307 [Info] "The sources differ in the events";
    R308 [Warn] "IDs are written in another form";
    R309 [Info, Warn, Block] "An old ID also stands elsewhere";
    R401 [Block] "Not an ID";
    R402 [Block] "Hub and connector are swapped";
    R403 [Block] "Old and new are swapped, or this was already rewritten";
    R404 [Block] "The new connector has another type";
    R405 [Warn] "Name, metadata or tags differ";
    R406 [Ask] "The new connector has no folder or database here";
    R407 [Ask] "The new connector already holds events";
    R408 [Warn] "This machine belongs to another hub";
    R409 [Warn, Info] "The old connector may still run";
    R410 [Ask] "No ID changes";
    R411 [Ask] "The new connector's database could not be read";
    R412 [Info] "The place was not looked at from this machine";
    R413 [Block, Ask] "The new hub belongs to another organisation";
    R501 [Block] "Not enough free space";
    R502 [Block] "Another number of rows changed than planned";
    R503 [Block] "Something else changed, too";
    R504 [Block] "The file changed since it was inspected";
    R505 [Block] "Foreign keys are worse than before";
    R601 [Block] "The database is open";
    R602 [Info, Ask] "Side files lie beside the database";
    R603 [Info, Ask] "Owner and mode of the database";
    R604 [Warn] "The owner of the database cannot write in its folder";
    R605 [Info, Warn, Block] "The database is a link or a mount";
    R606 [Block, Ask] "The place cannot be written safely";
    R607 [Block] "Not permitted";
    R608 [Block] "Somebody else works here";
    R609 [Ask] "A restore was cut while it replaced";
    R610 [Block] "Writing failed";
    R611 [Block] "What is there now is not what was written";
    R612 [Block] "The folder has the name of another connector";
    R613 [Block] "Who has the database open cannot be seen";
    R614 [Block] "The service could not be stopped or started";
    R615 [Block] "Not the file that was announced";
    R616 [Block] "The journal cannot be trusted";
    R617 [Info, Block] "Written into the live file";
    R701 [Ask] "The connection settings are still to be corrected";
    R702 [Ask] "Update config and Sync are still to be done, in this order";
    R703 [Warn] "The database changed after the restore";
    R704 [Warn] "The connector still uses the old file";
    R705 [Info] "The next restart uploads the restored database";
}
