#!/usr/bin/env bash
# The suite as a newcomer runs it, on SQLite or on a PostgreSQL and Redis of its own.
#   .ci/test.sh sqlite | services  [pytest arguments]
set -euo pipefail
cd "$(dirname "$0")/.."

where="${1:?sqlite or services}"
shift
.ci/venv.sh runtime
python="${VENV:-.venv}/bin/python"
case "$where" in
  sqlite)
    unset DATABASE_URL REDIS_URL
    "$python" -m pytest "$@"
    ;;
  services)
    running="$(.ci/services.sh status)"
    settings="$(FAST=1 .ci/services.sh start)"
    eval "$settings"
    if [ "$running" = no ]; then
      trap '.ci/services.sh stop' EXIT
    fi
    "$python" -m pytest "$@"
    ;;
  *)
    echo "usage: $0 sqlite|services [pytest arguments]" >&2
    exit 2
    ;;
esac
