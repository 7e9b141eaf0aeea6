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

if bench == "memory_store":
    # The peer is a group of the same bench.
    groups = root / "target" / "criterion" / "hash_map"
    operations = sorted(it.name for it in groups.iterdir() if it.name != "report")
    peers["HashMap"] = {f"memory_store/{it}": ours(f"hash_map/{it}") for it in operations}

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

if bench == "grading":
    for name in ("one_attempt/mixed_60", "batch/mixed_60_scores", "compile_mixed_60"):
        print(f"\n{name}: {shown(ours(name))}", end="")
    for name in ("lookup_1000", "interpolate_1000"):
        print(f"\nconversion/{name}, each: {shown(ours('conversion/' + name) / 1000)}", end="")
    print()
    matrix = ours("single_choice_100/read_matrix")
    print(f"\nreading the matrix of answers: {shown(matrix)}")
    for name in ("uniform_marks", "five_different_marks", "marks_per_question"):
        mine = ours(f"single_choice_100/{name}")
        print(f"  {name}: {shown(mine)}, {mine / matrix:.2f} times that")
