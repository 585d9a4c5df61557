//! Tests with three nodes and one log in etcd: no failure loses an acknowledged change.

mod commands;
mod engine;
mod files;
mod imports;
mod nodes;
mod pages;
mod security;
mod sequence;
mod snapshots;
mod test_cluster;
mod writers;

use test_cluster::TestCluster;
