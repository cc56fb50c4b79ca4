# Every habit is a target here. A fresh machine needs git, make and Python 3.11 or newer; the first target that needs
# them sets the tools up in .venv, pinned by hash.

PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
SAM := .sam-venv/bin/sam
EVENT ?= events/team-with-storage.json
FUNCTION ?= IamRolesFunction
PAYLOAD ?= events/payloads/plan.json
# Two for each processor: a test waits about as long for answers from processes of its own as it computes.
JOBS ?= $(shell expr 2 '*' $$(getconf _NPROCESSORS_ONLN))
ARCHITECTURE ?= arm64

.PHONY: demo test test-apiserver faults permissions matrix bench lint build release docs invoke deploy lock schema findings instance-types clean help

help: ## Show the targets.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

demo: .venv/.ready ## Onboard a team in the sandbox: no AWS account, no Docker; DEMO=--approval with somebody's yes.
	$(BIN)/sandbox run $(DEMO) --beside events/demo/neighbour.json -- hyperpod-teams apply $(EVENT)

test: .venv/.ready ## Run the tests; a file stays with one process, since moto holds one cloud a process.
	$(BIN)/pytest -q -n $(JOBS) --dist loadfile

test-apiserver: .venv/.ready ## Run the Kubernetes tests against the kube-apiserver in $KUBEBUILDER_ASSETS.
	@test -n "$$KUBEBUILDER_ASSETS" || { echo "Set KUBEBUILDER_ASSETS to a folder with kube-apiserver and etcd."; exit 2; }
	$(BIN)/pytest -q tests/apiserver

faults: .venv/.ready ## Play every fault at every call; FAULTS='--part 1/8' an eighth (docs/reliability.md).
	$(BIN)/python -m proofs.faults $(FAULTS)

permissions: .venv/.ready ## Compare what each role may do with what it does (docs/security.md).
	$(BIN)/python -m proofs.permissions

matrix: .venv/.ready ## Try every way to each team's things, have everybody ask for everything, and draw both (docs/security.md).
	$(BIN)/python -m proofs.isolation
	$(BIN)/python -m proofs.askers

bench: .venv/.ready .aws-venv/.ready ## Measure what onboarding costs, and write docs/performance.md; BENCH='--teams 10 100 1000'.
	$(BIN)/python -m proofs.bench $(BENCH)

lint: .venv/.ready ## Check style, types, arrows between rooms, templates and state machines.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m tools.arrows
	$(BIN)/cfn-lint template.yaml accounts/data.yaml accounts/management.yaml accounts/scientists.yaml docs/chat.yaml
	$(BIN)/pytest -q -n 0 tests/contracts/test_state_machines.py -k linter

build: .venv/.ready .sam-venv/.ready ## Build what AWS runs, for ARCHITECTURE (arm64 or x86_64).
	PATH="$(CURDIR)/$(BIN):$$PATH" ARCHITECTURE=$(ARCHITECTURE) $(SAM) validate --lint
	PATH="$(CURDIR)/$(BIN):$$PATH" ARCHITECTURE=$(ARCHITECTURE) $(SAM) build

release: .venv/.ready ## Build what is published into build/release (docs/releasing.md).
	$(BIN)/python -m tools.release

docs: .docs-venv/.ready ## Build the site of docs/ into build/site; a warning, as of a link into nothing, ends it.
	NO_MKDOCS_2_WARNING=1 .docs-venv/bin/mkdocs build

invoke: .sam-venv/.ready ## Run FUNCTION on PAYLOAD in a container, against a `sandbox up` in another terminal (docs/trying.md).
	$(SAM) local invoke $(FUNCTION) --template .aws-sam/build/sandbox.yaml --event $(PAYLOAD) $(SAM_OPTIONS)

deploy: build ## Deploy account A's stack; SAM asks for what it needs.
	@echo "Stack Name: at most 29 characters, lower case letters, digits and hyphens, a letter first."
	$(SAM) deploy --guided --capabilities CAPABILITY_NAMED_IAM

lock: .venv/.ready ## Renew the lock files.
	$(UV) pip compile -q -U --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  requirements/dev.in -o requirements/dev.txt
	$(UV) pip compile -q -U --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  layers/dependencies/requirements.in -c requirements/dev.txt -o layers/dependencies/requirements.txt
	$(UV) pip compile -q -U --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  requirements/uv.in -o requirements/uv.txt
	$(UV) pip compile -q -U --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  requirements/sam.in -o requirements/sam.txt
	$(UV) pip compile -q -U --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  requirements/aws.in -o requirements/aws.txt
	$(UV) pip compile -q -U --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  requirements/docs.in -o requirements/docs.txt

findings: .venv/.ready ## Write docs/findings.md from the list of findings.
	$(BIN)/python -m tools.findings > docs/findings.md

schema: .venv/.ready ## Publish the JSON Schemas of the event and of shares from their models.
	$(BIN)/python -m tools.schema events/team-created > events/team-created.schema.json
	$(BIN)/python -m tools.schema accounts/shares > accounts/shares.schema.json

instance-types: .venv/.ready ## Renew the table of what instances of each type have.
	$(BIN)/python -m tools.instance_types > layers/onboarding/python/onboarding/instance_types.json

clean: ## Remove all that the targets above have made.
	rm -rf .venv .sam-venv .aws-venv .docs-venv .aws-sam build .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info

.venv/.ready: requirements/uv.txt requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$(PYTHON) is older than 3.11. Name a newer one: make PYTHON=python3.12 ..."; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@# Compiled here, once: where Python may not write bytecode, every process would compile all of it anew.
	$(UV) pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements/dev.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

# In an environment of its own: it pins versions of libraries that the sandbox needs newer.
.sam-venv/.ready: .venv/.ready requirements/sam.txt
	$(PYTHON) -m venv .sam-venv
	$(UV) pip install --quiet --python .sam-venv/bin/python --require-hashes -r requirements/sam.txt
	@touch $@

# Likewise. Compiled, since it starts once a call.
.aws-venv/.ready: .venv/.ready requirements/aws.txt
	$(PYTHON) -m venv .aws-venv
	$(UV) pip install --quiet --compile-bytecode --python .aws-venv/bin/python --require-hashes -r requirements/aws.txt
	@touch $@

# Likewise: what builds pages is nothing to the product.
.docs-venv/.ready: .venv/.ready requirements/docs.txt
	$(PYTHON) -m venv .docs-venv
	$(UV) pip install --quiet --python .docs-venv/bin/python --require-hashes -r requirements/docs.txt
	@touch $@
