#!/usr/bin/env bash
# Installs the peers of the benches: numpy and polars from PyPI under target/peers, and R from the
# system's packages (Debian: r-base-core) where it is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "this needs root: $*" >&2
    return 1
  fi
}

python3 -m venv target/peers
target/peers/bin/pip --quiet install --disable-pip-version-check numpy polars
target/peers/bin/python -c 'import numpy, polars; print("numpy", numpy.__version__, "polars", polars.__version__)'

if ! command -v Rscript >/dev/null && command -v apt-get >/dev/null; then
  as_root apt-get update
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends r-base-core
fi
if command -v Rscript >/dev/null; then
  Rscript --version
else
  echo "R could not be installed: its column stays empty" >&2
fi
