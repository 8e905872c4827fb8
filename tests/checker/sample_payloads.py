"""Small images of every kind that a line may carry, sound ones, others, and damaged where all readers agree."""
import os
import struct
import subprocess
import sys

from PIL import Image

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from pictures import (GREY, GREY_ALPHA, PNG_SIGNATURE, RGB, TINY_PNG, chunk, corners, encode,  # noqa: E402
                      jpeg_of_size, jpeg_patch, photo, png, png_header, two_component_jpeg)

ANIMATED = {"save_all": True, "append_images": [photo(9, 8, 2)]}


def exif(orientation):
    tags = Image.Exif()
    tags[274] = orientation
    return tags.tobytes()


def cjpeg(image, *options):
    return subprocess.run(["cjpeg", *options], input=encode(image, "PPM"), capture_output=True, check=True).stdout


def sound():
    """Every profile but fireworks, which has no WebP, takes these as they are."""
    picture, clear = corners(9, 8), corners(9, 8).convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(clear.size))
    return {"jpeg": encode(picture, "JPEG"), "jpeg progressive": encode(picture, "JPEG", progressive=True),
            "jpeg exif 1": encode(picture, "JPEG", exif=exif(1)), "jpeg exif 9": encode(picture, "JPEG", exif=exif(9)),
            "png": TINY_PNG, "png rgba": encode(clear, "PNG"), "png text": TINY_PNG[:33] + chunk(b"tEXt", b"a\0b") +
            TINY_PNG[33:], "png and more": TINY_PNG + b"tail of some tool", "webp": encode(picture, "WEBP"),
            "webp lossless alpha": encode(clear, "WEBP", lossless=True)}


def to_convert():
    picture, gray = corners(9, 8), corners(9, 8).convert("L")
    values = [0, 1, 128, 257, 32767, 65535]
    found = {"jpeg gray": encode(gray, "JPEG"), "jpeg cmyk": encode(picture.convert("CMYK"), "JPEG"),
             "jpeg arithmetic": cjpeg(picture, "-arithmetic"), "jpeg without its end": encode(picture, "JPEG")[:-2],
             "jpeg gray turned": encode(gray, "JPEG", exif=exif(6)), "mpo": encode(picture, "MPO", **ANIMATED),
             "png palette": encode(picture.quantize(8), "PNG"), "png 1 bit": encode(picture.convert("1"), "PNG"),
             "png gray": encode(gray, "PNG"), "png gray alpha": png(2, 8, GREY_ALPHA, [1, 2, 3, 4]),
             "png gray 16": png(2, 16, GREY, values), "png rgb 16": png(2, 16, RGB, values), "apng": encode(
                 picture, "PNG", **ANIMATED), "apng palette turned": encode(
                 picture.convert("P"), "PNG", save_all=True, append_images=[photo(9, 8).convert("P")], exif=exif(3)),
             "png wrong sum of a text": TINY_PNG[:33] + chunk(b"tEXt", b"a\0b", 1) + TINY_PNG[33:],
             "webp animated": encode(picture, "WEBP", **ANIMATED), "gif": encode(picture.quantize(8), "GIF"),
             "bmp": encode(picture, "BMP"), "bmp gray": encode(gray, "BMP"), "tiff": encode(picture, "TIFF"),
             "tiff lzw": encode(picture, "TIFF", compression="tiff_lzw"),
             "tiff turned": encode(picture, "TIFF", tiffinfo={274: 8}), "jpeg 2000": encode(picture, "JPEG2000"),
             "ppm": encode(picture, "PPM"), "pgm": encode(gray, "PPM")}
    for kind in ("JPEG", "PNG", "WEBP"):
        found[f"{kind} turned"] = encode(picture, kind, exif=exif(7))
    return found


def to_refuse():
    picture, end = corners(16, 16), chunk(b"IEND", b"")
    jpeg = encode(picture, "JPEG")
    found = {"text": b"hello, this is no image at all", "zeros": bytes(64), "one byte": b"x",
             "two components": two_component_jpeg(), "lossless JPEG": jpeg_patch(jpeg, 0xC0, 1, 0xC3), "12 bits": jpeg_patch(jpeg_patch(jpeg, 0xC0, 4, 12), 0xC0, 1, 0xC1),
             "signature alone": PNG_SIGNATURE, "no IDAT": png_header(2, 2) + end,
             "huge JPEG": jpeg_of_size(60000, 60000), "huge PNG": png_header(60000, 60000) + chunk(b"IDAT", b"x") + end}
    at = TINY_PNG.index(b"IDAT")
    size, = struct.unpack(">I", TINY_PNG[at - 4:at])
    found["wrong sum of IDAT"] = TINY_PNG[:at + 4 + size] + bytes(4) + TINY_PNG[at + 8 + size:]
    return found


def damaged(payloads):
    """Cut short by a good part, or with another first byte. A cut may leave the first of two pictures whole."""
    for name, data in payloads.items():
        if name not in ("png and more", "mpo"):
            yield from ((f"{name} cut to {share}", data[:int(len(data) * share)]) for share in (0.5, 0.75))
        yield f"{name} with another signature", bytes([data[0] ^ 0x20]) + data[1:]
