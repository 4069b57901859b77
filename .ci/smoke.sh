#!/usr/bin/env bash
# What a newcomer does: a fresh tree, `make run`, look, Ctrl-C, start again. On a free port, in a temporary folder.
set -euo pipefail
cd "$(dirname "$0")/.."

.ci/venv.sh runtime
VENV="$(cd "${VENV:-.venv}" && pwd)"
export VENV
PORT="$("$VENV/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
export PORT
unset XUEXIN_EMBEDDED DATABASE_URL REDIS_URL VAR_DIR DEBUG BASE_URL
address="http://127.0.0.1:$PORT"
scratch="$(mktemp -d)"
log="$scratch/run.log"
runner=

finish() {
  local status=$?
  if [ -n "$runner" ] && kill -0 "$runner" 2>/dev/null; then
    kill -TERM -- "-$runner" 2>/dev/null || true
    wait "$runner" 2>/dev/null || true
  fi
  if [ "$status" != 0 ]; then
    echo "--- what make run printed:"
    tail -n 60 "$log" 2>/dev/null || true
  fi
  rm -rf "$scratch"
  exit "$status"
}
trap finish EXIT

fail() {
  echo "smoke: $*" >&2
  exit 1
}

# The tree as git knows it, with what is not committed yet, without what is ignored.
mkdir "$scratch/tree"
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
  if [ -e "$file" ]; then printf '%s\0' "$file"; fi
done | tar --null --files-from=- --create | tar --extract --directory "$scratch/tree"
cd "$scratch/tree"

# start SECONDS: make run, until /readyz is content.
start() {
  local begun
  begun="$(date +%s)"
  : >"$log"
  setsid make run >"$log" 2>&1 </dev/null &
  runner=$!
  until curl --silent --fail --max-time 2 --output /dev/null "$address/readyz"; do
    kill -0 "$runner" 2>/dev/null || fail "make run ended by itself"
    if [ $(($(date +%s) - begun)) -ge "$1" ]; then
      curl --silent --max-time 2 "$address/readyz" || true
      fail "not ready after $1 s"
    fi
    sleep 0.5
  done
  echo "ready after $(($(date +%s) - begun)) s"
}

# stop: what Ctrl-C does, a SIGINT to the whole foreground group.
stop() {
  local begun
  begun="$(date +%s)"
  kill -INT -- "-$runner"
  wait "$runner" || true
  runner=
  if curl --silent --max-time 2 --output /dev/null "$address/healthz"; then
    fail "something still answers after the stop"
  fi
  if pgrep -f "$scratch/tree" >/dev/null; then
    pgrep -af "$scratch/tree" >&2
    fail "processes are left after the stop"
  fi
  echo "stopped after $(($(date +%s) - begun)) s"
}

# page PATH TEXT: answers 200 and holds the text.
page() {
  local status
  status="$(curl --silent --location --output "$scratch/page" --write-out '%{http_code}' "$address$1")"
  [ "$status" = 200 ] || fail "$1 answered $status"
  grep -q -- "$2" "$scratch/page" || fail "$1 does not hold: $2"
  echo "$1 answers"
}

# log_in ADDRESS: with the password that `make run` printed; the cookies stay in $scratch/cookies.
log_in() {
  local token
  rm -f "$scratch/cookies"
  curl --silent --cookie-jar "$scratch/cookies" --output "$scratch/page" "$address/account/login/"
  token="$(sed -n 's/.*name="csrfmiddlewaretoken" value="\([^"]*\)".*/\1/p' "$scratch/page" | head -n 1)"
  [ -n "$token" ] || fail "the log-in page has no form"
  curl --silent --cookie "$scratch/cookies" --cookie-jar "$scratch/cookies" --output "$scratch/page" \
    --header "Referer: $address/account/login/" --data-urlencode "csrfmiddlewaretoken=$token" \
    --data-urlencode "login=$1" --data-urlencode "password=$password" "$address/account/login/"
  grep -q sessionid "$scratch/cookies" || fail "$1 could not log in"
  echo "$1 is in"
}

# own_page PATH TEXT: as `page`, for who logged in last.
own_page() {
  local status
  status="$(curl --silent --location --cookie "$scratch/cookies" --output "$scratch/page" \
    --write-out '%{http_code}' "$address$1")"
  [ "$status" = 200 ] || fail "$1 answered $status"
  grep -q -- "$2" "$scratch/page" || fail "$1 does not hold: $2"
  echo "$1 answers"
}

start 300
page /healthz ok
page / 毕业核对
page /account/login/ password
page /outbox/ html
style="$(grep -o '/static/[^"]*\.css' "$scratch/page" | head -n 1)"
[ -n "$style" ] || fail "no style sheet is linked"
page "$style" '{'
# Pages answer a moment before the addresses and the logins are printed, all at once.
for _ in $(seq 60); do
  grep -q '密码都是' "$log" && break
  sleep 0.5
done
grep -q "$address" "$log" || fail "the address was not printed"
grep -q "outbox" "$log" || fail "the place of the mails was not printed"
password="$(sed -n 's/^ *密码都是 *//p' "$log" | head -n 1)"
[ -n "$password" ] || fail "the demo logins were not printed"
student="$(grep -o 'locked@[a-z.]*' "$log" | head -n 1)"
registrar="$(grep -o 'registrar@[a-z.]*' "$log" | head -n 1)"
log_in "$student"
own_page /record/ 学号
log_in "$registrar"
own_page /admin/ 工作台
sleep 3
grep -E 'Traceback|CRITICAL' "$log" && fail "errors in the log"
stop

start 30
log_in "$student"
own_page /record/ 学号
stop
