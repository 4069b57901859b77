#!/usr/bin/env bash
# A private PostgreSQL and Redis from this machine's binaries, on free ports of 127.0.0.1, with passwords.
#   .ci/services.sh start | stop | env | status
# Everything is kept in var/services; `env` prints the two variables as shell exports.
# FAST=1 at the first start gives up durability (fsync off): for tests, never for measurements.
set -euo pipefail
cd "$(dirname "$0")/.."

state="$PWD/var/services"
name=xuexin
home='' password='' pg_port='' redis_port=''

postgres_bin() {
  local folder
  # Debian keeps them out of PATH, newest version last.
  for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -t/ -k5 -rn) \
    "$(dirname "$(command -v pg_ctl || echo /nowhere/pg_ctl)")"; do
    if [ -x "$folder/initdb" ] && [ -x "$folder/pg_ctl" ] && [ -x "$folder/psql" ]; then
      echo "$folder"
      return
    fi
  done
  echo "PostgreSQL was not found. On Debian 12: apt-get install postgresql" >&2
  exit 1
}

# PostgreSQL refuses to run as root: there the server's own user runs it.
as_server() {
  if [ "$(id -u)" = 0 ]; then
    (cd / && runuser -u postgres -- "$@")
  else
    "$@"
  fi
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

secret() {
  python3 -c 'import secrets; print(secrets.token_hex(16))'
}

# The folder of the data: inside the project, or in /tmp when the server's user cannot reach the project.
make_home() {
  local home="$state/data"
  mkdir -p "$home"
  if [ "$(id -u)" = 0 ]; then
    chown postgres: "$home"
    if ! as_server test -w "$home"; then
      rmdir "$home"
      home="$(mktemp -d "${TMPDIR:-/tmp}/$name-services.XXXXXX")"
      chown postgres: "$home"
    fi
  fi
  chmod 700 "$home"
  echo "$home"
}

postgres_runs() {
  as_server "$bin/pg_ctl" status -D "$home/pg" >/dev/null 2>&1
}

redis_pid() {
  local pid
  pid="$(cat "$home/redis/redis.pid" 2>/dev/null || true)"
  if [ -n "$pid" ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null || ps -p "$pid" -o comm= 2>/dev/null)" = redis-server ]; then
    echo "$pid"
  fi
}

query() {
  PGPASSWORD="$password" "$bin/psql" -h 127.0.0.1 -p "$pg_port" -U "$name" -d postgres -qAtc "$1"
}

start_postgres() {
  if [ ! -s "$home/pg/PG_VERSION" ]; then
    as_server rm -rf "$home/pg"
    printf '%s' "$password" | as_server tee "$home/pwfile" >/dev/null
    as_server "$bin/initdb" -D "$home/pg" -U "$name" --pwfile="$home/pwfile" --auth=scram-sha-256 \
      --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$state/initdb.log" 2>&1
    as_server rm -f "$home/pwfile"
    if [ "${FAST:-0}" = 1 ]; then
      printf 'fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n' |
        as_server tee -a "$home/pg/postgresql.conf" >/dev/null
    fi
  fi
  # An eighth of the machine's memory, up to 1 GB: a cache smaller than the roster measures the disk.
  local buffers
  buffers="$(awk '/^MemTotal/ { mb = int($2 / 8192); print (mb < 128 ? 128 : (mb > 1024 ? 1024 : mb)) }' /proc/meminfo)"
  as_server "$bin/pg_ctl" start -w -t 60 -D "$home/pg" -l "$home/pg.log" \
    -o "-p $pg_port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c shared_buffers=${buffers}MB -c max_connections=60" >/dev/null
  if [ -z "$(query "SELECT 1 FROM pg_database WHERE datname = '$name'")" ]; then
    query "CREATE DATABASE $name" >/dev/null
  fi
}

start_redis() {
  as_server mkdir -p "$home/redis"
  # Configuration on standard input keeps the password out of the process list.
  printf '%s\n' "bind 127.0.0.1" "port $redis_port" "requirepass $password" "dir $home/redis" \
    "pidfile $home/redis/redis.pid" "logfile $home/redis/redis.log" "daemonize yes" 'save ""' "appendonly no" |
    as_server redis-server - >/dev/null
}

runs() {
  [ -s "$state/ports" ] || return 1
  load
  postgres_runs || [ -n "$(redis_pid)" ]
}

load() {
  # shellcheck source=/dev/null
  . "$state/ports"
  bin="$(postgres_bin)"
}

start() {
  command -v redis-server >/dev/null || {
    echo "Redis was not found. On Debian 12: apt-get install redis-server" >&2
    exit 1
  }
  mkdir -p "$state"
  if [ -s "$state/ports" ]; then
    load
  else
    bin="$(postgres_bin)"
    home="$(make_home)"
    password="$(secret)"
  fi
  # Free ports anew unless one of the two still runs on the noted ones.
  if ! postgres_runs && [ -z "$(redis_pid)" ]; then
    pg_port="$(free_port)"
    redis_port="$(free_port)"
    (umask 077 && printf 'home=%q\npg_port=%s\nredis_port=%s\npassword=%s\n' \
      "$home" "$pg_port" "$redis_port" "$password" >"$state/ports")
  fi
  postgres_runs || start_postgres
  [ -n "$(redis_pid)" ] || start_redis
  print_env
}

print_env() {
  echo "export DATABASE_URL=postgres://$name:$password@127.0.0.1:$pg_port/$name"
  echo "export REDIS_URL=redis://:$password@127.0.0.1:$redis_port/0"
}

stop() {
  local pid
  [ -s "$state/ports" ] || return 0
  load
  if postgres_runs; then
    as_server "$bin/pg_ctl" stop -w -m fast -D "$home/pg" >/dev/null
  fi
  pid="$(redis_pid)"
  if [ -n "$pid" ]; then
    kill "$pid"
    while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
  fi
  # The data stays for the next start, unless it had to lie outside the project.
  case "$home" in
    "$state"/*) ;;
    *) rm -rf "$home" && rm -f "$state/ports" ;;
  esac
}

case "${1:-}" in
  start) start ;;
  stop) stop ;;
  env)
    load
    print_env
    ;;
  status)
    if runs; then echo yes; else echo no; fi
    ;;
  *)
    echo "usage: $0 start|stop|env|status" >&2
    exit 2
    ;;
esac
