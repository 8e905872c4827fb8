"""--on-bad-image drop and --on-assistant-image drop: the part and one comma are removed, everything else stays."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import ANSWER, CliTest, asked, line, message, part_image, part_text, parts
from pictures import TINY_PNG, TINY_URL, corners, data_url, encode

GOOD = part_image(TINY_URL)
BAD = {
    "bad_base64": part_image("data:image/png;base64,!!!!"),
    "corrupt_image": part_image(data_url(TINY_PNG[:-20], "png")),
    "unknown_format": part_image(data_url(b"not an image at all", "png")),
    "empty_image": part_image("data:image/png;base64,"),
    "bad_url": part_image("ftp://example.com/a.png"),
    "too_many_pixels": part_image(data_url(encode(corners(60, 60), "PNG"), "png")),
}
BROKEN = BAD["bad_base64"]
A, B = part_text("a, [b] {c}"), part_text("\\]},")
OPTIONS = ("--on-bad-image", "drop", "--max-pixels", "3000")


class DropTest(CliTest):
    def check(self, cases, *options):
        """cases: (line, the lines that may be written)."""
        for (source, fitting), outcome in zip(cases, self.outcomes([source for source, _ in cases], *options)):
            with self.subTest(line=source[:300]):
                self.assertEqual(outcome.reason, "written", outcome.record and outcome.record["detail"])
                self.assertIn(outcome.written, fitting)

    def test_where_nothing_would_be_left_the_first_is_the_reason(self):
        for first, second in (("unknown_format", "bad_base64"), ("bad_base64", "unknown_format"), ("bad_url", "empty_image")):
            outcome, = self.outcomes([asked(parts(BAD[first], BAD[second]))], *OPTIONS)
            self.assertEqual(outcome.reason, first)
            self.assertTrue(outcome.record["pointer"].endswith("/content/0"))

    def test_an_image_in_a_message_whose_role_may_have_none_goes(self):
        """Under every profile but none, which takes it there."""
        for role, more in (("system", ""), ("developer", ""), ("tool", ',"tool_call_id":"c"')):
            written = "system" if role == "developer" else role
            source, user = line(message(role, parts(A, GOOD), more), message("user", parts(B, BROKEN, GOOD)), ANSWER), B
            for profile in ("openai", "azure", "fireworks"):
                with self.subTest(role, profile=profile):
                    result = self.convert([source], *OPTIONS, "--profile", profile)
                    self.assertEqual(result.written, [line(message(written, parts(A), more),
                                                           message("user", parts(user, GOOD)), ANSWER)])
                    self.assertEqual(result.counts["images_dropped"], 2)
            only = line(message(role, parts(GOOD), more), message("user", parts(B)), ANSWER)
            outcome, = self.outcomes([only], *OPTIONS)
            self.assertEqual((outcome.reason, outcome.record["pointer"]), ("image_role", "/messages/0/content/0"))

    def test_bad_image_goes_with_one_comma(self):
        cases = []
        for bad in BAD.values():
            string_form = bad.replace('{"url":', "").replace('"}}', '"}')
            for part in (bad, bad[:-1] + ',"x":[{"y":"}]"}]}', string_form):
                cases += [(asked(parts(*before, part, *after)), [asked(parts(*before, *after))])
                          for before, after in (([A], []), ([], [A]), ([A], [B]), ([A, B], []), ([], [A, B]),
                                                ([GOOD], [A]), ([A], [GOOD]),
                                                ([GOOD], [GOOD]))]
        self.check(cases, *OPTIONS)

    def test_several_bad_images(self):
        self.check([(asked(parts(BROKEN, BROKEN, A)), [asked(parts(A))]),
                    (asked(parts(A, BROKEN, BROKEN)), [asked(parts(A))]),
                    (asked(parts(BROKEN, A, BROKEN)), [asked(parts(A))]),
                    (asked(parts(A, BROKEN, BROKEN, B)), [asked(parts(A, B))]),
                    (asked(parts(BROKEN, A, BROKEN, BROKEN, B, BROKEN)), [asked(parts(A, B))]),
                    (asked(parts(BROKEN, GOOD, BROKEN)), [asked(parts(GOOD))]),
                    (line(message("user", parts(BROKEN, A)), ANSWER, message("user", parts(B, BROKEN))),
                     [line(message("user", parts(A)), ANSWER, message("user", parts(B)))])], *OPTIONS)

    def test_space_around_the_part_belongs_to_either_side(self):
        for before, after, rest in (([A], [B], [A, B]), ([], [B], [B]), ([A], [], [A])):
            source = asked("[ " + " , ".join([*before, BROKEN, *after]) + " ]")
            outcome, = self.outcomes([source], *OPTIONS)
            self.assertEqual(outcome.reason, "written")
            self.assertEqual(outcome.written.replace(b" ", b""), asked(parts(*rest)).replace(b" ", b""))
            self.assertTrue(outcome.written.startswith(source[:source.index(b"[ {") + 1]))
            for part in rest:
                self.assertIn(part.encode(), outcome.written)

    def test_dropping_and_converting_in_one_line(self):
        wrong = part_image(data_url(TINY_PNG, "jpeg"))
        self.check([(asked(parts(wrong, BROKEN, A)), [asked(parts(GOOD, A))]),
                    (asked(parts(BROKEN, wrong)), [asked(parts(GOOD))]),
                    (asked(parts(A, wrong, BROKEN)), [asked(parts(A, GOOD))])], *OPTIONS)

    def test_last_part_is_not_dropped_but_the_example_rejected(self):
        for reason, bad in BAD.items():
            for content in (parts(bad), parts(bad, bad)):
                outcome, = self.outcomes([asked(content)], *OPTIONS)
                self.assertIn(outcome.reason, (reason, "bad_content"))

    def test_structure_is_still_rejected(self):
        lines = [asked(parts(BROKEN, '{"type":"x"}')), line(message("user", parts(A, BROKEN))), b"{", asked("7")]
        self.assertEqual([outcome.reason for outcome in self.outcomes(lines, *OPTIONS)],
                         ["bad_part", "no_assistant", "invalid_json", "bad_content"])

    def test_dropped_images_are_counted(self):
        counts = self.convert([asked(parts(BROKEN, GOOD, A)), asked(parts(A, BROKEN, BROKEN)), asked(parts(BROKEN))],
                              *OPTIONS).counts
        self.assertEqual((counts["written"], counts["rejected"]), (2, 1))
        self.assertIn(counts["images_dropped"], (3, 4), "the rejected example's image may count")

    def test_missing_file_is_dropped(self):
        (self.dir / "root").mkdir()
        self.check([(asked(parts(A, part_image("nowhere.png"))), [asked(parts(A))]),
                    (asked(parts(part_image("../x.png"), A)), [asked(parts(A))])],
                   "--on-bad-image", "drop", "--image-root", self.dir / "root")

    def test_assistant_image_goes_with_one_comma(self):
        def answered(content):
            return line(message("user", parts(GOOD)), message("assistant", content))
        self.check([(answered(parts(A, GOOD)), [answered(parts(A))]), (answered(parts(GOOD, A)), [answered(parts(A))]),
                    (answered(parts(A, GOOD, B)), [answered(parts(A, B))]),
                    (answered(parts(GOOD, GOOD, A)), [answered(parts(A))]),
                    (answered(parts(A, part_image("https://example.com/a.png"))), [answered(parts(A))]),
                    (line(message("user", parts(GOOD)), '{"content":%s,"role":"assistant"}' % parts(GOOD, A)),
                     [line(message("user", parts(GOOD)), '{"content":%s,"role":"assistant"}' % parts(A))])],
                   "--on-assistant-image", "drop")

    def test_assistant_with_nothing_but_an_image_is_rejected(self):
        outcome, = self.outcomes([line(message("user", '"q"'), message("assistant", parts(GOOD)))],
                                 "--on-assistant-image", "drop")
        self.assertIn(outcome.reason, ("assistant_image", "bad_content"))

    def test_each_option_minds_its_own(self):
        bad, mine = asked(parts(BROKEN, A)), line(message("user", '"q"'), message("assistant", parts(GOOD, A)))
        self.assertEqual([o.reason for o in self.outcomes([bad, mine], "--on-bad-image", "drop")],
                         ["written", "assistant_image"])
        self.assertEqual([o.reason for o in self.outcomes([bad, mine], "--on-assistant-image", "drop")],
                         ["bad_base64", "written"])
        self.assertEqual([o.reason for o in self.outcomes([bad, mine])], ["bad_base64", "assistant_image"])


if __name__ == "__main__":
    unittest.main()
