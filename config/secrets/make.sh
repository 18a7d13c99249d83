#!/bin/sh
# Makes the secrets of the fleet, each once, each in the volume of those who need it, and prints none.
# What stands in the environment or lies in the folder given/ goes before what is made here.
set -eu
umask 027

given=/run/iot/given

fail() {
  echo "secrets: $1" >&2
  exit 78
}

# keep FILE NAME GIVEN LEAST: writes the secret that was given, or makes one where there is none yet.
keep() {
  file=$1 name=$2 secret=$3 least=$4
  source='given in the environment'
  if [ -z "$secret" ] && [ -e "$given/$name" ]; then
    [ -r "$given/$name" ] || fail "config/secrets/$name can't be read by user $(id -u): chmod 644 it, or chown it"
    secret=$(cat "$given/$name")
    source="taken from config/secrets/$name"
    [ -n "$secret" ] || fail "config/secrets/$name is empty: put the secret in, or delete the file"
  fi
  if [ -n "$secret" ]; then
    [ "${#secret}" -ge "$least" ] || fail "$name has ${#secret} characters and needs $least: openssl rand -hex 32 makes a good one"
    case "$(printf %s "$secret" | tr '[:upper:]' '[:lower:]' | tr -cd '[:lower:]')" in
      your* | changeme* | example* | secret | password | admin) fail "$name is an example that everybody knows: openssl rand -hex 32 makes a good one" ;;
    esac
  elif [ -s "$file" ]; then
    secret=$(cat "$file")
    source='kept from before'
  else
    secret=$(od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n')
    source='made'
  fi
  # Written beside and renamed, so that nobody ever reads half a secret.
  printf '%s' "$secret" >"$file.new"
  chmod 440 "$file.new"
  mv -f "$file.new" "$file"
  echo "secrets: $name $source"
}

keep /run/iot/tokens/jwt_secret jwt_secret "${JWT_SECRET:-}" 32
keep /run/iot/redis/password redis_password "${REDIS_PASSWORD:-}" 16
keep /run/iot/broker/password mqtt_broker_password "${MQTT_BROKER_PASSWORD:-}" 16
keep /run/iot/grafana/password grafana_password "${GRAFANA_PASSWORD:-}" 10

# The first start of the database fixes its password, so another one later would shut everybody out.
if [ -s /run/iot/store/password ] && [ -n "${DATABASE_PASSWORD:-}" ] && [ "$DATABASE_PASSWORD" != "$(cat /run/iot/store/password)" ]; then
  fail 'DATABASE_PASSWORD is another one than the database was made with: take it out, or change it in the database first (docs/troubleshooting.md)'
fi
keep /run/iot/store/password database_password "${DATABASE_PASSWORD:-}" 16
case "$secret" in *[!A-Za-z0-9._~-]*) fail 'database_password: letters, digits and . _ ~ - only, since it is part of an address' ;; esac
printf 'postgres://iot:%s@timescaledb:5432/iot' "$secret" >/run/iot/store/url.new
chmod 440 /run/iot/store/url.new
mv -f /run/iot/store/url.new /run/iot/store/url

# Bridges write Mosquitto's logins here and Mosquitto reads them: both are in this group, nobody else is.
chmod 2770 /run/iot/broker-logins
