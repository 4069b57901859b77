# shellcheck shell=bash
# Section headings and timings, and a list of what failed. Source it: . .ci/lib.sh

failed=()
timings=()
# What the stages print, kept for the verdict: a run is long, and what failed must be found at its end.
printed="$(mktemp)"

# How the suite is run where the development packages are: in random order, two at a time, with no
# network but this machine's, and with coverage.
# shellcheck disable=SC2034  # used by the scripts that source this file
thorough=(
  --ignore=tests/browser -p randomly -n 2
  --disable-socket --allow-unix-socket '--allow-hosts=127.0.0.1,::1,localhost'
  --cov --cov-report=html
)

# stage "Title" command…: run it, time it, remember a failure, go on.
stage() {
  local title="$1" begun status=0
  shift
  begun="$(date +%s)"
  printf '\n=== %s\n' "$title"
  "$@" > >(tee -a "$printed") || status=$?
  timings+=("$(printf '%4ds  %s' "$(($(date +%s) - begun))" "$title")")
  if [ "$status" != 0 ]; then
    printf '    FAILED (status %s): %s\n' "$status" "$title"
    failed+=("$title")
  fi
}

# verdict: the table, and the exit status.
verdict() {
  printf '\n=== Times\n'
  printf '%s\n' "${timings[@]}"
  local lines
  lines="$(grep -aE '^(FAILED|ERROR) ' "$printed" | cut -c1-300 || true)"
  rm -f "$printed"
  if [ "${#failed[@]}" -gt 0 ]; then
    printf '\n=== FAILED\n'
    printf '  %s\n' "${failed[@]}"
    printf '%s\n' "$lines"
    exit 1
  fi
  printf '\n=== All good\n'
}

# need command "what to install": fails in CI; elsewhere says that the gate is left out.
need() {
  command -v "$1" >/dev/null && return 0
  if [ "${CI:-}" = true ]; then
    failed+=("$1 is missing (apt-get install $2)")
  fi
  printf '\n=== %s is not installed (apt-get install %s): its gate is left out\n' "$1" "$2"
  return 1
}
