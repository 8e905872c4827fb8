#!/usr/bin/python3
"""Time the program against a Pillow process pool, sharp where it is, and cat, on the same files in the same run.

Every corpus is checked before it is timed. Exit status 1: something written was wrong, or memory went over the budget.
A missed target is shown in the table and is no failure: a timed test would fail on a busy machine. Of generated corpora
under their full size, where starting up counts, none is called missed.
"""
import argparse
import json
import os
import shutil
import sys

sys.dont_write_bytecode = True
import chart  # noqa: E402
import corpora  # noqa: E402
import figures  # noqa: E402
import machine  # noqa: E402
import process  # noqa: E402
import quality  # noqa: E402
import rounds  # noqa: E402
import table  # noqa: E402
from contestants import Contestants  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build/bench")
DEBIAN_PHOTOS = os.path.join(ROOT, "demo/photos")
SHARP = os.path.join(BUILD, "sharp")
MEMORY_FILESYSTEM = "/dev/shm"
QUICK_SCALE = 0.05
PAIRS = 5


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--quick", action="store_true", help=f"scale {QUICK_SCALE} and one round")
    add("--scale", type=float, help="times the examples of each corpus (default 1)")
    add("--rounds", type=int, help=f"interleaved pairs (default {PAIRS})")
    add("--peer-rounds", type=int, help="rounds in which the Pillow and sharp peers take part (default all)")
    add("--retries", type=int, help="of a run from which other programs took processors (default 2; with --quick 0)")
    add("--only", metavar="NAMES", help="corpora to run, separated by commas: " + ",".join(c.name for c in corpora.ALL))
    add("--seed", type=int, default=1, help="another one, another set of images")
    add("--photos", metavar="DIR", help="photographs to cut images out of, or none: synthetic pictures (default: "
        "demo/photos, where scripts/photos.sh puts Debian's wallpapers, if it is there)")
    add("--corpora", metavar="DIR", help="use NAME.jsonl of this folder instead of generating")
    add("--work", metavar="DIR", help="outputs, and a copy of the corpus at hand (default: on tmpfs where /dev/shm has "
        "room for both, else in build/bench)")
    add("--results", metavar="DIR", default=os.path.join(ROOT, "bench/results"))
    add("--program", metavar="FILE", default=os.path.join(ROOT, "build/release/visionshard"))
    add("--processors", type=int, default=2, help="that all may use (default 2)")
    add("--processes", type=int, help="of the peers (default: as many as processors)")
    add("--sharp", metavar="DIR", help="a folder with node_modules/sharp (default: build/bench/sharp, if it is there)")
    chosen = parser.parse_args()
    chosen.scale = chosen.scale or (QUICK_SCALE if chosen.quick else 1)
    chosen.rounds = chosen.rounds or (1 if chosen.quick else PAIRS)
    chosen.retries = (0 if chosen.quick else 2) if chosen.retries is None else chosen.retries
    chosen.peer_rounds = max(1, chosen.peer_rounds or chosen.rounds)
    names = chosen.only.split(",") if chosen.only else [c.name for c in corpora.ALL]
    unknown = set(names) - {c.name for c in corpora.ALL}
    if unknown:
        parser.error(f"no corpus named {', '.join(sorted(unknown))}")
    if chosen.sharp and not has_sharp(chosen.sharp):
        parser.error(f"{chosen.sharp}: no node_modules/sharp")
    if not chosen.sharp and has_sharp(SHARP) and shutil.which("node"):
        chosen.sharp = SHARP
    if chosen.photos is None and os.path.exists(os.path.join(DEBIAN_PHOTOS, "complete")):
        chosen.photos = DEBIAN_PHOTOS
    elif chosen.photos == "none":
        chosen.photos = None
    chosen.wanted = [c for c in corpora.ALL if c.name in names]
    for folder in ("work", "program", "corpora", "photos", "sharp"):
        if getattr(chosen, folder):
            setattr(chosen, folder, os.path.abspath(getattr(chosen, folder)))
    return chosen

def has_sharp(folder):
    return os.path.isdir(os.path.join(folder, "node_modules/sharp"))

def work_folder(wanted):
    """A folder with space for the largest corpus, one output, and as much again for the programs."""
    most_bytes = 4 * max(corpus.input_bytes for corpus in wanted)
    name = f"visionshard-bench-{os.getuid()}"
    if machine.answer("stat", "-f", "-c", "%T", MEMORY_FILESYSTEM) == "tmpfs" and \
            min(shutil.disk_usage(MEMORY_FILESYSTEM).free, machine.available_memory_bytes()) > most_bytes:
        return os.path.join(MEMORY_FILESYSTEM, name)
    return os.path.join(BUILD, "work")

def save(folder, where, rows, chosen):
    os.makedirs(folder, exist_ok=True)
    name = os.path.join(folder, where["date"][:19].replace(":", "") + "-" + where["commit"].split(" ")[0])
    settings = {"scale": chosen.scale, "rounds": chosen.rounds, "peer_rounds": chosen.peer_rounds, "seed": chosen.seed,
                "retries": chosen.retries, "peer_processes": chosen.processes, "photos": bool(chosen.photos),
                "generated": not chosen.corpora}
    note = table.heading(where, settings)
    with open(name + ".json", "w", encoding="utf-8") as file:
        json.dump({"machine": where, "settings": settings, "rows": rows}, file, indent=1)
    with_target = [r for r in rows if r["target"]]
    if with_target:
        with open(name + ".svg", "w", encoding="utf-8") as file:
            file.write(chart.svg(with_target, f"{where['processor']}; {where['date'][:10]}, commit {where['commit']}"))
    with open(name + ".md", "w", encoding="utf-8") as file:
        file.write(f"{note}\n\n{table.markdown(rows)}")
    return name

def measured(contestants, corpus, chosen):
    with corpora.AtHand(corpus, contestants.work):
        corpus.written, corpus.images_decoded = contestants.check(corpus.path, chosen.seed)
        print(f"bench: {corpus.name}: output checked, {corpus.images_decoded} images decoded", flush=True)
        over_limit = quality.OverLimit(corpus, contestants.work)
        series = rounds.time_all(contestants, corpus, over_limit, chosen.rounds, chosen.peer_rounds, chosen.retries)
        return figures.row_of(corpus, series, over_limit.compared(), machine.default_budget_bytes(),
                          full_size=bool(chosen.corpora) or chosen.scale >= 1)

def main():
    chosen = options()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:chosen.processors])
    chosen.processes = chosen.processes or len(os.sched_getaffinity(0))
    wanted = (corpora.existing(chosen.wanted, chosen.corpora) if chosen.corpora else
              corpora.generated(chosen.wanted, chosen.program, os.path.join(BUILD, "corpora"), chosen.scale,
                                chosen.seed, chosen.photos))
    if not wanted:
        raise process.Failed("no corpus to run")
    contestants = Contestants(chosen.program, chosen.work or work_folder(wanted), chosen.processes, chosen.sharp)
    where = machine.describe(chosen.program, contestants.work, chosen.sharp)
    if where["load_before"] > 0.5:
        print(f"bench: the machine is busy (load {where['load_before']:.1f}); figures will be off", flush=True)
    try:
        rows = [measured(contestants, corpus, chosen) for corpus in wanted]
    finally:
        contestants.remove_work()
    print(table.markdown(rows), end="")
    name = save(chosen.results, where, rows, chosen)
    print(f"bench: {name}.json, .md, .svg; for README's table: bench/end_to_end/table.py {name}.json README.md")
    return 1 if any(table.over_memory(row) for row in rows) else 0

if __name__ == "__main__":
    try:
        sys.exit(main())
    except process.Failed as failed:
        sys.exit(f"bench: {failed}")
