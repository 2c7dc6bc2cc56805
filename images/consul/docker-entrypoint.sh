#!/usr/bin/dumb-init /bin/sh
# shellcheck shell=sh disable=SC1008
# docker-entrypoint.sh agent ARGS... | CONSUL_COMMAND ARGS... | PROGRAM ARGS...
#
# Behaves as the entrypoint of hashicorp/consul does, and needs the same rights: the first process is dumb-init, as root,
# which passes signals on to Consul, the user consul; the right to bind port 53 is written on the program's file.
#   CONSUL_LOCAL_CONFIG            JSON that becomes a file in /consul/config
#   CONSUL_ALLOW_PRIVILEGED_PORTS  the agent may bind ports below 1024
#   CONSUL_DISABLE_PERM_MGMT       files keep their owners and the user is not changed
set -eu

data=/consul/data
config=/consul/config

case ${1:-agent} in
  agent)
    [ $# -eq 0 ] || shift
    if [ -n "${CONSUL_LOCAL_CONFIG:-}" ]; then
      printf '%s' "$CONSUL_LOCAL_CONFIG" >"$config/local.json"
    fi
    set -- consul agent -data-dir="$data" -config-dir="$config" "$@"
    ;;
  -*)
    set -- consul "$@"
    ;;
  *)
    # The word is Consul's where Consul has help for it; else it is a program of this image.
    if [ "$1" != consul ] && consul "$1" -help 2>&1 | grep -q "^Usage: consul $1"; then
      set -- consul "$@"
    fi
    ;;
esac

if [ "$1" != consul ] || [ "$(id -u)" != 0 ] || [ -n "${CONSUL_DISABLE_PERM_MGMT:-}" ]; then
  exec "$@"
fi

for folder in "$data" "$config"; do
  if [ -w "$folder" ] && [ "$(stat -c %u "$folder")" != "$(id -u consul)" ]; then
    chown -R consul:consul "$folder"
  fi
done

if [ -n "${CONSUL_ALLOW_PRIVILEGED_PORTS:-}" ]; then
  setcap cap_net_bind_service=+ep /usr/bin/consul
fi
exec setpriv --reuid=consul --regid=consul --init-groups "$@"
