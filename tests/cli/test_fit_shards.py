"""--shards N: the corpus in at most N files, with the smallest loss that makes it fit, the same for all images."""
import json
import os
import re
import subprocess
import sys
import unittest

from PIL import Image

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import Output, asked, image_line, image_urls, part_image, part_text, parts, payload_of, text_line
from picture_test import PictureTest, with_alpha
from pictures import TINY_URL, data_url, decode, difference, encode, photo

BAD_IMAGE = "data:image/png;base64,iVBORw0KGgo="


def total(lines):
    return sum(len(text) + 1 for text in lines)


def photo_lines(count, size=(200, 150)):
    return [image_line(data_url(encode(photo(*size, seed), "JPEG", quality=95), "jpeg"), seed) for seed in range(count)]


class FitShardsTest(PictureTest):
    def into(self, lines, shards, cap, *options, **more):
        result = self.convert(lines, "--shards", shards, "--max-shard-bytes", cap, *options, **more)
        self.assertLessEqual(len(result.shards), shards)
        for data in result.shards.values():
            self.assertLessEqual(len(data), cap)
        return result

    def test_duplicates_that_are_dropped_take_no_room(self):
        lines = photo_lines(4)
        result = self.into(lines * 5, 1, total(lines) + 100, "--duplicates", "drop")
        self.assertEqual(result.written, lines)
        self.assertNotEqual(self.into(lines * 5, 1, total(lines) + 100).written[:4], lines)
        # None of these is a duplicate, and they do not fit.
        texts = [text_line(number, 400) for number in range(20)]
        self.refused(texts, "--shards", 1, "--max-shard-bytes", total(texts) - 10, "--duplicates", "drop")

    def refused(self, lines, *options):
        output = self.new_output_dir()
        path = self.write("input.jsonl", b"".join(text + b"\n" for text in lines))
        done = self.run_program("convert", path, "-o", output, *options)
        self.assertEqual((done.returncode, done.stdout), (2, b""), done.stderr)
        self.check_message(done)
        self.assertFalse(output.exists() and any(output.iterdir()), "nothing is written")
        return done.stderr.decode()

    def pictures(self, result):
        return [decode(payload_of(url)[1]) for text in result.written for url in image_urls(text)
                if url.startswith("data:")]

    def check_without(self, lines, shards, cap, *options):
        """Where it fits as it is, the files are those of a run without --shards."""
        plain = self.convert(lines, "--max-shard-bytes", cap, *options)
        result = self.into(lines, shards, cap, *options)
        self.assertEqual(result.shards, plain.shards)
        self.assertEqual(result.rejected_bytes, plain.rejected_bytes)
        self.assertEqual(result.manifest["options"]["shards"], shards)
        for manifest in (result.manifest, plain.manifest):
            del manifest["options"]
        self.assertEqual(result.manifest, plain.manifest)


class LossTest(FitShardsTest):
    def test_nothing_is_lost_where_it_fits(self):
        lines = photo_lines(12) + [b"{", text_line(1), image_line(TINY_URL.replace("png", "jpeg", 1))]
        size = total(lines)
        for shards, cap in ((1, size), (3, size), (4, size // 3)):
            self.check_without(lines, shards, cap)

    def test_what_is_rejected_takes_no_room(self):
        small = photo_lines(12, (60, 40))
        large = photo_lines(3, (1100, 900))
        mixed = [text for pair in zip(small[:3], large) for text in pair] + small[3:]
        tokens = ["--max-tokens", "600"]  # 85 and 170 for each of 1 and of 6 squares of 512 pixels
        self.assertEqual(self.convert(mixed, *tokens).written, small)
        self.assertEqual(self.into(mixed, 1, total(small), *tokens).written, small)
        image = json.loads(small[0])["messages"][0]["content"]
        answer = [{"role": "assistant", "content": "ok"}]
        preference = json.dumps({"input": {"messages": [{"role": "user", "content": image}]}, "preferred_output": answer,
                                 "non_preferred_output": answer}).encode()
        plain = self.convert(small, "--profile", "together").written
        result = self.into(small + [preference] * 3, 1, total(plain), "--profile", "together")
        self.assertEqual((result.written, result.reasons), (plain, ["bad_messages"] * 3))

    def test_what_is_rejected_for_the_tokens_of_its_images_takes_no_room(self):
        texts = [text_line(number) for number in range(10)]
        large = photo_lines(3, (1024, 1024))  # 4 tiles: 765 tokens
        profile = self.write("p.toml", b"min_examples = 0\nmax_image_tokens = 764\n")
        result = self.into(texts + large, 1, total(texts), "--profile", profile)
        self.assertEqual((result.written, result.reasons), (texts, ["too_many_tokens"] * 3))

    def test_exactly_full_is_not_over(self):
        lines = photo_lines(4)
        self.assertEqual(self.into(lines, 1, total(lines)).written, lines)
        one_less = self.into(lines, 1, total(lines) - 1)
        self.assertNotEqual(one_less.written, lines)
        self.assertEqual(len(one_less.written), 4)

    def test_quality_falls_alike_and_no_further_than_it_must(self):
        lines = photo_lines(40)
        before, least = total(lines), 0
        for share in (0.9, 0.6, 0.3):
            cap = int(before * share / 2)
            result = self.into(lines, 2, cap)
            pictures = self.pictures(result)
            self.assertEqual(len({tuple(picture.quantization[0]) for picture in pictures}), 1, "all images alike")
            self.assertEqual({picture.size for picture in pictures}, {(200, 150)})
            coarse = sum(pictures[0].quantization[0])
            self.assertGreaterEqual(coarse, least, "less room, more loss")
            least = coarse
            # A step of quality is a few per cent; near 95 it is ten.
            self.assertGreater(len(b"".join(result.shards.values())), 0.8 * 2 * cap, share)
            self.assertEqual(result.counts["images_shrunk"], 40)
            for number, picture in enumerate(pictures):
                self.assertLess(difference(picture, photo(200, 150, number)), 12)

    def test_dimensions_fall_when_quality_cannot(self):
        lines = photo_lines(20)
        high = self.into(lines, 1, total(lines) // 3, "--min-quality", 90)
        low = self.into(lines, 1, total(lines) // 3, "--min-quality", 40)
        self.assertEqual({picture.size for picture in self.pictures(low)}, {(200, 150)})
        sizes = {picture.size for picture in self.pictures(high)}
        self.assertEqual(len(sizes), 1, "all images alike")
        (width, height), = sizes
        self.assertLess(width, 200)
        self.assertAlmostEqual(width / height, 4 / 3, delta=0.05)
        for number, picture in enumerate(self.pictures(high)):
            self.assertLess(difference(picture.resize((20, 15)), photo(200, 150, number).resize((20, 15))), 8)

    def test_what_no_model_sees_goes_first(self):
        large = encode(photo(1400, 1050, grain=0.1), "JPEG", quality=85)
        small = encode(photo(300, 200), "JPEG", quality=95)
        lines = [image_line(data_url(large, "jpeg")), image_line(data_url(small, "jpeg"))]
        result = self.into(lines, 1, total(lines) - 1000)
        pictures = self.pictures(result)
        self.assertEqual(pictures[0].size, (1024, 768))
        self.assertEqual(payload_of(image_urls(result.written[1])[0])[1], small, "it was not its turn")

    def test_no_image_grows(self):
        poor = [encode(photo(200, 150, seed), "JPEG", quality=20) for seed in range(10)]
        rich = [encode(photo(200, 150, seed), "JPEG", quality=95) for seed in range(10)]
        lines = [image_line(data_url(data, "jpeg")) for data in poor + rich]
        result = self.into(lines, 1, total(lines) * 2 // 3)
        found = [payload_of(image_urls(text)[0])[1] for text in result.written]
        self.assertEqual(found[:10], poor, "they are below that quality already")
        for before, after in zip(rich, found[10:]):
            self.assertLess(len(after), len(before))

    def test_no_image_is_larger_than_without(self):
        # Drawings in few colors, poorly packed: as PNG they are smaller than any JPEG of them, and lose nothing.
        drawing = Image.new("RGB", (300, 200), (250, 250, 240))
        for number in range(60):
            drawing.paste((0, 0, 90 + number), (5 * number, 3 * number, 5 * number + 2, 200))
        images = [encode(drawing.convert("L"), "PNG", compress_level=0), encode(drawing, "BMP")]
        lines = [image_line(data_url(data, "png")) for data in images] + photo_lines(20)
        plain = self.convert(lines)
        result = self.into(lines, 1, total(plain.written) * 4 // 5)
        for before, after in zip(plain.written, result.written):
            self.assertLessEqual(len(after), len(before))
        self.assertEqual(result.written[:2], plain.written[:2])

    def test_every_kind_of_image(self):
        source = photo(240, 180, grain=0.3)
        clear = with_alpha(source)
        images = [encode(source, "PNG"), encode(clear, "PNG"), encode(source.convert("L"), "PNG"),
                  encode(source.quantize(32), "PNG"), encode(source, "WEBP", lossless=True, method=0),
                  encode(clear, "WEBP", quality=95), encode(source.convert("L"), "JPEG", quality=95),
                  encode(source.convert("CMYK"), "JPEG", quality=95), encode(source.quantize(32), "GIF"),
                  encode(source, "JPEG", quality=97, progressive=True)]
        lines = [image_line(data_url(data, "png")) for data in images]
        before = total(self.convert(lines).written)
        for profile in ("openai", "fireworks"):
            for share in (0.5, 0.15):
                pictures = self.pictures(self.into(lines, 1, int(before * share), "--profile", profile))
                self.assertEqual(len(pictures), len(images))
                for number, picture in enumerate(pictures):
                    self.assertEqual(picture.mode, "RGBA" if number in (1, 5) else "RGB")
                    self.assertIn(picture.format, ("JPEG", "PNG", "WEBP")[:2 if profile == "fireworks" else 3])
                    wanted = clear if picture.mode == "RGBA" else source.convert("L").convert("RGB") \
                        if number in (2, 6) else source
                    self.assertLess(difference(picture.resize((24, 18)).convert("RGBA").getchannel("A"),
                                               wanted.resize((24, 18)).convert("RGBA").getchannel("A"), "L"), 8)
                    if picture.mode == "RGB":
                        self.assertLess(difference(picture.resize((24, 18)), wanted.resize((24, 18))), 16, number)

    def test_links_and_texts_are_kept(self):
        links = [image_line("https://example.com/%d.png" % number, number) for number in range(5)]
        lines = links + photo_lines(5) + [text_line(number, 100) for number in range(5)]
        result = self.into(lines, 1, total(lines) * 2 // 3)
        self.assertEqual(result.written[:5], links)
        self.assertEqual(result.written[10:], lines[10:])


class ImpossibleTest(FitShardsTest):
    def test_by_how_many_bytes(self):
        lines = [text_line(1, 400)] * 20
        self.assertEqual(len(self.into(lines, 2, total(lines) // 2).shards), 2)
        message = self.refused(lines, "--shards", 2, "--max-shard-bytes", total(lines) // 2 - 50)
        self.assertIn(str(total(lines) - 2 * (total(lines) // 2 - 50)), re.sub(r"(?<=\d),(?=\d)", "", message))

    def test_where_files_cannot_be_filled(self):
        # 3 of 700 bytes in 2 files of 1,050: the total fits, but no two of them fit into one file.
        lines = [text_line(number, 700 - 1 - len(text_line(1, 0))) for number in range(3)]
        self.assertEqual(total(lines), 2100)
        message = self.refused(lines, "--shards", 2, "--max-shard-bytes", 1050)
        self.assertRegex(message, r"\b3\b")
        self.assertNotIn("image", message, "no example has one")

    def test_by_the_number_of_image_examples(self):
        self.refused([image_line(TINY_URL)] * 7, "--shards", 2, "--max-image-examples", 3)
        result = self.convert([image_line(TINY_URL)] * 7, "--shards", 3, "--max-image-examples", 3)
        self.assertEqual(result.examples_per_shard(), [3, 3, 1])

    def test_images_that_cannot_be_small_enough(self):
        message = self.refused(photo_lines(5), "--shards", 1, "--max-shard-bytes", 3000)
        self.assertRegex(message, r"\d")

    def test_an_existing_run_stays(self):
        lines = photo_lines(3) + [text_line(1, 900)] * 3
        path = self.write("input.jsonl", b"".join(text + b"\n" for text in lines))
        result = self.convert([path])
        done = self.run_program("convert", path, "-o", result.dir, "--force", "--shards", 1, "--max-shard-bytes", 2500)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(Output(result.dir).shards, result.shards)
        self.assertEqual(Output(result.dir).manifest_bytes, result.manifest_bytes)

    def test_standard_input_is_refused(self):
        done = self.run_program("convert", "-", "-o", self.dir / "out", "--shards", "1", stdin=text_line(1))
        self.assertEqual(done.returncode, 2)
        self.check_message(done)
        self.assertFalse((self.dir / "out").exists())

    def test_what_can_be_read_only_once_is_refused_or_all_there(self):
        lines = [text_line(number) for number in range(5)]
        data = b"".join(text + b"\n" for text in lines)
        fifo = self.dir / "fifo"
        os.mkfifo(fifo)
        for path in ("/dev/stdin", fifo):
            with self.subTest(path):
                output, writer = self.new_output_dir(), None
                if path == fifo:
                    writer = subprocess.Popen(["sh", "-c", 'cat > "$0"', fifo], stdin=subprocess.PIPE)
                    writer.stdin.write(data)
                    writer.stdin.close()
                try:
                    done = self.run_program("convert", path, "-o", output, "--shards", 1, stdin=data, timeout=2)
                except subprocess.TimeoutExpired:
                    self.fail("hangs")
                finally:
                    if writer:
                        writer.terminate()
                        writer.wait()
                if done.returncode == 0:
                    self.assertEqual(Output(output).written, lines)
                else:
                    self.assertIn(done.returncode, (2, 3))
                    self.check_message(done, path)

    def test_usage(self):
        path = self.write("input.jsonl", text_line(1))
        for value in ("0", "-1", "x", "", "1.5", "99999999999999999999999"):
            done = self.run_program("convert", path, "-o", self.dir / "out", "--shards", value)
            self.assertEqual(done.returncode, 2, value)
            self.check_message(done)


class CornersTest(FitShardsTest):
    def test_nothing_to_write(self):
        for data in (b"", b"\n\n", b"{\n"):
            self.assertEqual(self.convert(data, "--shards", 1).shards, {})

    def test_text_alone(self):
        lines = [text_line(number, number * 10) for number in range(30)]
        self.check_without(lines, 1, total(lines))
        self.check_without(lines, 9, 2000)

    def test_an_enormous_number_of_shards(self):
        lines = photo_lines(3)
        self.assertEqual(self.convert(lines, "--shards", 2 ** 63).written, lines)
        self.assertEqual(self.convert(lines, "--shards", 2 ** 40, "--profile", "none").written, lines)

    def test_one_example_over_the_cap(self):
        # Its images can be reduced until it fits: that is better than leaving it out.
        many = asked(parts(part_text(), *[part_image(image_urls(text)[0]) for text in photo_lines(8)]))
        lines = photo_lines(8) + [many]
        result = self.into(lines, 9, len(many) * 2 // 3)
        self.assertEqual(len(result.written), 9)

    def test_an_example_that_no_loss_helps_costs_the_others_nothing(self):
        images = photo_lines(6)
        cap = max(len(text) for text in images) + 100
        lines = images[:3] + [text_line(1, 2 * cap)] + images[3:]
        result = self.into(lines, 6, cap)
        self.assertEqual(result.reasons, ["example_too_large"])
        self.assertEqual([picture.size for picture in self.pictures(result)], [(200, 150)] * 6)
        self.assertEqual(result.written, images, "they fit as they are")

    def test_repeated_images_and_two_details(self):
        url = data_url(encode(photo(700, 525), "JPEG", quality=90), "jpeg")
        lines = [asked(parts(part_image(url, ',"detail":"low"'), part_image(url), part_text())) for _ in range(6)]
        result = self.into(lines, 1, total(lines) * 3 // 5)
        self.assertEqual(len({result.written[i] for i in range(6)}), 1)
        low, high = image_urls(result.written[0])
        self.assertLessEqual(decode(payload_of(low)[1]).width, 512)
        self.assertEqual(decode(payload_of(high)[1]).width, 700)

    def test_a_written_corpus_fits_again_without_loss(self):
        lines = photo_lines(16)
        cap = total(lines) // 4
        once = self.into(lines, 2, cap)
        self.check_without(once.written, 2, cap)


class CombinedTest(FitShardsTest):
    def corpus(self):
        rng = photo_lines(10) + [image_line(data_url(encode(photo(600, 500, 50), "JPEG", quality=85), "jpeg"))]
        image = image_urls(rng[0])[0]
        lines = []
        for number, text in enumerate(rng * 2):
            lines += [text, b"{" if number % 5 == 0 else text_line(number, 30 * number), b""][:2 + number % 2]
        lines.append(asked(parts(part_image(BAD_IMAGE), part_image(image), part_image(TINY_URL), part_text())))
        lines.append(asked(parts(part_image(BAD_IMAGE), part_text())))
        lines.append(asked(parts(part_image(image, ',"detail":"low"'), part_image(image), part_text())))
        return lines

    def test_with_everything_else(self):
        lines = self.corpus()
        for options in ((), ("--on-bad-image", "drop"), ("--detail", "low"), ("--fit-model", "tiles"),
                        ("--profile", "together", "--on-bad-image", "drop"), ("--profile", "fireworks"),
                        ("--fit-model", "tiles", "--detail", "low", "--on-bad-image", "drop", "--profile", "together")):
            with self.subTest(options):
                plain = self.convert(lines, *options)
                cap = total(plain.written) // 4
                results = [self.into(lines, 2, cap, *options, *settings)
                           for settings in (("--threads", 1), ("--threads", 4, "--memory", "16MiB"))]
                for result in results:
                    self.assertEqual([r["source"] for r in result.rejected], [r["source"] for r in plain.rejected])
                    self.assertEqual(result.reasons, plain.reasons)
                    self.assertEqual(len(result.written), len(plain.written))
                    self.assertGreater(total(result.written), cap)
                    for before, after in zip(plain.written, result.written):
                        self.assertLessEqual(len(after), len(before))
                        self.assertEqual([re.sub(r'"data:[^"]*"', "", text.decode()) for text in (before, after)][0],
                                         re.sub(r'"data:[^"]*"', "", after.decode()))
                self.assertEqual(results[0].shards, results[1].shards)
                self.assertEqual(results[0].rejected_bytes, results[1].rejected_bytes)
                self.assertEqual(results[0].manifest_bytes, results[1].manifest_bytes)
                if "fireworks" not in options:
                    report = json.loads(self.run_program("check", results[0].dir, "--json", "--profile",
                                                         results[0].manifest["profile"]).stdout)
                    self.assertTrue(report["accepted"], [group["first"] for group in report["findings"]])

    def test_the_same_bytes_whatever_the_settings(self):
        lines = self.corpus()
        cap = total(lines) // 5
        results = [self.into(lines, 2, cap, *settings) for settings in (
            ("--threads", 1), ("--threads", 2), ("--threads", 4), ("--threads", 4, "--memory", "8MiB"))]
        for result in results[1:]:
            self.assertEqual(result.shards, results[0].shards)
            self.assertEqual(result.manifest_bytes, results[0].manifest_bytes)

    def test_a_byte_limit_of_images_as_well(self):
        lines = [image_line(data_url(encode(photo(300, 225, seed, grain=0.4), "PNG"), "png")) for seed in range(6)]
        result = self.into(lines, 1, 120_000, "--max-image-bytes", 30_000)
        for text in result.written:
            self.assertLessEqual(len(payload_of(image_urls(text)[0])[1]), 30_000)


if __name__ == "__main__":
    unittest.main()
