#!/usr/bin/env bash
# Builds the Debian package, installs it on this machine, uses it and purges it:
# `just deb-test`. It packs the program of its argument, or a release build. It does
# nothing, and gives the reason, when it is not root or when files would be lost.
set -euo pipefail
cd "$(dirname "$0")/.."

skip() {
    echo "skipped: debian_package.sh: $*"
    [ -z "${CATALOGUE_SKIPPED:-}" ] || echo "skipped: debian_package.sh: $*" >>"$CATALOGUE_SKIPPED"
    exit 0
}
fail() {
    echo "failed: $*" >&2
    exit 1
}

((EUID == 0)) || skip "only root installs packages"
for program in dpkg cargo-deb strip systemd-sysusers runuser; do
    command -v "$program" >/dev/null && continue
    [ -z "${CATALOGUE_REQUIRE_PROGRAMS:-}" ] || fail "\`$program\` is not installed"
    skip "\`$program\` is not installed"
done
data=/var/lib/catalogue
settings=/etc/catalogue
service=/usr/lib/systemd/system/catalogue.service
for path in "$data" "$settings" /usr/bin/catalogue /etc/systemd/system/catalogue.{service,socket}; do
    [ ! -e "$path" ] || skip "$path exists already, and this test would remove it"
done
! getent passwd catalogue >/dev/null || skip "the user catalogue exists already"

log=$(mktemp)
clean_up() {
    rm -rf "$data"
    dpkg --purge catalogue >/dev/null 2>&1 || true
    rm -f "$log"
}
trap clean_up EXIT

step() { echo "- $*"; }
quietly() { "$@" >"$log" 2>&1 || { cat "$log" >&2 && fail "$*"; }; }
as_service() {
    local environment
    mapfile -t environment < <(sed -n 's/^Environment=//p' "$service")
    runuser -u catalogue -- env -C "$data" "${environment[@]}" "$@"
}
# Standard error too, for the hints of dpkg's scripts.
install_package() { dpkg --install "$package" >"$log" 2>&1 || { cat "$log" >&2 && fail "installing"; }; }

step "build"
rm -f target/debian/catalogue_*.deb
quietly contrib/debian/build "$@"
packages=(target/debian/catalogue_*.deb)
package=$PWD/${packages[0]}

step "contents"
listed=$(dpkg-deb --fsys-tarfile "$package" | tar -t)
for file in usr/share/man/man1/catalogue{,-serve,-import}.1.gz \
    usr/share/bash-completion/completions/catalogue usr/share/zsh/vendor-completions/_catalogue \
    usr/share/fish/vendor_completions.d/catalogue.fish usr/share/doc/catalogue/copyright; do
    grep -qx "./$file" <<<"$listed" || fail "the package lacks $file"
done

step "install"
install_package
grep -q 'catalogue adduser admin' "$log" || fail "the next step is not printed"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
[ "$(catalogue --version)" = "catalogue $version" ] || fail "catalogue --version"
for file in "$service" /usr/lib/systemd/system/catalogue.socket /usr/lib/sysusers.d/catalogue.conf "$settings/catalogue.toml"; do
    [ -f "$file" ] || fail "$file is missing"
done
! grep -q /usr/local "$service" || fail "the service starts a program that is not in the package"
[ "$(stat -c '%U:%G %a' "$data")" = "catalogue:catalogue 750" ] || fail "$data: $(stat -c '%U:%G %a' "$data")"
[ "$(getent passwd catalogue | cut -d: -f6,7)" = "$data:/usr/sbin/nologin" ] || fail "$(getent passwd catalogue)"
[ "$(dpkg-query --show --showformat='${Conffiles}' catalogue | awk '{ print $1 }')" = "$settings/catalogue.toml" ] ||
    fail "catalogue.toml is not a conffile"
systemd-analyze verify "$service" >"$log" 2>&1 || { cat "$log" >&2 && fail "the unit"; }

step "the service's commands, as its user"
quietly as_service catalogue init
as_service catalogue config | grep -Eq "^ *db +$data/sae.db +.*catalogue.toml" || fail "the settings are not read"
echo mdp | as_service catalogue adduser admin >"$log" || fail "adduser"
as_service catalogue check >"$log" || fail "check"
# As root in a terminal, without the environment of the service.
catalogue users --config "$settings/catalogue.toml" --json | grep -q '"name":"admin"' || fail "users"

step "remove keeps settings and movies; purge keeps the movies"
echo "cache_mib = 32" >>"$settings/catalogue.toml"
quietly dpkg --remove catalogue
[ ! -e /usr/bin/catalogue ] || fail "the program was not removed"
[ -f "$data/sae.db" ] && [ -f "$settings/catalogue.toml" ] || fail "files were lost"
install_package
grep -q "cache_mib = 32" "$settings/catalogue.toml" || fail "the settings were replaced"
as_service catalogue users | grep -q admin || fail "the accounts were lost"
quietly dpkg --purge catalogue
grep -q "$data was kept" "$log" || fail "the kept movies are not reported"
[ -f "$data/sae.db" ] && [ ! -e "$settings" ] || fail "purge"
getent passwd catalogue >/dev/null || fail "the movies have lost their owner"

step "purge without movies leaves no files"
install_package
[ "$(stat -c %U "$data/sae.db")" = catalogue ] || fail "the movies have another owner"
rm "$data"/sae.db*
quietly dpkg --purge catalogue
for path in "$data" "$settings" "$service" /usr/bin/catalogue /etc/systemd/system/*/catalogue.{service,socket}; do
    [ ! -e "$path" ] && [ ! -L "$path" ] || fail "$path was not removed"
done
! getent passwd catalogue >/dev/null || fail "the user was not removed"
[ -z "$(dpkg-query --show catalogue 2>/dev/null)" ] || fail "dpkg still lists it"
echo "the package passed every step"
