# Everything that a checkout needs; the first command makes .venv and installs the pinned versions.
PYTHON ?= python3
BIN := .venv/bin
SOURCES := matching storage crawler alerts scheduler tests benchmarks
# One more than the two cores that the tests are meant for: a quarter of their time is waiting for servers and processes.
AT_ONCE ?= 3
# The tests start hundreds of processes, which would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test run soak check format lint types bench mails screenshots clean

demo: .venv/.installed
	$(BIN)/veilleur run --once --saved fixtures/web

run: .venv/.installed
	$(BIN)/veilleur run

test: .venv/.installed-dev
	$(BIN)/pytest -n $(AT_ONCE)

soak: .venv/.installed-dev
	$(BIN)/pytest -m "soak or hypothesis"

check: .venv/.installed-dev
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy --strict
	$(BIN)/pytest -n $(AT_ONCE)

format: .venv/.installed-dev
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

bench: .venv/.installed-dev
	$(BIN)/python -m benchmarks

mails: .venv/.installed-dev
	$(BIN)/python -m tests.alerts.mails

screenshots: .venv/.installed-dev
	$(BIN)/python -m tests.alerts.screenshots

clean:
	rm -rf .venv var build *.egg-info

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Veilleur needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv

.venv/.installed: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

.venv/.installed-dev: .venv/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@
