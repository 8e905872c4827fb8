"""The programs that are timed: visionshard with several settings, the peers, and a copy. Each removes its output."""
import os
import shutil

import process
import verify

HERE = os.path.dirname(os.path.abspath(__file__))
SMALL_MEMORY = "256MiB"
SMALL_MEMORY_BYTES = 256 << 20
OURS = "ours"
OURS_SMALL = "ours at 256 MiB"
OURS_ONE_THREAD = "ours, one thread"
PILLOW = "pillow"
SHARP = "sharp"
CAT = "cat"


class Contestants:
    def __init__(self, program, work, processes, sharp_folder):
        self.program, self.work, self.processes, self.sharp_folder = program, work, processes, sharp_folder
        self.out = os.path.join(work, "out")
        os.makedirs(work, exist_ok=True)

    def names(self):
        """In the order of a round: what is compared most stands side by side."""
        return [*([SHARP] if self.sharp_folder else []), PILLOW, OURS, CAT, OURS_SMALL, OURS_ONE_THREAD]

    def convert(self, source, *options):
        # The peers do not sync.
        return process.run([self.program, "convert", source, "-o", self.out, "-q", "--no-sync", *options])

    def run(self, name, source):
        """One measured run; its output stays until clear()."""
        if name == PILLOW:
            return process.run(["/usr/bin/python3", os.path.join(HERE, "pillow_peer.py"), source, self.out,
                                str(self.processes)])
        if name == SHARP:
            return process.run(["env", "-C", self.sharp_folder, "node", os.path.join(HERE, "sharp_peer.mjs"), source,
                                self.out, str(self.processes)])
        if name == CAT:
            os.makedirs(self.out)
            with open(os.path.join(self.out, "train-00000.jsonl"), "wb") as file:
                return process.run(["cat", source], stdout=file)
        return self.convert(source, *{OURS: [], OURS_SMALL: ["--memory", SMALL_MEMORY],
                                      OURS_ONE_THREAD: ["--threads", "1"]}[name])

    def shards(self):
        return [os.path.join(self.out, name) for name in sorted(os.listdir(self.out)) if name.startswith("train-")]

    def remove_work(self):
        self.clear()
        if not os.listdir(self.work):
            os.rmdir(self.work)

    def output_bytes(self):
        return sum(os.path.getsize(path) for path in self.shards())

    def written(self):
        return sum(verify.line_counts(path)[0] for path in self.shards())

    def clear(self):
        shutil.rmtree(self.out, ignore_errors=True)

    def check(self, source, seed):
        """The program's output is right and the same in all ways. Returns lines written and images decoded."""
        self.clear()
        self.convert(source)
        result = verify.check_output(self.out, source, seed)
        expected = verify.digests(self.out)
        for options in (["--threads", "1"], ["--threads", "2"], ["--memory", SMALL_MEMORY]):
            self.clear()
            self.convert(source, *options)
            verify.need(verify.digests(self.out) == expected, f"{source}: other bytes with {' '.join(options)}")
        self.clear()
        return result
