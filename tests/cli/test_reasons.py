"""Each reason code, and the acceptable neighbors of each rule."""
import json
import os
import sys
import unittest
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import (ANSWER, PROFILES, DATA_URL_PROFILES, CliTest, answered, asked, line, message,
                     part_image, part_text, parts,
                     pointer_leads_somewhere)
from pictures import (TINY_PNG, TINY_URL, chunk, corners, data_url, encode, jpeg_of_size, jpeg_patch, png_header,
                      two_component_jpeg)

IMAGE = part_image(TINY_URL)
TEXT = part_text()
FIRST = "/messages/0"
IN_FIRST = "/messages/0/content/0"
IN_SECOND = "/messages/1/content/0"


def with_url(url):
    return asked(parts(part_image(url)))


def with_part(part):
    return asked(parts(TEXT, part))


def with_image(data, kind="png"):
    return with_url(data_url(data, kind))


# Rows: reason or reasons that fit; pointer, where "<prefix>*" takes anything at or below it and None anything; line.
STRUCTURE = [
    ("not_an_object", None, b"[]"),
    ("not_an_object", None, b'[{"messages":[]}]'),
    ("not_an_object", None, b'"messages"'),
    ("not_an_object", None, b"17"),
    ("not_an_object", None, b"null"),
    ("not_an_object", None, b" true "),
    ("bad_messages", None, b"{}"),
    ("bad_messages", None, b'{"Messages":[{"role":"assistant","content":"x"}]}'),
    ("bad_messages", None, b'{"a":{"messages":[{"role":"assistant","content":"x"}]}}'),
    ("bad_messages", "/messages*", b'{"messages":null}'),
    ("bad_messages", "/messages*", b'{"messages":[]}'),
    ("bad_messages", "/messages*", b'{"messages":[ ]}'),
    ("bad_messages", "/messages*", b'{"messages":{}}'),
    ("bad_messages", "/messages*", b'{"messages":"hello"}'),
    ("bad_messages", "/messages*", b'{"messages":3}'),
    ("bad_messages", "/messages*", b'{"mess\\u0061ges":[]}'),
    ("bad_messages", "/messages*", line('"hello"', ANSWER)),
    ("bad_messages", "/messages*", line(ANSWER, "null")),
    ("bad_messages", "/messages*", line(ANSWER, "[]")),
    ("bad_messages", "/messages*", line(ANSWER, "5")),
    *[("bad_role", FIRST + "*", line('{"role":%s,"content":"q"}' % role, ANSWER))
      for role in ('"human"', '"User"', '"USER"', '""', '"user "', '" user"', '"use"', '"users"', '"model"', '"bot"',
                   "null", "1", "true", "[]", "{}", '["user"]', '"user\\u0000"')],
    ("bad_role", FIRST + "*", line('{"content":"q"}', ANSWER)),
    ("bad_role", FIRST + "*", line("{}", ANSWER)),
    ("bad_role", FIRST + "*", line('{"Role":"user","content":"q"}', ANSWER)),
    ("bad_role", "/messages/1*", line(ANSWER, message("gpt", '"q"'))),
    *[("bad_content", FIRST + "*", asked(content))
      for content in ("null", "1", "0.5", "true", "false", "{}", "[]", "[ ]", IMAGE, TEXT)],
    ("bad_content", FIRST + "*", line('{"role":"user"}', ANSWER)),
    ("bad_content", FIRST + "*", line('{"role":"system","content":null}', ANSWER)),
    ("bad_content", FIRST + "*", line('{"role":"tool","tool_call_id":"1"}', ANSWER)),
    ("bad_content", FIRST + "*", line('{"role":"user","Content":"q"}', ANSWER)),
    ("bad_content", FIRST + "*", line(message("user", "null", ',"tool_calls":[{"id":"1"}]'), ANSWER)),
    ("bad_content", "/messages/1*", answered("null", ',"tool_calls":[ ]')),
    ("bad_content", "/messages/1*", answered("null", ',"tool_calls":[],"function_call":null')),
    ("bad_content", FIRST + "*", line(message("user", "null", ',"function_call":{"name":"f"}'), ANSWER)),
    ("bad_content", "/messages/1*", answered("null")),
    ("bad_content", "/messages/1*", answered("[]")),
    ("bad_content", "/messages/1*", answered("{}")),
    ("bad_content", "/messages/1*", line(message("user", '"q"'), '{"role":"assistant"}')),
    ("bad_content", "/messages/1*", answered("null", ',"tool_call":[{"id":"1"}]')),
    ("bad_content", "/messages/1*", answered("null", ',"x":{"tool_calls":[{"id":"1"}]}')),
    *[("bad_part", "/messages/0/content/1*", with_part(part))
      for part in ('"hi"', "null", "1", "true", "[]", "{}", '{"text":"hi"}', '{"type":null,"text":"hi"}', '{"type":1}',
                   '{"type":"Text","text":"hi"}', '{"type":"image_file","image":"x"}', '{"type":"video_url"}',
                   '{"type":"image_ur"}', '{"type":"image_urls"}', '{"type":""}', '{"Type":"text","text":"hi"}',
                   '{"type":["text"]}', '{"type":"refusal","refusal":"no"}',
                   part_image(TINY_URL, ',"detail":"medium"'), part_image(TINY_URL, ',"detail":"HIGH"'),
                   part_image(TINY_URL, ',"detail":""'), part_image(TINY_URL, ',"detail":1'),
                   part_image(TINY_URL, ',"detail":["low"]'), part_image(TINY_URL, ',"det\\u0061il":"medium"'),
                   part_image("http://example.com/a.png", ',"detail":"full"'),
                   '{"type":"image_url","image_url":{"detail":"full","url":"%s"}}' % TINY_URL)],
    ("bad_part", FIRST + "*", line(message("system", parts('{"type":"refusal","refusal":"no"}')), ANSWER)),
    *[("bad_weight", "/messages/1*", answered('"a"', ',"weight":%s' % weight))
      for weight in ("2", "-1", "0.5", "10", '"1"', "true", "false", "[]", "{}", "[1]", "1e5", "11")],
    ("bad_weight", "/messages/1*", answered('"a"', ',"w\\u0065ight":2')),
    *[("bad_weight", FIRST + "*", line(message(role, '"q"', ',"weight":1'), ANSWER))
      for role in ("user", "system", "tool")],
    ("bad_weight", FIRST + "*", line(message("user", '"q"', ',"weight":0'), ANSWER)),
    ("no_assistant", None, line(message("user", '"q"'))),
    ("no_assistant", None, line(message("user", parts(TEXT, IMAGE)))),
    ("no_assistant", None, line(message("system", '"s"'), message("user", '"assistant"'), message("function", '"t"'))),
    ("no_assistant", None, line(message("user", '"q"', ',"name":"assistant"'))),
]

DUPLICATES = [
    asked(parts(IMAGE), more=',"messages":[]'),
    asked(parts(IMAGE), more=',"messages":1'),
    asked(parts(IMAGE), more=',"m\\u0065ssages":{}'),
    b'{"messages":null,' + asked(parts(IMAGE))[1:],
    asked(parts(IMAGE), more=',"messages":[%s]' % ANSWER),
    asked(parts(IMAGE), more=',"mess\\u0061ges":[%s]' % ANSWER),
    b'{"messages":[%s],' % ANSWER.encode() + asked(parts(IMAGE))[1:],
    line('{"role":"user","content":%s,"content":"q"}' % parts(IMAGE), ANSWER),
    line('{"role":"user","content":"q","content":%s}' % parts(IMAGE), ANSWER),
    line('{"role":"user","content":%s,"c\\u006fntent":%s}' % (parts(TEXT), parts(IMAGE)), ANSWER),
    with_part('{"type":"image_url","image_url":{"url":"%s"},"image_url":{"url":"http://example.com/a.png"}}' %
              TINY_URL),
    with_part('{"type":"image_url","image_url":"%s","image_url":"%s"}' % (TINY_URL, TINY_URL)),
    with_part('{"image_url":"%s","type":"image_url","image\\u005furl":{"url":"%s"}}' % (TINY_URL, TINY_URL)),
    with_part('{"type":"image_url","image_url":{"url":"%s","url":"%s"}}' % (TINY_URL, TINY_URL)),
    with_part('{"type":"image_url","image_url":{"url":"%s","u\\u0072l":"http://example.com/a.png"}}' % TINY_URL),
    with_part('{"type":"image_url","image_url":{"url":"http://example.com/a.png","detail":"low","url":"%s"}}' %
              TINY_URL),
]

AVIF = b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf" + bytes(40)
TRUNCATED = TINY_PNG[:-20]
IMAGES = [
    ("assistant_image", IN_SECOND, answered(parts(IMAGE))),
    ("assistant_image", "/messages/1/content/1", answered(parts(TEXT, IMAGE))),
    ("assistant_image", IN_SECOND, answered(parts(part_image("https://example.com/a.png")))),
    ("assistant_image", IN_SECOND, answered(parts('{"type":"image_url","image_url":"%s"}' % TINY_URL))),
    ("assistant_image", IN_SECOND, answered(parts('{"image\\u005furl":{"url":"%s"},"type":"image_url"}' %
                                                     TINY_URL))),
    ("assistant_image", IN_SECOND, line(message("user", '"q"'), '{"content":%s,"role":"assistant"}' % parts(IMAGE))),
    ("assistant_image", IN_SECOND, line(message("user", '"q"'), message("\\u0061ssistant", parts(IMAGE)))),
    ("too_many_images", "*", asked(parts(*[IMAGE] * 11))),
    ("too_many_images", "*", asked(parts(*[part_image("http://example.com/a.png")] * 11))),
    ("too_many_images", "*", line(message("user", parts(*[IMAGE] * 6)), ANSWER, message("user", parts(*[IMAGE] * 5)))),
    *[("bad_url", IN_FIRST, with_url(url))
      for url in ("", " ", "ftp://example.com/a.png", "data", "data:", "data:image/png", "data:image/png;base64",
                  "a.png",
                  "/a.png", "file:///a.png", "http", "javascript:alert(1)", "blob:https://example.com/1",
                  "htp://a/b.png",
                  "//example.com/a.png", "s3://bucket/a.png")],
    ("bad_url", IN_FIRST, asked(parts('{"type":"image_url","image_url":"a.png"}'))),
    *[({"bad_url", "bad_part"}, IN_FIRST + "*", asked(parts(part)))
      for part in ('{"type":"image_url"}', '{"type":"image_url","image_url":null}',
                   '{"type":"image_url","image_url":{}}',
                   '{"type":"image_url","image_url":[]}', '{"type":"image_url","image_url":["%s"]}' % TINY_URL,
                   '{"type":"image_url","image_url":7}', '{"type":"image_url","image_url":{"url":null}}',
                   '{"type":"image_url","image_url":{"url":{}}}', '{"type":"image_url","image_url":{"URL":"%s"}}' %
                   TINY_URL,
                   '{"type":"image_url","url":"%s"}' % TINY_URL,
                   '{"type":"image_url","image_url":{"detail":"low"}}')],
    ({"bad_url", "bad_base64"}, IN_FIRST, with_url("data:image/png,%89PNG")),
    ({"bad_url", "bad_base64"}, IN_FIRST, with_url("data:image/png;base32,AAAA")),
    *[("bad_base64", IN_FIRST, with_url("data:image/png;base64," + text))
      for text in ("iVBORw0KGgo!", "iVBO*w0K", "iVBORw0K%2", "A", "AAAAA", "iVBORw0KG", "AAAA=AAA", "AA==AA==",
                   "iVBORw0KGgo=iVBORw0KGgo=", "AAA\\u0000", "AAA\\u00e9", "AAA.", "=AAA", "AA=A", "A===",
                   "AAAA,AAAA", "AAAA;AAAA", "AAAA#", "AAAA?x=1", "\\\"AAA", "AAA\\\\", "AAA\u00e9", "AAA\U0001f600")],
    ("bad_base64", IN_FIRST, with_url(TINY_URL + "iVBO")) if TINY_URL.endswith("=") else
    ("bad_base64", IN_FIRST, with_url(TINY_URL + "A")),
    ("empty_image", IN_FIRST, with_url("data:image/png;base64,")),
    ("empty_image", IN_FIRST, with_url("data:;base64,")),
    ("empty_image", IN_FIRST, with_url("data:image/jpeg;base64, \\n ")),
    ("unknown_format", IN_FIRST, with_image(b"hello, this is no image at all")),
    ("unknown_format", IN_FIRST, with_image(b"x")),
    ("unknown_format", IN_FIRST, with_image(bytes(64))),
    ("unknown_format", IN_FIRST, with_image(b"<html><body>404</body></html>", "jpeg")),
    ("unsupported_format", IN_FIRST,
     with_image(jpeg_patch(jpeg_patch(encode(corners(16, 16), "JPEG"), 0xC0, 4, 12), 0xC0, 1, 0xC1), "jpeg")),
    ("unsupported_format", IN_FIRST, with_image(jpeg_patch(encode(corners(16, 16), "JPEG"), 0xC0, 1, 0xC3), "jpeg")),
    ("unsupported_format", IN_FIRST, with_image(two_component_jpeg(), "jpeg")),
    # JPEG-LS by its frame (T.87).
    ("unsupported_format", IN_FIRST,
     with_image(encode(corners(16, 16), "JPEG").replace(b"\xff\xc0", b"\xff\xf7"), "jpeg")),
    ("unsupported_format", IN_FIRST, with_image(b"8BPS\0\1" + bytes(20), "jpeg")),
    ({"unsupported_format", "unknown_format"}, IN_FIRST, with_image(encode(corners(16, 16), "ICO"))),
    ({"unsupported_format", "corrupt_image"}, IN_FIRST, with_image(AVIF, "avif")),
    ("corrupt_image", IN_FIRST, with_image(TRUNCATED)),
    ("corrupt_image", IN_FIRST, with_image(TINY_PNG[:8])),
    ("corrupt_image", IN_FIRST, with_image(encode(corners(64, 64), "JPEG")[:500], "jpeg")),
    ("corrupt_image", IN_FIRST, with_image(encode(corners(64, 64), "WEBP")[:-30], "webp")),
    ("too_many_pixels", IN_FIRST,
     with_image(png_header(60000, 60000) + chunk(b"IDAT", zlib.compress(bytes(9))) + chunk(b"IEND", b""))),
    ("too_many_pixels", IN_FIRST,
     with_image(png_header(60000, 60000, 1, 0) + chunk(b"IDAT", zlib.compress(bytes(9))) + chunk(b"IEND", b""))),
    ("too_many_pixels", IN_FIRST, with_image(jpeg_of_size(60000, 60000), "jpeg")),
]
IMAGES_OF_MORE_FORMATS = [
    ("too_many_pixels", IN_FIRST, with_image(b"GIF89a" + b"\x60\xea\x60\xea" + encode(corners(4, 4), "GIF")[10:],
                                             "gif")),
    ("too_many_pixels", IN_FIRST,
     with_image(encode(corners(4, 4), "BMP")[:18] + b"\x60\xea\0\0\x60\xea\0\0" + encode(corners(4, 4), "BMP")[26:],
                "bmp")),
]

BAD64 = part_image("data:image/png;base64,!!!!")
BROKEN = part_image(data_url(TRUNCATED, "png"))
FIRST_WINS = [
    ("bad_role", FIRST + "*", line(message("x", '"q"'), message("user", "7"), ANSWER)),
    ("bad_content", FIRST + "*", line(message("user", "7"), message("x", '"q"'), ANSWER)),
    ("bad_part", "/messages/0/content/0*", line(message("user", parts('{"type":"x"}')), message("x", '"q"'))),
    ("bad_weight", FIRST + "*", line(message("assistant", '"a"', ',"weight":7'), message("user", "[]"))),
    ("bad_base64", "/messages/0/content/1", asked(parts(IMAGE, BAD64, BROKEN))),
    ("corrupt_image", "/messages/0/content/1", asked(parts(IMAGE, BROKEN, BAD64))),
    ("corrupt_image", "/messages/0/content/0", line(message("user", parts(BROKEN)), ANSWER,
                                                    message("user", parts(BAD64)))),
    ("bad_base64", "/messages/2/content/1", line(message("user", '"q"'), ANSWER, message("user", parts(TEXT, BAD64)))),
    ("bad_base64", "/messages/1/content/0", line(message("system", '"s"'), message("user", parts(BAD64, BAD64)),
                                                 ANSWER)),
    ("invalid_json", None, line(message("x", '"q"')) + b"}"),
    ("invalid_json", None, asked(parts(BAD64)) + b" 1"),
    ("invalid_json", None, asked("7", more=',"a":01')),
]

class ReasonTest(CliTest):
    def check(self, table, *options):
        lines = [row[2] for row in table]
        for (reason, where, source), outcome in zip(table, self.outcomes(lines, *options)):
            with self.subTest(line=source[:300], options=options):
                fitting = {reason} if isinstance(reason, str) else reason
                self.assertIn(outcome.reason, fitting)
                self.check_pointer(outcome.record.get("pointer"), where, source)
                self.assertTrue(outcome.record["detail"])

    def check_pointer(self, pointer, where, source):
        try:
            document = json.loads(source)
        except ValueError:
            return
        if pointer:
            self.assertTrue(pointer_leads_somewhere(pointer, document), pointer)
        if where and where.endswith("*"):
            prefix = where[:-1]
            self.assertTrue(not prefix or pointer == prefix or (pointer or "").startswith(prefix + "/"),
                            f"{pointer} is not at or below {prefix}")
        elif where:
            self.assertEqual(pointer, where)

    def test_structure(self):
        self.check(STRUCTURE)

    def test_duplicate_key_on_the_path_to_an_image(self):
        self.check([("duplicate_key", None, source) for source in DUPLICATES])

    def test_part_whose_type_is_told_twice_is_not_trusted(self):
        twice = '{"type":"%s","type":"%s","text":"x","image_url":{"url":"%s"}}'
        self.check([({"duplicate_key", "bad_part"}, None, with_part(twice % (one, other, TINY_URL)))
                    for one, other in (("text", "image_url"), ("image_url", "text"))])

    def test_images(self):
        self.check(IMAGES + IMAGES_OF_MORE_FORMATS)

    def test_first_in_document_order_is_reported(self):
        self.check(FIRST_WINS)

    def test_details_name_values_of_a_wrong_kind(self):
        said = {"[1,2]": "is an array;", '{"a":[1]}': "is an object;", "[]": "is an array;", "true": "is true;"}
        for value, words in said.items():
            sources = [line('{"role":%s,"content":"q"}' % value, ANSWER), asked(parts('{"type":%s}' % value)),
                       line(message("user", '"q"'), '{"role":"assistant","content":"a","weight":%s}' % value),
                       asked(parts('{"type":"image_url","image_url":{"url":"%s","detail":%s}}' % (TINY_URL, value)))]
            for record in self.convert(sources).rejected:
                with self.subTest(value, reason=record["reason"]):
                    self.assertIn(words, record["detail"])

    def test_details_are_one_line(self):
        brands = b"\0\0\0\x18ftypavis" + bytes(60)
        cut = b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf" + bytes(100)
        for record in self.convert([with_image(data, "avif") for data in (brands, cut)]).rejected:
            self.assertNotRegex(record["detail"], r"[\n.]$")

    def test_assistant_image_under_every_profile(self):
        for profile, reasons in (("azure", {"assistant_image"}), ("none", {"assistant_image"}),
                                 ("together", {"assistant_image"}), ("fireworks", {"assistant_image"})):
            self.check([(reasons, IN_SECOND, answered(parts(IMAGE)))], "--profile", profile)

    def test_image_role(self):
        for profile in PROFILES[:-1]:
            roles = ("system", "developer", "tool", *(["function"] if profile == "openai" else []))
            self.check([("image_role", IN_FIRST, line(message(role, parts(IMAGE)), message("user", '"q"'), ANSWER))
                        for role in roles], "--profile", profile)

    def test_url_not_allowed(self):
        for profile in DATA_URL_PROFILES:
            self.check([("url_not_allowed", IN_FIRST, with_url("http://example.com/a.png")),
                        ("url_not_allowed", IN_FIRST, with_url("https://example.com/a.png")),
                        ("url_not_allowed", IN_FIRST,
                         asked(parts('{"type":"image_url","image_url":"https://e.com/a"}')))],
                       "--profile", profile)
        for profile in ("azure", "none"):
            self.check_written_unchanged([with_url("https://example.com/a.png")], "--profile", profile)

    def test_number_of_images(self):
        many = asked(parts(*[IMAGE] * 11))
        self.check([("too_many_images", "*", many)])
        self.check([("too_many_images", "*", many)], "--profile", "together")
        self.check([("too_many_images", "*", asked(parts(*[IMAGE] * 65)))], "--profile", "azure")
        self.check([("too_many_images", "*", asked(parts(*[IMAGE] * 3)))], "--max-images-per-example", "2")
        self.check_written_unchanged([asked(parts(*[IMAGE] * 2))], "--max-images-per-example", "2")
        self.check_written_unchanged([many], "--max-images-per-example", "11")
        self.check_written_unchanged([many, asked(parts(*[IMAGE] * 64))], "--profile", "azure")
        self.check_written_unchanged([asked(parts(*[IMAGE] * 100))], "--profile", "fireworks")
        self.check_written_unchanged([asked(parts(*[IMAGE] * 100))], "--profile", "none")

    def test_profile_none_asks_for_json_and_images_only(self):
        self.check_written_unchanged([b"{}", b'{"prompt":"x"}', line(message("user", '"q"')),
                            line(message("human", '"q"'), ANSWER),
                            answered('"a"', ',"weight":7')], "--profile", "none")
        self.check([("not_an_object", None, b"[]"), ("invalid_json", None, b"{"),
                    ("bad_base64", IN_FIRST, with_url("data:image/png;base64,!!!!"))], "--profile", "none")

    def test_line_too_long(self):
        exact = asked('"%s"' % ("x" * (300 - len(asked('""')))))
        long = exact.replace(b"xx", b"xxx", 1)
        self.assertEqual((len(exact), len(long)), (300, 301))
        lines = [exact, long, asked('"q"'), b"x" * 5_000_000, asked('"r"'), b"\xff" * 400, exact]
        outcomes = self.outcomes(lines, "--max-line-bytes", "300")
        self.assertEqual([outcome.reason for outcome in outcomes],
                         ["written", "line_too_long", "written", "line_too_long", "written", "line_too_long",
                          "written"])
        for outcome in outcomes:
            if outcome.record:
                self.assertFalse({"raw", "raw_base64"} & set(outcome.record))

    def test_too_many_pixels_by_option(self):
        wide, square = (encode(corners(11, 10), kind) for kind in ("PNG", "JPEG")), encode(corners(10, 10), "PNG")
        self.check([("too_many_pixels", IN_FIRST, with_image(data)) for data in wide], "--max-pixels", "100")
        self.check_written_unchanged([with_image(square)], "--max-pixels", "100")

    def test_too_many_pixels_for_pillow(self):
        """PIL.Image.open raises DecompressionBombError for more than twice its MAX_IMAGE_PIXELS."""
        most = 2 * int(1024 ** 3 // 4 // 3)
        self.assertEqual(most, 178_956_970)
        data = chunk(b"IDAT", zlib.compress(bytes(9))) + chunk(b"IEND", b"")
        self.check([(reason, IN_FIRST, with_image(png_header(width, 10, 1, 0) + data))
                    for width, reason in ((most // 10, "corrupt_image"), (most // 10 + 1, "too_many_pixels"))])

    def test_cannot_fit(self):
        pictures = [TINY_PNG, encode(corners(16, 16), "JPEG"), encode(corners(16, 16), "WEBP"),
                    encode(corners(16, 16).convert("RGBA"), "PNG"), encode(corners(16, 16), "GIF")]
        # A single pixel, which cannot be made smaller.
        pictures += [encode(corners(16, 16).resize((1, 1)).convert(mode), kind)
                     for mode, kind in (("RGB", "JPEG"), ("L", "PNG"), ("RGBA", "PNG"), ("RGB", "WEBP"))]
        for profile in PROFILES:
            self.check([("cannot_fit", IN_FIRST, with_image(data)) for data in pictures], "--max-image-bytes", "16",
                       "--profile", profile)

    def test_example_too_large(self):
        exact = asked('"%s"' % ("x" * (999 - len(asked('""')))))
        outcomes = self.outcomes([exact, exact.replace(b"xx", b"xxx", 1), asked('"q"')], "--max-shard-bytes", "1000")
        self.assertEqual([outcome.reason for outcome in outcomes], ["written", "example_too_large", "written"])

    def test_detail_carries_the_numbers(self):
        record, = (outcome.record for outcome in self.outcomes([asked(parts(*[IMAGE] * 13))]))
        self.assertIn("13", record["detail"])
        self.assertIn("10", record["detail"])


if __name__ == "__main__":
    unittest.main()
