# The commands of this project. `make help` lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help venv run test check eval bench bench-extract bench-copies bench-novelty bench-growth capacity test-cluster coverage mutants lock wheel sbom audit soak prove kibana env clean compose-check deploy-check

VENV := .venv
PYTHON := $(VENV)/bin/python
LOCKS := config/requirements
# What the image has.
CLUSTER := .claimwire/cluster

# The first Python of 3.11 to 3.13 that is there.
FOUND := $(shell for each in python3 python3.13 python3.12 python3.11; do \
	$$each -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$each && break; done)

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

venv: $(VENV)/.done ## the environment in .venv, with the command .venv/bin/claimwire

$(VENV)/.done: $(LOCKS)/development.txt $(LOCKS)/installer.txt pyproject.toml
	@test -n "$(FOUND)" || { echo "claimwire needs Python 3.11, 3.12 or 3.13, and finds none. On Debian: apt-get install python3 python3-venv" >&2; exit 1; }
	@$(FOUND) -c 'import venv, ensurepip' 2>/dev/null || { echo "$(FOUND) has no venv. On Debian: apt-get install python3-venv" >&2; exit 1; }
	@echo "environment: $$($(FOUND) --version) in $(VENV)"
	@$(FOUND) -m venv --clear $(VENV)
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCKS)/installer.txt
	@$(VENV)/bin/uv pip install --quiet --python $(PYTHON) --require-hashes -r $(LOCKS)/development.txt
	@$(VENV)/bin/uv pip install --quiet --python $(PYTHON) --no-deps --editable .
	@touch $@

run: venv ## everything from nothing; SOURCES=live for the real sources, ONCE=1 to end after the first pass
	@$(PYTHON) -m pipeline.demo

test: venv ## all tests, on a real Elasticsearch node (or the one at ELASTICSEARCH_URL); ORDER=random for another order each time
	@command -v chromium chromium-browser google-chrome >/dev/null || test -n "$$CLAIMWIRE_TEST_CHROMIUM" || \
		echo "Tests of pages will fail without a browser. On Debian: apt-get install chromium" >&2
	@$(PYTHON) -m pytest -n 2 --dist worksteal $(if $(filter random,$(ORDER)),,-p no:randomly) --durations=25 --durations-min=5 $(TESTS)

check: venv ## format, lint, types, then all tests
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy
	@$(MAKE) --no-print-directory test

coverage: venv ## the tests once more, and which lines of pipeline/ none of them runs
	@$(PYTHON) -m pytest -n 2 --dist worksteal --cov=pipeline --cov-report=term-missing:skip-covered

mutants: venv ## would a test notice if a line did something else? MODULES="claims" for one
	@$(PYTHON) -m tests.mutation $(MODULES)

eval: venv ## how well the reader reads: a table, and what it got wrong in .claimwire/eval
	@$(PYTHON) -m tests.evaluation

bench: venv ## how fast it is, beside what anybody would begin with; NAMES="backfill polling" for some
	@$(PYTHON) -m tests.benches $(NAMES)

bench-extract: venv ## how well and fast pages become text, beside plain trafilatura; DIR=folder of pages with true texts
	@$(PYTHON) -m tests.bench_extract $(or $(DIR),tests/data/sites)

bench-copies: venv ## what finding copies costs per article with 1,000 to 300,000 articles stored
	@$(PYTHON) -m tests.bench_copies

bench-novelty: venv ## what deciding whether a statement is new costs with 10,000 to 1,000,000 statements stored
	@$(PYTHON) -m tests.bench_novelty

bench-growth: venv ## what an article costs with 1,000 to 1,000,000 documents of each kind stored
	@$(PYTHON) -m tests.benches.growth

capacity: venv ## what each piece of work costs here, and what larger loads would need, by a queueing model
	@$(PYTHON) -m tests.capacity

test-cluster: venv $(CLUSTER)/.done ## the DAGs on Celery's workers and three nodes of Elasticsearch, with kills; needs PostgreSQL and Redis
	@$(PYTHON) -m tests.cluster --python $(CLUSTER)/bin/python

$(CLUSTER)/.done: $(LOCKS)/runtime.txt
	@$(FOUND) -m venv --clear --without-pip $(CLUSTER)
	@$(VENV)/bin/uv pip install --quiet --python $(CLUSTER)/bin/python --require-hashes -r $(LOCKS)/runtime.txt
	@touch $@

soak: venv ## twenty minutes of publishing, failing, restarting and killing; then the index against what was published
	@CLAIMWIRE_TEST_SOAK=$(or $(SECONDS_OF_SOAK),1200) $(PYTHON) -m pytest -q -s tests/test_soak.py

prove: venv ## all proofs of the section "Shown by tests" at full length, two hours; PROOFS="soak points" for some of them
	@$(PYTHON) -m tests.proofs $(PROOFS)

kibana: venv ## Kibana's saved objects of config/kibana.yml, into config/kibana/
	@$(VENV)/bin/claimwire kibana build config/kibana/iran-russia.ndjson

compose-check: ## the compose file against the compose specification's own loader; needs Go
	@bash tests/compose/check.sh

deploy-check: ## the manifests of deploy/ against the operator's and Kubernetes' own types; needs Go
	@bash tests/deploy/check.sh

lock: venv ## compile the pinned requirements anew, with hashes
	@$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--extra airflow --group dev -c $(LOCKS)/constraints.txt -o $(LOCKS)/development.txt pyproject.toml
	@$(VENV)/bin/uv pip compile --quiet --python-version 3.11 --python-platform linux --generate-hashes --no-header --no-annotate \
		--extra airflow --extra postgres --extra celery --extra kubernetes --extra s3 -c $(LOCKS)/development.txt -o $(LOCKS)/runtime.txt pyproject.toml
	@echo "uv==$$($(VENV)/bin/uv --version | cut -d' ' -f2)" | $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header -o $(LOCKS)/installer.txt -

wheel: venv ## the package in dist/, tried: it reads from a folder where nothing of the sources is
	@rm -rf dist .claimwire/tried
	@$(VENV)/bin/uv build --quiet --wheel --out-dir dist .
	@$(VENV)/bin/uv pip install --quiet --no-deps --target .claimwire/tried dist/*.whl
	@cd .claimwire/tried && echo "Iran denied the claim that it had supplied Russia with drones." > said.txt && \
		PYTHONPATH=. $(CURDIR)/$(PYTHON) -P -c "import pipeline, sys; sys.exit(not pipeline.__file__.startswith('$(CURDIR)/.claimwire/tried'))" && \
		PYTHONPATH=. CLAIMWIRE_STATE=state $(CURDIR)/$(PYTHON) -P -m pipeline read said.txt
	@ls dist

sbom: venv ## what is shipped, for machines: a CycloneDX document in .claimwire/sbom.cdx.json, or in FILE
	@$(PYTHON) -m tests.sbom $(FILE)

audit: venv ## the image's requirements against the public lists of vulnerabilities; needs the network
	@$(VENV)/bin/pip-audit --strict --disable-pip --require-hashes -r $(LOCKS)/runtime.txt

env: venv ## passwords for docker compose, in .env
	@$(PYTHON) -m pipeline.compose_env

clean: ## stop the node and delete all state (.claimwire); the environment stays
	@test ! -x $(VENV)/bin/claimwire || $(VENV)/bin/claimwire node stop >/dev/null
	@rm -rf .claimwire
	@echo "state is gone; .venv stays"
