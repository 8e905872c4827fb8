"""Seeded random changes to good lines: to the tree, to the images, to the text.

usage, for the line that a failed test names: line_mutations.py SEED NUMBER
"""
import json
import random
import re
import sys

sys.dont_write_bytecode = True
from base_lines import LINK, Node, Spelled, as_node, base_trees, copied, data_url, image, written  # noqa: E402
from sample_payloads import damaged, sound, to_convert, to_refuse  # noqa: E402

ROLES = ("system", "developer", "user", "assistant", "tool", "function", "human", "User", "", "assistant ")
TYPES = ("text", "image_url", "refusal", "input_audio", "file", "image", "Text", "")
KEYS = ("messages", "role", "content", "type", "image_url", "url", "detail", "text", "weight", "name", "tool_calls",
        "function_call", "tools", "tool_call_id", "arguments", "function", "Role", "a/b~c", "")
DETAILS = ("low", "high", "auto", "medium", "HIGH", "", None)
URLS = (LINK, "https://example.com/a%20b.png?x=1&y=[2]#z", "HTTPS://EXAMPLE.COM/A", "a.png", "", "/a.png",
        "file:///a.png", "ftp://example.com/a.png", "http:/x", "https:x", "//x", "data:", "data:image/png",
        "data:image/png;base64", "data:image/png;base64,", "data:image/png,%89PNG", "data:,x", "javascript:1",
        " http://example.com/a.png")
HEADS = ("data:image/jpg;base64,", "data:IMAGE/PNG;base64,", "DATA:image/png;base64,", "data:image/png;BASE64,",
         "data:;base64,", "data:image/png;charset=utf-8;base64,", "data:image/gif;base64,", "data:text/plain;base64,",
         "data:image/jpeg;base64,", "data:image/webp;base64,", "data:image/*;base64,", "data:image/png;base32,",
         "data:image/png;base64;a=b,", "data:image/png;base64 ,", "data:image/\u00e9;base64,",
         "data: image/png;base64,")
SCALARS = (None, True, False, Spelled("0"), Spelled("1"), Spelled("0.5"), Spelled("-0"), Spelled("1E0"), Spelled("1.0"), "", "x",
           "user")
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
STRAYS = ("!", "*", "%", ".", ",", ";", "#", "?", '"', "\\", "\u00e9", "\u00a0", "\0", "\x0b")
NOT_UTF8 = (b"\xff", b"\x80", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xc3")
NOT_JSON = (b"01", b"+1", b"NaN", b"tru", b"'", b"\\", b"\t", b"\x01", b"[" * 50, b"\xef\xbb\xbf", b"\\ud800", b"//",
            b"1.", b"-", b"\0", b"{}")


class Mutator:
    """The same seed gives the same lines."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.bases = base_trees()
        fair = {**sound(), **to_convert()}
        self.payloads = [*fair.values(), *to_refuse().values()]
        self.damaged = [data for _, data in damaged(fair)]
        self.in_tree = [self.drop, self.double, self.rename, self.retype, self.retype, self.role, self.part, self.part,
                        self.detail, self.wrap, self.top, self.message, self.weight, self.form, self.url, self.head,
                        self.head, *[self.respell] * 4, *[self.payload] * 8]
        self.in_text = [self.not_utf8, self.cut, self.delete, self.flip, self.append, self.not_json, self.insert]

    def line(self):
        value = self.odd_value() if self.rng.random() < 0.005 else copied(self.rng.choice(self.bases))
        changes = self.rng.choice((0, 1, 1, 1, 2, 2, 3))
        later = sum(self.rng.random() < 0.15 for _ in range(changes))
        for _ in range(changes - later):
            self.rng.choice(self.in_tree)(value)
        text = self.spelled(value)
        for _ in range(later):
            text = self.rng.choice(self.in_text)(text, self.place(text))
        return text if text.strip(b" \t\r\n") else b"{"  # a blank line is no line

    def spelled(self, value):
        style = self.rng.random()
        if style < 0.6:
            return written(value).encode()
        if style < 0.8:
            return written(value, space=lambda: self.rng.choice(("", "", " ", "\t", "  "))).encode()
        if style < 0.9:
            return (" " + written(value, spell=lambda text: json.dumps(text, ensure_ascii=False)) + "\t").encode()
        return written(value, spell=self.escaped).encode()

    def escaped(self, text):
        """Some letters of short strings as escapes, and in few data URLs."""
        share = 0.1 if len(text) < 60 else 0.002 if self.rng.random() < 0.05 else 0
        letters = (f"\\u{ord(c):04x}" if self.rng.random() < share else json.dumps(c)[1:-1] for c in text)
        return '"' + "".join(letters) + '"'

    def odd_value(self):
        return self.rng.choice((*SCALARS, [], Node(), ["x"], Node([["a", None]]), [Node()], [[]]))

    # Places.

    def of_type(self, value, kind):
        """Every Node, or every list that is none, from the top."""
        if isinstance(value, list):
            if type(value) is kind:
                yield value
            for item in ([item for _, item in value] if isinstance(value, Node) else value):
                yield from self.of_type(item, kind)

    def pairs(self, value, *keys):
        return [pair for node in self.of_type(value, Node) for pair in node if not keys or pair[0] in keys]

    def pick(self, found):
        found = list(found)
        return self.rng.choice(found) if found else None

    def data_pair(self, value):
        """A pair whose value is a data URL that is still as it was built."""
        return self.pick(pair for pair in self.pairs(value, "url", "image_url")
                         if type(pair[1]) is str and "," in pair[1] and len(pair[1]) > 60)

    def insert_at_random(self, items, item):
        items.insert(self.rng.randrange(len(items) + 1), item)

    def place(self, text):
        """Changes bytes outside base64: whether a flipped bit inside is damage depends on the decoder."""
        held = [match.span() for match in re.finditer(rb'[\w+/=-]{60,}|base64[^"]*,[^"]{60,}', text)]
        return self.rng.choice([at for at in range(len(text) + 1) if not any(a <= at <= b for a, b in held)])

    # Changes to the tree.

    def drop(self, value):
        place = self.pick(node for kind in (Node, list) for node in self.of_type(value, kind) if node)
        if place:
            place.pop(self.rng.randrange(len(place)))

    def double(self, value):
        """A key again: with its value, with another of the kind, with anything."""
        node = self.pick(node for node in self.of_type(value, Node) if node)
        if node:
            key, item = self.rng.choice(node)
            like = self.pick(other for _, other in self.pairs(value, key))
            self.insert_at_random(node, [key, copied(self.rng.choice((item, like, self.odd_value())))])

    def rename(self, value):
        pair = self.pick(self.pairs(value))
        if pair:
            pair[0] = self.rng.choice((*KEYS, pair[0].upper(), pair[0] + "x", pair[0][:-1]))

    def retype(self, value):
        pair = self.pick(self.pairs(value))
        if pair:
            pair[1] = self.odd_value()

    def role(self, value):
        pair = self.pick(self.pairs(value, "role"))
        if pair:
            pair[1] = self.rng.choice(ROLES)

    def part(self, value):
        """A part put in, and now and then one of another type."""
        content = self.pick(pair[1] for pair in self.pairs(value, "content") if type(pair[1]) is list)
        if content is None:
            return
        self.insert_at_random(content, self.rng.choice((
            as_node(image(data_url(self.rng.choice(self.payloads)))), as_node(image(self.rng.choice(URLS))),
            Node([["type", self.rng.choice(TYPES)], ["text", "x"]]), as_node({"type": "refusal", "refusal": "no"}),
            copied(self.pick(content)) if content else Node(), self.odd_value())))
        typed = self.pick(self.pairs(content, "type"))
        if typed and self.rng.random() < 0.2:
            typed[1] = self.rng.choice(TYPES)

    def detail(self, value):
        node = self.pick(pair[1] for pair in self.pairs(value, "image_url") if isinstance(pair[1], Node))
        if node is not None:
            node[:] = [pair for pair in node if pair[0] != "detail" or self.rng.random() < 0.2]
            self.insert_at_random(node, ["detail", self.rng.choice((*DETAILS, self.odd_value()))])

    def wrap(self, value):
        """A string content as a text part, a list as its first part or inside another list."""
        pair = self.pick(self.pairs(value, "content"))
        if pair and type(pair[1]) is str:
            pair[1] = [Node([["type", "text"], ["text", pair[1]]])]
        elif pair and type(pair[1]) is list and pair[1]:
            pair[1] = self.rng.choice(("was a list", pair[1][0], [pair[1]]))

    def top(self, value):
        if isinstance(value, Node):
            self.insert_at_random(value, [self.rng.choice(KEYS), self.odd_value()])

    def message(self, value):
        """A message put in, doubled, moved or exchanged for another."""
        messages = self.pick(pair[1] for pair in self.pairs(value, "messages") if type(pair[1]) is list)
        if not messages:
            return
        one = copied(self.pick(messages))
        if self.rng.random() < 0.3:
            one = Node([["role", self.rng.choice(ROLES)], ["content", self.rng.choice(("q", self.odd_value()))]])
        if self.rng.random() < 0.4:
            messages.pop(self.rng.randrange(len(messages)))
        self.insert_at_random(messages, one)

    def weight(self, value):
        node = self.pick(node for node in self.of_type(value, Node) if any(key == "role" for key, _ in node))
        if node:
            node.append([self.rng.choice(("weight", "weight", "name", "tool_calls")), self.odd_value()])

    # Changes to image values.

    def form(self, value):
        """The string form for the object form, and back."""
        pair = self.pick(self.pairs(value, "image_url"))
        if pair and isinstance(pair[1], str):
            pair[1] = Node([["url", pair[1]]])
        elif pair and isinstance(pair[1], Node) and pair[1]:
            pair[1] = pair[1][0][1]

    def url(self, value):
        pair = self.pick(pair for pair in self.pairs(value, "url", "image_url") if isinstance(pair[1], str))
        if pair:
            pair[1] = self.rng.choice(URLS)

    def head(self, value):
        pair = self.data_pair(value)
        if pair:
            head, _, text = pair[1].partition(",")
            pair[1] = self.rng.choice((*[self.rng.choice(HEADS)] * 5, head[:-1] + ",", head + ",,")) + text

    def payload(self, value):
        pair = self.data_pair(value)
        if pair and self.rng.random() < 0.25:
            pair[1] = data_url(self.rng.choice(self.damaged))
        elif pair:
            tail = self.rng.randbytes(self.rng.choice((1, 2, 30))) if self.rng.random() < 0.1 else b""
            pair[1] = data_url(self.rng.choice(self.payloads) + tail)

    def respell(self, value):
        """Base64 in nonstandard spellings, and base64 that no reader can decode."""
        pair = self.data_pair(value)
        if not pair:
            return
        head, _, text = pair[1].partition(",")
        body, at = text.rstrip("="), self.rng.randrange(len(text))
        other, width = text.replace("+", "-").replace("/", "_"), self.rng.choice((4, 7, 60, 76))
        broken = self.rng.choice(("\n", "\r\n", " ", "\t", "\f"))
        text = self.rng.choice((
            broken.join(text[i:i + width] for i in range(0, len(text), width)), text[:at] + broken + text[at:],
            text + "\n", " " + text, other, body, other.rstrip("="), text[:at] + self.rng.choice(STRAYS) + text[at:],
            text + "AAAA", body + "=" * self.rng.randrange(5), "=" + text, text[:at // 4 * 4 + 1],
            self.with_leftover_bits(text), self.with_leftover_bits(text), text))
        pair[1] = head + "," + text
        if self.rng.random() < 0.1:
            pair[1] = Spelled(json.dumps(pair[1]).replace("/", "\\/"))

    def with_leftover_bits(self, text):
        """The bits of the last digit that no byte takes, set."""
        body = text.rstrip("=")
        spare = {1: 3, 2: 15}.get(len(text) - len(body))
        if not spare or body[-1] not in DIGITS:
            return text
        return body[:-1] + DIGITS[DIGITS.index(body[-1]) | self.rng.randint(1, spare)] + text[len(body):]

    # Changes to the text.

    def not_utf8(self, text, at):
        return text[:at] + self.rng.choice(NOT_UTF8) + text[at:]

    def not_json(self, text, at):
        return text[:at] + self.rng.choice(NOT_JSON) + text[at:]

    def insert(self, text, at):
        return text[:at] + bytes([self.rng.choice(b'{}[]",:\\ abc019-.\x7f')]) + text[at:]

    def append(self, text, at):
        return text + self.rng.choice((b" ", b"\t", b",", b"}", b"{}", b"\0", b"]", b" 1"))

    def cut(self, text, at):
        return text[:at]

    def delete(self, text, at):
        return text[:at] + text[at + 1:]

    def flip(self, text, at):
        flipped = bytes(byte ^ 1 << self.rng.randrange(7) for byte in text[at:at + 1])
        return text[:at] + (b"#" if flipped in (b"\n", b"\r") else flipped) + text[at + 1:]


def lines(seed, count):
    mutator = Mutator(seed)
    return [mutator.line() for _ in range(count)]


if __name__ == "__main__":
    sys.stdout.buffer.write(lines(int(sys.argv[1]), int(sys.argv[2]))[-1] + b"\n")
