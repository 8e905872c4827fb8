"""The one profile that rewrites structure."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import ANSWER, PROFILES, CliTest, asked, line, message, part_image, part_text, parts
from pictures import TINY_PNG, TINY_URL, data_url

IMAGE = part_image(TINY_URL)


@unittest.skipUnless("together" in PROFILES, "this build has no profile together")
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
        kept = self.rewritten(asked('"q"', more=',"id":1,"tools":[{"x":1}],"z":0'))
        self.assertEqual(set(kept), {"messages", "tools"})

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

    def test_neighbours_of_the_same_role_are_merged(self):
        found = self.rewritten(line(message("user", parts(part_text("a"), IMAGE)),
                                    message("user", parts(part_text("b"))),
                                    message("user", '"c"'), message("assistant", '"ok"')))
        self.assertEqual([m["role"] for m in found["messages"]], ["user", "assistant"])
        self.assertEqual([part.get("text") for part in found["messages"][0]["content"]], ["a", None, "b", "c"])

    def test_media_type_is_exact(self):
        for url in (data_url(TINY_PNG, "jpeg"), TINY_URL.replace("image/png", "IMAGE/PNG"),
                    TINY_URL.replace(";base64", ";a=b;base64")):
            found = self.rewritten(asked(parts(part_image(url), part_text())))
            self.assertEqual(found["messages"][0]["content"][0]["image_url"]["url"], TINY_URL)


if __name__ == "__main__":
    unittest.main()
