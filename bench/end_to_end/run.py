#!/usr/bin/python3
"""Time the program against a Pillow process pool, sharp where it is, and cat, on the same files in the same run.

Every corpus is checked before it is timed. Exit status 1: something written was wrong, or memory went over the budget.
A missed target is shown in the table and is no failure: a timed test would fail on a busy machine. Of generated corpora
under their full size, where starting up counts, no target is judged.
"""
import argparse
import json
import os
import sys

sys.dont_write_bytecode = True
import chart  # noqa: E402
import corpora  # noqa: E402
import machine  # noqa: E402
import process  # noqa: E402
import rounds  # noqa: E402
import table  # noqa: E402
from contestants import Contestants  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
QUICK_SCALE = 0.05


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--quick", action="store_true", help=f"scale {QUICK_SCALE} and one round")
    add("--scale", type=float, help="times the examples of each corpus (default 1)")
    add("--rounds", type=int, help="default 3")
    add("--peer-rounds", type=int, help="rounds in which the Pillow and sharp peers take part (default all)")
    add("--retries", type=int, default=2, help="of a run from which other programs took processors (default 2)")
    add("--only", metavar="NAMES", help="corpora to run, separated by commas: " + ",".join(c.name for c in corpora.ALL))
    add("--seed", type=int, default=1)
    add("--photos", metavar="DIR", help="photographs to generate from")
    add("--corpora", metavar="DIR", help="use NAME.jsonl of this folder instead of generating")
    add("--work", metavar="DIR", default=os.path.join(ROOT, "build/bench"), help="generated corpora and outputs")
    add("--results", metavar="DIR", default=os.path.join(ROOT, "bench/results"))
    add("--program", metavar="FILE", default=os.path.join(ROOT, "build/release/visionshard"))
    add("--processes", type=int, default=len(os.sched_getaffinity(0)), help="of the peers (default: all processors)")
    add("--sharp", metavar="DIR", help="a folder with node_modules/sharp: times that peer too")
    chosen = parser.parse_args()
    chosen.scale = chosen.scale or (QUICK_SCALE if chosen.quick else 1)
    chosen.rounds = chosen.rounds or (1 if chosen.quick else 3)
    chosen.peer_rounds = max(1, chosen.peer_rounds or chosen.rounds)
    names = chosen.only.split(",") if chosen.only else [c.name for c in corpora.ALL]
    unknown = set(names) - {c.name for c in corpora.ALL}
    if unknown:
        parser.error(f"no corpus named {', '.join(sorted(unknown))}")
    if chosen.sharp and not os.path.isdir(os.path.join(chosen.sharp, "node_modules/sharp")):
        parser.error(f"{chosen.sharp}: no node_modules/sharp")
    chosen.wanted = [c for c in corpora.ALL if c.name in names]
    for folder in ("work", "program", "corpora", "photos", "sharp"):
        if getattr(chosen, folder):
            setattr(chosen, folder, os.path.abspath(getattr(chosen, folder)))
    return chosen


def save(folder, where, rows, chosen):
    os.makedirs(folder, exist_ok=True)
    name = os.path.join(folder, where["date"][:19].replace(":", "") + "-" + where["commit"].split(" ")[0])
    settings = {"scale": chosen.scale, "rounds": chosen.rounds, "peer_rounds": chosen.peer_rounds, "seed": chosen.seed,
                "retries": chosen.retries, "peer_processes": chosen.processes, "photos": bool(chosen.photos),
                "generated": not chosen.corpora}
    with open(name + ".json", "w", encoding="utf-8") as file:
        json.dump({"machine": where, "settings": settings, "rows": rows}, file, indent=1)
    note = (f"{where['processor']}, {where['usable_processors']} processors; {where['date'][:10]}, "
            f"commit {where['commit']}")
    with open(name + ".svg", "w", encoding="utf-8") as file:
        file.write(chart.svg(rows, note))
    with open(name + ".md", "w", encoding="utf-8") as file:
        file.write(f"{note}\n\n{table.markdown(rows)}")
    return name


def main():
    chosen = options()
    contestants = Contestants(chosen.program, chosen.work, chosen.processes, chosen.sharp)
    where = machine.describe(chosen.program, chosen.work, chosen.sharp)
    if where["load_before"] > 0.5:
        print(f"bench: the machine is busy (load {where['load_before']:.1f}); figures will be off", flush=True)
    wanted = (corpora.existing(chosen.wanted, chosen.corpora) if chosen.corpora else
              corpora.generated(chosen.wanted, chosen.program, os.path.join(chosen.work, "corpora"), chosen.scale,
                                chosen.seed, chosen.photos))
    if not wanted:
        raise process.Failed("no corpus to run")
    rows = []
    for corpus in wanted:
        corpus.written, corpus.images_decoded = contestants.check(corpus.path, chosen.seed)
        print(f"bench: {corpus.name}: output checked, {corpus.images_decoded} images decoded", flush=True)
        series = rounds.time_all(contestants, corpus, chosen.rounds, chosen.peer_rounds, chosen.retries)
        rows.append(table.row_of(corpus, series, machine.default_budget_bytes(),
                                 judged=bool(chosen.corpora) or chosen.scale >= 1))
    print(table.markdown(rows), end="")
    print(f"bench: {save(chosen.results, where, rows, chosen)}.json, .md, .svg")
    return 1 if any(table.over_memory(row) for row in rows) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except process.Failed as failed:
        sys.exit(f"bench: {failed}")
