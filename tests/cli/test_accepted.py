"""Acceptable neighbors of the rules: each of these lines is written unchanged."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import ANSWER, PROFILES, CliTest, answered, asked, image_line, line, message, part_image, part_text, parts
from pictures import TINY_PNG, TINY_URL

IMAGE = part_image(TINY_URL)
TEXT = part_text()


def with_part(part):
    return asked(parts(TEXT, part))


TOOLS = ',"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]'
ACCEPTED = [
    asked('"q"'),
    asked('""'),
    asked(parts(TEXT)),
    asked(parts(TEXT, TEXT)),
    asked(parts(IMAGE)),
    asked(parts(IMAGE, TEXT, IMAGE)),
    line(ANSWER),
    line(message("assistant", parts(TEXT))),
    line(message("assistant", parts('{"type":"refusal","refusal":"no"}'))),
    *[line(message(role, '"x"'), ANSWER) for role in ("system", "user", "assistant", "function")],
    line(message("tool", '"x"', ',"tool_call_id":"c"'), ANSWER),
    line(message("\\u0075ser", '"q"'), message("assist\\u0061nt", '"a"')),
    asked(parts('{"type":"te\\u0078t","text":"q"}')),
    answered("null", TOOLS),
    answered("null", ',"function_call":{"name":"f","arguments":"{}"}'),
    answered("null", ',"tool\\u005fcalls":[{"id":"c"}]'),
    line(message("user", '"q"'), '{"role":"assistant"%s}' % TOOLS),
    line(message("user", '"q"'), '{%s,"content":null,"role":"assistant"}' % TOOLS[1:]),
    line(message("user", '"q"'), '{"role":"assistant","function_call":{"name":"f"}}'),
    answered('"a"', TOOLS),
    answered('"a"', ',"weight":0'),
    answered('"a"', ',"weight":1'),
    line(message("user", '"q"'), '{"weight":1,"content":"a","role":"assistant"}'),
    line(message("user", '"q"'), message("assistant", '"a"', ',"weight":0'), ANSWER),
    *[with_part(part_image(TINY_URL, ',"detail":"%s"' % detail)) for detail in ("low", "high", "auto", "l\\u006fw")],
    with_part('{"type":"image_url","image_url":{"detail":"low","url":"%s"}}' % TINY_URL),
    with_part('{"type":"image_url","image\\u005furl":{"u\\u0072l":"%s"}}' % TINY_URL),
    with_part('{"image_url":{"url":"%s"},"type":"image\\u005furl"}' % TINY_URL),
    b'{"mess\\u0061ges":' + asked(parts(IMAGE))[len(b'{"messages":'):],
    asked(parts(IMAGE), more=',"x":1,"x":2,"x":{"y":1,"y":2}'),
    line(message("user", parts(IMAGE), ',"name":"a","name":"b"'), ANSWER),
    with_part('{"type":"image_url","note":1,"note":2,"image_url":{"url":"%s","a":1,"a":2}}' % TINY_URL),
    asked('"q"', more=',"url":1,"image_url":2,"content":3,"role":4,"weight":5,"detail":6'),
    asked('"q"', more=',"metadata":{"messages":[],"image_url":"nothing","content":[]}'),
    asked('"q"', more=',"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]'),
    asked(parts('{"type":"text","text":"x","image_url":{"url":"not looked at"}}')),
    line(message("user", '"data:image/png;base64,!!!!"'), ANSWER),
    asked(parts(part_text("data:image/png;base64,!!!!"))),
    asked(parts(*[IMAGE] * 10)),
    line(message("user", parts(*[IMAGE] * 5)), ANSWER, message("user", parts(*[IMAGE] * 5))),
    asked(parts(part_image("http://example.com/a.png"))),
    asked(parts(part_image("https://example.com/a%20b.png?x=1&y=[2]#z"))),
    asked(parts(part_image("HTTPS://EXAMPLE.COM/A.PNG"))),
    asked('"q"', more=',"messagesx":1,"message":2,"":3'),
    b"  " + asked('"q"') + b"  ",
    b"\t" + asked(parts(IMAGE)).replace(b",", b" , ").replace(b"base64 , ", b"base64,") + b" \t",
]


class AcceptedTest(CliTest):
    def test_acceptable_neighbors_are_written_unchanged(self):
        self.check_written_unchanged(ACCEPTED)

    def test_acceptable_under_every_profile(self):
        answer = message("assistant", parts(part_text("ok")))  # together takes contents of one kind in an example
        plain = [asked('"q"'), line(message("user", parts(IMAGE)), answer),
                 line(message("user", parts(TEXT, part_image(TINY_URL, ',"detail":"low"'))), answer)]
        for profile in PROFILES:
            self.check_written_unchanged(plain, "--profile", profile)

    def test_image_exactly_at_the_limit_is_kept(self):
        self.check_written_unchanged([image_line(TINY_URL)], "--max-image-bytes", str(len(TINY_PNG)))


if __name__ == "__main__":
    unittest.main()
