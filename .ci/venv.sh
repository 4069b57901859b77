#!/usr/bin/env bash
# Make the environment named by VENV ready: `runtime` (requirements.txt) or `dev` (requirements-dev.txt on top).
# A stamp with the checksum of the pins makes the second call instant.
set -euo pipefail
cd "$(dirname "$0")/.."

level="${1:-runtime}"
venv="${VENV:-.venv}"

# An environment that somebody else made is used as it is.
if [ "$venv" != .venv ] && [ ! -e "$venv/.made-by-project" ] && [ -x "$venv/bin/python" ]; then
  exit 0
fi

case "$level" in
  runtime) pins=(requirements.txt) ;;
  dev) pins=(requirements.txt requirements-dev.txt) ;;
  *)
    echo "usage: $0 [runtime|dev]" >&2
    exit 2
    ;;
esac

find_python() {
  local name
  for name in "${PYTHON3:-}" python3.11 python3.12 python3.13 python3; do
    if [ -n "$name" ] && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$name"
      return
    fi
  done
  echo "Python 3.11 or newer is needed and was not found. On Debian 12: apt-get install python3 python3-venv" >&2
  exit 1
}

# A half-made environment, or one whose interpreter has gone, is made anew.
if [ -e "$venv" ] && ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
  rm -rf "$venv"
fi
if [ ! -e "$venv" ]; then
  python="$(find_python)"
  echo "Making $venv with $("$python" --version)"
  if ! "$python" -m venv "$venv"; then
    rm -rf "$venv"
    echo "The environment could not be made. On Debian 12: apt-get install python3-venv" >&2
    exit 1
  fi
  touch "$venv/.made-by-project"
fi

stamp="$venv/.installed-$level"
sum="$(cat "${pins[@]}" | cksum)"
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$sum" ]; then
  echo "Installing ${pins[-1]}"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "${pins[-1]}"
  echo "$sum" >"$stamp"
fi
