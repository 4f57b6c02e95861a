# Patchcell: every command of the project. `make help` lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help

SCENARIO ?= national_2022
SWEEP ?= quick
ARGS ?=
PYTHON ?= python3
VENV := .venv
VENV_PYTHON := $(VENV)/bin/python

# A stamp carries the version of Python in its name, so that another Python makes it stale.
PYTHON_VERSION := $(shell $(PYTHON) -c 'import platform; print(platform.python_version())' 2>/dev/null)
STAMP_RUN := $(VENV)/.run-$(PYTHON_VERSION)
STAMP_TEST := $(VENV)/.test-$(PYTHON_VERSION)
# The environment knows the checkout once it has its command: `import sim` works from any folder.
COMMAND := $(VENV)/bin/patchcell
# pip compiles what it installs one file after the other, tests of packages included; this does so on all cores.
PIP_INSTALL := $(VENV_PYTHON) -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes
COMPILE_PACKAGES := $(VENV_PYTHON) -m compileall -q -j 0 -x '/tests/' $(VENV)/lib
SOURCES := sim tools tests bench
# A worker for each core and whole files of tests for each, in the order that tests/conftest.py gives them. Not
# `--dist loadgroup`: pytest-xdist 3.8 does not see its groups under pytest 9.2, and says nothing.
ON_ALL_CORES := -n logical --dist loadscope --no-loadscope-reorder

.PHONY: help setup setup-test run coverage sweep converge uncertainty years validate warm bench budget test test-all check check-wheel format lock schema reference clean packages baseline

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

packages:
	@PYTHON="$(PYTHON)" sh tools/check_packages.sh packages-debian.txt

$(STAMP_RUN): requirements/run.txt pyproject.toml
	@PYTHON="$(PYTHON)" sh tools/check_packages.sh packages-debian.txt
	@echo "Setting up $(VENV) (once; about a minute) ..."
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(PIP_INSTALL) -r requirements/run.txt
	@$(COMPILE_PACKAGES)
	@touch $@

$(COMMAND): $(STAMP_RUN) tools/install_checkout.py
	@$(VENV_PYTHON) tools/install_checkout.py

$(STAMP_TEST): $(STAMP_RUN) requirements/test.txt | $(COMMAND)
	@echo "Adding what the tests need ..."
	@$(PIP_INSTALL) -r requirements/test.txt
	@$(COMPILE_PACKAGES)
	@touch $@

setup: $(COMMAND) ## make .venv with everything a run needs

setup-test: $(STAMP_TEST)

run: $(COMMAND) ## simulate SCENARIO=name or path (default national_2022); ARGS="--seed 2 ..."
	@$(VENV_PYTHON) -m sim run "$(SCENARIO)" $(ARGS)

coverage: $(COMMAND) ## coverage of SCENARIO alone
	@$(VENV_PYTHON) -m sim coverage "$(SCENARIO)" $(ARGS)

sweep: $(COMMAND) ## run what is missing of SWEEP=name or path (default quick); ARGS="--cluster slurm ..."
	@$(VENV_PYTHON) -m sim sweep "$(SWEEP)" $(ARGS)

converge: $(COMMAND) ## say what squares, steps and updates leave in the results of SCENARIO; ARGS="--choices squares ..."
	@$(VENV_PYTHON) -m sim converge "$(SCENARIO)" $(ARGS)

uncertainty: $(COMMAND) ## what is not known of SCENARIO, and why; ARGS="--samples 64 --no-indices ..."
	@$(VENV_PYTHON) -m sim uncertainty "$(SCENARIO)" $(ARGS)

years: $(COMMAND) ## the hour of SCENARIO at each date of its timeline; ARGS="--every 1y --coverage-only ..."
	@$(VENV_PYTHON) -m sim years "$(SCENARIO)" $(ARGS)

warm: $(COMMAND) ## compile everything a run needs, ahead of it; ARGS="--jobs N"
	@$(VENV_PYTHON) -m sim warm $(ARGS)

validate: $(COMMAND) ## hold the program to cases whose answer is known; ARGS=--full
	@$(VENV_PYTHON) -m sim validate $(ARGS)

bench: $(STAMP_TEST) ## measure speed: the engine beside its peers, the national scenario by stage
	@$(VENV_PYTHON) -m bench $(ARGS)

budget: $(STAMP_TEST) ## measure what everything costs against its limits; ARGS=--fast, ARGS=--gate
	@$(VENV_PYTHON) -m tools.budget $(ARGS)

baseline: $(STAMP_TEST) ## write what the small scenario with everything on gives; REASON="why it has changed"
	@$(VENV_PYTHON) -m tools.update_baseline $(REASON)

test: $(STAMP_TEST) ## the test suite on all cores; on one, and a part: ARGS="-n 0 tests/world"
	@$(VENV_PYTHON) -m sim warm
	@$(VENV_PYTHON) -m pytest -q -m "not slow" $(ON_ALL_CORES) $(ARGS)

test-all: $(STAMP_TEST) ## the test suite with the long statistical checks
	@$(VENV_PYTHON) -m sim warm
	@$(VENV_PYTHON) -m pytest -q $(ON_ALL_CORES) $(ARGS)

check: $(STAMP_TEST) ## format, lint, types, import directions, docstrings
	$(VENV)/bin/ruff format --check $(SOURCES)
	$(VENV)/bin/ruff check $(SOURCES)
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV_PYTHON) -m tools.lint_docstrings

check-wheel: $(STAMP_TEST) ## build the wheel, install it in an empty environment, simulate there
	@$(VENV_PYTHON) tools/check_wheel.py

format: $(STAMP_TEST) ## rewrite the sources in the house format
	$(VENV)/bin/ruff format $(SOURCES)
	$(VENV)/bin/ruff check --fix $(SOURCES)

lock: ## write the locks in requirements/ anew (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" pyproject.toml --output-file requirements/run.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" pyproject.toml --group test \
	  --constraint requirements/run.txt --output-file requirements/test.txt

schema: $(COMMAND) ## write scenarios/scenario.schema.json anew
	@$(VENV_PYTHON) -m sim schema --out scenarios/scenario.schema.json

reference: $(COMMAND) ## write docs/reference/ anew: keys of scenarios, columns of results
	@$(VENV_PYTHON) -m tools.write_reference

clean: ## remove .venv and caches; never results/
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist *.egg-info
	find . -name __pycache__ -type d -not -path './results/*' -prune -exec rm -rf {} +
