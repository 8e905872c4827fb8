"""Where the image values of a line stand, as byte spans; and a strict RFC 8259 reading of it."""
import json
import re
import sys
from dataclasses import dataclass

sys.set_int_max_str_digits(0)
_SPACE = re.compile(rb"[ \t\r\n]*")
_MARK = re.compile(rb'["\[\]{}]')
_SCALAR_END = re.compile(rb"[ \t\r\n,\]}]")


@dataclass
class ImageValue:
    """`start:end` is the whole value of image_url, `url_start:url_end` the string with its quotes."""
    pointer: str
    role: object
    start: int
    end: int
    url_start: int
    url_end: int
    url: str

    @property
    def is_string_form(self):
        return self.start == self.url_start


def _refuse(word):
    raise ValueError(word)


def parse(line):
    return json.loads(line.decode("utf-8"), parse_constant=_refuse)


def _skip_space(text, at):
    return _SPACE.match(text, at).end()


def string_end(text, at):
    quote = text.find(b'"', at + 1)
    while True:
        slashes = quote
        while text[slashes - 1] == 0x5C:
            slashes -= 1
        if (quote - slashes) % 2 == 0:
            return quote + 1
        quote = text.find(b'"', quote + 1)


def value_end(text, at):
    if text[at] == 0x22:
        return string_end(text, at)
    if text[at] not in b"[{":
        found = _SCALAR_END.search(text, at)
        return found.start() if found else len(text)
    depth = 0
    while True:
        at = _MARK.search(text, at).start()
        if text[at] == 0x22:
            at = string_end(text, at)
            continue
        depth += 1 if text[at] in b"[{" else -1
        at += 1
        if depth == 0:
            return at


def _items(text, at):
    at = _skip_space(text, at + 1)
    while text[at] not in b"]}":
        yield at
        at = _skip_space(text, value_end(text, at))
        if text[at] == 0x2C:
            at = _skip_space(text, at + 1)


def members(text, at):
    """(key, start of the value) of each member of the object at `at`; nothing where there is no object."""
    if text[at] != 0x7B:
        return
    at = _skip_space(text, at + 1)
    while text[at] != 0x7D:
        key_end = string_end(text, at)
        key = json.loads(text[at:key_end])
        start = _skip_space(text, _skip_space(text, key_end) + 1)
        yield key, start
        at = _skip_space(text, value_end(text, start))
        if text[at] == 0x2C:
            at = _skip_space(text, at + 1)


def elements(text, at):
    if text[at] == 0x5B:
        yield from enumerate(_items(text, at))


def _string(text, at):
    return json.loads(text[at:string_end(text, at)]) if text[at] == 0x22 else None


def _part_value(text, at, pointer, role):
    found = dict(members(text, at))
    if "type" not in found or "image_url" not in found or _string(text, found["type"]) != "image_url":
        return
    start = found["image_url"]
    url_start = start if text[start] == 0x22 else dict(members(text, start)).get("url")
    if url_start is not None and text[url_start] == 0x22:
        url_end = string_end(text, url_start)
        yield ImageValue(pointer, role, start, value_end(text, start), url_start, url_end,
                         json.loads(text[url_start:url_end]))


def image_values(text):
    """The image values of a valid line, in document order."""
    for key, messages in members(text, _skip_space(text, 0)):
        if key != "messages":
            continue
        for number, message in elements(text, messages):
            found = dict(members(text, message))
            role = _string(text, found["role"]) if "role" in found else None
            for index, part in elements(text, found["content"]) if "content" in found else ():
                yield from _part_value(text, part, f"/messages/{number}/content/{index}", role)
