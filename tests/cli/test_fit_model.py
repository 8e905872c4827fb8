"""--fit-model tiles: images no larger than what a model that counts tiles sees, where that makes the file smaller."""
import json
import math
import os
import sys
import unittest

from PIL import Image, ImageChops, ImageStat

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import asked, image_line, image_urls, part_image, part_text, parts, payload_of, text_line
from picture_test import PictureTest, exif, with_alpha
from pictures import RGB, TINY_URL, corners, data_url, decode, encode, jpeg_segments, photo, png

TILES = ("--fit-model", "tiles")


def seen_size(width, height, low=False):
    """Fit 2048 x 2048, then a short side of 768; fit 512 x 512 where detail is low. Never more than there is."""
    if low:
        scale = min(1, 512 / max(width, height))
    else:
        scale = min(1, 2048 / max(width, height))
        scale = min(scale, 768 / min(width, height))
    return tuple(max(1, math.floor(side * scale + 0.5)) for side in (width, height))


def psnr(one, other):
    squares = ImageStat.Stat(ImageChops.difference(one, other)).sum2
    mean = sum(squares) / len(squares) / (one.width * one.height)
    return 99 if mean == 0 else 10 * math.log10(255 ** 2 / mean)


def part(data, detail=None):
    return part_image(data_url(data, "png"), ',"detail":"%s"' % detail if detail else "")


class FitModelTest(PictureTest):
    def fitted(self, sources, *options):
        """(TYPE, bytes, picture) of each (bytes, detail); all on one line of their own."""
        lines = [asked(parts(part_text(), part(data, detail))) for data, detail in sources]
        found = []
        for outcome in self.outcomes(lines, *TILES, *options):
            self.assertEqual(outcome.reason, "written", outcome.record and outcome.record["detail"])
            kind, data = payload_of(image_urls(outcome.written)[0])
            found.append((kind, data, decode(data)))
        return found

    def check_same_picture(self, found, source, least=30):
        """As Pillow reduces the source; a picture that is shifted, turned or wrongly colored is far from it."""
        wanted = source.convert(found.mode).resize(found.size, Image.LANCZOS)
        self.assertGreater(psnr(found, wanted), least)


class SizeTest(FitModelTest):
    def test_what_the_model_sees(self):
        cases = [(1600, 1200, None), (1600, 1200, "high"), (1600, 1200, "auto"), (1600, 1200, "low"),
                 (3000, 300, None), (300, 3000, None), (1000, 2500, None), (800, 800, None), (769, 1000, None),
                 (600, 300, "low"), (300, 600, "low"), (2100, 700, None)]
        found = self.fitted([(encode(corners(width, height), "JPEG", quality=95), detail)
                             for width, height, detail in cases])
        for (width, height, detail), (kind, _, picture) in zip(cases, found):
            with self.subTest(size=(width, height), detail=detail):
                self.assertEqual((kind, picture.size), ("jpeg", seen_size(width, height, detail == "low")))
                self.check_same_picture(picture, corners(width, height), 36)

    def test_what_is_within_it_is_kept(self):
        cases = [(1024, 768, None), (768, 2048, None), (2048, 768, "high"), (512, 512, "low"), (512, 9, "low"),
                 (1, 1, None)]
        for width, height, detail in cases:
            data = encode(corners(width, height), "JPEG", quality=95)
            (_, kept, _), = self.fitted([(data, detail)])
            self.assertTrue(kept == data, (width, height, detail))

    def test_long_and_thin(self):
        for width, height in ((6000, 2), (2, 6000), (5000, 1), (1, 5000)):
            rows = photo(width, height)
            for data in (encode(rows, "PNG"), encode(rows, "JPEG", quality=98), encode(with_alpha(rows), "PNG")):
                (_, _, picture), = self.fitted([(data, None)])
                self.assertEqual(picture.size, seen_size(width, height))

    def test_never_a_larger_file(self):
        # Every other pixel black: a reduced copy has grays of all kinds, which take more bytes.
        board = Image.frombytes("L", (2, 2), b"\0\xff\xff\0")
        tiled = Image.new("RGB", (1001, 1001))
        for x in range(0, 1001, 2):
            tiled.paste(board.convert("RGB"), (x, 0))
        tiled = Image.merge("RGB", [tiled.getchannel("R").crop((0, 0, 1001, 2)).resize((1001, 2))] * 3)
        rows = Image.new("RGB", (1001, 1000))
        for y in range(0, 1000, 2):
            rows.paste(tiled, (0, y))
        poor = encode(photo(1000, 1000, grain=0.3), "JPEG", quality=3)
        for data in (encode(rows, "PNG"), poor):
            (_, found, _), = self.fitted([(data, None)])
            self.assertTrue(found == data)

    def test_never_a_larger_file_than_without(self):
        # Poorly packed: better packed they are far smaller than any reduced copy.
        row = bytes(255 * (x % 2) for x in range(1001))
        board = Image.frombytes("L", (1001, 1000), (row + row[::-1].translate(bytes(range(255, -1, -1)))) * 500)
        images = {"PNG": encode(board, "PNG", compress_level=0), "BMP": encode(board.convert("RGB"), "BMP"),
                  "GIF": encode(board.convert("P"), "GIF")}
        without, found = self.convert_images(images), self.convert_images(images, *TILES)
        for name, data in images.items():
            with self.subTest(name):
                self.assertLessEqual(len(found[name][1]), len(without[name][1]))

    def test_off_unless_told(self):
        data = encode(corners(1600, 1200), "JPEG", quality=95)
        for options in ((), ("--fit-model", "off")):
            result = self.convert([image_line(data_url(data, "jpeg"))], *options)
            self.assertEqual(result.written, [image_line(data_url(data, "jpeg"))])
            self.assertEqual((result.manifest["conversions"], result.manifest["options"]["fit_model"]), ({}, "off"))

    def test_it_is_counted(self):
        result = self.convert([image_line(data_url(encode(corners(w, 900), "JPEG", quality=95), "jpeg"))
                               for w in (1600, 1700, 100)] + [image_line("https://example.com/a.png"), text_line(1)],
                              *TILES)
        self.assertEqual(result.manifest["conversions"], {"fit_model": 2})
        self.assertEqual({name: result.counts[name] for name in ("images", "images_kept", "images_converted")},
                         {"images": 4, "images_kept": 2, "images_converted": 2})
        self.assertEqual(result.manifest["options"]["fit_model"], "tiles")

    def test_again_nothing_is_left_to_do(self):
        lines = [image_line(data_url(encode(photo(w, h), "JPEG", quality=95), "jpeg"))
                 for w, h in ((1001, 1000), (1999, 801), (2500, 771), (1000, 1334))]
        once = self.convert(lines, *TILES).written
        self.assertEqual(self.convert(once, *TILES).written, once)

    def test_detail_that_is_set_counts(self):
        data = encode(corners(1600, 1200), "JPEG", quality=95)
        for detail, option, size in ((None, "low", (512, 384)), ("high", "low", (512, 384)),
                                     ("low", "high", (1024, 768)), ("low", "auto", (1024, 768)),
                                     ("low", "keep", (512, 384))):
            (_, _, picture), = self.fitted([(data, detail)], "--detail", option)
            self.assertEqual(picture.size, size, (detail, option))

    def test_one_image_with_two_details(self):
        data = encode(corners(1600, 1200), "JPEG", quality=95)
        for details in (("low", "high", "low", None), (None, "low", "auto", "low")):
            text = asked(parts(*[part(data, detail) for detail in details], part_text()))
            for lines in ([text] * 2, [asked(parts(part(data, detail), part_text())) for detail in details]):
                for threads in (1, 2):
                    sizes = [decode(payload_of(url)[1]).size for found in self.convert(
                        lines, *TILES, "--threads", threads).written for url in image_urls(found)]
                    wanted = [(512, 384) if detail == "low" else (1024, 768) for detail in details]
                    self.assertEqual(sizes, wanted * (len(lines) if lines[0] == text else 1))

    def test_an_image_that_ends_with_the_word_low(self):
        # Bytes after an image's end are tolerated, whatever they are.
        data = encode(corners(1600, 1200), "JPEG", quality=95)
        for sources in (((data, "low"), (data + b"low", None)), ((data + b"low", None), (data, "low"))):
            for threads in (1, 2, 4):
                sizes = [picture.size for _, _, picture in self.fitted(sources, "--threads", threads)]
                self.assertEqual(sizes, [(512, 384) if detail else (1024, 768) for _, detail in sources])


class KindTest(FitModelTest):
    def test_every_kind_stays_the_same_picture(self):
        source = photo(900, 640, grain=0.02)
        clear = with_alpha(source)
        gray = source.convert("L")
        sixteen = png(600, 16, RGB, [sample * 257 for sample in source.resize((600, 200)).tobytes()], level=1)
        cases = {"JPEG": (encode(source, "JPEG", quality=95), source, ("jpeg", "RGB")),
                 "JPEG 4:4:4": (encode(source, "JPEG", quality=95, subsampling=0), source, ("jpeg", "RGB")),
                 "JPEG progressive": (encode(source, "JPEG", quality=95, progressive=True), source, ("jpeg", "RGB")),
                 "JPEG gray": (encode(gray, "JPEG", quality=95), gray.convert("RGB"), ("jpeg", "RGB")),
                 "JPEG CMYK": (encode(source.convert("CMYK"), "JPEG", quality=95), source, ("jpeg", "RGB")),
                 "PNG": (encode(source, "PNG"), source, ("png", "RGB")),
                 "PNG alpha": (encode(clear, "PNG"), clear, ("png", "RGBA")),
                 "PNG gray": (encode(gray, "PNG"), gray.convert("RGB"), ("png", "RGB")),
                 "PNG palette": (encode(source.quantize(64), "PNG"), source.quantize(64).convert("RGB"),
                                 ("png", "RGB")),
                 "PNG 16 bit": (sixteen, source.resize((600, 200)), ("png", "RGB")),
                 "WebP": (encode(source, "WEBP", quality=95), source, ("webp", "RGB")),
                 "WebP lossless": (encode(source, "WEBP", lossless=True, method=0), source, ("webp", "RGB")),
                 "WebP alpha": (encode(clear, "WEBP", quality=95), clear, ("webp", "RGBA"))}
        found = self.fitted([(data, "low") for data, _, _ in cases.values()])
        plain = self.convert_images({name: data for name, (data, _, _) in cases.items()})
        for (name, (_, wanted, how)), (kind, got, picture) in zip(cases.items(), found):
            with self.subTest(name):
                self.assertEqual((kind, picture.mode), how)
                if got == plain[name][1] and name == "PNG palette":
                    continue  # soft edges in place of a palette: it may well be no smaller
                self.assertLess(len(got), len(plain[name][1]))
                self.assertEqual(picture.size, seen_size(*wanted.size, low=True))
                if picture.mode == "RGBA":
                    shrunk = wanted.getchannel("A").resize(picture.size, Image.LANCZOS)
                    self.assertGreater(psnr(picture.getchannel("A"), shrunk), 36)
                    # On white: the color of a transparent pixel does not matter.
                    white = [Image.new("RGBA", image.size, "white") for image in (picture, wanted)]
                    picture, wanted = (Image.alpha_composite(*pair).convert("RGB")
                                       for pair in zip(white, (picture, wanted)))
                self.check_same_picture(picture, wanted)

    def test_what_is_clear_does_not_bleed(self):
        # Red under the clear half, blue in the other: no red may come over.
        source = Image.new("RGBA", (1000, 1000), (255, 0, 0, 0))
        source.paste((0, 0, 255, 255), (500, 0, 1000, 1000))
        noise = photo(1000, 1000).convert("L").point(lambda v: 200 + v // 8)
        source.putalpha(ImageChops.multiply(source.getchannel("A"), noise))
        (_, _, picture), = self.fitted([(encode(source, "PNG"), None)])
        self.assertEqual((picture.mode, picture.size), ("RGBA", (768, 768)))
        reds = [red for red, _, _, alpha in picture.crop((380, 0, 390, 768)).getdata() if alpha > 2]
        self.assertLessEqual(max(reds), 3)

    def test_orientation(self):
        upright = {1: None, 2: Image.FLIP_LEFT_RIGHT, 3: Image.ROTATE_180, 4: Image.FLIP_TOP_BOTTOM, 5: Image.TRANSPOSE,
                   6: Image.ROTATE_270, 7: Image.TRANSVERSE, 8: Image.ROTATE_90}
        source = corners(720, 540)
        for options in ((), ("--orient", "keep")):
            found = self.fitted([(encode(source, "JPEG", quality=95, exif=exif(number)), "low") for number in upright],
                                *options)
            for (number, turn), (_, _, picture) in zip(upright.items(), found):
                with self.subTest(number, options=options):
                    # Kept or applied, what is shown is the same.
                    said = picture.getexif().get(274, 1)
                    self.assertIn(said, (1, number) if options else (1,))
                    shown = picture.transpose(upright[said]) if upright[said] is not None else picture
                    wanted = source.transpose(turn) if turn is not None else source
                    self.assertEqual(shown.size, seen_size(*wanted.size, low=True))
                    self.check_same_picture(shown, wanted, 34)

    def test_fireworks_takes_no_webp(self):
        source = photo(900, 640, grain=0.02)
        lossy, clear = encode(source, "WEBP", quality=95), encode(with_alpha(source), "WEBP", quality=95)
        found = self.fitted([(lossy, "low"), (clear, "low")], "--profile", "fireworks")
        for (kind, _, picture), wanted in zip(found, (source, with_alpha(source))):
            self.assertIn(kind, ("png", "jpeg"))
            self.assertEqual(picture.mode, wanted.mode)
            self.check_same_picture(picture.convert("RGB"), wanted.convert("RGB"), 20 if wanted.mode == "RGBA" else 30)

    def test_a_limit_as_well(self):
        source = photo(1600, 1200, grain=0.3)
        for data in (encode(source, "JPEG", quality=98), encode(source, "PNG", compress_level=1)):
            (_, found, picture), = self.fitted([(data, None)], "--max-image-bytes", "100KB")
            self.assertLessEqual(len(found), 100_000)
            self.assertLessEqual(picture.size, (1024, 768))
            self.assertGreater(picture.width, 500)

    def test_damage_is_found_as_without(self):
        whole = encode(photo(1200, 900), "JPEG", quality=90)
        scan = [end for _, _, end in jpeg_segments(whole)][-1]
        progressive = encode(photo(1200, 900), "JPEG", quality=90, progressive=True)
        packed = encode(photo(1200, 900, grain=0.02), "PNG", compress_level=1)
        images = [whole[:-2], whole[:scan + 5000], whole[:scan + 5000] + whole[-2:],
                  whole[:scan + 9000] + bytes(900) + whole[scan + 9900:], progressive[:len(progressive) // 3],
                  packed[:-20], packed[:9000], packed[:5000] + b"\1" + packed[5001:],
                  encode(photo(1200, 900), "WEBP")[:-1000]]
        lines = [image_line(data_url(data, "png")) for data in images]
        without = [outcome.reason for outcome in self.outcomes(lines, "--verify", "pixels")]
        self.assertGreater(without.count("corrupt_image"), 6)
        self.assertEqual([outcome.reason for outcome in self.outcomes(lines, *TILES)], without)


class RunTest(FitModelTest):
    def corpus(self):
        large = [encode(photo(600 + 60 * seed, 400, seed), "JPEG", quality=90) for seed in range(4)]
        large.append(encode(photo(1100, 790, 8), "JPEG", quality=90))
        large.append(encode(photo(560, 540, 7, grain=0.02), "PNG", compress_level=1))
        lines = []
        for number in range(36):
            data = data_url(large[number % 6], "jpeg")
            items = [part_image(data, ',"detail":"low"' if number % 3 > 0 else ""), part_text(str(number))]
            if number % 4 == 0:
                items += [part_image(TINY_URL), part_image("data:image/png;base64,iVBORw0KGgo=")]
            lines.append(b"{" if number % 11 == 5 else asked(parts(*items), more=',"id":%d' % number))
        return lines

    def test_the_same_bytes_whatever_the_settings(self):
        lines = self.corpus()
        for more in ((), ("--on-bad-image", "drop", "--profile", "together")):
            results = [self.convert(lines, *TILES, *more, *options)
                       for options in (("--threads", 1), ("--threads", 2), ("--threads", 4, "--memory", "16MiB"))]
            for result in results[1:]:
                self.assertEqual(result.shards, results[0].shards)
                self.assertEqual(result.rejected_bytes, results[0].rejected_bytes)
                self.assertEqual(result.manifest_bytes, results[0].manifest_bytes)

    def test_the_lines_around_the_images_are_kept(self):
        lines = [source for source in self.corpus() if b"iVBORw0KGgo=" not in source and source != b"{"]
        for source, found in zip(lines, self.convert(lines, *TILES).written, strict=True):
            before, after = image_urls(source)[0].encode(), image_urls(found)[0].encode()
            self.assertLessEqual(len(after), len(before))
            self.assertEqual(source.replace(before, after), found)

    def test_a_model_pays_no_more_tokens_and_sees_no_less(self):
        lines = [image_line(data_url(encode(corners(w, h), "JPEG", quality=95), "jpeg"))
                 for w, h in ((1600, 1200), (3000, 300), (1280, 1280), (2600, 1300), (900, 3300))]
        result = self.convert(lines, *TILES)
        tokens = [json.loads(self.run_program("check", path, "--json").stdout)["image_tokens"]["gpt-4o"]
                  for path in (self.dir / "input.jsonl", result.dir)]
        self.assertEqual(tokens[0], tokens[1])

    def test_usage(self):
        path = self.write("input.jsonl", text_line(1))
        done = self.run_program("convert", path, "-o", self.dir / "out", "--fit-model", "patches")
        self.assertEqual(done.returncode, 2)
        self.check_message(done)


if __name__ == "__main__":
    unittest.main()
