"""Grades the shapes of benches/grading.rs with numpy and polars, and prints seconds as JSON.

Answers are columns in memory, as they are for the bench. Each figure is the best of several runs.
"""
import json
import time

import numpy as np
import polars as pl

ATTEMPTS = 100_000
rng = np.random.default_rng(1)


def best(work, runs=7):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def single_choice(questions, marks):
    """One right option of four; 0 is blank."""
    key = rng.integers(1, 5, questions).astype(np.uint8)
    rows = rng.integers(0, 5, (ATTEMPTS, questions)).astype(np.uint8)
    most = marks.sum()

    def with_numpy():
        hits = rows == key
        if (marks == marks[0]).all():
            raw = hits.sum(axis=1) * marks[0]
        else:
            raw = (hits * marks).sum(axis=1)
        return np.round(raw, 2), raw / most * 100 >= 60

    frame = pl.DataFrame({f"q{at}": rows[:, at] for at in range(questions)})

    def with_polars():
        right = [
            (pl.col(f"q{at}") == int(key[at])).cast(pl.Int32) * int(marks[at])
            for at in range(questions)
        ]
        raw = pl.sum_horizontal(right)
        return frame.select(raw.alias("raw"), (raw * 100 >= 60 * int(most)).alias("passed"))

    return with_numpy, with_polars


def multiple_select(questions):
    """Five options as a bit mask; right less wrong over the right ones, not below nothing."""
    keys = rng.integers(1, 32, questions)
    columns = [rng.integers(0, 32, ATTEMPTS).astype(np.uint8) for _ in range(questions)]
    tables = [table(int(key), 5) for key in keys]

    def with_numpy():
        raw = np.zeros(ATTEMPTS)
        for column, worth in zip(columns, tables):
            raw += worth[column]
        return np.round(raw, 2), raw >= 0.6 * questions

    frame = pl.DataFrame({f"q{at}": column for at, column in enumerate(columns)})
    series = [pl.Series(worth) for worth in tables]

    def with_polars():
        worth = [
            pl.col(f"q{at}").replace_strict(range(32), series[at][:32], return_dtype=pl.Float64)
            for at in range(questions)
        ]
        raw = pl.sum_horizontal(worth)
        return frame.select(raw.round(2).alias("raw"), (raw >= 0.6 * questions).alias("passed"))

    return with_numpy, with_polars


def coded(at, worth):
    codes = range(len(worth))
    return pl.col(f"q{at}").replace_strict(codes, worth.astype(float), return_dtype=pl.Float64)


def table(key, options):
    masks = np.arange(1 << options)
    bits = lambda values: np.array([int(it).bit_count() for it in values])
    right, wrong = bits(masks & key), bits(masks & ~key & ((1 << options) - 1))
    return np.maximum(right - wrong, 0) / max(key.bit_count(), 1)


def mixed(questions):
    """Four weighted sections of choices, ticks, words, numbers and coded answers, then scaled
    sections and a level."""
    work, marks = [], np.array([at % 3 + 1 for at in range(questions)], dtype=float)
    columns, shares = {}, []
    for at in range(questions):
        kind = at % 10
        if kind <= 4:
            options = 4 if kind < 4 else 2
            key = rng.integers(1, options + 1)
            column = rng.integers(0, options + 1, ATTEMPTS).astype(np.uint8)
            work.append(lambda c=column, k=key: c == k)
            shares.append((pl.col(f"q{at}") == int(key)).cast(pl.Float64))
        elif kind <= 6:
            worth = table(int(rng.integers(1, 64)), 6)
            column = rng.integers(0, 64, ATTEMPTS).astype(np.uint8)
            work.append(lambda c=column, w=worth: w[c])
            shares.append(coded(at, worth))
        elif kind == 7:
            words = np.array([f"word {at}", f"WORD {at}", ""] + [f"another {n}" for n in range(100)])
            column = words[rng.integers(0, len(words), ATTEMPTS)]
            wanted = f"word {at}"

            def word(c=column, w=wanted):
                distinct, place = np.unique(c, return_inverse=True)
                lowered = np.char.lower(distinct)
                worth = np.where(lowered == w, 1.0, np.where(np.char.endswith(lowered, w[5:]), 0.5, 0.0))
                return worth[place]

            work.append(word)
            lowered = pl.col(f"q{at}").str.to_lowercase()
            half = pl.when(lowered.str.ends_with(wanted[5:])).then(0.5).otherwise(0.0)
            shares.append(pl.when(lowered == wanted).then(1.0).otherwise(half))
        elif kind == 8:
            texts = np.array([f"{a}.{b}" for a in range(60) for b in range(10)])
            column = texts[rng.integers(0, len(texts), ATTEMPTS)]

            def number(c=column, value=at + 0.5):
                distinct, place = np.unique(c, return_inverse=True)
                near = np.abs(distinct.astype(float) - value) <= 0.25
                return near[place]

            work.append(number)
            near = (pl.col(f"q{at}").cast(pl.Float64) - (at + 0.5)).abs() <= 0.25
            shares.append(near.cast(pl.Float64))
        else:
            worth = rng.integers(0, 5, 200) / 4
            column = rng.integers(0, 200, ATTEMPTS)
            work.append(lambda c=column, w=worth: w[c])
            shares.append(coded(at, worth))
        columns[f"q{at}"] = column
    weights = np.array([1.0, 2.0, 3.0, 4.0])
    section_of = np.arange(questions) % 4
    maxima = np.array([marks[section_of == s].sum() for s in range(4)])
    scales = [np.floor(np.arange(int(most) + 1) * 9 / most) for most in maxima]

    def with_numpy():
        sections = np.zeros((4, ATTEMPTS))
        for at, grade in enumerate(work):
            sections[section_of[at]] += grade() * marks[at]
        total = (sections / maxima[:, None] * weights[:, None]).sum(axis=0) / weights.sum() * 100
        shown = np.round(total, 2)
        scaled = [scales[s][np.floor(sections[s]).astype(int)] for s in range(4)]
        level = np.digitize(shown, [20, 40, 60, 80])
        return shown, shown >= 60, sum(it.sum() for it in scaled), np.bincount(level)

    frame = pl.DataFrame(columns)
    own = [[share * mark for share, mark in zip(shares[s::4], marks[s::4])] for s in range(4)]
    sections = [pl.sum_horizontal(own[s]).alias(f"s{s}") for s in range(4)]
    whole = sum(pl.col(f"s{s}") * (weights[s] / maxima[s]) for s in range(4)) / weights.sum() * 100

    def with_polars():
        scores = frame.lazy().select(sections).with_columns(whole.round(2).alias("shown"))
        scaled = [
            pl.col(f"s{s}").floor().replace_strict(range(len(scales[s])), scales[s]) for s in range(4)
        ]
        level = sum((pl.col("shown") >= cut).cast(pl.UInt32) for cut in (20, 40, 60, 80))
        return scores.select(
            "shown",
            (pl.col("shown") >= 60).alias("passed"),
            pl.sum_horizontal(scaled).sum().alias("scaled"),
            level.alias("level"),
        ).collect()

    return with_numpy, with_polars


def conversion():
    """A thousand raw scores by a table of ranges, and by one that interpolates."""
    starts = np.arange(20) * 5
    bands = np.arange(20) * 0.5
    anchors = np.arange(11) * 10
    raw = np.arange(1000) * 7919 % 100
    return (
        lambda: bands[np.searchsorted(starts, raw, side="right") - 1].sum(),
        lambda: np.floor(np.interp(raw, anchors, (anchors // 10) ** 2) + 0.5).sum(),
    )


def many(work, times=1000):
    def repeated():
        for _ in range(times):
            work()

    return best(repeated) / times


def main():
    found = {"numpy": {}, "polars": {}}

    def both(name, pair):
        for peer, work in zip(found, pair):
            found[peer][name] = best(work)

    both("single_choice_100/uniform_marks", single_choice(100, np.ones(100, dtype=np.int64)))
    five = np.arange(100, dtype=np.int64) % 5 + 1
    both("single_choice_100/five_different_marks", single_choice(100, five))
    both("single_choice_100/marks_per_question", single_choice(100, np.arange(1, 101)))
    both("batch/multiple_select_60", multiple_select(60))
    both("batch/mixed_60_reported", mixed(60))
    lookup, interpolate = conversion()
    found["numpy"]["conversion/lookup_1000"] = many(lookup)
    found["numpy"]["conversion/interpolate_1000"] = many(interpolate)
    print(json.dumps(found))


main()
