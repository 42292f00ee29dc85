# Each target does all of its own set-up in .venv; a machine needs Python 3.11+, make and a network.
PYTHON ?= python3
BIN := .venv/bin
SEED ?= 1
SEEDS ?= $(SEED)
MINUTES ?= 1
AT_ONCE ?= 1
BENCH ?=

.PHONY: demo test lint test-deep chaos bench bench-scale bench-rebuild flame audit clean

.venv/.demo: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[demo]'
	touch $@

.venv/.test: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	touch $@

.venv/.bench: .venv/.test bench/quix.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench]'
	test -x .venv/bench-quix/bin/python || $(PYTHON) -m venv .venv/bench-quix
	.venv/bench-quix/bin/python -m pip install --quiet --disable-pip-version-check -r bench/quix.txt
	touch $@

# A tool with dependencies of its own, which are none of ours.
.venv/.audit: .venv/.test
	test -x .venv/audit/bin/python || $(PYTHON) -m venv .venv/audit
	.venv/audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit==2.10.1
	touch $@

demo: .venv/.demo
	$(BIN)/duewatch demo

lint: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Two processes, each with a Kafka and a Redis of its own: most tests wait for one of these most of the time.
test: lint
	$(BIN)/python -m pytest -n 2 --dist loadfile

test-deep: .venv/.test
	HYPOTHESIS_PROFILE=deep $(BIN)/python -m pytest tests/core tests/replay

chaos: .venv/.test
	$(BIN)/python -m tests.chaos --seeds $(SEEDS) --minutes $(MINUTES) --at-once $(AT_ONCE)

bench: .venv/.bench
	$(BIN)/python -m bench $(BENCH)

bench-scale: .venv/.bench
	$(BIN)/python -m bench.scale $(BENCH)

bench-rebuild: .venv/.test
	$(BIN)/python -m bench.rebuild $(BENCH)

flame: .venv/.bench
	$(BIN)/python -m bench.flame $(BENCH)

# Compares what is pinned with the vulnerabilities that the package index knows; fails, too, where it cannot ask about one.
audit: .venv/.audit
	.venv/audit/bin/pip-audit --strict --disable-pip --no-deps --requirement constraints.txt

clean:
	rm -rf .venv build *.egg-info .cache
