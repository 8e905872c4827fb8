"""The findings of a provider in an image URL: its scheme, its media type, how its base64 is spelled, its bytes."""
import base64
import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from payload_findings import UNREAD, payload_findings

KEPT_FORMATS = ("jpeg", "png", "webp")
URL_CHARACTERS = 13_981_036
ANYTHING = ()
BLANKS = " \t\n\r\f\u00a0\u200b\ufeff"
# JPEG, PNG, GIF, BMP, TIFF, WebP and ISO media begin so.
IMAGE_IN_BASE64 = r"/9j|iVBORw0K|R0lGOD|Qk|SUkq|TU0A|UklGR|AAAA"
# Of a URL with base64 in an odd place: it may be taken for one, but then its media type is not exact.
UNDERSTOOD_OR_NOT = ("bad_url", "bad_base64", "media_type", "url_spelling", "empty_image", "unknown_format",
                     "unsupported_format", "corrupt_image", "too_many_pixels", "heif", "gif", "bmp", "tiff", "jpeg_2000",
                     "jpeg_xl", "netpbm")


@dataclass
class UrlFindings:
    """Codes, or tuples of codes that all fit; `fault` is what makes the value useless, so that the rest is moot."""
    fault: tuple = ()
    required: list = field(default_factory=list)
    tolerated: list = field(default_factory=list)
    size: tuple = (0, 0)


def url_findings(url, rules):
    """`url` is the string's value; its escapes in JSON are the same to every reader and no finding."""
    found = UrlFindings()
    if rules.rewrites and len(url) > URL_CHARACTERS:
        found.required.append("url_too_long")
    bare = url.strip(BLANKS)
    if re.match(r"https?://.*[\0-\x1f\x7f]", bare, re.IGNORECASE | re.DOTALL):
        found.fault = ("bad_url",)
    elif re.match(r"https?://.", bare, re.IGNORECASE | re.DOTALL):
        if bare != url:
            found.required.append("url_spelling")
        if not rules.links:
            found.required.append("url_not_allowed")
    elif bare[:5].lower() == "data:":
        _data_url(url, bare, rules, found)
    elif "base64" in bare.partition(",")[0].lower() or re.match(IMAGE_IN_BASE64, bare):
        found.fault = UNDERSTOOD_OR_NOT
    else:
        found.fault = ("bad_url",)
    if found.fault:
        found.tolerated.append(ANYTHING)
    return found


def _data_url(url, bare, rules, found):
    head, comma, text = bare.partition(",")
    if not comma or "base64" not in head.lower():
        found.fault = ("bad_url", "bad_base64")
        return
    if not head.lower().endswith(";base64"):
        found.fault = UNDERSTOOD_OR_NOT
        return
    try:
        payload = decode_base64(re.sub(r"[ \t\n\r\f]", "", unquote(text, "latin-1")))
    except ValueError:
        found.fault = ("bad_base64",)
        return
    if payload:
        _payload(url, text, payload, rules, found)
    else:
        found.fault = ("empty_image",)


def decode_base64(digits):
    """Either alphabet, with or without padding; ValueError where no encoder could have written it."""
    body = digits.rstrip("=")
    if not re.fullmatch(r"[A-Za-z0-9+/_-]*", body) or len(body) % 4 == 1:
        raise ValueError("not base64")
    if len(digits) - len(body) > -len(body) % 4:
        raise ValueError("more padding than there is room for")
    return base64.b64decode(body.translate({ord("-"): "+", ord("_"): "/"}) + "=" * (-len(body) % 4))


def _payload(url, text, payload, rules, found):
    image = payload_findings(payload, rules.max_pixels)
    if image.refused:
        found.fault = image.refused
        return
    if image.kind in UNREAD:
        found.fault = (UNREAD[image.kind], "unsupported_format", "corrupt_image")
        return
    found.size = image.size
    found.required += sorted(image.codes)
    if rules.bake and image.orientation in range(2, 9):
        found.required.append("orientation")
    if image.kind not in KEPT_FORMATS:  # no media type fits these, and all of the value has to be replaced
        found.tolerated.append(("media_type", "base64_spelling", "image_too_large"))
        return
    canonical = base64.b64encode(payload).decode()
    prefix = f"data:image/{image.kind};base64,"
    if not url.startswith(prefix):
        found.required.append("media_type" if url[:5].lower() == "data:" else "url_spelling")
    if text != canonical or not url.endswith(canonical):
        found.required.append("base64_spelling")
    if image.kind == "webp" and not rules.webp:
        found.required.append("webp_format")
    if image.end > rules.image_bytes:
        found.required.append("image_too_large")
    elif len(payload) > rules.image_bytes:
        found.required.append("trailing_bytes")


def tokens(size, detail):
    """gpt-4o: 85 for the whole, and 170 for each tile of 512 once it fits 2048 x 2048 and 768 on the shorter side."""
    width, height = size
    if not width or not height:
        return 0
    if detail == "low":
        return 85
    scale = min(1, 2048 / max(width, height))
    scale *= min(1, 768 / (scale * min(width, height)))
    across, down = (max(1, -(-round(side * scale) // 512)) for side in size)
    return 85 + 170 * across * down
