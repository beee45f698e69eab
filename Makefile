# SPDX-License-Identifier: GPL-3.0-or-later
# Everything is created in build/, with Python 3.11 or later and nothing else.
PYTHON ?= python3
KUBERNETES ?= embedded
TESTS ?= tests
SHARE ?= 1/1
# Processes that run tests; `auto` is one for each CPU.
PROCESSES ?= auto
export PYTHONDONTWRITEBYTECODE = 1

VENV = build/venv
RUN = $(VENV)/bin/python
# The random order of files and of the tests of a file; another number is another order.
ORDER ?= 1
# All tests of a file run in one process, as they share its clusters.
PYTEST = $(RUN) -m pytest --numprocesses $(PROCESSES) --dist loadfile --no-loadscope-reorder --randomly-seed $(ORDER)

.PHONY: help demo check test lint types pytest findings locks changelog conventions soak compat compat-kubernetes bench \
  realparts build clean environment

help:
	@echo 'make demo                  from an inventory to an alert in the chat, in a minute'
	@echo 'make demo BREAK=list       ways to break its fleet, of which the doctor finds each; KEEP=1 leaves it running'
	@echo 'make demo KUBERNETES=real  the same on real kube-apiservers (built on first use: Go, some minutes)'
	@echo 'make check                 linters, types, unit and contract tests, in four minutes'
	@echo 'make test                  everything: linters, types, all tests, molecule'
	@echo 'make pytest TESTS=PATH     some of the tests'
	@echo 'make lint, make types      ruff, yamllint, ansible-lint; mypy'
	@echo 'make soak                  all combinations of kills, random sequences, generated input: some hours'
	@echo 'make soak SHARE=2/7        the second of seven shares of that'
	@echo 'make compat                runs with every ansible-core from 2.16 on for which there is a Python'
	@echo 'make compat-kubernetes     access to clusters with each major version of the kubernetes library'
	@echo 'make findings              docs/findings.md, from the catalogue of findings'
	@echo 'make changelog             CHANGELOG.md, from changelogs/fragments and all modules and roles'
	@echo 'make conventions           what Galaxy, Automation Hub and the Ansible community check, by their tools'
	@echo 'make locks                 tests/locks, the versions of all packages that these commands install'
	@echo 'make bench                 compare with a bare loop and kubernetes.core, some minutes'
	@echo 'make realparts             build etcd, kube-apiserver, Alertmanager and others now'
	@echo 'make build                 the collection as a tarball, in build/'
	@echo 'make clean                 remove build/'

environment:
	@$(PYTHON) tests/environment.py build

demo:
	@$(PYTHON) tests/environment.py build venv
	@$(RUN) -m tests.system.demo --kubernetes $(KUBERNETES) $(if $(BREAK),--break $(BREAK)) $(if $(KEEP),--keep)

check: lint types
	$(PYTEST) -m 'not real' tests/unit tests/contract

test: lint types pytest

lint: environment
	$(RUN) -m ruff check
	$(RUN) -m ruff format --check
	$(RUN) -m yamllint --strict .
	PATH=$(CURDIR)/$(VENV)/bin:$$PATH ANSIBLE_COLLECTIONS_PATH=$(CURDIR)/build/collections \
	  $(VENV)/bin/ansible-lint --offline -q playbooks roles examples extensions

types: environment
	$(RUN) -m mypy -p ansible_collections.kubesphere.dingtalk.plugins -p tests

pytest: environment
	$(PYTEST) --junit-xml build/junit.xml $(TESTS)

locks:
	@$(PYTHON) tests/environment.py build locks

findings: environment
	PYTHONPATH=build/collections $(RUN) -m tests.support.findings_page

changelog: environment
	PATH=$(CURDIR)/build/venv-conventions/bin:$$PATH $(RUN) -m tests.conventions.changelog antsibull-changelog

conventions: environment
	CONVENTIONS=1 $(PYTEST) tests/conventions

soak: environment
	SOAK=1 SHARE=$(SHARE) $(PYTEST) --junit-xml build/junit-soak.xml tests/system/crash tests/system/model \
	  tests/system/ownership tests/system/generated

compat:
	@$(PYTHON) tests/environment.py build venv venv-2.16 cores
	EVERY_CORE=1 $(RUN) -m pytest tests/system/cores

compat-kubernetes:
	@$(PYTHON) tests/environment.py build venv libraries
	EVERY_VERSION=1 $(RUN) -m pytest tests/system/libraries

bench:
	@$(PYTHON) tests/environment.py build venv venv-bench
	@$(RUN) -m tests.benchmark

realparts: environment
	@$(RUN) -m tests.support.realparts build

build: environment
	$(VENV)/bin/ansible-galaxy collection build --force --output-path build

clean:
	rm -rf build
