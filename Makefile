# The two commands of the README: `make demo` and `make test`. `make check` is what CI runs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# One more than there are processors: journeys wait for processes of their own a third of the time.
JOBS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

# Scripts in an environment hold its path: in a clone that was moved or renamed it is removed, and so made anew.
HERE := $(VENV)/.at-$(shell printf %s "$(CURDIR)" | cksum | cut -d' ' -f1)
MOVED := $(shell [ -e $(HERE) ] || [ -z "$$(ls $(VENV)/.at-* 2>/dev/null)" ] || rm -rf $(VENV))

.DEFAULT_GOAL := help
.PHONY: help demo test check quick lint types imports workflows facts policy beam prism clients docker docker-stop setup setup-dev lock docs clean clean-all

help:            ## Say what can be asked for
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 22

demo: setup      ## Bring the whole program up on this machine and probe every address
	@$(BIN)/slipway up --stack sandbox

test: setup-dev beam clients  ## Run every test
	@$(BIN)/pytest -n $(JOBS) --dist worksteal

check: lint types imports workflows facts test  ## Lint, types, import rules, workflows and tests: what CI runs

quick: setup-dev  ## Lint, types, and the tests near the files that have changed: under a minute
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/basedpyright & types=$$!; \
	  $(BIN)/pytest --quiet -n $(JOBS) -m "not slow" $$($(BIN)/python scripts/near.py); tests=$$?; \
	  wait $$types && [ $$tests = 0 ]

lint: setup-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/proselint check --config docs/proselint.json *.md $$(git ls-files 'docs/*.md')

types: setup-dev
	@$(BIN)/basedpyright

imports: setup-dev
	@$(BIN)/lint-imports --no-cache

facts: setup-dev  ## Which facts about the clouds were read long ago
	@PYTHONPATH=. $(BIN)/python scripts/fact_ages.py

workflows: setup-dev
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@$(BIN)/zizmor --offline --quiet --persona pedantic .github
	@! command -v actionlint >/dev/null || actionlint

policy: $(VENV)/policy/.stamp  ## Set up the policy pack for `pulumi preview --policy-pack policy`
$(VENV)/policy/.stamp: policy/requirements.txt $(BIN)/uv
	@$(BIN)/uv --quiet venv --allow-existing --python $(BIN)/python $(VENV)/policy
	@$(BIN)/uv --quiet pip install --python $(VENV)/policy/bin/python --require-hashes -r policy/requirements.txt
	@touch $@

CLIENTS := tests/contract/google_cloud/python/requirements.txt
clients: $(VENV)/clients/.stamp  ## Set up Google's Python clients, which the sandbox's Google Cloud is tested with
$(VENV)/clients/.stamp: $(CLIENTS) $(BIN)/uv
	@$(BIN)/uv --quiet venv --allow-existing --python $(BIN)/python $(VENV)/clients
	@$(BIN)/uv --quiet pip install --python $(VENV)/clients/bin/python --require-hashes -r $(CLIENTS)
	@touch $@

beam: $(VENV)/beam/.stamp  ## Set up Apache Beam, for the pipelines
$(VENV)/beam/.stamp: requirements-beam.txt $(VENV)/.runtime
	@$(BIN)/python -m slipway.sandbox.dataflow.beam

prism: $(VENV)/.runtime  ## Build Beam's runner that streams on one machine, with Go
	@$(BIN)/python -m slipway.sandbox.dataflow.prism

docker:          ## Make a bare Debian machine ready for containers (as root): Docker, a registry, an engine that runs
	@scripts/docker.sh start

docker-stop:     ## End the engine that `make docker` started, with its bridges and firewall rules
	@scripts/docker.sh stop

# A virtual environment holds exactly what a requirements file pins; the stamp is its digest.
setup: $(VENV)/.runtime
setup-dev: $(VENV)/.dev

$(BIN)/uv: requirements-bootstrap.txt
	@echo "setting up: a virtual environment in $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit("Slipway needs Python 3.11 or later, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip --quiet --disable-pip-version-check install --require-hashes -r requirements-bootstrap.txt
	@touch $@ $(HERE)

$(VENV)/.runtime: requirements.txt pyproject.toml $(BIN)/uv
	@echo "setting up: the packages of requirements.txt, and the command slipway"
	@$(BIN)/uv --quiet pip install --python $(BIN)/python --require-hashes -r requirements.txt
	@$(BIN)/uv --quiet pip install --python $(BIN)/python --no-deps --no-build-isolation --offline --editable .
	@$(BIN)/python -m slipway.cli.warm
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	@echo "setting up: the packages of requirements-dev.txt"
	@$(BIN)/uv --quiet pip install --python $(BIN)/python --require-hashes -r requirements-dev.txt
	@touch $@

# Recompiles every pinned list; the lists name no registry.
lock: $(BIN)/uv
	@for list in requirements-dev requirements requirements-bootstrap; do \
	  $(BIN)/uv --quiet pip compile --generate-hashes --universal --python-version 3.11 --no-header \
	    $$( [ $$list = requirements-dev ] || echo -c requirements-dev.txt ) $$list.in -o $$list.txt; \
	done
	@for list in policy/requirements tests/contract/google_cloud/python/requirements requirements-beam slipway/bundle/locks/adapters slipway/bundle/locks/adapters_older; do \
	  $(BIN)/uv --quiet pip compile --generate-hashes --universal --python-version 3.11 --no-header $$list.in -o $$list.txt; \
	done  # each alone: they hold packages back that the program has newer

docs: setup-dev  ## Build the documentation as a site into site/
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "site/index.html is the first page"

clean-all: clean ## The same, and Slipway's caches, which all clones of this user share
	@rm -rf "$${XDG_CACHE_HOME:-$$HOME/.cache}/slipway" site
	@echo "packages that uv has downloaded are uv's: 'uv cache clean' removes those"

clean:           ## Stop the sandbox and remove what this clone made
	@[ ! -x $(BIN)/slipway ] || $(BIN)/slipway sandbox stop
	@rm -rf $(VENV) .slipway
