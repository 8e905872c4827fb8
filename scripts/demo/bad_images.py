"""Images that must not be written to a shard, each with its reason code."""
import struct
from PIL import Image
from demo import png_encoder
from demo.image_bank import Sample, encode

# What is expected of the foreign formats: a reason code, or once the program converts them an expected image such as
# {"kind": "converted", "mode": "RGB"}.
FOREIGN_FORMATS = dict.fromkeys(("GIF", "BMP", "TIFF"), {"kind": "converted", "mode": "RGB"})


def segment(data, first_byte, last_byte):
    """Offset and length of the first JPEG segment whose marker is in the range, length with the marker."""
    at = 2
    while not first_byte <= data[at + 1] <= last_byte:
        at += 2 + struct.unpack(">H", data[at + 2:at + 4])[0]
    return at, 2 + struct.unpack(">H", data[at + 2:at + 4])[0]


def patched(data, at, new):
    return data[:at] + new + data[at + len(new):]


def bad_jpegs(photos):
    data = encode(photos.crop(400, 300), "JPEG", quality=90)
    gray = encode(photos.crop(400, 300).convert("L"), "JPEG", quality=90)
    frame, _ = segment(data, 0xC0, 0xC0)
    yield "jpeg cut in half", data[:len(data) // 2], "corrupt_image"
    yield "jpeg without its last bytes and end marker", data[:-20], "corrupt_image"
    yield "jpeg cut in its header", data[:frame + 6], "corrupt_image"
    yield "gray jpeg with half a scan and an end marker", gray[:len(gray) // 2].rstrip(b"\xff") + b"\xff\xd9", \
        "corrupt_image"
    yield "jpeg of 12 bits", patched(patched(data, frame + 1, b"\xc1"), frame + 4, b"\x0c"), "unsupported_format"
    yield "jpeg lossless", patched(data, frame + 1, b"\xc3"), "unsupported_format"
    yield "jpeg with a huge frame", patched(data, frame + 5, struct.pack(">HH", 65000, 65000)), "too_many_pixels"
    at, length = segment(gray, 0xC0, 0xC0)
    two = gray[:at] + b"\xff\xc0" + struct.pack(">HBHHB", 14, 8, 300, 400, 2) + b"\1\x11\0\2\x11\0" + gray[at + length:]
    at, length = segment(two, 0xDA, 0xDA)
    yield "jpeg with two components", two[:at] + b"\xff\xda\0\x0a\2\1\0\2\0\0\x3f\0" + two[at + length:], \
        "unsupported_format"


def bad_pngs(photos):
    data = encode(photos.crop(120, 90), "PNG")
    palette = photos.crop(64, 64).quantize(16)
    yield "png cut in half", data[:len(data) // 2], "corrupt_image"
    yield "png without its end chunk", data[:-12], "corrupt_image"
    at = data.index(b"IDAT") + 10
    yield "png with a bad checksum", patched(data, at, bytes([data[at] ^ 1])), "corrupt_image"
    yield "png without image data", png_encoder.header(8, 8, 8, png_encoder.RGB) + png_encoder.chunk(b"IEND", b""), \
        "corrupt_image"
    indexes = palette.tobytes()
    good = png_encoder.encode([indexes], (64, 64), png_encoder.PALETTE, 8, palette=bytes(palette.getpalette()[:48]))
    start = good.index(b"IDAT") - 4
    packed = b"".join(chunk_bodies(good, b"IDAT"))
    tail = png_encoder.chunk(b"IEND", b"")
    yield "palette png with a wrong adler sum", good[:start] + png_encoder.chunk(
        b"IDAT", packed[:-4] + b"\1\2\3\4") + tail, "corrupt_image"
    half = png_encoder.chunk(b"IDAT", packed[:len(packed) // 2])
    yield "palette png with half its data", good[:start] + half + tail, "corrupt_image"
    huge = png_encoder.header(60000, 60000, 8, png_encoder.RGB) + png_encoder.chunk(b"IDAT", packed[:40]) + tail
    yield "png of 60000x60000", huge, "too_many_pixels"


def chunk_bodies(data, kind):
    at = len(png_encoder.SIGNATURE)
    while at < len(data):
        size = struct.unpack(">I", data[at:at + 4])[0]
        if data[at + 4:at + 8] == kind:
            yield data[at + 8:at + 8 + size]
        at += 12 + size


def bad_webps(photos):
    data = encode(photos.crop(200, 150), "WEBP", quality=85)
    clear = photos.crop(64, 48)
    clear.putalpha(128)
    extended = encode(clear, "WEBP", quality=85)
    yield "webp cut in half", data[:len(data) // 2], "corrupt_image"
    yield "webp extended, cut", extended[:-20], "corrupt_image"
    yield "webp header alone", data[:12], "corrupt_image"


def foreign(photos):
    image = photos.crop(160, 120)
    for kind, reason in FOREIGN_FORMATS.items():
        yield kind.lower(), encode(image.quantize(64) if kind == "GIF" else image, kind), reason
    yield "tiff with jpeg inside", encode(image, "TIFF", compression="jpeg"), FOREIGN_FORMATS["TIFF"]
    yield "animated gif", encode(image.quantize(32), "GIF", save_all=True, append_images=[
        photos.crop(160, 120).quantize(32)], duration=50), FOREIGN_FORMATS["GIF"]
    yield "avif header", b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf" + bytes(60), ["unsupported_format", "corrupt_image"]
    yield "jpeg 2000 header", b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(60), ["corrupt_image"]
    yield "text as an image", b"this is not an image at all, only words\n" * 3, "unknown_format"
    yield "an error page as an image", b"<!DOCTYPE html><html><body>404 Not Found</body></html>", "unknown_format"
    yield "zeros as an image", bytes(64), "unknown_format"


def bad_images(photos):
    for maker in (bad_jpegs, bad_pngs, bad_webps, foreign):
        for name, data, reason in maker(photos):
            label = next((kind for kind in ("jpeg", "webp") if kind in name), "png")
            fate = {"expected": reason} if isinstance(reason, dict) else {"reason": reason}
            yield Sample(name, data, label, **fate)
