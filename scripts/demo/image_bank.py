"""The good images: everything the specification keeps, relabels, converts or shrinks, made from photographs."""
import hashlib
import io
import os
import struct
import subprocess
from dataclasses import dataclass, field
from PIL import Image, ImageChops, ImageOps
from demo import icc_profiles, png_encoder

LIMIT_BYTES = 10_000_000
Image.MAX_IMAGE_PIXELS = None
ORIENTATION_OPERATIONS = {2: ["-flip", "horizontal"], 3: ["-rotate", "180"], 4: ["-flip", "vertical"],
                          5: ["-transpose"], 6: ["-rotate", "90"], 7: ["-transverse"], 8: ["-rotate", "270"]}


@dataclass
class Sample:
    """An encoded image with what must come of it: `kind` of fate, and the pixels where they are promised."""
    name: str
    data: bytes
    label: str
    expected: dict = field(default_factory=lambda: {"kind": "kept"})
    reason: object = None


def pixels(image):
    return hashlib.sha256(image.tobytes()).hexdigest()


def converted(image=None, mode="RGB", **more):
    if image is None:
        return {"kind": "converted", "mode": mode, **more}
    return {"kind": "converted", "mode": mode, "pixels": pixels(image.convert(mode)), **more}


def encode(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def run(command, data):
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout


def cjpeg(image, *options):
    return run(["cjpeg", *options], encode(image, "PPM"))


def exif(orientation):
    block = Image.Exif()
    block[274] = orientation
    return block.tobytes()


class Photographs:
    def __init__(self, root, rng):
        found = [os.path.join(base, name) for base, _, names in os.walk(root) for name in names
                 if name.lower().endswith((".jpg", ".png", ".webp"))]
        found = sorted(path for path in found if not os.path.islink(path))
        sizes = {path: os.path.getsize(path) for path in found}
        self.rng = rng
        self.over_limit = [path for path in found if sizes[path] > LIMIT_BYTES]
        usual = [path for path in found if not path.endswith(".png") and 250_000 < sizes[path] < 2_300_000]
        self.images = [Image.open(path).convert("RGB") for path in rng.sample(usual, min(14, len(usual)))]

    def crop(self, width, height):
        """A part of a photograph, small ones scaled down so that they are not one flat color."""
        image = self.rng.choice(self.images)
        scale = max(1, min(4, image.width // width, image.height // height))
        x, y = (self.rng.randrange(max(1, full - need * scale + 1)) for full, need in zip(image.size, (width, height)))
        return image.resize((width, height), Image.BOX, (x, y, min(image.width, x + width * scale),
                                                         min(image.height, y + height * scale)))

    def noise(self, width, height, sigma, channels):
        """Box-Muller would be slow here: the mean of four byte planes is close enough to normal."""
        planes = []
        for _ in range(channels):
            quarters = [Image.frombytes("L", (width, height), self.rng.randbytes(width * height)) for _ in range(4)]
            halves = [Image.blend(quarters[0], quarters[1], .5), Image.blend(quarters[2], quarters[3], .5)]
            mean = Image.blend(*halves, .5)
            planes.append(mean.point(lambda v: min(255, max(0, round(128 + (v - 128) * sigma / 37)))))
        return planes

    def noisy(self, width, height, sigma):
        base = self.rng.choice(self.images).resize((width, height), Image.BICUBIC).point(lambda v: 40 + v * 175 // 255)
        planes = [ImageChops.add(c, n, 1, -128) for c, n in zip(base.split(), self.noise(width, height, sigma, 3))]
        return Image.merge("RGB", planes)


def ordinary_jpegs(photos):
    for number in range(24):
        size = photos.rng.choice([(1100, 733), (1000, 800), (900, 1100), (1280, 800)])
        quality = photos.rng.choice([85, 90, 95])
        yield Sample(f"jpeg ordinary {number}", encode(photos.crop(*size), "JPEG", quality=quality), "jpeg")


def jpegs(photos):
    for name, size, options in [
            ("jpeg baseline 4:2:0", (800, 600), dict(quality=90)),
            ("jpeg progressive", (731, 547), dict(quality=85, progressive=True)),
            ("jpeg 4:4:4", (640, 427), dict(quality=93, subsampling=0)),
            ("jpeg 4:2:2", (600, 801), dict(quality=88, subsampling=1)),
            ("jpeg optimized", (1024, 683), dict(quality=80, optimize=True)),
            ("jpeg orientation 1", (512, 512), dict(quality=90, exif=exif(1))),
            ("jpeg with a wide profile", (512, 384), dict(quality=90, icc_profile=icc_profiles.wide_rgb())),
            ("jpeg comment", (320, 200), dict(quality=75, comment=b"hello")),
            ("jpeg one pixel", (1, 1), dict(quality=75))]:
        yield Sample(name, encode(photos.crop(*size), "JPEG", **options), "jpeg")
    yield from ordinary_jpegs(photos)
    for name, options in [("jpeg restart rows", ["-restart", "1"]), ("jpeg restart 4 MCUs", ["-restart", "4B"]),
                          ("jpeg 4:4:0", ["-sample", "1x2"]), ("jpeg 4:1:1", ["-sample", "4x1"]),
                          ("jpeg RGB colors", ["-rgb"]),
                          ("jpeg progressive of quality 95", ["-progressive", "-quality", "95"])]:
        yield Sample(name, cjpeg(photos.crop(450, 333), *options), "jpeg")
    plain = encode(photos.crop(400, 300), "JPEG", quality=90)
    yield Sample("jpeg with bytes after the end", plain + b"\0\r\ntrailing bytes", "jpeg")
    yield Sample("jpeg followed by a jpeg", plain + encode(photos.crop(64, 64), "JPEG"), "jpeg")
    damaged_exif = b"\xff\xe1" + struct.pack(">H", 40) + b"Exif\0\0II*\0\xff\xff\xff\x7f" + b"\xa5" * 24
    yield Sample("jpeg with a damaged exif block", plain[:2] + damaged_exif + plain[2:], "jpeg")
    yield Sample("jpeg with fill bytes", plain[:2] + b"\xff\xff\xff" + plain[2:], "jpeg")


def gray_jpegs(photos):
    for name, size, options in [("gray jpeg", (800, 600), {}), ("gray jpeg odd size", (301, 199), {}),
                                ("gray jpeg progressive", (480, 360), dict(progressive=True)),
                                ("gray jpeg with a gray profile", (320, 240), dict(icc_profile=icc_profiles.gray()))]:
        data = encode(photos.crop(*size).convert("L"), "JPEG", quality=90, **options)
        yield Sample(name, data, "jpeg", converted(Image.open(io.BytesIO(data)), tolerance=1))
    for name, options in [("gray jpeg sampled 2x2", ["-sample", "2x2"]), ("gray jpeg restart", ["-restart", "3B"])]:
        data = cjpeg(photos.crop(333, 250), "-grayscale", *options)
        yield Sample(name, data, "jpeg", converted(Image.open(io.BytesIO(data)), tolerance=1))
    data = encode(photos.crop(320, 240).convert("L"), "JPEG", quality=90, exif=exif(6))
    yield Sample("gray jpeg orientation 6", data, "jpeg", converted())


def cmyk_jpegs(photos):
    def ink(size):
        image = photos.crop(*size).convert("CMYK")
        black = photos.crop(*size).convert("L").point(lambda v: v // 4)
        return Image.merge("CMYK", (*image.split()[:3], black))

    adobe = b"\xff\xee\x00\x0eAdobe"
    for name, options in [("cmyk jpeg adobe 0", {}), ("cmyk jpeg progressive", dict(progressive=True)),
                          ("cmyk jpeg with a profile", dict(icc_profile=icc_profiles.cmyk())),
                          ("cmyk jpeg orientation 8", dict(exif=exif(8)))]:
        yield Sample(name, encode(ink((400, 300)), "JPEG", quality=92, **options), "jpeg", converted())
    bare = encode(ink((400, 300)), "JPEG", quality=92)
    at = bare.index(adobe)
    yield Sample("cmyk jpeg without adobe marker", bare[:at] + bare[at + 16:], "jpeg", converted())
    cyan, magenta, yellow, black = ink((400, 300)).split()
    luma = Image.merge("RGB", (cyan, magenta, yellow)).convert("YCbCr").split()
    ycck = encode(Image.merge("CMYK", (*map(ImageChops.invert, luma), black)), "JPEG", quality=92)
    at = ycck.index(adobe) + 15
    yield Sample("ycck jpeg adobe 2", ycck[:at] + b"\2" + ycck[at + 1:], "jpeg", converted())


def multi_picture(photos):
    first, second = photos.crop(480, 320), photos.crop(240, 160)
    data = encode(first, "MPO", save_all=True, append_images=[second], quality=90)
    yield Sample("mpo", data, "jpeg", converted(Image.open(io.BytesIO(data))))


def oriented(photos):
    for orientation, operation in ORIENTATION_OPERATIONS.items():
        for name, size, options in [("aligned", (320, 240), {}), ("odd", (317, 233), {}),
                                    ("aligned 4:4:4", (328, 232), dict(subsampling=0))]:
            data = encode(photos.crop(*size), "JPEG", quality=92, exif=exif(orientation), **options)
            expected = converted()
            if name != "odd" or orientation == 5:
                turned = Image.open(io.BytesIO(run(["jpegtran", "-perfect", "-copy", "none", *operation], data)))
                expected = converted(turned)
            yield Sample(f"jpeg orientation {orientation} {name}", data, "jpeg", expected)
    image = photos.crop(200, 151)
    data = encode(image, "PNG", exif=exif(6))
    yield Sample("png orientation 6", data, "png", converted(ImageOps.exif_transpose(Image.open(io.BytesIO(data)))))
    yield Sample("webp orientation 3", encode(image, "WEBP", quality=90, exif=exif(3)), "webp", converted())


def _channel(photos, size, depth):
    if depth < 16:
        gray = ImageOps.autocontrast(photos.crop(*size).convert("L"), 5)
        return [gray.point(lambda v: v >> (8 - depth)).tobytes()]
    return [photos.crop(*size).convert("L").tobytes(), photos.rng.randbytes(size[0] * size[1])]


def _transparency(photos, planes, color, depth):
    if color == png_encoder.PALETTE:
        return bytes(photos.rng.randrange(256) for _ in range(max(1, (1 << depth) * 3 // 4)))
    middle = len(planes[0]) // 2
    if depth == 16:
        return bytes(plane[middle] for plane in planes)
    return b"".join(struct.pack(">H", plane[middle]) for plane in planes)


def pngs(photos):
    names = {0: "gray", 2: "rgb", 3: "palette", 4: "gray+alpha", 6: "rgba"}
    depths = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
    for color, depth, interlace, with_trns in [(c, d, i, t) for c in names for d in depths[c] for i in (False, True)
                                                for t in ((False, True) if c in (0, 2, 3) else (False,))]:
        size = (131, 97) if interlace else (173, 129)
        planes = [plane for _ in range(png_encoder.CHANNELS[color]) for plane in _channel(photos, size, depth)]
        palette = photos.rng.randbytes(3 << depth) if color == png_encoder.PALETTE else b""
        trns = _transparency(photos, planes, color, depth) if with_trns else b""
        data = png_encoder.encode(planes, size, color, depth, interlace, palette, trns)
        mode, digest = png_encoder.expected_pixels(planes, color, depth, palette, trns)
        name = f"png {names[color]} {depth}" + " interlaced" * interlace + " tRNS" * with_trns
        expected = {"kind": "converted", "mode": mode, "pixels": digest}
        if depth == 8 and color == png_encoder.RGBA or depth == 8 and color == png_encoder.RGB and not with_trns:
            expected = {"kind": "kept"}
        elif depth == 8 and color == png_encoder.RGB:
            expected["kind"] = ["kept", "converted"]
        yield Sample(name, data, "png", expected)
    yield Sample("png large rgb", encode(photos.crop(640, 480), "PNG"), "png")
    yield Sample("png with bytes after the end", encode(photos.crop(90, 60), "PNG") + b"\0" * 7, "png")
    gray = photos.crop(640, 480).convert("L")
    yield Sample("png large gray", encode(gray, "PNG"), "png", converted(gray))
    profiled = photos.crop(200, 150).convert("L")
    yield Sample("png gray with a gray profile", encode(profiled, "PNG", icc_profile=icc_profiles.gray()), "png",
                 converted(profiled))
    palette = photos.crop(640, 480).quantize(200)
    yield Sample("png palette with a wide profile", encode(palette, "PNG", icc_profile=icc_profiles.wide_rgb()), "png",
                 converted(palette))
    yield Sample("png one pixel gray", encode(Image.new("L", (1, 1), 77), "PNG"), "png",
                 converted(Image.new("L", (1, 1), 77)))
    small = encode(photos.crop(120, 80), "PNG")
    text = bytearray(png_encoder.chunk(b"tEXt", b"Comment\0damaged"))
    text[-1] ^= 255
    yield Sample("png with a damaged text chunk", small[:33] + text + small[33:], "png",
                 {"kind": ["kept", "converted"], "mode": "RGB", "pixels": pixels(Image.open(io.BytesIO(small)))})


def animations(photos):
    frames = [photos.crop(160, 120) for _ in range(3)]
    mask = photos.crop(160, 120).convert("L")
    clear = [frame.copy() for frame in frames]
    for frame in clear:
        frame.putalpha(mask)
    for name, images, options in [("apng rgb", frames, {}), ("apng rgba", clear, {}),
                                  ("apng hidden default image", frames, dict(default_image=True)),
                                  ("apng palette", [f.quantize(64) for f in frames], {})]:
        data = encode(images[0], "PNG", save_all=True, append_images=images[1:], duration=100, **options)
        first = Image.open(io.BytesIO(data))
        yield Sample(name, data, "png", converted(first, "RGBA" if first.mode == "RGBA" else "RGB"))
    for name, images, mode in [("animated webp", frames, "any"), ("animated webp with alpha", clear, "RGBA")]:
        data = encode(images[0], "WEBP", save_all=True, append_images=images[1:], duration=100, quality=85)
        yield Sample(name, data, "webp", converted(mode=mode))


def webps(photos):
    clear = photos.crop(320, 240)
    clear.putalpha(photos.crop(320, 240).convert("L"))
    image = photos.crop(500, 375)
    plain = encode(image, "WEBP", quality=85)
    yield Sample("webp lossy", plain, "webp")
    yield Sample("webp lossless", encode(photos.crop(320, 240), "WEBP", lossless=True, method=0), "webp")
    yield Sample("webp lossy alpha", encode(clear, "WEBP", quality=85), "webp")
    yield Sample("webp lossless alpha", encode(clear, "WEBP", lossless=True, method=0), "webp")
    yield Sample("webp with exif and profile",
                 encode(image, "WEBP", quality=80, exif=exif(1), icc_profile=icc_profiles.wide_rgb()), "webp")
    yield Sample("webp with bytes after the end", plain + b"junk", "webp")


def over_limit(photos):
    for path in photos.over_limit[:2]:
        with open(path, "rb") as file:
            data = file.read()
        mode = Image.open(io.BytesIO(data)).mode
        yield Sample("photograph " + os.path.basename(path), data,
                     "png" if data.startswith(b"\x89") else "jpeg", {"kind": "shrunk", "mode": mode})
    tile, tiled = photos.noisy(1216, 864, 16), Image.new("RGB", (4 * 1216, 4 * 864))
    for number in range(16):
        tiled.paste(tile, (number % 4 * tile.width, number // 4 * tile.height))
    yield Sample("noisy jpeg", encode(tiled, "JPEG", quality=97), "jpeg", {"kind": "shrunk", "mode": "RGB"})
    image = photos.noisy(2700, 2000, 8)
    yield Sample("noisy opaque png", encode(image, "PNG", compress_level=1), "png", {"kind": "shrunk", "mode": "RGB"})
    clear = image.crop((0, 0, 2400, 1700))
    clear.putalpha(photos.rng.choice(photos.images).resize(clear.size).convert("L"))
    yield Sample("noisy rgba png", encode(clear, "PNG", compress_level=1), "png", {"kind": "shrunk", "mode": "RGBA"})
    large = photos.noisy(2900, 2100, 8)
    yield Sample("noisy lossless webp", encode(large, "WEBP", lossless=True, quality=0, method=0), "webp",
                 {"kind": "shrunk", "mode": "RGB"})
    gray = encode(large.convert("L").resize((5200, 4000)), "PNG", compress_level=1)
    yield Sample("large gray png", gray, "png", {"kind": ["shrunk", "converted"], "mode": "RGB"})


def good_images(photos):
    makers = (jpegs, gray_jpegs, cmyk_jpegs, multi_picture, oriented, pngs, animations, webps, over_limit)
    samples = [sample for maker in makers for sample in maker(photos)]
    for sample in samples:
        if "shrunk" in sample.expected["kind"] and len(sample.data) <= LIMIT_BYTES:
            raise SystemExit(f"{sample.name}: {len(sample.data)} bytes is not over the limit")
    return samples
