# Two commands, each complete on a fresh machine with Python 3.11 or newer: `make study` and `make test`.

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
WORKERS ?= 2

.PHONY: help study test chaos bench bench-orchestration bench-report bench-scale bench-input bench-training calibration lint clean

help:  ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 22

study: $(STAMP)  ## run the shipped study and write reports/sharing/report.md
	$(BIN)/ablate run studies/sharing.yaml

test: $(STAMP)  ## every test, by two processes; WORKERS=0 takes one, as pytest by itself does
	$(BIN)/python -m pytest -p tests.workers --numprocesses $(WORKERS) --no-loadscope-reorder

chaos: $(STAMP)  ## kill a study at 100 random moments and compare its numbers; CHAOS_SEED=... repeats one
	$(BIN)/python tests/chaos/chaos.py

bench: bench-orchestration bench-report  ## the quick benchmarks; none passes or fails

bench-orchestration: $(STAMP)  ## what a trial costs that does nothing, beside other tools; start-up on 10,000 trials
	$(BIN)/python tests/benchmarks/orchestration.py

bench-report: $(STAMP)  ## how long the report of 10,000 trials takes
	$(BIN)/python tests/benchmarks/report.py

bench-scale: $(STAMP)  ## the tracking database with 100,000 trials: minutes, and 0.7 GB that are removed again
	$(BIN)/python tests/benchmarks/scale.py

bench-input: $(STAMP)  ## images held and augmented in batches, beside a loader that augments them one by one
	$(BIN)/python tests/benchmarks/augmentation.py

bench-training: $(STAMP)  ## images/s of a training, beside a bare loop and one in timm's manner: ten minutes
	$(BIN)/python tests/benchmarks/training.py

calibration: $(STAMP)  ## what verdicts and intervals are worth, on synthetic studies; prints tables, passes or fails nothing
	$(BIN)/python tests/calibration/calibration.py

lint: $(STAMP)  ## style, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean:  ## remove the environment; results in db/ and reports/ stay
	rm -rf .venv

$(STAMP): pyproject.toml constraints.txt
	@echo "installing into .venv (torch is large: minutes on a first install)"
	$(PYTHON) -c 'import sys; sys.exit("ablate needs Python 3.11 or newer, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $(STAMP)
