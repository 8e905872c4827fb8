"""Where a line stops being JSON: the byte that messages name is the one that Python's json module names."""
import json
import os
import random
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import CliTest, asked, image_line, line, message, part_image, part_text, parts
from pictures import TINY_URL

PLACE = re.compile(r"at byte (\d+) of (\d+)$")


class PythonsOwn(Exception):
    """NaN and Infinity, which Python reads."""


def refuse_constant(name):
    raise PythonsOwn(name)


def fault_of(data):
    """(code, byte) as Python finds them; None for what it reads."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return "invalid_utf8", error.start
    try:
        json.loads(text, parse_constant=refuse_constant)
    except json.JSONDecodeError as error:
        # Python takes a whole escape at the very end for a cut one.
        if error.msg.startswith("Invalid \\uXXXX") and re.search(r"\\u[0-9a-fA-F]{4}$", text[error.pos - 1:]):
            return fault_of(data + b" ")
        # Python counts characters, and names the u of a bad \uXXXX where it names the backslash of other escapes.
        characters = error.pos - error.msg.startswith("Invalid \\uXXXX")
        return "invalid_json", len(text[:characters].encode())
    return None


def sound_lines():
    return [
        asked('"plain"'),
        asked(parts(part_text("é漢🙂"), part_image(TINY_URL, ',"detail":"low"')), more=',"id":-12.5e+3,"t":[true,false,null,{}]'),
        line(message("user", r'"a\"b\\c\/d\u00e9\ud83d\ude00\n"'), message("assistant", '"é"', ',"weight":1')),
        b' { "messages" : [ ' + message("user", '"q"').encode() + b" ,\t" + message("assistant", '"a"').encode() + b' ] , "k" : [ [ ] , 0 , 1e5 ] } ',
        json.dumps({"messages": [{"role": "user", "content": "漢" * 40}, {"role": "assistant", "content": "x"}]},
                   ensure_ascii=False).encode(),
    ]


ODD_BYTES = [bytes([b]) for b in (*range(0, 10), *range(11, 32), 0x7F, 0x80, 0xC2, 0xE2, 0xED, 0xF0, 0xFF)] + [
    b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"'", b"0", b"-", b".", b"e", b"tru", b"\\u12", b"\\ud83d", b"\\x",
    "é".encode(), "\u00a0".encode(), b" ", b"//", b"None", b"True"]


def mutated(random_, data):
    data = bytearray(data)
    for _ in range(random_.choice((1, 1, 1, 2, 3))):
        at = random_.randrange(len(data) + 1)
        kind = random_.randrange(4)
        if kind == 0:
            data[at:at] = random_.choice(ODD_BYTES)
        elif kind == 1:
            del data[at:at + random_.choice((1, 1, 2, 7))]
        elif kind == 2:
            data[at:at + 1] = random_.choice(ODD_BYTES)
        else:
            del data[at:]
        if not data:
            break
    return bytes(data)


class JsonFaults(CliTest):
    def check_lines(self, lines):
        outcomes = self.outcomes(lines)
        for source, outcome in zip(lines, outcomes):
            wanted = fault_of(source)
            found = outcome.record
            if wanted is None:
                self.assertNotIn(outcome.reason, ("invalid_json", "invalid_utf8"), source)
                continue
            self.assertIsNotNone(found, source)
            place = PLACE.search(found["detail"])
            self.assertIsNotNone(place, found["detail"])
            self.assertEqual((found["reason"], int(place[1]), int(place[2])), (*wanted, len(source)), (source, found["detail"]))

    def test_byte_of_every_fault_is_the_one_python_names(self):
        random_ = random.Random(7)
        lines, faults = [], 0
        while faults < 6000:
            data = mutated(random_, random_.choice(sound_lines()))
            if b"\n" in data or data.endswith(b"\r") or not data.strip(b" \t\r") or data.startswith(b"\xef\xbb\xbf"):
                continue
            try:
                faults += fault_of(data) is not None
            except PythonsOwn:
                continue
            lines.append(data)
        self.check_lines(lines)

    def test_byte_of_a_control_character(self):
        for code in [*range(0x00, 0x0A), *range(0x0B, 0x20)]:
            data = asked('"é%s"' % chr(code))
            with self.subTest(code=code):
                record = self.outcomes([data])[0].record
                at = data.index(bytes([code]))
                self.assertIn(f"U+{code:04X}", record["detail"])
                self.assertTrue(record["detail"].endswith(f"at byte {at} of {len(data)}"), record["detail"])

    def test_faults_far_into_a_long_line(self):
        for bad in (b"\x01", b"\\q", b"\xff"):
            data = asked('"%s"' % ("é" * 700_000)).replace(b'"assistant"', b'"assi' + bad + b'stant"')
            self.check_lines([data])

    def test_names_what_python_writes_and_json_has_not(self):
        for source, word in ((b"{'messages':[]}", "single quote"), (b'{"a":None}', "None"), (b'{"a":True}', "True"),
                             (b'{"a":NaN}', "NaN")):
            self.assertIn(word, self.outcomes([source])[0].record["detail"])

    def test_deep_nesting_is_said_where_it_becomes_too_deep(self):
        record = self.outcomes([b'{"a":' + b"[" * 3000])[0].record
        self.assertIn("nested too deeply, at byte", record["detail"])
        self.assertLess(int(PLACE.search(record["detail"])[1]), 1200)


SURROGATES = [
    (r"\ud83d", True), (r"\uD83D", True), (r"\ude00", True), (r"\uDE00", True), (r"\ude00\ud83d", True), (r"\ud83d\ud83d\ude00", True),
    (r"\ud83d\ude00\ude00", True), (r"\ud83d\u0041", True), (r"\ud83d\n", True), (r"\ud83dude00", True), (r"\uDBFF", True), (r"\uDC00", True),
    (r"\ud83d\ude00", False), (r"\uD83D\uDE00", False), (r"\ud7ff", False), (r"\ue000", False), (r"\\ud83d", False), (r"\\\\ud83d", False),
    (r"\ud83d\ude00\ud83d\ude00", False), (r"\uffff", False), ("\U0001f600", False)]


class LoneSurrogates(CliTest):
    """Whether Python can write the strings of a line as UTF-8 decides."""

    def lines(self):
        for escape, _ in SURROGATES:
            yield asked('"%s"' % escape)
            yield asked('"a%sb"' % escape)
            yield asked(parts('{"type":"text","text":"%s"}' % escape, part_image(TINY_URL)))
            yield asked('"q"', more=',"skipped":{"deep":["%s"]}' % escape)
            yield asked('"q"', more=',"%s":1' % escape)
            yield line(message("user", '"q"', ',"name":"%s"' % escape), message("assistant", '"a"'))

    def test_line_is_rejected_where_a_string_cannot_be_written_as_utf8(self):
        lines = list(self.lines())
        for profile in ("openai", "none"):
            for source, outcome in zip(lines, self.outcomes(lines, "--profile", profile)):
                try:
                    json.dumps(json.loads(source), ensure_ascii=False).encode()
                    wanted = "written"
                except UnicodeEncodeError:
                    wanted = "lone_surrogate"
                self.assertEqual(outcome.reason, wanted, source)

    def test_message_names_the_escape_its_byte_and_where_it_stands(self):
        source = asked(parts(part_text(), '{"type":"text","text":"x \\ud83d y"}'))
        record = self.outcomes([source])[0].record
        self.assertEqual(record["pointer"], "/messages/0/content/1")
        self.assertIn(r"\ud83d", record["detail"])
        self.assertIn(f"at byte {source.index(b'ud83d') - 1}", record["detail"])
        self.assertEqual(self.outcomes([asked('"q"', more=',"k":"\\udc00"')])[0].record["pointer"], "/k")

    def test_first_fault_of_a_line_is_told(self):
        self.assertEqual(self.outcomes([line(message("user", r'"\ud83d"'))])[0].reason, "lone_surrogate")
        self.assertEqual(self.outcomes([line(message("robot", r'"\ud83d"'), message("assistant", '"a"'))])[0].reason, "bad_role")

    def test_check_finds_it(self):
        path = self.write("in.jsonl", asked(r'"\ud83d"') + b"\n")
        done = self.run_program("check", path, "--json")
        self.assertEqual(done.returncode, 1)
        self.assertIn("lone_surrogate", [group["code"] for group in json.loads(done.stdout)["findings"]])


class HostileLines(CliTest):
    """Nothing takes time that grows faster than the line."""

    def test_long_lines_of_one_thing(self):
        for name, data in {
                "spaces": b" " * 60_000_000 + asked('"q"'),
                "spaces inside": b'{"messages":' + b" " * 60_000_000 + b"[]}",
                "spaces and a fault": b'{"messages":' + b" " * 60_000_000 + b"x}",
                "escapes": asked('"%s"' % (r"\u0041" * 1_000_000)),
                "lone surrogates": asked('"%s"' % (r"\ud83d" * 1_000_000)),
                "data URLs in a text": asked('"%s"' % ("data:;base64,~" * 1_000_000)),
                "types in a text": asked('"[%s"' % (r"\"type\":" * 1_000_000)),
                "commas in a URL": asked(parts(part_image("data:" + "," * 5_000_000))),
                "a header without an end": asked(parts(part_image("data:" + "a" * 20_000_000))),
                "blanks around a URL": asked(parts(part_image(" " * 5_000_000 + "https://x/y" + " " * 5_000_000))),
                "percent signs": asked(parts(part_image("data:image/png;base64," + "%41" * 2_000_000))),
                "backslashes": asked(parts(part_image("\\\\" * 3_000_000)))}.items():
            with self.subTest(name):
                result = self.convert(data + b"\n", "--no-sync", timeout=20)
                self.assertEqual(result.counts["lines"], 1)


if __name__ == "__main__":
    unittest.main()
