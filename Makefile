# The two commands a newcomer needs are `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

SPARK_VENV ?= .venv-spark
SPARK_BIN := $(SPARK_VENV)/bin
SPARK_STAMP := $(SPARK_VENV)/.installed

.PHONY: demo test test-spark check fuzz soak bench growth schemas clean

demo: $(STAMP)
	@$(BIN)/cleanclaim lint examples/batch.837 --roster examples/roster.csv --fail-on never

test: check
	$(BIN)/python -m pytest -n 2 --dist worksteal
	$(BIN)/python -m pytest --doctest-modules engine --ignore-glob='*spark*' -p no:cacheprovider
	$(BIN)/cleanclaim policy check
	$(BIN)/cleanclaim policy test

# The relational engine on Spark, local[2]; PySpark is large, so it has an environment of its own.
test-spark: $(SPARK_STAMP)
	$(SPARK_BIN)/python -m pytest --spark tests/spark

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Random policies and claims on every engine, until Ctrl-C or for MINUTES minutes; a difference is kept as a regression.
fuzz: $(STAMP)
	$(BIN)/python -m tests.fuzz $(if $(MINUTES),--minutes $(MINUTES))

# Audits night after night, KILLS of them killed at random moments; the store must be as before a run or as after it.
soak: $(STAMP)
	$(BIN)/python -m tests.audit.soak --kills $(or $(KILLS),200)

# What docs/performance.md quotes; needs ../shared/bench for the twelve rules.
bench: $(STAMP)
	$(BIN)/python benchmarks/cold_lint.py
	$(BIN)/python benchmarks/x12_reading.py

# How cost grows beside the peers, and the curves of docs/performance.md. ../shared/bench/gen.py makes lines_N.parquet of
# 20000, 200000, 2000000 and 10000000 lines in the folder DATA.
DATA ?= ../shared/bench
growth: $(STAMP) .venv-peers/.installed
	$(BIN)/python benchmarks/growth.py $(DATA) --images docs/images

.venv-peers/.installed: benchmarks/requirements.txt
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt
	@touch $@

schemas: $(STAMP)
	$(BIN)/python -m cleanclaim.schemas schemas

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

$(SPARK_STAMP): pyproject.toml
	$(PYTHON) -m venv $(SPARK_VENV)
	$(SPARK_BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev,spark]'
	@touch $@

clean:
	rm -rf $(VENV) $(SPARK_VENV) .venv-peers build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
