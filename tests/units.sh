#!/bin/sh
# Runs the units of contrib/ under the systemd that called it, and prints a line for each
# step that worked. tests/units.rs starts it in a container.
set -eu
db=/var/lib/catalogue/sae.db
export CATALOGUE_PASSWORD='a password of admin'

ask() { catalogue client --user admin "$@"; }
pid() { systemctl show -P MainPID catalogue.service; }

systemctl start catalogue.socket
catalogue client PING
[ "$(systemctl is-active catalogue.service)" = active ]
echo "the first client started the service"

echo "$CATALOGUE_PASSWORD" | setpriv --reuid=catalogue --regid=catalogue --clear-groups \
    catalogue adduser admin --db $db
ask COUNT
ask PUT new '{"title":"New"}'

status() { sed -n "s/^$1:\t//p" "/proc/$(pid)/status"; }
[ "$(status CapBnd)" = 0000000000000000 ]
[ "$(status NoNewPrivs)" = 1 ]
[ "$(status Seccomp)" = 2 ]
[ "$(readlink "/proc/$(pid)/ns/net")" != "$(readlink /proc/self/ns/net)" ]
[ "$(readlink "/proc/$(pid)/ns/user")" != "$(readlink /proc/self/ns/user)" ]
[ "$(stat -c %U:%a $db)" = catalogue:600 ]
echo "the service is confined"

systemctl reload catalogue.service
before=$(pid)
kill -KILL "$before"
for _ in $(seq 100); do
    [ "$(systemctl is-active catalogue.service)" = active ] && [ "$(pid)" != "$before" ] && break
    sleep 0.2
done
[ "$(pid)" != "$before" ]
ask COUNT
echo "the service was restarted"

systemctl stop catalogue.socket catalogue.service
[ "$(systemctl show -P Result catalogue.service)" = success ]
[ "$(ls /var/lib/catalogue)" = sae.db ]
echo "the service was stopped"
