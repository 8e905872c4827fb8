"""Slow models of --validation, --keep-split and --shuffle, by the text of `visionshard help shaping`."""
import base64
import collections
import json
import os
import pathlib
import random
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import CliTest, asked, image_urls, part_image, part_text, parts
from pictures import data_url, encode, photo
from test_distribute import made

MASK = (1 << 64) - 1
SIDE, ORDER = 1, 2  # KeyPurpose in src/base/share.h
PICTURES = [data_url(encode(photo(20, 14, seed), "PNG"), "png") for seed in range(60)]
GRAY = [data_url(encode(photo(18, 18, seed, mode="L"), "PNG"), "png") for seed in range(4)]  # are converted
URLS = [f"https://example.org/{number}.png" for number in range(5)]


def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def seeded(halves, seed, purpose):
    return mix(mix(mix((seed + (purpose + 1) * 0x9E3779B97F4A7C15) & MASK) ^ halves[0]) ^ halves[1])


class Hashes:
    """XXH3-128 of many values, by xxhsum."""

    def __init__(self, folder):
        self.folder, self.known = pathlib.Path(folder), {}

    def of(self, values):
        new = [value for value in dict.fromkeys(values) if value not in self.known]
        self.folder.mkdir(exist_ok=True)
        for number, value in enumerate(new):
            (self.folder / f"{number:06}").write_bytes(value)
        if new:
            names = [str(self.folder / f"{number:06}") for number in range(len(new))]
            out = subprocess.run(["xxhsum", "-H2", *names], capture_output=True, check=True, text=True).stdout
            for value, row in zip(new, out.splitlines()):
                digest = bytes.fromhex(row.split()[0])
                self.known[value] = (int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little"))
        return [self.known[value] for value in values]


def image_bytes(text):
    """The images of a line: the bytes of files, or URLs."""
    return [base64.b64decode(url.split(",")[1]) if url.startswith("data:") else url.encode() for url in image_urls(text)]


class Groups:
    def __init__(self, number):
        self.parents = list(range(number))

    def find(self, i):
        while self.parents[i] != i:
            i = self.parents[i]
        return i

    def connect(self, i, j):
        self.parents[self.find(i)] = self.find(j)


def frequent_images(shared):
    """Images on more than 1 % of the lines, at least on 10."""
    times = collections.Counter(value for values in shared for value in values)
    return {value for value, n in times.items() if n >= 10 and n * 100 > len(shared)}


def pointed_values(text, by):
    """What --split-by /KEY connects."""
    value = json.loads(text).get(by[1:]) if by.startswith("/") else None
    return set() if value is None else {json.dumps(value, ensure_ascii=False).encode()}


def earlier_sides(train, validation, by):
    """On which sides lines, images and values stood in an earlier run, by what it wrote."""
    sides = collections.defaultdict(set)
    for texts, side in ((train, "train"), (validation, "validation")):
        for text in texts:
            sides["line", text].add(side)
            for value in image_bytes(text) if by == "images" else pointed_values(text, by):
                sides[value].add(side)
    return sides


def model(hashes, lines, written, validation, seed=0, by="images", earlier=None, near=()):
    """What goes to train and to validation: input lines with what is written for each. `earlier` is what an earlier run
    wrote on each side; `near` has pairs of numbers of lines that belong together besides."""
    def shared_of(i):
        if by == "images":
            return {*image_bytes(lines[i]), *image_bytes(written[i])}
        return pointed_values(lines[i], by)
    shared = [shared_of(i) for i in range(len(lines))]
    hashes.of([value for values in shared for value in values] + written)
    frequent = frequent_images(shared) if by == "images" else set()
    groups, first = Groups(len(lines)), {}
    for i in range(len(lines)):
        for value in [("line", written[i]), *(shared[i] - frequent)]:
            groups.connect(i, first.setdefault(value, i))
    for i, j in near:
        groups.connect(i, j)
    kept = earlier_sides(*earlier, by) if earlier else {}
    keys, known = {}, collections.defaultdict(set)
    for i in range(len(lines)):
        group = groups.find(i)
        for value in shared[i] - frequent:
            keys[group] = min(hashes.of([value])[0][0] & (MASK >> 1), keys.get(group, MASK))
            known[group] |= kept.get(value, set())
        keys[group] = min(hashes.of([written[i]])[0][0] | 1 << 63, keys.get(group, MASK))
        known[group] |= kept.get(("line", written[i]), set())
    sizes = collections.Counter(groups.find(i) for i in range(len(lines)))
    sides = {group: seeded((key, 0), seed, SIDE) for group, key in keys.items()}
    chosen = {group for group in sides if known[group] == {"validation"}}
    new = [group for group in sides if not known[group]]
    if isinstance(validation, str):
        chosen |= {group for group in new if sides[group] * 10**8 < int(float(validation[:-1]) * 10**6) << 64}
    else:
        taken = sum(sizes[group] for group in chosen)
        for group in sorted(new, key=sides.get):
            if taken + sizes[group] <= validation:
                chosen.add(group)
                taken += sizes[group]
    side = [groups.find(i) in chosen for i in range(len(lines))]
    return ([text for text, chosen in zip(written, side) if not chosen],
            [text for text, chosen in zip(written, side) if chosen], groups, frequent)


def shuffled(hashes, written, seed=0):
    def key(halves):
        line = (halves[0] | 1 << 63, halves[1])
        return seeded(line, seed, ORDER), line
    return [text for _, text in sorted(zip(map(key, hashes.of(written)), written))]


def corpus(seed, lines, pictures=PICTURES, few_shot=0.0):
    rng = random.Random(seed)
    out = []
    for number in range(lines):
        images = rng.sample([*pictures, *GRAY, *URLS], rng.choice([0, 1, 1, 1, 2]))
        if rng.random() < few_shot:
            images.insert(0, pictures[0])
        content = parts(part_text(f"q{rng.randrange(lines * 2)}"), *map(part_image, images))
        out.append(asked(content, more=rng.choice(["", ',"user":"u%d"' % rng.randrange(lines // 3 + 1), ',"user":7'])))
    return out


class ShapingTest(CliTest):
    def setUp(self):
        super().setUp()
        self.hashes = Hashes(self.dir / "hashes")

    def job(self, inputs, part_bytes, tasks, *options):
        work = self.new_output_dir()
        steps = [("plan", *inputs, "-o", work, "-q", "--part-bytes", part_bytes, *options)]
        steps += [("map", work, "--task", f"{i}/{tasks}", "--no-sync") for i in range(tasks)]
        steps += [("merge", work), *(("pack", work, "--task", f"{i}/{tasks}", "--no-sync") for i in range(tasks)), ("seal", work, "-q")]
        for step in steps:
            done = self.run_program(*step)
            self.assertEqual(done.returncode, 0, done.stderr)
        return made(work)

    def refused(self, *arguments, words=(), status=2, **more):
        output = self.new_output_dir()
        done = self.run_program("convert", *arguments, "-o", output, "-q", **more)
        self.assertEqual(done.returncode, status, done.stderr)
        self.check_message(done, *words)
        self.assertFalse(output.exists() and list(output.iterdir()))
