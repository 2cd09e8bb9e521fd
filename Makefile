# Every target sets up what it needs. On a machine with Python 3.11, pip and make, start with:
#   make demo    a small model, trained in a few seconds
#   make test    the tests

VENV    ?= .venv
PEERS   ?= .venv-peers
WORKERS ?= 2
ARGS    ?=
# The peers run on the CPU. `torch` without a version may bring gigabytes of GPU libraries with it;
# pip takes a CPU build of this version where its settings offer one. Else: make bench-peers TORCH=...
TORCH   ?= torch==2.13.0
# Python 3.11 where it runs, else any later python3; or say which: make test PYTHON=python3.13
PYTHON  ?= $(shell for python in python3.11 python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)

BIN           := $(VENV)/bin
PIP           := $(BIN)/python -m pip --disable-pip-version-check
FOR_EXAMPLES  := $(VENV)/.installed-examples
FOR_DEV       := $(VENV)/.installed-dev
FOR_PEERS     := $(PEERS)/.installed
PYTEST        := $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-full lint format types architecture bench bench-peers clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

demo: $(FOR_EXAMPLES) ## Train a small model on handwritten digits
	$(BIN)/python examples/digits.py

test: $(FOR_DEV) ## Run the tests and doctests, without the wide comparisons (ARGS="-k dense")
	$(PYTEST) $(ARGS)

test-full: $(FOR_DEV) ## Run everything, the wide comparisons with Keras included
	$(PYTEST) -m "" $(ARGS)

lint: $(FOR_DEV) ## Check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(FOR_DEV) ## Put right what `make lint` can put right by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(FOR_DEV) ## Check the types
	$(BIN)/mypy

architecture: $(FOR_DEV) ## Check who imports whom, and the size budgets
	$(BIN)/lint-imports
	$(BIN)/python scripts/size_budget.py

bench: $(FOR_DEV) ## Measure (ARGS="--help" shows the choices)
	$(BIN)/python -m benchmarks $(ARGS)

bench-peers: $(FOR_PEERS) ## Install the libraries that the benchmarks compare with
	@echo "The peers are installed in $(PEERS)."

clean: ## Delete the environments, caches and build outputs
	rm -rf $(VENV) $(PEERS) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests scripts benchmarks examples -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# A system Python may come without `ensurepip`: then its own pip fills the new environment.
define create_venv
	@test -n "$(PYTHON)" || { echo "Cornu needs Python 3.11 or later. Name one: make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(1) || { $(PYTHON) -m venv --clear --without-pip $(1) \
		&& $(PYTHON) -m pip --python $(1)/bin/python install pip; }
endef

$(BIN)/python:
	$(call create_venv,$(VENV))

$(FOR_EXAMPLES): pyproject.toml hatch_build.py src/cornu/native/convolution.c | $(BIN)/python
	$(PIP) install --quiet --editable '.[examples]'
	@touch $@

$(FOR_DEV): pyproject.toml hatch_build.py src/cornu/native/convolution.c | $(BIN)/python
	$(PIP) install --quiet --editable '.[dev]'
	@touch $@ $(FOR_EXAMPLES)

$(PEERS)/bin/python:
	$(call create_venv,$(PEERS))

$(FOR_PEERS): | $(PEERS)/bin/python
	$(PEERS)/bin/python -m pip --disable-pip-version-check install --quiet \
		tensorflow-cpu '$(TORCH)' 'keras>=3.15' jax flax optax scikit-learn
	@touch $@
