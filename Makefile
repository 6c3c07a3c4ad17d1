# make lab     JupyterLab on the notebooks
# make test    style, types and tests
# make bench   the benchmarks
# make site    all notebooks as static files in _site, for readers who install nothing
# make serve   the same, on http://127.0.0.1:8000
# make hub     JupyterHub for a class, on http://127.0.0.1:8000
# make clean   removes the environments and the Node packages made here
#
# Each target first makes what it needs: a virtual environment with this project in it and, on a
# machine with an NVIDIA driver, the CuPy that fits; for the types, two Node packages, run by a Node
# from PyPI. Variables, as in `make lab LAB_ARGS=--no-browser`:
#
#   PYTHON     the Python to build on, 3.11 or later             (python3)
#   GPU        cuda12, cuda13 or none                            (what nvidia-smi says)
#   LAB_ARGS   more arguments for jupyter lab
#   TEST_ARGS  more arguments for pytest, such as -k stage
#   WORKERS    processes that share the tests                    (2; 0, none, with a GPU)
#   PYODIDE    a folder with a complete Pyodide, for a site that asks no other host for anything
#   PORT       where make serve and make hub serve               (8000)
#   HUB_ARGS   more arguments for jupyterhub

PYTHON = python3
LAB_ARGS =
TEST_ARGS =
PYODIDE =
PORT = 8000
HUB_ARGS =
SITE = _site
PROXY = configurable-http-proxy@5.3.0

# nvidia-smi prints the newest CUDA that its driver runs; a driver newer than 13 runs 13 as well.
GPU := $(shell nvidia-smi 2>/dev/null \
  | sed -n 's/.*CUDA[^:]*Version *: *\([0-9][0-9]*\).*/\1/p' \
  | awk '{ print ($$1 >= 13 ? "cuda13" : $$1 == 12 ? "cuda12" : "none") }')
CUPY := $(filter cuda12 cuda13,$(GPU))

# An environment for each CuPy, so that two never meet in one.
VENV := .venv$(CUPY:%=-%)
BIN := $(VENV)/bin
LAB_EXTRAS := lab$(CUPY:%=,%)
HUB_EXTRAS := hub$(CUPY:%=,%)
TEST_EXTRAS := test,$(or $(CUPY),nvrtc)
# Node and npm come with the test requirements; those of the machine serve where there are none.
WITH_NODE = PATH="$(CURDIR)/$(BIN):$$PATH"
# A file's tests stay together, on one JupyterLab; two files at once would share a GPU.
WORKERS = $(if $(CUPY),0,2)
ALLOW_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: lab test bench site serve hub clean

lab: $(VENV)/lab.stamp
	$(BIN)/jupyter lab $(ALLOW_ROOT) $(LAB_ARGS) notebooks/00_start_here.ipynb

test: $(VENV)/test.stamp node_modules/.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(WITH_NODE) node_modules/.bin/pyright --project . --pythonpath $(BIN)/python
	$(WITH_NODE) node_modules/.bin/tsc --project .
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile $(TEST_ARGS)

bench: $(VENV)/test.stamp
	set -e; for script in $(wildcard benchmarks/*.py); do $(BIN)/python $$script; done

site: .venv-site/site.stamp
	PATH="$(CURDIR)/.venv-site/bin:$$PATH" \
	  .venv-site/bin/python site/build.py $(SITE) $(if $(PYODIDE),--pyodide '$(PYODIDE)')

serve: $(SITE)/index.html
	$(PYTHON) -m http.server --bind 127.0.0.1 --directory $(SITE) $(PORT)

$(SITE)/index.html:
	$(MAKE) site

hub: $(VENV)/hub.stamp
	$(WITH_NODE) $(BIN)/jupyterhub --config classroom/jupyterhub_config.py \
	  --JupyterHub.bind_url=http://127.0.0.1:$(PORT) $(HUB_ARGS)

clean:
	rm -rf .venv .venv-cuda12 .venv-cuda13 .venv-site node_modules $(SITE)

$(VENV)/lab.stamp: $(VENV)/python.stamp pyproject.toml
	$(BIN)/python -m pip install --disable-pip-version-check --editable '.[$(LAB_EXTRAS)]'
	@touch $@

$(VENV)/test.stamp: $(VENV)/python.stamp pyproject.toml
	$(BIN)/python -m pip install --disable-pip-version-check --editable '.[$(TEST_EXTRAS)]'
	@touch $@

# The hub's proxy is of Node: it goes where the Node from PyPI is.
$(VENV)/hub.stamp: $(VENV)/python.stamp pyproject.toml
	$(BIN)/python -m pip install --disable-pip-version-check --editable '.[$(HUB_EXTRAS)]'
	$(WITH_NODE) npm install --global --prefix $(VENV) --no-audit --no-fund $(PROXY)
	@touch $@

.venv-site/site.stamp: pyproject.toml
	$(PYTHON) -m venv .venv-site
	.venv-site/bin/python -m pip install --disable-pip-version-check '.[site]'
	@touch $@

node_modules/.stamp: package-lock.json | $(VENV)/test.stamp
	$(WITH_NODE) npm ci --no-audit --no-fund
	@touch $@

$(VENV)/python.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "convviz needs Python 3.11 or later; name one: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@
