"""--detail sets the detail of every image part."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import CliTest, asked, part_image, part_text, parts
from pictures import TINY_URL


def said(value):
    return part_image(TINY_URL, ',"detail":%s' % value)


class DetailTest(CliTest):
    def written(self, part, *options):
        source = asked(parts(part_text(), part))
        outcome, = self.outcomes([source], *options)
        self.assertEqual(outcome.reason, "written", outcome.record and outcome.record["detail"])
        return outcome.written

    def test_it_is_kept_unless_told_otherwise(self):
        for part in (part_image(TINY_URL), said('"low"'), said('"auto"')):
            for options in ((), ("--detail", "keep")):
                self.assertEqual(self.written(part, *options), asked(parts(part_text(), part)))

    def test_it_is_set_or_inserted(self):
        for value in ("low", "high", "auto"):
            wanted = asked(parts(part_text(), said(f'"{value}"')))
            for part in (part_image(TINY_URL), said('"low"'), said('"auto"'), said('"l\\u006fw"'), said('"medium"'),
                         said("null")):
                if value == "low" and "006f" in part:
                    continue
                self.assertEqual(self.written(part, "--detail", value), wanted, part)

    def test_an_escaped_spelling_of_the_same_value_is_kept(self):
        part = said('"l\\u006fw"')
        self.assertEqual(self.written(part, "--detail", "low"), asked(parts(part_text(), part)))

    def test_every_other_byte_is_kept(self):
        before = '{ "image_url" : {"detail" :"auto" , "x":1,"url": "%s" } ,"type":"image_url"}' % TINY_URL
        self.assertEqual(self.written(before, "--detail", "low"),
                         asked(parts(part_text(), before.replace('"auto"', '"low"'))))
        missing = '{"image_url":{"url": "%s" , "x":1 },"type":"image_url"}' % TINY_URL
        self.assertEqual(self.written(missing, "--detail", "high"),
                         asked(parts(part_text(), missing.replace('" ,', '","detail":"high" ,'))))

    def test_the_string_form_and_links(self):
        plain = '{"type":"image_url","image_url":"%s"}' % TINY_URL
        self.assertEqual(self.written(plain, "--detail", "low"), asked(parts(part_text(), said('"low"'))))
        link = "https://example.com/a.png"
        self.assertEqual(self.written(part_image(link), "--detail", "low"),
                         asked(parts(part_text(), part_image(link, ',"detail":"low"'))))

    def test_it_is_counted_and_the_image_still_counts_as_kept(self):
        result = self.convert([asked(parts(part_image(TINY_URL), said('"low"')))], "--detail", "low")
        self.assertEqual(result.manifest["conversions"], {"detail": 1})
        self.assertEqual((result.counts["images"], result.counts["images_kept"]), (2, 2))
        self.assertEqual(result.manifest["options"]["detail"], "low")


if __name__ == "__main__":
    unittest.main()
