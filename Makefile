# Two commands are all that a newcomer needs: `make demo` and `make test`. Both lay a .venv beside this file first.

VENV := .venv
PYTHON := $(VENV)/bin/python
PIP := $(PYTHON) -m pip --quiet --disable-pip-version-check
CHECKED := src tests examples scripts $(wildcard bench/*.py)
DEMOS := $(patsubst %/demo.py,%,$(wildcard examples/*/demo.py))

.DEFAULT_GOAL := help
.PHONY: help demo test check fmt bench clean

help: ## Say what each target does
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-6s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.demo ## Run the hybrid auto scaling example on a local stand-in for AWS
	@$(PYTHON) examples/hybrid-autoscaling/demo.py

test: check ## Run every check and every test
	@$(PYTHON) -m pytest

check: $(VENV)/.dev ## Run the checks that need no test: lint, format, types
	@$(PYTHON) -m ruff check $(CHECKED)
	@$(PYTHON) -m ruff format --check $(CHECKED)
	@$(PYTHON) -m mypy src tests $(wildcard bench/*.py scripts/*.py)
	@for demo in $(DEMOS); do $(PYTHON) -m mypy --no-error-summary $$demo || exit 1; done  # each has its own demo.py

fmt: $(VENV)/.dev ## Put the code into its format and apply the safe fixes
	@$(PYTHON) -m ruff format $(CHECKED)
	@$(PYTHON) -m ruff check --fix $(CHECKED)

bench: $(VENV)/.dev ## Measure the engine
	@for file in $$(grep -l __main__ bench/*.py); do echo "$$file"; $(PYTHON) "$$file" || exit 1; done

clean: ## Remove the environment, caches and the default data directory
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .tobiishi dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp says that the environment has what one purpose needs. It is older than pyproject.toml only when that changed.
$(VENV)/.demo: pyproject.toml | $(PYTHON)
	@echo "Installing tobiishi and what its demo needs into $(VENV) ..."
	@$(PIP) install --editable . --group demo
	@touch $@

$(VENV)/.dev: pyproject.toml | $(PYTHON)
	@echo "Installing tobiishi and what its checks need into $(VENV) ..."
	@$(PIP) install --editable . --group dev
	@touch $@ $(VENV)/.demo

$(PYTHON):
	@scripts/make-venv.sh $(VENV)
