"""The profile together, the only one that changes the structure of examples."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import ANSWER, CliTest, asked, line, message, part_image, part_text, parts
from pictures import TINY_PNG, TINY_URL, data_url

IMAGE = part_image(TINY_URL)


class TogetherTest(CliTest):
    def rewritten(self, source):
        outcome, = self.outcomes([source], "--profile", "together")
        self.assertEqual(outcome.reason, "written", outcome.record and outcome.record["detail"])
        return json.loads(outcome.written)

    def test_nothing_to_rewrite(self):
        lines = [asked('"q"'), line(message("user", parts(part_text(), IMAGE)),
                                    message("assistant", parts(part_text()))),
                 asked('"q"', more=',"tools":[{"type":"function"}]')]
        self.assertEqual([outcome.written for outcome in self.outcomes(lines, "--profile", "together")], lines)

    def test_unknown_top_level_keys_are_dropped(self):
        plain = asked('"q"')
        for source in (asked('"q"', more=',"id":1'), asked('"q"', more=',"id":1,"meta":{"a":[1]}'),
                       b'{"id":"x",' + plain[1:],
                       b'{"a":1,' + asked('"q"', more=',"b":2')[1:]):
            self.assertEqual(self.rewritten(source), json.loads(plain))
        kept = self.rewritten(asked('"q"', more=',"id":1,"tools":[{"x":1}],"weight":0.5,"z":0'))
        self.assertEqual(set(kept), {"messages", "tools", "weight"})

    def test_weights_of_examples_and_of_any_message_stay(self):
        """A number at top level is a sample weight, with its spelling."""
        sources = [asked('"q"', more=',"weight":%s' % weight) for weight in ("0.5", "2", "1e0", "-1.50")]
        sources += [line(message("user", '"q"', ',"weight":0'), message("assistant", '"a"', ',"weight":1')),
                    line(message("system", '"s"', ',"weight":1'), message("user", '"q"'), ANSWER),
                    line(message("user", parts(IMAGE), ',"weight":0'), message("assistant", parts(part_text())))]
        self.check_written_unchanged(sources, "--profile", "together")

    def test_a_weight_of_1_stays_where_the_image_beside_it_is_dropped(self):
        for role, option in (("assistant", "--on-assistant-image"), ("system", "--on-bad-image"), ("developer", "--on-bad-image")):
            before, after = (["user"], []) if role == "assistant" else ([], ["user", "assistant"])
            around = [[message(other, parts(part_text())) for other in others] for others in (before, after)]
            source = line(*around[0], message(role, parts(part_text(), IMAGE), ',"weight":1'), *around[1])
            wanted = line(*around[0], message(role.replace("developer", "system"), parts(part_text()), ',"weight":1'), *around[1])
            with self.subTest(role):
                outcome, = self.outcomes([source], "--profile", "together", option, "drop")
                self.assertEqual(outcome.written, wanted, outcome.record and outcome.record["detail"])

    def test_answers_of_two_tools_stay_apart(self):
        call = '{"id":"%s","type":"function","function":{"name":"f","arguments":"{}"}}'
        source = line(message("user", '"q"'), '{"role":"assistant","tool_calls":[%s,%s]}' % (call % "a", call % "b"),
                      message("tool", '"1"', ',"tool_call_id":"a"'), message("tool", '"2"', ',"tool_call_id":"b"'), ANSWER)
        self.check_written_unchanged([source], "--profile", "together")

    def test_developers_become_systems_and_are_merged(self):
        for role in ('"role":"developer","content":"d"', '"content":"d","role":"d\\u0065veloper"'):
            source = line("{%s}" % role, message("system", '"s"'), message("user", '"q"'), ANSWER)
            wanted = {"role": "system", "content": "d\ns"}
            self.assertEqual(self.rewritten(source)["messages"][0], wanted)
            result = self.convert([source], "--profile", "together")
            self.assertEqual(result.manifest["conversions"], {"developer_role": 1, "same_role": 1})

    def test_neighbors_of_one_weight_are_merged(self):
        """Nothing is lost: the weight stands once, for both."""
        zero = ',"weight":0'
        source = line(message("user", '"a"', zero), message("user", '"b"', zero), ANSWER)
        outcome, = self.outcomes([source], "--profile", "together")
        self.assertEqual(outcome.written, line(message("user", '"a\\nb"', zero), ANSWER))

    def test_other_profiles_rewrite_nothing(self):
        source = line(message("user", '"a"'), message("user", parts(IMAGE)), ANSWER, more=',"id":1')
        for profile in ("openai", "azure", "fireworks", "none"):
            self.assertEqual(self.convert([source], "--profile", profile).written, [source])

    def test_strings_become_text_parts_beside_lists(self):
        found = self.rewritten(line(message("system", '"be \\u0062rief"'), message("user", parts(IMAGE)),
                                    message("assistant", '"ok"')))
        self.assertEqual([m["content"] for m in found["messages"]],
                         [[{"type": "text", "text": "be brief"}], [json.loads(IMAGE)],
                          [{"type": "text", "text": "ok"}]])

    def test_neighbors_of_the_same_role_are_merged(self):
        found = self.rewritten(line(message("user", parts(part_text("a"), IMAGE)),
                                    message("user", parts(part_text("b"))),
                                    message("user", '"c"'), message("assistant", '"ok"')))
        self.assertEqual([m["role"] for m in found["messages"]], ["user", "assistant"])
        self.assertEqual([part.get("text") for part in found["messages"][0]["content"]], ["a", None, "b", "c"])

    def test_merged_strings_are_joined_by_a_newline_where_no_list_stands(self):
        source = line(message("system", '"s"'), message("user", '"a"'), '{"content":"\\u0062" , "role":"user"}', ANSWER)
        outcome, = self.outcomes([source], "--profile", "together")
        self.assertEqual(outcome.written, line(message("system", '"s"'), message("user", '"a\\n\\u0062"'), ANSWER))

    def test_a_key_behind_the_content_stays_once(self):
        source = line('{"content":%s,"role":"user"}' % parts(IMAGE), message("user", '"b"'),
                      '{"content":"c","role":"user"}', message("assistant", parts(part_text())))
        outcome, = self.outcomes([source], "--profile", "together")
        wanted = line('{"content":%s,"role":"user"}' % parts(IMAGE, part_text("b"), part_text("c")),
                      message("assistant", parts(part_text())))
        self.assertEqual(outcome.written, wanted)

    def test_images_change_within_what_is_merged(self):
        url = TINY_URL.replace("image/png", "image/jpg")
        source = line(message("user", '"a"'), message("user", parts(part_image(url), part_text("t"), part_image(url))),
                      message("user", parts(part_image("data:image/png;base64,AAAA"), part_image(url))), ANSWER)
        outcome, = self.outcomes([source], "--profile", "together", "--on-bad-image", "drop", "--detail", "low")
        low = part_image(TINY_URL, ',"detail":"low"')
        self.assertEqual(outcome.written,
                         line(message("user", parts(part_text("a"), low, part_text("t"), low, low)),
                              message("assistant", parts(part_text("ok")))))

    def test_neighbors_that_cannot_be_merged_are_rejected(self):
        weight = message("assistant", '"a"', ',"weight":0')
        other = message("assistant", '"a"', ',"weight":1')
        for source in (line(message("user", '"q"'), weight, ANSWER), line(message("user", '"q"'), ANSWER, weight),
                       line(message("user", '"q"'), weight, other)):
            outcome, = self.outcomes([source], "--profile", "together")
            self.assertEqual((outcome.reason, outcome.record["pointer"]), ("bad_role", "/messages/2"))

    def test_keys_that_stand_twice_are_rejected(self):
        twice = [b'{"messages":[%s],"messages":[%s]}' % (ANSWER.encode(), ANSWER.encode()),
                 line('{"role":"user","content":"a","content":"b"}', ANSWER)]
        for outcome in self.outcomes(twice, "--profile", "together"):
            self.assertEqual(outcome.reason, "duplicate_key")

    def test_links_and_images_of_others_are_rejected(self):
        guide = line(message("system", '"s"'), message("user", '"q"'),
                     message("user", parts(part_image("https://example.com/a.png"))), ANSWER)
        system = line(message("system", parts(part_text(), IMAGE)), ANSWER)
        outcomes = self.outcomes([guide, system], "--profile", "together")
        self.assertEqual([outcome.reason for outcome in outcomes], ["url_not_allowed", "image_role"])

    def test_the_guides_example_with_a_data_url_is_merged_and_lifted(self):
        guide = line(message("system", '"s"'), message("user", '"q"'), message("user", parts(IMAGE)), ANSWER)
        outcome, = self.outcomes([guide], "--profile", "together")
        self.assertEqual(outcome.written, line(message("system", parts(part_text("s"))),
                                               message("user", parts(part_text("q"), IMAGE)),
                                               message("assistant", parts(part_text("ok")))))

    def test_rewrites_are_counted(self):
        counted = self.convert([line(message("user", '"q"'), message("user", parts(IMAGE)), ANSWER, more=',"id":1')],
                               "--profile", "together").manifest["conversions"]
        self.assertEqual(counted, {"same_role": 1, "string_content": 1, "unknown_key": 1})

    def test_a_written_example_is_left_alone(self):
        sources = [line(message("user", '"a"'), message("user", parts(IMAGE)), ANSWER, more=',"id":1'),
                   line(message("user", '"a"'), message("user", '"b"'), ANSWER)]
        once = self.convert(sources, "--profile", "together").written
        self.assertEqual(self.convert(once, "--profile", "together").written, once)

    def test_media_type_is_exact(self):
        for url in (data_url(TINY_PNG, "jpeg"), TINY_URL.replace("image/png", "IMAGE/PNG"),
                    TINY_URL.replace(";base64", ";a=b;base64")):
            found = self.rewritten(asked(parts(part_image(url), part_text())))
            self.assertEqual(found["messages"][0]["content"][0]["image_url"]["url"], TINY_URL)


if __name__ == "__main__":
    unittest.main()
