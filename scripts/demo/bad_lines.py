"""Lines that are rejected before their images are decoded."""
from demo.line_bank import ANSWER, Line, dump, example, part

LINK = "https://img.example.org/a.jpg"
GOOD = dump(example([part(LINK)]))


def syntax_faults():
    extra = lambda text: b'{"x":' + text + b',' + GOOD[1:]
    yield "trailing comma in a skipped array", extra(b"[1,2,]")
    yield "trailing comma in a skipped object", extra(b'{"a":1,}')
    for number in (b"01", b"+1", b".5", b"1.", b"1e", b"1e+", b"-", b"0x10", b"NaN", b"Infinity", b"1_000", b"--1"):
        yield "number " + number.decode(), extra(number)
    for word in (b"tru", b"TRUE", b"nul", b"None", b"undefined", b"'a'"):
        yield "word " + word.decode(), extra(word)
    for escape in (b'"\\x41"', b'"\\u12g4"', b'"\\u12"', b'"\\\'"', b'"\\U0041"'):
        yield "escape " + escape.decode(), extra(escape)
    yield "control character", extra(b'"a\x01b"')
    yield "tab in a string", extra(b'"a\tb"')
    yield "NUL in a string", extra(b'"a\0b"')
    yield "NUL after the object", GOOD + b"\0"
    yield "control character in a key", b'{"a\x02":1,' + GOOD[1:]
    yield "trailing word", GOOD + b" garbage"
    yield "two objects", GOOD + GOOD
    yield "trailing comma", GOOD + b","
    yield "missing brace", GOOD[:-1]
    yield "cut in the middle", GOOD[:len(GOOD) // 2]
    yield "one brace", b"{"
    yield "missing colon", b'{"x" 1,' + GOOD[1:]
    yield "missing comma", b'{"x":1 ' + GOOD[1:]
    yield "comment", b'{/* note */' + GOOD[1:]
    yield "key without quotes", b'{x:1,' + GOOD[1:]
    yield "brackets crossed", extra(b"[{]}")
    yield "words alone", b"this is not json"
    yield "form feed as white space", extra(b"\x0c1")
    yield "non-breaking space as white space", extra(b"\xc2\xa01")


def encoding_faults():
    extra = lambda data: b'{"x":"' + data + b'",' + GOOD[1:]
    yield "stray byte", extra(b"a\xffb")
    yield "overlong", extra(b"\xc0\x80")
    yield "surrogate", extra(b"\xed\xa0\x80")
    yield "over the last code point", extra(b"\xf4\x90\x80\x80")
    yield "cut sequence", extra(b"\xe2\x82")
    yield "Latin-1", GOOD.replace(b"A photo", b"Une \xe9cole, a photo")


def structure_faults():
    user = {"role": "user", "content": "hi"}
    chat = lambda *messages: dump({"messages": list(messages)})
    for name, raw in [("array", b"[]"), ("string", b'"text"'), ("number", b"42"), ("null", b"null"),
                      ("true", b"true")]:
        yield "not_an_object", name, raw, None
    yield "bad_messages", "none", dump({"prompt": "p", "completion": "c"}), None
    yield "bad_messages", "empty object", b"{}", None
    for name, value in [("empty", []), ("object", {}), ("null", None), ("string", "s")]:
        yield "bad_messages", name, dump({"messages": value}), "/messages"
    yield "bad_messages", "an element is a string", dump({"messages": [user, "s", ANSWER]}), "/messages/1"
    yield "bad_messages", "an element is null", dump({"messages": [None, user, ANSWER]}), "/messages/0"
    yield "bad_role", "unknown", chat({"role": "bot", "content": "x"}, ANSWER), "/messages/0"
    yield "bad_role", "missing", chat({"content": "x"}, ANSWER), "/messages/0"
    yield "bad_role", "number", chat(user, {"role": 1, "content": "x"}, ANSWER), "/messages/1"
    yield "bad_role", "capital", chat({"role": "User", "content": "x"}, ANSWER), "/messages/0"
    for name, content in [("null", None), ("number", 5), ("object", {"type": "text"}), ("empty array", []),
                          ("true", True)]:
        yield "bad_content", name, chat({"role": "user", "content": content}, ANSWER), "/messages/0"
    yield "bad_content", "missing", chat({"role": "user"}, ANSWER), "/messages/0"
    yield "bad_content", "null without a call", chat(user, {"role": "assistant", "content": None}), "/messages/1"
    yield "bad_content", "absent without a call", chat(user, {"role": "assistant"}), "/messages/1"
    for name, item in [("unknown type", {"type": "video", "video": "v"}), ("no type", {"text": "t"}),
                       ("string", "text"), ("null", None), ("refusal of a user", {"type": "refusal", "refusal": "r"}),
                       ("unknown detail", part(LINK, detail="ultra")),
                       ("audio", {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}),
                       ("file", {"type": "file", "file": {"file_id": "f"}}),
                       ("type is a number", {"type": 1})]:
        yield "bad_part", name, chat({"role": "user", "content": [{"type": "text", "text": "t"}, item]}, ANSWER), \
            "/messages/0/content/1"
    yield ["bad_part", "bad_url"], "no image_url", chat({"role": "user", "content": [{"type": "image_url"}]}, ANSWER), \
        "/messages/0/content/0"
    for name, value in [("image_url is a number", 7), ("image_url is null", None), ("no url", {}),
                        ("url is null", {"url": None})]:
        item = {"type": "image_url", "image_url": value}
        yield ["bad_part", "bad_url"], name, chat({"role": "user", "content": [item]}, ANSWER), "/messages/0/content/0"
    for name, weight in [("two", 2), ("half", 0.5), ("string", "1"), ("negative", -1), ("true", True),
                         ("with a point", 1.0)]:
        yield "bad_weight", name, chat(user, {**ANSWER, "weight": weight}), "/messages/1"
    yield "bad_weight", "on a user message", chat({**user, "weight": 1}, ANSWER), "/messages/0"
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": {}}}
    yield "bad_tool_call", "arguments are an object", chat(user, {"role": "assistant", "tool_calls": [call]}), \
        "/messages/1/tool_calls/0/function/arguments"
    yield "bad_tool_call", "no tool_call_id", chat(user, {"role": "tool", "content": "r"}, ANSWER), "/messages/1"
    yield "bad_tool_call", "tools are an object", dump({"messages": [user, ANSWER], "tools": {}}), "/tools"
    for role in ("system", "developer", "tool", "function"):
        more = {"tool_call_id": "c"} if role == "tool" else {}
        yield "image_role", role, chat({"role": role, "content": [part(LINK)], **more}, user, ANSWER), \
            "/messages/0/content/0"
    yield "no_assistant", "user alone", chat(user), None
    yield "no_assistant", "with a link", chat({"role": "user", "content": [part(LINK)]}), None


def duplicate_keys():
    tail = b'{"role":"assistant","content":"ok"}]}'
    image = b'{"type":"image_url","image_url":{"url":"https://a.example/b.png"}}'
    start = b'{"messages":[{"role":"user","content":['
    yield "messages", start + image + b"]}," + tail[:-1] + b',"messages":[]}', None
    yield "content", b'{"messages":[{"role":"user","content":"a","content":[' + image + b"]}," + tail, "/messages/0"
    yield "image_url", start + b'{"type":"image_url","image_url":"https://a.example/1.png",' \
        b'"image_url":{"url":"https://a.example/b.png"}}]},' + tail, "/messages/0/content/0"
    yield "escaped image_url", start + b'{"type":"image_url","image\\u005furl":"https://a.example/1.png",' \
        b'"image_url":{"url":"https://a.example/b.png"}}]},' + tail, "/messages/0/content/0"
    yield "url", start + b'{"type":"image_url","image_url":{"url":"https://a.example/1.png",' \
        b'"url":"https://a.example/b.png"}}]},' + tail, "/messages/0/content/0"


def bad_lines():
    for name, raw in syntax_faults():
        yield Line("invalid_json: " + name, raw, {"rejected": "invalid_json"})
    for name, raw in encoding_faults():
        yield Line("invalid_utf8: " + name, raw, {"rejected": "invalid_utf8"})
    for reason, name, raw, pointer in structure_faults():
        label = reason if isinstance(reason, str) else reason[0]
        yield Line(f"{label}: {name}", raw, {"rejected": reason} | ({"pointer": pointer} if pointer else {}))
    for name, raw, pointer in duplicate_keys():
        fate = {"rejected": "duplicate_key"} | ({"pointer": pointer} if pointer else {})
        yield Line("duplicate_key: " + name, raw, fate)
