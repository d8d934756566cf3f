# Everything a developer runs. `make help` lists it; the work is done by scripts/.

# The first Python that is new enough, else the usual one, which then says that it isn't.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && exit; \
	done; echo python3)
VENV := .venv/bin
UV := .cache/uv/bin/uv
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help demo test test-long bench verdicts lint format screenshots library lock clean python runtime dev

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*  ## \(.*\)/make \1\t\2/p' Makefile | expand -t 20

demo: runtime  ## set up everything, make a small town, serve it and print the link
	@exec $(VENV)/citiverse demo

test: dev  ## set up everything and run all tests (under 15 minutes)
	@exec $(VENV)/python scripts/check.py test

test-long: dev  ## the same and the long tests
	@exec $(VENV)/python scripts/check.py test-long

bench: dev  ## measure; one JSON object a line
	@exec $(VENV)/citiverse bench --json

verdicts: dev  ## tile every real city file and write docs/verdicts.md
	@exec $(VENV)/python scripts/verdicts.py

lint: dev  ## style and types only
	@exec $(VENV)/python scripts/check.py lint

format: dev  ## put all Python code into the house's form
	@$(VENV)/ruff check --quiet --fix && $(VENV)/ruff format --quiet

screenshots: dev  ## make the README's pictures anew
	@exec $(VENV)/python scripts/screenshots.py

library: dev  ## draw the demo town's proposals anew, and record what is read from them
	@exec $(VENV)/python scripts/library.py

lock: python  ## resolve the dependencies of pyproject.toml anew into locks/
	@$(PYTHON) -m venv .cache/uv && .cache/uv/bin/python -m pip install --quiet uv
	@$(LOCK) --group dev --output-file locks/dev.txt
	@$(LOCK) --group build --constraint locks/dev.txt --output-file locks/runtime.txt
	@$(subst pyproject.toml,tests/foreign/ngsildclient.in,$(LOCK)) --output-file locks/ngsildclient.txt

clean:  ## remove what the other targets made
	@rm -rf .venv .cache build dist web-client/node_modules server/citiverse_server/static \
		.mypy_cache .pytest_cache .ruff_cache .hypothesis

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "citiverse: Python 3.11 or newer is needed and this is %d.%d; name a newer one with `make PYTHON=python3.12 …`." % sys.version_info[:2])'

runtime: python
	@$(PYTHON) scripts/setup.py runtime

dev: python
	@$(PYTHON) scripts/setup.py dev
