"""The shapes of benches/gradebook.rs with numpy and polars; prints seconds as JSON.

Everything is in memory before the clock starts, as it is for the bench. Each figure is the best of
several runs.
"""
import itertools
import json
import time

import numpy as np
import polars as pl

MANY, ITEMS = 100_000, 60
rng = np.random.default_rng(1)


def best(work, runs=7):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def item_analysis():
    """What the library's report has, from a matrix of chosen options: 1 to 4, 0 for a blank."""
    key = rng.integers(1, 5, ITEMS).astype(np.uint8)
    ability = rng.integers(20, 90, (MANY, 1))
    other = rng.integers(0, 5, (MANY, ITEMS))
    chosen = np.where(rng.integers(0, 100, (MANY, ITEMS)) < ability, key, other).astype(np.uint8)

    def work():
        n = MANY
        right = chosen == key
        total = right.sum(axis=1, dtype=np.int16)
        columns = np.ascontiguousarray(chosen.T)
        facility = right.mean(axis=0)
        variance = facility * (1 - facility) * n / (n - 1)
        spread = total - total.mean()
        with_total = spread @ right.astype(np.float64) / (n - 1)
        of_total = total.var(ddof=1)
        discrimination = with_total / np.sqrt(variance * of_total)
        rest = of_total + variance - 2 * with_total
        corrected = (with_total - variance) / np.sqrt(variance * rest)
        order = np.argsort(total, kind="stable")
        size = int(n * 0.27)
        upper_lower = right[order[-size:]].mean(axis=0) - right[order[:size]].mean(axis=0)
        roots = np.sqrt(np.maximum(with_total, 0))
        weights = roots / roots.sum()
        alpha = ITEMS / (ITEMS - 1) * (1 - variance.sum() / of_total)
        without = (ITEMS - 1) / (ITEMS - 2) * (1 - (variance.sum() - variance) / rest)
        m2, m3, m4 = (spread**2).mean(), (spread**3).mean(), (spread**4).mean()
        skewness, kurtosis = m3 / m2**1.5, m4 / m2**2 - 3
        efficiency, options = np.empty(ITEMS), []
        for item in range(ITEMS):
            hits = int(facility[item] * n + 0.5)
            # Few different totals: sorting sixteen bits is a radix sort.
            others = np.sort(total - (columns[item] == key[item]), kind="stable")
            most = (others[n - hits :].sum() - hits * others.mean()) / (n - 1)
            efficiency[item] = (with_total[item] - variance[item]) / most
            counts = np.bincount(columns[item], minlength=5)
            totals = np.bincount(columns[item], weights=total, minlength=5)
            options.append((counts, totals / np.maximum(counts, 1)))
        return (discrimination, corrected, upper_lower, weights, alpha, without, skewness,
                kurtosis, efficiency, options)

    frame = pl.DataFrame({f"q{item}": chosen[:, item] for item in range(ITEMS)})
    return work, lambda: item_analysis_with_polars(frame, [int(it) for it in key])


def item_analysis_with_polars(frame, key):
    n, names = MANY, [f"q{item}" for item in range(ITEMS)]
    right = frame.select((pl.col(name) == k).cast(pl.Int16) for name, k in zip(names, key))
    total = right.select(pl.sum_horizontal(names).alias("total")).to_series()
    both = right.with_columns(total)
    facility = right.mean().to_numpy()[0]
    variance = right.var().to_numpy()[0]
    with_total = both.select(pl.cov(name, "total").alias(name) for name in names).to_numpy()[0]
    of_total = total.var()
    discrimination = with_total / np.sqrt(variance * of_total)
    rest = of_total + variance - 2 * with_total
    corrected = (with_total - variance) / np.sqrt(variance * rest)
    ordered, size = both.sort("total"), int(n * 0.27)
    upper, lower = ordered.tail(size).mean(), ordered.head(size).mean()
    upper_lower = upper.select(names).to_numpy()[0] - lower.select(names).to_numpy()[0]
    roots = np.sqrt(np.maximum(with_total, 0))
    weights = roots / roots.sum()
    alpha = ITEMS / (ITEMS - 1) * (1 - variance.sum() / of_total)
    without = (ITEMS - 1) / (ITEMS - 2) * (1 - (variance.sum() - variance) / rest)
    skewness, kurtosis = total.skew(), total.kurtosis()
    others = [(pl.col("total") - pl.col(name)).alias(name) for name in names]
    hits = [int(it * n + 0.5) for it in facility]
    best_hits = both.select(
        other.sort(descending=True).head(count).sum() for other, count in zip(others, hits)
    ).to_numpy()[0]
    most = (best_hits - np.array(hits) * both.select(others).mean().to_numpy()[0]) / (n - 1)
    efficiency = (with_total - variance) / most
    given = frame.with_columns(total).lazy()
    options = pl.collect_all([
        given.group_by(name).agg(pl.len(), pl.col("total").mean()) for name in names
    ])
    return (discrimination, corrected, upper_lower, weights, alpha, without, skewness, kurtosis,
            efficiency, options)


def what_if():
    scores = rng.integers(0, 121, MANY)
    current = np.array([20, 40, 60, 80, 100])
    proposed = np.array([22, 41, 63, 80, 97])

    def work():
        before, after = np.searchsorted(current, scores, "right"), np.searchsorted(proposed, scores, "right")
        moved = np.flatnonzero(before != after)
        flows = np.bincount(before * 6 + after, minlength=36)
        return moved, before[moved], after[moved], flows

    column, cuts = pl.Series("score", scores), [pl.Series(current), pl.Series(proposed)]

    def with_polars():
        before, after = (cut.search_sorted(column, side="right") for cut in cuts)
        levels = pl.DataFrame({"before": before, "after": after})
        moved = levels.with_row_index().filter(pl.col("before") != pl.col("after"))
        return moved, levels.group_by("before", "after").len()

    return work, with_polars


def drop_lowest():
    """All choices of 17 of 20 items, as one matrix product: the plain way to the optimum."""
    possible = rng.integers(5, 51, 20).astype(float)
    score = np.floor(rng.random(20) * (possible + 1))
    keep = np.ones((1140, 20))
    for row, out in enumerate(itertools.combinations(range(20), 3)):
        keep[row, list(out)] = 0

    def work():
        for _ in range(100):
            found = keep[np.argmax(keep @ score / (keep @ possible))]
        return found

    return work


found = {"numpy": {}, "polars": {}}
for name, pair in (
    ("item_analysis/100000_by_60", item_analysis()),
    ("placement/what_if_100000", what_if()),
):
    for peer, work in zip(found, pair):
        found[peer][name] = best(work)
found["numpy"]["drop_rules/lowest_3_of_20"] = best(drop_lowest()) / 100
print(json.dumps(found))
