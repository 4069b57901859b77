#!/usr/bin/env bash
# The benchmarks on a private PostgreSQL and Redis with full durability; writes var/bench.json.
set -euo pipefail
cd "$(dirname "$0")/.."

.ci/venv.sh dev
# Services that already run are used and left running.
running="$(.ci/services.sh status)"
settings="$(.ci/services.sh start)"
eval "$settings"
if [ "$running" = no ]; then
  trap '.ci/services.sh stop' EXIT
fi
"${VENV:-.venv}/bin/python" -m benchmarks "$@"
