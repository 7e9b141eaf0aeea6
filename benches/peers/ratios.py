"""Prints what a bench and its peers took, and how many times longer the peers took.

usage: ratios.py BENCH, after `cargo bench --bench BENCH` and the peers' scripts.
"""
import json
import pathlib
import sys

bench = sys.argv[1]
root = pathlib.Path(__file__).resolve().parents[2]


def ours(name):
    path = root / "target" / "criterion" / name / "new" / "estimates.json"
    return json.loads(path.read_text())["median"]["point_estimate"] / 1e9


def shown(seconds):
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def times(ratio):
    return f"{ratio:.1f}" if ratio >= 1 else f"{ratio:.2g}"


peers = {}
for path in sorted((root / "target" / "peers").glob(f"{bench}*.json")):
    for peer, figures in json.loads(path.read_text()).items():
        peers[peer] = figures

# The peer is a group of the same bench.
for name, group, peer in [("memory_store", "hash_map", "HashMap"), ("sqlite", "rusqlite", "rusqlite")]:
    if bench == name:
        groups = root / "target" / "criterion" / group
        operations = sorted(it.name for it in groups.iterdir() if it.name != "report")
        peers[peer] = {f"{bench}/{it}": ours(f"{group}/{it}") for it in operations}

names = sorted({name for figures in peers.values() for name in figures})
width = max(map(len, names))
print(f"{'':{width}}  {'lms':>9}" + "".join(f"  {peer:>20}" for peer in peers))
for name in names:
    mine = ours(name)
    row = f"{name:{width}}  {shown(mine):>9}"
    for figures in peers.values():
        theirs = figures.get(name)
        text = f"{shown(theirs)} ({times(theirs / mine)}x)" if theirs else ""
        row += f"  {text:>20}"
    print(row)

# What must hold: the most seconds that something may take, and how many times longer a peer takes.
MOST = {
    "grading": {
        "batch/mixed_60_reported": (0.16, 1),
        "conversion/lookup_1000": (50e-9, 1000),
        "conversion/interpolate_1000": (50e-9, 1000),
    },
    "gradebook": {
        "drop_rules/lowest_3_of_20": (5e-6, 1),
        "drop_rules/lowest_5_highest_2_of_20": (5e-6, 1),
        "placement/what_if_100000": (50e-3, 1),
    },
}
TIMES = {
    "grading": {
        "single_choice_100/uniform_marks": 10,
        "single_choice_100/five_different_marks": 20,
        "single_choice_100/marks_per_question": 20,
    },
    "gradebook": {"item_analysis/100000_by_60": 1},
}


def held(holds):
    return "held" if holds else "MISSED"


if bench in MOST:
    print()
    for name, (most, parts) in MOST[bench].items():
        each = ours(name) / parts
        print(f"{name}: {shown(each)} each, at most {shown(most)}: {held(each <= most)}")
    for name, least in TIMES[bench].items():
        ratio = peers["numpy"][name] / ours(name)
        print(f"{name}: numpy takes {times(ratio)} times as long, at least {least}: {held(ratio >= least)}")

if bench == "grading":
    for name in ("batch/mixed_60_scores", "compile_mixed_60"):
        print(f"{name}: {shown(ours(name))}")
    alone, batched = ours("one_attempt/mixed_40"), ours("batch/mixed_60_reported") / 100_000
    print(f"one_attempt/mixed_40: {shown(alone)}, {alone / batched:.0f} times one of 60 in a batch")
    matrix = ours("single_choice_100/read_matrix")
    print(f"\nreading the matrix of answers: {shown(matrix)}")
    for name in ("uniform_marks", "five_different_marks", "marks_per_question"):
        mine = ours(f"single_choice_100/{name}")
        print(f"  {name}: {shown(mine)}, {mine / matrix:.2f} times that")
