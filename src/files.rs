//! The one door to the file system for everything that places, undoes or journals, so that a test can record it.
