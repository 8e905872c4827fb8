"""visionshard exclude: a list out of the provider's message about skipped lines."""
import hashlib
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import CliTest, image_line, text_line
from pictures import data_url, encode, photo

SHARD = [text_line(number) for number in range(1, 1301)]
HUNDRED = ", ".join(str(number) for number in range(1, 101))
MESSAGES = [
    ("Contains people: lines 3, 17 and 28.", {3: "Contains people", 17: "Contains people", 28: "Contains people"}),
    ("2 examples were skipped.\nContains CAPTCHA: 5, 9\n", {5: "Contains CAPTCHA", 9: "Contains CAPTCHA"}),
    ("Skipped 230 examples in all (first 100 shown). Faces: lines [1, 2, 3]; Children: lines [7]",
     {1: "Faces", 2: "Faces", 3: "Faces", 7: "Children"}),
    ('{"object":"event","message":"Examples skipped.\\nContains a person: line numbers: 4-6\\nToo large: line 9"}',
     {4: "Contains a person", 5: "Contains a person", 6: "Contains a person", 9: "Too large"}),
    ("Line 12: contains people\nLine 13: contains people", {12: "", 13: ""}),
    ("rows 1 2 3 are unusable", {1: "", 2: "", 3: ""}),
    ("- Invalid image: examples #8, #9", {8: "Invalid image"}),
    ("Faces: lines 2 to 4, 7 through 8 and 10", dict.fromkeys((2, 3, 4, 7, 8, 10), "Faces")),
    ("Faces: lines 2 to be checked", {2: "Faces"}),
    ("Faces: lines 1, 2,\n    3, 5-6\nand 8.\nToo large: 9", {**dict.fromkeys((1, 2, 3, 5, 6, 8), "Faces"), 9: "Too large"}),
    ("Faces: lines 1, 2\n3 examples were kept\n4\n", {1: "Faces", 2: "Faces"}),
    ("Skipped lines:\n2\n3\n\n5\n", {2: "Skipped", 3: "Skipped"}),
    ("Children: lines\n- 2\n- 3\n", {2: "Children", 3: "Children"}),
    ('{"lines": [\n  2,\n  3\n]}', {2: "", 3: ""}),
    ('[{"line":4},{"line":7},{"line":9}]', {4: "", 7: "", 9: ""}),
    ('{"skipped":[{"line":4,"reason":"People"},{"line":7}]}', {4: "People", 7: ""}),
    ('{"reason":"People","lines":[4,7],"counts":[100,200]}', {4: "People", 7: "People"}),
    ('{"code":"x","line":4,"param":null}', {4: ""}), ('{"error":"x","lines":"3-4"}', {3: "", 4: ""}),
    ('{"index":3,"line":4}\n{"index":6,"line":7}\n', {4: "", 7: ""}), ('{"skippedLines":[1,2],"examples":230}', {1: "", 2: ""}),
    ('{"line_numbers":[5],"rows":9}', {5: ""}), ('[3, 5]', {3: "", 5: ""}), ('{"skipped":{"people":[3],"faces":[4]}}', {3: "", 4: ""}),
    ('{"lines 4-5":"faces"}', {4: "", 5: ""}),
    ('{"message":"The lines 1,2 of {x} were skipped"}', {1: "", 2: ""}),
    ("Line 1,200 was skipped, and lines 3,200 too", {1200: "", 3: "was skipped, and", 200: "was skipped, and"}),
]


class ExcludeCommandTest(CliTest):
    def setUp(self):
        super().setUp()
        self.shard = self.write("train-00000.jsonl", b"\n".join(SHARD) + b"\n")

    def entries(self, text, *shards, status=0):
        done = self.run_program("exclude", "--from-report", self.write("message", text.encode()), *shards)
        self.assertEqual(done.returncode, status, done.stderr)
        self.stderr = done.stderr.decode()
        return [json.loads(entry) for entry in done.stdout.splitlines()]

    def test_messages_in_many_words(self):
        for text, wanted in MESSAGES:
            entries = self.entries(text, self.shard)
            with self.subTest(text):
                self.assertEqual({entry["line"]: entry.get("reason", "") for entry in entries}, wanted)
                for entry in entries:
                    self.assertEqual(entry["example"], hashlib.sha256(SHARD[entry["line"] - 1]).hexdigest())

    def test_the_message_itself_in_place_of_a_file(self):
        for text, numbers in (("Skipped lines: 2, 5", [2, 5]), ("Contains people:\nlines 3, 17 and 28.", [3, 17, 28]), ("lines " + "2, " * 2000 + "3", [2, 3]), ("[1,2]", [1, 2]),
                              ('{"skipped_lines":[1,2]}', [1, 2]), ("train-00000.jsonl:4", [4])):
            done = self.run_program("exclude", "--from-report", text, self.shard)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual([json.loads(entry)["line"] for entry in done.stdout.splitlines()], numbers)
        for missing in ("lines", "my lines 3.txt", "no numbers here"):
            self.assertEqual(self.run_program("exclude", "--from-report", missing, self.shard).returncode, 2)
        named = self.dir / "lines 3"
        named.write_text("line 4")
        done = self.run_program("exclude", "--from-report", "lines 3", self.shard, cwd=self.dir)
        self.assertEqual([json.loads(entry)["line"] for entry in done.stdout.splitlines()], [4])

    def test_the_list_excludes_these_examples_from_the_shard_and_from_the_raw_corpus(self):
        gray = encode(photo(16, 16, 1, mode="L"), "PNG")
        raw = [image_line(data_url(gray, "png"), number) for number in range(12)]
        first = self.convert(raw)
        shard = first.dir / "train-00000.jsonl"
        listed = self.dir / "skipped.jsonl"
        done = self.run_program("exclude", "--from-report", self.write("message", b"People: lines 2, 5"), shard, "-o", listed)
        self.assertEqual(done.returncode, 0, done.stderr)
        left = [text for number, text in enumerate(first.written, 1) if number not in (2, 5)]
        for inputs in (raw, [shard]):
            self.assertEqual(self.convert(inputs, "--exclude", listed).written, left)

    def test_lists_of_places(self):
        other = self.write("train-00001.jsonl", text_line(9) + b"\r\n")
        text = f"{self.shard}:2\ntrain-00001.jsonl:1\n{self.shard}:2\n"
        entries = self.entries(text, self.shard, other)
        self.assertEqual([(entry["file"], entry["line"]) for entry in entries], [(str(self.shard), 2), (str(other), 1)])
        self.assertEqual(entries[1]["example"], hashlib.sha256(text_line(9)).hexdigest())
        self.assertEqual(len(self.entries(f"{self.shard}:2")), 1)

    def test_long_texts(self):
        shard = self.write("s.jsonl", b"\n".join(SHARD) + b"\n")
        for text in ("number " * 300_000 + "5", "a" * 3_000_000 + " 5"):
            done = self.run_program("exclude", "--from-report", self.write("m.txt", text.encode()), shard)
            self.assertEqual(done.returncode, 2)
            self.check_message(done, "no line numbers")
        places = "".join(f"{shard}:{number % 1300 + 1}\n" for number in range(100_000)).encode()
        done = self.run_program("exclude", "--from-report", self.write("m.txt", places), shard)
        self.assertEqual((done.returncode, done.stdout.count(b"\n")), (0, 1300))

    def test_a_full_hundred_is_warned_of(self):
        self.assertEqual(len(self.entries(f"People: lines {HUNDRED}", self.shard)), 100)
        self.assertIn("first hundred", self.stderr)
        self.entries("People: lines 1, 2", self.shard)
        self.assertEqual(self.stderr, "")

    def test_what_cannot_be_meant_is_refused(self):
        for text, shards, words in (("nothing here", [self.shard], "no line numbers"), ("lines 1301", [self.shard], "1300 lines"),
                                    ("lines 1", [], "SHARD"), ("lines 1", [self.shard, self.shard], "SHARD"),
                                    ("other.jsonl:1", [self.shard], "none of the files"), ("", [self.shard], "no line numbers")):
            self.entries(text, *shards, status=2)
            self.assertIn(words, self.stderr)
        self.assertEqual(self.run_program("exclude", self.shard).returncode, 2)
        self.assertEqual(self.run_program("exclude", "--from-report", self.dir / "no", self.shard).returncode, 2)
        self.entries("gone.jsonl:1", status=3)


if __name__ == "__main__":
    unittest.main()
