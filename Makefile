# The commands of this house. `make` alone prints them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FLASK := $(BIN)/flask --app app
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps
TESTS ?= tests
ONLY ?=
export DATABASE ?= sqlite

.DEFAULT_GOAL := help
.PHONY: help run test check bench day pictures format setup

help: ## print this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

run: $(VENV)/run.stamp ## set everything up and serve a demo city at http://127.0.0.1:8000
	@echo "[2/4] third-party assets"; $(FLASK) assets build
	@echo "[3/4] database and demo city"; ZHIYUANTAI_DEMO=1 $(FLASK) prepare
	@echo "[4/4] serving"; exec env ZHIYUANTAI_DEMO=1 $(FLASK) serve

test: setup ## set everything up and run all tests (TESTS=tests/unit runs a part)
	@$(BIN)/python -m pytest -n 2 --dist loadgroup $(TESTS)

check: setup ## lint, types, walls between rooms, templates
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports && $(BIN)/djlint templates --lint --quiet

bench: setup ## measure, and print ratios of one run (ONLY=checkin runs a part)
	@$(BIN)/python -m tests.bench $(ONLY)

day: setup ## play a Saturday with 3,000 people against the server (DATABASE=postgresql)
	@$(BIN)/python -m tests.day

pictures: setup ## take the pictures of the guides anew, in a demo city of their own
	@$(BIN)/python -m tests.pictures

format: setup ## put the code into the house's shape
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

setup: $(VENV)/dev.stamp
	@$(FLASK) assets build

$(VENV)/run.stamp: requirements.lock
	@echo "[1/4] virtual environment and dependencies (a minute, the first time)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) -r requirements.lock
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock
	@echo "virtual environment and dependencies (a minute, the first time)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) -r requirements-dev.lock
	@touch $@ $(VENV)/run.stamp
