"""The shapes of benches/gradebook.rs with numpy; prints seconds as JSON.

Everything is in memory before the clock starts, as it is for the bench. Each figure is the best of
several runs.
"""
import itertools
import json
import time

import numpy as np

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

    return work


def what_if():
    scores = rng.integers(0, 121, MANY)
    current = np.array([20, 40, 60, 80, 100])
    proposed = np.array([22, 41, 63, 80, 97])

    def work():
        before, after = np.searchsorted(current, scores, "right"), np.searchsorted(proposed, scores, "right")
        moved = np.flatnonzero(before != after)
        flows = np.bincount(before * 6 + after, minlength=36)
        return moved, before[moved], after[moved], flows

    return work


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


print(json.dumps({"numpy": {
    "item_analysis/100000_by_60": best(item_analysis()),
    "placement/what_if_100000": best(what_if()),
    "drop_rules/lowest_3_of_20": best(drop_lowest()) / 100,
}}))
