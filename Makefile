# Makes the virtual environment and calls playbooks. What a host needs besides is
# written once, in playbooks/roles/.

VENV   := .venv
BIN    := $(VENV)/bin
PYTHON := /usr/bin/python3
STAMP  := $(VENV)/.installed
# What the venv is made of, to the version and the hash; users get the ranges of pyproject.toml.
LOCK   := requirements-dev.lock

# What `make test` runs, what takes longest first, and arguments for pytest:
# make test TESTS=tests/unit PYTEST_ARGS=-x
TESTS       ?= tests/guest tests/browser tests/docs tests/kernel tests/playbooks tests/unit
PYTEST_ARGS ?=
LOCK_ARGS   ?=
# Where `make dist` puts what it makes.
DIST        ?= dist
FUZZ_ARGS   ?=
FAULTS_ARGS ?=
# What `make bench` measures: quick, or another sweep by name or file.
SWEEP       ?= quick
# A relative file begins where make was called, also with -C.
SWEEP_THERE  = $(if $(filter %.yaml %.yml,$(filter-out /%,$(SWEEP))),$(or $(PWD),$(CURDIR))/)$(SWEEP)

# Ansible refuses to run in a locale that is not UTF-8, such as the C of a bare CI shell.
export LC_ALL := C.UTF-8
# ansible-lint calls ansible by name.
export PATH := $(CURDIR)/$(BIN):$(PATH)

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(STAMP) ## make the venv and provision this host, with the tools for development
	@$(BIN)/ansible-playbook playbooks/provision.yml -e host_dev=true

.PHONY: venv
venv: $(STAMP) ## make the venv only, which is all that the controller of a fleet needs

.PHONY: bench
bench: $(STAMP) ## provision this host, run a sweep (SWEEP=quick), leave a run under results/
	@$(BIN)/ansible-playbook bench.yml -e sweep=$(SWEEP_THERE)

.PHONY: check
check: setup check-python check-ansible check-bpf check-shell ## all static checks

.PHONY: check-python
check-python: $(STAMP) ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.PHONY: check-ansible
check-ansible: $(STAMP) ## ansible-lint, production profile
	$(BIN)/ansible-lint bench.yml playbooks inventory

.PHONY: check-bpf
check-bpf: ## clang-format over bpf/ and tests/
	find bpf tests -name '*.[ch]' -print0 | xargs -0 -r clang-format --dry-run -Werror

.PHONY: check-shell
check-shell: ## shellcheck over the shell scripts
	shellcheck -x .ci/run lab/base.sh lab/down.sh lab/host.sh lab/sshd.sh lab/up.sh tests/run.sh

.PHONY: test
test: setup ## all tests but those of `make nightly` and the benchmarks of tests/perf
	@tests/run.sh 'and not nightly' $(PYTEST_ARGS) $(TESTS)

.PHONY: nightly
nightly: export BENCH_REQUIRE_KERNEL := 1
nightly: setup ## all tests with the long ones, fuzz, faults, benchmarks: before each release
	@tests/run.sh '' $(PYTEST_ARGS) $(TESTS)
	@$(MAKE) fuzz
	@$(MAKE) faults
	@$(MAKE) perf

.PHONY: perf
perf: $(STAMP) ## the benchmarks of tests/perf
	@$(BIN)/python tests/perf/instrument_cost.py
	@$(BIN)/python -m tests.perf.known_truth
	@$(BIN)/python tests/perf/load_rate.py --rounds 3 --seconds 2
	@$(BIN)/python tests/perf/saturated_host.py
	@$(BIN)/python tests/perf/look_cost.py
	@$(BIN)/python tests/perf/report_scale.py
	@$(BIN)/python tests/perf/page_interactive.py
	@$(BIN)/python tests/perf/fleet_scale.py
	@$(BIN)/python tests/perf/fleet_controller.py
	@$(BIN)/python tests/perf/fleet_controller.py --hosts 20 --load-hosts 5

.PHONY: pictures
pictures: $(STAMP) ## pictures, README's answer and the list of runs, from the runs in results/
	@$(BIN)/python docs/pictures/make.py

.PHONY: reports
reports: $(STAMP) ## report.md of each run in results/ that is in git, from its records
	@git ls-files -z ':(glob)results/*/run.json' | xargs -0 -r dirname -z | \
		xargs -0 -r -n 1 -P "$$(nproc)" $(BIN)/bench report >/dev/null

# Kinds of input and other options: make fuzz FUZZ_ARGS='sweep --number 1000 --seed 7 --keep'.
.PHONY: fuzz
fuzz: $(STAMP) ## read 100,000 broken inputs of each kind that others may have written
	@$(BIN)/python -m tests.fuzz $(FUZZ_ARGS)

.PHONY: faults
faults: setup ## kill, stop, fill the disk of and take things away from runs of each program
	@$(BIN)/python -m tests.faults $(FAULTS_ARGS)

# Universal: for each Python from 3.11 on. Versions that the lock has are kept.
.PHONY: lock
lock: $(STAMP) ## bring the lock file up to pyproject.toml; LOCK_ARGS=--upgrade renews all versions
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--extra ansible --extra dev --custom-compile-command 'make lock' \
		$(LOCK_ARGS) --output-file $(LOCK) pyproject.toml

.PHONY: lab
lab: setup ## make a fleet on this machine: three hosts in namespaces (inventory/netns.yml)
	@lab/up.sh

.PHONY: lab-down
lab-down: ## remove the lab
	@lab/down.sh

# Bit for bit the same of the same commit by the same compiler: tests/playbooks/test_dist.py.
.PHONY: dist
dist: $(STAMP) ## a wheel with all that is compiled, man pages, and the sources, in dist/
	@rm -rf build/objects build/share
	@$(BIN)/python -m bench.drivers.objects build/objects
	@$(BIN)/python -m bench manual --output build/share >/dev/null
	@BENCH_OBJECTS=build/objects BENCH_SHARE=build/share $(BIN)/python -m hatchling build \
		--target sdist --target wheel --clean --directory "$(DIST)"
	@$(BIN)/python -m twine --no-color check --strict "$(DIST)"/*

.PHONY: restore
restore: $(STAMP) ## undo the links, mounts and kernel settings that provisioning made
	@$(BIN)/ansible-playbook playbooks/restore.yml

.PHONY: clean
clean: ## remove the venv and the caches; results/ and the host stay as they are
	rm -rf $(VENV) build dist .ansible .hypothesis .mypy_cache .pytest_cache .ruff_cache

# Debian's Python, for BCC, which is not on PyPI: python3-bpfcc reaches the venv through
# --system-site-packages. Debian's Python comes without ensurepip, and no role can add it:
# Ansible itself lives in the venv. Hence the one package that is not a role's work.
$(STAMP): pyproject.toml $(LOCK)
	@if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
		[ "$$(id -u)" -eq 0 ] || { \
			echo 'error: python3-venv is missing; as root: apt-get install python3-venv' >&2; \
			exit 1; }; \
		apt-get update -q; \
		DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends \
			ca-certificates python3-venv; \
	fi
	@[ -x $(BIN)/pip ] || $(PYTHON) -m venv --clear --system-site-packages $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-input \
		--require-hashes --requirement $(LOCK)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-input \
		--no-deps --no-build-isolation --editable .
	@$(BIN)/bench manual --output $(VENV)/share >/dev/null
	@touch $@
