# make demo   a worked company, from sample files to reports, in ./demo
# make test   every test
# Each makes the environment it needs in .venv first; a second call finds it there.

WORKERS ?= 3
BENCH_ROWS ?= 10000 100000 1000000
BENCH = .venv/bin/python -m benchmarks
SEEDS ?= 1 2 3 4 5 6 7 8 9 10
STEPS ?= 100
KILLS ?= 100
MUTANTS ?= 30
SEED ?= 1
# One worker makes the ledger of a file; what is compiled once is kept, whatever the environment says.
SPREAD = --dist loadfile --no-loadscope-reorder
PYTEST = env -u PYTHONDONTWRITEBYTECODE .venv/bin/pytest $(SPREAD)
COVERAGE = env -u PYTHONDONTWRITEBYTECODE .venv/bin/python -m coverage
COMPILE = .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
          --no-emit-index-url --custom-compile-command "make lock"

.PHONY: help demo test coverage lint bench bench-10m bench-group bench-scale mutants mutants-sample soak thorough build sbom docs lock clean

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile
	@echo "also: make coverage, lint, bench, bench-10m, bench-group, bench-scale, mutants, mutants-sample, soak, thorough, build, sbom, docs, lock, clean"

demo:
	@setup/environment.sh demo
	.venv/bin/ghg demo demo

test:
	@setup/environment.sh test
	$(PYTEST) -n $(WORKERS)

# What the tests run of each room, line by line; TESTS="tests/store tests/book" measures what some of them run.
coverage:
	@setup/environment.sh test
	@rm -rf build/coverage && mkdir -p build/coverage
	@tests=0; $(COVERAGE) run -m pytest $(SPREAD) -n $(WORKERS) $(TESTS) || tests=$$?; \
	$(COVERAGE) combine --quiet && $(COVERAGE) json --quiet -o build/coverage/report.json && \
	$(COVERAGE) html --quiet -d build/coverage/html && \
	.venv/bin/python tests/room_coverage.py build/coverage/report.json && \
	echo "each line: build/coverage/html/index.html" && exit $$tests

lint:
	@setup/environment.sh test
	.venv/bin/ruff check
	.venv/bin/mypy

# What has a limit, and the same figures by other means; with 10 M rows; a group of many ledgers; what gives way.
bench:
	@setup/environment.sh test
	@setup/peers.sh
	$(BENCH) --rows $(BENCH_ROWS) $(BENCH_OPTIONS)

bench-10m:
	@$(MAKE) bench BENCH_ROWS="$(BENCH_ROWS) 10000000"

bench-group:
	@setup/environment.sh test
	$(BENCH).group

bench-scale:
	@setup/environment.sh test
	$(BENCH).scale

# More of what the tests try a part of: every command with every wrong word, every mutant of a pack.
thorough:
	@setup/environment.sh test
	$(PYTEST) -n $(WORKERS) -m thorough

# Hours, if wished: SEEDS="1 2 3" STEPS=500 KILLS=1000. What is found prints the command that repeats it.
soak:
	@setup/environment.sh test
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	.venv/bin/python tests/durability/kills.py "$$folder/kills" $(KILLS) && \
	.venv/bin/python tests/durability/points.py "$$folder/points" && \
	.venv/bin/python tests/simulator/simulate.py --steps $(STEPS) --seed $(SEEDS)

mutants:
	@setup/environment.sh test
	.venv/bin/python tests/assurance/code_mutants.py

# A drawn sample of all small changes to calculation, store and assurance; what survives is read by a person.
mutants-sample:
	@setup/environment.sh test
	.venv/bin/python tests/assurance/sampled_mutants.py --count $(MUTANTS) --seed $(SEED)

build:
	@setup/environment.sh test
	.venv/bin/python -m hatchling build -t wheel
	cd track && ../.venv/bin/python -m hatchling build -t wheel -d ../dist
	@ls dist/*.whl

# The pages as a site in build/site, by an environment of their own: nothing of it is needed to run or to test.
docs: .venv-docs/ready
	.venv-docs/bin/mkdocs build --strict --quiet
	@echo "build/site/index.html"

.venv-docs/ready: requirements/docs.txt
	python3 -m venv .venv-docs
	.venv-docs/bin/python -m pip install --quiet --require-hashes -r requirements/docs.txt
	@touch $@

# What the locked run-time set holds, with licences, as CycloneDX.
sbom:
	@setup/environment.sh test
	@setup/sbom.sh dist/ghg-ledger.cdx.json

# The larger set is resolved first and binds the smaller ones: one environment can hold all of them.
lock:
	@setup/environment.sh test
	$(COMPILE) requirements/bootstrap.in -o requirements/bootstrap.txt
	$(COMPILE) pyproject.toml requirements/build.in --extra pdf --extra web --extra sso --extra dev -o requirements/test.txt
	$(COMPILE) pyproject.toml requirements/build.in --extra pdf --extra web --extra sso -c requirements/test.txt -o requirements/demo.txt
	$(COMPILE) pyproject.toml requirements/build.in -c requirements/test.txt -o requirements/core.txt
	$(COMPILE) requirements/sbom.in -c requirements/test.txt -o requirements/sbom.txt
	$(COMPILE) requirements/docs.in -o requirements/docs.txt
	$(COMPILE) pyproject.toml --extra scale -c requirements/test.txt -o requirements/spark.txt \
		$$(sed -n 's/^\([A-Za-z0-9._-]*\)==.*/--no-emit-package \1/p' requirements/test.txt)
	$(COMPILE) requirements/bench.in -o requirements/bench.txt

clean:
	rm -rf .venv .venv-peers dist build demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
