#!/bin/sh
# Starts HAProxy with TLS where certificates lie in certs/, and without where none do. Arguments are haproxy's:
# `start.sh -c` checks the configuration that would be started.
set -eu
here=$(dirname "$0")

export SOCKET_IO_PATH="${SOCKET_IO_PATH:-/socket.io}"
export WS_HOST="${WS_HOST:-ws.iot-monitoring.com}"
export DASHBOARD_HOST="${DASHBOARD_HOST:-dashboard.iot-monitoring.com}"

list=/tmp/certificates.list
ls "$here"/certs/*.pem >"$list" 2>/dev/null || true
if [ -s "$list" ]; then export TLS_CERTIFICATES="$list"; else unset TLS_CERTIFICATES; fi

if [ "${1:-}" = -c ]; then exec haproxy -c -f "$here/haproxy.cfg"; fi
if [ -n "${TLS_CERTIFICATES:-}" ]; then
  echo "TLS for $DASHBOARD_HOST and $WS_HOST"
else
  echo "no certificate in haproxy/certs: plain HTTP on 8080 alone"
fi
exec haproxy -W -db -f "$here/haproxy.cfg"
