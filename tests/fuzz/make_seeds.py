#!/usr/bin/python3
"""Writes the seeds of the fuzz targets below tests/fuzz/corpus. Run once; what it wrote is committed."""
import base64
import gzip
import io
import json
import pathlib
import subprocess
import tempfile

from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parent / "corpus"


def picture(mode, size=(9, 7)):
    image = Image.new("RGB", size)
    image.putdata([(x * 25 % 256, y * 30 % 256, (x * y) % 256) for y in range(size[1]) for x in range(size[0])])
    return image.convert(mode)


def encoded(image, file_format, **options):
    out = io.BytesIO()
    image.save(out, file_format, **options)
    return out.getvalue()


def cjpeg(image, *options):
    return subprocess.run(["cjpeg", *options], input=encoded(image, "PPM"), capture_output=True, check=True).stdout


def through(data, suffix, command):
    """What a tool makes of a file; IN and OUT in the command stand for the names."""
    with tempfile.TemporaryDirectory() as folder:
        source, result = pathlib.Path(folder, "in"), pathlib.Path(folder, "out" + suffix)
        source = source.with_suffix(".jpg" if data[:2] == b"\xff\xd8" else ".png")
        source.write_bytes(data)
        subprocess.run([{"IN": source, "OUT": result}.get(word, word) for word in command], check=True, capture_output=True)
        return result.read_bytes()


def turned(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def images():
    yield "jpeg", encoded(picture("RGB"), "JPEG", quality=60)
    yield "jpeg_grey", encoded(picture("L"), "JPEG", quality=60)
    yield "jpeg_gray_progressive", encoded(picture("L"), "JPEG", quality=60, progressive=True)
    yield "jpeg_cmyk", encoded(picture("CMYK"), "JPEG", quality=60)
    yield "jpeg_turned", encoded(picture("RGB", (16, 16)), "JPEG", quality=40, exif=turned(6))
    yield "jpeg_arithmetic", cjpeg(picture("RGB", (16, 16)), "-arithmetic")
    yield "jpeg_without_end", encoded(picture("RGB"), "JPEG", quality=60, progressive=True)[:-2] + b"trailer"
    yield "png", encoded(picture("RGB"), "PNG")
    for mode in ("RGBA", "L", "LA", "P", "1"):
        yield f"png_{mode.lower()}", encoded(picture(mode), "PNG")
    yield "png_16_bit", encoded(Image.new("I;16", (4, 4), 40000), "PNG")
    yield "apng", encoded(picture("RGB"), "PNG", save_all=True, append_images=[picture("RGB").rotate(90)])
    yield "png_turned", encoded(picture("RGB"), "PNG", exif=turned(3))
    yield "webp", encoded(picture("RGB"), "WEBP", quality=50)
    yield "webp_alpha", encoded(picture("RGBA"), "WEBP", quality=50)
    yield "webp_lossless", encoded(picture("RGB"), "WEBP", lossless=True)
    yield "webp_animated", encoded(picture("RGB"), "WEBP", save_all=True, append_images=[picture("RGB").rotate(90)])
    yield "gif", encoded(picture("P"), "GIF")
    yield "bmp", encoded(picture("RGB"), "BMP")
    yield "tiff", encoded(picture("RGB"), "TIFF")
    yield "jp2", encoded(picture("RGB"), "JPEG2000")
    yield "jp2_gray_alpha", encoded(picture("LA"), "JPEG2000")
    yield "j2k_lossy", encoded(picture("RGB", (40, 30)), "JPEG2000", no_jp2=True, irreversible=True, quality_layers=[20])
    yield "ppm", encoded(picture("RGB"), "PPM")
    yield "pgm_16_bit", b"P5 2 2 1000\n\0\1\3\xe8\0\2\1\0"
    yield "pbm_plain", b"P1 3 2\n# bits\n101 0 1 1"
    yield "pam", b"P7\nWIDTH 1\nHEIGHT 2\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n12345678"
    for seed, source, suffix, command in (
            ("jxl", encoded(picture("RGB"), "PNG"), ".jxl", ["cjxl", "IN", "OUT"]),
            ("jxl_lossless_alpha", encoded(picture("RGBA"), "PNG"), ".jxl", ["cjxl", "IN", "OUT", "-d", "0"]),
            ("jxl_of_jpeg", encoded(picture("RGB"), "JPEG"), ".jxl", ["cjxl", "IN", "OUT"]),
            ("avif_turned", encoded(picture("RGB"), "PNG"), ".avif", ["avifenc", "--irot", "1", "--imir", "0", "IN", "OUT"]),
            ("avif_10_bit_alpha", encoded(picture("RGBA"), "PNG"), ".avif", ["avifenc", "-d", "10", "IN", "OUT"]),
            ("heic", encoded(picture("RGB", (16, 16)), "PNG"), ".heic", ["heif-enc", "IN", "-o", "OUT"])):
        yield seed, through(source, suffix, command)
    yield "tiff_jpeg", encoded(picture("RGB"), "TIFF", compression="jpeg")


def lines():
    payload = base64.b64encode(encoded(picture("L"), "PNG")).decode()
    answer = {"role": "assistant", "content": "yes", "weight": 1}

    def example(*parts, **rest):
        return json.dumps({"messages": [{"role": "user", "content": list(parts)}, answer], **rest})

    def image(url, **rest):
        return {"type": "image_url", "image_url": {"url": url, **rest}}

    yield "text", json.dumps({"messages": [{"role": "user", "content": "x"}, answer]})
    yield "web", example(image("https://example.com/a.png", detail="low"))
    yield "converted", example(image("data:image/png;base64," + payload))
    yield "string_form", example({"type": "image_url", "image_url": "data:image/jpg;base64," + payload})
    yield "broken_lines", example(image("data:;base64," + payload[:20] + "\n" + payload[20:]))
    yield "escapes", example(image("https://example.com/a.png")).replace("image_url", "image\\u005furl")
    yield "bad_image", example(image("data:image/png;base64,AAAA"), {"type": "text", "text": "é😀"})
    twice = json.dumps([image("data:image/png;base64," + payload)])  # check once read past the last part
    yield "content_twice", '{"messages":[{"content":%s,"role":"user","content":%s}]}' % (twice, twice)
    yield "reject_record", json.dumps({"source": {"file": "a", "line": 1, "byte": 0}, "reason": "bad_role",
                                       "raw": example(image("https://example.com/a.png"))})
    yield "calls", json.dumps({"messages": [{"role": "assistant", "content": None, "tool_calls": [{}]}], "tools": []})
    yield "array", "[1,[2,{}],-1.5e3,\"\\ud83d\\ude00\"]"
    # A colon after a string in an array: simdjson's skip took it for a key.
    yield "colon_in_array", '{"messages":[{"role":"user","content":"x"},"content":null]}]}'
    yield "colon_behind_string", '{"x":"a":}}'


def texts():
    yield "lines", b"a\nbb\r\n\n\xef\xbb\xbfccc"
    yield "byte_order_mark", b"\xef\xbb\xbf{}\n"
    yield "gzip", gzip.compress(b"one\ntwo\n", mtime=0) + gzip.compress(b"three", mtime=0)
    yield "zstd", subprocess.run(["zstd", "-q", "-c"], input=b"one\ntwo\nthree\n", stdout=subprocess.PIPE, check=True).stdout
    yield "skippable", b"\x50\x2a\x4d\x18\x02\x00\x00\x00xx"


def write(target, name, data):
    path = ROOT / target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


for seed, data in images():
    write("probe", seed, data)
    write("rewrite", seed, data)
    write("fit", seed + "_small", b"\x01\x40" + data)
    write("fit", seed + "_large", b"\x1f\x40" + data)
for seed, line in lines():
    write("line", seed, b"\x00" + line.encode())
    write("line", seed + "_drop", b"\x0b" + line.encode())
for seed, text in texts():
    write("block_reader", seed, b"\x02" + text)
for seed, text in (("clean", b"Zm9vYmFy"), ("spaces", b"Zm 9v\\nYg=="), ("url_safe", b"-_+\\/"), ("bad", b"Zm9v!")):
    write("base64", seed, text)
