# ECHO Sessions. `make help` lists what there is. Needs: make, git and Python 3.11 or newer.
#
# Everything is installed into .venv, at the versions and hashes of requirements/*.txt. The files .venv/.runtime and
# .venv/.tests say what is there already, so that a second start costs nothing.

PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -qq
MAKEFLAGS += --no-print-directory

.DEFAULT_GOAL := help
.PHONY: help install demo test check audit format lock messages migration first-migrations system system-tests clean
.DELETE_ON_ERROR:

help:  ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/.runtime system  ## A believable hub to look at, on http://127.0.0.1:8000 (options: ARGS="--port 8080")
	@$(BIN)/echo-sessions demo $(ARGS)

test: .venv/.tests system-tests  ## All tests, in groups (options for pytest: ARGS="-k credit")
	@tools/test.sh $(ARGS)

install: .venv/.runtime system  ## What running it for real needs, see docs/how-to/run-in-production.md

check: .venv/.tests  ## Without running the application: format, lint, types, templates, migrations, setup
	@tools/check.sh

audit: .venv/.tests  ## Known holes in what we depend on; says loudly when nobody could look
	@$(BIN)/python tools/audit.py

format: .venv/.tests  ## Put the code into the house's format
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format --quiet .

migration: .venv/.tests  ## Write the next migration from the models: make migration WORDS="Sites have a telephone"
	@test -n "$(WORDS)" || { echo 'Say what it does: make migration WORDS="Sites have a telephone"'; exit 2; }
	@$(BIN)/python tools/migrations.py next "$(WORDS)"

first-migrations: .venv/.tests
	@$(BIN)/python tools/migrations.py first

messages: .venv/.tests  ## Collect the sentences for translators; begin a language with ARGS=sw
	@tools/messages.sh $(ARGS)

lock:  ## Look for newer versions of what we depend on, and pin them with their hashes
	@tools/lock.sh

system:  ## Install what the system must bring for certificates (only as root on Debian and its kin)
	@tools/system.sh demo

system-tests:
	@tools/system.sh tests

clean:  ## Remove what was installed and built; your data in var/ stays
	rm -rf .venv .tools build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

.venv/bin/python:
	@PYTHON="$(PYTHON)" tools/venv.sh

.venv/.runtime: requirements/base.txt pyproject.toml | .venv/bin/python
	@echo "Installing what ECHO Sessions needs: about a minute, only this once."
	@$(PIP) install --require-hashes -r requirements/base.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/.tests: requirements/test.txt pyproject.toml | .venv/bin/python
	@echo "Installing what ECHO Sessions and its tests need: about two minutes, only this once."
	@$(PIP) install --require-hashes -r requirements/test.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch .venv/.runtime $@
