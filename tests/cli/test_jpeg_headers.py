"""JPEG headers with faults: libjpeg reads whatever is written, and warns of whatever is refused."""
import io
import os
import random
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import image_line, image_urls, payload_of
from picture_test import PictureTest, cjpeg, exif
from pictures import data_url, decode, encode, jpeg_patch, jpeg_segments, jpeg_without, photo

MUTATIONS = int(os.environ.get("MUTATIONS", "3000"))
SEED = int(os.environ.get("MUTATION_SEED", "20240611"))
VALUES = (0, 1, 2, 3, 4, 5, 10, 15, 16, 17, 0x20, 0x21, 0x22, 0x31, 0x33, 0x41, 0x44, 63, 64, 127, 128, 0xC0, 0xC4, 0xCC,
          0xD8, 0xD9, 0xDA, 0xDB, 0xDC, 0xDD, 0xFE, 0xFF)
MISSING_DATA = ("before its last scans", "without a scan for each")


def bases(folder):
    picture = photo(40, 24)
    gray, ink = picture.convert("L"), picture.convert("CMYK")
    scans = folder / "scans"
    scans.write_text("0;\n1 2;\n")
    motion = encode(picture, "JPEG")
    while any(marker == 0xC4 for marker, _, _ in jpeg_segments(motion)):
        motion = jpeg_without(motion, 0xC4)
    return [encode(picture, "JPEG"), encode(picture, "JPEG", subsampling=0), encode(gray, "JPEG"),
            encode(picture, "JPEG", progressive=True), encode(gray, "JPEG", progressive=True), encode(ink, "JPEG"),
            jpeg_patch(encode(ink, "JPEG"), 0xEE, 15, 2), cjpeg(picture, "-arithmetic"),
            cjpeg(picture, "-arithmetic", "-progressive"), cjpeg(gray, "-arithmetic", "-grayscale", "-restart", "2B"),
            cjpeg(picture, "-restart", "1B"), cjpeg(picture, "-restart", "1", "-progressive"),
            cjpeg(picture, "-scans", scans), cjpeg(picture, "-quality", "1"), cjpeg(picture, "-rgb"),
            cjpeg(picture, "-sample", "2x2,1x2,2x1"), encode(picture, "JPEG", optimize=True, exif=exif(6)), motion]


def spans(data):
    """(start, end) of each segment up to the end marker."""
    found, at = [], 2
    while at + 4 <= len(data):
        marker = data[at + 1]
        if data[at] != 0xFF or marker in (0, 0xFF) or 0xD0 <= marker <= 0xD7:
            at += 1 if data[at] != 0xFF or marker == 0xFF else 2
        elif marker in (0xD8, 0xD9):
            break
        else:
            end = at + 2 + int.from_bytes(data[at + 2:at + 4], "big")
            found.append((at, min(end, len(data))))
            at = end
    return found


def mutated(rng, data):
    data, places = bytearray(data), spans(data)
    start, end = rng.choice(places)
    at = rng.randrange(start, min(end, start + rng.choice((12, 1000))))
    other, other_end = rng.choice(places)
    kind = rng.randrange(10)
    if kind == 0:
        data[at] = rng.randrange(256)
    elif kind == 1:
        data[at] ^= 1 << rng.randrange(8)
    elif kind <= 3:
        data[at] = rng.choice(VALUES)
    elif kind == 4:
        data[at] = (data[at] + rng.choice((-1, 1))) % 256
    elif kind == 5:
        del data[at:at + rng.choice((1, 1, 1, 2, 4))]
    elif kind == 6:
        data.insert(at, rng.choice(VALUES))
    elif kind == 7:
        data[other:other] = data[start:end]
    elif kind == 8:
        del data[start:end]
    elif end <= other:
        data = data[:start] + data[other:other_end] + data[end:other] + data[start:end] + data[other_end:]
    return bytes(data)


def is_read(data):
    try:
        return decode(data).mode == "RGB"
    except Exception:  # Pillow raises whatever its parsers raise
        return False


def is_read_gladly(data):
    done = subprocess.run(["djpeg"], input=data, capture_output=True)
    return done.returncode == 0 and not done.stderr


class HeaderTest(PictureTest):
    def test_mutated_headers_against_libjpeg(self):
        rng, sources = random.Random(SEED), bases(self.dir)
        images = [mutated(rng, sources[number % len(sources)]) for number in range(MUTATIONS)]
        images = [data for data in images if data.startswith(b"\xff\xd8\xff")]
        lines = [image_line(data_url(data, "jpeg"), number) for number, data in enumerate(images)]
        outcomes = self.outcomes(lines, "--max-pixels", "4000000")
        written = 0
        for data, outcome in zip(images, outcomes):
            if outcome.record is None:
                written += 1
                self.assertTrue(is_read(payload_of(image_urls(outcome.written)[0])[1]), data.hex())
            # Data that the decoder replaces is missing too.
            elif not any(said in outcome.record["detail"] for said in MISSING_DATA):
                self.assertFalse(is_read(data) and is_read_gladly(data), outcome.record["detail"] + data.hex())
        self.assertGreater(written, MUTATIONS // 5)

    def patched(self, *changes, data=None):
        data = data or encode(photo(40, 24), "JPEG", subsampling=0)
        for marker, offset, value in changes:
            data = jpeg_patch(data, marker, offset, value)
        return data

    def test_header_faults_by_name(self):
        """Offsets from a marker: SOF 10, SOS 5 and DHT 5 are where the components and the code lengths begin."""
        plain, huffman = encode(photo(40, 24), "JPEG", subsampling=0), 0xC4
        restart = cjpeg(photo(40, 24), "-restart", "1B")
        progressive = encode(photo(40, 24), "JPEG", progressive=True)
        arithmetic = cjpeg(photo(40, 24), "-arithmetic")
        at = next(start for marker, start, _ in jpeg_segments(plain) if marker == 0xDA)
        frame = next(data for data in (plain[start:end] for marker, start, end in jpeg_segments(plain) if marker == 0xC0))
        conditioning = b"\xff\xcc\0\x04"
        self.check_rejected({
            "components out of order": self.patched((0xDA, 5, 2), (0xDA, 7, 1)),
            "a component twice": self.patched((0xDA, 7, 1)),
            "a component that is not there": self.patched((0xDA, 5, 9)),
            "more codes than there can be": self.patched((huffman, 5, 3)),
            "a code of all ones": self.patched((huffman, 5, 1), (huffman, 6, 2), (huffman, 7, 0)),
            "more than 256 codes": self.patched((huffman, 20, 255), (huffman, 19, 255)),
            "a DC symbol over 15": self.patched((huffman, 21, 16)),
            "a table class of 2": self.patched((huffman, 4, 0x20)), "a table number of 4": self.patched((huffman, 4, 4)),
            "no quantization table": jpeg_without(jpeg_without(plain, 0xDB), 0xDB),
            "a quantization table number of 4": self.patched((0xDB, 4, 4)),
            "a Huffman table that is not there": self.patched((0xDA, 6, 0x22)),
            "sampling of 5": self.patched((0xC0, 11, 0x51)), "sampling of 0": self.patched((0xC0, 11, 0x10)),
            "two frames": plain[:at] + frame + plain[at:], "a scan of no component": self.patched((0xDA, 4, 0)),
            "a scan header that is too long": self.patched((0xDA, 3, 13)),
            "a restart interval of 3 bytes": self.patched((0xDD, 3, 5), data=restart),
            "spectral selection": self.patched((0xDA, 12, 64), data=progressive),
            "successive approximation": self.patched((0xDA, 13, 0x21 + 2), data=progressive),
            "conditioning of table 32": arithmetic[:2] + conditioning + b"\x20\x10" + arithmetic[2:],
            "conditioning with L over U": arithmetic[:2] + conditioning + b"\0\x01" + arithmetic[2:]}, ["corrupt_image"])
        self.check_rejected({
            "no height": self.patched((0xC0, 5, 0), (0xC0, 6, 0)), "12 bits": self.patched((0xC0, 4, 12)),
            "over 65,500 wide": self.patched((0xC0, 7, 0xFF), (0xC0, 8, 0xFF)),
            "lossless": plain.replace(b"\xff\xc0", b"\xff\xc3")}, ["unsupported_format"])

    def test_what_libjpeg_does_not_mind(self):
        plain = encode(photo(40, 24), "JPEG")
        unused = plain[:2] + b"\xff\xc4\0\x16\x03\x03" + bytes(15) + b"\1\2\3" + plain[2:]
        deep = plain[:2] + b"\xff\xdb\0\x83\x23" + bytes(range(1, 129)) + plain[2:]
        self.assertTrue(is_read_gladly(deep))
        self.check_kept({"a bad table that no scan uses": unused, "a table of precision 2": deep})


if __name__ == "__main__":
    unittest.main()
