"""Lines that are good, or nearly, as trees that can be changed: keys may stand twice, values may be spelled oddly."""
import base64
import json

from sample_payloads import sound

LINK = "http://example.com/a.png"
CALLS = [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]


class Node(list):
    """An object as its pairs [key, value]."""


class Spelled(str):
    """JSON text that is written as it stands: a number, or a string in an odd spelling."""


def as_node(value):
    """Dictionaries and numbers as Node and Spelled."""
    return json.loads(json.dumps(value), object_pairs_hook=lambda pairs: Node(map(list, pairs)), parse_int=Spelled,
                      parse_float=Spelled)


def copied(value):
    if isinstance(value, Node):
        return Node([key, copied(item)] for key, item in value)
    return [copied(item) for item in value] if isinstance(value, list) else value


def written(value, spell=json.dumps, space=lambda: ""):
    if isinstance(value, Spelled):
        return str(value)
    if isinstance(value, Node):
        inside = ",".join(f"{space()}{spell(key)}{space()}:{space()}{written(item, spell, space)}{space()}"
                          for key, item in value)
        return "{" + (inside or space()) + "}"
    if isinstance(value, list):
        return "[" + (",".join(space() + written(item, spell, space) + space() for item in value) or space()) + "]"
    return spell(value) if isinstance(value, str) else json.dumps(value)


def data_url(data):
    kind = {b"\xff\xd8": "jpeg", b"RI": "webp"}.get(data[:2], "png")
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def image(url, **more):
    return {"type": "image_url", "image_url": {"url": url, **more}}


def _dialogues():
    def user(content, **more):
        return {"role": "user", "content": content, **more}

    text, answer = {"type": "text", "text": "what is this?"}, {"role": "assistant", "content": "a cat"}
    listed = {"role": "assistant", "content": [{"type": "text", "text": "a cat"}]}
    urls = [data_url(data) for data in sound().values()]
    png = next(url for url in urls if "png" in url)
    system = {"role": "system", "content": "be brief"}
    called = {"role": "assistant", "content": None, "tool_calls": CALLS}
    yield from ([user("q"), answer], [user(""), answer], [answer], [listed], [system, user("q"), answer])
    yield [{"role": "developer", "content": [text]}, user([text]), listed]
    yield [user([text, text]), listed]
    yield [user("q"), called, {"role": "tool", "content": "42", "tool_call_id": "c"}, answer]
    yield [user("q"), {"role": "assistant", "function_call": {"name": "f", "arguments": "{}"}},
           {"role": "function", "name": "f", "content": "1"}, answer]
    yield [user("q"), {**answer, "weight": 0}, user("r", name="n"), {**answer, "weight": 1}]
    yield [user("q", weight=0), {**answer, "weight": 1}, user("r", weight=1), {**answer, "weight": 0}]
    yield [user("q", weight=0), user("r", weight=0), answer, {**answer, "weight": 1}]
    yield [user([image(png)], weight=0), listed]
    yield [user("q"), {**called, "tool_calls": CALLS * 2}, *[{"role": "tool", "content": "1", "tool_call_id": "c"}] * 2,
           answer]
    yield [system, {"role": "developer", "content": "be polite"}, user("q"), answer]
    yield [user("q"), {"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]}]
    yield [user("q"), user("r"), answer]
    yield [user([image(LINK), text]), listed]
    yield [user([text, image(LINK, detail="low")]), answer]
    yield [system | {"content": [image(png)]}, user("q"), answer]
    yield [{"role": "tool", "content": [image(png)], "tool_call_id": "c"}, user("q"), listed]
    yield [user([image(url) for url in urls]), listed]
    yield [user([image(LINK)] * 10), listed]
    yield [user([image(png)] * 11), listed]
    yield [user([image(urls[0])]), listed, user([image(png, detail="high"), text]), listed]
    yield [user([image(urls[1]), text]), user([text]), listed]
    yield [user([text, {"type": "image_url", "image_url": png}]), answer]
    for number, url in enumerate(urls):
        yield [user([image(url)]), listed]
        yield [user([text, image(url, detail=("low", "high", "auto")[number % 3])]), listed]


def base_trees():
    dialogues = list(_dialogues())
    tops = [{"messages": messages} for messages in dialogues]
    tops += [{"messages": dialogues[0], "tools": [{"type": "function"}]}, {"tools": [], "messages": dialogues[-1]},
             {"id": 7, "messages": dialogues[-2], "meta": {"a": [1, None]}},
             {"weight": 0.5, "messages": dialogues[-3]}, {"messages": dialogues[1], "weight": 2},
             {"messages": dialogues[0], "x": 1e5, "messages ": []}]
    return [as_node(top) for top in tops]
