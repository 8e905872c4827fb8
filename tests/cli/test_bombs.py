"""Small inputs that expand to large ones: memory and time stay bounded, and each line is counted."""
import gzip
import io
import json
import os
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from PIL import Image
from harness import BUILT_WITHOUT, SANITIZED, CliTest, image_line, text_line
from hostile_images import (derived_avif, heic_grid_of_one_tile, heic_of_empty_associations,
                            heic_whose_items_are_the_rest_of_the_file, jp2_with_palette, jpeg_of_empty_scans, tiff_of_packets)
from pictures import chunk, data_url, encode, png_header

BUDGET = 64 << 20
OVERHEAD = 96_000_000  # what SPEC section 10 allows beside the budget
LONGEST_LINE = 256 << 20  # a line is held until it has proved to be longer
GIGABYTE = 1 << 30


def zeros(compress, total, step=1 << 20):
    """So many zero bytes, compressed by an object with compress() and flush()."""
    return b"".join([compress.compress(bytes(step)) for _ in range(total // step)] + [compress.flush()])


def png_of(width, height, data, before=b"", color=2):
    return png_header(width, height, 8, color) + before + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def converted(image, kind, other_kind, command):
    with tempfile.TemporaryDirectory() as folder:
        source, result = (os.path.join(folder, "picture." + suffix) for suffix in (kind, other_kind))
        image.save(source)
        subprocess.run([{"IN": source, "OUT": result}.get(word, word) for word in command], check=True, capture_output=True)
        with open(result, "rb") as file:
            return file.read()


def avif(image):
    return converted(image, "png", "avif", ["avifenc", "IN", "OUT"])


def rows(width, height):
    return zlib.compress(b"".join(b"\0" + bytes(3 * width) for _ in range(height)))


class BombTest(CliTest):
    def measured(self, path, *options, allowed=BUDGET + OVERHEAD, seconds=20):
        """The reasons of the lines that were left out, and how many were written, within memory and time."""
        output = self.new_output_dir()
        begin = time.monotonic()
        peak = self.peak_bytes("convert", path, "-o", output, "-q", "--no-sync", "--memory", BUDGET, *options)
        if not SANITIZED:
            self.assertLess(time.monotonic() - begin, seconds)
            self.assertLess(peak, allowed)
        rejected = output / "rejected.jsonl"
        reasons = []
        if rejected.exists():
            reasons = [json.loads(line)["reason"] for line in rejected.read_bytes().splitlines()]
        return reasons, json.loads((output / "manifest.json").read_bytes())["counts"]["written"]

    def image(self, data, kind="png", **bounds):
        path = self.write("input.jsonl", text_line(1) + b"\n" + image_line(data_url(data, kind)) + b"\n" + text_line(2))
        return self.measured(path, **bounds)

    def test_a_gigabyte_in_a_line_of_gzip(self):
        packed = zeros(zlib.compressobj(9, wbits=31), GIGABYTE)
        path = self.write("a.jsonl.gz", gzip.compress(text_line(1) + b"\n") + packed + gzip.compress(b"\n" + text_line(2)))
        self.assertEqual(self.measured(path, allowed=LONGEST_LINE + OVERHEAD), (["line_too_long"], 2))
        self.assertEqual(self.measured(path, "--max-line-bytes", "1MB"), (["line_too_long"], 2))

    def test_a_gigabyte_in_a_line_of_zstd(self):
        packed = subprocess.run(["zstd", "-c", "-19", "--long=20"], input=bytes(GIGABYTE // 4), stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, check=True).stdout
        path = self.write("a.jsonl.zst", packed * 4)
        self.assertEqual(self.measured(path, allowed=LONGEST_LINE + OVERHEAD), (["line_too_long"], 0))

    def test_millions_of_bad_lines(self):
        path = self.write("a.jsonl", b"[\n" * 500_000)
        reasons, written = self.measured(path)
        self.assertEqual((len(reasons), set(reasons), written), (500_000, {"invalid_json"}, 0))
        # The same after lines of a megabyte, when blocks have their largest size.
        path = self.write("b.jsonl", (text_line(1, 1_000_000) + b"\n") * 20 + b"[\n" * 500_000)
        self.assertEqual(self.measured(path)[1], 20)

    def test_a_gigabyte_of_blank_lines(self):
        compress = zlib.compressobj(9, wbits=31)
        packed = b"".join([compress.compress(b"\n" * (1 << 20)) for _ in range(64)] + [compress.flush()])
        self.assertEqual(self.measured(self.write("a.jsonl.gz", packed)), ([], 0))

    def test_png_whose_data_goes_on_behind_its_rows(self):
        data = zeros(zlib.compressobj(9), GIGABYTE // 4)
        for color in (2, 0, 3):
            before = chunk(b"PLTE", bytes(6)) if color == 3 else b""
            reasons, written = self.image(png_of(8, 8, data, before, color))
            self.assertEqual(len(reasons) + written, 3)
            self.assertLessEqual(set(reasons), {"corrupt_image"})

    def test_png_profiles_and_texts_that_inflate_without_end(self):
        packed = zeros(zlib.compressobj(9), GIGABYTE // 4)
        for before in (chunk(b"iCCP", b"p\0\0" + packed), chunk(b"zTXt", b"Comment\0\0" + packed),
                       chunk(b"iTXt", b"Comment\0\1\0\0\0" + packed)):
            reasons, written = self.image(png_of(8, 8, rows(8, 8), before))
            self.assertEqual((reasons, written), ([], 3))

    def test_headers_of_huge_pictures(self):
        for width, height in ((60_000, 60_000), (1 << 31 - 1, 1), (1, 1 << 30)):
            reasons, written = self.image(png_of(width, height, rows(8, 8)))
            self.assertEqual((len(reasons), written), (1, 2), (width, height))
            self.assertIn(reasons[0], ("too_many_pixels", "corrupt_image"))

    def test_bmp_gif_and_tiff_that_claim_more_than_they_hold(self):
        bmp = bytearray(encode(Image.new("RGB", (4, 4)), "BMP"))
        bmp[18:26] = struct.pack("<ii", 16_000, 16_000)
        gif = bytearray(encode(Image.new("P", (4, 4)), "GIF"))
        gif[6:10] = struct.pack("<HH", 65_535, 65_535)
        tiff = io.BytesIO()
        Image.new("RGB", (4, 4)).save(tiff, "TIFF", compression="tiff_adobe_deflate")
        big = tiff.getvalue().replace(struct.pack("<HHII", 256, 4, 1, 4), struct.pack("<HHII", 256, 4, 1, 16_000))
        big = big.replace(struct.pack("<HHII", 257, 4, 1, 4), struct.pack("<HHII", 257, 4, 1, 16_000))
        for data in (bytes(bmp), bytes(gif), big):
            reasons, written = self.image(data, allowed=3 << 30)
            self.assertEqual(len(reasons) + written, 3)

    def test_many_threads_and_a_large_local_file(self):
        root = self.dir / "root"
        root.mkdir()
        with open(root / "a.png", "wb") as file:
            file.write(png_of(8, 8, rows(8, 8)))
            file.truncate(60_000_000)  # bytes after the end of a picture are tolerated
        # Lines long enough that each is in a block of its own.
        path = self.write("input.jsonl", (image_line("a.png") + b" " * 1_000_000 + b"\n") * 40)
        self.check_peak(128 << 20, "convert", path, "-o", self.new_output_dir(), "--image-root", root, "--threads", "16",
                        "-q", "--no-sync")

    def test_a_million_keys(self):
        keys = ",".join(f'"k{number}":0' for number in range(1_000_000))
        line = text_line(1)[:-1] + b"," + keys.encode() + b"}"
        path = self.write("input.jsonl", line + b"\n" + text_line(2) + b"\n")
        self.assertEqual(self.measured(path, allowed=400 << 20), ([], 2))
        self.assertEqual(self.measured(path, "--profile", "together", allowed=400 << 20), ([], 2))

    def test_ten_thousand_images_in_an_example(self):
        part = '{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}'
        line = '{"messages":[{"role":"user","content":[%s]},{"role":"assistant","content":"x"}]}' % ",".join([part] * 10_000)
        self.assertEqual(self.measured(self.write("input.jsonl", line.encode()))[0], ["too_many_images"])

    @unittest.skipIf("libheif" in BUILT_WITHOUT, "a build without libheif")
    def test_avif_of_overlays_of_overlays(self):
        coded = avif(Image.new("RGB", (64, 64), (128, 64, 32)))
        # libheif decodes the picture 20, 400, 8,000 and 160,000 times.
        for steps, expected in ((1, []), (2, []), (3, ["unsupported_format"]), (4, ["unsupported_format"])):
            data = derived_avif(coded, b"iovl", steps, 20, (64, 64))
            self.assertEqual(self.image(data, "avif"), (expected, 3 - len(expected)), steps)
        # A chain, and one that ends in itself.
        self.assertEqual(self.image(derived_avif(coded, b"iovl", 1_000, 1, (64, 64)), "avif"), (["unsupported_format"], 2))

    @unittest.skipIf("libheif" in BUILT_WITHOUT, "a build without libheif")
    def test_avif_of_more_pixels_than_its_header_says(self):
        coded = avif(Image.new("RGB", (64, 64), (128, 64, 32)))
        for kind, large in ((b"iovl", None), (b"grid", (20_000, 20_000))):
            # 400,000,000 pixels would take 2.4 GB.
            data = derived_avif(coded, kind, 1, 1, (64, 64), (20_000, 20_000), large)
            self.assertEqual(self.image(data, "avif"), (["too_many_pixels"], 2), kind)
            # So would two of half as many, of which one holds the other.
            data = derived_avif(coded, kind, 2, 1, (64, 64), (20_000, 8_000), large)
            self.assertEqual(self.image(data, "avif")[1], 2, kind)

    @unittest.skipIf("libheif" in BUILT_WITHOUT, "a build without libheif")
    def test_heic_whose_items_are_read_again_and_again(self):
        # 20,000 items of 300 KB each; 40,000 tiles to be looked for among 40,000 items.
        data = heic_whose_items_are_the_rest_of_the_file(20_000, 200_000)
        self.assertEqual(self.image(data, "heic", seconds=2), (["corrupt_image"], 2))
        self.assertEqual(self.image(heic_grid_of_one_tile(40_000, 40_000), "heic", seconds=2)[1], 2)

    def test_headers_of_a_million_parts(self):
        count = 1_000_000
        jpeg = encode(Image.new("RGB", (16, 16)), "JPEG")
        file = jpeg[:2] + b"\xff\xfe\0\2" * count + jpeg[2:]
        # What a line of such a length takes without a picture in it.
        allowed = BUDGET + OVERHEAD + 8 * len(file)
        self.assertEqual(self.image(file, "jpeg", allowed=allowed), (["corrupt_image"], 2))
        file = png_of(8, 8, rows(8, 8), chunk(b"teSt", b"") * count)
        self.assertEqual(self.image(file, allowed=allowed), (["corrupt_image"], 2))
        if "libheif" not in BUILT_WITHOUT:
            file = heic_of_empty_associations(count)
            self.assertEqual(self.image(file, "heic", allowed=allowed), (["corrupt_image"], 2))
        # Far more than any writer makes.
        file = jpeg[:2] + b"\xff\xfe\0\2" * 90_000 + jpeg[2:]
        self.assertEqual(self.image(file, "jpeg"), ([], 3))
        self.assertEqual(self.image(png_of(8, 8, rows(8, 8), chunk(b"teSt", b"") * 90_000)), ([], 3))

    @unittest.skipIf("openjpeg" in BUILT_WITHOUT, "a build without OpenJPEG")
    def test_jpeg_2000_of_a_palette_of_many_channels(self):
        picture = Image.new("L", (800, 800))
        codestream = converted(picture, "pgm", "j2k", ["opj_compress", "-i", "IN", "-o", "OUT"])
        for columns, expected in ((3, []), (5, ["unsupported_format"]), (255, ["unsupported_format"])):
            data = jp2_with_palette(codestream, *picture.size, columns)
            self.assertEqual(self.image(data, "jp2"), (expected, 3 - len(expected)), columns)

    def test_progressive_jpeg_of_many_scans(self):
        for side, scans, expected in ((4000, 20_000, ["unsupported_format"]), (800, 500, ["unsupported_format"]),
                                      (800, 499, []), (12_000, 150, ["unsupported_format"]), (1600, 20, [])):
            data = jpeg_of_empty_scans(side, scans, orientation=6)
            found = self.image(data, "jpeg", allowed=1 << 30)
            self.assertEqual(found, (expected, 3 - len(expected)), (side, scans))

    def test_png_of_many_texts_that_inflate(self):
        text, hexadecimal = b"t" * (1 << 20), b"\nexif\n 9\n" + b"0" * ((1 << 20) - 9)
        xmp, raw = b"XML:com.adobe.xmp\0\1\0\0\0", b"Raw profile type exif\0\0"
        for kind, head, texts in ((b"iTXt", xmp, text), (b"zTXt", raw, hexadecimal), (b"iCCP", b"p\0\0", text),
                                  (b"zTXt", raw, hexadecimal * 2)):  # the last is more than is read of one
            file = png_of(8, 8, rows(8, 8), chunk(kind, head + zlib.compress(texts, 9)) * 2000)
            self.assertEqual(self.image(file, seconds=3), ([], 3), kind)

    def test_tiff_whose_directory_is_read_again_and_again(self):
        for count in (1, 1000, 60_000):
            self.assertEqual(self.image(tiff_of_packets(1_000_000, count), "tiff", seconds=3)[1], 2, count)

    @unittest.skipIf("libjxl" in BUILT_WITHOUT, "a build without libjxl")
    def test_jpeg_xl_of_a_jpeg_with_much_metadata(self):
        jpeg, comment = encode(Image.new("RGB", (16, 16), (9, 99, 199)), "JPEG"), b"\xff\xfe\xff\xff" + bytes(65_533)
        for comments in (1, 3000):
            source, result = self.write("in.jpg", jpeg[:2] + comment * comments + jpeg[2:]), self.dir / "out.jxl"
            subprocess.run(["cjxl", source, result, "--lossless_jpeg=1"], check=True, capture_output=True)
            # libjxl itself holds the metadata once.
            allowed = BUDGET + OVERHEAD + comments * len(comment)
            self.assertEqual(self.image(result.read_bytes(), "jxl", allowed=allowed), ([], 3), comments)


if __name__ == "__main__":
    unittest.main()
