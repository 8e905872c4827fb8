#!/usr/bin/python3
"""One corpus's series to one row of figures, and rows to Markdown.

usage: table.py RESULTS.json [README.md]    prints README's table of a saved run, or replaces the table in README.md
"""
import json
import sys

BEGIN, END = "<!-- speed: by bench/end_to_end/table.py -->\n", "<!-- end of speed -->\n"
OVERHEAD_BYTES = 96_000_000
TWO_THREADS_TARGET = 0.55  # of one thread's time
SMALL_MEMORY_TARGET = 1.1  # times the time at the default memory


def over_memory(row):
    return (row["peak_rss_bytes"] > row["most_rss_bytes"]
            or row["peak_rss_bytes_small"] > row["most_rss_bytes_small"])


def spread(values, digits, unit=""):
    middle, low, high = (f"{value:.{digits}f}" for value in values)
    return f"{middle}{unit}" if low == high else f"{middle}{unit} ({low}-{high})"


def middle(values, digits):
    return f"{values[0]:.{digits}f}"


def seconds(row, name, show=spread):
    if name not in row["seconds"]:
        return "-"
    return show(row["seconds"][name], 2 if row["seconds"][name][0] >= 0.1 else 3)


def megabytes(count, digits=0):
    return f"{count / 1e6:.{digits}f}"


def missed(row, is_missed):
    return ": **missed**" if is_missed and row["full_size"] else ""


def times_target(row):
    if not row["target"]:
        return "-"
    return f"{row['target']:g}x" + missed(row, row["times_pillow"][0] < row["target"])


def cat_target(row):
    shown = middle(row["share_of_cat"], 2)
    if not row["cat_target"]:
        return shown
    return f"{shown} of {row['cat_target']}" + missed(row, row["share_of_cat"][0] < row["cat_target"])


def to_one_thread(row, show=middle):
    return show(row["time_to_one_thread"], 2) + missed(row, row["time_to_one_thread"][0] > TWO_THREADS_TARGET)


def at_small_memory(row, show=middle):
    return show(row["time_at_small_memory"], 2) + missed(row, row["time_at_small_memory"][0] > SMALL_MEMORY_TARGET)


def memory(used, most):
    return f"{megabytes(used)} of {megabytes(most)}" + (": **over**" if used > most else "")


def decibels(value):
    return "exact" if value is None else f"{value:.1f}"


def quality(row, write):
    """Ours, Pillow's and, where it took part, sharp's."""
    shown = [write(row["over_limit"][name]) for name in ("ours", "pillow", "sharp") if name in row["over_limit"]]
    return " / ".join(shown) or "-"


def lines_of(columns, rows):
    lines = [[title for title, _ in columns], ["---"] * len(columns)]
    lines += [[write(row) for _, write in columns] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def with_sharp(rows):
    return any("times_sharp" in row for row in rows)


def all_columns(rows):
    yield "corpus", lambda r: r["corpus"]
    yield "MB in", lambda r: megabytes(r["input_bytes"])
    yield "ours, s", lambda r: seconds(r, "ours")
    yield "GB/s", lambda r: f"{r['gigabytes_per_second']:.2f}"
    yield "Pillow, s", lambda r: seconds(r, "pillow")
    yield "times Pillow", lambda r: spread(r["times_pillow"], 1)
    yield "target", times_target
    if with_sharp(rows):
        yield "sharp, s", lambda r: seconds(r, "sharp")
        yield "times sharp", lambda r: spread(r["times_sharp"], 1)
    yield "cat, s", lambda r: seconds(r, "cat")
    yield "of cat's rate", cat_target
    yield "one thread, s", lambda r: seconds(r, "ours, one thread")
    yield f"two threads to one (at most {TWO_THREADS_TARGET})", lambda r: to_one_thread(r, spread)
    yield "at 256 MiB, s", lambda r: seconds(r, "ours at 256 MiB")
    yield f"256 MiB to default (at most {SMALL_MEMORY_TARGET})", lambda r: at_small_memory(r, spread)
    yield "peak MB", lambda r: memory(r["peak_rss_bytes"], r["most_rss_bytes"])
    yield "peak MB at 256 MiB", lambda r: memory(r["peak_rss_bytes_small"], r["most_rss_bytes_small"])
    yield "over the limit: PSNR, dB", lambda r: quality(r, lambda q: decibels(q["psnr"]))
    yield "exact", lambda r: quality(r, lambda q: f"{q['exact']} of {q['images']}")
    yield "over the limit: MB an image", lambda r: quality(r, lambda q: megabytes(q["bytes"], 2))
    yield "nearer than Pillow's", lambda r: r["nearer_than_pillow"]
    yield "taken by others, at most", lambda r: f"{max(max(shares) for shares in r['others_share'].values()):.0%}"
    yield "MB out: ours / Pillow", lambda r: " / ".join(megabytes(r["output_bytes"][n]) for n in ("ours", "pillow"))


def readme_columns(rows):
    sharp = with_sharp(rows)
    yield "corpus", lambda r: f"`{r['corpus']}`: {r['what']}"
    yield "MB", lambda r: megabytes(r["input_bytes"])
    yield "visionshard, s", lambda r: seconds(r, "ours", middle)
    yield "Pillow, s", lambda r: seconds(r, "pillow", middle)
    yield "times Pillow's rate", lambda r: f"**{middle(r['times_pillow'], 1)}**"
    yield "target", times_target
    if sharp:
        yield "times sharp's rate", lambda r: middle(r["times_sharp"], 1)
    yield "of `cat`'s rate", lambda r: middle(r["share_of_cat"], 2)
    yield "peak MB, `--memory 256MiB`", lambda r: megabytes(r["peak_rss_bytes_small"])


def is_repeated(row):
    return row["bank"] > 0


def markdown(rows):
    """All figures; corpora whose images repeat in a table of their own."""
    unique, repeated = [r for r in rows if not is_repeated(r)], [r for r in rows if is_repeated(r)]
    text = lines_of(list(all_columns(unique)), unique) if unique else ""
    if repeated:
        text += "\nImages repeat:\n\n" + lines_of(list(all_columns(repeated)), repeated)
    return text


def heading(where, settings):
    sha = "with" if where["sha_instructions"] else "without"
    source = ("crops of photographs" if settings["photos"] else "synthetic pictures") if settings["generated"] else \
        "files given with --corpora"
    if settings["generated"] and settings["scale"] != 1:
        source += f", corpora at {settings['scale']:g} of the full size"
    return (f"{where['processor']}, {sha} SHA instructions, {where['usable_processors']} processors; "
            f"{where['output_filesystem']}; {where['date'][:10]}, commit {where['commit']}; {source}, seed "
            f"{settings['seed']}; medians of {settings['rounds']} interleaved pairs.")


def readme(where, settings, rows):
    unique = [row for row in rows if not is_repeated(row)]
    return f"{heading(where, settings)}\n\n{lines_of(list(readme_columns(unique)), unique)}"


def put_into(path, text):
    with open(path, encoding="utf-8") as file:
        before, _, rest = file.read().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        sys.exit(f"{path}: no lines {BEGIN.strip()} and {END.strip()}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(before + BEGIN + text + end + after)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        saved = json.load(file)
    text = readme(saved["machine"], saved["settings"], saved["rows"])
    if len(sys.argv) > 2:
        put_into(sys.argv[2], text)
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
