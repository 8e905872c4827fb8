"""Interleaved rounds: every program once a round, every second round reversed, so that drift affects all equally."""
import statistics
from dataclasses import dataclass, field

from contestants import OURS, PILLOW, SHARP

# Writing back what a contestant itself wrote is done by the kernel in its own name and was seen to take 5 %.
DISTURBED = 0.1
# The clock of processor time ticks a hundred times a second: of a shorter run it says nothing.
LEAST_SECONDS = 0.5


@dataclass
class Series:
    seconds: list = field(default_factory=list)
    peak_rss_bytes: list = field(default_factory=list)
    others_share: list = field(default_factory=list)
    output_bytes: int = 0
    written: int = 0  # lines, by a peer

    def spread(self):
        return statistics.median(self.seconds), min(self.seconds), max(self.seconds)


def ratios(above, below):
    """Median, smallest and largest of the quotients of what ran in the same round."""
    pairs = [a / b for a, b in zip(above.seconds, below.seconds)]
    return statistics.median(pairs), min(pairs), max(pairs)


def others_share(measured):
    return measured.others_share if measured.seconds >= LEAST_SECONDS else 0


def disturbance(measured):
    share = others_share(measured)
    return f", {share:.0%} of the processors taken by others" if share > DISTURBED else ""


def least_disturbed(contestants, name, source, retries):
    """Repeats a run from which other programs took processor time; its own time never decides whether it counts."""
    runs = []
    while not runs or len(runs) <= retries and others_share(runs[-1]) > DISTURBED:
        contestants.clear()
        runs.append(contestants.run(name, source))
    return min(runs, key=others_share)


def time_all(contestants, corpus, over_limit, rounds, peer_rounds, retries):
    """A series for each contestant; `over_limit` keeps images of the first round. Peers take part in the first
    `peer_rounds` rounds only."""
    series = {name: Series() for name in contestants.names()}
    for number in range(rounds):
        names = contestants.names() if number % 2 == 0 else contestants.names()[::-1]
        for name in names:
            if name in (PILLOW, SHARP) and number >= peer_rounds:
                continue
            measured = least_disturbed(contestants, name, corpus.path, retries)
            series[name].seconds.append(measured.seconds)
            series[name].peak_rss_bytes.append(measured.peak_rss_bytes)
            series[name].others_share.append(others_share(measured))
            series[name].output_bytes = contestants.output_bytes()
            print(f"bench: {corpus.name}: round {number + 1}: {name} {measured.seconds:.3f} s{disturbance(measured)}",
                  flush=True)
            if number == 0 and name == OURS:
                over_limit.keep(name, contestants.shards(), corpus.written)
            if number == 0 and name in (PILLOW, SHARP):
                series[name].written = contestants.written()
                if series[name].written != corpus.written:
                    print(f"bench: {corpus.name}: {name} wrote {series[name].written} lines, not {corpus.written}: it "
                          "takes some for bad that are not, or the reverse", flush=True)
                over_limit.keep(name, contestants.shards(), series[name].written)
            contestants.clear()
    return series
