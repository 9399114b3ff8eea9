# `make demo` first, `make test` next; CONTRIBUTING.md has the rest.
PYTHON ?= python3
JOBS ?= 3
ARGS ?=

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet

.PHONY: help demo up test check proof bench bench-smoke

help:
	@echo "make demo   a running platform with analysed example studies (ARGS=--headless: without serving)"
	@echo "make up     web and worker on what var/ holds"
	@echo "make test   every test, on SQLite, PostgreSQL and a Redis-protocol server"
	@echo "make check  lint, types, imports, migrations"
	@echo "make proof  the full-size tests: hours, not minutes"
	@echo "make bench  what the platform costs, by size (bench-smoke: small, with ratios that must hold)"

demo: .venv/.runtime
	@$(BIN)/python manage.py demo $(ARGS)

up: .venv/.runtime
	@$(BIN)/python manage.py up $(ARGS)

# Everything on SQLite, then what touches the database on PostgreSQL; the second runs though the first failed.
test: .venv/.dev
	@failed=0; \
	echo "== everything, on SQLite"; \
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --database sqlite $(ARGS) || failed=1; \
	echo "== what touches the database, on PostgreSQL"; \
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --database postgresql $(ARGS) || failed=1; \
	exit $$failed

# All of them, so that one failure does not hide the next; settings are read from an empty var/ of its own.
check: .venv/.dev
	@failed=0; var=$$(mktemp -d); export STUDYPLATFORM_VAR="$$var" PATH="$(CURDIR)/$(BIN):$$PATH"; \
	for step in \
		"ruff check ." \
		"ruff format --check ." \
		"lint-imports" \
		"mypy" \
		"python manage.py makemigrations --check --dry-run" \
		"python manage.py check" \
	; do echo "== $$step"; $$step || failed=1; done; \
	rm -rf "$$var"; exit $$failed

# One at a time: timings and floods want the machine for themselves. At last what `make test` leaves out.
proof: .venv/.dev
	@failed=0; \
	$(BIN)/python -m pytest --proof --database sqlite $(ARGS) || failed=1; \
	$(BIN)/python -m pytest --proof --database postgresql $(ARGS) || failed=1; \
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --database postgresql --everything $(ARGS) || failed=1; \
	exit $$failed

bench: .venv/.runtime .venv-bench/.made
	@$(BIN)/python -m benchmarks.run

bench-smoke: .venv/.runtime
	@$(BIN)/python -m benchmarks.run --smoke

# The environment, made again only when the requirements change: each stamp is newer than what it installed.
.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or later is needed, and \`$(PYTHON)\` is not: run make PYTHON=python3.12, say" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo "python3-venv is missing: install it, e.g. \`apt install python3-venv\`, then run make again" >&2; exit 1; }
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/.runtime: .venv/.made requirements.txt
	@echo "Installing the pinned requirements into .venv (a minute or two)"
	@$(PIP) -r requirements.txt
	@touch $@

.venv/.dev: .venv/.runtime requirements.txt requirements-dev.txt
	@echo "Installing what the tests and checks need into .venv (a minute or two)"
	@$(PIP) -r requirements-dev.txt
	@touch $@

# What the benchmarks compare with; never a part of the platform.
.venv-bench/.made: benchmarks/requirements.txt
	@echo "Installing what the benchmarks compare with into .venv-bench (a minute or two)"
	@$(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/python -m pip --disable-pip-version-check --no-input install --quiet -r benchmarks/requirements.txt
	@touch $@
