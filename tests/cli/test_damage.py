"""What counts as a damaged picture, and what is tolerated."""
import os
import struct
import subprocess
import sys
import unittest
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import image_line, image_urls, payload_of
from picture_test import PictureTest, cjpeg, exif
from pictures import GREY, PALETTE, TINY_PNG, chunk, data_url, decode, encode, photo, png_header


class DamageTest(PictureTest):
    def test_bytes_after_the_end_are_tolerated(self):
        grain = photo(40, 24)
        images, plain = {}, {}
        for kind in ("JPEG", "PNG", "WEBP"):
            for name, tail in (("zeros", bytes(30)), ("text", b"tail of some tool"), ("one byte", b"\0"),
                               ("another image", TINY_PNG),
                               ("end marker", b"\xff\xd9")):
                plain[kind, name] = encode(grain, kind)
                images[kind, name] = plain[kind, name] + tail
        for options in ([], ["--verify", "pixels"]):
            for key, found in self.convert_images(images, *options).items():
                with self.subTest(key, options=options):
                    self.assertNotIsInstance(found, str, found)
                    self.assertTrue(found[1] in (images[key], plain[key]))

    def test_truncated_images(self):
        grain, images = photo(64, 48), {}
        sources = {"JPEG": encode(grain, "JPEG"), "progressive": encode(grain, "JPEG", progressive=True),
                   "PNG": encode(grain, "PNG"),
                   "WebP": encode(grain, "WEBP"), "WebP lossless": encode(grain, "WEBP", lossless=True),
                   "gray JPEG": encode(grain.convert("L"), "JPEG"),
                   "gray PNG": encode(grain.convert("L"), "PNG"), "CMYK": encode(grain.convert("CMYK"), "JPEG"),
                   "turned": encode(grain, "JPEG", exif=exif(6)),
                   "BMP": encode(grain, "BMP"), "TIFF": encode(grain, "TIFF", compression="tiff_lzw"),
                   "GIF": encode(grain.convert("P"), "GIF")}
        for name, data in sources.items():
            for share in (0.5, 0.75, 0.95):
                images[name, share] = data[:int(len(data) * share)]
        images.pop(("TIFF", 0.95), None)
        for options in ([], ["--verify", "pixels"]):
            self.check_rejected(images, ["corrupt_image"], *options)

    def test_fill_bytes_inside_the_data_of_a_scan(self):
        """Before a marker they are legal; inside the data readers continue differently, some with wrong pixels."""
        data = cjpeg(photo(64, 48), "-quality", "95")
        at = data.index(b"\xff\x00", data.index(b"\xff\xda"))
        self.check_rejected({"one": data[:at] + b"\xff" + data[at:], "many": data[:at] + b"\xff" * 40 + data[at:]},
                            ["corrupt_image"])
        self.assertNotIsInstance(self.convert_images({"end": data[:-2] + b"\xff" * 40 + data[-2:]})["end"], str)

    def test_png_without_its_end(self):
        grain = photo(64, 48)
        self.check_rejected({"PNG": encode(grain, "PNG")[:-12], "PNG in IEND": encode(grain, "PNG")[:-1]},
                            ["corrupt_image"])

    def test_damaged_png(self):
        grain = photo(20, 20)
        raw = b"".join(b"\0" + grain.crop((0, y, 20, y + 1)).tobytes() for y in range(20))
        good, end = zlib.compress(raw), chunk(b"IEND", b"")
        header = png_header(20, 20)
        self.check_rejected({"CRC of IDAT": header + chunk(b"IDAT", good, 1) + end,
                             "CRC of IHDR": header[:-1] + b"\0" + chunk(b"IDAT", good) + end,
                             "no IDAT": header + end, "zero width": png_header(0, 20) + chunk(b"IDAT", good) + end,
                             "palette without PLTE": png_header(20, 20, 8, PALETTE) + chunk(b"IDAT", good) + end,
                             "depth 3": png_header(20, 20, 3) + chunk(b"IDAT", good) + end,
                             "chunk longer than the file": header + struct.pack(">I", 1 << 30) + b"IDAT" + good + end},
                            ["corrupt_image"])
        adler = header + chunk(b"IDAT", good[:-1] + bytes([good[-1] ^ 1])) + end
        short = header + chunk(b"IDAT", zlib.compress(raw[:-61])) + end
        noise = header + chunk(b"IDAT", bytes(range(100))) + end
        self.check_rejected({"Adler": adler, "missing row": short, "no zlib stream": noise}, ["corrupt_image"],
                            "--verify", "pixels")
        gray = png_header(20, 20, 8, GREY)
        rows = b"".join(b"\0" + bytes(20) for _ in range(20))
        data = zlib.compress(rows)
        self.check_rejected({"gray, Adler": gray + chunk(b"IDAT", data[:-1] + bytes([data[-1] ^ 1])) + end,
                             "gray, missing row": gray + chunk(b"IDAT", zlib.compress(rows[:-21])) + end,
                             "gray, CRC": gray + chunk(b"IDAT", data, 1) + end}, ["corrupt_image"])

    def test_damaged_jpeg_scan(self):
        """Near the end of the scan, where libjpeg-turbo decodes with care: further up its fast path skips bad codes."""
        for picture in (photo(64, 48), photo(64, 64).convert("L"), photo(64, 64).convert("CMYK")):
            data = encode(picture, "JPEG", quality=90)
            broken = data[:-150] + b"\xff\x00" * 8 + data[-134:]
            self.assertIn(b"bad Huffman code", subprocess.run(["djpeg"], input=broken, capture_output=True).stderr)
            self.check_rejected({picture.mode: broken}, ["corrupt_image"], "--verify", "pixels")

    def test_jpeg_with_longer_coefficients_than_its_samples_have(self):
        """Libjpeg decodes 15 bits where 8-bit samples have at most 10; a file that says so is large in few pixels."""
        def segment(marker, body):
            return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body

        def table(place, length, symbols):
            return segment(0xC4, bytes([place] + [0] * (length - 1) + [len(symbols)] + [0] * (16 - length)) + bytes(symbols))
        size = (8, 8 * 2500)
        frame = b"".join(bytes((name, 0x11, 0)) for name in (1, 2, 3, 4))
        scan = b"".join(bytes((name, 0x01 if name == 4 else 0x00)) for name in (1, 2, 3, 4))
        # Three blocks with a difference of 0, then 63 coefficients with a code of 16 zeros and 15 zeros of value; one that
        # is like the one before it, the first of them without ink.
        inks = ("00" + "0" * 31 * 63) * 3
        bits = inks + "01" + "1" * 10 + "0" + (inks + "000") * (size[1] // 8 - 1)
        bits += "1" * (-len(bits) % 8)
        data = (b"\xff\xd8" + segment(0xDB, bytes(1) + bytes([1] * 64)) +
                segment(0xC0, struct.pack(">BHHB", 8, size[1], size[0], 4) + frame) +
                table(0x00, 2, (0, 10)) + table(0x10, 16, (0x0F,)) + table(0x11, 1, (0,)) +
                segment(0xDA, b"\x04" + scan + bytes((0, 63, 0))) +
                int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0") + b"\xff\xd9")
        outcome, = self.outcomes([image_line(data_url(data, "jpeg"))])
        self.assertEqual(outcome.reason, "written")
        picture = decode(payload_of(image_urls(outcome.written)[0])[1])
        self.assertEqual((picture.mode, picture.size), ("RGB", size))

    def test_wrong_sum_of_a_text_chunk_does_not_matter(self):
        data = encode(photo(40, 24), "PNG")
        damaged = data[:33] + chunk(b"tEXt", b"a\0b", 1) + data[33:]
        outcome, = self.outcomes([image_line(data_url(damaged, "png"))])
        self.assertEqual(outcome.reason, "written")
        self.assertIn(payload_of(image_urls(outcome.written)[0])[1], (damaged, data))

    def test_damaged_metadata_does_not_matter(self):
        grain = photo(40, 24)
        png_data = encode(grain, "PNG")
        images = {"PNG broken iCCP": png_data[:33] + chunk(b"iCCP", b"x\0\0garbage") + png_data[33:],
                  "PNG broken eXIf": png_data[:33] + chunk(b"eXIf", b"garbage") + png_data[33:],
                  "PNG unknown chunk": png_data[:33] + chunk(b"juNk", bytes(50)) + png_data[33:],
                  "JPEG broken EXIF": encode(grain, "JPEG", exif=b"Exif\0\0garbage"),
                  "JPEG broken ICC": encode(grain, "JPEG", icc_profile=b"garbage"),
                  "WebP broken EXIF": encode(grain, "WEBP", exif=b"garbage"),
                  "WebP broken ICC": encode(grain, "WEBP", icc_profile=b"garbage!"),
                  "gray JPEG broken EXIF": encode(grain.convert("L"), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff"),
                  "gray PNG broken eXIf": (lambda data: data[:33] + chunk(b"eXIf", b"MM\0*\xff\xff\xff\xff") +
                                           data[33:])(encode(grain.convert("L"), "PNG"))}
        for name, found in self.convert_images(images).items():
            with self.subTest(name):
                self.assertNotIsInstance(found, str, found)
                self.assertEqual(found[2].tobytes(), decode(images[name]).convert("RGB").tobytes())


class ScansTest(PictureTest):
    """Damage of scans that a JPEG's markers show without decoding."""

    def scans(self, data):
        """The offset of each scan header."""
        return [at for at in range(len(data) - 1) if data[at:at + 2] == b"\xff\xda"]

    def check_cut(self, images):
        self.check_rejected(images, ("corrupt_image",))
        self.check_rejected(images, ("corrupt_image",), "--verify", "pixels")

    def test_progressive_jpeg_that_ends_before_its_last_scans(self):
        images = {}
        for mode in ("RGB", "L"):
            data = encode(photo(80, 60).convert(mode), "JPEG", progressive=True)
            scans = self.scans(data)
            self.assertGreater(len(scans), 4)
            # Before each scan stand the tables it needs.
            for count in (1, 2, len(scans) - 1):
                end = scans[count]
                while data[end - 2:end] != b"\xff\xc4" and end > scans[count - 1]:
                    end -= 1
                images[f"{mode}, {count} scans"] = data[:end - 2 if data[end - 2:end] == b"\xff\xc4" else end] + b"\xff\xd9"
        self.check_rejected(images, ("corrupt_image",))

    def test_restart_markers_that_are_missing_or_out_of_order(self):
        data = cjpeg(photo(160, 120), "-restart", "1")
        begin = self.scans(data)[0]
        marks = [at for at in range(begin, len(data) - 1) if data[at] == 0xFF and 0xD0 <= data[at + 1] <= 0xD7]
        self.check_kept({"": data})
        swapped = bytearray(data)
        swapped[marks[1] + 1], swapped[marks[2] + 1] = swapped[marks[2] + 1], swapped[marks[1] + 1]
        self.check_cut({"an interval gone": data[:marks[1]] + data[marks[2]:],
                        "cut, and an end put behind": data[:marks[3]] + b"\xff\xd9",
                        "two exchanged": bytes(swapped)})

    def test_scan_that_is_too_short_for_its_picture(self):
        data = encode(photo(800, 600), "JPEG")
        self.check_cut({"": data[:self.scans(data)[0] + 200] + b"\xff\xd9"})


if __name__ == "__main__":
    unittest.main()
