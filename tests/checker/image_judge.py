"""Compares one image of the output with the same image of the input: may it be written, and is it the same picture?"""
import base64
import binascii
import hashlib
import io
import os
import re
import sys
import urllib.parse
from dataclasses import dataclass, field
from PIL import Image
import image_reference as ref
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from store_files import body_of  # noqa: E402

CANONICAL = re.compile(r"data:image/(jpeg|png|webp);base64,([A-Za-z0-9+/]+={0,2})\Z")
DATA_URL = re.compile(r"data:[^,]*?;\s*base64\s*,", re.IGNORECASE)
SHRUNK_PSNR_DB, CMYK_PSNR_DB, RECODED_PSNR_DB, ALPHA_PSNR_DB = 30, 28, 30, 38


@dataclass
class Limits:
    image_bytes: int
    formats: tuple


@dataclass
class Verdict:
    kind: str
    mode: str = ""
    digests: dict = field(default_factory=dict)
    problems: list = field(default_factory=list)
    checks: int = 0
    is_shrunk: bool = False

    def check(self, good, problem):
        self.checks += 1
        if not good:
            self.problems.append(problem)
        return good


def is_link(url):
    return url[:8].lower().startswith(("http://", "https://"))


@dataclass
class Sources:
    """Where the images are that a line only names."""
    image_root: str | None = None
    store: str | None = None


def payload(url, sources):
    """The bytes that an accepted image value of the input stands for."""
    if is_link(url):
        return body_of(sources.store, url)
    if url[:5].lower() == "data:":
        text = re.sub(r"\s+", "", url[DATA_URL.match(url).end():]).rstrip("=")
        text = text.replace("-", "+").replace("_", "/")
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    path = urllib.parse.unquote(urllib.parse.urlsplit(url).path) if url.startswith("file:") else url
    with open(os.path.join(sources.image_root or ".", path), "rb") as file:
        return file.read()


def judge(url_in, url_out, token_is_same, sources, limits):
    verdict = Verdict("converted")
    try:
        _judge(verdict, url_in, url_out, token_is_same, sources, limits)
    except Exception as error:  # a broken image is a failure of the run, not of the checker
        verdict.check(False, f"cannot be compared: {type(error).__name__}: {error}")
    return verdict


def _judge(verdict, url_in, url_out, token_is_same, sources, limits):
    if is_link(url_in) and not sources.store:
        verdict.kind = "url"
        verdict.check(token_is_same, "a link was changed")
        return
    canonical = CANONICAL.match(url_out)
    if not verdict.check(canonical, f"not a canonical data URL: {url_out[:60]!r}"):
        return
    try:
        out = base64.b64decode(canonical[2], validate=True)
    except binascii.Error as error:
        verdict.check(False, f"base64: {error}")
        return
    verdict.check(base64.b64encode(out).decode() == canonical[2], "base64 is not canonical")
    verdict.check(ref.sniff(out) == canonical[1], f"declared {canonical[1]}, is {ref.sniff(out)}")
    image = _acceptable(verdict, out, limits)
    data = payload(url_in, sources)
    if data == out:
        verdict.kind = "kept" if token_is_same else "relabelled"
        facts = ref.examine(data, limits)
        verdict.check(not facts.needs, f"kept although its {facts.needs} is not acceptable")
        return
    facts = ref.examine(data, limits)
    verdict.is_shrunk = len(data) > limits.image_bytes
    verdict.kind = "shrunk" if verdict.is_shrunk else "converted"
    verdict.check(facts.needs or facts.may_change, "an acceptable image was changed")
    icc = image.info.get("icc_profile")
    verdict.check(not icc or icc[16:20] == b"RGB ", "carries a profile of another color space")
    verdict.digests = {mode: hashlib.sha256(image.convert(mode).tobytes()).hexdigest() for mode in ("RGB", "RGBA")}
    _same_picture(verdict, data, facts, out, image, limits)


def _acceptable(verdict, data, limits):
    verdict.check(len(data) <= limits.image_bytes, f"{len(data)} bytes are over the limit")
    image = Image.open(io.BytesIO(data))
    image.load()
    verdict.mode = image.mode
    verdict.check(image.format.lower() in limits.formats, f"format {image.format}")
    verdict.check(image.mode in ("RGB", "RGBA"), f"mode {image.mode}")
    verdict.check(getattr(image, "n_frames", 1) == 1, "more than one frame")
    verdict.check(image.getexif().get(274, 1) == 1, f"orientation {image.getexif().get(274)}")
    if image.format == "PNG":
        verdict.check(data[24] == 8 and data[25] in (2, 6), f"PNG depth {data[24]}, color type {data[25]}")
    return image


def _same_picture(verdict, data, facts, out, image, limits):
    plain, in_srgb = ref.reference(data, facts)
    has_alpha = plain.mode == "RGBA" and plain.getextrema()[3][0] < 255
    verdict.check(image.mode == "RGBA" or not has_alpha, "transparency was lost")
    verdict.check(image.format != "JPEG" or not has_alpha, "transparent pixels in a JPEG")
    if verdict.is_shrunk or image.size != plain.size:
        _shrunk(verdict, data, facts, out, image, in_srgb, limits)
    elif facts.format == "png" or facts.format is None and image.format == "PNG":
        _png(verdict, image, plain, in_srgb, limits)
    elif facts.needs == "components" and facts.orientation not in ref.OPERATIONS and \
            Image.open(io.BytesIO(data)).mode == "L":
        verdict.check(image.format == "JPEG" and ref.luma(out).tobytes() == ref.luma(data).tobytes(),
                      "gray JPEG: the coefficients were not kept")
        verdict.check(ref.largest_difference(image.convert("RGB"), plain) <= 1, "gray JPEG: another picture")
    elif facts.needs == "multi-picture" and facts.orientation not in ref.OPERATIONS:
        verdict.check(image.format == "JPEG" and image.tobytes() == plain.tobytes(), "MPO: not its first picture")
    else:
        _recoded(verdict, data, facts, image, in_srgb)


def _png(verdict, image, plain, in_srgb, limits):
    if image.convert("RGBA").tobytes() == plain.convert("RGBA").tobytes():
        verdict.check(True, "")
        return
    profiled = in_srgb is not plain and "icc_profile" not in image.info
    if profiled and verdict.check(_psnr(image, in_srgb) > RECODED_PSNR_DB, "PNG with a profile: another picture"):
        return
    fits = io.BytesIO()
    plain.save(fits, "PNG")
    if verdict.check(image.format != "PNG" and fits.tell() > 0.85 * limits.image_bytes,
                     f"PNG: pixels differ (PSNR {_psnr(image, plain):.1f} dB), a lossless result was possible"):
        verdict.check(_psnr(image, in_srgb) > SHRUNK_PSNR_DB, "PNG over the limit: another picture")


def _psnr(image, wanted):
    """Color is compared as it shows on black and white, where a transparent pixel's hidden color does not count."""
    if image.mode == wanted.mode == "RGB":
        return ref.psnr(image, wanted)
    pair = [one.convert("RGBA") for one in (image, wanted)]
    shown = []
    for ground in (0, 255):
        base = Image.new("RGBA", image.size, (ground, ground, ground, 255))
        shown.append(ref.psnr(*(Image.alpha_composite(base, one).convert("RGB") for one in pair)))
    return min(shown)


def _recoded(verdict, data, facts, image, in_srgb):
    lossless = None
    if facts.format == "jpeg" and facts.needs == "orientation":
        lossless = ref.turned_losslessly(data, facts.orientation)
    if lossless:
        verdict.check(image.tobytes() == lossless.tobytes(), "turned JPEG: not the same coefficients")
        return
    floor = CMYK_PSNR_DB if facts.format == "jpeg" and facts.needs == "components" else RECODED_PSNR_DB
    measured = _psnr(image, in_srgb)
    verdict.check(measured > floor, f"another picture: PSNR {measured:.1f} dB")
    if image.mode == "RGBA" and in_srgb.mode == "RGBA":
        measured = ref.psnr(image.getchannel("A"), in_srgb.getchannel("A"))
        verdict.check(measured > ALPHA_PSNR_DB, f"another alpha: PSNR {measured:.1f} dB")


def _shrunk(verdict, data, facts, out, image, in_srgb, limits):
    (w, h), (full_w, full_h) = image.size, in_srgb.size
    verdict.check(w <= full_w and h <= full_h and abs(w * full_h - h * full_w) <= max(full_w, full_h),
                  f"aspect ratio {full_w}x{full_h} became {w}x{h}")
    wanted = in_srgb if image.size == in_srgb.size else in_srgb.resize(image.size, Image.LANCZOS)
    measured = _psnr(image, wanted)
    verdict.check(measured > SHRUNK_PSNR_DB, f"shrunk: PSNR {measured:.1f} dB")
    if image.mode == "RGBA" and wanted.mode == "RGBA":
        measured = ref.psnr(image.getchannel("A"), wanted.getchannel("A"))
        verdict.check(measured > SHRUNK_PSNR_DB, f"shrunk: alpha PSNR {measured:.1f} dB")
    if facts.format == "jpeg":
        verdict.check(len(out) >= 0.85 * limits.image_bytes or _is_as_good_as_it_gets(data, image, wanted, limits),
                      f"only {len(out)} bytes of the limit are used")


def _is_as_good_as_it_gets(data, image, wanted, limits):
    """Quality 95 already fits, or the result has the source's own quantization."""
    own = Image.open(io.BytesIO(data)).quantization
    if image.format == "JPEG" and image.size == wanted.size and image.quantization[0] == own[0]:
        return True
    at_95 = io.BytesIO()
    wanted.convert("RGB").save(at_95, "JPEG", quality=95, subsampling=2)
    return at_95.tell() <= limits.image_bytes
