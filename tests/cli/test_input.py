"""Sources of lines: files, directories, standard input, compression, and how places in them are named."""
import gzip
import json
import os
import shutil
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import CliTest, asked, image_line, text_line
from pictures import TINY_URL


def zstd(data):
    return subprocess.run(["zstd", "-q", "-c"], input=data, capture_output=True, check=True).stdout


def lines_of(*numbers):
    return b"".join(text_line(number) + b"\n" for number in numbers)


def ids(result):
    return [json.loads(written)["id"] for written in result.written]


class InputTest(CliTest):
    def check_failed(self, done, *names):
        self.assertEqual(done.returncode, 3, done.stderr)
        self.check_message(done, *names)

    def failing(self, *inputs):
        output = self.new_output_dir()
        done = self.run_program("convert", *inputs, "-o", output)
        self.assertFalse((output / "manifest.json").exists(), "the run is not complete")
        return done

    def test_inputs_in_the_order_given(self):
        paths = [self.write(f"{name}.jsonl", lines_of(*numbers))
                 for name, numbers in (("b", (1, 2)), ("a", (3,)), ("c", (4, 5)))]
        result = self.convert(paths)
        self.assertEqual(ids(result), [1, 2, 3, 4, 5])
        self.assertEqual([source["lines"] for source in result.manifest["inputs"]], [2, 1, 2])
        self.assertEqual([source["bytes"] for source in result.manifest["inputs"]],
                         [path.stat().st_size for path in paths])
        for source, path in zip(result.manifest["inputs"], paths):
            self.assertTrue(source["path"].endswith(path.name))

    def test_directory_in_byte_order_of_the_path(self):
        names = sorted(["a-b.jsonl", "a.jsonl", "a/b.jsonl", "a/c/d.jsonl", "a0.jsonl", "B.jsonl", "z/1.jsonl.gz",
                        "z/10.jsonl.zst",
                        "z/2.jsonl", "é.jsonl", "a b.jsonl", "deep/er/and/deeper.jsonl"], key=os.fsencode)
        for number, name in enumerate(names):
            pack = gzip.compress if name.endswith("gz") else zstd if name.endswith("zst") else bytes
            self.write("in/" + name, pack(lines_of(number)))
        for name in ("x.json", "x.txt", "jsonl", "x.jsonl.bak", "x.jsonl.bz2", "x.csv", "a/x.jsonl~"):
            self.write("in/" + name, lines_of(999))
        self.assertEqual(ids(self.convert([self.dir / "in"])), list(range(len(names))))
        self.assertEqual(ids(self.convert([str(self.dir / "in") + "/"])), list(range(len(names))))

    def test_directory_between_files(self):
        first, last = self.write("first.jsonl", lines_of(1)), self.write("last.jsonl", lines_of(4))
        self.write("in/a.jsonl", lines_of(2))
        self.write("in/b.jsonl", lines_of(3))
        self.assertEqual(ids(self.convert([first, self.dir / "in", last])), [1, 2, 3, 4])

    def test_links_to_folders_are_followed_and_no_folder_is_read_twice(self):
        self.write("far/c.jsonl", lines_of(3))
        self.write("in/b/a.jsonl", lines_of(2))
        self.write("in/z.jsonl", lines_of(4))
        (self.dir / "in/a").symlink_to("b")  # of two paths to a folder the one without a link
        (self.dir / "in/c").symlink_to("../far")
        (self.dir / "in/d").symlink_to("../far")
        (self.dir / "in/b/loop").symlink_to("..")
        (self.dir / "far/back").symlink_to("../in")
        result = self.convert([self.dir / "in"])
        self.assertEqual(ids(result), [2, 3, 4])
        self.assertEqual([source["path"] for source in result.manifest["inputs"]],
                         [str(self.dir / name) for name in ("in/b/a.jsonl", "in/c/c.jsonl", "in/z.jsonl")])

    def test_a_store_of_images_in_a_folder_is_no_corpus(self):
        self.write("in/a.jsonl", lines_of(1))
        self.assertEqual(self.run_program("fetch", self.dir / "in", "--store", self.dir / "in/images").returncode, 0)
        self.assertTrue(any((self.dir / "in/images/log").glob("*.jsonl")) or (self.dir / "in/images/store.json").exists())
        self.write("in/images/log/all.jsonl", b'{"key":"0"}\n')
        self.assertEqual(ids(self.convert([self.dir / "in"])), [1])
        self.write("in/shop/store.json", b"{}")
        self.write("in/shop/b.jsonl", lines_of(2))
        self.assertEqual(ids(self.convert([self.dir / "in"])), [1, 2])

    def test_directory_without_matches(self):
        self.write("in/readme.txt", b"x")
        done = self.failing(self.dir / "in")
        self.assertIn(done.returncode, (2, 3))
        self.check_message(done, self.dir / "in")

    def test_a_file_named_otherwise_is_read_when_named(self):
        self.assertEqual(ids(self.convert([self.write("corpus.txt", lines_of(1, 2))])), [1, 2])

    def test_names_with_spaces_and_other_letters(self):
        for name in ("with space.jsonl", "日本.jsonl", "qu\"ote'.jsonl", "back\\slash.jsonl", "new\nline.jsonl"):
            result = self.convert([self.write(name, lines_of(1) + b"{\n")])
            self.assertEqual(ids(result), [1])
            self.assertTrue(result.rejected[0]["source"]["file"].endswith(name))

    def test_standard_input(self):
        data = lines_of(1, 2) + b"{\n"
        for packed in (data, gzip.compress(data), zstd(data), b"\xef\xbb\xbf" + data):
            result = self.convert(["-"], stdin=packed)
            self.assertEqual(ids(result), [1, 2])
            self.assertEqual(result.rejected[0]["source"]["line"], 3)
        path = self.write("a.jsonl", lines_of(3))
        self.assertEqual(ids(self.convert([path, "-"], stdin=data)), [3, 1, 2])

    def test_a_named_pipe_is_read_whole(self):
        data = lines_of(*range(2000))
        fifo = self.dir / "pipe.jsonl"
        os.mkfifo(fifo)
        with subprocess.Popen(["sh", "-c", 'cat "$0" >"$1"', self.write("all.jsonl", data), fifo]) as writer:
            self.assertEqual(ids(self.convert([fifo], timeout=30)), list(range(2000)))
            self.assertEqual(writer.wait(10), 0)

    def test_empty_standard_input(self):
        self.assertEqual(self.convert(["-"], stdin=b"").counts["lines"], 0)

    def test_compression_is_told_by_content(self):
        data = lines_of(*range(50))
        for name in ("a.jsonl", "a.jsonl.gz", "a.jsonl.zst", "a"):
            for pack in (bytes, gzip.compress, zstd):
                with self.subTest(name=name, pack=pack.__name__):
                    self.assertEqual(ids(self.convert([self.write(name, pack(data))])), list(range(50)))

    def test_concatenated_members_and_frames(self):
        one, other = lines_of(1, 2), lines_of(3, 4)
        for pack in (gzip.compress, zstd):
            for cut in (len(one), len(one) - 7, 0):
                whole = one + other
                packed = pack(whole[:cut]) + pack(b"") + pack(whole[cut:])
                self.assertEqual(ids(self.convert([self.write("a.jsonl", packed)])), [1, 2, 3, 4])

    def test_truncated_compression_fails(self):
        data = b"".join(asked('"%d"' % (number * 7919 % 100_003)) + b"\n" for number in range(20_000))
        for name, pack in (("cut.jsonl.gz", gzip.compress), ("cut.jsonl.zst", zstd)):
            packed = pack(data)
            for keep in (len(packed) // 2, len(packed) - 3, 12):
                with self.subTest(name=name, keep=keep):
                    self.check_failed(self.failing(self.write(name, packed[:keep])), name)

    def test_damaged_compression_fails(self):
        packed = gzip.compress(lines_of(*range(2000)))
        wrong_sum = packed[:-8] + bytes([packed[-8] ^ 1]) + packed[-7:]
        self.check_failed(self.failing(self.write("sum.jsonl.gz", wrong_sum)), "sum.jsonl.gz")

    def test_empty_file(self):
        for data in (b"", gzip.compress(b""), zstd(b"")):
            result = self.convert(data)
            self.assertEqual((result.counts["lines"], result.shards, result.rejected_bytes), (0, {}, None))

    def test_empty_file_among_others(self):
        paths = [self.write(f"{number}.jsonl", data)
                 for number, data in enumerate((b"", lines_of(1), b"", lines_of(2), b""))]
        self.assertEqual(ids(self.convert(paths)), [1, 2])

    def test_file_without_final_newline_does_not_run_into_the_next(self):
        paths = [self.write(f"{number}.jsonl", text_line(number)) for number in range(3)]
        self.assertEqual(ids(self.convert(paths)), [0, 1, 2])

    def test_text_after_a_gzip_stream_is_not_lost_silently(self):
        packed = gzip.compress(text_line(1) + b"\n")
        path = self.write("a.jsonl.gz", packed + text_line(2) + b"\n")
        done = self.run_program("convert", path, "-o", self.new_output_dir())
        self.assertEqual(done.returncode, 3)
        self.check_message(done, "a.jsonl.gz", "after the gzip stream")
        self.assertEqual(self.convert([self.write("b.jsonl.gz", packed + bytes(5000))]).written, [text_line(1)])

    def test_what_cannot_be_read_in_a_folder_is_not_passed_over(self):
        for make in (lambda path: path.symlink_to("/nowhere"), os.mkfifo):
            folder = self.dir / "in"
            self.write("in/a.jsonl", text_line(1) + b"\n")
            make(folder / "b.jsonl")
            done = self.run_program("convert", folder, "-o", self.new_output_dir())
            self.assertEqual(done.returncode, 3)
            self.check_message(done, "b.jsonl")
            shutil.rmtree(folder)

    def test_missing_input(self):
        self.check_failed(self.failing(self.dir / "nowhere.jsonl"), "nowhere.jsonl")
        self.check_failed(self.failing(self.write("a.jsonl", lines_of(1)), self.dir / "nowhere.jsonl"), "nowhere.jsonl")

    def test_unreadable_input(self):
        user = self.unprivileged_user()
        path = self.write("secret.jsonl", lines_of(1))
        path.chmod(0)
        writable = self.dir / "writable"
        writable.mkdir()
        writable.chmod(0o777)
        done = self.run_program("convert", path, "-o", writable / "out", user=user)
        self.check_failed(done, "secret.jsonl")

    def test_places_of_rejected_lines(self):
        bad = [b"{", b"[]", b"\xff", asked("7")]
        data, places = b"", []
        for number in range(200):
            if number % 7 == 3:
                places.append((number + 1, len(data)))
                data += bad[number % 4] + b"\n"
            else:
                data += (b"" if number % 5 == 0 else text_line(number, number * 13)) + (b"\n", b"\r\n")[number % 3 == 0]
        mark = b"\xef\xbb\xbf"
        with_mark = [(number, byte + len(mark)) for number, byte in places]
        variants = {"plain.jsonl": (data, places), "mark.jsonl": (mark + data, with_mark),
                    "a.jsonl.gz": (gzip.compress(data), places),
                    "a.jsonl.zst": (zstd(data), places), "mark.jsonl.gz": (gzip.compress(mark + data), with_mark)}
        for name, (packed, expected) in variants.items():
            with self.subTest(name):
                result = self.convert([self.write(name, packed)])
                self.assertEqual([(record["source"]["line"], record["source"]["byte"]) for record in result.rejected],
                                 expected)
                for record in result.rejected:
                    self.assertTrue(record["source"]["file"].endswith(name))
        result = self.convert([self.write(name, packed) for name, (packed, _) in variants.items()])
        self.assertEqual([(os.path.basename(record["source"]["file"]), record["source"]["line"],
                           record["source"]["byte"])
                          for record in result.rejected],
                         [(name, *place) for name, (_, expected) in variants.items() for place in expected])

    def test_first_line_after_a_byte_order_mark_starts_at_byte_3(self):
        source = self.convert(b"\xef\xbb\xbf{\n").rejected[0]["source"]
        self.assertEqual((source["line"], source["byte"]), (1, 3))

    def test_byte_order_mark_is_skipped_before_any_line(self):
        marked = b"\xef\xbb\xbf" + text_line(1) + b"\n"
        paths = [self.write("a.jsonl", marked), self.write("b.jsonl", marked)]
        self.assertEqual(ids(self.convert(paths)), [1, 1])
        self.assertEqual(ids(self.convert(marked + marked)), [1, 1])
        self.assertEqual(self.convert(text_line(1).replace(b":", b":\xef\xbb\xbf", 1)).reasons, ["invalid_json"])

    def test_lines_larger_than_any_block(self):
        sizes = [0, 5_000_000, 10, 40_000_000, 20, 5_000_000, 30]
        lines = [text_line(number, size) for number, size in enumerate(sizes)]
        for options in ([], ["--memory", "16MiB"], ["--threads", "1"]):
            with self.subTest(options=options):
                self.assertTrue(self.convert(lines, *options).written == lines)

    def test_large_rejected_line(self):
        lines = [text_line(1), text_line(2, 5_000_000)[:-1], image_line(TINY_URL, 3)]
        result = self.convert(lines)
        self.assertEqual(result.reasons, ["invalid_json"])
        self.assertTrue(result.rejected[0]["raw"].encode() == lines[1])
        self.assertEqual(result.written, [lines[0], lines[2]])

    def test_lines_of_every_length_around_a_block(self):
        for block in (4096, 65536, 1 << 20):
            lines = [text_line(number, block + number - 70) for number in range(0, 90, 9)]
            lines += [text_line(number) for number in range(40)]
            self.assertTrue(self.convert(lines).written == lines, f"around {block}")

    def test_two_million_empty_lines(self):
        started = time.monotonic()
        result = self.convert(b"\n" * 1_000_000 + text_line(1) + b"\n" * 1_000_001 + b"{\n", timeout=60)
        self.assertLess(time.monotonic() - started, 30, "seconds for two megabytes")
        self.assertEqual((result.counts["lines"], result.counts["blank"]), (2_000_002, 2_000_000))
        self.assertEqual((result.rejected[0]["source"]["line"], result.rejected[0]["source"]["byte"]),
                         (2_000_002, 2_000_001 + len(text_line(1))))

    def test_a_hundred_thousand_short_lines(self):
        lines = [b"{}" if number % 3 else text_line(number) for number in range(100_000)]
        result = self.convert(lines)
        self.assertEqual(ids(result), list(range(0, 100_000, 3)))
        self.assertEqual(result.manifest["rejects"], {"bad_messages": len(lines) - len(result.written)})


if __name__ == "__main__":
    unittest.main()
