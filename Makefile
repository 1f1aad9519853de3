# Everything goes through do.py, which makes .venv first where it is missing.
.DEFAULT_GOAL := help
.PHONY: help test demo bench faults

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

test: ## lint, import rules, types, tests
	python3 do.py test

demo: ## an election night with the API (Ctrl-C ends it)
	python3 do.py demo

bench: ## benchmark table, ratios in one run
	python3 do.py bench

faults: ## every fault under load, docs/reliability.md
	python3 do.py faults
