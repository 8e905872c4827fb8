"""Interleaved rounds: every contestant once a round, every second round backwards, so that drift falls on all alike."""
import statistics
from dataclasses import dataclass, field

from contestants import PILLOW, SHARP


@dataclass
class Series:
    seconds: list = field(default_factory=list)
    peak_rss_bytes: list = field(default_factory=list)
    output_bytes: int = 0
    written: int = 0  # lines, by a peer

    def spread(self):
        return statistics.median(self.seconds), min(self.seconds), max(self.seconds)


def ratios(above, below):
    """Median, smallest and largest of the quotients of what ran in the same round."""
    pairs = [a / b for a, b in zip(above.seconds, below.seconds)]
    return statistics.median(pairs), min(pairs), max(pairs)


def time_all(contestants, corpus, rounds, peer_rounds):
    """A series for each contestant. Peers take part in the first `peer_rounds` rounds only."""
    series = {name: Series() for name in contestants.names()}
    for number in range(rounds):
        names = contestants.names() if number % 2 == 0 else contestants.names()[::-1]
        for name in names:
            if name in (PILLOW, SHARP) and number >= peer_rounds:
                continue
            contestants.clear()
            measured = contestants.run(name, corpus.path)
            series[name].seconds.append(measured.seconds)
            series[name].peak_rss_bytes.append(measured.peak_rss_bytes)
            series[name].output_bytes = contestants.output_bytes()
            print(f"bench: {corpus.name}: round {number + 1}: {name} {measured.seconds:.3f} s", flush=True)
            if number == 0 and name in (PILLOW, SHARP):
                series[name].written = contestants.written()
                if series[name].written != corpus.written:
                    print(f"bench: {corpus.name}: {name} wrote {series[name].written} lines, not {corpus.written}: it "
                          "judges some otherwise", flush=True)
            contestants.clear()
    return series
