#!/usr/bin/env bash
# The stories in Chromium, phone and desktop, with axe; here a missing browser is a failure.
# What went wrong is left in var/browser: a screenshot, the page's source, the console.
set -euo pipefail
cd "$(dirname "$0")/.."

.ci/venv.sh dev
export XUEXIN_BROWSER=required
exec "${VENV:-.venv}/bin/python" -m pytest tests/browser "$@"
