# Two commands do everything on a fresh machine: `make run` and `make test`. CI calls these same targets.
# VENV=/path uses an existing environment as it is.

export PORT ?= 8000
export VENV ?= .venv
PYTHON = $(VENV)/bin/python

.PHONY: help run test check fix browser services services-stop bench

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /  make \1\t/' | expand -t 24

run: ## the whole portal on this machine (PORT=8000), with a demo school the first time
	@.ci/venv.sh runtime
	@XUEXIN_EMBEDDED=1 exec $(PYTHON) manage.py serve

test: ## the test suite; browser tests where chromium is installed
	@.ci/venv.sh runtime
	@$(PYTHON) -m pytest

check: ## every gate; changes nothing (CHECK=--static leaves the suite out)
	@.ci/check.sh $(CHECK)

fix: ## format, and repair what the linters can repair
	@.ci/venv.sh dev
	@$(PYTHON) -m ruff check --fix-only --quiet .
	@$(PYTHON) -m ruff format .
	@$(PYTHON) -m djlint templates --reformat --quiet || true

browser: ## the stories in Chromium, phone and desktop, with axe
	@.ci/browser.sh

services: ## a private PostgreSQL and Redis in var/services
	@.ci/services.sh start

services-stop: ## end them
	@.ci/services.sh stop

bench: ## measure against the floors, on a private PostgreSQL and Redis; writes var/bench.json
	@.ci/bench.sh
