"""Files that are not JSON Lines: named once, with what to do; every line is still counted."""
import bz2
import csv
import gzip
import io
import json
import lzma
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import unittest
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import CliTest, asked, image_line, text_line
from pictures import TINY_URL
from test_distribute import JobTest, made

EXAMPLES = [json.loads(line) for line in (text_line(1), image_line(TINY_URL, 2), text_line(3, 300))]
LINES = b"".join(json.dumps(example).encode() + b"\n" for example in EXAMPLES)


def tar_of(data):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        entry = tarfile.TarInfo("a.jsonl")
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return file.getvalue()


def zip_of(data):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.jsonl", data)
    return file.getvalue()


def csv_of(delimiter):
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerows([("id", "image_url", "answer"), *[(i, f"https://x/{i}.png", f'a "{i}", b') for i in range(5)]])
    return file.getvalue().encode()


def sqlite_of(path):
    connection = sqlite3.connect(path)
    connection.execute("create table t (x)")
    connection.commit()
    connection.close()
    return path.read_bytes()


# Name, bytes, words of the sentence.
KINDS = [
    ("array", json.dumps(EXAMPLES).encode(), ("JSON array", "jq -c '.[]'")),
    ("array over lines", json.dumps(EXAMPLES, indent=1).encode(), ("JSON array", "jq -c '.[]'")),
    ("array, an element a line", b"[\n" + b",\n".join(LINES.splitlines()) + b"\n]\n", ("JSON array", "jq -c '.[]'")),
    ("pretty-printed", json.dumps(EXAMPLES[0], indent=2).encode(), ("pretty-printed", "jq -c .")),
    ("pretty-printed, several", b"\n".join(json.dumps(e, indent=4).encode() for e in EXAMPLES), ("pretty-printed", "jq -c .")),
    ("UTF-16", LINES.decode().encode("utf-16"), ("UTF-16", "iconv")),
    ("UTF-16 little", LINES.decode().encode("utf-16-le"), ("UTF-16", "iconv", "UTF-16LE")),
    ("UTF-16 big", LINES.decode().encode("utf-16-be"), ("UTF-16", "iconv", "UTF-16BE")),
    ("UTF-16 big with a mark", b"\xfe\xff" + LINES.decode().encode("utf-16-be"), ("UTF-16", "iconv")),
    ("UTF-32", LINES.decode().encode("utf-32"), ("UTF-32", "iconv")),
    ("UTF-32 little", LINES.decode().encode("utf-32-le"), ("UTF-32", "iconv", "UTF-32LE")),
    ("UTF-32 big", LINES.decode().encode("utf-32-be"), ("UTF-32", "iconv", "UTF-32BE")),
    ("Parquet", b"PAR1\x15\x04\x15" + bytes(range(256)) * 4 + b"PAR1", ("Parquet",)),
    ("CSV", csv_of(","), ("CSV",)),
    ("TSV", csv_of("\t"), ("TSV",)),
    ("tar", tar_of(LINES), ("tar", "tar xf")),
    ("zip", zip_of(LINES), ("zip", "unzip")),
    ("xz", lzma.compress(LINES), ("xz", "xz -dc")),
    ("bzip2", bz2.compress(LINES), ("bzip2", "bzip2 -dc")),
    ("7z", b"7z\xbc\xaf\x27\x1c\0\x04" + bytes(200), ("7z", "7z x")),
    ("HTML", b"\n<!DOCTYPE html>\n<html><head><title>Sign in</title></head>\n<body>\n</body></html>\n", ("HTML",)),
    ("Git LFS", b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n",
     ("Git LFS", "git lfs pull")),
    ("sequence", b"".join(b"\x1e" + line + b"\n" for line in LINES.splitlines()), ("RFC 7464", "tr -d")),
]


def warnings_in(result):
    return [line for line in result.stderr.decode().splitlines() if line.startswith("visionshard: warning: ")]


class FileKinds(CliTest):
    def kinds(self):
        yield from KINDS
        yield "SQLite", sqlite_of(self.dir / "x.sqlite"), ("SQLite",)

    def check_told(self, result, words, lines):
        self.assertEqual(result.counts["lines"], lines)
        first = result.rejected[0]
        for word in words:
            self.assertIn(word, first["detail"])
        warnings = [text for text in warnings_in(result) if words[0] in text]
        self.assertEqual(len(warnings), 1, result.stderr)
        self.assertIn(first["detail"], warnings[0])
        # Of what is rejected for its form, all that begin within the first 4 KiB say so.
        for record in result.rejected:
            if record["source"]["byte"] < 4096 and record["reason"] in ("invalid_json", "invalid_utf8", "not_an_object"):
                self.assertEqual(record["detail"], first["detail"])

    def test_reject_and_one_warning_say_what_the_file_is(self):
        for name, data, words in self.kinds():
            with self.subTest(name):
                lines = data.count(b"\n") + (not data.endswith(b"\n"))
                self.check_told(self.convert([self.write("in.jsonl", data)]), words, lines)

    def test_also_compressed_and_on_standard_input(self):
        for name, data, words in self.kinds():
            lines = data.count(b"\n") + (not data.endswith(b"\n"))
            with self.subTest(name):
                self.check_told(self.convert([self.write("in.jsonl.gz", gzip.compress(data))]), words, lines)
                self.check_told(self.convert(["-"], stdin=data), words, lines) if data[:2] != b"\x1f\x8b" else None

    def test_check_says_it_once(self):
        for name, data, words in self.kinds():
            with self.subTest(name):
                done = self.run_program("check", self.write("in.jsonl", data), "--json")
                self.assertEqual(done.returncode, 1)
                groups = {group["code"]: group for group in json.loads(done.stdout)["findings"]}
                self.assertEqual(groups["not_json_lines"]["findings"], 1)
                for word in words:
                    self.assertIn(word, groups["not_json_lines"]["first"][0]["detail"])

    def test_many_files_of_a_kind_are_one_warning(self):
        for number in range(20):
            self.write(f"d/{number:02}.jsonl", json.dumps(EXAMPLES, indent=1).encode())
        result = self.convert([self.dir / "d"])
        told = [text for text in warnings_in(result) if "JSON array" in text]
        self.assertEqual(len(told), 1)
        self.assertIn("19 more", told[0])

    def test_a_long_array_over_the_line_limit_is_told_too(self):
        data = json.dumps(EXAMPLES * 2000).encode()
        result = self.convert([self.write("in.jsonl", data)], "--max-line-bytes", "100kB")
        self.assertEqual(result.reasons, ["line_too_long"])
        self.assertIn("jq -c '.[]'", result.rejected[0]["detail"])
        self.assertEqual(len([text for text in warnings_in(result) if "JSON array" in text]), 1)

    def test_says_nothing_of_lines_that_are_json(self):
        for name, data in {
                "lines": LINES, "first line cut": b'{"messages": [\n' + LINES, "one number": b"12\n" + LINES,
                "lines of messages": b'[{"role":"user","content":"q"}]\n' * 3, "lines of arrays": b"[1,2]\n[3,4]\n",
                "text": b"hello\n" + LINES, "prose with a comma": b"Well, this is a note!\n" + LINES,
                "blank first": b"\n\n" + LINES, "mark": b"\xef\xbb\xbf" + LINES}.items():
            with self.subTest(name):
                result = self.convert([self.write("in.jsonl", data)])
                self.assertFalse([text for text in warnings_in(result) if "not JSON Lines" in text], result.stderr)
                for record in result.rejected:
                    self.assertNotIn("FILE", record["detail"])

    def test_the_ways_out_lead_out(self):
        for name, command in (("array", ["jq", "-c", ".[]"]), ("array over lines", ["jq", "-c", ".[]"]), ("pretty-printed, several", ["jq", "-c", "."]),
                              ("UTF-16", ["iconv", "-f", "UTF-16", "-t", "UTF-8"]), ("UTF-32", ["iconv", "-f", "UTF-32", "-t", "UTF-8"]),
                              ("UTF-16 big", ["iconv", "-f", "UTF-16BE", "-t", "UTF-8"]), ("xz", ["xz", "-dc"]), ("bzip2", ["bzip2", "-dc"]),
                              ("sequence", ["tr", "-d", "\\036"])):
            data = next(data for kind, data, _ in KINDS if kind == name)
            try:
                made_ = subprocess.run(command, input=data, capture_output=True, check=True).stdout
            except FileNotFoundError:
                continue
            with self.subTest(name):
                self.assertEqual(self.convert([self.write("in.jsonl", made_)]).counts["written"], 3)


class FileKindsInParts(JobTest):
    def test_parts_of_any_size_say_what_convert_says(self):
        paths = [self.write(f"{i:02}.jsonl", data) for i, (_, data, _) in enumerate(KINDS) if data[:2] != b"\x1f\x8b"]
        paths.append(self.write("long.jsonl", json.dumps(EXAMPLES * 30, indent=1).encode()))
        paths.append(self.write("marks.jsonl", LINES + b"\xef\xbb\xbf" + LINES + b"\xef\xbb\xbf{\n"))
        paths.append(self.write("hidden.jsonl", LINES + asked('"![x](%s)"' % TINY_URL) + b"\n"))
        whole = self.convert(paths)
        for part_bytes in ("50", "1111", "5000"):
            with self.subTest(part_bytes):
                self.plan(part_bytes, inputs=paths, limits=())
                self.map_all("--threads", "1")
                self.step("merge")
                self.step("pack", "--task", "0/1")
                sealed = self.step("seal")
                self.assertEqual(made(self.work), made(whole.dir))
                told = [text for text in sealed.stderr.splitlines() if "warning" in text]
                self.assertEqual(told, [text for text in whole.stderr.decode().splitlines() if "warning" in text])
                shutil.rmtree(self.work)


class ByteOrderMarks(CliTest):
    MARK = b"\xef\xbb\xbf"

    def test_one_in_the_middle_is_left_out_and_counted(self):
        lines = LINES.splitlines()
        data = lines[0] + b"\n" + self.MARK + lines[1] + b"\r\n" + self.MARK + b"\n" + self.MARK + lines[2]
        for source in (data, self.MARK + data):
            for options in (("--threads", "1"), ("--threads", "3", "--memory", "16MiB")):
                result = self.convert([self.write("in.jsonl", source)], *options)
                self.assertEqual(result.written, lines)
                self.assertEqual((result.counts["lines"], result.counts["blank"]), (4, 1))
                self.assertEqual(result.manifest["conversions"], {"byte_order_mark": 2})

    def test_rejected_line_begins_after_it(self):
        result = self.convert(LINES + self.MARK + b"{\n")
        self.assertEqual((result.rejected[0]["source"]["byte"], result.rejected[0]["raw"]), (len(LINES) + 3, "{"))

    def test_is_no_part_of_the_line_s_length(self):
        for before in (b"", LINES):
            for size in (99_999, 100_000, 100_001):
                source = before + self.MARK + text_line(7, size - len(text_line(7))) + b"\n" + LINES
                result = self.convert(source, "--max-line-bytes", "100000")
                self.assertEqual(result.reasons, ["line_too_long"] if size > 100_000 else [], size)
                if result.rejected:
                    self.assertEqual(result.rejected[0]["source"]["byte"], len(before) + 3)

    def test_check_warns_of_it(self):
        path = self.write("in.jsonl", LINES * 4 + self.MARK + LINES)
        done = self.run_program("check", path, "--json")
        group = next(g for g in json.loads(done.stdout)["findings"] if g["code"] == "byte_order_mark")
        self.assertIn("1 line in the middle", group["first"][0]["detail"])


if __name__ == "__main__":
    unittest.main()
