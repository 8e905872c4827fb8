"""JPEG 2000, JPEG XL and Netpbm, made by other programs (opj_compress, cjxl, netpbm, Pillow, ImageMagick)."""
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from PIL import Image

from harness import BUILT_WITHOUT, image_line
from picture_test import PictureTest, exif, with_alpha
from pictures import corners, data_url, decode, encode, photo
from test_heif import through

PICTURE = photo(45, 31)


def jp2(image, *options, suffix=".jp2"):
    return through(["opj_compress", "-i", "IN", "-o", "OUT", "-n", "3", *options], encode(image, "PNG"), ".png", suffix)


def jxl(data, suffix, *options):
    return through(["cjxl", "IN", "OUT", *options], data, suffix, ".jxl")


def decoded_by(program, data, suffix):
    """By opj_decompress or djxl."""
    command = {"opj_decompress": ["-i", "IN", "-o", "OUT"], "djxl": ["IN", "OUT"]}[program]
    return decode(through([program, *command], data, suffix, ".png")).convert("RGB")


def netpbm(program, image, *options):
    return subprocess.run([program, *options], input=encode(image, "PPM"), capture_output=True, check=True).stdout


def pam(width, height, depth, maximum, kind, samples):
    return (f"P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH {depth}\n# a comment\nMAXVAL {maximum}\nTUPLTYPE {kind}\nENDHDR\n"
            .encode() + bytes(samples))


class NetpbmTest(PictureTest):
    def test_plain_and_raw_of_every_kind(self):
        gray, bits = PICTURE.convert("L"), PICTURE.convert("1")
        sources = {"PPM": PICTURE, "PGM": gray, "PBM": bits}
        images = {f"{kind} raw": encode(source, "PPM") for kind, source in sources.items()}
        images |= {f"{kind} plain": netpbm("pnmtoplainpnm", source) for kind, source in sources.items()}
        self.check_exact(images, {name: sources[name[:3]].convert("RGB") for name in images})

    def test_every_maximum_is_scaled_and_rounded(self):
        for maximum in (1, 2, 7, 100, 254, 255, 256, 1000, 32767, 65534, 65535):
            values = sorted({0, 1, maximum // 3, maximum // 2, maximum - 1, maximum})
            wide = 2 if maximum > 255 else 1
            raw = f"P5 {len(values)} 1 {maximum}\n".encode() + b"".join(v.to_bytes(wide, "big") for v in values)
            plain = f"P2\n# said\n{len(values)} 1\n{maximum}\n{' '.join(map(str, values))}\n".encode()
            # v x 255 / maximum, halves up.
            expected = Image.frombytes("L", (len(values), 1), bytes((510 * v + maximum) // (2 * maximum) for v in values))
            images = {f"raw {maximum}": raw, f"plain {maximum}": plain}
            self.check_exact(images, dict.fromkeys(images, expected.convert("RGB")))

    def test_pam_with_and_without_alpha(self):
        images = {"gray": pam(2, 1, 1, 255, "GRAYSCALE", (9, 200)), "bits": pam(2, 1, 1, 1, "BLACKANDWHITE", (0, 1)),
                  "gray, alpha": pam(2, 1, 2, 255, "GRAYSCALE_ALPHA", (9, 100, 200, 0)),
                  "RGB": pam(1, 1, 3, 255, "RGB", (1, 2, 3)), "RGBA": pam(1, 1, 4, 255, "RGB_ALPHA", (1, 2, 3, 4)),
                  "RGBA of 16 bits": pam(1, 1, 4, 65535, "RGB_ALPHA", (1, 1, 2, 2, 3, 3, 255, 255))}
        expected = {"gray": ("RGB", (2, 1), (9, 9, 9, 200, 200, 200)), "bits": ("RGB", (2, 1), (0, 0, 0, 255, 255, 255)),
                    "gray, alpha": ("RGBA", (2, 1), (9, 9, 9, 100, 200, 200, 200, 0)), "RGB": ("RGB", (1, 1), (1, 2, 3)),
                    "RGBA": ("RGBA", (1, 1), (1, 2, 3, 4)), "RGBA of 16 bits": ("RGBA", (1, 1), (1, 2, 3, 255))}
        self.check_exact(images, {name: Image.frombytes(mode, size, bytes(samples))
                                  for name, (mode, size, samples) in expected.items()})

    def test_the_first_of_several_images(self):
        first, second = encode(PICTURE, "PPM"), encode(photo(45, 31, 2), "PPM")
        self.check_exact({"two": first + second}, {"two": PICTURE})

    def test_damaged_and_cut_off_files(self):
        raw, plain = encode(PICTURE, "PPM"), netpbm("pnmtoplainpnm", PICTURE)
        self.check_rejected({"raw, cut off": raw[:-1], "plain, cut off": plain[:len(plain) // 2], "no size": b"P6 0 3 255\n",
                             "a letter": b"P2 2 1 255 1 x", "over its maximum": b"P5 2 1 10\n\x09\x0b",
                             "plain over its maximum": b"P2 2 1 10 9 11", "a bit of 2": b"P1 2 1 0 2"}, ("corrupt_image",))
        self.check_rejected({"huge": b"P6 2000000000 2000000000 65535\nx"}, ("too_many_pixels",))
        self.check_rejected({"CMYK": pam(1, 1, 4, 255, "CMYK", (1, 2, 3, 4))}, ("unsupported_format",))


@unittest.skipIf("openjpeg" in BUILT_WITHOUT, "a build without OpenJPEG")
class Jpeg2000Test(PictureTest):
    def test_lossless_files_come_out_exactly(self):
        gray, alpha = PICTURE.convert("L"), with_alpha(PICTURE)
        images = {"RGB": jp2(PICTURE), "bare codestream": jp2(PICTURE, suffix=".j2k"), "tiles": jp2(PICTURE, "-t", "16,16"),
                  "gray": jp2(gray), "RGBA": jp2(alpha), "Pillow": encode(PICTURE, "JPEG2000"),
                  "Pillow, gray and alpha": encode(alpha.convert("LA"), "JPEG2000")}
        expected = dict.fromkeys(images, PICTURE) | {"gray": gray.convert("RGB"), "RGBA": alpha,
                                                     "Pillow, gray and alpha": alpha.convert("LA").convert("RGBA")}
        self.check_exact(images, expected)

    def test_lossy_files_come_out_as_opj_decompress_shows_them(self):
        images = {"9-7": jp2(PICTURE, "-r", "8", "-I"), "5-3": jp2(PICTURE, "-r", "8"),
                  "gray": jp2(PICTURE.convert("L"), "-r", "8", "-I")}
        self.check_exact(images, {name: decoded_by("opj_decompress", data, ".jp2") for name, data in images.items()})

    def test_sixteen_bits_are_scaled_and_rounded(self):
        values = (0, 1, 128, 129, 257, 32767, 32768, 65407, 65535)
        deep = f"P5\n{len(values)} 1\n65535\n".encode() + b"".join(v.to_bytes(2, "big") for v in values)
        data = through(["opj_compress", "-i", "IN", "-o", "OUT", "-n", "1"], deep, ".pgm", ".jp2")
        expected = Image.frombytes("L", (len(values), 1), bytes((510 * v + 65535) // 131070 for v in values))
        self.check_exact({"16 bits": data}, {"16 bits": expected.convert("RGB")})

    def test_halved_chroma(self):
        soft = corners(44, 30)
        yuv = soft.convert("YCbCr")
        planes = yuv.split()
        raw = planes[0].tobytes() + b"".join(p.resize((22, 15), Image.BOX).tobytes() for p in planes[1:])
        data = through(["opj_compress", "-i", "IN", "-o", "OUT", "-n", "2", "-F", "44,30,3,8,u@1x1:2x2:2x2"], raw, ".raw", ".j2k")
        self.check_close({"4:2:0": data}, {"4:2:0": decoded_by("opj_decompress", data, ".j2k")}, 1, ("png",))

    def test_cut_off_and_damaged_files(self):
        data = jp2(PICTURE)
        self.check_rejected({str(at): data[:at] for at in (13, 60, 100, len(data) // 2, len(data) - 40)}, ("corrupt_image",))
        tiled = jp2(PICTURE, "-t", "16,16", suffix=".j2k")
        third_tile = tiled.index(b"\xff\x90\0\n\0\2")
        self.check_rejected({"no third tile": tiled[:third_tile], "and an end": tiled[:third_tile] + b"\xff\xd9"}, ("corrupt_image",))
        wide = bytearray(jp2(PICTURE, suffix=".j2k"))
        wide[8:16] = b"\x7f\xff\xff\xff" * 2
        self.check_rejected({"huge": bytes(wide)}, ("too_many_pixels", "corrupt_image"))
        tiles = bytearray(jp2(PICTURE, suffix=".j2k"))
        tiles[24:32] = b"\0\0\0\1" * 2
        self.check_rejected({"a tile for each pixel": bytes(tiles)}, ("corrupt_image",))


@unittest.skipIf("libjxl" in BUILT_WITHOUT, "a build without libjxl")
class JpegXlTest(PictureTest):
    def test_lossless_files_come_out_exactly(self):
        png, alpha = encode(PICTURE, "PNG"), with_alpha(PICTURE)
        images = {"codestream": jxl(png, ".png", "-d", "0"), "container": jxl(png, ".png", "-d", "0", "--container=1"),
                  "gray": jxl(encode(PICTURE.convert("L"), "PNG"), ".png", "-d", "0"),
                  "RGBA": jxl(encode(alpha, "PNG"), ".png", "-d", "0")}
        expected = dict.fromkeys(images, PICTURE) | {"gray": PICTURE.convert("L").convert("RGB"), "RGBA": alpha}
        self.check_exact(images, expected)

    def test_lossy_files_come_out_as_djxl_shows_them(self):
        images = {name: jxl(encode(PICTURE, "PNG"), ".png", *options)
                  for name, options in {"1": ["-d", "1"], "3": ["-d", "3"], "progressive": ["-d", "1", "-p"]}.items()}
        for name, found in self.convert_images(images).items():
            with self.subTest(name):
                shown = decoded_by("djxl", images[name], ".jxl")
                self.assertLessEqual(max(abs(a - b) for a, b in zip(found[2].tobytes(), shown.tobytes())), 1)

    def test_a_jpeg_is_given_back_byte_for_byte(self):
        jpegs = {"baseline": encode(PICTURE, "JPEG", quality=90),
                 "progressive": encode(PICTURE, "JPEG", quality=90, progressive=True)}
        found = self.convert_images({name: jxl(data, ".jpg") for name, data in jpegs.items()})
        for name, (kind, data, _) in found.items():
            self.assertEqual((kind, data), ("jpeg", jpegs[name]), name)

    def test_a_jpeg_inside_is_treated_as_if_it_had_come_itself(self):
        gray = encode(PICTURE.convert("L"), "JPEG", quality=90)
        turned = encode(corners(64, 48), "JPEG", quality=90, exif=exif(6))
        plain = self.convert_images({"gray": gray, "turned": turned})
        found = self.convert_images({"gray": jxl(gray, ".jpg"), "turned": jxl(turned, ".jpg")})
        for name in plain:
            self.assertEqual(found[name][1], plain[name][1], name)

    def test_an_animation_becomes_its_first_frame(self):
        frames = [PICTURE, photo(45, 31, 2)]
        apng = encode(frames[0], "PNG", save_all=True, append_images=frames[1:], duration=100)
        self.check_exact({"animation": jxl(apng, ".png", "-d", "0")}, {"animation": PICTURE})

    def test_cut_off_and_damaged_files(self):
        data = jxl(encode(PICTURE, "PNG"), ".png", "-d", "1")
        self.check_rejected({str(at): data[:at] for at in (2, 5, len(data) // 2, len(data) - 5)}, ("corrupt_image",))
        path = self.write("cut.jsonl", image_line(data_url(data[:-5], "jxl")) + b"\n")
        done = self.run_program("convert", path, "-o", self.new_output_dir(), "-q")
        self.assertNotIn(b"jxl", done.stderr if isinstance(done.stderr, bytes) else done.stderr.encode())
        self.check_rejected({"limit": data}, ("too_many_pixels",), "--max-pixels", "1000")


if __name__ == "__main__":
    unittest.main()
