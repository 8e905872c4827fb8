"""The findings of a provider in an image's bytes, found with Pillow and by parsing the containers here.

Damage is a finding only where every reader agrees: a file that is cut off, a wrong checksum over pixels, a wrong
signature. Pillow and the program may differ about a flipped bit inside a scan, so no such image is asked about.
"""
import functools
import io
import re
import struct
import subprocess
import warnings
import zlib
from dataclasses import dataclass, field

from PIL import Image

Image.MAX_IMAGE_PIXELS = None
OTHER_CONTAINERS = {"gif": (b"GIF87a", b"GIF89a"), "bmp": (b"BM",),
                    "tiff": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
                    "jpeg_2000": (b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51"),
                    "netpbm": tuple(b"P%d%c" % (kind, blank) for kind in range(1, 7) for blank in b" \t\r\n")}
HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif", b"avis", b"miaf")
# What Pillow does not read, and what its conversion is called; a build may lack the libraries for it.
UNREAD = {"heif": "heif", "jpeg_xl": "jpeg_xl", "pam": "netpbm"}
PIXEL_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
WHOLE_BLOCK_CODINGS = (0xC0, 0xC1, 0xC2, 0xC9, 0xCA)  # baseline to progressive, Huffman or arithmetic coded
ARITHMETIC, PROGRESSIVE = (0xC9, 0xCA), (0xC2, 0xCA)
END = b"\xff\xd9"


class Damaged(Exception):
    pass


@dataclass(frozen=True)
class PayloadFindings:
    """`codes` are what convert would repair; `refused`, where given, names the reasons that fit for rejecting it."""
    kind: str
    codes: frozenset = frozenset()
    refused: tuple = ()
    orientation: int = 1
    size: tuple = (0, 0)
    end: int = 0


def container(data):
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp" and data[8:12] in HEIF_BRANDS:
        return "heif"
    if data.startswith((b"\xff\x0a", b"\0\0\0\x0cJXL ")):
        return "jpeg_xl"
    if data.startswith(b"P7\n"):
        return "pam"
    for kind, starts in OTHER_CONTAINERS.items():
        if data.startswith(starts):
            return kind
    return None


@dataclass
class _Jpeg:
    coding: int = 0
    depth: int = 0
    components: int = 0
    size: tuple = (0, 0)
    end: int = 0
    sent: set = field(default_factory=set)  # (component id, whether AC) whose last bits a scan has sent
    ended: bool = True
    metadata: list = field(default_factory=list)  # (start, end) of each APP and COM segment but Adobe's


def _is_complete(data):
    """Whether djpeg misses nothing of a file whose end marker was put in; it is silent of arithmetic data."""
    told = subprocess.run(["djpeg"], input=data, capture_output=True).stderr.splitlines()
    return all(b"extraneous bytes before marker 0xd9" in line for line in told)


def _sent(coding, header):
    *_, first, last, approximation = header
    names = header[1:-3:2]
    if coding not in PROGRESSIVE:
        return {(name, ac) for name in names for ac in (False, True)}
    last_bits = approximation & 15 == 0 and (first == 0 or last == 63)
    return {(name, first > 0) for name in names} if last_bits else set()


def _walk_jpeg(data):
    found, at, scan_end = _Jpeg(), 2, None
    while True:
        at = data.find(b"\xff", at)
        marker = data[at + 1] if 0 <= at < len(data) - 1 else None
        if marker in (0x00, 0x01, 0xFF) or marker is not None and 0xD0 <= marker <= 0xD7:  # no segments, or no markers
            at += 1 if marker == 0xFF else 2
            continue
        if marker == 0xD9:
            found.end = at + 2
            return found
        if scan_end is None and found.sent:
            scan_end = len(data) if marker is None else at
        end = at + 2 + int.from_bytes(data[at + 2:at + 4], "big")
        if marker in (None, 0xD8) or end > len(data):
            missing = scan_end is None or found.coding in ARITHMETIC or len(found.sent) < 2 * found.components
            if missing or not _is_complete(data[:scan_end] + END):
                raise Damaged("no end marker, or a segment is cut off")
            found.ended, found.end = False, scan_end
            return found
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width, found.components = struct.unpack(">HHB", data[at + 5:at + 10])
            found.coding, found.depth, found.size = marker, data[at + 4], (width, height)
        if 0xE0 <= marker <= 0xED or marker in (0xEF, 0xFE):
            found.metadata.append((at, end))
        if marker == 0xDA:
            found.sent |= _sent(found.coding, data[at + 4:end])
            scan_end = None
        at = end


def _walk_png(data):
    """(kind, body, whether the sum is right) of each chunk to IEND, and the offset after it."""
    chunks, at = [], 8
    while True:
        if at + 12 > len(data):
            raise Damaged("no IEND")
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        if at + 12 + size > len(data):
            raise Damaged("a chunk is cut off")
        body = data[at + 8:at + 8 + size]
        chunks.append((kind, body, data[at + 8 + size:at + 12 + size] == struct.pack(">I", zlib.crc32(kind + body))))
        at += 12 + size
        if kind == b"IEND":
            return chunks, at


def _decoded(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def _exif_orientation(exif):
    """None where it says none. Writers put the identifier of a JPEG's segment before it, or not."""
    tags = Image.Exif()
    try:
        tags.load(b"Exif\0\0" + exif[6:] if exif.startswith(b"Exif\0\0") else exif)
        return tags.get(274)
    except Exception:  # Pillow raises whatever its parsers raise
        return None


def _orientation(exif, xmp):
    """Exif, or XMP where Exif says nothing, as in Pillow's exif_transpose of today."""
    found = _exif_orientation(exif)
    if found is None:
        match = re.search(rb"tiff:Orientation(?:=[\"']|>)([0-9])", xmp)
        found = int(match[1]) if match else 1
    return found


def _png_metadata(info):
    """(Exif, XMP) of what Pillow read."""
    exif, xmp = info.get("exif", b"")[6:], info.get("XML:com.adobe.xmp", "").encode()
    for kind in ("exif", "APP1", "xmp"):
        text = info.get("Raw profile type " + kind)
        if text:
            block = bytes.fromhex("".join(text.split("\n")[3:]))
            if b"xmpmeta" in block:
                xmp = xmp or block
            else:
                exif = exif or block
    return exif, xmp


def _seen_in_spite_of_metadata(data, bare, code, codes):
    """The picture; convert drops metadata for which Pillow refuses what it takes without."""
    try:
        return _decoded(data)
    except Exception:  # Pillow raises whatever its parsers raise
        codes.add(code)
    return _decoded(bare)


def _jpeg(data, max_pixels):
    found, codes = _walk_jpeg(data), set()
    if not found.ended:
        data = data[:found.end] + END
    if found.coding not in WHOLE_BLOCK_CODINGS or found.depth != 8 or found.components not in (1, 3, 4):
        return PayloadFindings("jpeg", refused=("unsupported_format",))
    if found.size[0] * found.size[1] > max_pixels:
        return PayloadFindings("jpeg", refused=("too_many_pixels",))
    bare = bytearray(data)
    for start, end in reversed(found.metadata):
        del bare[start:end]
    segments = [data[start + 4:end] for start, end in found.metadata]
    exif, xmp = (next((segment for segment in segments if segment.startswith(start)), b"")
                 for start in (b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"))
    seen = _seen_in_spite_of_metadata(data, bytes(bare), "jpeg_metadata", codes)
    orientation = _orientation(exif, xmp)
    codes |= {1: {"jpeg_grey"}, 4: {"jpeg_cmyk"}}.get(found.components, set())
    if seen.format == "MPO" or any(segment.startswith(b"MPF\0") for segment in segments):
        codes.add("jpeg_first_picture")
    if found.coding in ARITHMETIC:
        codes.add("jpeg_arithmetic")
    if not found.ended:
        codes.add("jpeg_end_marker")
    return PayloadFindings("jpeg", frozenset(codes), (), orientation, found.size, found.end)


def _png(data, max_pixels):
    chunks, end = _walk_png(data)
    names = [kind for kind, _, _ in chunks]
    if names[0] != b"IHDR" or not all(good for kind, _, good in chunks if kind in PIXEL_CHUNKS[:-1]):
        raise Damaged("a wrong checksum over pixels")
    size, depth, color = struct.unpack(">II", data[16:24]), data[24], data[25]
    if size[0] * size[1] > max_pixels:
        return PayloadFindings("png", refused=("too_many_pixels",))
    bare = data[:8] + b"".join(struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
                               for kind, body, _ in chunks if kind in PIXEL_CHUNKS)
    codes = ({"png_16_bit"} if depth == 16 else set()) | ({"png_metadata"} if not chunks[-1][2] else set())
    codes |= {0: {"png_grey"}, 3: {"png_palette"}, 4: {"png_grey"}}.get(color, set())
    if b"acTL" in names:
        codes.add("png_animated")
    seen = _seen_in_spite_of_metadata(data, bare, "png_metadata", codes)
    orientation = _orientation(*_png_metadata(seen.info))
    return PayloadFindings("png", frozenset(codes), (), orientation, size, end)


def _webp(data, max_pixels):
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise Damaged("shorter than its RIFF header says")
    image = Image.open(io.BytesIO(data))
    if image.width * image.height > max_pixels:
        return PayloadFindings("webp", refused=("too_many_pixels",))
    image.load()
    codes = frozenset({"webp_animated"} if b"ANMF" in data[:end] else ())
    return PayloadFindings("webp", codes, (), _orientation(image.info.get("exif", b""), image.info.get("xmp", b"")), image.size, end + end % 2)


def _is_full(image, page):
    image.seek(page)
    return image.tag_v2.get(254, 0) & 1 == 0 and image.tag_v2.get(255) != 2


def _other(data, kind, max_pixels):
    image = Image.open(io.BytesIO(data))
    if image.width * image.height > max_pixels:
        return PayloadFindings(kind, refused=("too_many_pixels",))
    image.load()
    orientation = 1
    if kind == "tiff":
        full = next((page for page in range(image.n_frames) if _is_full(image, page)), 0)
        image.seek(full)
        orientation = image.tag_v2.get(274) or _orientation(b"", image.tag_v2.get(700, b""))
    return PayloadFindings(kind, frozenset({kind}), (), orientation, image.size, len(data))


@functools.cache
def payload_findings(data, max_pixels):
    """Cached by the bytes, since a few hundred payloads occur on thousands of lines."""
    kind = container(data)
    if kind is None:
        return PayloadFindings("", refused=("unknown_format", "unsupported_format") if data[:4] in (b"\0\0\1\0", b"8BPS")
                               else ("unknown_format",))
    if kind in UNREAD:  # sound files alone are asked about
        return PayloadFindings(kind, frozenset({UNREAD[kind]}), end=len(data))
    judge = {"jpeg": _jpeg, "png": _png, "webp": _webp}.get(kind, functools.partial(_other, kind=kind))
    try:
        with warnings.catch_warnings():  # Pillow warns of a TIFF that is cut off, and then refuses it
            warnings.simplefilter("ignore")
            return judge(data, max_pixels=max_pixels)
    except Exception:  # Pillow raises whatever its parsers raise
        return PayloadFindings(kind, refused=("corrupt_image",))
