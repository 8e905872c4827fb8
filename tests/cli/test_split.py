"""--validation and --shuffle: sides and order by keyed hashes, on one machine or many, against slow models."""
import base64
import hashlib
import io
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import time
import unittest

from PIL import Image

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import PROGRAM, Output, asked, image_urls, part_image, part_text, parts, text_line
from pictures import encode
from shaping_model import PICTURES, ShapingTest, corpus, image_bytes, model, shuffled
from test_distribute import made


class SplitTest(ShapingTest):
    def test_seeded_corpora_agree_with_a_slow_model(self):
        for seed in range(14):
            rng = random.Random(seed)
            lines = corpus(seed, rng.choice([1, 5, 40, 120]), few_shot=rng.choice([0, 0, 0.6]))
            written = self.convert(lines).written
            by = rng.choice(["images", "images", "images", "example", "/user"])
            validation = rng.choice(["10%", "33.3%", "50%", len(lines) // 4, len(lines) // 2])
            if not validation:
                continue
            options = ["--validation", validation, "--seed", seed, "--split-by", by, "--threads", rng.choice([1, 3])]
            with self.subTest(seed=seed, options=options, lines=len(lines)):
                train, chosen, _, _ = model(self.hashes, lines, written, validation, seed, by)
                output = self.convert(lines, *options)
                self.assertEqual((output.written, output.validation), (train, chosen))

    def test_no_picture_is_on_both_sides_but_the_frequent(self):
        lines = corpus(3, 150, few_shot=0.5)
        output = self.convert(lines, "--validation", "30%")
        self.assertTrue(output.validation and output.written)

        def pictures(texts):
            return {hashlib.sha256(Image.open(io.BytesIO(data)).convert("RGB").tobytes()).digest()
                    for text in texts for data in image_bytes(text) if not data.startswith(b"http")}
        few_shot = pictures([asked(parts(part_image(PICTURES[0])))])
        self.assertLessEqual(pictures(output.written) & pictures(output.validation), few_shot)
        summary = json.loads((output.dir / "run.json").read_text())["split"]
        self.assertEqual(summary["train"], len(output.written))
        self.assertEqual([image["sha256"] for image in summary["frequent_images"]],
                         [hashlib.sha256(base64.b64decode(PICTURES[0].split(",")[1])).hexdigest()])
        self.assertGreater(summary["shared_images_alone"], 0)
        page = (output.dir / "report.html").read_text()
        self.assertIn(summary["frequent_images"][0]["sha256"], page)

    def test_an_image_is_frequent_on_more_than_one_percent_of_the_lines_and_on_ten(self):
        def lines(counts, others):
            return [asked(parts(part_text(f"{number} {n}"), part_image(PICTURES[number])))
                    for number, count in enumerate(counts) for n in range(count)] + [text_line(n) for n in range(others)]

        digests = [hashlib.sha256(base64.b64decode(PICTURES[n].split(",")[1])).hexdigest() for n in range(3)]
        for counts, others, wanted in (([10, 11], 979, digests[1:2]), ([9, 10, 30], 51, digests[1:])):
            output = self.convert(lines(counts, others), "--validation", "50%")
            summary = json.loads((output.dir / "run.json").read_text())["split"]
            self.assertEqual({image["sha256"] for image in summary["frequent_images"]}, set(wanted))
            first = [text for text in output.validation if image_urls(text) == [PICTURES[0]]]
            self.assertIn(len(first), (0, counts[0]))

    def test_the_order_of_the_input_and_threads_change_no_side(self):
        lines = corpus(4, 120)
        sides = None
        for order in range(3):
            output = self.convert(random.Random(order).sample(lines, len(lines)), "--validation", "25%")
            now = (sorted(output.written), sorted(output.validation))
            sides = sides or now
            self.assertEqual(now, sides)

    def test_exactly_as_many_as_are_asked_for(self):
        lines = [text_line(number) for number in range(200)]
        for number in (1, 17, 199):
            self.assertEqual(len(self.convert(lines, "--validation", number).validation), number)
        pairs = [asked(parts(part_text(f"{number}"), part_image(PICTURES[number // 2]))) for number in range(20)]
        output = self.convert(pairs, "--validation", 5)
        self.assertEqual(len(output.validation), 4)
        self.assertIn(b"--validation 5", output.stderr)

    def test_a_grown_corpus_moves_no_example_but_of_merged_groups(self):
        lines = corpus(8, 200)
        grown = lines + corpus(9, 20, PICTURES[30:])
        before, after = self.convert(lines, "--validation", "20%"), self.convert(grown, "--validation", "20%")
        _, _, groups, _ = model(self.hashes, grown, self.convert(grown).written, "20%")
        joined = {groups.find(i) for i in range(len(lines), len(grown))}
        alone = {self.convert(lines).written[i] for i in range(len(lines)) if groups.find(i) not in joined}
        self.assertGreater(len(alone), 20)
        self.assertEqual(alone & set(before.validation), alone & set(after.validation))
        # With the earlier manifest nothing moves but into train, with groups that were on both sides.
        kept = self.convert(grown, "--validation", "20%", "--keep-split", before.dir / "manifest.json")
        summary = json.loads((kept.dir / "run.json").read_text())["split"]
        moved = set(before.validation) - set(kept.validation)
        self.assertEqual(set(before.written) & set(kept.validation), set())
        self.assertEqual(summary["moved_examples"], len(moved))
        self.assertEqual(moved > set(), summary["merged_groups"] > 0)
        self.assertEqual(summary["earlier_examples"], len([text for text in self.convert(grown).written if text in {*before.written, *before.validation}]))

    def test_images_by_url_keep_their_sides_under_other_texts(self):
        urls = [f"https://example.org/{number}.png" for number in range(40)]
        before = self.convert([asked(parts(part_text("a"), part_image(url))) for url in urls], "--validation", "50%")
        self.assertTrue(before.validation and before.written)
        grown = [asked(parts(part_text("b"), part_image(url))) for url in urls]
        kept = self.convert(grown, "--validation", "50%", "--seed", 9, "--keep-split", before.dir / "manifest.json")
        self.assertEqual([text.replace(b'"b"', b'"a"') for text in kept.validation], before.validation)

    def test_keep_split_knows_pictures_and_values_again_however_they_are_written(self):
        pictures = [asked(parts(part_text(f"q{number}"), part_image(url))) for number, url in enumerate(PICTURES)]
        others = [line.replace(b"q", b"n", 1) for line in pictures]
        users = [text_line(number)[:-1] + b',"user":"u%d"}' % number for number in range(60)]
        more = [text_line(number)[:-1] + b',"user":"u%d"}' % (number - 1000) for number in range(1000, 1060)]

        def split(lines, *options):
            path, out = self.write("lines.jsonl", b"\n".join(lines)), self.new_output_dir()
            done = self.run_program("convert", path, "-o", out, "-q", "--validation", "20%", *options)
            self.assertEqual(done.returncode, 0, done.stderr)
            return Output(out)

        def kept(before, after, which, *options):
            earlier = split(before, *options)
            later = split(before[:1] + after, "--seed", 5, "--keep-split", earlier.dir / "manifest.json", *options)
            self.assertGreater(len(later.validation), 3)
            for one, other in (("written", "validation"), ("validation", "written")):
                self.assertFalse({which(line, earlier) for line in getattr(earlier, one)} &
                                 {which(line, later) for line in getattr(later, other)}, options)

        def picture(line, output):
            line = json.loads(line)
            url = line["images"][0] if "images" in line else line["messages"][0]["content"][1]["image_url"]["url"]
            return url if url.startswith("data:") else (output.dir / url).read_bytes()

        for options in ([], ["--layout", "trl"], ["--layout", "llamafactory"], ["--images", "files"],
                        ["--layout", "trl", "--images", "files"], ["--layout", "swift", "--images", "files"]):
            kept(pictures, others, picture, *options)
        earlier = split(pictures, "--images", "files")
        next((earlier.dir / "images").rglob("*.jpg" if list((earlier.dir / "images").rglob("*.jpg")) else "*.png")).unlink()
        self.refused(self.write("pictures.jsonl", b"\n".join(pictures)), "--validation", "20%", "--keep-split", earlier.dir / "manifest.json",
                     words=["--keep-split", "1 of the", "are gone"])
        kept(users, more, lambda line, output: json.loads(line)["user"], "--split-by", "/user")
        earlier = split(users)
        self.refused(self.write("more.jsonl", b"\n".join(more)), "--validation", "20%", "--split-by", "/nobody", "--keep-split",
                     earlier.dir / "manifest.json", words=["--keep-split", "/nobody", "--split-by example"])

    def test_keep_split_of_another_corpus_or_of_a_run_without_a_split(self):
        other = self.convert(corpus(50, 40, PICTURES[:5]), "--validation", "50%", "--split-by", "example")
        plain = self.convert([text_line(1)])
        path = self.write("in.jsonl", b"".join(text_line(number) + b"\n" for number in range(900, 930)))
        self.refused(path, "--validation", "10%", "--keep-split", other.dir / "manifest.json", words=["--keep-split", "another"])
        self.refused(path, "--validation", "10%", "--keep-split", plain.dir / "manifest.json", words=["--keep-split", "no validation shard"])
        self.refused(path, "--validation", "10%", "--keep-split", self.dir / "no.json", words=["--keep-split"])
        self.refused(path, "--keep-split", other.dir / "manifest.json", words=["--validation"])

    def test_a_corpus_that_is_one_group(self):
        lines = [line[:-1] + b', "group": 1}' for line in map(text_line, range(30))]
        for validation in ("50%", 10):
            output = self.convert(lines, "--validation", validation, "--split-by", "/group")
            self.assertIn(30, (len(output.written), len(output.validation)))
            self.assertIn(b"--validation", output.stderr)

    def test_what_cannot_be_done_is_refused(self):
        path = self.write("in.jsonl", b"".join(text_line(number) + b"\n" for number in range(30)))
        for options in (["--validation", "0"], ["--validation", "x"], ["--validation", "0%"], ["--validation", "101%"], ["--validation", "-1"],
                        ["--validation", "5", "--split-by", "faces"], ["--validation", "5", "--split-by", "/a~2"], ["--split-by", "images"]):
            self.refused(path, *options)
        for number in (30, 31, 10**9):
            self.refused(path, "--validation", number, words=["30 examples"])
        self.refused("-", "--validation", "5%", stdin=text_line(1), words=["--validation", "only once"])
        self.refused(path, "--validation", "5%", "--prefix", "validation", words=["--prefix"])
        self.refused(path, "--shuffle", "--shards", "1", words=["--shards"])

    def test_a_pointer_at_which_no_values_are_equal_is_named(self):
        lines = [text_line(number) for number in range(40)]
        self.assertIn(b"--split-by /id: no two examples", self.convert(lines, "--validation", 12, "--split-by", "/id").stderr)
        lines = [line[:-1] + b', "group": %d}' % (number // 2) for number, line in enumerate(lines)]
        self.assertNotIn(b"--split-by", self.convert(lines, "--validation", 12, "--split-by", "/group").stderr)

    def test_lines_of_another_layout_with_images_as_files(self):
        rows = [{"messages": [{"role": "user", "content": f"<image>{number}?"}, {"role": "assistant", "content": "Yes."}],
                 "images": [PICTURES[number // 3]]} for number in range(90)]
        path = self.write("in.jsonl", b"".join(json.dumps(row).encode() + b"\n" for row in rows))
        options = ["--shuffle", "--validation", "30%", "--layout", "llamafactory", "--images", "files"]
        output = self.dir / "one"
        done = self.run_program("convert", path, "-o", output, *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        sides = {}
        for shard in output.glob("*.jsonl"):
            for text in shard.read_bytes().splitlines():
                sides.setdefault(shard.name[:5], set()).update(json.loads(text)["images"])
        self.assertEqual(set(sides), {"train", "valid"})
        self.assertEqual(sides["train"] & sides["valid"], set())
        for name in sides["train"] | sides["valid"]:
            self.assertTrue(name.startswith("images/"))
            self.assertEqual(hashlib.sha256((output / name).read_bytes()).hexdigest(), pathlib.Path(name).stem)
        self.assertEqual(self.job([path], 2000, 3, *options), made(output))

    def test_local_images_that_wait_for_memory_connect_nothing(self):
        # Each takes more than the share of 1 MiB for text, and so is put into its line by a conversion.
        lines = []
        for number in range(12):
            noise = Image.frombytes("RGB", (320, 320), random.Random(number).randbytes(320 * 320 * 3))
            self.write(f"images/{number}.png", encode(noise, "PNG"))
            lines.append(asked(parts(part_text(f"{number}"), part_image(f"{number}.png"))))
        options = ["--validation", 4, "--image-root", self.dir / "images"]
        wanted = self.convert(lines, *options)
        self.assertEqual(len(wanted.validation), 4)
        self.assertEqual(made(self.convert(lines, *options, "--memory", "1MiB").dir), made(wanted.dir))

    def test_small_validation_files_are_warned_of(self):
        output = self.convert([text_line(number) for number in range(50)], "--validation", "5")
        self.assertIn(b"validation-00000.jsonl holds 5 examples", output.stderr)

    def test_duplicates_count_once(self):
        lines = [text_line(number % 40) for number in range(120)]
        output = self.convert(lines, "--validation", 10, "--duplicates", "drop")
        self.assertEqual((len(output.validation), len(output.written), output.counts["duplicates"]), (10, 30, 80))
        kept = self.convert(lines, "--validation", 10)
        self.assertEqual(set(kept.validation) & set(kept.written), set())


class ShuffleTest(ShapingTest):
    def test_the_order_is_that_of_the_keyed_hash_whatever_the_input(self):
        for seed in range(4):
            rng = random.Random(seed)
            lines = corpus(seed, 100) + [text_line(number, rng.choice([10, 70_000])) for number in range(30)] + [text_line(3, 10)] * 3
            rng.shuffle(lines)
            for options, written in (((), self.convert(lines).written),
                                     (("--duplicates", "drop"), self.convert(lines, "--duplicates", "drop").written)):
                output = self.convert(lines, "--shuffle", "--seed", seed, *options, "--memory", "8MiB")
                self.assertEqual(output.written, shuffled(self.hashes, written, seed))
                again = self.convert(rng.sample(lines, len(lines)), "--shuffle", "--seed", seed, *options)
                self.assertEqual(again.shards, output.shards)
        self.assertNotEqual(output.written, self.convert(lines, "--shuffle", "--seed", 99).written)

    def test_shards_are_cut_after_the_order_is_known(self):
        lines = [text_line(number, 500) for number in range(100)]
        output = self.convert(lines, "--shuffle", "--max-shard-bytes", "20000", "--validation", "30%")
        sizes = {name: len(data) for name, data in (output.shards | output.validation_shards).items()}
        self.assertGreater(len(output.shards), 2)
        for names in (list(output.shards), list(output.validation_shards)):
            for one, next_one in zip(names, names[1:]):
                first = (output.shards | output.validation_shards)[next_one].index(b"\n") + 1
                self.assertGreater(sizes[one] + first, 20000)

    def test_many_machines_write_the_same(self):
        lines = corpus(2, 90, few_shot=0.6) + [text_line(number, 66_000) for number in range(5)]
        inputs = [self.write("a.jsonl", b"\n".join(lines[:50])), self.write("b.jsonl", b"\n".join([b"{", *lines[50:], b""]))]
        earlier = self.convert(lines[:40], "--validation", "20%").dir / "manifest.json"
        for options in (["--shuffle", "--seed", "5"], ["--validation", "20%"], ["--shuffle", "--validation", "12", "--duplicates", "drop"],
                        ["--validation", "30%", "--split-by", "/user", "--shuffle"], ["--validation", "20%", "--keep-split", earlier]):
            options += ["--max-shard-bytes", "150000"]
            wanted = made(self.convert(inputs, *options).dir)
            for part_bytes, tasks in ((1000, 3), (40_000, 2), ("256MiB", 1)):
                with self.subTest(options=options, part_bytes=part_bytes):
                    self.assertEqual(self.job(inputs, part_bytes, tasks, *options), wanted)

    def test_a_killed_run_is_resumed(self):
        path = self.write("in.jsonl", b"".join(text + b"\n" for text in corpus(1, 300) * 5))
        options = ["--shuffle", "--validation", "20%", "--max-shard-bytes", "60000", "--no-sync"]
        wanted = made(self.convert([path], *options).dir)
        output = self.new_output_dir()
        command = [PROGRAM, "convert", str(path), "-o", str(output), "-q", *options]
        for delay in (0.01, 0.05, 0.1, 0.2):
            with subprocess.Popen([*command, "--resume"], stderr=subprocess.DEVNULL) as run:
                time.sleep(delay)
                run.send_signal(signal.SIGKILL)
            if (output / "manifest.json").exists():
                break
            self.assertEqual(self.run_program(*command[1:]).returncode, 2 if (output / ".visionshard/plan.json").exists() else 0)
        if (output / ".visionshard/plan.json").exists():
            done = self.run_program(*command[1:], "--resume", "--seed", "7")
            self.assertEqual(done.returncode, 2)
            self.check_message(done, "seed")
        self.assertEqual(self.run_program(*command[1:], "--resume").returncode, 0)
        self.assertEqual(made(output), wanted)
        self.assertEqual(self.run_program(*command[1:], "--resume").returncode, 0)
        self.assertEqual(self.run_program(*command[1:]).returncode, 2)
        self.assertEqual(self.run_program(*command[1:], "--force").returncode, 0)
        self.assertEqual(made(output), wanted)

    def test_small_examples_of_more_than_memory(self):
        rng = random.Random(1)
        lines = [text_line(number, rng.randrange(2000)) for number in range(12_000)]
        path = self.write("in.jsonl", b"".join(text + b"\n" for text in lines))
        few = self.convert([path], "--shuffle", "--memory", "4MiB", "--no-sync")
        much = self.convert([path], "--shuffle", "--memory", "1GiB", "--no-sync")
        self.assertEqual(few.shards, much.shards)
        self.assertEqual(sorted(few.written), sorted(lines))


if __name__ == "__main__":
    unittest.main()
