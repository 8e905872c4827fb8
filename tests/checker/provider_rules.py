"""The findings of a provider in a line by the specification, independent of the program.

The result for a line is all its findings (code, pointer), not only the first. Where the specification leaves
the choice open, a finding names several codes that fit, is only tolerated, or leaves the place open.
"""
import json
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from json_spans import elements, members, parse, string_end, value_end
from url_findings import tokens, url_findings
from verdict import ANYWHERE, Verdict

CHAT_ROLES = ("system", "user", "assistant", "tool")
ROLES = {"openai": (*CHAT_ROLES, "function"), "azure": CHAT_ROLES, "together": CHAT_ROLES, "fireworks": CHAT_ROLES}
ALL_ROLES = (*CHAT_ROLES, "function", "developer")
CONTEXT_TOKENS = 65_536
# What the whole example amounts to, which is unsure where it is unsure which of two keys counts.
WHOLE_EXAMPLE = ("no_assistant", "no_user", "too_many_images", "context", "string_content", "same_role", "bad_role")


@dataclass(frozen=True)
class Rules:
    name: str
    images: float = float("inf")
    image_bytes: float = 10_000_000
    webp: bool = True
    links: bool = True
    tokens: float = float("inf")
    max_pixels: int = 178_956_970
    line_bytes: int = 256 << 20
    bake: bool = True

    @property
    def images_only(self):
        return self.name == "none"

    @property
    def user_only(self):
        return self.name != "none"

    @property
    def rewrites(self):
        return self.name == "together"

    @property
    def refusals(self):
        return self.name in ("openai", "azure")


PROFILES = {rules.name: rules for rules in (
    Rules("openai", images=10, tokens=CONTEXT_TOKENS),
    Rules("azure", images=64, tokens=CONTEXT_TOKENS),
    Rules("together", images=10, links=False),
    Rules("fireworks", webp=False, links=False),
    Rules("none", image_bytes=float("inf")))}


def judge(line, rules):
    """The verdicts that fit: one, or one for each way to read a key that stands twice and leads to no image."""
    if len(line) > rules.line_bytes:
        return [_whole_line("line_too_long")]
    try:
        parse(line)
    except UnicodeDecodeError:
        return [_whole_line("invalid_utf8")]
    except RecursionError:
        return [Verdict(open="nested deeper than every parser must go")]
    except ValueError:
        return [_whole_line("invalid_json")]
    start = len(line) - len(line.lstrip(b" \t\r\n"))
    if line[start] != ord("{"):
        return [_whole_line("not_an_object")]
    if _may_be_of_another_layout(line):
        return [Verdict(open="may be in another layout, or of another method")]
    last = _Reading(line, rules, -1)
    verdict = last.example(start)
    verdicts = [verdict, _Reading(line, rules, 0).example(start)] if last.chose else [verdict]
    if not _is_utf8(line):
        for each in verdicts:
            each.require("lone_surrogate", ANYWHERE)
    return verdicts


def _is_utf8(line):
    """Whether the strings of a line can be written as UTF-8; also those of keys that stand twice."""
    try:
        json.dumps(json.loads(line, object_pairs_hook=lambda pairs: pairs), ensure_ascii=False).encode()
        return True
    except UnicodeEncodeError:
        return False


# Signs of lines that may have another layout than chat; tests/cli/test_layouts.py compares those with layouts.py.
OTHER_TYPES = ("image", "input_text", "input_image", "output_text")
OTHER_KEYS = ("contents", "conversations", "image", "images", "system", "input", "preferred_output", "non_preferred_output")


def _may_be_of_another_layout(line):
    """Also by keys that stand twice."""
    pairs = []
    json.loads(line, object_pairs_hook=lambda found: pairs.append(found))  # the line's own object is the last
    return any(key in OTHER_KEYS for key, _ in pairs[-1]) or \
        any(key == "type" and value in OTHER_TYPES for found in pairs for key, value in found if isinstance(value, str))


def _whole_line(code):
    verdict = Verdict()
    verdict.require(code, ANYWHERE)
    return verdict


def _escaped(key):
    return key.replace("~", "~0").replace("/", "~1")


def _is_text(key):
    return not any("\ud800" <= letter <= "\udfff" for letter in key)


class _Reading:
    """One way through a line that is an object; `choice` is which of two equal keys counts, -1 or 0."""

    def __init__(self, text, rules, choice):
        self.text, self.rules, self.choice = text, rules, choice
        self.verdict = Verdict()
        self.chose = self.has_assistant = self.has_user = self.has_list = False
        self.images = self.unsure_images = self.tokens = 0
        self.strings = []

    def one_of(self, pairs, key):
        starts = [start for name, start in pairs if name == key]
        self.chose |= len(starts) > 1
        if len(starts) > 2 and not self.verdict.open:
            self.verdict.open = f"{key} stands {len(starts)} times, and here are two readings"
        return starts[self.choice] if starts else None

    def string(self, at):
        """The value of the string at `at`, or None where there is something else."""
        return json.loads(self.raw(at)) if at is not None and self.text[at] == ord('"') else None

    def raw(self, at):
        return self.text[at:value_end(self.text, at)].decode()

    def is_null(self, at):
        return at is None or self.text[at] == ord("n")

    def is_empty_array(self, at):
        return self.text[at] == ord("[") and not list(elements(self.text, at))

    def structure(self, codes, pointer, firm=False):
        """A finding that profile none, which looks at JSON and images alone, does not have."""
        if not self.rules.images_only:
            self.verdict.require(codes, pointer, firm)

    def example(self, start):
        pairs = list(members(self.text, start))
        for name, _ in pairs if self.rules.rewrites else ():
            if name not in ("messages", "tools", "weight"):
                # A lone surrogate cannot be written in UTF-8.
                self.verdict.require("unknown_key", "/" + _escaped(name) if _is_text(name) else ANYWHERE)
        if self.rules.rewrites:
            self.sample_weight(self.one_of(pairs, "weight"))
        self.arrays(self.one_of(pairs, "tools"), "/tools")
        self.twice("messages", [at for name, at in pairs if name == "messages"])
        self.for_grader = self.rules.name != "together" and any(name not in ("messages", "tools", "weight") for name, _ in pairs)
        array = self.one_of(pairs, "messages")
        if array is not None and self.text[array] == ord("[") and list(elements(self.text, array)):
            self.messages(array)
        else:
            self.structure("bad_messages", ANYWHERE if array is None else "/messages*")
            self.verdict.tolerate(("no_assistant", "no_user"), ANYWHERE)  # that there is none goes without saying
        return self.verdict

    def sample_weight(self, at):
        """The specification: a number at top level stays. What else it is, is no sample weight."""
        if at is not None and self.text[at] not in b"-0123456789":
            self.verdict.require("bad_weight", "/weight*")

    def arrays(self, at, pointer):
        """An array where it is given; null may be none."""
        if at is not None and self.text[at] != ord("["):
            (self.verdict.tolerate if self.is_null(at) else self.structure)("bad_tool_call", pointer + "*")
            return []
        return list(elements(self.text, at)) if at is not None else []

    def twice(self, key, arrays):
        if len(arrays) < 2:
            return
        if self.rules.rewrites or any(self.shows_image(at) for array in arrays for _, at in elements(self.text, array)):
            self.verdict.require("duplicate_key", f"/{key}*")
            self.verdict.doubt((), ANYWHERE)
        elif not self.rules.images_only:
            self.verdict.open = f"{key} stands twice and leads to no image: the specification does not say which one counts"

    def shows_image(self, message):
        """Whether any reading of the message has an image part."""
        return any(name == "content" and any(self.is_image(part) for _, part in elements(self.text, content))
                   for name, content in members(self.text, message))

    def is_image(self, part):
        return any(name == "type" and self.string(at) == "image_url" for name, at in members(self.text, part))

    def duplicates(self, pairs, keys, pointer, codes="duplicate_key"):
        """Parsers differ in which one counts, so nothing below is sure, nor what the example amounts to."""
        names = [name for name, _ in pairs]
        if any(names.count(key) > 1 for key in keys):
            self.verdict.require(codes, pointer + "*")
            self.verdict.doubt((), pointer + "*")
            self.verdict.doubt(WHOLE_EXAMPLE, ANYWHERE)

    def messages(self, array):
        before = None, set(), None
        for number, at in elements(self.text, array):
            pointer = f"/messages/{number}"
            if self.text[at] != ord("{"):
                self.structure("bad_messages", pointer + "*")
                before = None, set(), None
                continue
            pairs = list(members(self.text, at))
            if self.rules.rewrites or self.shows_image(at):
                # The role is not on the path itself, but decides whether an image may stand there.
                self.duplicates(pairs, ("role", "content"), pointer)
            role, keys = self.message(pairs, pointer, number), {name for name, _ in pairs}
            weight = self.one_of(pairs, "weight")
            weight = None if weight is None else self.number_or_text(weight)
            if self.rules.rewrites and role is not None and role == before[0]:
                self.neighbors(role, keys | before[1], weight == before[2], pointer)
            before = role, keys, weight
        if not self.has_assistant and not (self.for_grader and before[0] == "user"):
            self.structure("no_assistant", ANYWHERE)
        if not self.has_user and self.rules.name == "azure":
            self.structure("no_user", ANYWHERE)
        self.verdict.images, self.verdict.tokens = self.images, self.tokens
        if self.images > self.rules.images:
            self.verdict.require("too_many_images", ANYWHERE)
        elif self.images + self.unsure_images > self.rules.images:
            self.verdict.tolerate("too_many_images", ANYWHERE)
        if self.tokens > self.rules.tokens:
            self.verdict.require("context", ANYWHERE)
        if self.rules.rewrites and self.has_list:
            for pointer in self.strings:
                self.verdict.require("string_content", pointer)

    def number_or_text(self, at):
        """1 and 1E0 are one number, however they are spelled."""
        try:
            return float(self.raw(at))
        except ValueError:
            return self.raw(at)

    def neighbors(self, role, keys, equal_weights, pointer):
        """The specification says nothing of systems, nor what merging does with other keys: nothing may be lost."""
        if role == "system":
            self.verdict.tolerate(("same_role", "bad_role"), pointer + "*")
        elif role not in ("user", "assistant"):  # tool is kept, others are bad_role already
            return
        elif keys <= {"role", "content"}:
            self.verdict.require("same_role", pointer)
        elif keys <= {"role", "content", "weight"} and equal_weights:
            self.verdict.require(("same_role", "bad_role"), pointer + "*")
        else:
            self.verdict.require("bad_role", pointer + "*")

    def role(self, pairs, pointer, number):
        """The role that counts."""
        role = self.string(self.one_of(pairs, "role"))
        if self.rules.images_only:
            return role
        if role == "developer":
            self.verdict.require("developer_role", pointer + "/role")
            role = "system"
        if role not in ROLES[self.rules.name] or role == "system" and number > 0 and self.rules.name == "fireworks":
            self.structure("bad_role", pointer + "*")
        return role

    def message(self, pairs, pointer, number):
        role = self.role(pairs, pointer, number)
        self.has_assistant |= role == "assistant"
        self.has_user |= role == "user"
        content = self.one_of(pairs, "content")
        is_list = content is not None and self.text[content] == ord("[")
        has_image = is_list and any(self.is_image(part) for _, part in elements(self.text, content))
        self.weight(self.one_of(pairs, "weight"), role, has_image, pointer)
        self.tools(pairs, role, pointer)
        self.has_list |= is_list
        if self.string(content) is not None:
            self.strings.append(pointer + "/content")
        elif is_list and list(elements(self.text, content)):
            for index, part in elements(self.text, content):
                self.part(part, role, f"{pointer}/content/{index}")
        elif not self.is_null(content) or role != "assistant":
            self.structure("bad_content", pointer + "*")
        else:
            self.call_instead_of_content(pairs, pointer)
        return role

    def call_instead_of_content(self, pairs, pointer):
        calls = [at for name, at in pairs if name in ("tool_calls", "function_call")]
        if not calls:
            self.structure("bad_content", pointer + "*")
        elif any(self.is_null(at) or self.is_empty_array(at) for at in calls):  # "with tool_calls", says the specification
            self.verdict.tolerate("bad_content", pointer + "*")

    def weight(self, at, role, has_image, pointer):
        if at is None:
            return
        try:
            value = None if self.text[at] == ord('"') else Decimal(self.raw(at))
        except InvalidOperation:
            value = None
        is_good = value in (0, 1) and (self.rules.name == "fireworks" or re.fullmatch(r"-?\d+", self.raw(at)))
        if self.rules.refusals:
            is_good = is_good and role == "assistant"
        if not is_good or self.rules.rewrites and has_image and value != 0:
            self.structure("bad_weight", pointer + "*")

    def tools(self, pairs, role, pointer):
        if role == "tool":
            answers = self.one_of(pairs, "tool_call_id")
            if answers is None or self.string(answers) is None:
                self.structure("bad_tool_call", pointer + "*")
        for _, call in self.arrays(self.one_of(pairs, "tool_calls"), pointer + "/tool_calls"):
            if self.text[call] == ord("{"):
                self.arguments(self.one_of(list(members(self.text, call)), "function"), pointer)
            else:  # the specification does not say what a call is
                self.verdict.tolerate("bad_tool_call", pointer + "*")
        call = self.one_of(pairs, "function_call")
        if not self.is_null(call):
            self.arguments(call, pointer)

    def arguments(self, function, pointer):
        if function is None or self.text[function] != ord("{"):
            self.verdict.tolerate("bad_tool_call", pointer + "*")
            return
        arguments = self.one_of(list(members(self.text, function)), "arguments")
        if arguments is None:
            self.verdict.tolerate("bad_tool_call", pointer + "*")
        elif self.string(arguments) is None:
            self.structure("bad_tool_call", pointer + "*")

    def part(self, at, role, pointer):
        pairs = list(members(self.text, at))
        if self.is_image(at):
            self.duplicates(pairs, ("type",), pointer, ("duplicate_key", "bad_part"))
        kind = self.string(self.one_of(pairs, "type"))
        if kind not in ("text", "image_url") and not (kind == "refusal" and role == "assistant" and self.rules.refusals):
            self.structure("bad_part", pointer + "*")
        if kind in ("text", "refusal") and self.string(self.one_of(pairs, kind)) is None:
            self.verdict.tolerate("bad_part", pointer + "*")  # the specification asks for no more than a type; providers do
        if kind == "image_url":
            self.image_part(pairs, pointer, self.is_misplaced(role, pointer))

    def is_misplaced(self, role, pointer):
        """The part has to go as a whole: what else is wrong with it is a matter of taste."""
        if role == "assistant":
            self.verdict.require("assistant_image", pointer, firm=True)
        elif self.rules.user_only and role in ALL_ROLES and role != "user":
            self.verdict.require("image_role", pointer, firm=True)
        if role != "assistant" and (role == "user" or not self.rules.user_only):
            return False
        self.verdict.tolerate((), pointer + "*")
        return True

    def image_part(self, pairs, pointer, is_misplaced):
        self.duplicates(pairs, ("image_url",), pointer)
        url, detail = self.one_of(pairs, "image_url"), None
        if self.string(url) is not None:
            self.verdict.require("url_object", pointer + "*")
        elif url is not None and self.text[url] == ord("{"):
            inner = list(members(self.text, url))
            self.duplicates(inner, ("url",), pointer)
            url, detail = self.one_of(inner, "url"), self.one_of(inner, "detail")
            if detail is not None and self.string(detail) not in ("low", "high", "auto"):
                self.structure("bad_part", pointer + "*", firm=not is_misplaced)
        if self.string(url) is None:
            self.unsure_images += 1
            self.verdict.require(("bad_part", "bad_url"), pointer + "*")
        else:
            self.images += 1
            self.image_url(url, self.string(detail), pointer)

    def image_url(self, url, detail, pointer):
        found = url_findings(self.string(url), self.rules)
        if found.fault:
            self.verdict.require(found.fault, pointer, firm=True)
        for codes in found.required:
            self.verdict.require(codes, pointer)
        for codes in found.tolerated:
            self.verdict.tolerate(codes, pointer)
        self.tokens += tokens(found.size, detail)
