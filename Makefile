# Every target installs what it needs: a virtual environment in .venv and Cargo crates. Nothing needs root or Docker.
export CARGO_TARGET_DIR ?= $(CURDIR)/target
PYTHON  ?= python3
ARCH    ?= arm64
PORT    ?= 4566
SPEED   ?= 1
# The guides call the bucket S3_BUCKET_NAME in the shell.
CFN_BUCKET_NAME ?= $(S3_BUCKET_NAME)
VENV    := .venv
PACKAGER = $(CARGO_TARGET_DIR)/debug/package
EMULATOR = $(CARGO_TARGET_DIR)/debug/emulator
# With workspace-hack, cargo compiles the crates that these have in common with the rest of the workspace once.
COMPILE  = cargo build --quiet --locked --package workspace-hack --package
SHOW     = package/progress.sh

.PHONY: help demo up test test-release test-peers lint audit bench package new-function parameters shapes clean
help: ## Show this list.
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .packager $(VENV)/emulator/installed ## A push travels through a pipeline on this machine, from nothing.
	@$(PACKAGER) build --arch local --function git-source
	@$(EMULATOR) demo

up: .functions ## Keep the emulator running, on PORT=4566; SPEED=30 shortens its waits; Ctrl-C ends it.
	@$(EMULATOR) up --port $(PORT) --speed $(SPEED)

# One run of cargo compiles functions, emulator and tests. Four tests at a time also on a small machine: the end-to-end tests
# mostly wait for the emulator.
test: lint .packager $(VENV)/emulator/installed $(VENV)/bin/git-lfs ## All checks: lint, unit, property and end-to-end tests.
	@$(PACKAGER) build --arch local --tests
	@RUST_TEST_THREADS=$${RUST_TEST_THREADS:-4} cargo test --locked --workspace --lib --bins --tests

test-release: $(VENV)/emulator/installed ## One pipeline with the git source as it is shipped, optimizations included.
	@cargo test --locked --workspace --test release

test-peers: $(VENV)/emulator/installed $(VENV)/tests/peers/installed ## Clients of others and moto's tests on the emulator; downloads them. SUITES="boto3 moto".
	@$(SHOW) "compiling the emulator" $(COMPILE) emulator
	@$(VENV)/tests/peers/bin/python tests/peers $(SUITES)

lint: $(VENV)/tests/lint/installed $(VENV)/bin/cargo-deny ## Formatting, clippy, dependencies, templates, shell.
	@cargo fmt --all --check
	@cargo clippy --quiet --locked --workspace --all-targets -- --deny warnings
	@$(VENV)/bin/cargo-deny --locked check --hide-inclusion-graph bans licenses sources
	@tests/lint/run.sh

# Without the database nothing is wrong with the dependencies, as far as anyone here can tell: that is said, and no failure.
audit: $(VENV)/bin/cargo-deny ## Known vulnerabilities of the dependencies, where the RustSec database can be reached.
	@if $(VENV)/bin/cargo-deny --locked fetch db 2>/dev/null; then $(VENV)/bin/cargo-deny --locked check advisories; \
	else echo "not audited: the RustSec database (https://github.com/RustSec/advisory-db) cannot be reached"; fi

bench: $(VENV)/emulator/installed $(VENV)/bin/git-lfs ## Measure the functions and print the table.
	@$(SHOW) "compiling the bench" $(COMPILE) bench
	@$(CARGO_TARGET_DIR)/debug/bench

package: .packager $(VENV)/package/installed ## Zips and templates into target/lambda; with CFN_BUCKET_NAME=..., also uploaded. ARCH=arm64|x86_64. SHARE_WITH="ACCOUNT ORGANIZATION".
	@$(PACKAGER) build --arch $(ARCH)
	@$(if $(CFN_BUCKET_NAME),$(PACKAGER) upload --bucket "$(CFN_BUCKET_NAME)" $(foreach reader,$(SHARE_WITH),--share-with "$(reader)"))

new-function: .packager ## Make a function from templates/function: NAME=launch-roles. See docs/adding-a-function.md.
	@$(PACKAGER) new-function "$(NAME)"

parameters: .packager ## Write docs/parameters.md and docs/images/templates.svg from the templates.
	@$(PACKAGER) parameters

shapes: $(VENV)/emulator/installed $(VENV)/tests/lint/installed ## Cut what the emulator knows of inputs and properties out of AWS's models again.
	@$(VENV)/emulator/bin/python emulator/shapes.py
	@$(VENV)/tests/lint/bin/python emulator/properties.py

clean: ## Remove what the other targets made here.
	@rm -rf $(VENV) target build

.PHONY: .packager .functions
.packager:
	@$(SHOW) "compiling the packager" $(COMPILE) package

# What the emulator runs: every function, compiled for this machine.
.functions: .packager $(VENV)/emulator/installed
	@$(PACKAGER) build --arch local

# One environment each, because the linters want other versions of the AWS libraries than the emulator.
$(VENV)/%/installed: %/requirements.txt
	@$(PYTHON) -m venv $(@D)
	@$(SHOW) "installing $< into $(@D)" $(@D)/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

# Git LFS, for the tests that use it: the one of this machine, else Debian's package, unpacked and not installed. The lists of
# packages are read anew into a folder of their own: those of the machine may be old or missing, and only root may renew them.
APT = apt-get --quiet=2 --option Dir::State::Lists="$$folder/lists" --option Dir::Cache="$$folder/cache"
$(VENV)/bin/git-lfs:
	@mkdir -p $(@D)
	@if command -v git-lfs >/dev/null; then ln -sf "$$(command -v git-lfs)" $@; exit; fi; \
	folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && cd "$$folder" && echo "downloading git-lfs ..." && \
	mkdir -p lists/partial cache/archives/partial && { $(APT) update && $(APT) download git-lfs; } 2>apt.log && \
	dpkg-deb --extract git-lfs_*.deb . && install usr/bin/git-lfs $(CURDIR)/$@ || \
	{ cat apt.log; echo "error: cannot download git-lfs: install it (https://git-lfs.com) and run make again"; exit 1; } >&2

$(VENV)/bin/cargo-deny:
	@$(SHOW) "installing cargo-deny into $(VENV)" cargo install --quiet --locked --debug --root $(VENV) --target-dir $(CARGO_TARGET_DIR)/tools cargo-deny@0.20.2
