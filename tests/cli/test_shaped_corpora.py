"""Hundreds of small corpora, split, kept and shuffled, against the slow models; and as jobs in parts of a byte."""
import hashlib
import os
import random
import shutil
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import asked, part_image, part_text, parts, text_line
from pictures import TINY_PNG, data_url
from shaping_model import PICTURES, URLS, ShapingTest, corpus, model, pointed_values, shuffled
from test_distribute import made

CORPORA = int(os.environ.get("CORPORA", 100))


def columns(pairs):
    return [[line for line, _ in pairs], [text for _, text in pairs]]


def first_of_each(lines, written):
    first = {}
    for line, text in zip(lines, written):
        first.setdefault(text, line)
    return list(first.values()), list(first)


class ShapedCorporaTest(ShapingTest):
    def files(self, rng, lines):
        """The lines among broken and blank ones, in one to three files with either line ending."""
        texts = [text for line in lines for text in [line, *rng.sample([b"{", b"", b"[1]"], rng.choice([0, 0, 0, 1]))]]
        cuts = sorted(rng.randrange(len(texts) + 1) for _ in range(rng.randrange(3)))
        ending = rng.choice([b"\n", b"\n", b"\r\n"])
        return [self.write(f"in{number}.jsonl", ending.join(texts[begin:end]) + rng.choice([b"", ending]))
                for number, (begin, end) in enumerate(zip([0, *cuts], [*cuts, len(texts)]))]

    def shape(self, rng, seed):
        lines = corpus(seed, rng.choice([1, 2, 7, 30, 70]), PICTURES[:rng.choice([3, 20, 60])], rng.choice([0, 0, 0.9]))
        lines += rng.choices(lines, k=rng.choice([0, 0, 3]))
        written = self.convert(lines, "--no-sync").written
        options = ["--seed", rng.choice([0, seed, 2**64 - 1]), "--threads", rng.choice([1, 3]), "--no-sync"]
        if rng.random() < 0.3:
            names = {hashlib.sha256(line).hexdigest() for line in rng.sample(lines, rng.randrange(len(lines)))}
            path = self.write("exclude.txt", "".join(f"example:{name}\n" for name in sorted(names)).encode())
            options += ["--exclude", path]
            stays = [not names & {hashlib.sha256(text).hexdigest() for text in pair} for pair in zip(lines, written)]
            chosen = [(line, text) for line, text, stay in zip(lines, written, stays) if stay]
        else:
            chosen = list(zip(lines, written))
        if rng.random() < 0.3:
            options += ["--duplicates", "drop"]
            chosen = list(zip(*first_of_each(*columns(chosen))))
        return lines, chosen, options

    def test_each_is_as_the_models_say(self):
        kept_runs = refusals = jobs = 0
        for seed in range(CORPORA):
            rng = random.Random(seed)
            lines, chosen, options = self.shape(rng, seed)
            key, by, earlier = options[1], rng.choice(["images", "images", "images", "example", "/user"]), None
            validation = rng.choice([None, "0.5%", "10%", "33.3%", "100%", rng.randrange(1, len(lines) + 1)])
            shuffles = validation is None or rng.random() < 0.4
            if validation is not None:
                options += ["--validation", validation, "--split-by", by]
                if rng.random() < 0.4:
                    before = self.convert(rng.sample(lines, rng.randrange(1, len(lines) + 1)), "--validation", "50%", "--seed", rng.randrange(3),
                                          "--split-by", rng.choice(["images", "example"]), "--no-sync")
                    # Without any of its examples it is refused, and without any value at the pointer.
                    texts = [*before.written, *before.validation]
                    has_values = not by.startswith("/") or any(pointed_values(text, by) for text in texts)
                    if before.validation and has_values and {*texts} & {text for _, text in chosen}:
                        earlier = (before.written, before.validation)
                        options += ["--keep-split", before.dir / "manifest.json"]
            if shuffles:
                options.append("--shuffle")
            paths = self.files(rng, lines)
            with self.subTest(seed=seed, options=options):
                if isinstance(validation, int) and validation >= len(chosen):
                    self.refused(*paths, *options, words=["--validation", f"{len(chosen)} examples"])
                    refusals += 1
                    continue
                train, validates = [text for _, text in chosen], []
                if validation is not None:
                    train, validates, _, _ = model(self.hashes, *columns(chosen), validation, key, by, earlier)
                if shuffles:
                    train, validates = shuffled(self.hashes, train, key), shuffled(self.hashes, validates, key)
                output = self.convert(paths, *options)
                self.assertEqual((output.written, output.validation), (train, validates))
                kept_runs += earlier is not None
                if seed % 8 == 0:
                    jobs += 1
                    self.assertEqual(self.job(paths, rng.choice([100, 3000]), rng.randrange(1, 10), *options), made(output.dir))
            shutil.rmtree(self.dir)
            self.dir.mkdir()
            self.hashes.known.clear()
        print(f"{CORPORA} corpora: {kept_runs} with an earlier split, {refusals} refused, {jobs} also as jobs", file=sys.stderr)
        self.assertGreater(min(kept_runs, refusals, jobs), CORPORA // 40)

    def test_parts_of_a_byte(self):
        lines = [text_line(1), text_line(2, 40), text_line(1), asked(parts(part_text("a"), part_image(URLS[0]))),
                 asked(parts(part_text("b"), part_image(URLS[0]))), asked(parts(part_image(data_url(TINY_PNG, "png"))))]
        path = self.write("tiny.jsonl", b"\xef\xbb\xbf{\n" + b"\r\n\n".join(lines) + b"\n\n[]\nx")
        earlier = self.convert([path], "--validation", 2, "--seed", 5).dir / "manifest.json"
        for options in (["--shuffle"], ["--validation", 2], ["--validation", "40%", "--shuffle", "--seed", 3],
                        ["--validation", 1, "--shuffle", "--duplicates", "drop"],
                        ["--validation", "30%", "--keep-split", earlier, "--shuffle", "--split-by", "example"]):
            with self.subTest(options=options):
                self.assertEqual(self.job([path], 1, 2, *options), made(self.convert([path], *options).dir))

    def test_equal_bytes_for_any_parts_and_tasks(self):
        lines = corpus(5, 120, few_shot=0.7) + [text_line(number, 66_000) for number in range(4)]
        random.Random(5).shuffle(lines)
        paths = [self.write("a.jsonl", b"\n".join(lines[:70])), self.write("b.jsonl", b"\n".join(lines[70:]))]
        options = ["--shuffle", "--validation", "20%", "--max-shard-bytes", "100000", "--no-sync"]
        wanted = made(self.convert(paths, *options).dir)
        for tasks in range(1, 10):
            part_bytes = [300, 1000, 5000, 20_000, 66_000, 100_000, "1MiB", "16MiB", "256MiB"][tasks - 1]
            with self.subTest(part_bytes=part_bytes, tasks=tasks):
                self.assertEqual(self.job(paths, part_bytes, tasks, *options), wanted)


if __name__ == "__main__":
    unittest.main()
