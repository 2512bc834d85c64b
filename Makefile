# Each of these works alone on a machine that has Python 3.11 or newer, make and git.
#
#   make demo     an alliance's day, in one command
#   make test     every test
#   make check    style, types, import rules, SQL
#   make bench    the numbers that the README claims; ONLY=place for one of them
#   make bench-race  a million acts of many hands, with kills in between; STEPS=40000 for fewer
#   make setup    only the environment, .venv
#   make lock     requirements.lock anew, from pyproject.toml
#   make client   the Python client's calls anew, from the API's own description
#   make fuzz     every route, every role, many odd questions
#   make shots    the pictures of docs/pictures anew, from a running demo

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# The first of these that is new enough. `make PYTHON=/path/to/python3.12 setup` takes another.
PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,\
	$(shell $(name) -c 'import sys; sys.version_info >= (3, 11) and print("$(name)")' 2>/dev/null)))
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: setup assets demo test fuzz check bench bench-race lock client shots

setup: $(READY) assets

# Rebuilt when the lock or the package's description changes; the stamp is written last, so a cut-off run is repeated.
$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Sangdan needs Python 3.11 or newer; make PYTHON=/path/to/python setup" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { \
		rm -rf $(VENV); echo "On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "Installing into $(VENV) (a minute the first time)" >&2
	@$(PIP) install --require-hashes --only-binary :all: --no-binary kiwipiepy-model --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# The pages' scripts, fonts and map, from the npm lock and from packages; nothing is done when they are up to date.
assets: $(READY)
	@$(BIN)/python -m sangdan.doors.web.assets

demo: assets
	@$(BIN)/sangdan demo $(ARGS)

test: assets
	@$(BIN)/python -m pytest --numprocesses auto $(ARGS)

fuzz: assets
	@FUZZ_EXAMPLES=50 $(BIN)/python -m pytest --numprocesses auto --timeout 3000 \
		tests/story/test_fuzz.py tests/story/test_fuzz_pages.py $(ARGS)

check: $(READY)
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/pyright
	@$(BIN)/lint-imports
	@$(BIN)/squawk src/sangdan/db/migrations/*.sql

bench: $(READY)
	@$(BIN)/python -m bench $(ONLY) $(ARGS)

bench-race: $(READY)
	@$(BIN)/python -m bench.race $(if $(STEPS),--steps $(STEPS)) $(ARGS)

lock: $(READY)
	@$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --quiet --upgrade --output-file requirements.lock

client: $(READY)
	@$(BIN)/python -m tools.client

shots: assets
	@$(BIN)/python -m tools.shots $(ARGS)
