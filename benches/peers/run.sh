#!/usr/bin/env bash
# usage: benches/peers/run.sh grading
# Runs a bench and its peers one after the other on this machine and prints their ratios.
set -euo pipefail
cd "$(dirname "$0")/../.."
bench=${1:?name a bench, such as grading}
[ -x target/peers/bin/python ] || benches/peers/install.sh
cargo bench --bench "$bench"
if [ -f "benches/peers/$bench.py" ]; then
  target/peers/bin/python "benches/peers/$bench.py" > "target/peers/$bench.json"
fi
if command -v Rscript >/dev/null && [ -f "benches/peers/$bench.R" ]; then
  Rscript "benches/peers/$bench.R" > "target/peers/$bench.r.json"
fi
target/peers/bin/python benches/peers/ratios.py "$bench"
