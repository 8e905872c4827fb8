"""A PNG encoder for what Pillow does not write: every depth, interlacing, tRNS, chosen filters.

An image is a list of planes, one byte per pixel each; 16-bit channels are two planes, high byte first.
"""
import hashlib
import struct
import zlib
from PIL import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def header(width, height, depth, color, interlace=0):
    return SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlace))


def _pack(samples, depth):
    if depth >= 8:
        return bytes(samples)
    per_byte = 8 // depth
    padded = bytes(samples) + bytes(-len(samples) % per_byte)
    return bytes(sum(padded[i + k] << (8 - depth * (k + 1)) for k in range(per_byte))
                 for i in range(0, len(padded), per_byte))


def _paeth(a, b, c):
    pa, pb, pc = abs(b - c), abs(a - c), abs(a + b - 2 * c)
    return a if pa <= pb and pa <= pc else b if pb <= pc else c


def _filter(kind, row, above, step):
    left, corner = bytes(step) + row, bytes(step) + above
    if kind == 0:
        return row
    if kind == 1:
        return bytes((v - a) & 255 for v, a in zip(row, left))
    if kind == 2:
        return bytes((v - b) & 255 for v, b in zip(row, above))
    if kind == 3:
        return bytes((v - (a + b) // 2) & 255 for v, a, b in zip(row, left, above))
    return bytes((v - _paeth(a, b, c)) & 255 for v, a, b, c in zip(row, left, above, corner))


def _scanlines(planes, width, height, depth, grid):
    x0, y0, dx, dy = grid
    count, above = len(planes), None
    step = count if depth >= 8 else 1
    for number, y in enumerate(range(y0, height, dy)):
        samples = bytearray(len(range(x0, width, dx)) * count)
        if not samples:
            return
        for i, plane in enumerate(planes):
            samples[i::count] = plane[y * width:(y + 1) * width][x0::dx]
        row = _pack(samples, depth)
        kind = number % 5
        yield bytes([kind]) + _filter(kind, row, above or bytes(len(row)), step)
        above = row


def encode(planes, size, color, depth, interlace=False, palette=b"", trns=b"", ancillary=b""):
    grids = ADAM7 if interlace else [(0, 0, 1, 1)]
    data = zlib.compress(b"".join(line for grid in grids for line in _scanlines(planes, *size, depth, grid)), 6)
    half = len(data) // 2
    return (header(*size, depth, color, int(interlace)) + ancillary + (chunk(b"PLTE", palette) if palette else b"")
            + (chunk(b"tRNS", trns) if trns else b"") + chunk(b"IDAT", data[:half]) + chunk(b"IDAT", data[half:])
            + chunk(b"IEND", b""))


def expected_pixels(planes, color, depth, palette=b"", trns=b""):
    """(mode, sha256) of the 8-bit pixels that the samples stand for."""
    if depth == 16:
        channels = [[h << 8 | l for h, l in zip(planes[i], planes[i + 1])] for i in range(0, len(planes), 2)]
    else:
        channels = [list(p) for p in planes]
    if color == PALETTE:
        out = [bytes(palette[3 * v + c] for v in channels[0]) for c in range(3)]
        if trns:
            alphas = trns + b"\xff" * (256 - len(trns))
            out.append(bytes(alphas[v] for v in channels[0]))
    else:
        top = (1 << depth) - 1
        scaled = [bytes((v * 255 + top // 2) // top for v in channel) for channel in channels]
        out = [scaled[0]] * 3 + scaled[1:] if color in (GREY, GREY_ALPHA) else scaled
        if trns:
            key = struct.unpack(f">{len(trns) // 2}H", trns)
            out = out + [bytes(0 if pixel == key else 255 for pixel in zip(*channels))]
    mode = "RGBA" if len(out) == 4 else "RGB"
    pixels = Image.merge(mode, [Image.frombytes("L", (len(out[0]), 1), plane) for plane in out])
    return mode, hashlib.sha256(pixels.tobytes()).hexdigest()
