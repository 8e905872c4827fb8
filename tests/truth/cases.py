"""Every mode, depth, transparency, interlacing, orientation and container, made by independent tools.

A case is a file, the picture it must become, and how near that must be: None for exactly, else decibels.
usage, for the seeds of the fuzz targets: cases.py FOLDER
"""
import base64
import io
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import zlib
from dataclasses import dataclass, field

from PIL import Image, ImageChops, ImageCms, ImageFile

ImageFile.MAXBLOCK = 1 << 24  # Pillow needs one buffer for a whole optimized JPEG
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "cli"), str(ROOT / "scripts" / "demo")]
import heif_files  # noqa: E402
import icc_profiles  # noqa: E402
from pictures import (GREY, GREY_ALPHA, PALETTE, RGB, RGBA, SAMPLES, chunk, corners, decode, encode,  # noqa: E402
                      jpeg_patch, jpeg_without, photo, png, tiff, to_8_bits)

TURNS = {2: Image.FLIP_LEFT_RIGHT, 3: Image.ROTATE_180, 4: Image.FLIP_TOP_BOTTOM, 5: Image.TRANSPOSE,
         6: Image.ROTATE_270, 7: Image.TRANSVERSE, 8: Image.ROTATE_90}
JPEGTRAN = {2: ["-flip", "horizontal"], 3: ["-rotate", "180"], 4: ["-flip", "vertical"], 5: ["-transpose"],
            6: ["-rotate", "90"], 7: ["-transverse"], 8: ["-rotate", "270"]}
# A soft picture with next to no grain keeps 38 dB or more through a JPEG of quality 90 to 95, halved chroma and all; an
# inversion, a wrong transform or a missed profile is below 25.
ENCODED_DB = 37
# Little CMS is asked for the same profile by two programs; roundings differ by one step here and there.
PROFILE_DB = 40


@dataclass
class Case:
    name: str
    maker: str  # the tool that made the file
    data: bytes
    expected: Image.Image
    least_db: float | None = None
    options: list = field(default_factory=list)
    kept: bool = False


def tool(data, *command):
    done = subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 0:
        raise RuntimeError(f"{command}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def magick(image, *options, source="PNG"):
    return tool(encode(image, source), "convert-im6.q16", "-", *options)


def through_file(data, suffix, *command, out=None):
    """A tool that needs file names: IN and OUT in the command are replaced by them."""
    with tempfile.TemporaryDirectory() as folder:
        source, result = os.path.join(folder, "in" + suffix), os.path.join(folder, "out" + (out or suffix))
        pathlib.Path(source).write_bytes(data)
        subprocess.run([{"IN": source, "OUT": result}.get(word, word) for word in command], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return pathlib.Path(result if os.path.exists(result) else source).read_bytes()


def exif(orientation):
    tags = Image.Exif()
    tags[274] = orientation
    return tags.tobytes()


def srgb(image, profile):
    """By Little CMS through Pillow, perceptual intent."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB",
                                     renderingIntent=ImageCms.Intent.PERCEPTUAL)


def exiftool(data, suffix, *options):
    return through_file(data, suffix, "exiftool", "-overwrite_original", *options, "IN")


def xmp(data, suffix, orientation, form="element"):
    """With XMP alone: as an element, or compact, as an attribute."""
    compact = ["-api", "Compact=Shorthand"] if form == "attribute" else []
    return exiftool(data, suffix, *compact, f"-XMP-tiff:Orientation#={orientation}")


def raw_profile(kind, block, packed):
    """A PNG chunk as ImageMagick writes it where it does not know eXIf."""
    text = f"\n{kind}\n{len(block):8}\n{block.hex()}\n".encode()
    name = f"Raw profile type {kind}".encode()
    return chunk(b"zTXt", name + b"\0\0" + zlib.compress(text)) if packed else chunk(b"tEXt", name + b"\0" + text)


def after_header(data, *chunks):
    """A PNG with chunks after its IHDR."""
    return data[:33] + b"".join(chunks) + data[33:]


def flat(mode, width, values):
    return Image.frombytes(mode, (width, len(values) // len(mode) // width), bytes(values))


def soft(width, height):
    return photo(width, height, grain=0.02)


def webpmux_frames(*frames):
    """An animation of (file, "+duration+x+y")."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["webpmux"]
        for number, (data, where) in enumerate(frames):
            path = pathlib.Path(folder, f"{number}.webp")
            path.write_bytes(data)
            command += ["-frame", path, where]
        subprocess.run([*command, "-o", pathlib.Path(folder, "out.webp")], check=True, stderr=subprocess.DEVNULL)
        return pathlib.Path(folder, "out.webp").read_bytes()


def best_of_pillow(image, limit, kind, **options):
    """Decibels of Pillow's best quality under the limit: what the program must come near, by half a decibel."""
    for quality in range(95, 0, -1):
        data = encode(image, kind, quality=quality, **options)
        if len(data) <= limit:
            return psnr(decode(data), image) - 0.5
    raise RuntimeError("no quality fits")


def with_alpha(image):
    return Image.merge("RGBA", (*image.convert("RGB").split(), Image.linear_gradient("L").resize(image.size)))


def pngs():
    picture, width = photo(48, 32), 13
    for interlace in ("None", "PNG"):
        said = ", interlaced" if interlace == "PNG" else ""
        for mode, color in (("L", 0), ("RGB", 2), ("LA", 4), ("RGBA", 6)):
            source = with_alpha(picture).convert(mode) if "A" in mode else picture.convert(mode)
            for depth in (8, 16):
                data = magick(source, "-interlace", interlace, "-define", f"png:color-type={color}", "-define",
                              f"png:bit-depth={depth}", "-depth", str(depth), "PNG:-")
                yield Case(f"PNG {mode} {depth} bits{said}", "ImageMagick", data,
                           source.convert("RGBA" if "A" in mode else "RGB"), kept=depth == 8 and mode in ("RGB", "RGBA"))
        for depth in (1, 2, 4, 8):
            grays = picture.convert("L").point(lambda v, d=depth: to_8_bits(v >> (8 - d), d))
            data = magick(grays, "-interlace", interlace, "-define", "png:color-type=0", "-define",
                          f"png:bit-depth={depth}", "-depth", str(depth), "PNG:-")
            yield Case(f"PNG L {depth} bits (written so){said}", "ImageMagick", data, grays.convert("RGB"))
            indexed = picture.quantize(1 << depth)
            plain = encode(indexed, "PNG", bits=depth)
            data = magick(indexed, "-interlace", interlace, "PNG8:-") if interlace == "PNG" else plain
            yield Case(f"PNG P {depth} bits{said}", "ImageMagick" if said else "Pillow", data, indexed.convert("RGB"))
    indexed = picture.quantize(16)
    alphas = bytes(range(0, 256, 16))
    alpha = Image.frombytes("L", indexed.size, bytes(alphas[index] for index in indexed.tobytes()))
    yield Case("PNG P with alpha for each color", "Pillow", encode(indexed, "PNG", transparency=alphas),
               Image.merge("RGBA", (*indexed.convert("RGB").split(), alpha)))
    for depth, key, samples in ((1, 1, [0, 1, 1]), (2, 2, [0, 1, 2, 3]), (4, 9, [9, 8, 10, 15]), (8, 200, [199, 200, 201]),
                                (16, 51400, [51399, 51400, 51401])):
        expected = flat("RGBA", len(samples), [v for s in samples
                                               for v in (to_8_bits(s, depth),) * 3 + (0 if s == key else 255,)])
        yield Case(f"PNG L {depth} bits with one transparent gray", "by hand", png(len(samples), depth, GREY, samples,
                   transparency=key.to_bytes(2, "big")), expected)
    samples = [1, 2, 3, 4, 5, 6, 1, 2, 4]
    data = png(3, 8, RGB, samples, transparency=bytes((0, 1, 0, 2, 0, 3)))
    yield Case("PNG RGB 8 bits with one transparent color", "by hand", data,
               flat("RGBA", 3, [1, 2, 3, 0, 4, 5, 6, 255, 1, 2, 4, 255]), kept=True)
    deep = [257, 512, 770, 65535, 0, 32768]
    yield Case("PNG RGB 16 bits with one transparent color", "by hand",
               png(2, 16, RGB, deep, transparency=bytes((1, 1, 2, 0, 3, 2))),
               flat("RGBA", 2, [*(to_8_bits(v, 16) for v in deep[:3]), 0, *(to_8_bits(v, 16) for v in deep[3:]), 255]))
    edges = [0, 1, 128, 129, 257, 32767, 32768, 65407, 65408, 65534, 65535, 384, 385]
    for color, mode in ((GREY, "L"), (RGB, "RGB"), (GREY_ALPHA, "LA"), (RGBA, "RGBA")):
        values = [edges[(i * 5 + i // 13) % 13] for i in range(width * SAMPLES[color] * 3)]
        eight = [to_8_bits(v, 16) for v in values]
        if color == GREY:
            expected = flat("RGB", width, [v for v in eight for _ in range(3)])
        elif color == GREY_ALPHA:
            expected = flat("RGBA", width, [v for g, a in zip(eight[::2], eight[1::2]) for v in (g, g, g, a)])
        else:
            expected = flat(mode, width, eight)
        yield Case(f"PNG {mode} 16 bits at the edges of rounding", "by hand", png(width, 16, color, values), expected)
    for mode in ("RGB", "P"):
        first, second = picture, photo(48, 32, 2)
        if mode == "P":
            first, second = first.quantize(64), second.quantize(64)
        yield Case(f"APNG {mode}", "Pillow", encode(first, "PNG", save_all=True, append_images=[second]),
                   first.convert("RGB"))
    for turn, how in TURNS.items():
        yield Case(f"PNG RGB orientation {turn}", "Pillow", encode(corners(21, 13), "PNG", exif=exif(turn)),
                   corners(21, 13).transpose(how))
    upright, turned = encode(corners(21, 13), "PNG"), corners(21, 13).transpose(TURNS[6])
    for form in ("element", "attribute"):
        yield Case(f"PNG RGB orientation 6 in XMP ({form})", "exiftool", xmp(upright, ".png", 6, form), turned)
    yield Case("PNG RGB orientation 6 in compressed XMP", "exiftool", exiftool(upright, ".png", "-z",
               "-XMP-tiff:Orientation#=6"), turned)
    packet = b'http://ns.adobe.com/xap/1.0/\0<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    for kind, block in (("exif", exif(6)), ("APP1", exif(6)), ("APP1", packet), ("xmp", packet[29:])):
        said = "XMP" if b"xmpmeta" in block else "Exif"
        for packed in (False, True):
            yield Case(f"PNG RGB orientation 6 in {'zTXt' if packed else 'tEXt'} Raw profile type {kind}, {said}", "by hand",
                       after_header(upright, raw_profile(kind, block, packed)), turned)
    yield Case("PNG RGB orientation 6 in eXIf with the segment's identifier", "by hand",
               after_header(upright, chunk(b"eXIf", exif(6))), turned)
    yield Case("PNG RGB orientation 1 in eXIf, 6 in XMP: Exif wins", "exiftool",
               after_header(xmp(upright, ".png", 6), chunk(b"eXIf", exif(1)[6:])), corners(21, 13), kept=True)
    wide, gray = icc_profiles.wide_rgb(), icc_profiles.gray()
    yield Case("PNG RGB with a wide profile", "Pillow", encode(picture, "PNG", icc_profile=wide), picture, kept=True)
    yield Case("PNG P with a wide profile", "Pillow", encode(picture.quantize(64), "PNG", icc_profile=wide),
               picture.quantize(64).convert("RGB"))
    yield Case("PNG L with a gray profile", "Pillow", encode(picture.convert("L"), "PNG", icc_profile=gray),
               picture.convert("L").convert("RGB"))
    deep = [v * 257 for v in picture.convert("L").tobytes()]
    yield Case("PNG L 16 bits with a gray profile, as with 8 bits", "by hand",
               png(48, 16, GREY, deep, before=chunk(b"iCCP", b"gray\0\0" + zlib.compress(gray))),
               picture.convert("L").convert("RGB"))
    data = magick(picture, "-define", "png:color-type=2", "-define", "png:bit-depth=16", "-depth", "16", "PNG:-")
    yield Case("PNG RGB 16 bits with a wide profile", "ImageMagick", tool_profile(data, wide), srgb(picture, wide), PROFILE_DB)
    data = magick(picture.convert("L"), "-set", "gamma", "0.55", "PNG:-")
    yield Case("PNG L with gAMA", "ImageMagick", data, decode(data).convert("RGB"))


def tool_profile(data, profile):
    with tempfile.NamedTemporaryFile(suffix=".icc") as file:
        file.write(profile)
        file.flush()
        return through_file(data, ".png", "exiftool", "-overwrite_original", f"-ICC_Profile<={file.name}", "IN")


def jpegs():
    picture = photo(64, 48)
    ppm, pgm = encode(picture, "PPM"), encode(picture.convert("L"), "PPM")
    codings = {"baseline": [], "optimized": ["-optimize"], "progressive": ["-progressive"], "arithmetic": ["-arithmetic"],
               "arithmetic progressive": ["-arithmetic", "-progressive"], "restart markers": ["-restart", "1"]}
    for said, options in codings.items():
        data = tool(pgm, "cjpeg", "-grayscale", *options)
        yield Case(f"JPEG L {said}", "cjpeg", data, decode(data).convert("RGB"))
        data = tool(ppm, "cjpeg", *options)
        yield Case(f"JPEG YCbCr {said}", "cjpeg", data, decode(data), kept="arithmetic" not in said)
    for sampling in ("1x1", "2x1", "1x2", "2x2", "4x1", "4x2"):
        data = tool(ppm, "cjpeg", "-sample", sampling)
        yield Case(f"JPEG YCbCr sampled {sampling}", "cjpeg", data, decode(data), kept=True)
    data = tool(pgm, "cjpeg", "-grayscale", "-sample", "2x2")
    yield Case("JPEG L sampled 2x2", "cjpeg", data, decode(data).convert("RGB"))
    data = tool(ppm, "cjpeg", "-rgb")
    yield Case("JPEG RGB", "cjpeg", data, decode(data), kept=True)
    inks = soft(64, 48).convert("CMYK")
    adobe = encode(inks, "JPEG", quality=95)
    yield Case("JPEG CMYK, Adobe marker 0", "Pillow", adobe, decode(adobe).convert("RGB"), ENCODED_DB)
    data = jpeg_without(adobe, 0xEE)
    yield Case("JPEG CMYK, no marker", "Pillow", data, decode(data).convert("RGB"), ENCODED_DB)
    yield Case("JPEG CMYK, no marker, by ImageMagick's reading", "Pillow", data,
               decode(tool(data, "convert-im6.q16", "-", "-colorspace", "sRGB", "PNG24:-")), ENCODED_DB)
    yield Case("JPEG CMYK, no marker, enlarged and reduced to what a model sees", "Pillow",
               jpeg_without(encode(inks.resize((4096, 3072)), "JPEG", quality=95), 0xEE),
               decode(adobe).convert("RGB").resize((1024, 768)), 30, ["--fit-model", "tiles"])
    ycck = magick(soft(64, 48), "-colorspace", "CMYK", "-quality", "95", "JPEG:-")
    coded = jpeg_patch(adobe, 0xEE, 15, 2)
    yield Case("JPEG CMYK by ImageMagick", "ImageMagick", ycck, decode(ycck).convert("RGB"), ENCODED_DB)
    yield Case("JPEG YCCK, Adobe marker 2", "Pillow", coded, decode(coded).convert("RGB"), 30)
    profile = icc_profiles.cmyk()
    data = encode(inks, "JPEG", quality=95, icc_profile=profile)
    yield Case("JPEG CMYK with a CMYK profile", "Pillow", data, srgb(decode(data), profile), 30)
    data = jpeg_without(data, 0xEE)
    yield Case("JPEG CMYK with a CMYK profile, no marker", "Pillow", data, srgb(decode(data), profile), 30)
    wide = icc_profiles.wide_rgb()
    data = encode(inks, "JPEG", quality=95, icc_profile=wide)
    yield Case("JPEG CMYK with an RGB profile, which is ignored", "Pillow", data, decode(data).convert("RGB"), ENCODED_DB)
    data = encode(picture, "JPEG", icc_profile=wide)
    yield Case("JPEG YCbCr with a wide profile", "Pillow", data, decode(data), kept=True)
    data = encode(picture.convert("L"), "JPEG", icc_profile=icc_profiles.gray())
    yield Case("JPEG L with a gray profile", "Pillow", data, decode(data).convert("RGB"))
    data = encode(picture, "MPO", save_all=True, append_images=[photo(64, 48, 2)])
    yield Case("MPO", "Pillow", data, decode(data).convert("RGB"))
    for size, said in (((64, 48), "whole blocks"), ((61, 47), "cut blocks")):
        for turn, how in TURNS.items():
            plain = encode(soft(*size), "JPEG", quality=90)
            data = through_file(plain, ".jpg", "exiftool", "-overwrite_original", f"-Orientation#={turn}", "IN")
            if said == "whole blocks":
                yield Case(f"JPEG orientation {turn}, {said}", "exiftool", data,
                           decode(tool(data, "jpegtran", "-perfect", *JPEGTRAN[turn])))
            else:
                yield Case(f"JPEG orientation {turn}, {said}", "exiftool", data, decode(data).transpose(how), ENCODED_DB)
    gray = encode(photo(64, 48).convert("L"), "JPEG", exif=exif(6))
    yield Case("JPEG L orientation 6", "Pillow", gray,
               decode(tool(gray, "jpegtran", "-perfect", "-rotate", "90")).convert("RGB"))
    plain = encode(photo(64, 48), "JPEG")
    for form in ("element", "attribute"):
        yield Case(f"JPEG orientation 6 in XMP ({form})", "exiftool", xmp(plain, ".jpg", 6, form),
                   decode(tool(plain, "jpegtran", "-perfect", "-rotate", "90")))
    both = xmp(exiftool(plain, ".jpg", "-Orientation#=8"), ".jpg", 6)
    yield Case("JPEG orientation 8 in Exif, 6 in XMP: Exif wins", "exiftool", both,
               decode(tool(plain, "jpegtran", "-perfect", "-rotate", "270")))
    yield Case("JPEG orientation 1 in Exif, 6 in XMP: Exif wins", "exiftool",
               xmp(exiftool(plain, ".jpg", "-Orientation#=1"), ".jpg", 6), decode(plain), kept=True)


def without_end(data):
    """Of the first picture, where there are several."""
    end = data.index(b"\xff\xd9", data.index(b"\xff\xda"))
    return data[:end] + data[end + 2:]


def shown_by_djpeg(data):
    return decode(tool(data, "djpeg")).convert("RGB")


def odd_jpegs():
    """What some readers refuse or complain of although nothing of the picture is missing."""
    picture = photo(64, 48)
    ppm, pgm = encode(picture, "PPM"), encode(picture.convert("L"), "PPM")
    large = tool(encode(photo(700, 500, grain=0.9), "PPM"), "cjpeg", "-arithmetic", "-quality", "95")
    yield Case("JPEG YCbCr arithmetic, over 64 KB", "cjpeg", large, shown_by_djpeg(large))
    shown = shown_by_djpeg(large)
    yield Case("JPEG YCbCr arithmetic, over the limit", "cjpeg", large, shown,
               best_of_pillow(shown, 200_000, "JPEG", subsampling=2, optimize=True), ["--max-image-bytes", "200000"])
    for said, source, options in (("YCbCr", ppm, []), ("L", pgm, ["-grayscale"])):
        arithmetic = tool(source, "cjpeg", "-arithmetic", *options)
        data = through_file(arithmetic, ".jpg", "exiftool", "-overwrite_original", "-Orientation#=6", "IN")
        expected = decode(tool(tool(arithmetic, "jpegtran"), "jpegtran", "-perfect", "-rotate", "90")).convert("RGB")
        yield Case(f"JPEG {said} arithmetic, orientation 6", "cjpeg and exiftool", data, expected)
        for coding in ("baseline", "progressive"):
            sound = tool(source, "cjpeg", f"-{coding}", *options)
            expected = decode(sound).convert("RGB")
            yield Case(f"JPEG {said} {coding} without end marker", "cjpeg", without_end(sound), expected)
            data = without_end(sound) + b"\0\0\x01\x0b\x0a\0\0\0Panorama" + bytes(range(255)) + b"SEFH\0\0SEFT"
            yield Case(f"JPEG {said} {coding} without end marker, with a trailer", "cjpeg", data, expected)
            for strays, stray in (("bytes", bytes(range(1, 251))), ("restart markers", b"\xff\xd0\xff\xd1")):
                yield Case(f"JPEG {said} {coding}, {strays} before the end marker", "cjpeg",
                           sound[:-2] + stray + sound[-2:], expected, kept=said == "YCbCr")
    inks = encode(soft(64, 48).convert("CMYK"), "JPEG", quality=95)
    yield Case("JPEG CMYK without end marker", "Pillow", without_end(inks), decode(inks).convert("RGB"), ENCODED_DB)
    data = encode(picture, "MPO", save_all=True, append_images=[photo(64, 48, 2)])
    yield Case("MPO, its first picture without end marker", "Pillow", without_end(data), decode(data).convert("RGB"))
    sound = encode(picture, "JPEG")
    for said, segment in (("comment", b"\xff\xfe"), ("APP1 segment", b"\xff\xe1")):
        for length in (0, 1):
            data = sound[:2] + segment + bytes([0, length]) + sound[2:]
            yield Case(f"JPEG {said} of length {length}", "Pillow", data, decode(data), kept=True)


def webps():
    picture = photo(50, 37)
    upright = encode(picture, "WEBP", lossless=True)
    for form in ("element", "attribute"):
        yield Case(f"WebP lossless RGB orientation 6 in XMP ({form})", "exiftool", xmp(upright, ".webp", 6, form),
                   picture.transpose(TURNS[6]))
    for said, options in (("lossy", ["-q", "80"]), ("lossless", ["-lossless"])):
        for mode in ("RGB", "RGBA"):
            data = through_file(encode(picture if mode == "RGB" else with_alpha(picture), "PNG"), ".png", "cwebp",
                                "-quiet", *options, "-exact", "IN", "-o", "OUT", out=".webp")
            yield Case(f"WebP {said} {mode}", "cwebp", data, decode(data), kept=True)
    for turn, how in TURNS.items():
        turned = encode(with_alpha(picture), "WEBP", lossless=True, exact=True, exif=exif(turn))
        yield Case(f"WebP lossless RGBA orientation {turn}", "Pillow", turned, with_alpha(picture).transpose(how))
    for said, options in (("lossless", {"lossless": True}), ("lossy", {"quality": 90})):
        data = encode(picture, "WEBP", save_all=True, append_images=[photo(50, 37, 2)], **options)
        yield Case(f"WebP animated {said}", "Pillow", data, decode(data).convert("RGB"))
        data = encode(with_alpha(picture), "WEBP", save_all=True, append_images=[picture], exact=True, **options)
        yield Case(f"WebP animated {said} RGBA", "Pillow", data, decode(data))
    data = through_file(data, ".webp", "webpmux", "-set", "bgcolor", "255,200,30,40", "IN", "-o", "OUT")
    yield Case("WebP animated RGBA with a background, which no reader shows", "webpmux", data, decode(data))
    data = encode(picture, "WEBP", save_all=True, append_images=[photo(50, 37, 2)], icc_profile=icc_profiles.wide_rgb())
    yield Case("WebP animated lossy with a wide profile, kept", "Pillow", data, decode(data))
    data = encode(picture, "WEBP", save_all=True, append_images=[photo(50, 37, 2)], lossless=True, exif=exif(6))
    yield Case("WebP animated lossless orientation 6", "Pillow", data, picture.transpose(TURNS[6]))
    small = encode(photo(20, 10), "WEBP", quality=90)
    data = webpmux_frames((small, "+0+0+0"), (encode(picture, "WEBP"), "+0+0+0"))
    yield Case("WebP animated whose first frame is smaller than its canvas", "webpmux", data, decode(data).convert("RGB"),
               30)
    data = encode(with_alpha(picture), "WEBP", lossless=True, exact=True)
    yield Case("WebP for a profile without WebP", "Pillow", data, with_alpha(picture), None, ["--profile", "fireworks"])


def others():
    picture = photo(45, 31)
    indexed = picture.quantize(32)
    for said, options in (("", {}), (" interlaced", {"interlace": 1})):
        yield Case(f"GIF{said}", "Pillow", encode(indexed, "GIF", **options), indexed.convert("RGB"))
    data = encode(indexed, "GIF", transparency=5)
    yield Case("GIF with a transparent color", "Pillow", data, decode(data).convert("RGBA"))
    data = encode(indexed, "GIF", save_all=True, append_images=[photo(45, 31, 2).quantize(32)])
    yield Case("GIF animated", "Pillow", data, decode(data).convert("RGB"))
    for version in ("BMP", "BMP2", "BMP3"):
        yield Case(f"{version} RGB", "ImageMagick", magick(picture, f"{version}:-"), picture)
        yield Case(f"{version} P", "ImageMagick", magick(indexed, f"{version}:-"), indexed.convert("RGB"))
    yield Case("BMP 1 bit", "Pillow", encode(picture.convert("1"), "BMP"), picture.convert("1").convert("RGB"))
    data = magick(with_alpha(picture), "BMP:-")
    yield Case("BMP RGBA", "ImageMagick", data, with_alpha(picture))
    data = magick(indexed, "-compress", "RLE", "BMP3:-")
    yield Case("BMP run-length", "ImageMagick", data, indexed.convert("RGB"))
    modes = {"1": picture.convert("1"), "L": picture.convert("L"), "LA": with_alpha(picture).convert("LA"), "P": indexed,
             "RGB": picture, "RGBA": with_alpha(picture)}
    for mode, source in modes.items():
        for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
            yield Case(f"TIFF {mode} {compression}", "Pillow", encode(source, "TIFF", compression=compression),
                       source.convert("RGBA" if "A" in mode else "RGB"))
    yield Case("TIFF 1 group4", "Pillow", encode(modes["1"], "TIFF", compression="group4"), modes["1"].convert("RGB"))
    inks = picture.convert("CMYK")
    yield Case("TIFF CMYK", "Pillow", encode(inks, "TIFF"), inks.convert("RGB"))
    profile = icc_profiles.cmyk()
    yield Case("TIFF CMYK with a CMYK profile", "Pillow", encode(inks, "TIFF", icc_profile=profile), srgb(inks, profile),
               PROFILE_DB)
    wide = icc_profiles.wide_rgb()
    yield Case("TIFF RGB with a wide profile", "Pillow", encode(picture, "TIFF", icc_profile=wide), srgb(picture, wide),
               PROFILE_DB)
    gray = icc_profiles.gray()
    yield Case("TIFF L with a gray profile", "Pillow", encode(picture.convert("L"), "TIFF", icc_profile=gray),
               srgb(picture.convert("L"), gray), PROFILE_DB)
    for mode in ("L", "RGB", "RGBA"):
        source = modes[mode]
        for said, options in (("strips", []), ("tiles", ["-define", "tiff:tile-geometry=16x16"]),
                              ("planes", ["-interlace", "Plane"])):
            data = magick(source, "-depth", "16", *options, "-compress", "Zip", "TIFF:-")
            yield Case(f"TIFF {mode} 16 bits, {said}", "ImageMagick", data, source.convert("RGBA" if "A" in mode else "RGB"))
    data = encode(soft(45, 31), "TIFF", compression="jpeg", quality=90)
    yield Case("TIFF RGB JPEG-compressed", "Pillow", data, decode(data).convert("RGB"), ENCODED_DB)
    for turn, how in TURNS.items():
        yield Case(f"TIFF orientation {turn}", "Pillow", encode(corners(21, 13), "TIFF", tiffinfo={274: turn}),
                   corners(21, 13).transpose(how))
    data = xmp(encode(corners(21, 13), "TIFF"), ".tif", 6)
    yield Case("TIFF orientation 6 in XMP", "exiftool", data, corners(21, 13).transpose(TURNS[6]))
    full, small = ({262: 2}, corners(21, 13)), corners(7, 5)
    for said, tags in (("NewSubfileType", {254: 1, 262: 2}), ("SubfileType", {255: 2, 262: 2})):
        yield Case(f"TIFF whose first directory is a small copy ({said})", "by hand", tiff((tags, small), full), full[1])
    yield Case("TIFF whose picture is a child of its small copy", "by hand", tiff(({254: 1, 262: 2}, small), children=[full]),
               full[1])
    yield Case("TIFF whose second directory is a small copy", "by hand", tiff(full, ({254: 1, 262: 2}, small)), full[1])
    for suffix, said in ((".heic", "HEIC"), (".avif", "AVIF")):
        command = ["heif-enc", "-L", *(["-A"] if said == "AVIF" else []), "IN", "-o", "OUT"]
        even = soft(44, 30)
        data = through_file(encode(even, "PNG"), ".png", *command, out=suffix)
        # Subsampled chroma, which is not lossless for RGB, whatever the option.
        yield Case(said, "heif-enc", data, even, 35)


def newer():
    """Formats that a library of their own reads, and the order in which HEIF names its properties."""
    picture, deep = photo(45, 31), photo(45, 31).convert("L")
    png, alpha = encode(picture, "PNG"), with_alpha(picture)
    for kind, source in (("PPM", picture), ("PGM", deep), ("PBM", picture.convert("1"))):
        raw = encode(source, "PPM")
        yield Case(f"{kind} raw", "Pillow", raw, source.convert("RGB"))
        yield Case(f"{kind} plain", "pnmtoplainpnm", tool(raw, "pnmtoplainpnm"), source.convert("RGB"))
    data = tool(encode(picture, "PPM"), "pnmdepth", "65535")
    yield Case("PPM of 16 bits", "pnmdepth", data, picture)
    yield Case("PAM with alpha", "ImageMagick", magick(alpha, "PAM:-"), alpha)
    for said, source, options in (("RGB", png, []), ("RGBA", encode(alpha, "PNG"), []), ("tiles", png, ["-t", "16,16"])):
        data = through_file(source, ".png", "opj_compress", "-i", "IN", "-o", "OUT", "-n", "3", *options, out=".jp2")
        yield Case(f"JPEG 2000 lossless {said}", "opj_compress", data, alpha if said == "RGBA" else picture)
    data = encode(deep, "JPEG2000")
    yield Case("JPEG 2000 L", "Pillow", data, deep.convert("RGB"))
    data = through_file(png, ".png", "opj_compress", "-i", "IN", "-o", "OUT", "-n", "3", "-r", "8", "-I", out=".jp2")
    yield Case("JPEG 2000 lossy", "opj_compress", data, decode(data))
    for said, source in (("RGB", png), ("RGBA", encode(alpha, "PNG")), ("L", encode(deep, "PNG"))):
        data = through_file(source, ".png", "cjxl", "IN", "OUT", "-d", "0", out=".jxl")
        yield Case(f"JPEG XL lossless {said}", "cjxl", data, alpha if said == "RGBA" else picture if said == "RGB" else
                   deep.convert("RGB"))
    data = through_file(png, ".png", "cjxl", "IN", "OUT", "-d", "1", out=".jxl")
    yield Case("JPEG XL lossy", "cjxl", data, decode(through_file(data, ".jxl", "djxl", "IN", "OUT", out=".png")), 50)
    jpeg = encode(picture, "JPEG", quality=90)
    yield Case("JPEG XL of a JPEG", "cjxl", through_file(jpeg, ".jpg", "cjxl", "IN", "OUT", out=".jxl"), decode(jpeg))
    square = corners(44, 30)
    coded = through_file(encode(square, "PNG"), ".png", "avifenc", "--lossless", "IN", "OUT", out=".avif")
    for turns, how in ((1, Image.ROTATE_90), (2, Image.ROTATE_180), (3, Image.ROTATE_270)):
        for axis, mirror in ((0, Image.FLIP_TOP_BOTTOM), (1, Image.FLIP_LEFT_RIGHT)):
            data = heif_files.with_properties(coded, [heif_files.irot(turns), heif_files.imir(axis)],
                                              lambda kinds: sorted(range(len(kinds)), key=lambda i: kinds[i] == b"ispe"))
            yield Case(f"AVIF turned {turns} times and mirrored along {axis}, its size last", "avifenc", data,
                       square.transpose(how).transpose(mirror))
    data = heif_files.with_properties(coded, [heif_files.clap((44, 30), 3, 5, 31, 21)])
    yield Case("AVIF cropped at odd places", "avifenc", data, square.crop((3, 5, 34, 26)))
    data = through_file(encode(square, "PNG"), ".png", "heif-enc", "-q", "90", "IN", "-o", "OUT", out=".heic")
    yield Case("HEIC with a video after it", "heif-enc", data + heif_files.VIDEO,
               decode(through_file(data, ".heic", "heif-convert", "IN", "OUT", out=".png")))


def over_the_limit():
    limit = 60_000
    options = ["--max-image-bytes", str(limit)]
    plain, rough = photo(400, 300), photo(400, 300, grain=0.3)
    data = encode(plain, "JPEG", quality=85, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0" + bytes(50_000))
    yield Case("JPEG over the limit by its metadata", "Pillow", data, decode(data), None, ["--max-image-bytes", "50000"])
    data = encode(plain, "JPEG", quality=90)
    yield Case("JPEG over the limit by its coding", "Pillow", data, decode(data), None,
               ["--max-image-bytes", str(len(data) - 800)])
    for subsampling, said in ((0, "4:4:4"), (2, "4:2:0")):
        data = encode(plain, "JPEG", quality=98, subsampling=subsampling)
        yield Case(f"JPEG {said} over the limit", "Pillow", data, decode(data),
                   best_of_pillow(decode(data), limit, "JPEG", subsampling=subsampling, optimize=True), options)
    yield Case("PNG over the limit", "Pillow", encode(plain, "PNG", compress_level=0), plain,
               best_of_pillow(plain, limit, "JPEG", subsampling=0, optimize=True), options)
    blocks = corners(30, 20).resize((300, 200), Image.NEAREST)
    yield Case("PNG packed badly", "Pillow", encode(blocks, "PNG", compress_level=0), blocks, None, options)
    yield Case("PNG with alpha over the limit", "Pillow", encode(with_alpha(rough), "PNG"), with_alpha(rough),
               best_of_pillow(with_alpha(rough), limit, "WEBP", method=2), options)


def cases():
    for maker in (pngs, jpegs, odd_jpegs, webps, others, newer, over_the_limit):
        yield from maker()


def psnr(one, other):
    """Decibels over all samples; infinite where they are the same."""
    difference = ImageChops.difference(one, other)
    squares = sum(count * (value % 256) ** 2 for value, count in enumerate(difference.histogram()))
    if squares == 0:
        return math.inf
    return 10 * math.log10(255 ** 2 * one.width * one.height * len(one.getbands()) / squares)


def write_seeds(folder, longest_bytes=6000):
    """The small cases as seeds for the fuzz targets: FOLDER/TARGET/NAME."""
    for number, case in enumerate(cases()):
        if len(case.data) > longest_bytes:
            continue
        url = "data:image/png;base64," + base64.b64encode(case.data).decode()
        line = json.dumps({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]},
                                        {"role": "assistant", "content": "x"}]}).encode()
        for target, seed in {"probe": case.data, "rewrite": case.data, "fit": b"\x1f\x40" + case.data,
                             "line": b"\0" + line}.items():
            path = pathlib.Path(folder, target, f"{number:03}")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(seed)


if __name__ == "__main__":
    write_seeds(sys.argv[1])
