"""One corpus's series to one row of figures."""
import quality
import rounds
from contestants import CAT, OURS, OURS_ONE_THREAD, OURS_SMALL, PILLOW, SHARP, SMALL_MEMORY_BYTES
from table import OVERHEAD_BYTES


def nearer(compared):
    """Of how many images ours has the higher PSNR, or is as exact as Pillow's."""
    if OURS not in compared or PILLOW not in compared:
        return "-"
    pairs = [(ours, theirs) for (ours, _), (theirs, _) in zip(compared[OURS], compared[PILLOW])]
    return f"{sum(ours > theirs or ours == theirs for ours, theirs in pairs)} of {len(pairs)}"


def row_of(corpus, series, compared, budget_bytes, full_size):
    ours = series[OURS]
    row = {
        "corpus": corpus.name,
        "what": corpus.what,
        "bank": corpus.bank,
        "input_bytes": corpus.input_bytes,
        "written": corpus.written,
        "written_by_peer": {name: s.written for name, s in series.items() if s.written},
        "images_decoded": corpus.images_decoded,
        "target": corpus.target,
        "cat_target": corpus.cat_target,
        "full_size": full_size,
        "seconds": {name: s.spread() for name, s in series.items() if s.seconds},
        "all_seconds": {name: s.seconds for name, s in series.items()},
        "others_share": {name: s.others_share for name, s in series.items()},
        "gigabytes_per_second": corpus.input_bytes / ours.spread()[0] / 1e9,
        "times_pillow": rounds.ratios(series[PILLOW], ours),
        "share_of_cat": rounds.ratios(series[CAT], ours),
        "time_to_one_thread": rounds.ratios(ours, series[OURS_ONE_THREAD]),
        "time_at_small_memory": rounds.ratios(series[OURS_SMALL], ours),
        "peak_rss_bytes": max(ours.peak_rss_bytes),
        "most_rss_bytes": budget_bytes + OVERHEAD_BYTES,
        "peak_rss_bytes_small": max(series[OURS_SMALL].peak_rss_bytes),
        "most_rss_bytes_small": SMALL_MEMORY_BYTES + OVERHEAD_BYTES,
        "output_bytes": {name: s.output_bytes for name, s in series.items() if s.seconds},
        "over_limit": {name: quality.summary(results) for name, results in compared.items()},
        "nearer_than_pillow": nearer(compared),
    }
    if SHARP in series:
        row["times_sharp"] = rounds.ratios(series[SHARP], ours)
    return row
