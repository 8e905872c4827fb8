"""Valid images that are hard on memory, as base64. Each has different bytes, so no cache helps."""
import base64
import io
import struct
import zlib

from PIL import Image

COMMENT = b"\xff\xfe"
MOST_COMMENT_BYTES = 65_533
MARK_BYTES = 12  # with the start marker and the comment's head 18 bytes, which are 24 characters of base64


def comment(payload):
    return COMMENT + struct.pack(">H", len(payload) + 2) + payload


def jpeg(mode, size, padded_bytes=0):
    """A JPEG, with comment segments up to `padded_bytes`."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(out, "JPEG", quality=90)
    file = out.getvalue()
    padding = []
    left = padded_bytes - len(file) - len(comment(bytes(MARK_BYTES)))
    while left > len(comment(b"")):
        payload = min(left - len(comment(b"")), MOST_COMMENT_BYTES)
        padding.append(comment(b"x" * payload))
        left -= len(padding[-1])
    return file[:2] + b"".join(padding) + file[2:]


class MarkedJpeg:
    """One JPEG under any number of comments; only the first characters of its base64 change."""

    def __init__(self, file):
        self.tail = base64.b64encode(file[2:])

    def text(self, number):
        return base64.b64encode(b"\xff\xd8" + comment(b"%0*d" % (MARK_BYTES, number))) + self.tail


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


class InflatingPng:
    """Palette pictures of one color, another one each: a thousand pixels to a byte of the file."""

    def __init__(self, side):
        self.head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 3, 0, 0, 0))
        row = bytes(1 + side)
        deflate = zlib.compressobj(9)
        data = b"".join([deflate.compress(row) for _ in range(side)] + [deflate.flush()])
        self.tail = chunk(b"IDAT", data) + chunk(b"IEND", b"")

    def text(self, number):
        return base64.b64encode(self.head + chunk(b"PLTE", struct.pack(">I", number)[1:]) + self.tail)
