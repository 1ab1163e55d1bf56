//! Where backups are: a bucket, a folder with its layout, or one file, behind one trait.
