# Stepweave. `make` tells what there is; every target sets up what it needs.

PORT ?= 8000
UV_VERSION := 0.13.9
UV := $(or $(shell command -v uv 2>/dev/null),.uv/bin/uv)
MINISTACK_VERSION := 1.5.33
SAM_TRANSLATOR_VERSION := 1.115.0
AWSLAMBDARIC_VERSION := 4.2.2
ACCEPTANCE := .acceptance/.installed-$(MINISTACK_VERSION)-$(SAM_TRANSLATOR_VERSION)-$(AWSLAMBDARIC_VERSION)
BIN := .venv/bin
SYNCED := .venv/.synced
export SAM_CLI_TELEMETRY := 0

.DEFAULT_GOAL := help
.PHONY: help dev demo test acceptance lint types checks bench setup clean

help:  ## tells what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

dev: $(SYNCED)  ## serves Stepweave on 127.0.0.1 (PORT, default 8000); state lies in .stepweave (STEPWEAVE_HOME)
	@exec env PORT='$(PORT)' $(BIN)/stepweave dev

demo: $(SYNCED)  ## runs a workflow on a stack of its own, shows how it compiled and what it did
	@$(BIN)/stepweave demo

test: checks  ## runs every check and every test
	@$(BIN)/python -m pytest -n auto --dist worksteal --cov=stepweave.domain --cov=stepweave.compiler --cov-branch \
		--cov-fail-under=100 --cov-report=term
	@echo "make test: every check and every test passed"

acceptance: $(SYNCED) $(ACCEPTANCE)  ## deploys the template to an independent emulator of AWS, and tests what stands there
	@env PATH="$(dir $(abspath $(UV))):$$PATH" PYTHONPATH=tests $(BIN)/python -m pytest -p acceptance.stack \
		-p no:cacheprovider -n 2 --dist loadfile --no-loadscope-reorder tests/acceptance tests/e2e
	@echo "make acceptance: everything passed that the emulator can show"

# The emulator and the functions on it each have a Python of their own, without our dependencies: a function's are in its layers.
$(ACCEPTANCE): | $(UV)
	@echo "Setting up .acceptance (once) ..."
	@rm -rf .acceptance
	@$(UV) venv --quiet --no-project --python 3.13 .acceptance/emulator
	@$(UV) pip install --quiet --python .acceptance/emulator ministack==$(MINISTACK_VERSION) aws-sam-translator==$(SAM_TRANSLATOR_VERSION)
	@$(UV) venv --quiet --no-project --python 3.13 .acceptance/runtime
	@$(UV) pip install --quiet --python .acceptance/runtime awslambdaric==$(AWSLAMBDARIC_VERSION)
	@touch $@

checks: lint types
	$(MAKE) --no-print-directory -C layers/deps check UV="$(if $(filter /%,$(UV)),$(UV),$(CURDIR)/$(UV))"
	AWS_DEFAULT_REGION=us-east-1 $(BIN)/sam validate --lint --template template.yaml
	$(BIN)/cfn-lint template.yaml

lint: $(SYNCED)  ## ruff, its formatter, and the direction of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports

types: $(SYNCED)
	$(BIN)/mypy

bench: $(SYNCED)  ## measures imports, requests and runs
	@for script in tests/bench/bench_*.py; do PYTHONPATH=tests $(BIN)/python $$script || exit 1; done

setup: $(SYNCED)

# A Python 3.13 that is there, as on Lambda, else whichever is there from 3.11 on, else one that uv fetches.
$(SYNCED): pyproject.toml uv.lock | $(UV)
	@echo "Setting up .venv (once) ..."
	@python=$$($(UV) python find --system --no-project --offline 3.13 2>/dev/null) \
		|| python=$$($(UV) python find --system --no-project --offline '>=3.11' 2>/dev/null) \
		|| python=3.13; \
		$(UV) sync --frozen --quiet --python "$$python"
	@touch $@

.uv/bin/uv:
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Stepweave needs uv (https://docs.astral.sh/uv/) or Python 3.11 or newer; found $$(python3 --version 2>&1)" >&2; exit 1; }
	@echo "Installing uv $(UV_VERSION) into .uv ..."
	@python3 -m venv .uv && .uv/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

clean:  ## removes what was made, but for the data in .stepweave
	rm -rf .venv .uv .acceptance .aws-sam .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
