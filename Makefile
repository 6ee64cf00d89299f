# make demo   the whole story on sample data; sets itself up first
# make test   every check and test; sets itself up first
# make soak   random histories of a client, HISTORIES of them; sets itself up first

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
CLIENTS := tests/clients
PYTEST_ARGS ?=
HISTORIES ?= 10000

.PHONY: demo test soak check format lock clean

demo: $(VENV)/.run
	@$(BIN)/connector demo

test: check $(CLIENTS)/node_modules/.installed
	$(BIN)/pytest -n 2 --dist loadgroup $(PYTEST_ARGS)

soak: $(VENV)/.dev
	$(BIN)/python -m tests.properties.soak $(HISTORIES)

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/hadolint Dockerfile

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(VENV)/.dev
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate --no-header -p 3.11 --extra scale pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate --no-header -p 3.11 --group build -c requirements.lock -o requirements-build.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate --no-header -p 3.11 --extra scale pyproject.toml --group build --group dev -c requirements.lock -c requirements-build.lock -o requirements-dev.lock

clean:
	rm -rf $(VENV) $(CLIENTS)/node_modules demo build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "python3 -m venv does not work here; on Debian: apt-get install python3-venv"; exit 1; }

$(VENV)/.run: requirements.lock requirements-build.lock pyproject.toml | $(BIN)/python
	@echo "Setting up $(VENV) with locked versions (once)"
	@$(PIP) install --require-hashes -r requirements.lock -r requirements-build.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

$(CLIENTS)/node_modules/.installed: $(CLIENTS)/package.json $(CLIENTS)/package-lock.json $(CLIENTS)/.npmrc
	@if command -v npm >/dev/null; then cd $(CLIENTS) && npm ci --loglevel=error >/dev/null && touch node_modules/.installed; \
	else echo "npm is not there, so the tests of the npm client are skipped"; fi
