"""Images by URL from a store: written as if the line had their bytes as data URLs, and without a network."""
import hashlib
import json
import os
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from harness import PROGRAM, CliTest, asked, image_line, part_image, part_text, parts, text_line, xxh128
from pictures import TINY_PNG, chunk, corners, data_url, encode, photo
from store_files import key_of, read_store, write_store
from test_distribute import SCHEDULERS
from test_fetch import FetchTest
from test_resume import digests

KINDS = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF", "bmp": "BMP"}


def picture(number):
    """(type, bytes): most are acceptable, others need a conversion."""
    image = photo(60 + number % 9, 40, number)
    kind = ("jpeg", "png", "jpeg", "webp", "gif", "jpeg", "bmp", "png")[number % 8]
    if number % 16 == 7:
        image = image.convert("L")
    return kind, encode(image, KINDS[kind])


def url(number):
    return f"https://host{number % 5}.test/pictures/{number}.jpg?size={number}"


class StoreTest(CliTest):
    COUNT = 60

    def setUp(self):
        super().setUp()
        self.pictures = [picture(number) for number in range(self.COUNT)]
        self.store = self.dir / "store"
        self.inline = ("--urls", "inline", "--store", self.store)

    def fill(self, more=None, **options):
        return write_store(self.store, {url(number): data for number, (_, data) in enumerate(self.pictures)} | (more or {}),
                           **options)

    def lines(self, source):
        """A corpus in which `source(number)` gives each picture."""
        return [image_line(source(number), number) if number % 3 else
                asked(parts(part_text(), part_image(source(number)), part_image(source(number // 2))), f',"id":{number}')
                for number in range(self.COUNT)]

    def by_url(self):
        return self.lines(url)

    def by_data(self):
        return self.lines(lambda number: data_url(self.pictures[number][1], self.pictures[number][0]))


class InlineTest(StoreTest):
    def test_same_bytes_as_from_data_urls(self):
        digest = self.fill(tasks=3, segment_bytes=20_000)
        self.assertEqual(len(read_store(self.store)), self.COUNT)
        for options in ((), ("--profile", "fireworks"), ("--max-image-bytes", "4000"), ("--orient", "keep", "--detail", "low"),
                        ("--shards", "1", "--max-shard-bytes", "120KB"), ("--fit-model", "tiles", "--verify", "pixels"),
                        ("--duplicates", "drop", "--max-shard-bytes", "100KB")):
            with self.subTest(options=options):
                wanted = self.convert(self.by_data(), *options)
                result = self.convert(self.by_url(), *self.inline, *options)
                self.assertEqual(result.shards, wanted.shards)
                self.assertEqual(result.rejected, [])
                self.assertEqual({key: count for key, count in result.manifest["conversions"].items()
                                  if key != "url_inlined"}, wanted.manifest["conversions"])
                for name in ("images_converted", "images_shrunk", "images"):
                    self.assertEqual(result.counts[name], wanted.counts[name], name)
                self.assertEqual(result.manifest["store"], {"xxh128": digest})
                self.assertEqual(result.manifest["options"]["urls"], "inline")
        self.assertEqual(digest, xxh128((self.store / "index.bin").read_bytes()))

    def test_threads_memory_and_the_layout_of_the_store_change_nothing(self):
        self.fill()
        wanted = digests(self.convert(self.by_url(), *self.inline).dir)
        for number, (tasks, segment_bytes) in enumerate(((1, 1 << 30), (2, 5000), (5, 100))):
            self.store = self.dir / f"store{number}"
            self.fill(tasks=tasks, segment_bytes=segment_bytes, time_ms=number)
            for options in (("--threads", "1"), ("--threads", "2", "--memory", "1MiB"), ("--threads", "4"),
                            ("--threads", "1", "--memory", "1MiB")):
                with self.subTest(tasks=tasks, options=options):
                    result = self.convert(self.by_url(), "--urls", "inline", "--store", self.store, *options)
                    self.assertEqual(digests(result.dir), wanted)

    def test_no_network_is_used(self):
        if subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode != 0:
            self.skipTest("no network namespaces here")
        self.fill()
        path = self.write("input.jsonl", b"".join(line + b"\n" for line in self.by_url()))
        wanted = digests(self.convert([path], *self.inline).dir)
        # A socket would be an error here, not only a failure to connect.
        trace = ["strace", "-f", "-e", "trace=socket", "-o", self.dir / "trace"] if shutil.which("strace") else []
        for command in (["convert", path, "-o", self.dir / "alone", *self.inline],
                        ["check", path, "--store", self.store]):
            done = subprocess.run(["unshare", "-n", *trace, PROGRAM, *command], capture_output=True, timeout=60)
            self.assertLess(done.returncode, 2, done.stderr)
            if trace:
                self.assertNotIn("socket(", (self.dir / "trace").read_text())
        self.assertEqual(digests(self.dir / "alone"), wanted)

    def test_failures_are_reasons(self):
        failures = {"https://a.test/unreachable": ("url_unreachable", 0, True), "https://a.test/404": ("url_status", 404, False),
                    "https://a.test/503": ("url_status", 503, True), "https://a.test/page": ("url_not_image", 200, False),
                    "https://a.test/large": ("url_too_large", 200, False), "http://10.0.0.1/": ("url_private", 0, False),
                    "https://user:secret@a.test/no?token=hidden": ("url_opted_out", 200, False)}
        self.fill(failures | {"https://a.test/cut": TINY_PNG[:-20], "https://a.test/empty": b""})
        wanted = {key: value[0] for key, value in failures.items()} | {
            "https://a.test/missing": "url_missing", "https://a.test/cut": "corrupt_image", "https://a.test/empty": "empty_image"}
        lines = [image_line(each, number) for number, each in enumerate(wanted)]
        for outcome, (each, reason) in zip(self.outcomes(lines, *self.inline), wanted.items()):
            with self.subTest(each):
                self.assertEqual(outcome.reason, reason)
                self.assertEqual(outcome.record["pointer"], "/messages/0/content/1")
                self.assertNotIn(str(self.store), outcome.record["detail"])
                for secret in ("secret", "hidden"):
                    self.assertNotIn(secret, outcome.record["detail"])
        details = {record["reason"]: record["detail"] for record in self.convert(lines, *self.inline).rejected}
        self.assertIn("visionshard fetch", details["url_missing"])
        dropped = self.convert(lines, *self.inline, "--on-bad-image", "drop")
        self.assertEqual(dropped.written, [asked(parts(part_text()), f',"id":{number}') for number in range(len(wanted))])

    def test_urls_are_compared_by_value(self):
        self.fill({"https://a.test/x": TINY_PNG, "https://a.test/%41": encode(corners(9, 9), "PNG")})
        tiny, other = data_url(TINY_PNG, "png"), data_url(encode(corners(9, 9), "PNG"), "png")
        wanted = {"https://a.test/x": tiny, r"https:\/\/a.test\/x": tiny, r"\u0068ttps://a.test/x": tiny,
                  " https://a.test/x\\n": tiny, "https://a.test/x#fragment": tiny, "https://a.test/%41": other,
                  "https://a.test/A": None, "https://A.test/x": None, "https://a.test/x?": None}
        for outcome, (each, expected) in zip(self.outcomes([image_line(each) for each in wanted], *self.inline),
                                             wanted.items()):
            with self.subTest(each):
                self.assertEqual(outcome.reason, "written" if expected else "url_missing")
                if expected:
                    self.assertEqual(outcome.written, image_line(expected))
        written, = self.convert([asked(parts('{"type":"image_url","image_url":"https://a.test/x"}'))], *self.inline).written
        self.assertEqual(written, asked(parts(part_image(tiny))))

    def test_lists_leave_out_images_of_the_store(self):
        self.fill()
        entries = [hashlib.sha256(self.pictures[0][1]).hexdigest(), url(1), "host:host2.test", "https://host3.test/missing"]
        listed = self.write("list.txt", "".join(entry + "\n" for entry in entries).encode())
        lines = [image_line(each, number) for number, each in enumerate([*map(url, range(5)), entries[3]])]
        result = self.convert(lines, *self.inline, "--exclude", listed)
        self.assertEqual([json.loads(line)["id"] for line in result.written], [3, 4])
        self.assertEqual((result.counts["excluded"], result.rejected), (4, []))

    def test_tokens_are_those_of_the_image(self):
        self.fill({"https://a.test/x": encode(photo(1024, 1024, 1), "JPEG")})
        for limit, reason in (("200", "too_many_tokens"), ("2000", "written")):
            outcome, = self.outcomes([image_line("https://a.test/x")], *self.inline, "--max-tokens", limit)
            self.assertEqual(outcome.reason, reason)

    def test_other_images_are_as_without_a_store(self):
        self.fill()
        self.write("root/a.png", TINY_PNG)
        lines = [image_line(data_url(TINY_PNG, "png")), image_line("a.png"), image_line("data:,x"), image_line(url(0))]
        outcomes = self.outcomes(lines, *self.inline, "--image-root", self.dir / "root")
        self.assertEqual([outcome.reason for outcome in outcomes], ["written", "written", "bad_url", "written"])
        self.assertEqual(outcomes[1].written, lines[0])

    def test_a_provider_without_urls_accepts_the_shards(self):
        self.fill()
        result = self.convert(self.by_url(), *self.inline, "--profile", "together")
        self.assertEqual(len(result.written), self.COUNT)
        self.assertEqual(self.run_program("check", result.dir, "--profile", "together").returncode, 0)

    def test_a_body_over_the_line_limit_is_not_read(self):
        self.fill({"https://a.test/long": encode(photo(400, 400, 1), "PNG")})
        outcome, = self.outcomes([image_line("https://a.test/long")], *self.inline, "--max-line-bytes", "50KB")
        self.assertEqual(outcome.reason, "cannot_fit")

    # One block of text names 190 MB of pictures.
    def test_memory_stays_within_the_budget(self):
        large = encode(photo(1000, 700, 1), "PNG", compress_level=0)
        count = 90
        write_store(self.store, {url(number): large[:-12] + chunk(b"tEXt", b"a\0%d" % number) + large[-12:]
                                 for number in range(count)})
        path = self.write("input.jsonl", b"".join(image_line(url(number), number) + b"\n" for number in range(count)))
        for threads in ("1", "2"):
            output = self.new_output_dir()
            self.check_peak(32 << 20, "convert", path, "-o", output, "--threads", threads, "-q", "--no-sync", *self.inline)
            shutil.rmtree(output)


class RefusalTest(StoreTest):
    def refused(self, status, *names, options=None, command=("convert",)):
        path = self.write("input.jsonl", b"".join(line + b"\n" for line in self.by_url()))
        output = ["-o", self.dir / "never"] if command[0] != "check" else []
        done = self.run_program(*command, path, *output, *(self.inline if options is None else options))
        self.assertEqual(done.returncode, status, done.stderr)
        self.check_message(done, *names)
        self.assertFalse(any((self.dir / "never").glob("*.jsonl")))
        return done

    def test_usage(self):
        self.fill()
        self.refused(2, "--store", "visionshard fetch", options=("--urls", "inline"))
        self.refused(2, "--store", "--urls inline", options=("--store", self.store))
        self.refused(2, "--urls", options=("--urls", "download", "--store", self.store))
        self.refused(2, self.dir / "nowhere", "visionshard fetch", options=("--urls", "inline", "--store", self.dir / "nowhere"))

    def test_a_store_that_is_not_sealed(self):
        self.fill(sealed=False)
        for command in ("convert", "plan"):
            self.refused(4, self.store, "visionshard fetch", command=(command,))
        self.refused(4, self.store, "visionshard fetch", options=("--store", self.store), command=("check",))
        self.assertFalse((self.dir / "never").exists())

    def test_another_version(self):
        self.fill()
        (self.store / "store.json").write_text('{"visionshard_store": 2}')
        self.refused(2, "version 2")

    def test_a_damaged_body_ends_the_run_and_names_its_segment(self):
        self.fill(segment_bytes=20_000)
        segment = sorted((self.store / "bodies").iterdir())[1]
        data = bytearray(segment.read_bytes())
        data[50] ^= 1
        segment.write_bytes(data)
        self.refused(3, segment.name)
        self.refused(3, segment.name, options=("--store", self.store), command=("check",))
        segment.unlink()
        self.refused(3, segment.name, options=("--store", self.store), command=("check",))

    def test_a_damaged_index_ends_the_run(self):
        self.fill()
        for name in ("index.bin", "places.bin", "seal.json"):
            data = (self.store / name).read_bytes()
            for bad in (data[:-1], b"", data[:40] + b"\xff" * 60 + data[100:]):
                if name == "places.bin" and len(bad) == len(data):
                    continue  # where a body is not the one that was stored, it says so
                (self.store / name).write_bytes(bad)
                self.refused(3, name)
            (self.store / name).write_bytes(data)


class OtherStoreTest(StoreTest):
    """A run belongs to its store's digest, not to its path."""

    def setUp(self):
        super().setUp()
        self.digest = self.fill()
        self.moved = self.dir / "moved"
        shutil.copytree(self.store, self.moved)
        self.other = self.dir / "other"
        self.other_digest = write_store(self.other, {url(number): TINY_PNG for number in range(self.COUNT)})
        # Several blocks of lines.
        self.path = self.write("input.jsonl", b"".join(line + b"\n" + text_line(number, 2000) + b"\n"
                                                       for number, line in enumerate(self.by_url())))
        self.out = self.dir / "out"

    def run_convert(self, store, *options, status=0):
        done = self.run_program("convert", self.path, "-o", self.out, "--urls", "inline", "--store", store,
                                "--max-shard-bytes", "50KB", *options)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def test_resume_of_a_finished_run(self):
        self.run_convert(self.store)
        before = digests(self.out)
        self.run_convert(self.moved, "--resume")
        refused = self.run_convert(self.other, "--resume", status=2)
        self.check_message(refused, "store", self.digest, self.other_digest)
        self.assertEqual(digests(self.out), before)

    def test_resume_of_an_unfinished_run(self):
        reference = digests(self.convert([self.path], *self.inline, "--max-shard-bytes", "50KB").dir)
        # Damage behind the first shard stops the run; the whole store goes on.
        segment = self.store / "bodies/task-0-00000.bin"
        data = segment.read_bytes()
        segment.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        self.run_convert(self.store, "--threads", "1", status=3)
        self.assertTrue((self.out / "train-00000.jsonl").exists())
        refused = self.run_convert(self.other, "--resume", status=2)
        self.check_message(refused, "store", self.digest, self.other_digest)
        self.run_convert(self.moved, "--resume")
        self.assertEqual(digests(self.out), reference)

    def step(self, *command, status=0):
        environment = {name: value for name, value in os.environ.items() if name not in SCHEDULERS}
        done = subprocess.run([PROGRAM, *map(str, command)], capture_output=True, timeout=60, env=environment)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def test_many_machines(self):
        options = ("--max-shard-bytes", "50KB", "--profile", "fireworks")
        wanted = digests(self.convert([self.path], *self.inline, *options).dir)
        work = self.dir / "work"
        self.step("plan", self.path, "-o", work, "--part-bytes", "2KB", *self.inline, *options)
        plan = json.loads((work / "plan.json").read_text())
        self.assertEqual(plan["store"], {"xxh128": self.digest})
        self.assertEqual(plan["store_directory"], str(self.store))
        self.step("map", work, "--task", "0/2")
        self.store.rename(self.dir / "away")
        shutil.copytree(self.other, self.store)
        refused = self.step("map", work, "--task", "1/2", status=3)
        self.check_message(refused, self.store, self.digest, self.other_digest)
        shutil.rmtree(self.store)
        shutil.copytree(self.moved, self.store)
        self.step("map", work, "--task", "1/2")
        self.step("merge", work)
        self.step("pack", work, "--task", "0/1")
        self.step("seal", work)
        self.assertEqual({name: digest for name, digest in digests(work).items() if name not in ("plan.json", "layout.json")},
                         wanted)
        self.step("plan", self.path, "-o", work, "--part-bytes", "2KB", "--urls", "inline", "--store", self.other, *options,
                  status=2)


class CheckTest(StoreTest):
    def report(self, lines, *options, status=1):
        path = self.write("checked.jsonl", b"".join(line + b"\n" for line in lines))
        done = self.run_program("check", path, "--json", "--list", *options)
        self.assertEqual(done.returncode, status, done.stderr + done.stdout)
        return json.loads(done.stdout)

    def test_images_of_the_store_are_checked_as_any(self):
        digest = self.fill({"https://a.test/cut": TINY_PNG[:-20], "https://a.test/gone": ("url_status", 410, False)})
        lines = [image_line(each) for each in (*map(url, range(16)), "https://a.test/cut", "https://a.test/gone",
                                               "https://a.test/missing")]
        found = self.report(lines, "--store", self.store)
        data = [image_line(data_url(*reversed(self.pictures[number]))) for number in range(16)]
        wanted = self.report(data)
        codes = lambda report, last: sorted((each["line"], each["code"]) for each in report["list"] if each["line"] <= last)
        self.assertEqual(codes(found, 16), codes(wanted, 16))
        self.assertEqual([each["code"] for each in found["list"] if each["line"] > 16],
                         ["corrupt_image", "url_status", "url_missing"])
        self.assertEqual(found["counts"]["urls"], 19)
        self.assertEqual(found["store"]["xxh128"], digest)
        self.assertEqual(found["store"]["images"], 16)
        self.assertIn("provider", found["store"]["reach"])
        self.assertEqual(found["image_tokens"], wanted["image_tokens"])
        text = self.run_program("check", self.dir / "checked.jsonl", "--store", self.store).stdout.decode()
        self.assertIn("the provider's servers may reach less", text)
        # Without the store nothing is known of them.
        self.assertNotIn("store", self.report(lines, status=0))

    def test_a_provider_without_urls_refuses_them_with_a_store_too(self):
        self.fill()
        found = self.report([image_line(url(0))], "--store", self.store, "--profile", "together")
        self.assertIn("url_not_allowed", [each["code"] for each in found["list"]])

    def test_warnings(self):
        signed = {
            # 2026-11-29 10:00 and a day; 1795946400 is 2026-11-29 10:00 UTC by `date`, and so is 0x6b0bf7a0.
            "https://b.s3.amazonaws.com/k?X-Amz-Date=20261129T100000Z&X-Amz-Expires=86400&X-Amz-Signature=0": "2026-11-30 10:00",
            "https://storage.googleapis.com/b/k?X-Goog-Date=20261231T235900Z&X-Goog-Expires=120&X-Goog-Signature=0":
                "2027-01-01 00:01",
            "https://b.s3.amazonaws.com/k?AWSAccessKeyId=A&Expires=1795946400&Signature=x%2F": "2026-11-29 10:00",
            "https://d1.cloudfront.net/k?Policy=eyJTdGF0ZW1lbnQiOlt7IkNvbmRpdGlvbiI6eyJEYXRlTGVzc1RoYW4iOnsiQVdTOkVwb2NoVGltZSI6MTc5NTk0NjQwMH19fV19"
            "&Signature=a&Key-Pair-Id=K": "2026-11-29 10:00",
            "https://a.blob.core.windows.net/c/k?sv=2024-01-01&se=2028-02-29T12%3A30%3A00Z&sig=x": "2028-02-29 12:30",
            "https://cdn.discordapp.com/attachments/1/2/a.png?ex=6b0bf7a0&is=6b09fe20&hm=00": "2026-11-29 10:00",
        }
        pages = ["https://drive.google.com/file/d/1/view", "https://www.dropbox.com/s/x/a.png?dl=0",
                 "https://imgur.com/abc", "https://github.com/a/b/blob/main/c.png", "https://commons.wikimedia.org/wiki/File:A.jpg"]
        plain = ["https://www.dropbox.com/s/x/a.png?raw=1", "https://i.imgur.com/abc.png", "https://imgur.com/abc.png",
                 "https://github.com/a/b/blob/main/c.png?raw=true", "https://drive.google.com/uc?export=download&id=1",
                 "https://a.test/k?Expires=1", "https://a.test/?se=2028-01-01"]
        slow, moved = "https://a.test/slow", "https://a.test/moved"
        every = [*signed, *pages, *plain, slow, moved]
        write_store(self.store, dict.fromkeys(every, TINY_PNG) | {slow: {"data": TINY_PNG, "elapsed_ms": 5000},
                                                                  moved: {"data": TINY_PNG, "redirects": 2}})
        found = self.report([image_line(each) for each in every], "--store", self.store, status=0)
        self.assertTrue(all(each["effect"] == "warning" for each in found["list"]), found["list"])
        by_line = {every[each["line"] - 1]: each for each in found["list"]}
        self.assertEqual({each: by_line.pop(each)["code"] for each in list(by_line)},
                         dict.fromkeys(signed, "url_expires") | dict.fromkeys(pages, "url_share_page") |
                         {slow: "url_slow", moved: "url_redirects"})
        by_line = {every[each["line"] - 1]: each for each in found["list"]}
        for each, date in signed.items():
            self.assertIn(date, by_line[each]["detail"])


class FetchedTest(FetchTest):
    """What fetch writes is read by an independent program and by convert alike."""

    def test_from_urls_to_a_file_for_a_provider_without_urls(self):
        server = self.server()
        urls = [server.url(f"ok/{number}") for number in range(12)] + [server.url("404/x")]
        self.fetch(server, urls)
        found = read_store(self.store)
        lines = [image_line(each, number) for number, each in enumerate(urls)]
        inlined = self.convert(lines, "--urls", "inline", "--store", self.store, "--profile", "together")
        wanted = self.convert([image_line(data_url(found[key_of(each)].data, "png"), number)
                               for number, each in enumerate(urls[:12])], "--profile", "together")
        self.assertEqual(inlined.shards, wanted.shards)
        self.assertEqual(inlined.reasons, ["url_status"])
        self.assertEqual(self.run_program("check", inlined.dir, "--profile", "together").returncode, 0)


if __name__ == "__main__":
    unittest.main()
