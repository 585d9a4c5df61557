//! Three nodes with one log in etcd: what fails, and what no failure loses.

mod commands;
mod engine;
mod files;
mod nodes;
mod test_cluster;
mod writers;

use test_cluster::TestCluster;
