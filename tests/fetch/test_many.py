"""20,000 URLs on five hosts with every fault, 50 kills, and memory with 100,000 URLs: the large form of test_fetch."""
import pathlib
import random
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))
from harness import PROGRAM, SANITIZED
from hostile_server import ENDINGS
from test_fetch import FetchTest, url_key

FAULTS = sorted(ENDINGS.keys() - {"ok", "silent", "drip", "retry-seconds", "retry-date"})


class ManyTest(FetchTest):
    def urls(self, server, count, share):
        """One in `share` has a fault."""
        return {server.url(f"{kind}/{i}", host=f"127.0.0.{2 + i % 5}"): ENDINGS[kind]
                for i in range(count)
                for kind in [FAULTS[i // share % len(FAULTS)] if i % share == 0 else "ok"]}

    def options(self):
        return ["--max-body", "1MB", "--per-host", "4", "--timeout", "30"]

    def test_20_000_urls_end_as_the_model_says(self):
        server = self.server()
        urls = self.urls(server, 20_000, 41)
        urls[server.url("retry-date/1")] = ENDINGS["retry-date"]
        urls[server.url("retry-seconds/1", host="127.0.0.3")] = ENDINGS["retry-seconds"]
        inputs = [self.corpus(urls)]
        done = self.run_program(*self.command(server, inputs, *self.options()), timeout=900)
        self.assertEqual(done.returncode, 4, done.stderr)
        records = self.records()
        wrong = {url: records[url_key(url)] for url, ending in urls.items()
                 if (records[url_key(url)]["outcome"], records[url_key(url)]["transient"]) != ending[:2]}
        self.assertEqual(wrong, {})
        self.assertEqual(len(records), len(urls))
        self.assertLessEqual(max(server.greatest.values()), 4)

    def test_50_kills(self):
        server = self.server(latency=0.005)
        urls = [url for url, ending in self.urls(server, 6_000, 41).items() if not ending[1]]
        path = self.corpus(urls)
        self.assertEqual(self.run_program(*self.command(server, [path], *self.options(), store=self.dir / "whole"),
                                          timeout=900).returncode, 0)
        server.counts.clear()
        randomness, kills = random.Random(50), 0
        while kills < 50:
            process = subprocess.Popen([PROGRAM, *map(str, self.command(server, [path], *self.options()))],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(randomness.uniform(0.02, 0.4))
            if process.poll() is not None:
                break
            process.kill()
            process.wait()
            kills += 1
        self.assertGreater(kills, 5)
        self.assertEqual(self.run_program(*self.command(server, [path], *self.options()), timeout=900).returncode, 0)
        self.assertEqual(self.index(), self.index(self.dir / "whole"))

    def test_memory_does_not_grow_with_the_urls(self):
        server = self.server()
        peaks = []
        for count in (1_000, 100_000):
            # Hosts that are given up: the requests of 100,000 URLs would take minutes.
            lines = self.corpus([f"http://127.1.{i % 200}.{i % 250}:{server.port}/reset/{i}" for i in range(count)])
            command = self.command(server, [lines], "--tries", "1", "--memory", "64MiB", store=self.dir / f"store{count}")
            peaks.append(self.peak_bytes(*command, status=4, timeout=900) / (1 << 20))
        if not SANITIZED:
            self.assertLess(peaks[1], peaks[0] + 96, peaks)


if __name__ == "__main__":
    unittest.main()
