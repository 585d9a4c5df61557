//! The units of `contrib/` under a booted systemd, in a container that shares `/usr` with
//! this machine.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{Folder, PROGRAM, missing_program, skipped};

/// The output of `tests/units.sh`.
const STEPS: &str = "PONG
the first client started the service
added `admin` as admin
3
OK
the service is confined
4
the service was restarted
the service was stopped
";

/// Runs the script and then ends the container.
const SCRIPT_UNIT: &str = "[Service]
Type=oneshot
ExecStart=/bin/sh /run/test/units.sh
ExecStopPost=/bin/systemctl --no-block poweroff
StandardOutput=file:/run/test/output
StandardError=inherit
TimeoutStartSec=80
";

/// A container whose `/etc` and `/var` are empty, without a network.
fn container(folder: &Folder) -> Command {
    let mut nspawn = Command::new("timeout");
    nspawn
        .args(["--kill-after=10", "100", "systemd-nspawn"])
        .args([
            "--quiet",
            "--register=no",
            "--keep-unit",
            "--private-network",
        ])
        .args(["--directory=/", "--volatile=yes"]);
    let bind = |nspawn: &mut Command, option: &str, from: &Path, to: &str| {
        nspawn.arg(format!("{option}={}:{to}", from.display()));
    };
    let contrib = Path::new(env!("CARGO_MANIFEST_DIR")).join("contrib");
    for (file, to) in [
        ("catalogue.service", "/etc/systemd/system/catalogue.service"),
        ("catalogue.socket", "/etc/systemd/system/catalogue.socket"),
        ("catalogue.sysusers", "/etc/sysusers.d/catalogue.conf"),
    ] {
        bind(&mut nspawn, "--bind-ro", &contrib.join(file), to);
    }
    let unit = folder.path().join("test.service");
    bind(
        &mut nspawn,
        "--bind-ro",
        &unit,
        "/etc/systemd/system/test.service",
    );
    bind(
        &mut nspawn,
        "--bind-ro",
        &folder.path().join("bin"),
        "/usr/local/bin",
    );
    bind(&mut nspawn, "--bind", folder.path(), "/run/test");
    nspawn
        .args([
            "--boot",
            "systemd.firstboot=no",
            "systemd.unit=basic.target",
        ])
        .arg("systemd.wants=test.service")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    nspawn
}

#[test]
fn the_units_run_under_systemd() {
    if !rustix::process::geteuid().is_root() {
        return skipped("only the superuser can boot a container");
    }
    let folder = Folder::empty();
    let bin = folder.path().join("bin");
    fs::create_dir(&bin).unwrap();
    fs::copy(PROGRAM, bin.join("catalogue")).unwrap();
    folder.write("units.sh", include_str!("units.sh"));
    folder.write("test.service", SCRIPT_UNIT);
    // The exit status of `timeout` when there is no such program.
    if container(&folder).status().unwrap().code() == Some(127) {
        return missing_program("systemd-nspawn");
    }
    match fs::read_to_string(folder.path().join("output")) {
        Ok(output) => assert_eq!(output, STEPS),
        Err(_) => skipped("no container can be booted here"),
    }
}
