"""Small pictures, made with Pillow or chunk by chunk where Pillow cannot make them."""
import base64
import io
import random
import struct
import zlib

from PIL import Image, ImageChops, ImageStat

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
SAMPLES = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}


def chunk(kind, data, crc_xor=0):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data) ^ crc_xor)


def png_header(width, height, depth=8, color=RGB):
    return PNG_SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))


def pack_row(samples, depth):
    if depth == 16:
        return struct.pack(f">{len(samples)}H", *samples)
    bits = "".join(format(sample, f"0{depth}b") for sample in samples)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))


def png(width, depth, color, samples, palette=None, transparency=None, before=b"", level=9):
    """A PNG from a flat list of samples at their own depth."""
    step = width * SAMPLES[color]
    rows = [samples[i:i + step] for i in range(0, len(samples), step)]
    raw = b"".join(b"\0" + pack_row(row, depth) for row in rows)
    data = png_header(width, len(rows), depth, color) + before
    if palette:
        data += chunk(b"PLTE", bytes(palette))
    if transparency:
        data += chunk(b"tRNS", bytes(transparency))
    return data + chunk(b"IDAT", zlib.compress(raw, level)) + chunk(b"IEND", b"")


def tiff(*directories, children=()):
    """An uncompressed little-endian TIFF of (tags, picture): numbers are LONG, bytes ASCII, None leaves a tag out; the
    children are SubIFDs of the first directory."""
    out = bytearray(b"II*\0\0\0\0\0")

    def write(tags, picture, child_offsets=()):
        bands, samples = len(picture.getbands()), picture.tobytes()
        tags = {256: picture.width, 257: picture.height, 258: 8 if picture.mode != "1" else 1, 259: 1, 273: len(out),
                277: bands, 278: picture.height, 279: len(samples), **tags}
        if child_offsets:
            tags[330] = list(child_offsets)
        out.extend(samples + b"\0" * (len(samples) % 2))
        entries = b""
        for number, value in sorted(tags.items()):
            if value is None:
                continue
            values = value if isinstance(value, (list, bytes)) else [value]
            data = value if isinstance(value, bytes) else struct.pack(f"<{len(values)}I", *values)
            entries += struct.pack("<HHI", number, 2 if isinstance(value, bytes) else 4, len(values))
            entries += struct.pack("<I", len(out)) if len(data) > 4 else data.ljust(4, b"\0")
            if len(data) > 4:
                out.extend(data + b"\0" * (len(data) % 2))
        at = len(out)
        out.extend(struct.pack("<H", len(entries) // 12) + entries + bytes(4))
        return at

    link = 4
    for number, (tags, picture) in enumerate(directories):
        at = write(tags, picture, [write(*child) for child in children] if number == 0 else ())
        struct.pack_into("<I", out, link, at)
        link = len(out) - 4
    return bytes(out)


def to_8_bits(sample, depth):
    return (sample * 255 * 2 + (1 << depth) - 1) // (2 * ((1 << depth) - 1))


def photo(width, height, seed=1, grain=0.15, mode="RGB"):
    """Soft shapes with grain: compresses like a photograph, the same for the same seed."""
    rng, bands = random.Random(seed), len(mode)
    noise = Image.frombytes(mode, (width, height), rng.randbytes(width * height * bands))
    small = Image.frombytes(mode, (width // 16 + 2, height // 16 + 2),
                            rng.randbytes((width // 16 + 2) * (height // 16 + 2) * bands))
    return Image.blend(small.resize((width, height), Image.BICUBIC), noise, grain)


def corners(width, height):
    """A smooth picture that looks different in each of the eight orientations."""
    four = Image.frombytes("RGB", (2, 2), bytes([250, 20, 20, 20, 240, 40, 30, 40, 230, 240, 240, 90]))
    return four.resize((width, height), Image.BICUBIC)


def encode(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def decode(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def data_url(data, kind):
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def difference(one, other, mode="RGB"):
    """Mean absolute difference per sample."""
    mean = ImageStat.Stat(ImageChops.difference(one.convert(mode), other.convert(mode))).mean
    return sum(mean) / len(mean)


def jpeg_segments(data):
    """(marker, start, end) of each segment up to and including the first SOS header."""
    at = 2
    while data[at] == 0xFF:
        marker, size = data[at + 1], struct.unpack(">H", data[at + 2:at + 4])[0]
        yield marker, at, at + 2 + size
        if marker == 0xDA:
            return
        at += 2 + size


def jpeg_patch(data, marker, offset, value):
    """A copy with the byte at this offset from the marker of the first such segment changed."""
    start = next(start for found, start, _ in jpeg_segments(data) if found == marker)
    return data[:start + offset] + bytes([value]) + data[start + offset + 1:]


def jpeg_without(data, marker):
    start, end = next((start, end) for found, start, end in jpeg_segments(data) if found == marker)
    return data[:start] + data[end:]


def jpeg_of_size(width, height):
    """A JPEG whose header claims these dimensions."""
    data = encode(corners(16, 16), "JPEG")
    for offset, value in enumerate(struct.pack(">HH", height, width)):
        data = jpeg_patch(data, 0xC0, 5 + offset, value)
    return data


def two_component_jpeg():
    """SOF and SOS cut down to two components; what follows no longer matters."""
    data = encode(corners(16, 16), "JPEG")
    out = data[:2]
    for marker, start, end in jpeg_segments(data):
        body = data[start + 4:end]
        if marker == 0xC0:
            body = body[:5] + b"\x02" + body[6:12]
        if marker == 0xDA:
            body = b"\x02" + body[1:5] + body[7:]
        out += bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body
    return out + data[end:]


TINY_PNG = png(2, 8, RGB, [10, 20, 30, 40, 50, 60, 70, 80, 90, 250, 251, 252])
TINY_URL = data_url(TINY_PNG, "png")
