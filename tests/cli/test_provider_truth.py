"""The rules of the table of providers: a good and a bad line for each, under each profile, written by a person.

An expectation is "=" (written as it is), "~" (written the same by value, with other escapes), "+KIND" (written with this
one conversion) or the reason it is rejected for.
What is written is given to a model of the provider's own checker.
"""
import collections
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import CliTest, line, message, part_image, part_text, parts
from pictures import TINY_PNG, TINY_URL, corners, data_url, encode
from provider_models import Refused, takes

PROFILES = ("openai", "azure", "together", "fireworks", "none")
TEXT, IMAGE, LINK = part_text(), part_image(TINY_URL), part_image("https://example.com/a.png")
USER, ANSWER = message("user", '"q"'), message("assistant", '"a"')
LISTED = message("assistant", parts(TEXT))
SYSTEM, DEVELOPER = message("system", '"s"'), message("developer", '"s"')
CALL = '{"id":"c","type":"function","function":{"name":"f","arguments":%s}}'
CALLS = ',"tool_calls":[%s]' % (CALL % '"{}"')
CALLED = '{"role":"assistant"%s}' % CALLS
TOOL = message("tool", '"t"', ',"tool_call_id":"c"')
REFUSAL = '{"type":"refusal","refusal":"no"}'
TOOLS = ',"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]'
GREY = part_image(data_url(encode(corners(9, 9).convert("L"), "PNG"), "png"))
WEBP = part_image(data_url(encode(corners(9, 9), "WEBP", lossless=True), "webp"))


def each(default, **others):
    """The expectation for each profile; `rules` is for all but none."""
    rules = others.pop("rules", default)
    return {profile: others.get(profile, default if profile == "none" else rules) for profile in PROFILES}


def refused(reason, **others):
    return each("=", rules=reason, **others)


def pictured(*items, more=""):
    return line(message("user", parts(*items), more), LISTED)


def by(role, more=""):
    return line(message(role, parts(IMAGE), more), message("user", parts(TEXT)), LISTED)


def weighted(weight):
    return line(USER, message("assistant", '"a"', ',"weight":%s' % weight))


def called(calls, *more):
    return line(USER, '{"role":"assistant"%s}' % calls, *more)


TRUTH = [
    ("system, user, assistant", line(SYSTEM, USER, ANSWER), each("=")),
    ("developer", line(DEVELOPER, USER, ANSWER), refused("+developer_role")),
    ("developer, escaped, behind the content", line('{"content":"s","role":"develop\\u0065r","x":1}', USER, ANSWER),
     refused("+developer_role")),
    ("function", line(USER, message("assistant", "null", ',"function_call":{"name":"f","arguments":"{}"}'),
                      message("function", '"f"', ',"name":"f"'), ANSWER), refused("bad_role", openai="=")),
    ("unknown role", line(message("human", '"q"'), USER, ANSWER), refused("bad_role")),
    ("no role", line('{"content":"q"}', USER, ANSWER), refused("bad_role")),
    ("system between", line(USER, SYSTEM, ANSWER), each("=", fireworks="bad_role")),
    ("developer between", line(USER, DEVELOPER, ANSWER), refused("+developer_role", fireworks="bad_role")),
    ("two systems", line(SYSTEM, SYSTEM, USER, ANSWER), each("=", fireworks="bad_role", together="+same_role")),
    ("no assistant", line(SYSTEM, USER), refused("no_assistant")),
    ("no user", line(SYSTEM, ANSWER), each("=", azure="no_user")),
    ("assistant alone", line(ANSWER), each("=", azure="no_user")),
    ("image of the user", pictured(IMAGE, TEXT), each("=")),
    ("image of the system", by("system"), refused("image_role")),
    ("image of the developer", by("developer"), refused("image_role")),
    ("image of a tool", by("tool", ',"tool_call_id":"c"'), refused("image_role")),
    ("image of a function", by("function"), refused("bad_role", openai="image_role")),
    ("image of the assistant", line(message("user", parts(TEXT)), message("assistant", parts(IMAGE))),
     each("assistant_image")),
    ("refusal of the assistant", line(message("user", parts(TEXT)), message("assistant", parts(REFUSAL))),
     refused("bad_part", openai="=", azure="=")),
    ("refusal of the user", pictured(REFUSAL), refused("bad_part")),
    ("refusal as a key", line(USER, message("assistant", '"a"', ',"refusal":null')), each("=")),
    ("refusal as a key alone", line(USER, message("assistant", "null", ',"refusal":"no"')), refused("bad_content")),
    ("audio", pictured(IMAGE, '{"type":"input_audio","input_audio":{"data":"x","format":"wav"}}'), refused("bad_part")),
    ("file", pictured(IMAGE, '{"type":"file","file":{"file_id":"f"}}'), refused("bad_part")),
    ("video", pictured(IMAGE, '{"type":"video_url","video_url":{"url":"x"}}'), refused("bad_part")),
    ("part without type", pictured(IMAGE, '{"text":"x"}'), refused("bad_part")),
    ("text part without text", pictured(IMAGE, '{"type":"text"}'), refused("bad_part")),
    ("detail", pictured(part_image(TINY_URL, ',"detail":"low"')), each("=")),
    ("unknown detail", pictured(part_image(TINY_URL, ',"detail":"full"')), refused("bad_part")),
    ("image as a string", pictured('{"type":"image_url","image_url":"%s"}' % TINY_URL), each("+url_object")),
    *[(f"weight {weight} of the assistant", weighted(weight), each("=")) for weight in ("0", "1")],
    *[(f"weight {weight} of the assistant", weighted(weight), refused("bad_weight", fireworks="="))
      for weight in ("1.0", "0.0", "1e0")],
    *[(f"weight {weight} of the assistant", weighted(weight), refused("bad_weight"))
      for weight in ("2", "-1", "0.5", "true", "null", '"1"', "[1]")],
    *[(f"weight {weight} of the user", line(message("user", '"q"', ',"weight":%s' % weight), ANSWER),
       each("=", openai="bad_weight", azure="bad_weight")) for weight in ("0", "1")],
    ("weight of the system", line(message("system", '"s"', ',"weight":0'), USER, ANSWER),
     each("=", openai="bad_weight", azure="bad_weight")),
    ("weight 0 beside an image", pictured(IMAGE, more=',"weight":0'), each("=", openai="bad_weight", azure="bad_weight")),
    ("weight 1 beside an image", pictured(IMAGE, more=',"weight":1'), refused("bad_weight", fireworks="=")),
    *[(f"weight {weight} of the example", line(USER, ANSWER, more=',"weight":%s' % weight), each("="))
      for weight in ("0.5", "2", "0", "1e0")],
    *[(f"weight {weight} of the example", line(USER, ANSWER, more=',"weight":%s' % weight),
       each("=", together="bad_weight")) for weight in ('"1"', "null", "[]")],
    ("tool call and answer", called(CALLS, TOOL, ANSWER), each("=")),
    ("two answers of tools", called(',"tool_calls":[%s,%s]' % ((CALL % '"{}"',) * 2), TOOL, TOOL, ANSWER), each("=")),
    ("answer without tool_call_id", called(CALLS, message("tool", '"t"'), ANSWER), refused("bad_tool_call")),
    *[(f"tool_call_id {value}", called(CALLS, message("tool", '"t"', ',"tool_call_id":%s' % value), ANSWER),
       refused("bad_tool_call")) for value in ("null", "1")],
    *[(f"arguments {value}", called(',"tool_calls":[%s]' % (CALL % value)), refused("bad_tool_call"))
      for value in ("{}", '{"a":1}', "null", "[]", "1")],
    ("arguments of the second call", called(',"tool_calls":[%s,%s]' % (CALL % '"{}"', CALL % "{}")),
     refused("bad_tool_call")),
    ("arguments of function_call", called(',"function_call":{"name":"f","arguments":{}}'), refused("bad_tool_call")),
    *[(f"tool_calls {value}", line(USER, message("assistant", '"a"', ',"tool_calls":%s' % value)),
       refused("bad_tool_call")) for value in (CALL % '"{}"', '"f"', "1")],
    ("tool_calls null", line(USER, message("assistant", '"a"', ',"tool_calls":null,"function_call":null')), each("=")),
    ("tools", line(USER, ANSWER, more=TOOLS), each("=")),
    *[(f"tools {value}", line(USER, ANSWER, more=',"tools":%s' % value), refused("bad_tool_call"))
      for value in ('{"type":"function"}', '"f"')],
    ("tools null", line(USER, ANSWER, more=',"tools":null'), each("=")),
    ("content null beside tool_calls", called(',"content":null' + CALLS), each("=")),
    ("no content beside tool_calls", called(CALLS), each("=")),
    ("content null beside function_call", called(',"content":null,"function_call":{"name":"f","arguments":"{}"}'),
     each("=")),
    ("content null", line(USER, message("assistant", "null")), refused("bad_content")),
    ("no content", line(USER, '{"role":"assistant"}'), refused("bad_content")),
    ("content null of the user", line(message("user", "null"), ANSWER), refused("bad_content")),
    ("content null of a tool", called(CALLS, message("tool", "null", ',"tool_call_id":"c"'), ANSWER),
     refused("bad_content")),
    ("empty list", line(message("user", "[]"), LISTED), refused("bad_content")),
    ("two users", line(USER, USER, ANSWER), each("=", together="+same_role")),
    ("two assistants", line(USER, ANSWER, ANSWER), each("=", together="+same_role")),
    ("two users of one weight", line(*[message("user", '"q"', ',"weight":0')] * 2, ANSWER),
     each("=", openai="bad_weight", azure="bad_weight", together="+same_role")),
    ("two users of other weights", line(message("user", '"q"', ',"weight":0'), USER, ANSWER),
     each("=", openai="bad_weight", azure="bad_weight", together="bad_role")),
    ("two users, one with a name", line(message("user", '"q"', ',"name":"n"'), USER, ANSWER),
     each("=", together="bad_role")),
    ("string beside a list", line(message("user", parts(IMAGE)), ANSWER), each("=", together="+string_content")),
    ("other keys", line(USER, ANSWER, more=',"id":1,"meta":{}'), each("=", together="+unknown_key")),
    ("link", pictured(LINK), each("=", together="url_not_allowed", fireworks="url_not_allowed")),
    ("wrong media type", pictured(part_image(TINY_URL.replace("png", "jpeg", 1))), each("+media_type")),
    ("media type in capitals", pictured(part_image(TINY_URL.replace("png", "PNG", 1))), each("+media_type")),
    ("no media type", pictured(part_image(TINY_URL.replace("image/png", "", 1))), each("+media_type")),
    *[("escapes in the URL", pictured(part_image(url)), each("~"))
      for url in (TINY_URL.replace("/", "\\/"), "d\\u0061ta" + TINY_URL[4:], TINY_URL.replace("=", "\\u003d"))],
    ("broken base64 lines", pictured(part_image(TINY_URL[:60] + "\\n" + TINY_URL[60:])), each("+base64_spelling")),
    ("ten images", pictured(*[IMAGE] * 10), each("=")),
    ("eleven images", pictured(*[IMAGE] * 11), each("=", openai="too_many_images", together="too_many_images")),
    ("64 images", pictured(*[IMAGE] * 64), each("=", openai="too_many_images", together="too_many_images")),
    ("65 images", pictured(*[IMAGE] * 65), refused("too_many_images", fireworks="=")),
    ("WebP", pictured(WEBP), each("=", fireworks="+webp_format")),
    ("gray PNG", pictured(GREY), each("+png_grey")),
]


class TruthTest(CliTest):
    def told(self, outcome, source, profile):
        if outcome.record:
            return outcome.reason
        if json.loads(outcome.written) == json.loads(source):
            return "=" if outcome.written == source else "~"
        return "+" + ",".join(self.convert([source], "--profile", profile).manifest["conversions"])

    def test_each_line_under_each_profile(self):
        for profile in PROFILES:
            taken = 0
            outcomes = self.outcomes([source for _, source, _ in TRUTH], "--profile", profile)
            for (name, source, wanted), outcome in zip(TRUTH, outcomes):
                with self.subTest(name, profile=profile):
                    self.assertEqual(self.told(outcome, source, profile), wanted[profile])
                    if outcome.written:
                        takes(profile, outcome.written)
                        taken += 1
            wanted = sum(wanted[profile][0] in "=~+" for _, _, wanted in TRUTH)
            self.assertEqual(taken, wanted, f"{profile}'s own checker takes all that is written")

    def test_check_finds_what_convert_does(self):
        for profile in PROFILES:
            path = self.write("input.jsonl", b"".join(source + b"\n" for _, source, _ in TRUTH))
            report = json.loads(self.run_program("check", path, "--json", "--list", "--profile", profile).stdout)
            codes = collections.defaultdict(set)
            for found in report["list"]:
                codes[found["line"]].add(found["code"])
            for number, (name, _, wanted) in enumerate(TRUTH, 1):
                with self.subTest(name, profile=profile):
                    if wanted[profile] in "=~":
                        self.assertEqual(codes[number], set())
                    else:
                        self.assertIn(wanted[profile].lstrip("+"), codes[number])

    def test_the_models_refuse_what_is_not_written_as_it_is(self):
        """All but a detail of which two of the documents say nothing."""
        for name, source, wanted in TRUTH:
            for profile in PROFILES[:-1]:
                silent = name == "unknown detail" and profile in ("together", "fireworks")
                if wanted[profile] not in "=~" and not silent:
                    with self.subTest(name, profile=profile), self.assertRaises((Refused, KeyError, TypeError, ValueError,
                                                                                 AttributeError)):
                        takes(profile, source)


if __name__ == "__main__":
    unittest.main()
