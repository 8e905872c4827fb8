#!/usr/bin/python3
"""Random corpora with random options, ended at random and resumed, compared with a model of the expected output.

usage: soak.py MINUTES [SEED]; VISIONSHARD names the program, VISIONSHARD_FAULTY_IO the library of faults (optional).
"""
import base64
import errno
import hashlib
import io
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))
from PIL import Image  # noqa: E402
from harness import PROGRAM, image_line, text_line  # noqa: E402
from pictures import data_url, encode, photo  # noqa: E402

FAULTY_IO = os.environ.get("VISIONSHARD_FAULTY_IO", "")
NOT_PROMISED = ("run.json", "report.html")
URL = re.compile(rb"data:image/[a-z]+;base64,[A-Za-z0-9+/=]+")


@dataclass
class Line:
    """What goes in, and what must become of it: "blank", "kept", a reason, or the pixels that its image must show."""
    text: bytes
    fate: object


class Model:
    def __init__(self, rng):
        self.rng = rng
        self.pictures = [photo(rng.randrange(8, 200), rng.randrange(8, 200), rng.randrange(99)) for _ in range(6)]
        self.keep = [data_url(encode(picture, kind), kind.lower())
                     for picture in self.pictures for kind in ("JPEG", "PNG", "WEBP")]
        self.turn = []
        for picture in self.pictures:
            for mode in ("L", "P", "LA", "1"):
                odd = picture.quantize(16) if mode == "P" else picture.convert(mode)
                shown = odd.convert("RGBA" if mode == "LA" else "RGB")
                self.turn.append((data_url(encode(odd, "PNG"), "png"), (shown.mode, shown.size, shown.tobytes())))
        self.bad = [(b"{", "invalid_json"), (b"[]", "not_an_object"), (b'{"messages":[]}', "bad_messages"),
                    (b'{"a":"\xff"}', "invalid_utf8"), (image_line("data:image/png;base64,####"), "bad_base64"),
                    (image_line("data:image/png;base64,AAAA"), "unknown_format"),
                    (image_line(self.keep[1][:-40]), "corrupt_image"), (image_line("ftp://x/y"), "bad_url")]

    def line(self, number):
        kind = self.rng.random()
        if kind < 0.05:
            return Line(self.rng.choice([b"", b" ", b"\t"]), "blank")
        if kind < 0.1:
            return Line(*self.rng.choice(self.bad))
        if kind < 0.3:
            return Line(text_line(number, self.rng.randrange(self.rng.choice([10, 5000]))), "kept")
        if kind < 0.7:
            return Line(image_line(self.rng.choice(self.keep), number), "kept")
        url, shown = self.rng.choice(self.turn)
        return Line(image_line(url, number), shown)


def shown(line):
    image = Image.open(io.BytesIO(base64.b64decode(URL.search(line)[0].split(b",")[1])))
    return image.mode, image.size, image.tobytes()


class Soak:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="visionshard-soak-"))
        self.kills = self.faults = self.stops = 0

    def corpus(self):
        model = Model(self.rng)
        lines, paths = [], []
        for file in range(self.rng.randrange(1, 4)):
            part = [model.line(number) for number in range(self.rng.randrange(1, 700))]
            lines += part
            data = b"".join(line.text + self.rng.choice([b"\n", b"\n", b"\r\n"]) for line in part)
            path = self.dir / f"in{file}.jsonl"
            path.write_bytes(data)
            if self.rng.random() < 0.4:
                subprocess.run(["gzip", "-f", path] if self.rng.random() < 0.5 else ["zstd", "-q", "--rm", "-f", path],
                               check=True)
                path = next(self.dir.glob(f"in{file}.jsonl.*"))
            paths.append(str(path))
        return lines, paths

    def command(self, paths, options):
        # The search for near-duplicates has tables of 1.5 MB.
        memory = self.rng.choice(["2MiB" if "report" in options else "1MiB", "16MiB", "1GiB"])
        return [PROGRAM, "convert", *paths, "-o", str(self.dir / "out"), "-q", *options, "--resume",
                "--threads", self.rng.choice("1234"), "--memory", memory]

    def fault(self):
        call = self.rng.choice(["write", "sync", "rename", "close", "read", "open"])
        return f"{call}:{self.rng.randrange(1, 30)}:1:{self.rng.choice([errno.EIO, errno.ENOSPC])}:" + \
            self.rng.choice(["/out/", "/train-", "/journal", "/manifest", "/in0"])

    def attempt(self, command):
        """One run, ended at random; returns whether it completed."""
        dice = self.rng.random()
        if FAULTY_IO and dice < 0.2:
            self.faults += 1
            environment = dict(os.environ, LD_PRELOAD=FAULTY_IO, FAULTY_IO=self.fault())
            done = subprocess.run(command, env=environment, stderr=subprocess.PIPE, timeout=120)
            assert done.returncode in (0, 3), done
            return done.returncode == 0
        with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
            if dice < 0.8:
                sign = signal.SIGKILL if dice < 0.65 else self.rng.choice([signal.SIGINT, signal.SIGTERM])
                try:
                    process.wait(self.rng.uniform(0.002, 0.06))
                except subprocess.TimeoutExpired:
                    process.send_signal(sign)
                    self.kills += sign == signal.SIGKILL
                    self.stops += sign != signal.SIGKILL
            status = process.wait(120)
            assert status in (0, -signal.SIGKILL, -signal.SIGINT, -signal.SIGTERM, 130, 143), process.stderr.read()
            return status == 0

    def shape(self):
        """Options that change the order of the examples and the files they are in, but no example."""
        if self.rng.random() < 0.6:
            return []
        return (self.rng.choice([[], ["--shuffle"]]) + self.rng.choice([[], ["--validation", "20%"], ["--validation", "1"]])
                + ["--near-duplicates", self.rng.choice(["off", "report"])])

    def check(self, lines, output, shaped):
        """What the model says of each line; in order, unless the examples are shaped."""
        written = [line for name in ("train", "validation") for path in sorted(output.glob(f"{name}-*.jsonl"))
                   for line in path.read_bytes().split(b"\n")[:-1]]
        rejected = output / "rejected.jsonl"
        reasons = [json.loads(line)["reason"] for line in rejected.read_bytes().splitlines()] if rejected.exists() else []
        counts = json.loads((output / "manifest.json").read_bytes())["counts"]
        wanted = [line for line in lines if line.fate == "kept" or isinstance(line.fate, tuple)]
        assert reasons == [line.fate for line in lines if isinstance(line.fate, str) and line.fate not in ("blank", "kept")]
        assert counts["lines"] == len(lines) and counts["blank"] == sum(line.fate == "blank" for line in lines)
        assert len(written) == len(wanted), (len(written), len(wanted))
        # Beside its image, what a line is and what it shows: this tells lines apart that are otherwise equal.
        model = [(URL.sub(b"", line.text), line.text if line.fate == "kept" else line.fate) for line in wanted]
        kept = {line.text for line in wanted if line.fate == "kept"}
        found = [(URL.sub(b"", out), out if out in kept else shown(out)) for out in written]
        if shaped:
            model, found = (sorted(pairs, key=repr) for pairs in (model, found))
        for expected, got in zip(model, found):
            assert expected == got, (expected[0][:200], got[0][:200])

    def round(self):
        lines, paths = self.corpus()
        options = ["--max-shard-bytes", str(self.rng.choice([200_000, 300_000, 3_000_000]))]
        options += self.rng.choice([[], ["--max-image-examples", "37"], ["--verify", "pixels"], ["--no-sync"]])
        shaped = self.shape()
        options += shaped
        while not self.attempt(self.command(paths, options)):
            pass
        self.check(lines, self.dir / "out", bool(shaped))
        again = self.dir / "again"
        subprocess.run([PROGRAM, "convert", *paths, "-o", again, "-q", "--threads", "1", *options], check=True,
                       stderr=subprocess.PIPE)
        digests = [{path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()
                    if path.name not in NOT_PROMISED} for folder in (self.dir / "out", again)]
        assert digests[0] == digests[1], set(digests[0].items()) ^ set(digests[1].items())
        shutil.rmtree(self.dir)
        self.dir.mkdir()


def main():
    minutes, seed = float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time())
    end, rounds = time.monotonic() + 60 * minutes, 0
    kills = faults = stops = 0
    while time.monotonic() < end:
        soak = Soak(seed + rounds)
        try:
            soak.round()
        except BaseException:
            print(f"soak: failed with seed {seed + rounds}; its files are in {soak.dir}")
            raise
        rounds, kills, faults, stops = rounds + 1, kills + soak.kills, faults + soak.faults, stops + soak.stops
        shutil.rmtree(soak.dir)
    print(f"soak: {rounds} corpora, {kills} kills, {stops} stops, {faults} faults: all as the model says")


if __name__ == "__main__":
    main()
