"""One corpus's series to one row of figures, and rows to Markdown."""
import rounds
from contestants import CAT, OURS, OURS_ONE_THREAD, OURS_SMALL, PILLOW, SHARP, SMALL_MEMORY_BYTES

OVERHEAD_BYTES = 96_000_000


def row_of(corpus, series, budget_bytes, judged):
    ours = series[OURS]
    row = {
        "corpus": corpus.name,
        "input_bytes": corpus.input_bytes,
        "written": corpus.written,
        "written_by_peer": {name: s.written for name, s in series.items() if s.written},
        "images_decoded": corpus.images_decoded,
        "target": corpus.target,
        "cat_target": corpus.cat_target,
        "judged": judged,
        "seconds": {name: s.spread() for name, s in series.items() if s.seconds},
        "all_seconds": {name: s.seconds for name, s in series.items()},
        "others_share": {name: s.others_share for name, s in series.items()},
        "gigabytes_per_second": corpus.input_bytes / ours.spread()[0] / 1e9,
        "times_pillow": rounds.ratios(series[PILLOW], ours),
        "share_of_cat": rounds.ratios(series[CAT], ours),
        "scaling": rounds.ratios(series[OURS_ONE_THREAD], ours),
        "time_at_small_memory": rounds.ratios(series[OURS_SMALL], ours),
        "peak_rss_bytes": max(ours.peak_rss_bytes),
        "most_rss_bytes": budget_bytes + OVERHEAD_BYTES,
        "peak_rss_bytes_small": max(series[OURS_SMALL].peak_rss_bytes),
        "most_rss_bytes_small": SMALL_MEMORY_BYTES + OVERHEAD_BYTES,
        "output_bytes": {name: s.output_bytes for name, s in series.items() if s.seconds},
    }
    if SHARP in series:
        row["times_sharp"] = rounds.ratios(series[SHARP], ours)
    return row


def over_memory(row):
    return (row["peak_rss_bytes"] > row["most_rss_bytes"]
            or row["peak_rss_bytes_small"] > row["most_rss_bytes_small"])


def spread(values, digits, unit=""):
    middle, low, high = (f"{value:.{digits}f}" for value in values)
    return f"{middle}{unit}" if low == high else f"{middle}{unit} ({low}-{high})"


def seconds(row, name):
    return spread(row["seconds"][name], 2 if row["seconds"][name][0] >= 0.1 else 3)


def megabytes(count):
    return f"{count / 1e6:.0f}"


def target(row):
    met = row["times_pillow"][0] >= row["target"] and row["share_of_cat"][0] >= row["cat_target"]
    text = f"{row['target']}x" + (f", {row['cat_target']} of cat" if row["cat_target"] else "")
    return text + ("" if met or not row["judged"] else ": **missed**")


def memory(used, most):
    return f"{megabytes(used)} of {megabytes(most)}" + (": **over**" if used > most else "")


def columns(with_sharp):
    yield "corpus", lambda r: r["corpus"]
    yield "MB in", lambda r: megabytes(r["input_bytes"])
    yield "ours, s", lambda r: seconds(r, OURS)
    yield "GB/s", lambda r: f"{r['gigabytes_per_second']:.2f}"
    yield "Pillow, s", lambda r: seconds(r, PILLOW)
    yield "times Pillow", lambda r: spread(r["times_pillow"], 1)
    yield "target", target
    if with_sharp:
        yield "sharp, s", lambda r: seconds(r, SHARP)
        yield "times sharp", lambda r: spread(r["times_sharp"], 1)
    yield "cat, s", lambda r: seconds(r, CAT)
    yield "of cat's rate", lambda r: spread(r["share_of_cat"], 2)
    yield "one thread, s", lambda r: seconds(r, OURS_ONE_THREAD)
    yield "scaling", lambda r: spread(r["scaling"], 2, "x")
    yield "at 256 MiB, s", lambda r: seconds(r, OURS_SMALL)
    yield "time to default", lambda r: spread(r["time_at_small_memory"], 2, "x")
    yield "peak MB", lambda r: memory(r["peak_rss_bytes"], r["most_rss_bytes"])
    yield "peak MB at 256 MiB", lambda r: memory(r["peak_rss_bytes_small"], r["most_rss_bytes_small"])
    yield "taken by others, at most", lambda r: f"{max(max(shares) for shares in r['others_share'].values()):.0%}"
    yield "MB out: ours / Pillow", lambda r: " / ".join(megabytes(r["output_bytes"][n]) for n in (OURS, PILLOW))


def markdown(rows):
    with_sharp = any("times_sharp" in row for row in rows)
    shown = list(columns(with_sharp))
    lines = [[title for title, _ in shown], ["---"] * len(shown)]
    lines += [[text(row) for _, text in shown] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
