"""Lines of other layouts become chat lines with the same texts and the same image files."""
import base64
import json
import os
import random
import subprocess
import sys
import unittest

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "checker")]
import layouts
from harness import ANSWER, CliTest, asked, image_line, image_urls, line, message, part_image, part_text, parts, payload_of, text_line
from pictures import TINY_PNG, TINY_URL, encode, photo

TEXTS = ["What is this?", "Zwei Bilder: “ä” \n und \t Ende", 'quoted "<b>" \\ slash /', "日本語 🎈", " ", "x < y && image > 3", "<image"]


def talks(number, seed, images=None):
    """Conversations with texts that need escapes and pictures of three formats."""
    draw = random.Random(seed)
    files = [encode(photo(24 + 8 * i, 24, seed=i), kind) for i, kind in enumerate(("JPEG", "PNG", "WEBP"))] if images is None else images
    for _ in range(number):
        turns = []
        for _ in range(draw.randint(1, 3)):
            asked_for = [("text", draw.choice(TEXTS)) for _ in range(draw.randint(1, 2))]
            for _ in range(draw.randint(0, 2)):
                asked_for.insert(draw.randint(0, len(asked_for)), ("image", draw.choice(files)))
            turns += [("user", layouts.merged(asked_for)), ("assistant", [("text", draw.choice(TEXTS))])]
        yield {"system": draw.choice([None, None, "Be brief: “ok”"]), "turns": turns}


def written_talks(result):
    return [layouts.conversation_of(json.loads(text)) for text in result.written]


class Layouts(CliTest):
    def test_each_layout_gives_the_same_messages_and_image_files(self):
        for name, writers in layouts.LAYOUTS.items():
            for number, write in enumerate(writers):
                wanted = list(talks(200, f"{name}{number}"))
                lines = [layouts.spelled(write(talk), i % 2 == 0) for i, talk in enumerate(wanted)]
                foreign = sum(layouts.layout_of(json.loads(text)) == name for text in lines)
                for profile in ("openai", "together"):
                    with self.subTest(layout=name, writer=number, profile=profile):
                        result = self.convert(lines, "--profile", profile)
                        self.assertEqual(result.rejected, [])
                        self.assertEqual(written_talks(result), wanted)
                        self.assertEqual(result.manifest["conversions"][f"layout_{name}"], foreign)
                        done = self.run_program("check", result.dir, "--profile", profile)
                        self.assertEqual(done.returncode, 0, done.stdout.decode()[-1500:])

    def test_the_oracle_agrees_line_by_line(self):
        writers = [write for group in layouts.LAYOUTS.values() for write in group] + [layouts.chat]
        lines = [layouts.spelled(writers[i % len(writers)](talk), True) for i, talk in enumerate(talks(120, "mixed"))]
        result = self.convert(lines)
        self.assertEqual(result.rejected, [])
        for source, text in zip(lines, result.written):
            layout, wanted = layouts.chat_of(json.loads(source))
            got = json.loads(text)
            self.assertEqual(got, wanted)
            self.assertEqual(list(got), list(wanted), "the order of keys")

    def test_the_independent_checker_reads_every_layout(self):
        writers = [write for group in layouts.LAYOUTS.values() for write in group]
        gif = encode(photo(30, 20), "GIF")
        lines = [layouts.spelled(writers[i % len(writers)](talk), True) for i, talk in enumerate(talks(60, "checker", [gif, TINY_PNG, b"no image"]))]
        result = self.convert(lines)
        self.assertGreater(len(result.rejected), 5)
        checker = os.path.join(os.path.dirname(layouts.__file__), "check_output.py")
        done = subprocess.run(["/usr/bin/python3", checker, result.dir, self.dir / "input.jsonl"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout[-3000:])

    def test_escapes_and_base64_are_carried_over_as_they_are_spelled(self):
        url = TINY_URL.replace("/", r"\/")
        source = (r'{ "id" : 1e2, "conversations" : [ {"from":"human", "value" : "\u00e4 \u003cimage\u003e\/x\n", "loss": 1.0}, '
                  r'{"value":"caf\u00e9", "from":"gpt"} ], "image" : "%s", "note":"\u0041" }' % url).encode()
        text = self.convert([source]).written[0].decode()
        for piece in (r'"text":"\u00e4 "', r'"text":"\/x\n"', r'"content":"caf\u00e9"', '"loss":1.0', '"id":1e2', r'"note":"\u0041"'):
            self.assertIn(piece, text)
        self.assertEqual(payload_of(image_urls(text)[0]), ("png", TINY_PNG))

    def test_a_chat_line_is_none_of_them(self):
        lines = [image_line(TINY_URL), asked('"<image> is a mark"'), asked('"q"', more=',"images":[]'), asked('"q"', more=',"image":null'),
                 asked(parts(part_text(), part_image(TINY_URL)), more=',"images":["a.png"]'), asked('"q"', more=',"system":null')]
        result = self.convert(lines)
        self.assertEqual(result.written, lines)
        self.assertFalse([kind for kind in result.manifest["conversions"] if kind.startswith("layout_")])

    def test_from_forces_a_layout(self):
        plain = asked('"<image>q"')
        marked = asked('"<image>q"', more=',"images":["%s"]' % TINY_URL)
        self.assertEqual(self.convert([marked], "--from", "chat").written, [marked])
        self.assertEqual(self.convert([marked], "--from", "marked").manifest["conversions"]["layout_marked"], 1)
        self.assertEqual(self.convert([plain], "--from", "marked").reasons, ["image_count"])
        for layout in ("contents", "conversations"):
            self.assertEqual(self.convert([plain], "--from", layout).reasons, ["bad_messages"])
        self.assertEqual(self.run_program("convert", self.write("a.jsonl", plain), "-o", self.new_output_dir(), "--from", "x").returncode, 2)

    def rejected(self, source, *options):
        result = self.convert([source], *options)
        self.assertEqual(len(result.rejected), 1, result.written)
        record = result.rejected[0]
        self.assertEqual(record["raw"].encode(), source)
        return record

    def test_marks_and_images_that_differ_in_number(self):
        def conversation(value, more=""):
            return ('{"conversations":[{"from":"human","value":%s},{"from":"gpt","value":"a"}]%s}' % (json.dumps(value), more)).encode()
        many = json.dumps([TINY_URL] * 10_000)
        cases = [
            (conversation("<image>q"), 1, 0, "/conversations"), (conversation("q", ',"image":"a.png"'), 0, 1, "/image"),
            (conversation("<image>q", ',"image":null'), 1, 0, "/image"), (conversation("<image>q", ',"image":""'), 1, 0, "/image"),
            (conversation("<image>q", ',"image":[]'), 1, 0, "/image"), (conversation("<image>", ',"image":["a","b"]'), 1, 2, "/image"),
            (conversation("<image><image>", ',"images":["a"]'), 2, 1, "/images"), (conversation("<image>", f',"images":{many}'), 1, 10_000, "/images"),
            (asked('"q"', more=',"images":["a.png"]'), 0, 1, "/images"), (asked('"<image>q"', more=',"images":[]'), 1, 0, "/images"),
            (asked('"<image\\u003e q"', more=',"images":[]'), 1, 0, "/images"),
            (asked(parts('{"type":"image"}', part_text())), 1, 0, "/messages"),
            (asked(parts('{"type":"image"}', part_text()), more=',"images":["a","b"]'), 1, 2, "/images"),
            (asked(parts('{"type":"image","image":"%s"}' % TINY_URL), more=',"images":["a"]'), 0, 1, "/images"),
        ]
        for source, marks, images, pointer in cases:
            with self.subTest(source[:150]):
                record = self.rejected(source)
                self.assertEqual((record["reason"], record["pointer"]), ("image_count", pointer))
                self.assertRegex(record["detail"], rf"\b{marks:,} .*\b{images:,} image")

    def test_a_key_that_stands_twice_where_an_image_is_looked_for(self):
        data = TINY_URL.split(",")[1]
        url, other, source = (json.dumps(text) for text in (TINY_URL, data, data))
        def content(part):
            return asked("[%s]" % part)
        block = '{"type":"image","source":{%s}}'
        def gemini(part):
            return ('{"contents":[{"role":"user","parts":[%s]},{"role":"model","parts":[{"text":"a"}]}]}' % part).encode()
        inline = '"%s":{"mimeType":"image/png","data":' + source + '}'
        def conversation(more, value='"value":"<image>"'):
            return ('{"conversations":[{"from":"human",%s},{"from":"gpt","value":"a"}],%s}' % (value, more)).encode()
        base64_source = '"type":"base64","media_type":"image/png","data":' + source
        lines = {
            content(block % (base64_source + ',"data":' + other)): "/messages/0/content/0/source/data",
            content(block % (base64_source + ',"type":"base64"')): "/messages/0/content/0/source/type",
            content('{"type":"image","source":{%s},"source":{%s}}' % (base64_source, base64_source)): "/messages/0/content/0/source",
            content('{"type":"image","type":"text","text":"k","source":{%s}}' % base64_source): "/messages/0/content/0/type",
            content('{"type":"image","image":%s,"image":%s}' % (url, url)): "/messages/0/content/0/image",
            content('{"type":"image","url":%s,"url":%s}' % (url, url)): "/messages/0/content/0/url",
            content('{"type":"image","image":{"bytes":%s,"bytes":%s}}' % (source, other)): "/messages/0/content/0/image/bytes",
            content('{"type":"input_image","image_url":%s,"image_url":%s}' % (url, url)): "/messages/0/content/0/image_url",
            content('{"type":"input_image","type":"input_text","text":"k","image_url":%s}' % url): "/messages/0/content/0/type",
            gemini('{"inlineData":{"data":%s,"data":%s}}' % (source, other)): "/contents/0/parts/0/inlineData/data",
            gemini("{%s,%s}" % (inline % "inlineData", inline % "inlineData")): "/contents/0/parts/0/inlineData",
            gemini("{%s,%s}" % (inline % "inlineData", inline % "inline_data")): "/contents/0/parts/0/inlineData",
            conversation('"images":[{"bytes":%s,"bytes":%s}]' % (source, other)): "/images/0/bytes",
            conversation('"images":[%s]' % url, '"value":"<image>","value":"<image>"'): "/conversations/0/value",
            conversation('"images":[]', '"role":"system","value":"hi"'): "/conversations/0/role",
            gemini('{"text":"a"}').replace(b'"parts":', b'"content":"b","parts":', 1): "/contents/0/parts",
            gemini('{"text":"a"}').replace(b']},', b'],"content":"b"},', 1): "/contents/0/content"}
        for text, pointer in lines.items():
            record = self.rejected(text)
            self.assertEqual((record["reason"], record["pointer"]), ("duplicate_key", pointer), text)

    def test_values_that_are_no_image(self):
        def conversation(image):
            return ('{"conversations":[{"from":"human","value":"<image>q"},{"from":"gpt","value":"a"}],"image":%s}' % image).encode()
        for image, reason, pointer in [("5", "bad_part", "/image"), ("true", "bad_part", "/image"), ("[7]", "bad_part", "/image/0"),
                                       ('{"a":1}', "bad_part", "/image"), ('"a.png"', "bad_url", "/image"), ('["a.png"]', "bad_url", "/image/0"),
                                       ('"../a.png"', "bad_url", "/image")]:
            record = self.rejected(conversation(image))
            self.assertEqual((record["reason"], record["pointer"]), (reason, pointer), image)
        urls = image_urls(self.convert([conversation('["%s"]' % TINY_URL)]).written[0])
        self.assertEqual(urls, [TINY_URL])
        both = conversation('"a"').replace(b'"image":', b'"images":["b"],"image":')
        self.assertEqual(self.rejected(both)["reason"], "image_count")
        twice = conversation('"a"').replace(b'"image":', b'"image":"b","image":')
        self.assertEqual(self.rejected(twice)["reason"], "duplicate_key")

    def test_paths_beneath_the_image_root(self):
        self.write("root/sub/a.png", TINY_PNG)
        self.write("b.png", TINY_PNG)
        root = self.dir / "root"
        good = [layouts.spelled(write({"system": None, "turns": [("user", [("image", TINY_PNG), ("text", "q")]), ("assistant", [("text", "a")])]},
                                      lambda data: "sub/a.png"), True) for write in (layouts.conversations, layouts.marked, layouts.parts)]
        good.append(good[0].replace(b'"sub/a.png"', b'{"bytes":null,"path":"sub/a.png"}'))
        result = self.convert(good, "--image-root", root)
        self.assertEqual([image_urls(text) for text in result.written], [[TINY_URL]] * len(good))
        self.assertEqual(result.manifest["conversions"]["local_file"], len(good))
        outside = good[1].replace(b"sub/a.png", b"../b.png")
        record = self.rejected(outside, "--image-root", root)
        self.assertEqual((record["reason"], record["pointer"]), ("outside_root", "/images/0"))
        record = self.rejected(good[2].replace(b"a.png", b"none.png"), "--image-root", root)
        self.assertEqual((record["reason"], record["pointer"]), ("file_not_found", "/messages/0/content/0"))

    def test_several_images_at_one_mark_and_several_marks_in_one_string(self):
        other = layouts.data_url(encode(photo(16, 16), "PNG"))
        source = asked('"<image> and <image>!"', more=',"images":[["%s","%s"],"%s"]' % (TINY_URL, other, TINY_URL))
        content = json.loads(self.convert([source]).written[0])["messages"][0]["content"]
        self.assertEqual([part.get("text") or part["image_url"]["url"] for part in content], [TINY_URL, other, " and ", TINY_URL, "!"])

    def test_a_directory_of_files_in_different_layouts(self):
        wanted = list(talks(60, "directory"))
        writers = [layouts.chat, *(writers[0] for writers in layouts.LAYOUTS.values())]
        for number, write in enumerate(writers):
            self.write(f"raw/{number}.jsonl", b"".join(layouts.spelled(write(talk), True) + b"\n" for talk in wanted[number::len(writers)]))
        self.write("raw/sub/mixed.jsonl", b"".join(layouts.spelled(writers[i % len(writers)](talk), False) + b"\n" for i, talk in enumerate(wanted)))
        result = self.convert([self.dir / "raw"])
        self.assertEqual(result.rejected, [])
        self.assertEqual(written_talks(result), [talk for number in range(len(writers)) for talk in wanted[number::len(writers)]] + wanted)

    def test_a_conversation_that_the_model_begins(self):
        source = (b'{"conversations":[{"from":"gpt","value":"hello"},{"from":"human","value":"q<image>"},{"from":"gpt","value":"a"}],"image":"%s"}'
                  % TINY_URL.encode())
        for profile in ("openai", "azure", "together", "fireworks"):
            result = self.convert([source], "--profile", profile)
            self.assertEqual([m["role"] for m in json.loads(result.written[0])["messages"]], ["assistant", "user", "assistant"], profile)

    def test_an_empty_list_is_no_image_for_a_mark(self):
        for images, marks in (("[[]]", "<image>"), ('["%s",[]]' % TINY_URL, "<image>"), ('[[],"%s"]' % TINY_URL, "<image>")):
            record = self.rejected(asked(json.dumps(marks + "a"), more=',"images":' + images))
            self.assertEqual((record["reason"], record["pointer"]), ("image_count", "/images/%d" % json.loads(images).index([])))

    def test_instructions_in_another_spelling_are_not_left_out(self):
        def gemini(instruction):
            return ('{"system_instruction":%s,"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"text":"c"}]}]}'
                    % instruction).encode()
        for instruction in ('{"parts":{"text":"Be a cat."}}', '{"role":"user","parts":[{"text":"Be a cat."}]}', '"Be a cat."'):
            first = json.loads(self.convert([gemini(instruction)]).written[0])["messages"][0]
            content = first["content"]
            self.assertEqual((first["role"], content if isinstance(content, str) else content[0]["text"]), ("system", "Be a cat."))
        for instruction in ('{"text":"Be a cat."}', '{"parts":"Be a cat."}', '[{"text":"Be a cat."}]'):
            record = self.rejected(gemini(instruction))
            self.assertEqual((record["reason"], record["pointer"]), ("bad_content", "/system_instruction"), instruction)
        for nothing in ("null", "{}", '""', "[]", '{"role":"user"}', '{"parts":null}'):
            self.assertEqual(len(json.loads(self.convert([gemini(nothing)]).written[0])["messages"]), 2)
        block = '{"type":"image","source":{"type":"base64","media_type":"image/png","data":"%s"}}' % TINY_URL.split(",")[1]
        record = self.rejected(asked(parts(block, part_text()), more=',"system":{"type":"text","text":"be nice"}'))
        self.assertEqual((record["reason"], record["pointer"]), ("bad_content", "/system"))

    def test_roles_and_keys(self):
        source = (b'{"conversations":[{"from":"gpt","value":"hello"},{"from":"human","value":"q"},{"from":"model","value":"a"},'
                  b'{"from":"user","value":"q"},{"from":"assistant","value":"a"}],"system":"be brief","tools":[],"id":"x"}')
        chat = json.loads(self.convert([source]).written[0])
        self.assertEqual([m["role"] for m in chat["messages"]], ["system", "assistant", "user", "assistant", "user", "assistant"])
        self.assertEqual(chat["messages"][0]["content"], "be brief")
        self.assertEqual(set(chat), {"messages", "tools", "id"})
        together = self.convert([source], "--profile", "together")
        self.assertEqual(set(json.loads(together.written[0])), {"messages", "tools"})
        self.assertEqual(together.manifest["conversions"]["unknown_key"], 1)
        record = self.rejected(source.replace(b'"model"', b'"observation"'))
        self.assertEqual((record["reason"], record["pointer"]), ("bad_role", "/conversations/2/from"))
        gemini = b'{"contents":[{"role":"user","parts":[{"functionCall":{"name":"f"}}]},{"role":"model","parts":[{"text":"a"}]}]}'
        record = self.rejected(gemini)
        self.assertEqual((record["reason"], record["pointer"]), ("bad_part", "/contents/0/parts/0"))
        image_of_model = b'{"contents":[{"role":"model","parts":[{"inlineData":{"mimeType":"image/png","data":"%s"}}]}]}' % base64.b64encode(TINY_PNG)
        record = self.rejected(image_of_model)
        self.assertEqual((record["reason"], record["pointer"]), ("assistant_image", "/contents/0/parts/0"))

    def test_tables_of_datasets_write_every_key_in_every_part(self):
        source = asked(parts('{"type":"image","text":null,"index":0,"image":null}', '{"type":"text","text":"q"}'), more=',"images":["%s"]' % TINY_URL)
        content = json.loads(self.convert([source]).written[0])["messages"][0]["content"]
        self.assertEqual(content, [{"type": "image_url", "image_url": {"url": TINY_URL}}, {"type": "text", "text": "q"}])

    def test_rejected_lines_are_read_again(self):
        good = layouts.spelled(layouts.conversations({"system": None, "turns": [("user", [("image", TINY_PNG)]), ("assistant", [("text", "a")])]}), True)
        bad = good.replace(b"data:image/png;base64,", b"data:image/png;base64,!")
        first = self.convert([bad])
        record = first.rejected[0]
        self.assertEqual((record["reason"], record["pointer"]), ("bad_base64", "/image"))
        fixed = dict(record, raw=record["raw"].replace("base64,!", "base64,"))
        again = self.convert([json.dumps(fixed).encode(), json.dumps(record).encode()])
        self.assertEqual(image_urls(again.written[0]), [TINY_URL])
        self.assertEqual(again.rejected[0]["raw"].encode(), bad)

    def test_check_names_the_layout(self):
        talk = {"system": None, "turns": [("user", [("image", TINY_PNG), ("text", "q")]), ("assistant", [("text", "a")])]}
        for name, writers in layouts.LAYOUTS.items():
            path = self.write(f"{name}.jsonl", (layouts.spelled(writers[0](talk), True) + b"\n") * 12)
            done = self.run_program("check", path, "--json")
            report = json.loads(done.stdout)
            self.assertEqual(done.returncode, 1)
            found = {group["code"]: group for group in report["findings"]}
            self.assertEqual(set(found), {f"layout_{name}"})
            group = found[f"layout_{name}"]
            self.assertEqual((group["findings"], group["repairable"]), (12, True))
            self.assertIn(name, group["first"][0]["detail"])
            self.assertIn("convert", group["first"][0]["detail"])
            self.assertEqual(report["counts"]["images"], 12)

    def test_the_same_bytes_for_any_threads_and_memory(self):
        writers = [write for group in layouts.LAYOUTS.values() for write in group]
        gif = encode(photo(40, 30), "GIF")
        lines = [layouts.spelled(writers[i % len(writers)](talk), True) for i, talk in enumerate(talks(300, "threads", [gif, TINY_PNG, b"GIF89a"]))]
        path = self.write("in.jsonl", b"".join(text + b"\n" for text in lines))
        runs = [self.convert([path], "--threads", threads, "--memory", memory, "--max-shard-bytes", "40kB")
                for threads, memory in (("1", "1GiB"), ("4", "64MiB"))]
        self.assertEqual(runs[0].shards, runs[1].shards)
        self.assertEqual(runs[0].rejected_bytes, runs[1].rejected_bytes)
        self.assertEqual(runs[0].manifest_bytes, runs[1].manifest_bytes)
        self.assertGreater(len(runs[0].rejected), 20)

    def test_image_parts_of_other_interfaces_among_openai_messages(self):
        data = base64.b64encode(TINY_PNG).decode()
        lines = [asked(parts(*items)) for items in (
            ('{"type":"input_text","text":"q"}', '{"type":"input_image","image_url":"%s"}' % TINY_URL),
            (part_text(), '{"type":"image","source":{"type":"base64","media_type":"image/png","data":"%s"}}' % data),
            (part_text(), '{"inline_data":{"mime_type":"image/png","data":"%s"}}' % data),
            (part_text(), '{"type":"image","image":"%s"}' % TINY_URL),
            (part_text(), '{"type":"image","source_type":"base64","mime_type":"image/png","data":"%s"}' % data),
            ('{"type":"input_text","text":"q"}', '{"type":"image","image":"%s"}' % TINY_URL))]
        result = self.convert(lines)
        self.assertEqual({kind: n for kind, n in result.manifest["conversions"].items() if kind.startswith("layout_")},
                         {"layout_responses": 1, "layout_blocks": 1, "layout_parts": 1})
        # Gemini's part and LangChain's are in no layout among OpenAI's messages; the last line has signs of two.
        self.assertEqual([(r["source"]["line"], r["reason"]) for r in result.rejected], [(3, "bad_part"), (5, "bad_part"), (6, "bad_part")])
        self.assertEqual([image_urls(text) for text in result.written], [[TINY_URL]] * 3)
        # What no layout covers is told of, and no image is taken for a text without a word.
        silent = [asked('"<image>q"', more=',"images":["a.png"]'), asked(json.dumps(json.dumps([{"type": "image_url"}]))), asked(json.dumps(f"![x]({TINY_URL})"))]
        result = self.convert(silent)
        self.assertEqual([(r["source"]["line"], r["reason"]) for r in result.rejected], [(1, "bad_url")])
        self.assertEqual(result.manifest["conversions"]["hidden_image"], 2)


if __name__ == "__main__":
    unittest.main()
