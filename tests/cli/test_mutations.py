"""Thousands of PNG and WebP files with damaged chunks and headers, against Pillow, ImageMagick (libpng) and webpinfo.

What is written and cannot be read is bounded, and each such file must be one that decoding alone finds; what is refused
and can be read must be something that libpng or webpinfo complains of.
"""
import os
import random
import struct
import subprocess
import sys
import unittest
import warnings

from PIL import Image, PngImagePlugin

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import image_line, image_urls, payload_of
from picture_test import PictureTest, tool, with_alpha
from pictures import PNG_SIGNATURE, RGB, chunk, corners, data_url, decode, encode, photo, png

COUNT = 2500


def png_sources():
    small, other = photo(20, 15), photo(20, 15, 2)
    texts = PngImagePlugin.PngInfo()
    texts.add_text("a", "b")
    texts.add_text("c", "d" * 300, zip=True)
    texts.add_itxt("e", "f", "en", "g", zip=True)
    ancillary = b"".join(chunk(kind, data) for kind, data in (
        (b"gAMA", struct.pack(">I", 45455)), (b"cHRM", bytes(32)), (b"sRGB", b"\0"), (b"bKGD", bytes(6)),
        (b"sBIT", b"\x08\x08\x08"), (b"tIME", bytes(7)), (b"pHYs", bytes(9)), (b"oFFs", bytes(9)),
        (b"sPLT", b"a\0\x08" + bytes(6))))
    return [encode(small, "PNG"), encode(with_alpha(small), "PNG"), encode(small.convert("L"), "PNG"),
            encode(small.quantize(16), "PNG", transparency=bytes(range(0, 256, 16))),
            encode(with_alpha(small).convert("LA"), "PNG"),
            encode(small, "PNG", save_all=True, append_images=[other], duration=100),
            encode(small, "PNG", save_all=True, append_images=[other, small], default_image=True),
            encode(small, "PNG", pnginfo=texts, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0", dpi=(72, 72)),
            png(3, 8, RGB, [1, 2, 3, 4, 5, 6, 1, 2, 4], transparency=bytes((0, 1, 0, 2, 0, 3))),
            png(3, 8, RGB, [1, 2, 3, 4, 5, 6, 1, 2, 4], before=ancillary), png(3, 16, RGB, list(range(9)))]


def png_chunks(data):
    at = 8
    while at < len(data):
        size, = struct.unpack(">I", data[at:at + 4])
        yield data[at + 4:at + 8], data[at + 8:at + 8 + size]
        at += 12 + size


def mutated_png(data, rng):
    """Bytes of a chunk, its length, its number or its place; checksums are right."""
    chunks = list(png_chunks(data))
    for _ in range(rng.choice((1, 1, 1, 2))):
        at = rng.randrange(len(chunks))
        kind, body = chunks[at]
        how = rng.randrange(9)
        if how <= 3 and body:
            changed = bytearray(body)
            reach = min(len(body), 40) if rng.random() < 0.7 else len(body)
            changed[rng.randrange(reach)] = rng.choice((0, 1, 2, 3, 4, 5, 8, 16, 128, 255, rng.randrange(256)))
            chunks[at] = kind, bytes(changed)
        elif how == 4:
            chunks[at] = kind, body[:rng.randrange(len(body) + 1)]
        elif how == 5:
            chunks[at] = kind, body + rng.randbytes(rng.randrange(1, 6))
        elif how == 6:
            chunks.insert(rng.randrange(len(chunks)), chunks[at])
        elif how == 7 and len(chunks) > 1:
            del chunks[at]
        else:
            moved = chunks.pop(at)
            chunks.insert(rng.randrange(len(chunks) + 1), moved)
    return PNG_SIGNATURE + b"".join(chunk(kind, body) for kind, body in chunks)


def cwebp(image, *options):
    return tool(encode(image, "PNG"), "cwebp", "-quiet", *options, "-o", "-", "--", "-")


def webp_sources():
    small, other, large = photo(40, 30), photo(40, 30, 2), photo(200, 150)
    return [encode(small, "WEBP", quality=70), encode(large, "WEBP", quality=70), encode(small, "WEBP", lossless=True),
            encode(corners(30, 20).quantize(8).convert("RGB"), "WEBP", lossless=True),
            encode(with_alpha(small), "WEBP", quality=70), encode(with_alpha(small), "WEBP", lossless=True),
            cwebp(with_alpha(small), "-alpha_method", "0"), cwebp(large, "-segments", "1"),
            encode(small, "WEBP", quality=70, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0", icc_profile=bytes(50)),
            encode(small, "WEBP", save_all=True, append_images=[other], quality=60),
            encode(small, "WEBP", save_all=True, append_images=[other], lossless=True),
            encode(with_alpha(small), "WEBP", save_all=True, append_images=[with_alpha(other)], quality=60)]


def webp_headers(data, at=12, end=None):
    """Where the headers of a file's chunks are, and the first bytes of their data."""
    end = len(data) if end is None else end
    while at + 8 <= end:
        size = int.from_bytes(data[at + 4:at + 8], "little")
        yield range(at, at + 8)
        if size > 0:
            yield range(at + 8, at + 8 + min(size, 40))
        if data[at:at + 4] == b"ANMF":
            yield from webp_headers(data, at + 24, at + 8 + size)
        at += 8 + size + size % 2


def mutated_webp(data, rng):
    headers, changed = [range(4, 8), *webp_headers(data)], bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        at = rng.choice(rng.choice(headers))
        changed[at] = rng.choice((0, 1, 2, 3, 128, 255, changed[at] ^ 1 << rng.randrange(8), rng.randrange(256)))
    return bytes(changed)


def can_be_read(data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # large sizes, odd animations
        try:
            decode(data)
            return True
        except Exception:
            return False


class MutationTest(PictureTest):
    def outcomes_of(self, files, *options):
        """For each file (what is written, the reason why nothing is)."""
        for outcome in self.outcomes([image_line(data_url(data, "png")) for data in files],
                                     "--max-pixels", "50000000", *options):
            if outcome.record:
                yield None, outcome.record["detail"]
            else:
                yield payload_of(image_urls(outcome.written)[0])[1], None

    def check(self, sources, mutate, complains, most_unreadable):
        rng = random.Random(1)
        files = sources + [mutate(rng.choice(sources), rng) for _ in range(COUNT)]
        unreadable, refused = [], {}
        for file, (written, why) in zip(files, self.outcomes_of(files)):
            if why is None and not can_be_read(written):
                unreadable.append(file)
            elif why is not None and can_be_read(file):
                kind = "".join(letter for letter in why if not letter.isdigit())
                refused.setdefault(kind, []).append(file)
        self.assertLessEqual(len(unreadable), most_unreadable)
        for file, (_, why) in zip(unreadable, self.outcomes_of(unreadable, "--verify", "pixels")):
            self.assertIsNotNone(why, file.hex())
        for why, some in refused.items():
            for file in some[:10]:
                self.assertTrue(complains(file), f"{why} {file.hex()}")

    def test_png(self):
        """Left are later deflate codes, filters of later rows, checksums and sizes that the data does not fill."""
        def complains(file):
            done = subprocess.run(["convert-im6.q16", "PNG:-", "null:"], input=file, capture_output=True)
            return done.returncode != 0 or done.stderr
        self.check(png_sources(), mutated_png, complains, 80)

    def test_webp(self):
        """Left are the codes of VP8L data and alpha that have pixels before them, and ends of VP8 data."""
        def complains(file):
            path = self.write("image.webp", file)
            return b"No error detected" not in subprocess.run(["webpinfo", path], capture_output=True).stdout
        self.check(webp_sources(), mutated_webp, complains, 125)

    def test_sources_are_sound(self):
        for file in png_sources() + webp_sources():
            self.assertTrue(can_be_read(file))


if __name__ == "__main__":
    unittest.main()
