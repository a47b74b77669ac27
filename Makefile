# Everything here sets itself up: a machine needs python3 (3.11 or later), make and git.
#
#   make demo                       a made-up town, walked end to end
#   make demo DATA=archive.zip      the same on an archive from data.police.uk (AREA=file.geojson for its study area)
#   make test                       all tests but the long soak
#   make check                      style, types, import contracts, documentation
#   make bench                      every benchmark, each a ratio in one run
#   make soak                       the long random tests
#   make shots                      pictures of every page, in tests/browser/shots
#   make docs                       write the generated pages again (command help, safeguards)
#   make lock                       choose versions anew

.DEFAULT_GOAL := help
.PHONY: help demo test check bench shots soak docs lock set-up browser

PYTHON ?= python3
RUN = .venv/bin/python -m
INSTALLED = .venv/set-up-done
ASSETS = src/peelian/publish/static/stamp
READY = $(INSTALLED) $(ASSETS)
FLOORS = core model policy ledger gate store
# One more than the two cores: tests wait for disks, browsers and processes of their own.
JOBS ?= 3
TESTS ?= tests

help:
	@sed -n 's/^#   //p' Makefile

$(INSTALLED): requirements.lock
	@PYTHON="$(PYTHON)" sh tools/set_up

# What the pages' browsers are given; built again when one of its sources is newer.
$(ASSETS): package-lock.json tools/assets.py $(wildcard src/peelian/publish/assets/* src/peelian/web/static/*/*) | $(INSTALLED)
	@.venv/bin/python tools/assets.py
	@touch $@

set-up: $(READY)

browser: $(READY)
	@sh tools/browser

demo: $(READY)
	@.venv/bin/peelian demo $(if $(DATA),--data "$(DATA)") $(if $(AREA),--area "$(AREA)")

test: $(READY) browser
	$(RUN) pytest -n $(JOBS) --dist loadfile -m "not soak" $(TESTS)

check: $(READY)
	$(RUN) ruff check
	$(RUN) ruff format --check
	$(RUN) mypy
	.venv/bin/python -c "from importlinter.cli import lint_imports_command as c; c()"
	$(RUN) pytest -q tests/docs

bench: $(READY)
	$(RUN) benchmarks.run

shots: $(READY) browser
	PEELIAN_SHOTS="$(CURDIR)/tests/browser/shots" $(RUN) pytest -n $(JOBS) --dist loadfile tests/browser

soak: $(READY)
	$(RUN) pytest -n $(JOBS) --dist loadfile -m soak $(TESTS)

docs: $(READY)
	.venv/bin/python docs/generate.py
	.venv/bin/python tools/words.py

lock: $(READY)
	$(RUN) uv pip compile --universal --generate-hashes --no-emit-index-url --no-header pyproject.toml --extra postgres --extra mysql --extra challenger --group dev --upgrade -o requirements.lock
	$(RUN) uv pip compile --universal --generate-hashes --no-emit-index-url --no-header -c requirements.lock pyproject.toml --extra spark -o requirements-spark.lock
