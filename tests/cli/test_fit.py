"""Images over the byte limit: at or under it afterwards, with the smallest loss."""
import json
import math
import os
import random
import sys
import unittest

from PIL import Image

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import SANITIZED, CliTest, image_line, image_urls, payload_of
from pictures import corners, data_url, decode, difference, encode, photo

LIMIT = 60_000


def size_at(image, quality, subsampling=2):
    return len(encode(image, "JPEG", quality=quality, subsampling=subsampling, optimize=True))


def with_alpha(image):
    return Image.merge("RGBA", (*image.split(), Image.linear_gradient("L").resize(image.size)))


class FitTest(CliTest):
    def fit(self, images, *options, limit=LIMIT):
        """name -> (TYPE, bytes, picture); all are under the limit."""
        lines = [image_line(data_url(data, "png")) for data in images.values()]
        found = {}
        for name, outcome in zip(images, self.outcomes(lines, "--max-image-bytes", str(limit), *options)):
            self.assertEqual(outcome.reason, "written", name)
            kind, data = payload_of(image_urls(outcome.written)[0])
            self.assertLessEqual(len(data), limit, name)
            self.assertGreater(len(images[name]), limit, f"{name}: nothing to do")
            found[name] = kind, data, decode(data)
        return found

    def check_same_size(self, found, source, tolerance=12):
        self.assertEqual(found.size, source.size)
        self.assertLess(difference(found, source), tolerance)

    def test_jpeg_uses_the_limit(self):
        images, sources = {}, {}
        for seed, (width, height) in enumerate(((400, 300), (480, 360), (250, 400))):
            for subsampling in (0, 2):
                for progressive in (False, True):
                    name = (width, height, subsampling, progressive)
                    sources[name] = photo(width, height, seed)
                    images[name] = encode(sources[name], "JPEG", quality=99, subsampling=subsampling,
                                          progressive=progressive)
                    self.assertLess(size_at(sources[name], 60, subsampling), 0.9 * LIMIT, "no need to lose dimensions")
        for name, (kind, data, picture) in self.fit(images).items():
            with self.subTest(name):
                self.assertEqual(kind, "jpeg")
                self.check_same_size(picture, sources[name])
                if size_at(sources[name], 95, name[2]) > LIMIT * 1.05:
                    self.assertGreaterEqual(len(data), 0.85 * LIMIT)

    def test_jpeg_just_over_the_limit(self):
        source = photo(400, 300)
        data = encode(source, "JPEG", quality=80)
        for over in (1, 50, 1000):
            (_, found, picture), = self.fit({"": data}, limit=len(data) - over).values()
            self.assertGreaterEqual(len(found), 0.85 * (len(data) - over))
            self.check_same_size(picture, decode(data), 6)

    def test_over_the_limit_by_metadata_alone(self):
        source = photo(200, 150)
        exif = b"Exif\0\0" + bytes(60_000)
        (_, found, picture), = self.fit({"": encode(source, "JPEG", quality=85, exif=exif)}).values()
        self.check_same_size(picture, source)

    def test_gray_and_cmyk_jpeg(self):
        source = photo(640, 480, grain=0.4)
        images = {"gray": encode(source.convert("L"), "JPEG", quality=99),
                  "CMYK": encode(source.convert("CMYK"), "JPEG", quality=97)}
        expected = {"gray": source.convert("L"), "CMYK": source}
        for name, (kind, _, picture) in self.fit(images, "--min-quality", "20").items():
            with self.subTest(name):
                self.assertEqual((kind, picture.mode), ("jpeg", "RGB"))
                self.check_same_size(picture, expected[name], 30)

    def test_opaque_others_become_jpeg(self):
        source = photo(400, 300)
        images = {"PNG": encode(source, "PNG"), "RGBA PNG, opaque": encode(source.convert("RGBA"), "PNG"),
                  "WebP lossless": encode(source, "WEBP", lossless=True),
                  "gray PNG": encode(source.convert("L"), "PNG"),
                  "BMP": encode(source, "BMP"), "TIFF": encode(source, "TIFF")}
        for name, (kind, _, picture) in self.fit(images).items():
            with self.subTest(name):
                self.assertIn(kind, ("jpeg", "webp") if name == "RGBA PNG, opaque" else ("jpeg",))
                self.check_same_size(picture, source.convert("L") if "gray" in name else source)

    def test_lossy_webp(self):
        source = photo(500, 400, grain=0.5)
        (kind, _, picture), = self.fit({"": encode(source, "WEBP", quality=98)}, "--min-quality", "20").values()
        self.assertEqual(kind, "jpeg")
        self.check_same_size(picture, source, 30)

    def test_poorly_packed_png_is_packed_better(self):
        flat = corners(30, 20).resize((300, 200), Image.NEAREST)
        images = {"RGB": encode(flat, "PNG", compress_level=0),
                  "RGBA": encode(with_alpha(flat), "PNG", compress_level=0)}
        for name, (kind, _, picture) in self.fit(images).items():
            with self.subTest(name):
                self.assertEqual((kind, picture.mode), ("png", name))
                self.assertEqual(picture.tobytes(), (flat if name == "RGB" else with_alpha(flat)).tobytes())

    def test_what_repeats_far_below_is_packed_without_loss(self):
        tile = Image.frombytes("RGB", (300, 30), random.Random(1).randbytes(300 * 30 * 3))
        source = Image.new("RGB", (300, 600))
        for y in range(0, 600, 30):
            source.paste(tile, (0, y))
        limit = len(encode(source, "PNG")) * 11 // 10
        for name in ("BMP", "TIFF"):
            (kind, _, picture), = self.fit({"": encode(source, name)}, limit=limit).values()
            self.assertEqual((kind, picture.convert("RGB").tobytes()), ("png", source.tobytes()))

    def test_colors_lose_their_width_before_their_height(self):
        source = photo(640, 480, grain=0.4)
        for quality in (50, 55):
            data = encode(source, "JPEG", quality=quality, subsampling=0)
            limit = len(encode(source, "JPEG", quality=quality, subsampling=1, optimize=True)) * 21 // 20
            self.assertLess(limit, size_at(source, quality, 0))
            (_, found, picture), = self.fit({"": data}, "--min-quality", str(quality), limit=limit).values()
            self.assertEqual([layer[1:3] for layer in picture.layer], [(2, 1), (1, 1), (1, 1)])
            self.assertGreaterEqual(len(found), 0.85 * limit)

    def test_alpha_is_kept(self):
        source = with_alpha(photo(300, 200, grain=0.3))
        for profile, kinds in (("openai", ("webp",)), ("fireworks", ("png",))):
            (kind, _, picture), = self.fit({"": encode(source, "PNG")}, "--profile", profile).values()
            self.assertIn(kind, kinds)
            self.assertEqual(picture.mode, "RGBA")
            back = picture.resize(source.size)
            self.assertLess(difference(back.getchannel("A"), source.getchannel("A"), "L"), 4)
            if kind == "webp":
                self.assertEqual(picture.size, source.size)
            self.assertAlmostEqual(picture.width / picture.height, 1.5, delta=0.03)

    def test_one_clear_pixel_is_alpha(self):
        source = photo(300, 200, grain=0.3).convert("RGBA")
        source.putpixel((150, 100), (0, 0, 0, 0))
        (kind, _, picture), = self.fit({"": encode(source, "PNG")}).values()
        self.assertEqual((kind, picture.mode), ("webp", "RGBA"))
        self.assertLess(picture.getchannel("A").getextrema()[0], 255)

    def test_dimensions_shrink_below_the_least_quality(self):
        source = photo(900, 600, grain=0.8)
        self.assertGreater(size_at(source, 60), LIMIT * 1.2)
        images = {"JPEG": encode(source, "JPEG", quality=95), "PNG": encode(source, "PNG"),
                  "JPEG 4:4:4": encode(source, "JPEG", quality=95, subsampling=0)}
        for name, (kind, data, picture) in self.fit(images).items():
            with self.subTest(name):
                self.assertEqual(kind, "jpeg")
                self.assertLess(picture.width, 900)
                self.assertGreater(picture.width, 200)
                self.assertAlmostEqual(picture.width / picture.height, 1.5, delta=0.02)
                self.assertLess(difference(picture.resize((90, 60), Image.BOX), source.resize((90, 60), Image.BOX)), 8)

    def test_what_turns_out_to_take_more_memory_is_the_same_for_any_memory_and_threads(self):
        # Whether a quality suffices is known only once it was tried; to decode these takes a fourth of the memory each.
        noise = [encode(Image.effect_noise((2400, 1600), 90 + i).convert("RGB"), "JPEG", quality=95) for i in range(3)]
        lines = [image_line(data_url(noise[i % 3], "jpeg")) for i in range(8)] + [image_line(data_url(noise[0], "jpeg"))] * 2
        texts = set()
        for threads, memory in (("1", "256MiB"), ("2", "256MiB"), ("7", "64MiB"), ("2", "2GiB")):
            outcomes = self.outcomes(lines, "--max-image-bytes", "150000", "--threads", threads, "--memory", memory)
            self.assertEqual({o.reason for o in outcomes}, {"written"})
            texts.add(tuple(o.written for o in outcomes))
        self.assertEqual(len(texts), 1)
        for url in (image_urls(line)[0] for line in texts.pop()):
            data = payload_of(url)[1]
            self.assertLessEqual(len(data), 150_000)
            self.assertLess(decode(data).size, (2400, 1600))

    @unittest.skipIf(SANITIZED, "a sanitizer takes memory of its own")
    def test_many_threads_take_no_more_memory_than_few(self):
        noise = encode(Image.effect_noise((3000, 2000), 40).convert("RGB"), "JPEG", quality=90)
        lines = [image_line(data_url(noise[:-2] + b"\xFF\xFE\x00\x04%02d\xFF\xD9" % i, "jpeg")) for i in range(60)]
        path = self.write("input.jsonl", b"".join(line + b"\n" for line in lines))
        for threads in ("2", "12"):
            self.check_peak(128 << 20, "convert", path, "-o", self.new_output_dir(), "--threads", threads,
                            "--max-image-bytes", "2000000", "-q", "--no-sync")

    def test_least_quality_decides(self):
        source = photo(500, 400, grain=0.5)
        data, limit = encode(source, "JPEG", quality=98), size_at(source, 60)
        (_, _, low), = self.fit({"": data}, "--min-quality", "30", limit=limit).values()
        (_, _, high), = self.fit({"": data}, "--min-quality", "90", limit=limit).values()
        self.assertEqual(low.size, source.size)
        self.assertLess(high.width, source.width)

    def test_tiny_limits(self):
        source = photo(400, 300)
        for limit in (20_000, 5_000, 2_000):
            images = {"JPEG": encode(source, "JPEG"), "PNG": encode(source, "PNG"),
                      "RGBA": encode(with_alpha(source), "PNG")}
            for name, (_, _, picture) in self.fit(images, limit=limit).items():
                self.assertAlmostEqual(picture.width / picture.height, 4 / 3, delta=0.1)

    def test_orientation_is_applied_before_fitting(self):
        source, exif = corners(640, 480), Image.Exif()
        exif[274] = 6
        grain = Image.blend(source, photo(640, 480, grain=1.0), 0.3)
        (_, _, picture), = self.fit({"": encode(grain, "JPEG", quality=98, exif=exif.tobytes())}).values()
        self.assertEqual(picture.getexif().get(274, 1), 1)
        self.assertLess(difference(picture.resize((48, 64), Image.BOX),
                                   grain.transpose(Image.ROTATE_270).resize((48, 64), Image.BOX)), 8)

    def test_animated_and_multi_picture_over_the_limit(self):
        frames = [photo(300, 200, seed, grain=0.3) for seed in (1, 2)]
        images = {"MPO": encode(frames[0], "MPO", save_all=True, append_images=frames[1:], quality=97),
                  "APNG": encode(frames[0], "PNG", save_all=True, append_images=frames[1:]),
                  "WebP": encode(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True),
                  "GIF": encode(frames[0].convert("P"), "GIF", save_all=True, append_images=[frames[1].convert("P")])}
        for name, (_, _, picture) in self.fit(images).items():
            with self.subTest(name):
                self.assertEqual(getattr(picture, "n_frames", 1), 1)
                self.assertLess(difference(picture, frames[0]
                                           if name != "GIF" else frames[0].convert("P").convert("RGB")), 25)

    def test_measuring_changes_nothing_and_tells_tries_and_loss(self):
        source = photo(400, 300)
        data = encode(source, "JPEG", quality=98)
        lines = [image_line(data_url(data, "jpeg"))]
        plain = self.convert(lines, "--max-image-bytes", str(LIMIT))
        self.assertNotIn("measured", json.loads((plain.dir / "run.json").read_text()))
        measured = self.convert(lines, "--max-image-bytes", str(LIMIT), "--measure")
        self.assertEqual(measured.written, plain.written)
        run = json.loads((measured.dir / "run.json").read_text())
        sample, = run["measured"]
        self.assertEqual((sample["line"], sample["pointer"]), (1, "/messages/0/content/1"))
        self.assertEqual(run["tries"], {str(sample["tries"]): 1})
        one, other = decode(payload_of(image_urls(measured.written[0])[0])[1]), decode(data)
        squares = [(a - b) ** 2 for a, b in zip(one.tobytes(), other.tobytes())]
        self.assertAlmostEqual(sample["psnr_db"], 10 * math.log10(255 ** 2 * len(squares) / sum(squares)), places=2)

    def test_limit_of_the_profile(self):
        noise = photo(2100, 1700, grain=1.0)
        data = encode(noise, "PNG", compress_level=1)
        self.assertGreater(len(data), 10_000_000)
        (found,), = [self.convert([image_line(data_url(data, "png"))]).written]
        kind, shrunk = payload_of(image_urls(found)[0])
        self.assertEqual((kind, decode(shrunk).size), ("jpeg", noise.size))
        self.assertLessEqual(len(shrunk), 10_000_000)
        kept, = self.convert([image_line(data_url(data, "png"))], "--profile", "none").written
        self.assertTrue(kept == image_line(data_url(data, "png")))


if __name__ == "__main__":
    unittest.main()
