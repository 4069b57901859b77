#!/usr/bin/env bash
# Every gate, in order of speed; changes nothing. `make check` runs this file.
#   .ci/check.sh           all of them
#   .ci/check.sh --static  without the test suite but for its walks through the project
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh

.ci/venv.sh dev
bin="${VENV:-.venv}/bin"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT

# The settings of a real installation, so that what is checked is what will run.
with_production_values() {
  env -u XUEXIN_EMBEDDED -u DEBUG \
    VAR_DIR="$scratch/var" MEDIA_ROOT="$scratch/media" STATIC_ROOT="$scratch/static" \
    SECRET_KEY="$("$bin/python" -c 'import secrets; print(secrets.token_urlsafe(60))')" \
    DATABASE_URL=postgres://xuexin:secret@db.example.edu.cn/xuexin \
    REDIS_URL=rediss://:secret@redis.example.edu.cn:6379/0 \
    EMAIL_URL=smtp+tls://xuexin:secret@mail.example.edu.cn:587 \
    DEFAULT_FROM_EMAIL=xuexin@example.edu.cn \
    SMS_BACKEND=common.sms.HttpSms SMS_URL=https://sms.example.edu.cn/send SMS_TOKEN=secret \
    ALLOWED_HOSTS=xuexin.example.edu.cn CSRF_TRUSTED_ORIGINS=https://xuexin.example.edu.cn \
    BASE_URL=https://xuexin.example.edu.cn TRUSTED_PROXY_COUNT=1 HTTPS=1 MALWARE_SCAN=/usr/bin/clamdscan \
    FIELD_KEYS="$("$bin/python" -c 'from xuexin.environment import new_field_keys as n; print(n())')" \
    "$@"
}

with_empty_database() {
  env -u DATABASE_URL -u REDIS_URL VAR_DIR="$scratch/var" "$@"
}

imports() {
  PYTHONPATH=. "$bin/lint-imports" --no-cache
}

templates_lint() {
  "$bin/djlint" templates --lint --quiet
}

templates_format() {
  "$bin/djlint" templates --check --quiet
}

tests() {
  mkdir -p var/coverage
  rm -f var/coverage/data*
  with_empty_database "$bin/python" -m pytest -q "${thorough[@]}"
}

stage "Format (ruff)" "$bin/ruff" format --check .
stage "Lint (ruff)" "$bin/ruff" check --output-format concise .
stage "Directions of import" imports
stage "Templates: lint" templates_lint
stage "Templates: format" templates_format
if need shellcheck shellcheck; then
  stage "Shell scripts" shellcheck --external-sources .ci/run .ci/*.sh
fi
stage "Types (mypy)" "$bin/mypy"
stage "Deployment check with production values" \
  with_production_values "$bin/python" manage.py check --deploy --fail-level WARNING
stage "No migration is missing" with_empty_database "$bin/python" manage.py makemigrations --check --dry-run
if [ "${1:-}" != --static ]; then
  stage "Tests in random order, no outside network, with coverage" tests
else
  stage "Walks through the project" with_empty_database "$bin/python" -m pytest -q tests/meta
fi
verdict
