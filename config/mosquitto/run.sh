#!/bin/sh
# Runs Mosquitto, and makes it read its logins again when the bridge has written them. Needs no more than a POSIX
# shell, stat and a writable /tmp; runs as the user of the broker.
#   MQTT_ALLOW_ANONYMOUS  1 or true: who has no login comes in too, and may what the file of rules gives to nobody
#   MQTT_BROKER_AUTH_DIR  where the bridge writes `passwords` and `acl`
set -eu
umask 077

auth=${MQTT_BROKER_AUTH_DIR:-/mosquitto/auth}
own=/tmp/mosquitto

# One line that changes with either file: a new one has another inode.
version() {
  stat -c '%i %Y %s' "$auth/passwords" "$auth/acl" 2>/dev/null || true
}

# The broker reads copies of its own: the files of the bridge belong to another user. The bridge writes the rules
# first, so they are taken last: who comes in finds the rules that hold for them.
take() {
  for name in passwords acl; do
    [ -r "$auth/$name" ] || continue
    cp "$auth/$name" "$own/$name.new" || return 1
    mv "$own/$name.new" "$own/$name" || return 1
  done
}

watch() {
  while sleep 1; do
    now=$(version)
    [ "$now" = "$taken" ] && continue
    # A full /tmp may have room the next time.
    take || continue
    taken=$now
    kill -HUP "$broker"
  done
}

case ${MQTT_ALLOW_ANONYMOUS:-} in
  1 | true) anonymous=true ;;
  *) anonymous=false ;;
esac

mkdir -p "$own"
: >"$own/passwords"
: >"$own/acl"
taken=$(version)
take
{
  cat "${0%/*}/mosquitto.conf"
  echo "allow_anonymous $anonymous"
  echo "password_file $own/passwords"
  echo "acl_file $own/acl"
} >"$own/mosquitto.conf"

stopping=
broker=
trap 'stopping=1; [ -z "$broker" ] || kill -TERM "$broker"' TERM INT
mosquitto -c "$own/mosquitto.conf" &
broker=$!
watch &
watcher=$!

status=0
wait "$broker" || status=$?
# A signal ends the first wait, not the broker: it writes what it holds before it goes.
if [ -n "$stopping" ]; then
  status=0
  wait "$broker" || status=$?
fi
kill "$watcher" 2>/dev/null || true
exit "$status"
