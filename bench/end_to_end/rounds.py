"""Interleaved rounds: every contestant once a round, every second round backwards, so that drift falls on all alike."""
import statistics
from dataclasses import dataclass, field

import verify
from contestants import CAT, OURS, PILLOW, SHARP


@dataclass
class Series:
    seconds: list = field(default_factory=list)
    peak_rss_bytes: list = field(default_factory=list)
    output_bytes: int = 0

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
            if number == 0 and name not in (OURS, CAT):
                lines = sum(verify.line_counts(path)[0] for path in contestants.shards())
                verify.need(lines == corpus.written, f"{corpus.name}: {name} wrote {lines} lines, not {corpus.written}")
            contestants.clear()
    return series
