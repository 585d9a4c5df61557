//! The program from outside, one module per subject.

// Whole files imported and exported by the real binary, and read back over TCP.
mod import;
