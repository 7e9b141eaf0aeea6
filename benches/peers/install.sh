#!/usr/bin/env bash
# Installs the peers of the benches under target/peers: numpy and polars from PyPI.
# R is used where it is installed (Debian: `apt-get install r-base-core`).
set -euo pipefail
cd "$(dirname "$0")/../.."
python3 -m venv target/peers
target/peers/bin/pip --quiet install --disable-pip-version-check numpy polars
target/peers/bin/python -c 'import numpy, polars; print("numpy", numpy.__version__, "polars", polars.__version__)'
command -v Rscript >/dev/null && Rscript --version || echo "no R: its column stays empty"
