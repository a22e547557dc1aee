# Everything a newcomer types: make quickstart, make test. One build configuration, release: the
# kernels are 50 to 150 times slower without optimisation, and dependencies build only once.

export OPENBLAS_NUM_THREADS := 1
export OPENBLAS_CORETYPE := Haswell

BUILD := swift build -c release
FEDSIM := .build/release/fedsim
PREFIX ?= /usr/local
# No --out: every run gets a folder of its own below results/.
.PHONY: build quickstart studentlife reproduce reproduce-all results bench bench-secagg python test test-slow test-tools lint format deps install-deps dist check-dist install uninstall clean

build: deps
	$(BUILD) --product fedsim

quickstart: build
	$(FEDSIM) run experiments/quickstart.yaml

# A real log of three phones; the data is not part of the project.
studentlife: build
	@if [ -f ../shared/data/studentlife-3u/events.csv.gz ]; then \
	  { [ -f results/studentlife.sqlite ] || $(FEDSIM) data import \
	    ../shared/data/studentlife-3u/events.csv.gz --format studentlife \
	    --key-file experiments/studentlife.key --out results/studentlife.sqlite; } && \
	  $(FEDSIM) run experiments/studentlife.yaml; \
	else echo "skipped: ../shared/data/studentlife-3u is not here"; fi

# Answers the project's quick questions again and compares every byte with results/; minutes.
reproduce: build
	scripts/reproduce.sh

# All of them; about half an hour.
reproduce-all: build
	scripts/reproduce.sh --all

# Writes results/ anew, after a change that is meant to alter them.
results: build
	scripts/reproduce.sh --all --update

# Speed of this machine, as a table and as results/bench.csv; several minutes, nothing else running.
bench: deps
	$(BUILD) --product fedsim
	$(BUILD) --product fedsim-bench
	mkdir -p results
	.build/release/fedsim-bench $(FEDSIM) experiments results/bench.csv

# What secure aggregation costs, as a table and as results/bench-secagg.csv; several minutes.
bench-secagg: deps
	$(BUILD) --product fedsim
	$(BUILD) --product fedsim-bench
	mkdir -p results
	.build/release/fedsim-bench $(FEDSIM) experiments results/bench-secagg.csv secagg

# pandas and NumPy for the tests that read our files with them; nothing else needs Python.
python:
	@scripts/install-python.sh

# Suites that take 13 to 40 seconds of a core each: whole lives, large tables, many runs, a hundred
# thousand frames.
SLOW := (PrivacyTests.ReferenceTable|DeviceClientTests.FrameFuzz|FederationTests.Combination|DeviceTests.Rollout|fedsimTests.(Lifecycle|ClientState|EarlyStopping|Attack|Neighbour|GrowingSweep))Tests/

# Four minutes on two cores after the first build.
test: deps python
	swift test -c release --disable-testable-imports --skip '$(SLOW)'

# The slow ones; two minutes.
test-slow: deps python
	swift test -c release --disable-testable-imports --filter '$(SLOW)'

lint:
	swift format lint --strict --recursive --parallel Package.swift Sources Tests Benchmarks/fedsim-bench Fuzzing

format:
	swift format --in-place --recursive --parallel Package.swift Sources Tests Benchmarks/fedsim-bench Fuzzing

# Says which system libraries are missing; with INSTALL=1 they are installed (apt-get, as root).
deps:
	@scripts/install-libraries.sh $(if $(INSTALL),--install)

# All that building and testing need of the system.
install-deps:
	@scripts/install-libraries.sh --install
	@scripts/install-python.sh --install

# dist/: a tarball and a Python wheel with a program that needs no Swift and no library of ours.
dist: deps
	scripts/dist.sh dist

# Tries both in a fresh Debian 12, as root.
check-dist:
	scripts/check-dist.sh dist

# That program, below PREFIX, with its licenses and completion for bash, zsh and fish.
install: dist
	scripts/install.sh "$(DESTDIR)$(PREFIX)"

uninstall:
	scripts/install.sh --remove "$(DESTDIR)$(PREFIX)"

# gnuplot and Chromium, for the tests of figures and reports; without them those are skipped.
test-tools:
	@scripts/install-test-tools.sh

clean:
	rm -rf .build dist
