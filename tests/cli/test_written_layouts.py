"""Lines for local trainers, read as their documents say."""
import hashlib
import json
import os
import pathlib
import sys
import unittest

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "checker")]
import layouts
from harness import CliTest, Output, asked, image_line, message, part_image, part_text, parts, text_line, xxh128
from pictures import TINY_PNG, TINY_URL, data_url, encode, photo
from test_layouts import talks

LINK = "https://example.org/a.png"
ENDINGS = {"jpg": b"\xff\xd8", "png": b"\x89PNG", "webp": b"RIFF"}
FILES = [encode(photo(24 + 8 * i, 24, seed=i), kind) for i, kind in enumerate(("JPEG", "PNG", "WEBP"))]


class WrittenLayouts(CliTest):
    def write_run(self, lines, *options):
        path = self.write("input.jsonl", b"".join(text + b"\n" for text in lines))
        out = self.new_output_dir()
        done = self.run_program("convert", path, "-o", out, *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return Output(out)

    def bytes_of(self, result, place):
        """The image that a line names."""
        if place.startswith("data:"):
            return layouts.base64.b64decode(place.partition(",")[2])
        digest = pathlib.PurePosixPath(place).stem
        data = (result.dir / place).read_bytes()
        self.assertEqual(hashlib.sha256(data).hexdigest(), digest)
        self.assertRegex(place, rf"^images/{digest[:2]}/{digest}\.(jpg|png|webp)$")
        self.assertTrue(data.startswith(ENDINGS[place.rpartition(".")[2]]))
        return data

    def read_marks(self, result, text):
        line = json.loads(text)
        images, turns = iter(line["images"]), []
        for turn in line["messages"]:
            self.assertIsInstance(turn["content"], str)
            parts_ = []
            for number, piece in enumerate(turn["content"].split("<image>")):
                parts_ += [("image", self.bytes_of(result, next(images)))] if number else []
                parts_ += [("text", piece)] if piece else []
            turns.append((turn["role"], parts_))
        self.assertIsNone(next(images, None))
        return self.talk(turns)

    def read_parts(self, result, text):
        line = json.loads(text)
        images, turns = iter(line["images"]), []
        for turn in line["messages"]:
            self.assertIsInstance(turn["content"], list)
            turns.append((turn["role"], layouts.merged(
                [("text", part["text"]) if part["type"] == "text" else ("image", self.bytes_of(result, next(images)))
                 for part in turn["content"] if part in ({"type": "image"}, {"type": "text", "text": part.get("text")})])))
        self.assertIsNone(next(images, None))
        return self.talk(turns)

    def read_chat(self, result, text):
        def parts_of(content):
            return [("text", content)] if isinstance(content, str) else [
                ("text", part["text"]) if part["type"] == "text" else ("image", self.bytes_of(result, part["image_url"]["url"]))
                for part in content]
        return self.talk([(turn["role"], layouts.merged(parts_of(turn["content"]))) for turn in json.loads(text)["messages"]])

    @staticmethod
    def talk(turns):
        system = turns.pop(0)[1][0][1] if turns[0][0] == "system" else None
        return {"system": system, "turns": turns}

    def test_what_each_reader_finds_is_what_was_given(self):
        wanted = list(talks(200, "written"))
        lines = [layouts.spelled(layouts.chat(talk), i % 2 == 0) for i, talk in enumerate(wanted)]
        readers = {("llamafactory", "inline"): self.read_marks, ("llamafactory", "files"): self.read_marks, ("swift", "inline"): self.read_chat,
                   ("swift", "files"): self.read_marks, ("trl", "inline"): self.read_parts, ("trl", "files"): self.read_parts,
                   ("chat", "files"): self.read_chat}
        for (layout, images), read in readers.items():
            with self.subTest(layout=layout, images=images):
                result = self.write_run(lines, "--layout", layout, "--images", images)
                self.assertEqual([read(result, text) for text in result.written], wanted)
                self.check_files(result, images)
                done = self.run_program("check", result.dir)
                self.assertEqual(done.returncode, 0, done.stdout.decode()[-1500:])

    def check_files(self, result, images):
        files = [path for path in (result.dir / "images").rglob("*") if path.is_file()] if images == "files" else []
        named = {part for text in result.written for part in text.decode().split('"') if part.startswith("images/")}
        self.assertEqual({str(path.relative_to(result.dir)) for path in files}, named)
        if images == "files":
            self.assertEqual(result.manifest["image_files"], {"files": len(files), "bytes": sum(path.stat().st_size for path in files)})
            self.assertEqual(len(files), 3)
        else:
            self.assertNotIn("image_files", result.manifest)
            self.assertFalse((result.dir / "images").exists())
        self.assertEqual({path.name for path in result.dir.iterdir()} - {"images"},
                         {*result.shards, "manifest.json", "report.html", "run.json"})

    def test_every_other_byte_is_the_inputs(self):
        source = (r'{ "id" : 1.50, "messages" : [ {"role":"user", "content": [ {"type":"text", "text":"\u00e4 \n"} , '
                  r'{"type":"image_url","image_url":{"url":"%s", "detail":"low"}}, {"text":"b","type":"text"} ] , "name":"n"}, '
                  r'{"content":"ok", "role":"assistant"} ] , "note":"\u0041"}' % TINY_URL).encode()
        wanted = (r'{ "id" : 1.50, "messages" : [ {"role":"user", "content": "\u00e4 \n<image>b" , "name":"n"}, '
                  r'{"content":"ok", "role":"assistant"} ],"images":["%s"] , "note":"\u0041"}' % TINY_URL).encode()
        self.assertEqual(self.write_run([source], "--layout", "llamafactory").written, [wanted])
        wanted = (r'{ "id" : 1.50, "messages" : [ {"role":"user", "content": [ {"type":"text", "text":"\u00e4 \n"} , {"type":"image"}, '
                  r'{"text":"b","type":"text"} ] , "name":"n"}, {"content":[{"type":"text","text":"ok"}], "role":"assistant"} ],"images":["%s"] , '
                  r'"note":"\u0041"}' % TINY_URL).encode()
        self.assertEqual(self.write_run([source], "--layout", "trl").written, [wanted])

    def test_images_that_change_and_images_that_are_dropped(self):
        gray = data_url(encode(photo(20, 20, mode="L"), "PNG"), "png")
        relabeled = TINY_URL.replace("image/png", "image/jpeg")
        source = asked(parts(part_image("data:image/png;base64,AAAA"), part_text("a"), part_image(gray), part_image(relabeled), part_image(LINK)))
        for layout in ("llamafactory", "trl"):
            for images in ("inline", "files"):
                result = self.write_run([source], "--layout", layout, "--images", images, "--on-bad-image", "drop")
                line = json.loads(result.written[0])
                self.assertEqual(len(line["images"]), 3)
                self.assertNotEqual(self.bytes_of(result, line["images"][0]), layouts.base64.b64decode(gray.partition(",")[2]))
                self.assertEqual(self.bytes_of(result, line["images"][1]), TINY_PNG)
                self.assertEqual(line["images"][2], LINK)
                content = line["messages"][0]["content"]
                self.assertEqual(content, "a<image><image><image>" if layout == "llamafactory" else [{"type": "text", "text": "a"}, *[{"type": "image"}] * 3])

    def test_a_literal_mark_where_the_layout_has_marks(self):
        literal = [asked('"see <image>"'), asked(parts(part_text("<ima"), part_text("ge>"))), asked(r'"\u003cimage>"'),
                   asked(parts(part_text("a <image>"), part_image(TINY_URL)))]
        for options in (["--layout", "llamafactory"], ["--layout", "swift", "--images", "files"]):
            for source, images in zip(literal, (0, 0, 0, 1)):
                result = self.write_run([source, text_line(1)], *options)
                self.assertEqual([(r["reason"], r["pointer"]) for r in result.rejected], [("image_count", "/messages/0/content")])
                self.assertIn(f"{images + 1} marks for {images} images", result.rejected[0]["detail"])
        for options in (["--layout", "trl"], ["--layout", "swift"], ["--images", "files"]):
            written = self.write_run(literal, *options)
            self.assertEqual(written.rejected, [])
            with self.subTest("read again", options=options):
                done = self.run_program("check", written.dir, "--profile", "none")
                self.assertEqual(done.returncode, 0, done.stdout.decode())
                again = self.write_run(written.written, "--image-root", written.dir)
                self.assertEqual(again.rejected, [])
                self.assertEqual([self.read_chat(again, text) for text in again.written], [self.read_chat(again, text) for text in literal])

    def test_a_literal_mark_that_a_dropped_image_would_make(self):
        broken = part_image("data:image/png;base64,AAAA")
        halves = asked(parts(part_text("<ima"), broken, part_text("ge>")))
        whole = asked(parts(part_text("<ima"), part_image(TINY_URL), part_text("ge>")))
        for options in (["--layout", "llamafactory"], ["--layout", "swift", "--images", "files"]):
            result = self.write_run([halves, whole], *options, "--on-bad-image", "drop")
            self.assertEqual([(r["reason"], r["pointer"]) for r in result.rejected], [("image_count", "/messages/0/content/1")])
            self.assertEqual(json.loads(result.written[0])["messages"][0]["content"], "<ima<image>ge>")
            for source, content in ((asked(parts(part_text("<ima"), part_image(TINY_URL), part_text("ge"), broken, part_text(">"))), "<ima<image>ge>"),
                                    (asked(parts(part_text("<ima"), broken, part_image(TINY_URL), part_text("ge>"))), "<ima<image>ge>"),
                                    (asked(parts(broken, part_text("a<i"), part_text("m"), broken, part_image(TINY_URL), part_text("age>"))), "a<im<image>age>")):
                written = self.write_run([source], *options, "--on-bad-image", "drop").written
                self.assertEqual(json.loads(written[0])["messages"][0]["content"], content)

    def test_a_line_that_is_chat_by_its_images_alone_keeps_one(self):
        broken = part_image("data:image/png;base64,AAAA")
        for more in (',"images":["0.png"]', ',"image":"0.png"', ',"system":"Be a cat."'):
            lines = [asked(parts(part_text(), broken), more=more), asked(parts(part_text(), broken, part_image(TINY_URL)), more=more),
                     asked(parts(part_text(), broken, part_image(LINK)), more=more), asked(parts(part_text(), broken))]
            result = self.write_run(lines, "--on-bad-image", "drop")
            self.assertEqual([(r["source"]["line"], r["reason"]) for r in result.rejected], [(1, "image_count")])
            again = self.write_run(result.written)
            self.assertEqual(again.written, result.written)
            self.assertEqual(self.write_run(lines, "--on-bad-image", "drop", "--from", "chat").rejected, [])

    def test_an_image_key_of_the_line_that_readers_would_take_for_its_list(self):
        def source(key):
            return asked(parts(part_text(), part_image(TINY_URL)), more=',"image":' + key)
        for options in (["--layout", "llamafactory"], ["--layout", "trl"], ["--layout", "swift", "--images", "files"]):
            result = self.write_run([source('"0.png"'), source("null"), source("[]"), source('""')], *options)
            self.assertEqual([(r["source"]["line"], r["reason"], r["pointer"]) for r in result.rejected], [(1, "duplicate_key", "/image")])
            done = self.run_program("check", result.dir, "--profile", "none")
            self.assertEqual(done.returncode, 0, done.stdout.decode())

    def test_lines_that_a_layout_has_no_place_for(self):
        left = asked(parts('{"type":"image","path":"1.png"}', '{"type":"input_text","text":"a"}', part_image(TINY_URL)))
        self.assertEqual(self.write_run([left], "--layout", "trl", "--profile", "none").reasons, ["bad_part"])
        preference = b'{"input":{"messages":[{"role":"user","content":"q"}]},"preferred_output":[{"role":"assistant","content":"a"}],"non_preferred_output":[{"role":"assistant","content":"b"}]}'
        self.assertEqual(self.write_run([preference], "--layout", "trl").reasons, ["bad_messages"])
        self.assertEqual(self.write_run([asked(parts(part_image(TINY_URL)), more=',"images":["x"]')], "--layout", "trl").reasons, ["duplicate_key"])
        refusal = asked('"q"').replace(b'"ok"', b'[{"type":"refusal","refusal":"no"}]')
        self.assertEqual(self.write_run([refusal], "--layout", "llamafactory").reasons, ["bad_part"])
        path = self.write("a.jsonl", text_line(1) + b"\n")
        for options in (["--layout", "trl", "--profile", "together"], ["--layout", "trl", "--shards", "1"], ["--images", "files", "--shards", "1"]):
            self.assertEqual(self.run_program("convert", path, "-o", self.new_output_dir(), *options).returncode, 2)

    def test_a_line_that_lists_no_image_gets_one_list(self):
        for nothing in ("[]", "null", "[ ]"):
            key = b'"images": ' + nothing.encode()
            for source in (text_line(1)[:-1] + b"," + key + b"}", b"{" + key + b"," + text_line(1)[1:],
                           text_line(1)[:-1] + b',"id":1,' + key + b',"more":2}'):
                for layout in ("llamafactory", "trl"):
                    result = self.write_run([source], "--layout", layout)
                    self.assertEqual(result.rejected, [], source)
                    self.assertEqual(result.written[0].count(b'"images"'), 1)
                    written = json.loads(result.written[0])
                    self.assertEqual(written.pop("images"), [])
                    self.assertEqual(list(written), [key for key in json.loads(source) if key != "images"])
        # What a run has written is read again.
        again = self.write_run([text_line(1), asked(parts(part_text(), part_image(TINY_URL)))], "--layout", "llamafactory")
        self.assertEqual(self.write_run(again.written, "--layout", "llamafactory").written, again.written)

    def test_byte_caps_count_the_lines_alone(self):
        lines = [image_line(data_url(encode(photo(200, 200, seed=i), "PNG"), "png"), i) for i in range(30)]
        options = ["--images", "files", "--max-shard-bytes", "2kB"]
        result = self.write_run(lines, *options)
        self.assertTrue(all(len(data) <= 2000 for data in result.shards.values()))
        self.assertEqual(result.manifest["image_files"]["files"], 30)
        self.assertEqual(result.rejected, [])

    def test_the_same_files_for_any_threads_machines_and_after_a_stop(self):
        pictures = [encode(photo(60, 60, seed=i), "PNG") for i in range(40)] + [encode(photo(30, 30, mode="L"), "JPEG")]
        lines = [layouts.spelled(layouts.chat(talk), True) for talk in talks(1500, "same", pictures)]
        path = self.write("in.jsonl", b"".join(text + b"\n" for text in lines))
        options = ["--layout", "llamafactory", "--images", "files", "--max-shard-bytes", "20kB"]

        def tree(folder):
            return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*")
                    if p.is_file() and p.name not in ("run.json", "report.html", "plan.json", "layout.json")}
        folders = []
        for threads in ("1", "3"):
            folders.append(self.new_output_dir())
            self.assertEqual(self.run_program("convert", path, "-o", folders[-1], "--threads", threads, *options).returncode, 0)
        work = self.new_output_dir()
        self.run_program("plan", path, "-o", work, "--part-bytes", "200kB", *options)
        for step in (["map", work, "--task", "0/2"], ["map", work, "--task", "1/2"], ["merge", work], ["pack", work, "--task", "0/1"], ["seal", work]):
            self.assertEqual(self.run_program(*step).returncode, 0)
        folders.append(self.killed_and_resumed(path, *options))
        wanted = tree(folders[0])
        self.assertGreater(len(wanted), 40)
        self.assertEqual(tree(folders[1]).keys(), wanted.keys())
        self.assertEqual(tree(folders[1]), wanted)
        self.assertEqual(tree(folders[2]), wanted)
        self.assertEqual(tree(work), wanted)
        # A replaced run leaves no image, and a stranger's file stays.
        stranger = folders[0] / "images" / "mine.txt"
        stranger.write_text("x")
        small = self.write("small.jsonl", text_line(1) + b"\n")
        self.assertEqual(self.run_program("convert", small, "-o", folders[0], "--force").returncode, 0)
        self.assertEqual([p.name for p in (folders[0] / "images").rglob("*")], ["mine.txt"])

    def test_check_finds_changed_and_missing_images(self):
        result = self.write_run([image_line(data_url(data, kind), i) for i, (data, kind) in enumerate(zip(FILES * 5, ("jpeg", "png", "webp") * 5))],
                                "--layout", "trl", "--images", "files")
        self.assertEqual(self.run_program("check", result.dir).returncode, 0)
        files = sorted((result.dir / "images").rglob("*.*"))
        files[0].write_bytes(files[1].read_bytes())
        done = self.run_program("check", result.dir, "--json")
        self.assertEqual(done.returncode, 1)
        self.assertIn("manifest_mismatch", [group["code"] for group in json.loads(done.stdout)["findings"]])
        files[0].unlink()
        done = self.run_program("check", result.dir, "--json")
        codes = [group["code"] for group in json.loads(done.stdout)["findings"]]
        self.assertEqual(done.returncode, 1)
        self.assertLessEqual({"manifest_mismatch", "file_not_found"}, set(codes))

    def test_runs_of_several_layouts_are_checked_together(self):
        lines = [image_line(data_url(data, kind), i) for i, (data, kind) in enumerate(zip(FILES * 4, ("jpeg", "png", "webp") * 4))]
        folders = [self.write_run(lines, *options).dir for options in (
            ["--layout", "llamafactory", "--images", "files"], ["--layout", "trl"], ["--images", "files"], [])]
        for profile in ([], ["--profile", "none"]):
            done = self.run_program("check", *folders, *profile, "--json")
            self.assertEqual((done.returncode, json.loads(done.stdout)["findings"]), (0, []))
        image = next(path for path in (folders[0] / "images").rglob("*") if path.is_file())
        image.write_bytes(image.read_bytes() + b"x")
        done = self.run_program("check", *folders, "--json")
        found = {first["file"] for group in json.loads(done.stdout)["findings"] for first in group["first"]}
        self.assertEqual((done.returncode, found), (1, {str(image), str(folders[0] / "images")}))


if __name__ == "__main__":
    unittest.main()
