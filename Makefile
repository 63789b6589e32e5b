# FaceRoster. `make run` sets everything up and runs; `make test` sets everything up and tests.
# Needs Python 3.11 and make, nothing else.

VENV ?= .venv
PYTHON ?= python3.11
HOST ?= 127.0.0.1
PORT ?= 8000
DEMO ?= 1
FUZZ_SECONDS ?= 600
# How many of the parts of `make test` run side by side. Most of them keep one processor busy.
JOBS ?= 2

PEERS := build/peers-venv
PY := $(VENV)/bin/python
LOCK := $(VENV)/bin/uv pip compile -q --universal --python-version 3.11 --no-header --no-emit-index-url
export TF_CPP_MIN_LOG_LEVEL ?= 3
export DEMO

.DEFAULT_GOAL := help
.PHONY: help run setup fast test test-library test-django test-production e2e check format translations fuzz bench bench-full bench-setup peers lock demo-people clean

help:  ## Show this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

run: $(VENV)/.installed  ## Set up and run everything in one process (PORT=8000, DEMO=0 starts empty)
	@exec $(PY) manage.py serve --host $(HOST) --port $(PORT)

setup: $(VENV)/.installed-dev  ## Install all that running, testing and checking need

fast: $(VENV)/.installed-fast  ## Install the faster backend too (then set FACEROSTER_BACKEND=onnxruntime)

# What a part printed is shown when it is over. The browsers come last and have the machine to themselves.
test: $(VENV)/.installed-dev  ## Run every test, the Django ones on both databases and brokers (JOBS=1: one part at a time)
	@$(MAKE) --no-print-directory -j$(JOBS) -O -k test-production test-django test-library
	@$(MAKE) --no-print-directory e2e

test-library: $(VENV)/.installed-dev  ## The tests of the face library, the workers, the tools and the tables
	$(PY) -m pytest tests --ignore tests/django --ignore tests/e2e --ignore tests/production

test-django: $(VENV)/.installed-dev  ## The Django suite on SQLite and the in-process worker
	$(PY) -m pytest tests/django

test-production: $(VENV)/.installed-dev  ## The Django suite on PostgreSQL, Redis and a real worker process
	FACEROSTER_TEST_PROFILE=production $(PY) -m pytest tests/django
	FACEROSTER_TEST_PROFILE=production $(PY) -m pytest tests/production

e2e: $(VENV)/.installed-dev  ## Only the browser tests
	$(PY) -m pytest tests/e2e

check: $(VENV)/.installed-dev  ## Linters, types, layers, Django's own checks
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	DJANGO_SETTINGS_MODULE=faceroster.settings.test $(PY) manage.py check --fail-level WARNING
	DJANGO_SETTINGS_MODULE=faceroster.settings.test $(PY) manage.py makemigrations --check --dry-run

format: $(VENV)/.installed-dev  ## Put the code in order
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

translations: $(VENV)/.installed-dev  ## Collect the interface's sentences and compile their translations
	$(PY) tools/translations.py collect
	$(PY) tools/translations.py compile

# Atheris has no end of its own. What it finds lies in build/fuzz, and the corpus that it grows.
fuzz: $(VENV)/.installed-dev  ## Throw mutated files at the decoder of pictures (FUZZ_SECONDS=600)
	PYTHONPATH=. $(PY) -W ignore tools/fuzz/decoding.py -max_total_time=$(FUZZ_SECONDS)

bench: bench-setup  ## Short benchmarks, all tables (a quarter of an hour); installs the peers once
	$(PY) -m benchmarks

bench-full: bench-setup  ## All benchmarks in full (hours)
	$(PY) -m benchmarks --full
	$(PY) -m benchmarks.plots

# Without the peers everything else is still measured, and the tables say what is missing.
bench-setup: $(VENV)/.installed-dev $(VENV)/.installed-fast
	@timeout 1200 $(MAKE) --no-print-directory peers || echo "The peers could not be installed; going on without them."

peers: $(PEERS)/.installed  ## Install DeepFace and others in their own environment, to measure beside them

lock: $(VENV)/.installed-dev  ## Write requirements*.txt anew from requirements*.in
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) requirements-fast.in -o requirements-fast.txt
	$(LOCK) requirements-dev.in -o requirements-dev.txt
	$(LOCK) --override benchmarks/peers/overrides.txt benchmarks/peers/requirements.in -o benchmarks/peers/requirements.txt

clean:  ## Remove what was built (never your data in var/)
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(PY):
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt | $(PY)
	@echo "Installing what FaceRoster needs (about 2.5 GB with TensorFlow; only the first time)"
	$(PY) -m pip install -q --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.installed-fast: requirements-fast.txt $(VENV)/.installed
	$(PY) -m pip install -q --disable-pip-version-check -r requirements-fast.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(PY) -m pip install -q --disable-pip-version-check -r requirements-dev.txt
	@touch $@

# --no-deps: the list is complete, and leaves out what the peers only say that they need.
$(PEERS)/.installed: benchmarks/peers/requirements.txt
	@echo "Installing the peers to measure beside (about 2.5 GB, only the first time)"
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install -q --disable-pip-version-check --no-deps -r $<
	@touch $@
