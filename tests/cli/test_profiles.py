"""Profiles: the providers' own, and those of users in TOML files."""
import json
import os
import sys
import unittest

from PIL import Image

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import ANSWER, CliTest, asked, image_line, line, message, part_image, part_text, parts, text_line
from pictures import TINY_PNG, TINY_URL, corners, data_url, encode

LINK = "https://example.com/a.png"
NO_LIMIT = None
# The keys of a profile file, one for each rule of the table of providers.
TEXT_KEYS = ("base", "name")
NUMBER_KEYS = ("max_images_per_example", "max_image_bytes", "max_image_examples", "max_shard_bytes", "min_examples",
               "max_url_chars", "max_image_tokens")
SWITCH_KEYS = ("webp", "urls", "exact_media_type", "images_user_only", "example_rules", "function_role",
               "developer_to_system", "system_first_only", "user_required", "refusal_parts", "weight_on_any_role",
               "integer_weight", "image_weight_zero", "tool_rules", "alternate_roles", "uniform_contents",
               "known_keys_only", "strict_file", "preference_images", "one_output_message", "string_outputs",
               "prompt_not_by_assistant", "reinforcement")


class ProfileTest(CliTest):
    def profile(self, text, name="mine.toml"):
        return self.write(name, text if isinstance(text, bytes) else text.encode())

    def manifest(self, text, *options, lines=(TINY_URL,), name="mine.toml"):
        return self.convert([image_line(url) for url in lines], "--profile", self.profile(text, name),
                            *options).manifest

    def reasons(self, text, *lines):
        return [outcome.reason for outcome in self.outcomes(list(lines), "--profile", self.profile(text))]

    def found(self, text, *lines):
        path = self.write("input.jsonl", b"".join(source + b"\n" for source in lines))
        done = self.run_program("check", path, "--json", "--profile", self.profile(text))
        report = json.loads(done.stdout)
        return {group["code"]: group["effect"] for group in report["findings"]}

    def wrong(self, text, line=None, *names, path=None):
        path = path or self.profile(text)
        source = self.write("input.jsonl", text_line(1))
        for command in (("check", source), ("convert", source, "-o", self.dir / "out")):
            done = self.run_program(*command, "--profile", path)
            self.assertEqual((done.returncode, done.stdout), (2, b""), (text, done.stderr))
            self.check_message(done, f"{path}:{line}:" if line else path, *names)
            self.assertEqual(done.stderr.count(b"\n"), 1, "one line")
        self.assertFalse((self.dir / "out").exists())


class NamedTest(ProfileTest):
    def test_the_limits_of_each(self):
        wanted = {"openai": (10, 10_000_000, 50_000, 512_000_000), "azure": (64, 10_000_000, 50_000, 512_000_000),
                  "together": (10, 10_000_000, 50_000, 50_000_000_000),
                  "fireworks": (NO_LIMIT, 10_000_000, 3_000_000, 150_000_000), "none": (NO_LIMIT,) * 4}
        keys = ("max_images_per_example", "max_image_bytes", "max_image_examples", "max_shard_bytes")
        for name, limits in wanted.items():
            manifest = self.convert([text_line(1)] if name != "together" else [asked('"q"')],
                                    "--profile", name).manifest
            self.assertEqual((manifest["profile"], *[manifest["limits"][key] for key in keys]), (name, *limits))

    def test_the_table_shows_each_and_every_key(self):
        done = self.run_program("profiles")
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        text = done.stdout.decode()
        for word in ("openai", "azure", "together", "fireworks", "none", "10,000,000", "512,000,000", "150,000,000",
                     "50,000,000,000", "13,981,036", "3,000,000", "65,536", "base", "name", "max_images_per_example",
                     "max_image_bytes", "max_image_examples", "max_shard_bytes"):
            self.assertIn(word, text)

    def test_every_key_is_shown_and_can_be_set(self):
        text = self.run_program("profiles").stdout.decode()
        shown = [row.split()[0] for row in text[text.index("Keys:"):].splitlines()[1:] if row.strip()]
        self.assertEqual(set(shown), set(TEXT_KEYS + NUMBER_KEYS + SWITCH_KEYS))
        for keys, value in ((TEXT_KEYS, '"openai"'), (NUMBER_KEYS, "70000"), (SWITCH_KEYS, "true")):
            for key in keys:
                self.convert([asked('"q"')], "--profile", self.profile(f"{key} = {value}\n"))

    def test_an_unknown_name(self):
        source = self.write("input.jsonl", text_line(1))
        for name in ("nobody", "OpenAI", "", "openai "):
            done = self.run_program("check", source, "--profile", name)
            self.assertEqual(done.returncode, 2, name)
            self.check_message(done)


class FileTest(ProfileTest):
    def test_it_starts_from_its_base(self):
        manifest = self.manifest('base = "azure"\nmax_image_bytes = "5MB"\n')
        self.assertEqual(manifest["profile"], "mine")
        self.assertEqual((manifest["limits"]["max_images_per_example"], manifest["limits"]["max_image_bytes"]),
                         (64, 5_000_000))
        self.assertEqual(self.manifest("")["limits"], self.convert([image_line(TINY_URL)]).manifest["limits"])
        self.assertEqual(self.manifest('base = "none"')["limits"],
                         self.convert([image_line(TINY_URL)], "--profile", "none").manifest["limits"])

    def test_its_name(self):
        self.assertEqual(self.manifest('name = "our endpoint é"')["profile"], "our endpoint é")
        self.assertEqual(self.manifest("", name="two.words.toml")["profile"], "two.words")

    def test_every_spelling_of_a_path(self):
        self.profile("max_images_per_example = 3\n")
        self.profile("max_images_per_example = 3\n", "plain")
        source = self.write("input.jsonl", text_line(1))
        for path in ("mine.toml", "./mine.toml", "./plain", str(self.dir / "mine.toml")):
            done = self.run_program("convert", source, "-o", self.dir / "out", "--force", "--profile", path,
                                    cwd=self.dir)
            self.assertEqual(done.returncode, 0, done.stderr)
            manifest = json.loads((self.dir / "out/manifest.json").read_text())
            self.assertEqual(manifest["limits"]["max_images_per_example"], 3)

    def test_the_command_line_wins(self):
        limits = self.manifest("max_images_per_example = 3\nmax_image_bytes = 500\nmax_shard_bytes = 4000\n",
                               "--max-images-per-example", 5, "--max-shard-bytes", "1MiB")["limits"]
        self.assertEqual((limits["max_images_per_example"], limits["max_image_bytes"], limits["max_shard_bytes"]),
                         (5, 500, 1 << 20))

    def test_a_config_file_may_name_it(self):
        path = self.profile('base = "together"\nname = "mine"\n')
        config = self.write("run.toml", f'profile = "{path}"\n'.encode())
        done = self.convert([image_line("https://example.com/a.png")], "--config", config)
        self.assertEqual((done.manifest["profile"], done.reasons), ("mine", ["url_not_allowed"]))

    def test_sizes_and_none(self):
        limits = self.manifest('max_image_bytes = "1MiB"\nmax_shard_bytes = "none"\nmax_image_examples = 7\n'
                               'max_images_per_example = "none"\n')["limits"]
        self.assertEqual((limits["max_image_bytes"], limits["max_image_examples"]), (1 << 20, 7))
        self.assertIsNone(limits["max_shard_bytes"])
        self.assertIsNone(limits["max_images_per_example"])

    def test_numbers_take_effect(self):
        two = asked(parts(part_image(TINY_URL), part_image(TINY_URL), part_text()))
        self.assertEqual(self.reasons("max_images_per_example = 1", two, image_line(TINY_URL)),
                         ["too_many_images", "written"])
        self.assertEqual(self.reasons("max_images_per_example = 0", image_line(TINY_URL), text_line(1)),
                         ["too_many_images", "written"])
        self.assertEqual(self.convert([text_line(1)] * 9, "--profile", self.profile(
            f'max_shard_bytes = {3 * len(text_line(1)) + 3}')).examples_per_shard(), [3, 3, 3])
        self.assertEqual(self.convert([image_line(TINY_URL)] * 5, "--profile", self.profile(
            "max_image_examples = 2")).examples_per_shard(), [2, 2, 1])
        self.assertEqual(self.found("max_images_per_example = 1\nmin_examples = 0", two),
                         {"too_many_images": "skipped"})
        self.assertEqual(self.found("min_examples = 2", text_line(1)), {"too_few_examples": "refused"})
        self.assertEqual(self.found("min_examples = 2", text_line(1), text_line(2)), {})
        self.assertEqual(self.found('min_examples = "none"', text_line(1)), {})
        self.assertEqual(self.found(f"min_examples = 0\nmax_url_chars = {len(TINY_URL)}", image_line(TINY_URL)), {})
        self.assertEqual(self.found(f"min_examples = 0\nmax_url_chars = {len(TINY_URL) - 1}", image_line(TINY_URL)),
                         {"url_too_long": "skipped"})
        self.assertEqual(self.found("min_examples = 0\nmax_image_tokens = 255", image_line(TINY_URL)), {})
        self.assertEqual(self.found("min_examples = 0\nmax_image_tokens = 254", image_line(TINY_URL)),
                         {"context": "cut"})
        self.assertEqual(self.reasons("max_image_tokens = 255", image_line(TINY_URL)), ["written"])
        self.assertEqual(self.reasons("max_image_tokens = 254", image_line(TINY_URL), image_line(LINK), text_line(1)),
                         ["too_many_tokens", "written", "written"])
        limit = len(TINY_PNG) - 1
        self.assertEqual(self.found(f"min_examples = 0\nmax_image_bytes = {limit}", image_line(TINY_URL)),
                         {"image_too_large": "skipped"})

    def test_images_that_fill_the_context_are_rejected(self):
        """OpenAI's documents: 768 by 2048 pixels are 8 tiles of 170 tokens, and 85 more; 45 of them take 65,025."""
        part = part_image(data_url(encode(Image.new("RGB", (2048, 768)), "PNG"), "png"))
        lines = [asked(parts(*[part] * count, part_text())) for count in (45, 46)] + [text_line(i) for i in range(9)]
        done = self.convert(lines, "--profile", "azure")
        self.assertEqual(done.reasons, ["too_many_tokens"])
        self.assertIn("66470 tokens, over the limit of 65536", done.rejected[0]["detail"])
        self.assertEqual(self.run_program("check", done.dir, "--profile", "azure").returncode, 0)

    def test_a_url_limit_is_met_by_shrinking(self):
        source = image_line(data_url(encode(corners(300, 200), "PNG", compress_level=0), "png"))
        outcome, = self.outcomes([source], "--profile", self.profile("max_url_chars = 9000"))
        self.assertEqual(outcome.reason, "written")
        self.assertLessEqual(len(json.loads(outcome.written)["messages"][0]["content"][1]["image_url"]["url"]), 9000)

    def test_flags_take_effect(self):
        webp = image_line(data_url(encode(corners(20, 10), "WEBP"), "webp"))
        self.assertEqual(self.found("min_examples = 0\nwebp = false", webp), {"webp_format": "skipped"})
        self.assertEqual(self.found('base = "fireworks"\nmin_examples = 0\nwebp = true', webp), {})
        self.assertEqual(self.reasons("urls = false", image_line(LINK)), ["url_not_allowed"])
        self.assertEqual(self.reasons('base = "together"\nurls = true', asked(parts(part_image(LINK)))), ["written"])
        system = line(message("system", parts(part_text(), part_image(TINY_URL))), ANSWER)
        self.assertEqual(self.reasons("images_user_only = true", system), ["image_role"])
        self.assertEqual(self.reasons('base = "fireworks"\nimages_user_only = false', system), ["written"])
        self.assertEqual(self.found("min_examples = 0\nexact_media_type = true", image_line(data_url(TINY_PNG, "jpeg"))),
                         {"media_type": "skipped"})
        self.assertEqual(self.found('base = "together"\nexact_media_type = false\nuniform_contents = false',
                                    asked(parts(part_image(data_url(TINY_PNG, "jpeg"))))), {"media_type": "warning"})
        nobody = line(message("nobody", '"q"'))
        self.assertEqual(self.reasons("example_rules = false", nobody), ["written"])
        self.assertEqual(self.reasons('base = "none"\nexample_rules = true', nobody), ["bad_role"])

    def test_flags_on_messages_take_effect(self):
        """Each against the profile from which the file starts."""
        function, developer = message("function", '"f"'), message("developer", '"d"')
        refusal = message("assistant", parts('{"type":"refusal","refusal":"no"}'))
        weight = message("user", '"q"', ',"weight":1')
        system, user = message("system", '"s"'), message("user", '"q"')
        call = '{"role":"assistant","tool_calls":{}}'
        for flag, base, lines, reason in (
                ("function_role = false", "openai", [user, function, ANSWER], "bad_role"),
                ("function_role = true", "azure", [user, function, ANSWER], "written"),
                ("system_first_only = true", "openai", [user, system, ANSWER], "bad_role"),
                ("system_first_only = true", "openai", [user, developer, ANSWER], "bad_role"),
                ("system_first_only = false", "fireworks", [user, system, ANSWER], "written"),
                ("user_required = true", "openai", [system, ANSWER], "no_user"),
                ("user_required = false", "azure", [system, ANSWER], "written"),
                ("refusal_parts = false", "openai", [user, refusal], "bad_part"),
                ("refusal_parts = true", "fireworks", [user, refusal], "written"),
                ("weight_on_any_role = true", "openai", [weight, ANSWER], "written"),
                ("weight_on_any_role = false", "fireworks", [weight, ANSWER], "bad_weight"),
                ("integer_weight = false", "openai", [user, message("assistant", '"a"', ',"weight":1.0')], "written"),
                ("integer_weight = true", "fireworks", [user, message("assistant", '"a"', ',"weight":1.0')], "bad_weight"),
                ("image_weight_zero = true", "fireworks",
                 [message("user", parts(part_image(TINY_URL)), ',"weight":1'), ANSWER], "bad_weight"),
                ("tool_rules = false", "openai", [user, call], "written"),
                ("tool_rules = true", "none", [user, call], "bad_tool_call")):
            with self.subTest(flag, base=base):
                self.assertEqual(self.reasons(f'base = "{base}"\n{flag}', line(*lines)), [reason])
        for base, flag, kinds in (("openai", "false", set()), ("none", "true", {"developer_role"})):
            result = self.convert([line(developer, user, ANSWER)], "--profile", self.profile(
                f'base = "{base}"\ndeveloper_to_system = {flag}'))
            self.assertEqual(set(result.manifest["conversions"]), kinds)
        for flag, effect in (("true", "refused"), ("false", "warning")):
            found = self.found(f"min_examples = 0\nstrict_file = {flag}", text_line(1), b"", text_line(2))
            self.assertEqual(found, {"blank_line": effect})

    def test_structure_may_be_rewritten_one_rule_at_a_time(self):
        source = line(message("system", '"s"'), message("user", '"q"'), message("user", parts(part_image(TINY_URL))),
                      message("assistant", '"a"'), more=',"id":1')
        for key, kind in (("alternate_roles", "same_role"), ("uniform_contents", "string_content"),
                          ("known_keys_only", "unknown_key")):
            with self.subTest(key):
                text = f"{key} = true\nmin_examples = 0"
                self.assertEqual(self.found(text, source), {kind: "skipped"})
                result = self.convert([source], "--profile", self.profile(text))
                self.assertEqual(set(result.manifest["conversions"]) & {"same_role", "string_content", "unknown_key"},
                                 {kind})
                self.assertEqual(self.found(text, *result.written), {}, "mended")
                self.assertEqual(self.found(f'base = "together"\n{key} = false', source).keys() & {kind}, set())


class WrongFileTest(ProfileTest):
    def test_file_and_line_are_named(self):
        for text, number, names in (
                ("base = \"azure\"\nmax_images = 3\n", 2, ["max_images"]),
                ("\n\nurls = \"yes\"", 3, ["urls"]), ("# x\nbase = \"nobody\"", 2, ["base"]), ("base = 3", 1, ["base"]),
                ("base = \"./other.toml\"", 1, ["base"]), ("name = 3", 1, ["name"]), ("name = \"\"", 1, ["name"]),
                ("webp = 1", 1, ["webp"]), ("max_image_bytes = true", 1, ["max_image_bytes"]),
                ("max_image_bytes = \"5 potatoes\"", 1, ["max_image_bytes"]),
                ("max_image_bytes = -1", 1, ["max_image_bytes"]), ("max_image_bytes = 1.5", 1, ["max_image_bytes"]),
                ("max_image_bytes = [1]", 1, ["max_image_bytes"]), ("max_image_bytes = \"\"", 1, []),
                ("max_image_bytes = \"99999999999999999999999\"", 1, []),
                ("max_shard_bytes = 0", 1, ["max_shard_bytes"]),
                ("max_image_examples = 0", 1, []), ("[limits]\nmax_image_bytes = 3", 1, ["limits"]),
                ("webp = none", 1, []), ("webp = ", 1, []), ("webp = true\nwebp = false", 2, []), ("\n=", 2, []),
                ("max_image_bytes = 99999999999999999999999", 1, []), ("name = \"a\\", 1, []),
                (b"name = \"\xff\"\n", 1, []), (b"urls = true\n\0", 2, []), (b"\x1f\x8b\x08", 1, [])):
            with self.subTest(text):
                self.wrong(text, number, *names)

    def test_keys_without_end(self):
        for text in ("a." * 50_000 + "b = 1", "[" + "a." * 50_000 + "b]", "a = " + "[" * 50_000):
            with self.subTest(text[:20]):
                self.wrong(text, 1)

    def test_files_that_are_not_there(self):
        (self.dir / "folder.toml").mkdir()
        for path in (self.dir / "none.toml", self.dir, self.dir / "folder.toml"):
            with self.subTest(path):
                self.wrong("", path=path)

    def test_a_file_that_may_not_be_read(self):
        user = self.unprivileged_user()
        path = self.profile("urls = true")
        path.chmod(0)
        source = self.write("input.jsonl", text_line(1))
        done = self.run_program("check", source, "--profile", path, user=user)
        self.assertEqual(done.returncode, 2)
        self.check_message(done, path)

    def test_what_is_in_it_does_not_reach_the_terminal(self):
        path = self.profile('name = "a\\u001b[31mb"\n', "esc\x1b[5m.toml")
        source = self.write("input.jsonl", text_line(1))
        done = self.run_program("check", source, "--profile", path)
        self.assertNotIn(b"\x1b", done.stdout + done.stderr)
        self.assertEqual(json.loads(self.run_program("check", source, "--json", "--profile", path).stdout)["profile"],
                         "a\x1b[31mb")
        for text in ('"k\\u001b[31m" = 1', "\x1b[31m = 1"):
            done = self.run_program("check", source, "--profile", self.profile(text, "esc\x1b[5m.toml"))
            self.assertEqual(done.returncode, 2)
            self.assertNotIn(b"\x1b", done.stderr)


if __name__ == "__main__":
    unittest.main()
