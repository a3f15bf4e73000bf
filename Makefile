# Each word sets up what it needs first; on a machine where that is done, setting up takes milliseconds.
.DEFAULT_GOAL := help
.PHONY: help setup packages clients demo test conformance terraform check fmt bench docs

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' $(MAKEFILE_LIST) | expand -t 18

setup:  ## .venv with every pinned dependency (the other words do this themselves)
	@scripts/setup

packages:  ## the Debian packages that the tests need (PostgreSQL, SoftHSM2, Node.js, promtool)
	@scripts/system-packages
	@scripts/promtool

clients: packages  ## IBM's Node, Go and Java clients, for the tests
	@scripts/clients

demo: setup  ## a server, your own key, a file, a rotation, a refusal, and the audit log of it all
	@scripts/demo

test: packages setup clients  ## every test; ARGS="tests/unit -k wrap" chooses some
	@scripts/test $(ARGS)

conformance: packages setup  ## IBM's own clients, each against a real server; says which did not run
	@scripts/conformance

terraform: setup  ## OpenTofu and IBM's provider, built here (minutes), against a real server
	@scripts/terraform

check: setup  ## format, lint, types, layers, spelling, dependencies, changelog, documents
	@scripts/check

fmt: setup  ## format the code and mend what the linter can mend
	@.venv/bin/ruff format --quiet . && .venv/bin/ruff check --fix --quiet .

bench: setup  ## measure; a table here and build/bench.json (ARGS="--only pages": lists of up to a million keys)
	@.venv/bin/python -m benches $(ARGS)

docs: setup  ## the documents as pages, in build/docs
	@scripts/docs
