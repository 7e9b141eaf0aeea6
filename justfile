# Short names for the usual commands; every one of them works without just.

# Runs the main journey on the memory store.
demo:
    cargo run --example placement_school

# Runs every test, PostgreSQL included.
test:
    scripts/test

# Runs what must pass before a change lands.
ci:
    .ci/run

# Measures; the README's figures come from here.
bench:
    cargo bench
