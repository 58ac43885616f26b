# The two commands of the README; each sets up everything it needs.

VENV := .venv
PYTHON ?= python3
INSTALLED := $(VENV)/.installed
RESULTS := results/worksheet5

.PHONY: grade test bench hostile fuzz faults environment clean

# The samples' own limit makes the endless loop among them end soon.
grade: environment
	$(VENV)/bin/grade submissions_sample/worksheet5 --rubric worksheet5 --out $(RESULTS) --limit cell=10s --limit memory=3GiB --yes
	@echo "The report: $(RESULTS)/index.html"

test: environment
	$(VENV)/bin/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

# Takes long; python -m benchmarks --short has smaller classes and fewer rounds.
bench: environment
	$(VENV)/bin/python -m benchmarks

hostile: environment
	$(VENV)/bin/python -m tests.hostile

# Ten minutes for each kind of material: notebooks, archives, rubrics, events, configurations of models.
fuzz: environment
	$(VENV)/bin/python -W ignore -m tests.fuzz --minutes 10

# Kills and full disks at random moments of thirty batches, some as root only.
faults: environment
	$(VENV)/bin/python -m tests.hostile.faults --runs 30

environment: $(INSTALLED)

$(INSTALLED): pyproject.toml
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --editable ".[notebooks,dev]"
	@touch $@

clean:
	rm -rf $(VENV) results
