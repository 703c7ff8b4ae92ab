# epiladder's own house. `make report` is all that a new machine needs: Linux, Python 3.11 or later, make.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
CORES ?= $(shell nproc)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --no-input --quiet
COMPILE := uv pip compile --quiet --no-config --universal --fork-strategy fewest --python-version 3.11 \
	--generate-hashes --no-header --no-emit-index-url --no-emit-find-links
PAGES := sleep-deprivation contraception epilepsy
comma := ,
space := $(subst ,, )
SNAKEFILES := Snakefile workflow/Snakefile workflow/rules
SOURCES := workflow/epiladder tests bench

.PHONY: help setup report test test-database test-disk test-page test-cluster setup-cluster setup-crate setup-pdf setup-storage test-storage test-kill check bench bench-long fuzz calibrate format schemas requirements clean simulate
.DEFAULT_GOAL := help

help:
	@echo "make report        set up, and run the studies of config/config.yaml"
	@echo "make setup         make .venv with epiladder and snakemake in its bin"
	@echo "make test          set up, and run the tests"
	@echo "make test-database a table from a real PostgreSQL server (needs Debian's package postgresql)"
	@echo "make test-disk     a full disk and folders that cannot be written, by real mounts (needs root)"
	@echo "make test-storage  data at addresses, from a real S3 server and an HTTP server of this machine"
	@echo "make test-page     the pages of three bundled studies in a real browser (needs chromium and npm)"
	@echo "make test-cluster  studies on a real SLURM of one host (needs root, Debian's slurm-wlm and munge)"
	@echo "make test-kill     a run killed at 50 random moments and resumed ends with the same bytes (an hour)"
	@echo "make setup-cluster Snakemake's executor for SLURM into .venv, for profiles/slurm"
	@echo "make setup-crate   the writer of RO-Crates into .venv, for epiladder crate"
	@echo "make setup-pdf     the printer of PDFs into .venv, for report: {pdf: true} (needs Debian's libpangoft2-1.0-0)"
	@echo "make setup-storage Snakemake's plugins for S3 and HTTP into .venv, for data at addresses"
	@echo "make check         style, types, floors, workflow and generated documents"
	@echo "make bench         time the fits beside their peers, and the workflow itself"
	@echo "make bench-long    the same with ten million rows and a thousand studies; takes a while"
	@echo "make fuzz          500 small awkward data sets against a peer's frozen results"
	@echo "make calibrate     coverage of binary models by simulation, into docs/calibration.md (minutes)"
	@echo "make simulate      size of tests and coverage of intervals by simulation, into docs/ (an hour; goes on where it stopped)"
	@echo "make format        write the style that check asks for"
	@echo "make schemas       write workflow/schemas and config/README.md from the types"
	@echo "make requirements  pin the libraries anew (needs uv)"
	@echo "make clean         remove results, reports and caches, not .venv"

setup: .venv/.run

report: .venv/.run
	$(BIN)/snakemake --cores $(CORES)
	@echo; echo "Reports in this folder:"; ls -1 $(CURDIR)/reports/*/report.html

test: .venv/.dev
	$(BIN)/python -m pytest -n $(CORES) --dist worksteal

test-database: .venv/.dev
	$(BIN)/python -m pytest tests/services/test_postgres.py

test-disk: .venv/.dev
	$(BIN)/python -m pytest tests/services/test_disk_faults.py

# The workflow writes the pages into build/, so that a second call makes again just what changed.
test-page: .venv/.page .venv/.pdf tests/browser/node_modules
	$(BIN)/snakemake --quiet --cores $(CORES) --snakefile Snakefile --directory build/page \
		--config "studies=[$(subst $(space),$(comma),$(PAGES:%=$(CURDIR)/config/studies/%/study.yaml))]"
	$(BIN)/python -m pytest tests/browser

test-storage: .venv/.dev .venv/.storage-test
	$(BIN)/python -m pytest tests/services/test_storage.py

test-cluster: .venv/.dev .venv/.cluster
	$(BIN)/python -m pytest -s tests/cluster

setup-cluster: .venv/.cluster

setup-crate: .venv/.crate

setup-pdf: .venv/.pdf

setup-storage: .venv/.storage

test-kill: .venv/.dev
	cd tests/workflow && $(CURDIR)/$(BIN)/python kill.py

check: .venv/.dev
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check --diff $(SOURCES)
	$(BIN)/snakefmt --check --compact-diff $(SNAKEFILES)
	$(BIN)/snakemake --lint
	$(BIN)/pyright
	$(BIN)/lint-imports
	rm -rf .venv/drift && $(BIN)/epiladder document --root .venv/drift
	diff -u workflow/schemas/study.schema.json .venv/drift/workflow/schemas/study.schema.json
	diff -u config/README.md .venv/drift/config/README.md

bench: .venv/.bench
	$(BIN)/python -m bench

bench-long: .venv/.bench
	$(BIN)/python -m bench --long

format: .venv/.dev
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/snakefmt $(SNAKEFILES)

fuzz: .venv/.dev
	$(BIN)/python tests/laws/fuzz.py

calibrate: .venv/.dev
	$(BIN)/python -m bench.calibration

simulate: .venv/.dev
	$(BIN)/python -m bench.simulate_variances
	$(BIN)/python -m bench.simulate_fixed

schemas: .venv/.run
	$(BIN)/epiladder document --root .

requirements:
	$(COMPILE) --constraints requirements/limits.in pyproject.toml --output-file requirements/run.txt --upgrade
	$(COMPILE) --constraints requirements/run.txt requirements/build.in --output-file requirements/build.txt --upgrade
	$(COMPILE) --constraints requirements/run.txt --constraints requirements/build.txt requirements/dev.in \
		--output-file requirements/dev.txt --upgrade
	$(COMPILE) --constraints requirements/run.txt --constraints requirements/dev.txt requirements/crate.in \
		--output-file requirements/crate.txt --upgrade
	$(COMPILE) --constraints requirements/run.txt --constraints requirements/dev.txt requirements/storage.in \
		--output-file requirements/storage.txt --upgrade
	$(COMPILE) --constraints requirements/run.txt --constraints requirements/dev.txt --constraints requirements/storage.txt \
		requirements/storage-test.in --output-file requirements/storage-test.txt --upgrade
	$(COMPILE) --constraints requirements/run.txt --constraints requirements/dev.txt requirements/page.in \
		--output-file requirements/page.txt --upgrade
	$(COMPILE) --constraints requirements/run.txt --constraints requirements/dev.txt requirements/pdf.in \
		--output-file requirements/pdf.txt --upgrade
	$(COMPILE) --constraints requirements/run.txt requirements/bench.in --output-file requirements/bench.txt --upgrade

clean:
	rm -rf results reports build .snakemake .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find workflow tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed; name one with make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo "$(PYTHON) cannot make an environment: it lacks venv (Debian: the package python3-venv)."; exit 1; }

# Source-only libraries are built with the pinned setuptools of build.txt, not with whatever is newest today.
.venv/.build: requirements/build.txt | .venv/bin/python
	$(PIP) --require-hashes -r requirements/build.txt
	@touch $@

.venv/.run: requirements/run.txt pyproject.toml .venv/.build
	$(PIP) --require-hashes --no-build-isolation -r requirements/run.txt
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.run
	$(PIP) --require-hashes --no-build-isolation -r requirements/dev.txt
	@touch $@

.venv/.bench: requirements/bench.txt .venv/.dev
	$(PIP) --require-hashes --only-binary :all: -r requirements/bench.txt
	@touch $@

.venv/.page: requirements/page.txt .venv/.dev
	$(PIP) --require-hashes --only-binary :all: -r requirements/page.txt
	@touch $@

tests/browser/node_modules: tests/browser/package.json tests/browser/package-lock.json
	cd tests/browser && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

.venv/.cluster: requirements/cluster.txt .venv/.run
	$(PIP) --require-hashes --no-build-isolation -r requirements/cluster.txt
	@touch $@

.venv/.pdf: requirements/pdf.txt .venv/.run
	$(PIP) --require-hashes --no-build-isolation -r requirements/pdf.txt
	@touch $@

.venv/.crate: requirements/crate.txt .venv/.run
	$(PIP) --require-hashes --no-build-isolation -r requirements/crate.txt
	@touch $@

.venv/.storage: requirements/storage.txt .venv/.run
	$(PIP) --require-hashes --no-build-isolation -r requirements/storage.txt
	@touch $@

.venv/.storage-test: requirements/storage-test.txt .venv/.storage .venv/.dev
	$(PIP) --require-hashes --no-build-isolation -r requirements/storage-test.txt
	@touch $@
