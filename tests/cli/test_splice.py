"""Which bytes of a line stay, and how image values are spelled afterwards."""
import base64
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import (ANSWER, CliTest, asked, image_line, image_urls, line, message, part_image, part_text, parts,
                     payload_of)
from pictures import TINY_PNG, TINY_URL, corners, data_url, encode

B64 = base64.b64encode(TINY_PNG).decode()
FORMATS = {"jpeg": encode(corners(8, 8), "JPEG"), "png": TINY_PNG, "webp": encode(corners(8, 8), "WEBP", lossless=True)}

QUESTION = '{"role":"user","content":[{"type":"image_url","image_url":{"url":"%s"}}]}'
UNTOUCHED = [text.encode() for text in (
    '{"id":7,"messages":[{"content":[{"image_url":{"detail":"low","url":"%s"},"type":"image_url"}],"role":"user"},'
    '{"weight":1,"role":"assistant","content":"a"}],"zz":[]}',
    '{ "messages" : [ { "role" : "user" , "content" : [ { "type" : "image_url" , "image_url" : { "url" : "%s" } } ] }'
    ' , { "role" : "assistant" , "content" : "a" } ] } ',
    '\t{"messages":\t[{"role":"user","content":[{"type":"image_url","image_url":{"url":\t"%s"\t}}]},' + ANSWER + ']}\t',
    '{"n":[1E400,-0,-0.0,1.0e+2,1e-7,0.10,123456789012345678901234567890,1E5,0e0],"messages":[' + QUESTION + "," +
    ANSWER + "]}",
    '{"messages":[' + QUESTION + r',{"role":"user","content":"\u0041\/\b\f\n\r\t\"\\ \ud83d\ude00 \u0000"},' + ANSWER +
    r'],"\u00e9\/":"\u00E9"}',
    '{"é":"ü","messages":[{"role":"user","content":"日本語 😀 \u2028 \x7f \ufeff"},' + QUESTION + "," + ANSWER + "]}",
    '{"a":{"b":[[[{"c":null}],true],false]},"":"","messages":[{"role":"user","name":"n","content":[{"x":1,'
    '"type":"image_url","y":[{}],"image_url":{"url":"%s","p":{"q":1}},"z":"t"}]},' + ANSWER + '],"a":2}',
    r'{"mess\u0061ges":[{"r\u006fle":"\u0075ser","content":[{"type":"image_url",'
    r'"image\u005furl":{"\u0075rl":"%s"}}]},' + ANSWER + "]}",
    '{"messages":[' + QUESTION + r',{"role":"user","content":[{"type":"text","text":"between"},{"type":"image_url",'
    r'"image_url":{"url":"https:\/\/example.com\/a.png"}}]},' + ANSWER + "]}",
)]


def replaced(template, text):
    return template.replace(b"%s", text.encode())


# spelling of the whole data URL, as JSON text, for the payload of TINY_PNG
SPELLINGS = {
    "wrong type": f"data:image/jpeg;base64,{B64}",
    "image/jpg": f"data:image/jpg;base64,{B64}",
    "no image type": f"data:application/octet-stream;base64,{B64}",
    "text type": f"data:text/plain;base64,{B64}",
    "missing type": f"data:;base64,{B64}",
    "image/*": f"data:image/*;base64,{B64}",
    "upper case type": f"data:IMAGE/PNG;base64,{B64}",
    "upper case scheme": f"DATA:image/png;base64,{B64}",
    "mixed case all": f"Data:Image/Png;Base64,{B64}",
    "upper case base64": f"data:image/png;BASE64,{B64}",
    "parameter": f"data:image/png;charset=utf-8;base64,{B64}",
    "two parameters": f"data:image/png;charset=utf-8;name=a.png;base64,{B64}",
    "parameter, no type": f"data:;charset=utf-8;base64,{B64}",
    "space after the comma": f"data:image/png;base64, {B64}",
    "escaped newline at the end": f"data:image/png;base64,{B64}\\n",
    "lines of 16": "data:image/png;base64," +
    "\\n".join(B64[i:i + 16] for i in range(0, len(B64), 16)), "lines of 76 with CRLF": "data:image/png;base64," +
    "\\r\\n".join(B64[i:i + 76] for i in range(0, len(B64), 76)), "lines of odd length": "data:image/png;base64," +
    "\\n".join(B64[i:i + 7] for i in range(0, len(B64), 7)), "spaces": "data:image/png;base64," +
    " ".join(B64[i:i + 5] for i in range(0, len(B64), 5)), "tabs": "data:image/png;base64," +
    "\\t".join(B64[i:i + 5] for i in range(0, len(B64), 5)), "newline as \\u000a": "data:image/png;base64," +
    "\\u000a".join(B64[i:i + 5]
                   for i in range(0, len(B64), 5)), "escaped slash in the type": f"data:image\\/png;base64,{B64}",
    "letters as \\u": "data:image/png;base64," +
    "".join(f"\\u{ord(c):04x}" for c in B64), "scheme as \\u": f"\\u0064ata:image/png;base64,{B64}",
    "comma as \\u": f"data:image/png;base64\\u002c{B64}",
    "missing padding": f"data:image/png;base64,{B64.rstrip('=')}",
}

# (name, bytes that are no JSON value of RFC 8259), hidden where nothing needs to look
BAD_VALUES = [
    ("leading zero", b"01"), ("minus leading zero", b"-01"), ("bare point", b"1."), ("no digit before point", b".5"),
    ("plus", b"+1"), ("bare exponent", b"1e"), ("exponent sign only", b"1e+"), ("bare minus", b"-"), ("NaN", b"NaN"),
    ("Infinity", b"Infinity"), ("minus Infinity", b"-Infinity"), ("hex", b"0x10"), ("two points", b"1.2.3"),
    ("True", b"True"), ("tru", b"tru"), ("truex", b"truex"), ("nul", b"nul"), ("None", b"None"),
    ("undefined", b"undefined"),
    ("word", b"hello"), ("single quotes", b"'x'"), ("backslash x", b'"\\x41"'), ("short u", b'"\\u12"'),
    ("u with no hex", b'"\\u12g4"'), ("backslash a", b'"\\a"'), ("escaped end", b'"\\"'),
    ("bare newline escape", b'"\\'),
    ("tab in string", b'"a\tb"'), ("NUL in string", b'"a\0b"'), ("control 1f in string", b'"\x1f"'),
    ("raw NUL", b"\0"), ("raw NUL after", b"1\0"), ("trailing comma in array", b"[1,]"),
    ("trailing comma in object", b'{"a":1,}'),
    ("leading comma", b"[,1]"), ("double comma", b"[1,,2]"), ("missing comma", b"[1 2]"), ("missing colon", b'{"a" 1}'),
    ("missing value", b'{"a":}'), ("number key", b"{1:2}"), ("bare key", b"{a:1}"), ("wrong bracket", b"[1}"),
    ("wrong brace", b'{"a":1]'), ("unclosed array", b"[1"), ("comment", b"1/*x*/"), ("line comment", b"1//x"),
    ("empty", b""), ("comma only", b","), ("colon twice", b'{"a"::1}'), ("form feed", b"\x0c1"),
    ("vertical tab", b"[1,\x0b2]"),
    ("no-break space", "\u00a01".encode()), ("BOM inside", "\ufeff1".encode()), ("deeply unclosed", b"[" * 100_000),
    ("two values", b"1 2"), ("space in number", b"- 1"), ("number then letter", b"1a"), ("string then letter", b'"a"b'),
]

BAD_LINES = [
    b"{", b"}", b"{}}", b"{}{}", b"{},", b"[{}", b'{"messages":', b'{"messages":[', b'{"messages":[{"role":"user"',
    b"nothing",
    asked('"q"')[:-1], asked('"q"') + b"}", asked('"q"') + b" x", asked('"q"') + b"," + asked('"r"'),
    asked('"q"') + asked('"r"'),
    b"," + asked('"q"'), asked('"q"')[1:], asked('"q"') + b"\0", b"\0" + asked('"q"'), b"\0", asked('"q') ,
    b"\xef\xbb\xbf{" + asked('"q"'),
    image_line(TINY_URL)[:-1], image_line(TINY_URL) + b"]", image_line(TINY_URL)[:len(image_line(TINY_URL)) // 2],
    asked(parts(part_image(TINY_URL)) + '"'), image_line(TINY_URL).replace(b'"image_url":{', b'"image_url":{,'),
    image_line(TINY_URL).replace(b'"}}', b'",}}'), image_line(TINY_URL).replace(b'"url":', b'"url"'),
    line(message("user", '"q"'), ANSWER + ","), asked(part_text() + "]"),
]

BAD_UTF8 = {
    "0xFF": b"\xff", "0xFE": b"\xfe", "lone continuation": b"\x80", "overlong slash": b"\xc0\xaf",
    "overlong C1": b"\xc1\xbf",
    "overlong of three": b"\xe0\x80\xaf", "overlong of four": b"\xf0\x80\x80\xaf", "high surrogate": b"\xed\xa0\x80",
    "low surrogate": b"\xed\xbf\xbf", "above 10FFFF": b"\xf4\x90\x80\x80", "F5": b"\xf5\x80\x80\x80",
    "five bytes": b"\xf8\x88\x80\x80\x80",
    "cut two": b"\xc3", "cut three": b"\xe2\x82", "cut four": b"\xf0\x9f\x98", "Latin-1": "é".encode("latin-1"),
}


class SpliceTest(CliTest):
    def check_written(self, sources, expected, *options):
        for source, want, outcome in zip(sources, expected, self.outcomes(sources, *options)):
            with self.subTest(line=source[:300]):
                self.assertEqual(outcome.reason, "written", outcome.record and outcome.record["detail"])
                self.assertEqual(outcome.written, want)

    def check_rejected(self, sources, reason):
        for (name, source), outcome in zip(sources, self.outcomes([source for _, source in sources])):
            with self.subTest(name=name, line=source[:200]):
                self.assertEqual(outcome.reason, reason)

    def test_canonical_line_is_copied(self):
        lines = [replaced(template, data_url(data, kind)) for template in UNTOUCHED for kind, data in FORMATS.items()]
        self.check_written(lines, lines)

    def test_only_the_image_value_changes(self):
        lines = [replaced(template, f"data:image/gif;base64,{B64}") for template in UNTOUCHED]
        self.check_written(lines, [replaced(template, TINY_URL) for template in UNTOUCHED])

    def test_bytes_around_a_converted_image_stay(self):
        gray = data_url(encode(corners(8, 8).convert("L"), "PNG"), "png")
        lines = [replaced(template, gray) for template in UNTOUCHED]
        for template, source, outcome in zip(UNTOUCHED, lines, self.outcomes(lines)):
            with self.subTest(line=source[:300]):
                head, tail = template.split(b"%s")
                self.assertEqual(outcome.reason, "written")
                self.assertTrue(outcome.written.startswith(head + b"data:image/png;base64,"))
                self.assertTrue(outcome.written.endswith(tail))
                self.assertNotEqual(outcome.written, source)

    def test_several_images_in_one_line(self):
        wrong, gray = f"data:image/gif;base64,{B64}", data_url(encode(corners(8, 8).convert("L"), "PNG"), "png")
        source = asked(parts(*[part_image(url) for url in (wrong, TINY_URL, gray, "http://e.com/a", wrong, TINY_URL)]))
        outcome, = self.outcomes([source])
        urls = image_urls(outcome.written)
        self.assertEqual(urls[:2] + urls[3:], [TINY_URL, TINY_URL, "http://e.com/a", TINY_URL, TINY_URL])
        self.assertEqual(outcome.written, source.replace(wrong.encode(), TINY_URL.encode())
                         .replace(gray.encode(), urls[2].encode()))

    def test_string_form_becomes_the_object_form(self):
        plain = '{"type":"image_url","image_url":%s}'
        spaced = '{ "image\\u005furl" : %s , "type" : "image_url" , "x" : 1 }'
        urls = {'"%s"' % TINY_URL: '{"url":"%s"}' % TINY_URL,
                '"data:image/jpg;base64,%s"' % B64: '{"url":"%s"}' % TINY_URL,
                '"https://example.com/a.png"': '{"url":"https://example.com/a.png"}'}
        lines = [asked(parts(part_text(), form % url)) for form in (plain, spaced) for url in urls]
        self.check_written(lines, [asked(parts(part_text(), form % url)) for form in (plain, spaced)
                                   for url in urls.values()])

    def test_spellings_of_data_urls(self):
        lines = [image_line(url) for url in SPELLINGS.values()]
        for name, outcome in zip(SPELLINGS, self.outcomes(lines)):
            with self.subTest(name):
                self.assertEqual(outcome.reason, "written", outcome.record and outcome.record["detail"])
                self.assertEqual(outcome.written, image_line(TINY_URL))

    def test_payload_lengths_alphabets_and_escapes(self):
        """Bytes after the end are tolerated, which gives payloads of every length modulo 3 and with every digit."""
        tail = bytes((i * 37) % 256 for i in range(200)) + bytes([0xFB, 0xFF, 0xBF, 0xFE]) * 8
        for kind, data in FORMATS.items():
            lines, payloads = [], []
            for extra in (1, 2, 3, 4, 5, 63, 64, 65, 120, 200, 230, 231, 232):
                text = base64.b64encode(data + tail[:extra]).decode()
                for spelled in (text, text.rstrip("="), text.replace("/", "\\/"),
                                text.replace("+", "-").replace("/", "_"),
                                text.replace("+", "-").replace("/", "_").rstrip("="), text.replace("+", "\\u002B"),
                                "\\r\\n".join(text[i:i + 60] for i in range(0, len(text), 60))):
                    lines.append(image_line(f"data:image/{kind};base64,{spelled}"))
                    payloads.append(data + tail[:extra])
            for source, payload, outcome in zip(lines, payloads, self.outcomes(lines)):
                with self.subTest(line=source[:400]):
                    self.assertEqual(outcome.reason, "written", outcome.record and outcome.record["detail"])
                    found, decoded = payload_of(image_urls(outcome.written)[0])
                    self.assertEqual(found, kind)
                    self.assertTrue(decoded in (payload, data),
                                    "neither the whole payload nor the image without its tail")
                    self.assertEqual(outcome.written, image_line(data_url(decoded, kind)))

    def test_http_urls_are_kept(self):
        lines = [image_line(url) for url in ("http://example.com/a.png", "https://example.com/a.png?x=%20&y=1#f",
                                             "https:\\/\\/example.com\\/a.png", "https://example.com/\\u00e9.png",
                                             "https://example.com/é.png", "HTTP://example.com/A.PNG",
                                             "https://e.com/data:image/png")]
        self.check_written(lines, lines)

    def test_line_ends(self):
        lines = [asked('"q%d"' % i) for i in range(4)]
        result = self.convert(lines[0] + b"\r\n" + b"\r\n\n" + lines[1] + b"\n  \t \n" + lines[2] + b"\r\n \r\n" +
                              lines[3])
        self.assertEqual([written.removesuffix(b"\r") for written in result.written], lines)
        self.assertEqual((result.counts["lines"], result.counts["blank"]), (8, 4))
        for written in result.written:
            json.loads(written)

    def test_blank_lines_only(self):
        result = self.convert(b"\n\n \n\t\n\r\n ")
        self.assertEqual((result.counts["lines"], result.counts["blank"], result.shards), (6, 6, {}))

    def test_byte_order_mark_is_skipped(self):
        self.assertEqual(self.convert(b"\xef\xbb\xbf" + asked('"q"') + b"\n").written, [asked('"q"')])

    def test_last_line_without_newline(self):
        for data in (asked('"q"'), asked('"p"') + b"\n" + asked('"q"')):
            self.assertEqual(self.convert(data).written, data.split(b"\n"))

    def test_rejected_last_line_without_newline(self):
        result = self.convert(asked('"q"') + b"\n{")
        self.assertEqual((result.reasons, result.rejected[0]["raw"]), (["invalid_json"], "{"))

    def test_identical_lines_are_all_written(self):
        lines = [image_line(TINY_URL)] * 5
        self.check_written(lines, lines)

    def test_invalid_values_where_nothing_needs_to_look(self):
        image = image_line(TINY_URL)[:-1]
        sources = []
        for name, value in BAD_VALUES:
            sources += [(name, asked('"q"')[:-1] + b',"x":' + value + b"}"),
                        (name, b'{"x":' + value + b"," + asked('"q"')[1:]),
                        (name, image + b',"x":[' + (value or b",") + b"]}"),
                        (name, b'{"messages":[{"role":"user","content":"q","x":{"y":' + value +
                         b'}},{"role":"assistant","content":"a"}]}'),
                        (name, b'{"messages":[{"role":"user","content":[{"type":"text","text":"q","x":' + value +
                         b'}]},{"role":"assistant","content":"a"}]}')]
        self.check_rejected(sources, "invalid_json")

    def test_invalid_lines(self):
        self.check_rejected([("whole line", source) for source in BAD_LINES], "invalid_json")

    def test_line_feed_inside_a_string_makes_two_broken_lines(self):
        head, tail = asked('"a b"').split(b" ")
        self.assertEqual(self.convert(head + b"\n" + tail + b"\n").reasons, ["invalid_json"] * 2)

    def test_valid_but_unusual_values(self):
        values = [b"1E400", b"-0", b"0.0", b"-1.5e-10", b"1e05", b'"\\ud83d\\ude00"', b'"\\/"', b'"\x7f"',
                  b'{"":{"":[]}}', b"[[],[[]],{}]",
                  b"[ ]", b"{ }", b"[\t1\t,\t2\t]", b"123456789012345678901234567890123456789.5",
                  b'"' + b"\\\\" * 999 + b'"', b'"\\\\\\""',
                  "\"\U0010ffff\uffff\ue000\u07ff\"".encode(), b"[" * 200 + b"]" * 200,
                  b'{"a":' * 200 + b"1" + b"}" * 200]
        lines = [asked('"q"')[:-1] + b',"x":' + value + b"}" for value in values]
        lines += [b'{"x":' + value + b"," + image_line(TINY_URL)[1:] for value in values]
        self.check_written(lines, lines)

    def test_deep_nesting_ends_neither_the_run_nor_the_line_silently(self):
        deep = asked('"q"')[:-1] + b',"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
        one, other, last = self.outcomes([deep, b"[" * 1_000_000 + b"]" * 1_000_000, asked('"q"')])
        self.assertIn(one.reason, ("written", "invalid_json"))
        self.assertEqual(one.written or deep, deep)
        self.assertIn(other.reason, ("not_an_object", "invalid_json"))
        self.assertEqual(last.reason, "written")

    def test_lone_surrogate_escape_is_rejected_and_never_altered(self):
        for escape in ('"\\ud800"', '"\\udc00"', '"\\ud800\\ud800"', '"\\ud800x"'):
            source = asked(escape)
            outcome, = self.outcomes([source])
            self.assertEqual((outcome.reason, outcome.record["raw"].encode()), ("lone_surrogate", source))

    def test_invalid_utf8(self):
        sources = []
        for name, data in BAD_UTF8.items():
            sources += [(name, asked('"q@"').replace(b"@", data)), (name, asked('"q"')[:-1] + b',"x":"' + data + b'"}'),
                        (name, asked('"q"')[:-1] + b',"' + data + b'":1}'),
                        (name, asked('"' + "x" * 70 + '@"').replace(b"@", data)),
                        (name, b'{"x":"' + data + b'",' + image_line(TINY_URL)[1:])]
        self.check_rejected(sources, "invalid_utf8")

    def test_utf8_at_every_place_of_a_block(self):
        lines = [asked('"%sé日😀"' % ("x" * length)) for length in range(130)]
        self.check_written(lines, lines)


if __name__ == "__main__":
    unittest.main()
