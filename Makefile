# Debian and other Linux with apt. On Windows and macOS use `uv run`: CONTRIBUTING.md
PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= 2
OUT ?= demo-out

# Tests never touch a real screen nor the key store of the person who runs them
QUIET := QT_QPA_PLATFORM=offscreen PYTHON_KEYRING_BACKEND=keyring.backends.fail.Keyring
PYTEST := $(QUIET) $(BIN)/python -m pytest

.PHONY: help setup browser demo test check coverage bench crash sim soak feed-race fuzz real-store screenshots installer lock clean
help:
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

setup: ## Debian packages that miss and .venv from requirements.lock
	@PYTHON='$(PYTHON)' tools/setup.sh

browser: ## Chromium for the tests of HQ's console, on Debian
	@tools/browser.sh

demo: setup ## the till on a demo chain with a local HQ; without a display the scripted day, screenshots in demo-out/
	@if [ "$$(uname)" = Linux ] && [ -z "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
		echo "No display here: the scripted day runs headless, screenshots go to $(OUT)/"; \
		$(BIN)/posclient demo --headless --screenshots '$(OUT)'; \
	else $(BIN)/posclient demo; fi

test: setup browser ## all tests, with coverage
	@$(PYTEST) -n $(WORKERS) --cov --cov-report=term

check: setup ## style, types, the rules of the architecture, the tree
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/check_tree.py

coverage: ## after `make test`: 90 % over all, every branch of the domain and of the sync engine
	$(BIN)/coverage report --format=total --fail-under=90
	$(BIN)/coverage report --include='posclient/domain/*,sync/engine.py' --fail-under=100

bench: setup ## speed beside bare baselines, in one run
	@$(PYTEST) tests/bench -n 0 --benchmark-disable-gc

crash: setup ## power cut at any write: make crash N=100000, one run again with SEED=...
	@POSCLIENT_N='$(N)' POSCLIENT_SEED='$(SEED)' $(PYTEST) tests/crash -n $(WORKERS) -rP

sim: setup ## lost, late and doubled calls, ends at any statement: make sim N=100000, one again with N=1 SEED=...
	@POSCLIENT_N='$(N)' POSCLIENT_SEED='$(SEED)' $(PYTEST) tests/sim -n $(WORKERS) -rP

soak: setup ## kill -9 of real processes, PostgreSQL under 16 writers: make soak N=1000 (kills, and 1000 rows each)
	@POSCLIENT_N='$(or $(N),100)' POSCLIENT_SEED='$(SEED)' $(PYTEST) tests/soak tests/sync/hq/test_feed_race.py \
		tests/sync/hq/test_pruning_race.py -n $(WORKERS) -rP

feed-race: setup ## PostgreSQL under 16 writers alone, ten million rows: make feed-race N=10000 (1000 rows each)
	@POSCLIENT_N='$(or $(N),1000)' POSCLIENT_SEED='$(SEED)' $(PYTEST) tests/sync/hq/test_feed_race.py -n 0 -s \
		-k no_reader_misses

fuzz: setup ## spoiled replies, pushes, imports and requests: make fuzz N=1000000 of the quick kinds, one again with SEED=...
	@POSCLIENT_N='$(or $(N),1000000)' POSCLIENT_SEED='$(SEED)' $(PYTEST) tests/fuzz -n $(WORKERS)

real-store: setup ## the whole of a real store: make real-store REAL_STORE=DIR
	@test -d '$(REAL_STORE)' || { echo 'usage: make real-store REAL_STORE=DIR (products.csv, members.csv, ...)' >&2; exit 2; }
	@POSCLIENT_REAL_STORE='$(REAL_STORE)' $(PYTEST) tests/real_store -n 0 -rP

screenshots: setup ## every screen, in docs/screenshots; the most telling ones at 1920x1080 too
	@$(QUIET) $(BIN)/posclient demo --headless --screenshots docs/screenshots
	@$(QUIET) $(BIN)/posclient demo --headless --screenshots docs/screenshots/1920x1080 --size 1920x1080 \
		--only sale-with-coupons,sale-offline-dark,payment,valet,readiness-offline,sale-english
	@$(BIN)/python tools/small_pictures.py docs/screenshots docs/screenshots/1920x1080

installer: setup ## dist/*.deb; check it with installer/check_deb.sh
	@$(BIN)/python build_installer.py deb

lock: ## requirements.lock anew from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --custom-compile-command 'make lock' --upgrade -q -o requirements.lock

clean: ## what can be made again, but for .venv
	rm -rf build dist demo-out .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info
