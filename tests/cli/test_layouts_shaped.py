"""Lines of other layouts, and images as files, with --store, --exclude, --sample and --max-tokens."""
import hashlib
import json
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "checker"), os.path.join(HERE, "..", "support")]
import layouts
from harness import CliTest, Output, asked, parts, part_image, part_text
from pictures import encode, photo
from store_files import write_store
from test_fetch import FetchTest, url_key
from test_layouts import talks, written_talks

FILES = [encode(photo(24 + 8 * i, 24, seed=i), kind) for i, kind in enumerate(("JPEG", "PNG", "WEBP"))]
GRAY = encode(photo(20, 20, 9, mode="L"), "PNG")  # is converted
ALL = [*FILES, GRAY]
URL_WRITERS = [(name, write) for name, writers in layouts.LAYOUTS.items() for write in writers if name != "parts"] + [
    ("parts", layouts.parts), ("parts", lambda talk, url: layouts.parts(talk, url, None)),
    ("parts", lambda talk, url: layouts.parts(talk, url, "url")), ("chat", layouts.chat)]
TO_FILES = ("--layout", "llamafactory", "--images", "files")
PREFERENCE = (b'{"input":{"messages":[{"role":"user","content":"q"}]},"preferred_output":[{"role":"assistant","content":"a"}],'
              b'"non_preferred_output":[{"role":"assistant","content":"b"}]}')


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def link(data):
    return f"https://host{sha256(data)[:8]}.test/{sha256(data)}.png?a=1"


def images_of(talk):
    return [value for _, content in talk["turns"] for kind, value in content if kind == "image"]


def mixed(number, seed, pictures):
    """(conversation, its line), in all layouts by turns."""
    writers = [write for group in layouts.LAYOUTS.values() for write in group] + [layouts.chat]
    return [(talk, layouts.spelled(writers[i % len(writers)](talk), i % 2 == 0)) for i, talk in enumerate(talks(number, seed, pictures))]


class Shaped(CliTest):
    def run_on(self, lines, *options):
        path = self.write("in.jsonl", b"".join(text + b"\n" for text in lines))
        out = self.new_output_dir()
        done = self.run_program("convert", path, "-o", out, "--no-sync", *options)
        self.assertEqual(done.returncode, 0, done.stderr.decode()[-1500:])
        return Output(out)

    def tree(self, folder):
        return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*")
                if p.is_file() and p.name not in ("run.json", "report.html", "plan.json", "layout.json")}

    def image_files(self, result):
        return {path.stem for path in (result.dir / "images").rglob("*.*")}

    def by_machines(self, lines, *options):
        path = self.write("in.jsonl", b"".join(text + b"\n" for text in lines))
        work = self.new_output_dir()
        for step in (["plan", path, "-o", work, "--part-bytes", "20kB", *options], ["map", work, "--task", "0/2"], ["map", work, "--task", "1/2"],
                     ["merge", work], ["pack", work, "--task", "0/1"], ["seal", work]):
            done = self.run_program(*step)
            self.assertEqual(done.returncode, 0, done.stderr.decode()[-1000:])
        return work

    def lists(self, *entries):
        return ("--exclude", self.write("list.txt", "\n".join([*entries, ""]).encode()))


class StoreTest(Shaped):
    def setUp(self):
        super().setUp()
        write_store(self.dir / "store", {link(data): data for data in ALL})
        self.inline = ("--urls", "inline", "--store", self.dir / "store")

    def test_images_of_the_store_are_written_as_those_in_the_lines(self):
        wanted = list(talks(60, "store", ALL))
        for options in ((), ("--profile", "together"), ("--layout", "trl"), TO_FILES, ("--images", "files")):
            of_chat = self.run_on([layouts.spelled(layouts.chat(talk), True) for talk in wanted], *options)
            for name, write in URL_WRITERS:
                by_url = [layouts.spelled(write(talk, link), True) for talk in wanted]
                with self.subTest(layout=name, options=options):
                    result = self.run_on(by_url, *self.inline, *options)
                    self.assertEqual(result.rejected, [])
                    inlined = result.manifest["conversions"]["url_inlined"]
                    self.assertEqual(inlined, sum(map(len, map(images_of, wanted))))
                    if "--layout" in options or "--images" in options:
                        self.assertEqual(self.image_files(result), self.image_files(of_chat))
                    for one, other in zip(result.written, of_chat.written):
                        one, other = json.loads(one), json.loads(other)
                        self.assertEqual([one.get("images")], [other.get("images")])
                    if options in ((), ("--profile", "together")):
                        got, reference = written_talks(result), written_talks(of_chat)
                        self.assertEqual(got, reference)

    def test_a_url_that_the_store_lacks_is_named_where_the_line_has_it(self):
        talk = {"system": None, "turns": [("user", [("text", "q"), ("image", b"x")]), ("assistant", [("text", "a")])]}
        pointers = {"conversations": "/image", "marked": "/images/0", "contents": "/contents/0/parts/1", "responses": "/messages/0/content/1"}
        for name, pointer in pointers.items():
            source = layouts.spelled(layouts.LAYOUTS[name][0](talk, link), True)
            result = self.run_on([source], *self.inline)
            self.assertEqual([(r["reason"], r["pointer"], r["raw"].encode()) for r in result.rejected], [("url_missing", pointer, source)])
            path = self.write("check.jsonl", source + b"\n")
            done = self.run_program("check", path, "--store", self.dir / "store", "--json")
            found = {group["code"]: group["first"][0]["pointer"] for group in json.loads(done.stdout)["findings"]}
            self.assertEqual(found["url_missing"], pointer)

    def test_kept_urls_are_listed_where_the_layout_lists_images(self):
        wanted = list(talks(40, "kept", ALL))
        for name, write in URL_WRITERS:
            lines = [layouts.spelled(write(talk, link), True) for talk in wanted]
            for options in (TO_FILES, ("--layout", "trl")):
                result = self.run_on(lines, *options)
                self.assertEqual([json.loads(text)["images"] for text in result.written], [list(map(link, images_of(talk))) for talk in wanted], name)
                self.assertFalse((result.dir / "images").exists() and self.image_files(result))


class FetchesTest(FetchTest):
    def test_the_urls_of_every_layout_are_fetched(self):
        server = self.server()
        wanted, lines = set(), []
        for number, (name, write) in enumerate(URL_WRITERS):
            url = server.url(f"ok/{number}.png")
            wanted.add(url)
            talk = {"system": None, "turns": [("user", [("image", b"x"), ("text", "q")]), ("assistant", [("text", "a")])]}
            lines.append(layouts.spelled(write(talk, lambda _: url), True))
        path = self.write("in.jsonl", b"".join(text + b"\n" for text in lines))
        self.fetch(server, path)
        self.assertEqual(set(self.records()), {url_key(url) for url in wanted})
        result = self.convert([path], "--urls", "inline", "--store", self.store)
        self.assertEqual((result.rejected, result.manifest["conversions"]["url_inlined"]), ([], len(lines)))
        # As rejected.jsonl has them.
        records = self.write("again.jsonl", b"".join(json.dumps({"source": {"file": "x", "line": 1, "byte": 0}, "reason": "url_missing", "raw": text.decode()}).encode() + b"\n"
                                                     for text in lines))
        self.fetch(server, records, store=self.dir / "other")
        self.assertEqual(set(self.records(self.dir / "other")), {url_key(url) for url in wanted})


class ExcludeTest(Shaped):
    def test_images_urls_and_hosts_of_every_layout(self):
        wanted = list(talks(60, "exclude", ALL))
        chosen = FILES[0]
        kept = [talk for talk in wanted if chosen not in images_of(talk)]
        self.assertLess(10, len(kept))
        for name, write in URL_WRITERS:
            by_url = [layouts.spelled(write(talk, link), True) for talk in wanted]
            for lines, entry in ((by_url, link(chosen)), (by_url, "host:" + link(chosen).split("/")[2]),
                                 ([layouts.spelled(write(talk, layouts.data_url), True) for talk in wanted], f"image:{sha256(chosen)}")):
                with self.subTest(layout=name, entry=entry):
                    result = self.run_on(lines, *self.lists(entry))
                    self.assertEqual(result.counts["excluded"], len(wanted) - len(kept))
                    self.assertEqual(len(result.written), len(kept))
                    plain = self.run_on(lines).written
                    self.assertEqual(result.written, [text for text, talk in zip(plain, wanted) if talk in kept])

    def test_a_line_is_known_by_its_own_digest_and_by_that_of_what_is_written(self):
        pairs = mixed(14, "digests", ALL)
        lines = [text for _, text in pairs]
        self.assertEqual(len(set(lines)), len(lines))
        written = self.run_on(lines).written
        for number in range(len(lines)):
            for text in (lines[number], written[number]):
                got = self.run_on(lines, *self.lists(f"example:{sha256(text)}")).written
                self.assertEqual(got, [each for each in written if each != written[number]], number)

    def test_places_and_what_a_record_of_rejected_lines_carries(self):
        lines = [text for _, text in mixed(12, "places", ALL)]
        written = self.run_on(lines).written
        result = self.run_on(lines, *self.lists(f"{self.dir / 'in.jsonl'}:3"))
        self.assertEqual(result.written, written[:2] + written[3:])
        records = [json.dumps({"source": {"file": "x", "line": 1, "byte": 0}, "reason": "bad_url", "raw": text.decode()}).encode() for text in lines]
        self.assertEqual(self.run_on(records).written, written)
        self.assertEqual(self.run_on(records, *self.lists(f"example:{sha256(lines[4])}")).written, written[:4] + written[5:])

    def test_an_excluded_image_is_no_file(self):
        pairs = mixed(60, "files", FILES)
        lines, chosen = [text for _, text in pairs], FILES[1]
        for options in (TO_FILES, ("--layout", "trl", "--images", "files"), ("--images", "files")):
            for drops in (False, True):
                result = self.run_on(lines, *options, *self.lists(f"image:{sha256(chosen)}"), *(("--on-excluded", "drop") if drops else ()))
                self.assertEqual(result.rejected, [])
                self.assertEqual(self.image_files(result), {sha256(data) for data in FILES if data != chosen})
                self.assertEqual(self.run_program("check", result.dir).returncode, 0)
                if not drops:
                    self.assertEqual(result.counts["excluded"], sum(chosen in images_of(talk) for talk, _ in pairs))
                elif "images" in json.loads(result.written[0]):
                    named = [len(json.loads(text)["images"]) for text in result.written]
                    left = [sum(data != chosen for data in images_of(talk)) for talk, _ in pairs]
                    self.assertEqual(sum(named), sum(left) - self.lost(pairs, chosen))

    @staticmethod
    def lost(pairs, chosen):
        """Other images of lines that are left out, since a message would be empty."""
        return sum(sum(data != chosen for data in images_of(talk)) for talk, _ in pairs
                   if any(content and all(kind == "image" and value == chosen for kind, value in content) for _, content in talk["turns"]))


class SampleTest(Shaped):
    def test_a_sample_is_of_the_lines_as_they_came(self):
        lines = [text for _, text in mixed(300, "sample", ALL)]
        plain = self.run_on(lines)
        sample = self.run_on(lines, "--sample", "40%", "--seed", "7")
        self.assertEqual(sample.written, [text for text in plain.written if text in set(sample.written)])
        self.assertTrue(80 < len(sample.written) < 160, len(sample.written))
        self.assertEqual(sample.counts["excluded"], len(lines) - len(sample.written))
        in_layout = self.run_on(lines, "--sample", "40%", "--seed", "7", *TO_FILES)
        whole = self.run_on(lines, *TO_FILES).written
        self.assertEqual(in_layout.written, [whole[i] for i, text in enumerate(plain.written) if text in set(sample.written)])
        named = {os.path.basename(path).partition(".")[0] for text in in_layout.written for path in json.loads(text)["images"]}
        self.assertEqual(self.image_files(in_layout), named)

    def test_the_same_files_by_threads_and_machines_with_a_list_a_sample_and_a_store(self):
        write_store(self.dir / "store", {link(data): data for data in ALL})
        pairs = [(talk, layouts.spelled(URL_WRITERS[i % len(URL_WRITERS)][1](talk, link), True)) for i, talk in enumerate(talks(400, "machines", ALL))]
        lines = [text for _, text in pairs]
        options = [*TO_FILES, "--urls", "inline", "--store", self.dir / "store", "--sample", "60%", "--seed", "3", "--max-shard-bytes", "6kB",
                   *self.lists(f"image:{sha256(FILES[0])}", f"example:{sha256(lines[5])}"), "--max-tokens", "3000"]
        one = self.run_on(lines, *options, "--threads", "1")
        self.assertGreater(len(one.shards), 3)
        self.assertNotIn(sha256(FILES[0]), self.image_files(one))
        self.assertEqual(self.tree(self.run_on(lines, *options, "--threads", "4", "--memory", "64MiB").dir), self.tree(one.dir))
        self.assertEqual(self.tree(self.by_machines(lines, *options)), self.tree(one.dir))
        done = self.run_program("check", one.dir)
        self.assertEqual(done.returncode, 0, done.stdout.decode()[-1500:])

    def test_an_excluded_first_line_does_not_say_what_method_the_file_has(self):
        lines = [PREFERENCE] + [asked('"q"')] * 400
        self.assertEqual(self.run_on(lines).reasons, ["bad_messages"] * 400)
        options = [*self.lists(f"{self.dir / 'in.jsonl'}:1"), "--max-shard-bytes", "3kB"]
        one = self.run_on(lines, *options)
        self.assertEqual((len(one.written), one.counts["excluded"], one.rejected), (400, 1, []))
        self.assertEqual(self.tree(self.by_machines(lines, *options)), self.tree(one.dir))

    def test_the_tokens_of_a_line_are_those_of_the_chat_line(self):
        chat = asked(parts(part_text("word " * 40), part_image(layouts.data_url(FILES[0]))))
        foreign = b'{"conversations":[{"from":"human","value":"%s<image>"},{"from":"gpt","value":"ok"}],"image":"%s"}' % (
            b"word " * 40, layouts.data_url(FILES[0]).encode())
        for limit in range(300, 420, 12):
            rejected = [len(self.run_on([text], "--max-tokens", limit).rejected) for text in (chat, foreign)]
            self.assertEqual(*rejected, limit)


if __name__ == "__main__":
    unittest.main()
