"""Preference and reinforcement examples: each branch by the same rules, and one method in a file."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import ANSWER, CliTest, PROFILES, asked, image_line, image_urls, message, part_image, part_text, parts, text_line
from pictures import TINY_PNG, TINY_URL, data_url, encode, photo

LINK = "https://example.org/a.png"
GRAY = data_url(encode(photo(20, 20, mode="L"), "PNG"), "png")


def preference(asked_for='"q"', good='"yes"', bad='"no"', more="", in_input=""):
    return ('{"input":{"messages":[%s]%s},"preferred_output":[%s],"non_preferred_output":[%s]%s}' % (
        message("user", asked_for), in_input, message("assistant", good), message("assistant", bad), more)).encode()


def prompt(content='"q"', more=',"answer":"42"'):
    return ('{"messages":[%s]%s}' % (message("user", content), more)).encode()


class Methods(CliTest):
    def reason(self, source, *options):
        outcome = self.outcomes([source], *options)[0]
        return (outcome.reason, outcome.record["pointer"]) if outcome.record else "written"

    def test_text_examples_of_each_method_are_written_as_they_are(self):
        for profile in PROFILES:
            self.check_written_unchanged([preference(in_input=',"tools":[],"parallel_tool_calls":true')], "--profile", profile)
        for profile in ("openai", "azure", "fireworks", "none"):
            self.check_written_unchanged([prompt(), prompt(parts(part_text(), part_image(TINY_URL)))], "--profile", profile)
        self.assertEqual(self.reason(prompt(), "--profile", "together"), ("no_assistant", "/messages"))
        # Without a key for the grader it is a supervised example that lacks its answer.
        self.assertEqual(self.reason(prompt(more="")), ("no_assistant", "/messages"))
        self.assertEqual(self.reason(prompt(more=',"tools":[]')), ("no_assistant", "/messages"))

    def test_images_in_the_input_by_profile(self):
        source = preference(parts(part_text(), part_image(TINY_URL)))
        for profile in ("openai", "azure", "fireworks"):
            self.assertEqual(self.reason(source, "--profile", profile), ("image_role", "/input/messages/0/content/1"), profile)
        for profile in ("together", "none"):
            self.check_written_unchanged([source], "--profile", profile)
        dropped = self.outcomes([source], "--on-bad-image", "drop")[0]
        self.assertEqual(json.loads(dropped.written)["input"]["messages"][0]["content"], [{"type": "text", "text": "hi"}])

    def test_images_are_converted_in_each_method(self):
        written = self.outcomes([preference(parts(part_text(), part_image(GRAY)))], "--profile", "together")[0].written
        url = json.loads(written)["input"]["messages"][0]["content"][1]["image_url"]["url"]
        self.assertNotEqual(url, GRAY)
        self.assertTrue(url.startswith("data:image/png;base64,"))
        written = self.outcomes([prompt(parts(part_text(), part_image(GRAY)))])[0].written
        self.assertNotEqual(image_urls(written), [GRAY])
        bad = GRAY.replace("base64,", "base64,!")
        self.assertEqual(self.reason(preference(parts(part_text(), part_image(bad))), "--profile", "together"),
                         ("bad_base64", "/input/messages/0/content/1"))
        many = preference(parts(*[part_image(TINY_URL)] * 11))
        self.assertEqual(self.reason(many, "--profile", "together"), ("too_many_images", "/input/messages/0/content/10"))
        self.assertEqual(self.reason(preference(parts(part_image(LINK))), "--profile", "together"),
                         ("url_not_allowed", "/input/messages/0/content/0"))

    def test_an_image_in_an_output(self):
        for profile in PROFILES:
            for field, source in (("preferred_output", preference(good=parts(part_text(), part_image(TINY_URL)))),
                                  ("non_preferred_output", preference(bad=parts(part_text(), part_image(TINY_URL))))):
                reason, pointer = self.reason(source, "--profile", profile)
                # Together wants a string there, which comes before its parts.
                self.assertEqual(reason, "bad_content" if profile == "together" else "assistant_image", (profile, field))
                self.assertTrue(pointer.startswith(f"/{field}/0/content"), pointer)
        source = preference(good=parts(part_text(), part_image(TINY_URL)), bad=parts(part_image(TINY_URL), part_text()))
        written = json.loads(self.outcomes([source], "--on-assistant-image", "drop")[0].written)
        self.assertEqual([written[key][0]["content"] for key in ("preferred_output", "non_preferred_output")],
                         [[{"type": "text", "text": "hi"}]] * 2)

    def test_shapes_that_are_refused(self):
        user, answer = message("user", '"q"'), message("assistant", '"a"')
        good = {"input": '{"messages":[%s]}' % user, "preferred_output": "[%s]" % answer, "non_preferred_output": "[%s]" % answer}

        def line(**changes):
            return ("{" + ",".join('"%s":%s' % item for item in {**good, **changes}.items() if item[1] is not None) + "}").encode()
        cases = [
            (line(input=None), "bad_messages", ""), (line(input="[]"), "bad_messages", "/input"),
            (line(input="{}"), "bad_messages", "/input/messages"), (line(input='{"messages":[]}'), "bad_messages", "/input/messages"),
            (line(preferred_output=None), "bad_messages", ""), (line(non_preferred_output="null"), "bad_messages", "/non_preferred_output"),
            (line(preferred_output="[]"), "bad_messages", "/preferred_output"),
            (line(preferred_output="[%s,%s]" % (answer, answer)), "bad_messages", "/preferred_output"),
            (line(preferred_output="[%s]" % user), "bad_role", "/preferred_output/0/role"),
            (line(preferred_output="[1]"), "bad_messages", "/preferred_output/0"),
            (line(preferred_output="[%s]" % message("assistant", "null")), "bad_content", "/preferred_output/0/content"),
            (line(input='{"messages":[%s],"tools":{}}' % user), "bad_tool_call", "/input/tools"),
        ]
        for source, reason, pointer in cases:
            with self.subTest(source):
                self.assertEqual(self.reason(source), (reason, pointer))
        several = line(preferred_output="[%s,%s]" % (answer, answer))
        self.check_written_unchanged([several], "--profile", "azure")
        ends_with_assistant = line(input='{"messages":[%s,%s]}' % (user, answer))
        self.check_written_unchanged([ends_with_assistant])
        self.assertEqual(self.reason(ends_with_assistant, "--profile", "together"), ("bad_messages", "/input/messages/1"))
        self.assertEqual(self.reason(preference(good=parts(part_text())), "--profile", "together"), ("bad_content", "/preferred_output/0/content"))
        self.assertEqual(self.reason(line(input='{"messages":[%s]}' % message("system", '"s"')), "--profile", "azure"), ("no_user", "/input/messages"))
        for broken, pointer in (("[%s]" % user, "/input"), ("null", "/input"), ("{}", "/input/messages"), ('{"messages":{}}', "/input/messages"), ('{"messages":[]}', "/input/messages")):
            with self.subTest(broken):
                self.assertEqual(self.reason(line(input=broken), "--profile", "azure"), ("bad_messages", pointer))

    def test_rewrites_of_together_stay_within_a_branch(self):
        source = ('{"id":7,"input":{"messages":[%s,%s,%s]},"preferred_output":[%s],"non_preferred_output":[%s]}' % (
            message("system", '"s"'), message("user", parts(part_text("a"))), message("user", '"b"'), message("assistant", '"x"'),
            message("assistant", '"y"'))).encode()
        written = json.loads(self.outcomes([source], "--profile", "together")[0].written)
        self.assertEqual(written, {
            "input": {"messages": [{"role": "system", "content": [{"type": "text", "text": "s"}]},
                                   {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]},
            "preferred_output": [{"role": "assistant", "content": "x"}], "non_preferred_output": [{"role": "assistant", "content": "y"}]})

    def test_a_graders_keys_are_kept(self):
        source = prompt(more=',"answer":{"a":[1.50]},"images_seen":3,"id":"x"')
        self.check_written_unchanged([source])

    def test_equal_outputs_are_written_and_told_of(self):
        lines = [preference(good='"same"', bad=r'"s\u0061me"'), preference(), preference(good='"x"', bad='"x"')]
        result = self.convert(lines)
        self.assertEqual(result.written, lines)
        self.assertEqual(result.manifest["conversions"]["equal_outputs"], 2)
        self.assertIn("equal_outputs: 2", result.stderr.decode())
        done = self.run_program("check", self.write("in.jsonl", b"".join(text + b"\n" for text in lines * 4)), "--json")
        group = {each["code"]: each for each in json.loads(done.stdout)["findings"]}["equal_outputs"]
        self.assertEqual((group["effect"], group["findings"], done.returncode), ("warning", 8, 0))

    def test_outputs_of_which_one_goes_on_are_not_equal(self):
        longer = preference().replace(b'"preferred_output":[', b'"preferred_output":[' + message("user", '"a"').encode() + b",")
        same = preference(bad='"yes"')
        more = same.replace(b'}],"non_preferred', b'},' + message("user", '"b"').encode() + b'],"non_preferred')
        for source, equal in ((same, 1), (more, 0), (longer, 0), (same[:-2] + b"," + message("user", '"b"').encode() + b"]}", 0)):
            conversions = self.convert([source], "--profile", "none").manifest["conversions"]
            self.assertEqual(conversions.get("equal_outputs", 0), equal, source)

    def test_one_file_has_one_method(self):
        for first, others in ((text_line(1), [preference(), prompt()]), (preference(), [text_line(1), prompt()]),
                              (prompt(), [text_line(1), preference()])):
            lines = [b"", b"not JSON", first, *others, first]
            result = self.convert(lines)
            self.assertEqual(result.written, [first, first])
            self.assertEqual([(r["source"]["line"], r["reason"]) for r in result.rejected],
                             [(2, "invalid_json"), (4, "bad_messages"), (5, "bad_messages")])
            done = self.run_program("check", self.write("in.jsonl", b"".join(text + b"\n" for text in (first, *others) * 5)), "--json")
            found = {each["code"]: each for each in json.loads(done.stdout)["findings"]}
            self.assertEqual((found["mixed_methods"]["effect"], found["mixed_methods"]["findings"]), ("refused", 1))
            self.assertEqual(done.returncode, 1)

    def test_a_first_line_that_may_lack_its_answer_is_named(self):
        result = self.convert([prompt(), *[text_line(i) for i in range(12)]])
        self.assertEqual(result.written, [prompt()])
        for record in result.rejected:
            self.assertIn("the first line is a reinforcement example", record["detail"])
            self.assertIn("only lacks its answer, remove it", record["detail"])
        result = self.convert([preference(), text_line(1)])
        self.assertIn("the first line is a preference example", result.rejected[0]["detail"])
        self.assertNotIn("answer", result.rejected[0]["detail"])

    def test_a_conversation_that_ends_with_the_user_fits_two_methods(self):
        both = ('{"messages":[%s,%s,%s],"id":1}' % (message("user", '"q"'), ANSWER, message("user", '"r"'))).encode()
        self.check_written_unchanged([both, text_line(1), both])
        self.check_written_unchanged([both, prompt(), both])
        self.assertEqual(self.convert([both, preference()]).reasons, ["bad_messages"])
        self.assertEqual(self.convert([both, prompt(), text_line(2)]).reasons, ["bad_messages"])

    def test_the_same_for_any_threads_and_machines_and_after_a_stop(self):
        first = [image_line(TINY_URL, i) for i in range(40)]
        lines = [*first, *[preference(more=',"n":%d' % i) if i % 3 else text_line(i, 2000) for i in range(4000)]]
        path = self.write("in.jsonl", b"".join(text + b"\n" for text in lines))
        runs = [self.convert([path], "--threads", threads, "--max-shard-bytes", "200kB", "--memory", memory)
                for threads, memory in (("1", "1GiB"), ("3", "64MiB"))]
        resumed = self.killed_and_resumed(path, "--max-shard-bytes", "200kB")
        work = self.new_output_dir()
        parts = int(self.run_program("plan", path, "-o", work, "--part-bytes", "300kB", "--max-shard-bytes", "200kB").stdout)
        for step in (["map", work, "--task", "0/1"], ["merge", work], ["pack", work, "--task", "0/1"], ["seal", work]):
            self.assertEqual(self.run_program(*step).returncode, 0)
        self.assertGreater(parts, 5)
        self.assertEqual(runs[0].reasons, ["bad_messages"] * (4000 - 1334))
        for name, data in runs[0].shards.items():
            self.assertEqual((runs[1].dir / name).read_bytes(), data)
            self.assertEqual((work / name).read_bytes(), data)
            self.assertEqual((resumed / name).read_bytes(), data)
        for name in ("rejected.jsonl", "manifest.json"):
            self.assertEqual((runs[1].dir / name).read_bytes(), (runs[0].dir / name).read_bytes())
            self.assertEqual((work / name).read_bytes(), (runs[0].dir / name).read_bytes())
            self.assertEqual((resumed / name).read_bytes(), (runs[0].dir / name).read_bytes())

    def test_tools_of_another_branch_are_keys_like_any_other(self):
        calls = '"input":{"messages":[{"role":"assistant","tool_calls":5}],"tools":5}'
        source = text_line(1)
        for foreign in (b"{" + calls.encode() + b"," + source[1:], source[:-1] + b"," + calls.encode() + b"}"):
            self.check_written_unchanged([foreign])
        self.assertEqual(self.reason(source[:-1] + b',"tools":5}'), ("bad_tool_call", "/tools"))
        self.assertEqual(self.reason(preference(in_input=',"tools":5')), ("bad_tool_call", "/input/tools"))
        asks = source.replace(b'"messages":[', b'"messages":[{"role":"assistant","tool_calls":5},')
        self.assertEqual(self.reason(b"{" + calls.encode() + b"," + asks[1:]), ("bad_tool_call", "/messages/0/tool_calls"))

    def test_keys_of_preferences_in_a_supervised_example_are_keys_like_any_other(self):
        source = asked('"q"', more=',"input":{"messages":[{"role":"x","content":[{"type":"image_url","image_url":{"url":"nothing"}}]}]},"preferred_output":5')
        self.check_written_unchanged([source])


if __name__ == "__main__":
    unittest.main()
