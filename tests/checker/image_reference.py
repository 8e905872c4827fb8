"""What the pixels of an input image should be, read with Pillow, ImageMagick and jpegtran."""
import io
import struct
import subprocess
import zlib
from array import array
from dataclasses import dataclass
from math import log10
from PIL import Image, ImageChops, ImageCms, ImageOps

Image.MAX_IMAGE_PIXELS = None
OPERATIONS = {2: ["-flip", "horizontal"], 3: ["-rotate", "180"], 4: ["-flip", "vertical"], 5: ["-transpose"],
              6: ["-rotate", "90"], 7: ["-transverse"], 8: ["-rotate", "270"]}


@dataclass
class Facts:
    """`needs` says why the image may not stay as it is; `may_change` that the specification leaves it open."""
    format: str
    needs: str
    may_change: bool
    orientation: int
    depth: int = 8
    color: int = 2
    transparency: bool = False
    icc: bytes = b""


def sniff(data):
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    return "webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None


def png_chunks(data):
    at = 8
    while at + 8 <= len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        yield kind, data[at + 8:at + 8 + size]
        if kind == b"IEND":
            return
        at += 12 + size


def open_image(data):
    """Pillow refuses a PNG for a damaged text chunk, so a second try leaves out what is not needed for the pixels."""
    try:
        return Image.open(io.BytesIO(data))
    except OSError:
        if sniff(data) != "png":
            raise
    vital = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
    body = b"".join(struct.pack(">I", len(chunk)) + kind + chunk + struct.pack(">I", zlib.crc32(kind + chunk))
                    for kind, chunk in png_chunks(data) if kind in vital)
    return Image.open(io.BytesIO(data[:8] + body))


def examine(data, limits):
    kind = sniff(data)
    image = open_image(data)
    facts = Facts(kind, "", False, image.getexif().get(274, 1), icc=image.info.get("icc_profile") or b"")
    if kind == "png":
        facts.depth, facts.color = data[24], data[25]
        kinds = {name for name, _ in png_chunks(data)}
        facts.transparency = b"tRNS" in kinds
        facts.may_change = facts.transparency and facts.color == 2 and facts.depth == 8 or not intact(data)
        facts.needs = ("bit depth" if facts.depth != 8 else "color type" if facts.color not in (2, 6)
                       else "animation" if b"acTL" in kinds else "")
    elif kind == "jpeg":
        facts.needs = ("components" if image.mode != "RGB" else "multi-picture" if image.format == "MPO"
                       else "coding" if readable_jpeg(data) != data else "")
    elif getattr(image, "is_animated", False):
        facts.needs = "animation"
    if facts.orientation in OPERATIONS:
        facts.needs = facts.needs or "orientation"
    if len(data) > limits.image_bytes:
        facts.needs = facts.needs or "size"
    if kind not in limits.formats:
        facts.needs = facts.needs or "format"
    return facts


def readable_jpeg(data):
    """With the same pixels, Huffman-coded and with its end marker."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] not in (0xC9, 0xCA, 0xDA):
        at += 2 + struct.unpack(">H", data[at + 2:at + 4])[0]
    if data[at + 1:at + 2] in (b"\xc9", b"\xca"):
        return subprocess.run(["jpegtran", "-copy", "all"], input=data, stdout=subprocess.PIPE, check=True).stdout
    return data if b"\xff\xd9" in data else data + b"\xff\xd9"


def intact(data):
    at = 8
    for kind, chunk in png_chunks(data):
        at += 12 + len(chunk)
        if struct.unpack(">I", data[at - 4:at])[0] != zlib.crc32(kind + chunk):
            return False
    return True


def _samples_16(data):
    """ImageMagick's 16-bit RGBA, scaled by hand: Pillow cuts 16-bit color to its high bytes."""
    raw = subprocess.run(["convert-im6.q16", "png:-", "-depth", "16", "-endian", "MSB", "rgba:-"], input=data,
                         stdout=subprocess.PIPE, check=True).stdout
    words = array("H", raw)
    words.byteswap()
    scaled = bytes((v * 255 + 32767) // 65535 for v in words)
    return Image.frombytes("RGBA", struct.unpack(">II", data[16:24]), scaled)


def _png(data, facts):
    if facts.depth == 16 or facts.transparency and facts.depth < 8:
        image = _samples_16(data)
    else:
        image = open_image(data)
        alpha = facts.transparency or facts.color in (4, 6)
        image = image.convert("RGBA" if alpha else "RGB")
    if image.mode == "RGBA" and image.getextrema()[3][0] == 255 and facts.color not in (4, 6):
        image = image.convert("RGB")
    return image


def to_srgb(image, icc):
    profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    source = image.convert("RGB") if alpha else image
    turned = ImageCms.profileToProfile(source, profile, ImageCms.createProfile("sRGB"), 0, "RGB")
    if alpha:
        turned.putalpha(alpha)
    return turned


def reference(data, facts):
    """(image as stored, image in sRGB), both upright, RGB or RGBA."""
    if facts.format == "png":
        image = _png(data, facts)
    else:
        image = Image.open(io.BytesIO(readable_jpeg(data) if facts.format == "jpeg" else data))
        image.load()
    space = facts.icc[16:20]
    profiled = image if space in (b"RGB ", b"CMYK") and (space == b"CMYK") == (image.mode == "CMYK") else None
    alpha = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    plain = image if image.mode in ("RGB", "RGBA") else image.convert("RGBA" if alpha else "RGB")
    in_srgb = to_srgb(profiled, facts.icc) if profiled else plain
    return upright(plain, facts.orientation), upright(in_srgb, facts.orientation)


def upright(image, orientation):
    if orientation not in OPERATIONS:
        return image
    exif = Image.Exif()
    exif[274] = orientation
    copy = image.copy()
    copy.info = {"exif": exif.tobytes()}
    return ImageOps.exif_transpose(copy)


def turned_losslessly(data, orientation):
    """The decoded result of jpegtran, or None where the size does not allow it."""
    command = ["jpegtran", "-perfect", "-copy", "none", *OPERATIONS[orientation]]
    done = subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return Image.open(io.BytesIO(done.stdout)) if done.returncode == 0 else None


def luma(data):
    """The first component alone, decoded: equal for equal coefficients."""
    done = subprocess.run(["jpegtran", "-grayscale", "-copy", "none"], input=data, stdout=subprocess.PIPE, check=True)
    return Image.open(io.BytesIO(done.stdout)).convert("L")


def psnr(one, two):
    """In dB over all channels; equal images give 99."""
    histogram = ImageChops.difference(one, two).histogram()
    total = sum(count * (index % 256) ** 2 for index, count in enumerate(histogram))
    return 99.0 if total == 0 else 10 * log10(255 ** 2 * sum(histogram) / total)


def largest_difference(one, two):
    return max(high for _, high in flat_extrema(ImageChops.difference(one, two)))


def flat_extrema(image):
    extrema = image.getextrema()
    return extrema if isinstance(extrema[0], tuple) else (extrema,)
