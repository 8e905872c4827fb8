"""Shards, rejected.jsonl and the manifest: layout, limits, and the same bytes with any settings."""
import base64
import json
import os
import random
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import CliTest, asked, image_line, part_image, part_text, parts, text_line
from pictures import RGB, TINY_PNG, TINY_URL, corners, data_url, encode, photo, png

URL_LINE = image_line("https://example.com/a.png")
BAD_LINES = [b"{", b'{"messages":[]}', b"\xff\xfe", image_line("data:image/png;base64,!!")]


def greedy(lines, max_bytes, max_image_examples):
    """Line counts per shard, by the rule of the specification."""
    counts, used_bytes, used_images = [], 0, 0
    for line in lines:
        size, image = len(line) + 1, b"image_url" in line
        if not counts or used_bytes + size > max_bytes or used_images + image > max_image_examples:
            counts.append(0)
            used_bytes = used_images = 0
        counts[-1] += 1
        used_bytes += size
        used_images += image
    return counts


def mixed_corpus(seed, count):
    rng = random.Random(seed)
    noisy = photo(200, 160, seed, grain=0.5)
    pictures = [
        lambda: data_url(png(3, 8, RGB, [rng.randrange(256) for _ in range(27)]), "png"),
        lambda: data_url(png(3, 8, RGB, [rng.randrange(256) for _ in range(27)]), "jpeg"),
        lambda: data_url(encode(corners(16 + rng.randrange(40), 24), "JPEG"), "jpeg"),
        lambda: data_url(encode(corners(16 + rng.randrange(40), 24).convert("L"), "JPEG"), "jpeg"),
        lambda: data_url(encode(corners(12, 9).convert(rng.choice(("L", "LA", "P", "1", "RGBA"))), "PNG"), "png"),
        lambda: data_url(encode(corners(12, 9).convert("CMYK"), "JPEG"), "jpeg"),
        lambda: data_url(encode(corners(12, 9 + rng.randrange(9)), "WEBP"), "webp"),
        lambda: data_url(encode(corners(12, 9 + rng.randrange(9)), rng.choice(("GIF", "BMP", "TIFF"))), "png"),
        lambda: data_url(encode(noisy, rng.choice(("PNG", "JPEG", "WEBP")), quality=rng.choice((90, 95))), "png"),
        lambda: data_url(encode(corners(20, 20), "PNG")[:-rng.randrange(1, 60)], "png"),
        lambda: "https://example.com/%d.png" % rng.randrange(1000),
        lambda: TINY_URL,
    ]
    lines = []
    for number in range(count):
        kind = rng.random()
        if kind < 0.05:
            lines.append(rng.choice((b"", b"  ", b"\r")))
        elif kind < 0.12:
            lines.append(rng.choice(BAD_LINES))
        elif kind < 0.35:
            lines.append(text_line(number, rng.randrange(3000)))
        else:
            items = [part_image(rng.choice(pictures)()) for _ in range(rng.choice((1, 1, 1, 2, 5)))] + [part_text()]
            rng.shuffle(items)
            lines.append(asked(parts(*items), more=',"id":%d' % number))
    return lines


class ShardsTest(CliTest):
    def test_cap_by_image_examples(self):
        image, text = image_line(TINY_URL), text_line(1)
        result = self.convert([image, text, image, text, text, image, URL_LINE, text, image], "--max-image-examples",
                              "2")
        self.assertEqual(result.examples_per_shard(), [5, 3, 1])
        self.assertEqual([shard["image_examples"] for shard in result.manifest["shards"]], [2, 2, 1])

    def test_text_examples_do_not_count(self):
        result = self.convert([text_line(number) for number in range(50)], "--max-image-examples", "1")
        self.assertEqual(result.examples_per_shard(), [50])
        self.assertEqual(result.manifest["shards"][0]["image_examples"], 0)

    def test_cap_by_bytes(self):
        lines = [text_line(number, size) for number, size in enumerate((100, 100, 100, 700, 0, 0, 900))]
        self.assertEqual(self.convert(lines, "--max-shard-bytes", "1000").examples_per_shard(), greedy(lines, 1000, 99))

    def test_shard_may_be_exactly_full(self):
        lines = [text_line(1, size) for size in (100, 200, 300)]
        size = sum(len(line) + 1 for line in lines[:2])
        self.assertEqual(self.convert(lines, "--max-shard-bytes", str(size)).examples_per_shard(), [2, 1])
        self.assertEqual(self.convert(lines[:2], "--max-shard-bytes", str(size - 1)).examples_per_shard(), [1, 1])

    def test_both_caps_over_random_corpora(self):
        rng = random.Random(5)
        for _ in range(5):
            lines = [image_line(TINY_URL, number) if rng.random() < 0.4 else text_line(number, rng.randrange(1500))
                     for number in range(300)]
            caps = rng.randrange(2000, 9000), rng.randrange(1, 9)
            result = self.convert(lines, "--max-shard-bytes", str(caps[0]), "--max-image-examples", str(caps[1]))
            self.assertEqual(result.written, lines)
            self.assertEqual(result.examples_per_shard(), greedy(lines, *caps))

    def test_rejected_and_blank_lines_take_no_room(self):
        lines = [image_line(TINY_URL, 1), b"{", b"", image_line(TINY_URL, 2), b"[]", image_line(TINY_URL, 3)]
        result = self.convert(lines, "--max-image-examples", "2")
        self.assertEqual(result.examples_per_shard(), [2, 1])

    def test_one_example_over_the_cap_leaves_no_gap(self):
        lines = [text_line(1, 3000), text_line(2), text_line(3, 3000), text_line(4, 900), text_line(5, 3000)]
        result = self.convert(lines, "--max-shard-bytes", "1000")
        self.assertEqual(result.reasons, ["example_too_large"] * 3)
        self.assertEqual(result.written, [lines[1], lines[3]])

    def test_prefix(self):
        lines = [text_line(number, 100) for number in range(9)]
        result = self.convert(lines, "--prefix", "val.set_1", "--max-shard-bytes", "600", prefix="val.set_1")
        self.assertEqual(result.written, lines)
        self.assertEqual(list(result.shards)[0], "val.set_1-00000.jsonl")

    def test_nothing_to_write(self):
        for data in (b"", b"\n\n", b"{\n[]\n"):
            result = self.convert(data)
            self.assertEqual((result.shards, result.manifest["shards"]), ({}, []))
            self.assertTrue((result.dir / "report.html").exists())
            self.assertTrue((result.dir / "run.json").exists())

    def test_fewest_examples_is_a_warning_only(self):
        result = self.convert([text_line(1)])
        self.assertEqual(result.examples_per_shard(), [1])
        self.assertIn(b"10", result.stderr)

    def test_sha256_beside_xxh128_on_demand(self):
        lines = [text_line(number) for number in range(30)]
        for threads in ("1", "2"):
            shards = self.convert(lines, "--digest", "sha256", "--threads", threads,
                                  "--max-shard-bytes", "1kB").manifest["shards"]
            self.assertGreater(len(shards), 1)
            for shard in shards:  # both are compared with the files wherever they stand
                self.assertEqual(list(shard), ["path", "bytes", "xxh128", "sha256", "examples", "image_examples", "images"])

    def test_manifest(self):
        lines = [image_line(TINY_URL), text_line(1), b"", b"{", asked(parts(*[part_image(TINY_URL)] * 3, part_text()))]
        manifest = self.convert(lines).manifest
        self.assertLessEqual({"visionshard", "profile", "limits", "options", "inputs", "shards", "counts", "rejects",
                              "conversions"},
                             set(manifest))
        self.assertEqual(manifest["visionshard"]["manifest"], 2)
        self.assertIsInstance(manifest["visionshard"]["version"], str)
        self.assertEqual(manifest["profile"], "openai")
        self.assertIsInstance(manifest["limits"], dict)
        self.assertIsInstance(manifest["options"], dict)
        shard, = manifest["shards"]
        self.assertEqual(set(shard), {"path", "bytes", "xxh128", "examples", "image_examples", "images"})
        self.assertEqual((shard["examples"], shard["image_examples"], shard["images"]), (3, 2, 4))
        self.assertLessEqual({"lines": 5, "blank": 1, "written": 3, "rejected": 1, "duplicates": 0, "images": 4,
                              "images_kept": 4,
                              "images_relabelled": 0, "images_converted": 0, "images_shrunk": 0,
                              "images_dropped": 0}.items(),
                             manifest["counts"].items())
        self.assertEqual(manifest["rejects"], {"invalid_json": 1})
        self.assertEqual(self.convert(lines, "--profile", "azure").manifest["profile"], "azure")

    def test_counts_of_images(self):
        noise = data_url(encode(photo(120, 100, grain=1.0), "JPEG", quality=95), "jpeg")
        gray = data_url(encode(corners(9, 9).convert("L"), "PNG"), "png")
        cases = {"images_kept": (TINY_URL, []), "images_relabelled": (data_url(TINY_PNG, "jpeg"), []),
                 "images_converted": (gray, []),
                 "images_shrunk": (noise, ["--max-image-bytes", "6000"]),
                 "images_dropped": ("data:image/png;base64,!!!!", ["--on-bad-image", "drop"])}
        for name, (url, options) in cases.items():
            with self.subTest(name):
                result = self.convert([image_line(url)], *options)
                self.assertEqual(result.counts[name], 1)
                self.assertEqual(result.counts["written"], 1)
                if name == "images_converted":
                    self.assertEqual(sum(result.manifest["conversions"].values()), 1)
                if name != "images_kept":
                    self.assertEqual(result.counts["images_kept"], 0)

    def test_layout_of_rejected(self):
        lines = [text_line(1), b'{"id":"\\u0041\xc3\xa9","x":01}', b'caf\xe9 "latin"',
                 image_line("data:image/png;base64,!!!!"), b'{"a":"\\ud800"}']
        result = self.convert(lines)
        self.assertEqual(result.reasons, ["invalid_json", "invalid_utf8", "bad_base64", result.reasons[-1]])
        for record, raw, number in zip(result.rejected, lines[1:], (2, 3, 4, 5)):
            self.assertLessEqual(set(record), {"source", "reason", "pointer", "detail", "raw", "raw_base64"})
            self.assertEqual(set(record["source"]), {"file", "line", "byte"})
            self.assertEqual(record["source"]["line"], number)
            self.assertEqual(record["source"]["byte"], sum(len(line) + 1 for line in lines[:number - 1]))
            self.assertIsInstance(record["detail"], str)
            if record["reason"] == "invalid_utf8":
                self.assertNotIn("raw", record)
                self.assertEqual(base64.b64decode(record["raw_base64"], validate=True), raw)
            else:
                self.assertNotIn("raw_base64", record)
                self.assertEqual(record["raw"].encode(), raw)
        self.assertEqual(result.rejected[2]["pointer"], "/messages/0/content/1")

    def test_raw_survives_every_character(self):
        raws = [b'{"' + bytes(set(range(1, 128)) - {10, 13}), b"\0\0{", '{"\u2028\u2029\ufeff\U0010ffff'.encode(),
                b'\\"\\\\"', b"x" * 70_000]
        result = self.convert(raws)
        self.assertEqual([record["raw"].encode() for record in result.rejected], raws)

    def test_rejects_by_reference(self):
        result = self.convert([text_line(1), b"{", b"\xff"], "--rejects", "reference")
        self.assertEqual(result.reasons, ["invalid_json", "invalid_utf8"])
        for record in result.rejected:
            self.assertFalse({"raw", "raw_base64"} & set(record))
            self.assertEqual(set(record["source"]), {"file", "line", "byte"})

    def test_nothing_rejected_no_file(self):
        self.assertIsNone(self.convert([text_line(1)]).rejected_bytes)

    def test_fix_and_second_run_close_the_loop(self):
        lines = [text_line(1), image_line("data:image/png;base64,!!!!", 2), b"{",
                 image_line("data:image/png;base64,????", 4), b"\xff"]
        first = self.convert(lines)
        self.assertEqual(len(first.rejected), 4)
        again = self.convert([first.dir / "rejected.jsonl"])
        self.assertEqual(again.reasons, first.reasons)
        self.assertEqual([record.get("raw") for record in again.rejected],
                         [record.get("raw") for record in first.rejected])
        fixed = [dict(record, raw=record["raw"].replace("!!!!", TINY_URL.split(",")[1])) if "raw" in record else record
                 for record in first.rejected]
        records = b"".join(json.dumps(record).encode() + b"\n" for record in fixed)
        second = self.convert([self.write("fixed/rejected.jsonl", records)])
        self.assertEqual(second.written, [image_line(TINY_URL, 2)])
        self.assertEqual(second.reasons, ["invalid_json", "bad_base64", "invalid_utf8"])

    def test_max_rejects(self):
        lines = [text_line(number) for number in range(5)] + [b"{"] * 5
        for limit, status in (("4", 1), ("5", 0), ("0", 1), ("6", 0), ("49%", 1), ("50%", 0), ("0%", 1), ("100%", 0)):
            with self.subTest(limit):
                result = self.convert(lines, "--max-rejects", limit, status=status)
                self.assertEqual((len(result.written), len(result.rejected)), (5, 5))
        self.convert(lines[:5], "--max-rejects", "0")
        self.convert(lines[:5], "--max-rejects", "0%")
        self.convert(b"", "--max-rejects", "0%")

    def test_json_summary(self):
        result = self.convert([text_line(1), b"{"], "--json")
        self.assertIsInstance(json.loads(result.stdout), dict)

    def test_same_bytes_for_any_threads_and_memory(self):
        lines = mixed_corpus(seed=11, count=1500)
        half = self.write("b.jsonl", b"".join(line + b"\n" for line in lines[700:]))
        inputs = [self.write("a.jsonl", b"".join(line + b"\n" for line in lines[:700])), half]
        options = ["--max-image-bytes", "20000", "--max-shard-bytes", "400KB", "--on-bad-image", "drop"]
        settings = [[], ["--threads", "1"], ["--threads", "2", "--memory", "64MiB"],
                    ["--threads", "5", "--memory", "16MiB"],
                    ["--threads", "1", "--memory", "16MiB"], ["--threads", "5"]]
        first = None
        for setting in settings:
            with self.subTest(setting=setting):
                result = self.convert(inputs, *options, *setting)
                if first is None:
                    first = result
                    self.assertGreater(len(first.shards), 2)
                    for name in ("images_kept", "images_relabelled", "images_converted", "images_shrunk",
                                 "images_dropped", "blank", "rejected"):
                        self.assertGreater(first.counts[name], 0, name)
                self.assertTrue(result.shards == first.shards, "shards differ")
                self.assertTrue(result.rejected_bytes == first.rejected_bytes, "rejected.jsonl differs")
                self.assertEqual(result.manifest_bytes, first.manifest_bytes)

    def test_second_run_over_shards_changes_nothing(self):
        first = self.convert(mixed_corpus(seed=3, count=200), "--max-image-bytes", "20000")
        second = self.convert([first.dir / name for name in first.shards], "--max-image-bytes", "20000")
        self.assertEqual(second.rejected, [])
        self.assertTrue(second.written == first.written)

    def test_many_small_files_are_few_warnings(self):
        lines = [text_line(number, 400) for number in range(8)]
        for count, told in ((3, 3), (8, 4)):
            done = self.convert(lines[:count], "--max-shard-bytes", len(lines[0]) + 10)
            self.assertEqual(len(done.shards), count)
            warnings = done.stderr.decode().splitlines()
            self.assertEqual(len(warnings), told, warnings)
        self.assertIn("5 more files hold fewer than 10 examples", warnings[-1])


if __name__ == "__main__":
    unittest.main()
