#!/usr/bin/python3
"""The independent provider rules against expectations written by a person."""
import base64
import dataclasses
import json
import pathlib
import sys
import unittest

from PIL import Image

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from base_lines import data_url, image, written, base_trees  # noqa: E402
from line_mutations import lines  # noqa: E402
from payload_findings import payload_findings  # noqa: E402
from provider_rules import PROFILES, judge  # noqa: E402
from sample_payloads import TINY_PNG, corners, damaged, encode, png_header, sound, to_convert, to_refuse  # noqa: E402
from url_findings import decode_base64, tokens  # noqa: E402
from verdict import Verdict, disagreements  # noqa: E402

OPENAI = PROFILES["openai"]
B64 = base64.b64encode(TINY_PNG).decode()
URL = data_url(TINY_PNG)
USER, ANSWER = {"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}
TEXT, LISTED = {"type": "text", "text": "x"}, {"role": "assistant", "content": [{"type": "text", "text": "a"}]}
PART = "/messages/0/content/0"
KINDS = {
    "jpeg arithmetic": "jpeg_arithmetic", "jpeg without its end": "jpeg_end_marker", "jpeg gray": "jpeg_grey",
    "jpeg cmyk": "jpeg_cmyk", "jpeg gray turned": "jpeg_grey orientation",
    "mpo": "jpeg_first_picture", "png palette": "png_palette", "png 1 bit": "png_grey", "png gray": "png_grey",
    "png gray alpha": "png_grey", "png gray 16": "png_16_bit png_grey", "png rgb 16": "png_16_bit",
    "apng": "png_animated", "apng palette turned": "orientation png_animated png_palette",
    "png wrong sum of a text": "png_metadata", "webp animated": "webp_animated", "gif": "gif", "bmp": "bmp",
    "bmp gray": "bmp", "tiff": "tiff", "tiff lzw": "tiff", "tiff turned": "orientation tiff",
    "jpeg 2000": "jpeg_2000", "ppm": "netpbm", "pgm": "netpbm",
    "JPEG turned": "orientation", "PNG turned": "orientation", "WEBP turned": "orientation"}
REFUSED = {
    "text": "unknown_format", "zeros": "unknown_format", "one byte": "unknown_format",
    "two components": "unsupported_format",
    "lossless JPEG": "unsupported_format", "12 bits": "unsupported_format",
    "signature alone": "corrupt_image", "no IDAT": "corrupt_image", "huge JPEG": "too_many_pixels",
    "huge PNG": "too_many_pixels", "wrong sum of IDAT": "corrupt_image"}
ODD = {
    "jpg_d_junklong_c.jpg": "", "jpg_d_sos_se0_c.jpg": "", "jpg_d_zerosbeoi_c.jpg": "", "jpg_ids_dup_jfif1.jpg": "",
    "jpg_exifv_hdr.jpg": "jpeg_metadata", "jpg_icc_short_al6.jpg": "jpeg_metadata orientation",
    "jpg_jfif_short.jpg": "jpeg_metadata", "jpg_psir_g.jpg": "jpeg_grey jpeg_metadata",
    "png_z_c0d8_anc_gama_short.png": "png_grey png_metadata",
    "png_z_c0d8_cinfo_small.png": "png_grey", "png_z_c2d8_anc_srgb_empty.png": "png_metadata",
    "png_z_c2d8_exif_two_1_6.png": "orientation", "png_z_c2d8_iend_crc.png": "png_metadata",
    "png_z_c2d8_rawexif_ztxt_o6.png": "orientation", "webp_x_exif6_la.webp": "orientation"}


def line(*messages, **more):
    return json.dumps({"messages": messages, **more}).encode()


def asked(*parts):
    return line({"role": "user", "content": list(parts)}, LISTED)


def spelled(url, text='{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"%s"}}]},%s]}'):
    """The URL as JSON text, as it stands."""
    return (text % (url, json.dumps(LISTED))).encode()


class OracleTest(unittest.TestCase):
    def told(self, text, rules=OPENAI):
        """What is wanted of the line, as sorted words: the same in every reading."""
        readings = judge(text, rules)
        self.assertEqual(readings[0].open, "")
        told, = {tuple(sorted(f"{'|'.join(one.codes)} {one.pointer}".strip() for one in verdict.wanted))
                 for verdict in readings}
        return list(told)

    def check(self, cases, rules=OPENAI):
        for wanted, text in cases:
            with self.subTest(line=text[:300], profile=rules.name):
                self.assertEqual(self.told(text, rules), sorted(wanted.split(", ") if wanted else []))


class StructureTest(OracleTest):
    def test_whole_lines(self):
        good = line(USER, ANSWER)
        self.check([("", good), ("", b" \t" + good + b" "), ("invalid_utf8 *", good.replace(b"q", b"\xff")),
                    ("invalid_utf8 *", b"{\xed\xa0\x80"), ("invalid_json *", good + b"}"),
                    ("invalid_json *", good[:-1]),
                    ("invalid_json *", good.replace(b'"q"', b"01")), ("invalid_json *", good.replace(b'"q"', b"NaN")),
                    ("invalid_json *", b"\xef\xbb\xbf" + good), ("not_an_object *", b"[]"), ("not_an_object *", b" 1")])
        self.check([("line_too_long *", b"x" * 301)], dataclasses.replace(OPENAI, line_bytes=300))

    def test_messages_and_roles(self):
        self.check([("bad_messages *", b"{}"), ("bad_messages /messages*", b'{"messages":[]}'),
                    ("bad_messages /messages*", b'{"messages":{"role":"user"}}'),
                    ("bad_messages /messages/1*", line(USER, 5, ANSWER)),
                    ("no_assistant *", line(USER)), ("bad_role /messages/0*", line({"content": "q"}, ANSWER)),
                    ("bad_role /messages/0*, bad_role /messages/2*, no_assistant *",
                     line({**USER, "role": "human"}, USER, {"role": 1, "content": "a"})),
                    ("", b'{"mess\\u0061ges":[{"r\\u006fle":"assist\\u0061nt","content":"a"}]}')])

    def test_content_and_weight(self):
        null = {"role": "assistant", "content": None}
        called = {**null, "tool_calls": [{"function": {"arguments": "{}"}}]}
        self.check([("", line(USER, called)),
                    ("", line(USER, {"role": "assistant", "function_call": {"arguments": ""}})),
                    ("bad_content /messages/1*", line(USER, null)),
                    ("bad_content /messages/1*", line(ANSWER, {"role": "user"})),
                    ("bad_content /messages/0*", line({**called, "role": "user"}, ANSWER)),
                    ("bad_content /messages/0*", line({"role": "user", "content": []}, ANSWER)),
                    ("bad_content /messages/0*", line({"role": "user", "content": {"type": "text"}}, ANSWER)),
                    ("", line(USER, {**ANSWER, "weight": 0})), ("", line(USER, {**ANSWER, "weight": 1})),
                    ("bad_weight /messages/1*", line(USER, ANSWER).replace(b'"a"', b'"a","weight":1.0')),
                    ("bad_weight /messages/1*", line(USER, {**ANSWER, "weight": 2})),
                    ("bad_weight /messages/1*", line(USER, {**ANSWER, "weight": True})),
                    ("bad_weight /messages/1*", line(USER, {**ANSWER, "weight": None})),
                    ("bad_weight /messages/1*", line(USER, {**ANSWER, "weight": "1"})),
                    ("bad_weight /messages/0*", line({**USER, "weight": 1}, ANSWER))])

    def test_parts(self):
        refusal = {"type": "refusal", "refusal": "no"}
        self.check([("bad_part /messages/0/content/1*, bad_part /messages/0/content/2*",
                     asked(TEXT, {"type": "input_audio"}, {"type": "file"})),
                    ("", line(USER, {**ANSWER, "content": [refusal]})),
                    (f"bad_part {PART}*", asked(refusal)), (f"bad_part {PART}*", asked({"type": "image_file"}, TEXT)),
                    (f"bad_part {PART}*, bad_part /messages/0/content/2*", asked("x", TEXT, {})),
                    (f"bad_part|bad_url {PART}*", asked({"type": "image_url"})),
                    (f"bad_part|bad_url {PART}*", asked({"type": "image_url", "image_url": {"url": 1}})),
                    ("", asked(*[image(URL, detail=detail) for detail in ("low", "high", "auto")])),
                    (f"bad_part {PART}*", asked(image(URL, detail="medium"))),
                    (f"bad_part {PART}*", asked(image("http://a/b", detail=None))),
                    (f"bad_part {PART}*, bad_url {PART}", asked(image("x", detail=1)))])

    def test_every_finding_of_a_line_is_told(self):
        self.check([("bad_role /messages/0*, bad_base64 /messages/1/content/0, unknown_format /messages/1/content/1, "
                     "bad_weight /messages/2*", line({**USER, "role": "x"}, {"role": "user", "content": [
                         image(URL + "AAAA"), image(data_url(b"hello")), image(URL)]}, {**ANSWER, "weight": 7}))])

    def test_number_of_images(self):
        many = [asked(*[image(URL)] * count) for count in (10, 11, 64, 65)]
        for profile, over in (("openai", 11), ("azure", 65), ("together", 11), ("fireworks", 99), ("none", 99)):
            self.check([("too_many_images *" if count >= over else "", text)
                        for count, text in zip((10, 11, 64, 65), many)], PROFILES[profile])

    def test_roles_of_images(self):
        by_assistant = line(USER, {"role": "assistant", "content": [image(URL)]})
        by_system = line({"role": "system", "content": [image(URL)]}, LISTED)
        self.check([("assistant_image /messages/1/content/0", by_assistant), ("", by_system)], PROFILES["none"])
        for profile in ("openai", "azure", "fireworks"):
            self.check([("assistant_image /messages/1/content/0", by_assistant)], PROFILES[profile])
        for profile in ("openai", "together", "fireworks"):
            self.check([(f"image_role {PART}", by_system)], PROFILES[profile])
        self.check([(f"image_role {PART}, no_user *", by_system)], PROFILES["azure"])

    def test_profile_none(self):
        self.check([("", b"{}"), ("", b'{"messages":3}'), ("", b'{"messages":[1]}'), ("", line(USER)),
                    ("not_an_object *", b"[]"),
                    ("", line({"role": "x", "content": [7, image(URL, detail="x")]})), ("invalid_json *", b"{"),
                    (f"bad_url {PART}", line({"content": [image("x")]})), ("", asked(image("http://a/b"))),
                    (f"png_palette {PART}", asked(image(data_url(to_convert()["png palette"]))))], PROFILES["none"])


class DuplicateTest(OracleTest):
    def test_on_the_path_to_an_image(self):
        part = json.dumps(image(URL))
        for pointer, text in (("/messages*", '{"messages":[%s],"messages":[{"role":"user","content":[@]}]}'),
                              ("/messages/0*", '{"messages":[{"role":"user","content":[@],"content":"q"},%s]}'),
                              ("/messages/0*", '{"messages":[{"role":"user","role":"user","content":[@]},%s]}')):
            self.check([("duplicate_key " + pointer, (text % json.dumps(ANSWER)).replace("@", part).encode())])
        self.check([(f"duplicate_key {PART}*", asked(image(URL)).replace(b'{"url"', b'{"url":"x","url"')),
                    (f"duplicate_key {PART}*",
                     asked(image(URL)).replace(b'"image_url":', b'"image_url":1,"image_url":')),
                    (f"duplicate_key|bad_part {PART}*",
                     asked(image(URL)).replace(b'"type":', b'"type":"text","type":', 1))])

    def test_elsewhere_either_reading_fits(self):
        for roles in ((b"user", b"x"), (b"x", b"user")):
            text = line(USER, ANSWER).replace(b'"role": "user"', b'"role":"%s","role":"%s"' % roles)
            self.assertEqual(sorted(len(verdict.wanted) for verdict in judge(text, OPENAI)), [0, 1])
        twice = line(USER, ANSWER)[:-1] + b',"messages":[]}'
        self.assertTrue(judge(twice, OPENAI)[0].open)
        self.assertIn("duplicate_key", str(judge(twice, PROFILES["together"])[0].wanted))
        self.check([("", line(USER, ANSWER)[:-1] + b',"x":1,"x":2}')])


class ImageTest(OracleTest):
    def test_urls(self):
        kept = [asked(image(url)) for url in ("http://a/b", "https://a/b c", "HTTPS://A")]
        self.check([("", text) for text in kept])
        for profile in ("together", "fireworks"):
            self.check([(f"url_not_allowed {PART}", text) for text in kept], PROFILES[profile])
        self.check([(f"bad_url {PART}", asked(image(url))) for url in (
            "", "a.png", "/a", "file:///a", "ftp://a", "http:/a", "http", "https://")])
        self.check([(f"url_spelling {PART}", asked(image(url))) for url in (" http://a/b", "https://a/b\n")])
        self.check([(f"bad_url|bad_base64 {PART}", asked(image(url)))
                    for url in ("data:", "data:,x", "data:image/png,x", "data:image/png;base64", "data:;base32,AAAA")])
        self.check([(f"url_object {PART}*", asked({"type": "image_url", "image_url": URL})),
                    (f"bad_url {PART}", asked({"type": "image_url", "image_url": "x"}))])

    def test_media_type(self):
        self.check([(f"media_type {PART}", spelled(head + B64)) for head in (
            "data:image/jpeg;base64,", "data:image/jpg;base64,", "data:IMAGE/PNG;base64,", "DATA:image/png;base64,",
            "data:;base64,", "data:image/png;BASE64,", "data:image/png;a=b;base64,", "data:text/plain;base64,")])
        self.check([("", spelled("data:image\\/png;base64," + B64)),
                    (f"base64_spelling {PART}, media_type {PART}", spelled("data:image/gif;base64, " + B64))])

    def test_base64(self):
        self.assertTrue(URL.endswith("g=="), "the last digit has four bits to spare")
        jpeg = data_url(sound()["jpeg"])
        escaped = spelled(jpeg[:30] + jpeg[30:].replace("/", "\\/"))
        head, _, text = jpeg.partition(",")
        other = spelled(head + "," + text.replace("+", "-").replace("/", "_"))
        self.check([(f"base64_spelling {PART}", spelled(f"data:image/png;base64,{text}")) for text in (
            B64.rstrip("="), B64[:8] + "\\n" + B64[8:], B64 + " ", B64[:5] + "\\t" + B64[5:])])
        self.check([("", text) for text in (escaped, spelled("data:image/png;base64,\\u0069" + B64[1:]))])
        self.check([(f"base64_spelling {PART}", text) for text in (other, spelled(URL[:-3] + "h=="))])
        self.check([(f"bad_base64 {PART}", spelled(f"data:image/png;base64,{text}")) for text in (
            "A", "AAAAA", "AA!A", "AA=A", "A===", "=AAA", B64 + "AAAA", "AAAA,AAAA", "AAA\u00e9",
            "AA%3", "AAA\\u0000")])
        self.check([(f"empty_image {PART}", spelled("data:image/png;base64," + text)) for text in ("", " ", "\\n")])

    def test_decode_base64(self):
        for text, data in (("", b""), ("-_-_", b"\xfb\xff\xbf"), ("+/", b"\xfb"), ("QUI", b"AB"), ("QUI=", b"AB")):
            self.assertEqual(decode_base64(text), data)

    def test_sound_payloads(self):
        for name, data in sound().items():
            text = asked(image(data_url(data)))
            webp = f"webp_format {PART}" if "webp" in name else ""
            for profile, rules in PROFILES.items():
                self.check([(webp if profile == "fireworks" else "", text)], rules)

    def test_payloads_to_convert(self):
        self.assertEqual(set(KINDS), set(to_convert()))
        for name, data in to_convert().items():
            codes = KINDS[name].split()
            self.check([(", ".join(f"{code} {PART}" for code in codes), asked(image(data_url(data))))])
            if "turned" in name:
                codes.remove("orientation")
                self.check([(", ".join(f"{code} {PART}" for code in codes), asked(image(data_url(data))))],
                           dataclasses.replace(OPENAI, bake=False))

    def test_payloads_to_refuse(self):
        self.assertEqual(set(REFUSED), set(to_refuse()))
        for name, data in to_refuse().items():
            self.check([(f"{REFUSED[name]} {PART}", asked(image(data_url(data))))])
        for name, data in damaged({**sound(), **to_convert()}):
            wanted = "unknown_format" if "signature" in name else "corrupt_image"
            self.check([(f"{wanted} {PART}", asked(image(data_url(data))))])

    def test_odd_files(self):
        for name, codes in ODD.items():
            data = (HERE.parent / "cli" / "odd" / name).read_bytes()
            self.check([(", ".join(f"{code} {PART}" for code in codes.split()), asked(image(data_url(data))))])

    def test_limits(self):
        data, tail = encode(corners(20, 20), "PNG"), bytes(7)
        at, below = (dataclasses.replace(OPENAI, image_bytes=len(data) - less) for less in (0, 1))
        gray = encode(corners(20, 20).convert("L"), "JPEG")
        self.check([("", asked(image(data_url(data)))),
                    (f"trailing_bytes {PART}", asked(image(data_url(data + tail))))], at)
        self.check([(f"image_too_large {PART}", asked(image(data_url(data + tail))))], below)
        self.check([(f"image_too_large {PART}, jpeg_grey {PART}", asked(image(data_url(gray))))],
                   dataclasses.replace(OPENAI, image_bytes=50))
        self.check([("", asked(image(data_url(data))))], dataclasses.replace(OPENAI, max_pixels=400))
        self.check([(f"too_many_pixels {PART}", asked(image(data_url(data))))],
                   dataclasses.replace(OPENAI, max_pixels=399))

    def test_tokens(self):
        """The examples of OpenAI's own pricing page, and sizes around a tile."""
        for size, detail, wanted in (((1024, 1024), "high", 765), ((2048, 4096), "high", 1105),
                                     ((4096, 8192), "low", 85), ((512, 512), None, 255), ((513, 512), "auto", 425),
                                     ((2048, 768), "high", 1445), ((1, 1), "high", 255), ((1, 9999), "high", 765),
                                     ((0, 0), "high", 0)):
            self.assertEqual(tokens(size, detail), wanted, (size, detail))
        self.assertEqual(payload_findings(png_header(2, 2), 9).refused, ("corrupt_image",))

    def test_context(self):
        wide = data_url(encode(Image.new("RGB", (2048, 768)), "WEBP", lossless=True))
        for count, wanted in ((45, ""), (46, "context *")):
            for profile in ("azure", "fireworks"):
                told = wanted if profile == "azure" else ", ".join(
                    f"webp_format /messages/0/content/{number}" for number in range(count))
                self.check([(told, asked(*[image(wide)] * count))], PROFILES[profile])


class TogetherTest(OracleTest):
    def check(self, cases, rules=PROFILES["together"]):
        super().check(cases, rules)

    def test_same_role(self):
        called = {"role": "tool", "content": "1", "tool_call_id": "c"}
        self.check([("same_role /messages/1", line(USER, USER, ANSWER)), ("", line(USER, ANSWER, USER, ANSWER)),
                    ("same_role /messages/1, same_role /messages/2", line(USER, USER, USER, ANSWER)),
                    ("bad_role /messages/1*", line({**USER, "name": "n"}, USER, ANSWER)),
                    ("bad_role /messages/1*", line(USER, {**USER, "name": "n"}, ANSWER)),
                    ("", line(USER, called, called, ANSWER)),
                    ("same_role|bad_role /messages/1*", line({**USER, "weight": 0}, {**USER, "weight": 0}, ANSWER)),
                    ("bad_role /messages/1*", line({**USER, "weight": 0}, USER, ANSWER))])

    def test_weights(self):
        pictured = {"role": "user", "content": [image(URL)]}
        self.check([("", line({**USER, "weight": 0}, {**ANSWER, "weight": 1})), ("", line(USER, ANSWER, weight=0.5)),
                    ("", line({**pictured, "weight": 0}, LISTED)),
                    ("bad_weight /messages/0*", line({**pictured, "weight": 1}, LISTED)),
                    ("bad_weight /messages/0*", line({**USER, "weight": 1.0}, ANSWER)),
                    ("bad_weight /weight*", line(USER, ANSWER, weight="1"))])

    def test_string_content(self):
        listed = {"role": "user", "content": [TEXT]}
        self.check([("", line(USER, ANSWER)), ("", line(listed, LISTED)),
                    ("string_content /messages/1/content", line(listed, ANSWER)),
                    ("string_content /messages/0/content, string_content /messages/2/content",
                     line({"role": "system", "content": "s"}, listed, ANSWER))])

    def test_unknown_key(self):
        self.check([("", line(USER, ANSWER, tools=[])), ("unknown_key /id", line(USER, ANSWER, id=1)),
                    ("unknown_key /a~1b~0c", line(USER, ANSWER, **{"a/b~c": 1})),
                    ("unknown_key /, unknown_key /Tools", line(USER, ANSWER, **{"": 1, "Tools": 2}))])

    def test_duplicates_without_images(self):
        self.check([("duplicate_key /messages/0*", line(USER, ANSWER).replace(b'"content": "q"', twice)) for twice in (
            b'"content":"q","content":"q"', b'"content":"q","role":"user"', b'"content":"q","role":"x"')])

    def test_url_too_long(self):
        for length, wanted in ((13_981_036, f"base64_spelling {PART}"),
                               (13_981_037, f"base64_spelling {PART}, url_too_long {PART}")):
            self.check([(wanted, asked(image(URL + " " * (length - len(URL)))))])


class ProviderTest(OracleTest):
    """The rows of the table of providers in which providers differ."""

    def test_roles(self):
        developer, function = {"role": "developer", "content": "d"}, {"role": "function", "content": "f"}
        system = {"role": "system", "content": "s"}
        for profile, rules in PROFILES.items():
            known = profile in ("openai", "none")
            self.check([("" if profile == "none" else "developer_role /messages/0/role", line(developer, USER, ANSWER)),
                        ("" if known else "bad_role /messages/1*", line(USER, function, ANSWER)),
                        ("bad_role /messages/1*" if profile == "fireworks" else "", line(USER, system, ANSWER)),
                        ("no_user *" if profile == "azure" else "", line(system, ANSWER))], rules)

    def test_parts_and_weights(self):
        refused = {"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]}
        asked_so = {"role": "user", "content": [TEXT]}
        for profile, rules in PROFILES.items():
            self.check([("" if profile in ("openai", "azure", "none") else "bad_part /messages/1/content/0*",
                         line(asked_so, refused)),
                        ("" if profile in ("together", "fireworks", "none") else "bad_weight /messages/0*",
                         line({**USER, "weight": 1}, ANSWER)),
                        ("" if profile in ("fireworks", "none") else "bad_weight /messages/1*",
                         line(USER, {**ANSWER, "weight": 1.0}))], rules)

    def test_tools(self):
        called = {"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]}
        answer = {"role": "tool", "content": "1"}
        for profile, rules in PROFILES.items():
            def bad(pointer):
                return "" if profile == "none" else f"bad_tool_call {pointer}*"
            self.check([("", line(USER, called, {**answer, "tool_call_id": "c"}, ANSWER, tools=[{}])),
                        (bad("/messages/2"), line(USER, called, answer, ANSWER)),
                        (bad("/tools"), line(USER, ANSWER, tools={})),
                        (bad("/messages/1/tool_calls"), line(USER, {**called, "tool_calls": {}}, ANSWER) if
                         profile != "together" else line(USER, {**called, "tool_calls": {}})),
                        (bad("/messages/1"), line(USER, {"role": "assistant", "function_call": {"arguments": {}}})),
                        (bad("/messages/1"), line(USER, {**called, "tool_calls": [{"function": {"arguments": {}}}]}))],
                       rules)


class MutationTest(unittest.TestCase):
    def test_the_same_seed_gives_the_same_lines(self):
        self.assertEqual(lines(5, 200), lines(5, 200))
        self.assertNotEqual(lines(5, 200), lines(6, 200))
        for text in lines(7, 2000):
            self.assertFalse(b"\n" in text or not text.strip(b" \t\r\n"), "one line each, and none is blank")

    def test_every_code_is_met(self):
        """A property that no line tests is not tested."""
        found = {name: {code for text in lines(8, 4000) for one in judge(text, rules)[0].wanted for code in one.codes}
                 for name, rules in PROFILES.items()}
        always = {*(word for codes in KINDS.values() for word in codes.split()), *REFUSED.values(), "invalid_utf8",
                  "invalid_json", "not_an_object", "duplicate_key", "assistant_image", "bad_url", "bad_base64",
                  "empty_image", "media_type", "base64_spelling", "url_object"}
        rules = {"bad_messages", "bad_role", "bad_content", "bad_part", "bad_weight", "bad_tool_call", "no_assistant",
                 "developer_role", "image_role"}
        for name, also in (("openai", rules | {"too_many_images"}), ("azure", rules | {"no_user"}), ("none", set()), (
                "fireworks", rules | {"image_role", "url_not_allowed", "webp_format"}), (
                "together", rules | {"too_many_images", "image_role", "url_not_allowed", "same_role", "string_content",
                                     "unknown_key"})):
            self.assertLessEqual(always | also, found[name], name)

    def test_bases_are_mostly_good(self):
        good = [tree for tree in base_trees() if not judge(written(tree).encode(), PROFILES["azure"])[0].wanted]
        self.assertGreater(len(good), 35)


class VerdictTest(unittest.TestCase):
    def test_differences_are_told_both_ways(self):
        verdict = Verdict()
        verdict.require(("bad_part", "bad_url"), "/a*")
        verdict.require("no_assistant", "*")
        verdict.tolerate("context", "*")
        self.assertEqual(disagreements([verdict], {("bad_url", "/a/url"), ("no_assistant", ""), ("context", "")}), [])
        self.assertEqual(len(disagreements([verdict], {("bad_url", "/ab"), ("no_assistant", "")})), 2)
        self.assertEqual(len(disagreements([verdict], set())), 2)

    def test_one_reading_has_to_fit(self):
        first, last = Verdict(), Verdict()
        first.require("bad_role", "/a")
        self.assertEqual(disagreements([last, first], set()), [])
        self.assertEqual(disagreements([last, first], {("bad_role", "/a")}), [])
        last.require("bad_content", "/b")
        self.assertEqual(disagreements([last, first], {("bad_content", "/b"), ("bad_role", "/a")}), [])
        self.assertEqual(len(disagreements([last, first], set())), 1)

    def test_what_is_moot_is_not_asked_for(self):
        verdict = Verdict()
        verdict.require("corrupt_image", "/a", firm=True)
        verdict.require("media_type", "/a")
        verdict.require("media_type", "/b")
        verdict.tolerate((), "/a*")
        self.assertEqual([one.pointer for one in verdict.wanted], ["/a", "/b"])
        self.assertEqual(disagreements([verdict], {("corrupt_image", "/a"), ("media_type", "/b")}), [])


if __name__ == "__main__":
    unittest.main()
