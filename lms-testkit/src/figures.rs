//! Figures that tests count, for anyone who publishes them.

/// Prints what a test counted, as `figure: NAME: COUNT`. `scripts/figures` adds up what the tests
/// print under one name; run them with `--nocapture` to see it.
pub fn figure(name: &str, count: usize) {
    println!("figure: {name}: {count}");
}

/// Prints that many at once wanted what there was less of: how much there was, and how much of it
/// was given. Whatever was given beyond it is an oversell.
pub fn race(places: usize, given: usize) {
    figure("races", 1);
    figure("oversells", given.saturating_sub(places));
}
