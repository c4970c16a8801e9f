# The two commands a newcomer needs: make quickstart, make test.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.PHONY: help quickstart test soak tools bench bench-quick lint format locks clean

help:
	@echo "make quickstart   a small sample ledger in ./demo, verified, and what to try next"
	@echo "make test         every check and every test"
	@echo "make soak         the long versions: 1,000 kills on each database, every system call failed; under 25 minutes"
	@echo "make bench        speed and size beside their peers, 25 minutes (make bench-quick: 3)"
	@echo "make lint         only the machine checks of the house"
	@echo "make locks        rewrite locks/ from pyproject.toml (needs uv)"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "consent-ledger needs Python 3.11 or newer; this is `$(PYTHON) --version`. Try: make PYTHON=python3.12 quickstart"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: locks/run.lock pyproject.toml | $(BIN)/python
	@echo "installing what consent-ledger needs into $(VENV) (hashes checked)"
	@$(PIP) install --require-hashes -r locks/run.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: locks/dev.lock $(VENV)/run.stamp
	@echo "installing what the tests need into $(VENV) (hashes checked)"
	@$(PIP) install --require-hashes -r locks/dev.lock
	@touch $@

quickstart: $(VENV)/run.stamp
	@$(BIN)/consent-ledger quickstart ./demo

lint: $(VENV)/dev.stamp
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/dev.stamp
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

test: lint tools
	@$(BIN)/python -m pytest -n auto -q

# the tests that read SOAK are those that import tests/soak.py
soak: lint tools
	@SOAK=1 $(BIN)/python -m pytest -n auto --dist worksteal -q `grep -rl --include='test_*.py' 'tests.soak' tests`

tools:
	@command -v strace >/dev/null || { test "`id -u`" != 0 || ! command -v apt-get >/dev/null || \
		{ apt-get update -q && apt-get install -y -q strace; } >/dev/null; }
	@command -v strace >/dev/null || \
		{ echo "the tests need strace, to fail the system's calls: install it, for instance with: sudo apt-get install strace"; exit 1; }

BENCH_ENTRIES ?= 1000000
bench: $(VENV)/dev.stamp
	@$(BIN)/python -m tests.bench --entries $(BENCH_ENTRIES) \
		$(if $(BENCH_DIR),--directory $(BENCH_DIR)) $(if $(BENCH_OUT),--out $(BENCH_OUT))

bench-quick: BENCH_ENTRIES = 20000
bench-quick: bench

LOCK := uv pip compile --universal --generate-hashes --no-annotate --no-header --no-emit-index-url --python-version 3.11 pyproject.toml
locks:
	$(LOCK) --extra postgres --group build -o locks/run.lock
	$(LOCK) --extra postgres --group build --group dev -o locks/dev.lock

clean:
	rm -rf $(VENV) demo
