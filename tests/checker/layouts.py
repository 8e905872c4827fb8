"""The layouts of lines, from the specification and the documents of their projects, independent of the program.

`chat_of` reads a line of any layout as a chat example; `LAYOUTS` writes a conversation in each. A conversation is
{"system": text or None, "turns": [(role, [("text", text) or ("image", bytes), ...]), ...]}.
"""
import base64
import json

MARK = "<image>"
ROLES = {"human": "user", "gpt": "assistant", "model": "assistant"}
INPUT_TYPES = ("input_text", "input_image", "output_text")


class Mismatch(ValueError):
    """Marks and images differ in number."""


def media_type(data):
    return {b"\xff\xd8": "image/jpeg", b"RI": "image/webp", b"GI": "image/gif"}.get(data[:2], "image/png")


def data_url(data):
    return f"data:{media_type(data)};base64,{base64.b64encode(data).decode()}"


def _part_types(example):
    for message in example.get("messages") or []:
        content = message.get("content") if isinstance(message, dict) else None
        yield from (part for part in content if isinstance(part, dict)) if isinstance(content, list) else ()


def _texts(example):
    for message in example["messages"]:
        content = message.get("content") if isinstance(message, dict) else None
        if isinstance(content, str):
            yield content
        elif isinstance(content, list):
            yield from (part["text"] for part in content if isinstance(part, dict) and isinstance(part.get("text"), str))


def layout_of(example):
    """The layout by the keys; chat where the signs are those of two."""
    own = isinstance(example.get("messages"), list)
    lists = [name for name in ("contents", "conversations") if name in example]
    if lists:
        return lists[0] if len(lists) == 1 and not own else "chat"
    if not own:
        return "chat"
    signs = set()
    for part in _part_types(example):
        kind = part.get("type")
        if kind in INPUT_TYPES:
            signs.add("responses")
        elif kind == "image":
            signs.add("blocks" if "source" in part else "parts")
        elif kind == "image_url":
            signs.add("chat")
    key = [name for name in ("image", "images") if name in example]
    listed = any(example[name] not in (None, "", [], {}) for name in key)
    marks = bool(key) and any(MARK in text for text in _texts(example))
    foreign = signs - {"chat"}
    if len(foreign) > 1:
        return "chat"
    if foreign:
        return "chat" if marks and foreign != {"parts"} else foreign.pop()
    if marks or listed and "chat" not in signs:
        return "marked"
    is_system = isinstance(example.get("system"), (str, list)) and example["system"]
    return "blocks" if is_system and not signs and not listed else "chat"


def _image(url, detail=None):
    return {"type": "image_url", "image_url": {"url": url} if detail is None else {"url": url, "detail": detail}}


def _of_base64(text, kind=""):
    if text.startswith("data:"):
        return text
    start = base64.b64decode(text[:8] + "=" * (-len(text[:8]) % 4))
    return f"data:{kind or media_type(start)};base64,{text}"


class _Listed:
    def __init__(self, example):
        images, image = example.get("images"), example.get("image")
        given = image if images in (None, "", []) else images
        self.images = [] if given in (None, "", []) else given if isinstance(given, list) else [given]
        self.next = 0

    def take(self):
        self.next += 1
        if self.next > len(self.images):
            raise Mismatch
        image = self.images[self.next - 1]
        return [self.part(each) for each in (image if isinstance(image, list) else [image])]

    def part(self, image):
        if not isinstance(image, dict):
            return _image(image)
        given = {key: value for key, value in image.items() if value is not None}
        if "base64" in given or "bytes" in given:
            return _image(_of_base64(given.get("base64", given.get("bytes"))))
        return _image(given.get("path", given.get("url")))

    def finish(self):
        if self.next != len(self.images):
            raise Mismatch


def _marked(text, listed):
    if MARK not in text:
        return text
    parts = []
    for number, piece in enumerate(text.split(MARK)):
        if number:
            parts += listed.take()
        if piece:
            parts.append({"type": "text", "text": piece})
    return parts


def _content(content, layout, listed):
    if layout in ("conversations", "marked"):
        if isinstance(content, str):
            return _marked(content, listed)
    if not isinstance(content, list):
        return content
    return [each for part in content for each in _parts(part, layout, listed)]


def _parts(part, layout, listed):
    kind = part.get("type")
    if layout == "responses" and kind == "input_image":
        return [_image(part["image_url"], part.get("detail"))]
    if layout == "responses" and kind in INPUT_TYPES:
        return [{**part, "type": "text"}]
    if layout == "blocks" and kind == "image":
        source = part["source"]
        return [_image(source["url"] if source["type"] == "url" else _of_base64(source["data"], source["media_type"]))]
    if layout == "contents":
        data = part.get("inlineData", part.get("inline_data"))
        if data:
            return [_image(_of_base64(data["data"], data.get("mimeType", data.get("mime_type"))))]
        file = part.get("fileData", part.get("file_data"))
        return [_image(file.get("fileUri", file.get("file_uri")))] if file else [{"type": "text", "text": part["text"]}]
    if layout == "parts" and kind == "image":
        given = [key for key in ("image", "path", "url", "base64") if part.get(key) is not None]
        if not given:
            return listed.take()
        value = part[given[0]]
        return [listed.part(value) if isinstance(value, dict) else
                _image(_of_base64(value) if given[0] == "base64" else value, part.get("detail"))]
    if kind == "text" and layout in ("conversations", "marked"):
        split = _marked(part["text"], listed)
        return [part] if isinstance(split, str) else split
    return [part]


def chat_of(example):
    """(layout, the example in the chat layout). Raises Mismatch."""
    layout = layout_of(example)
    if layout == "chat":
        return layout, example
    key = layout if layout in ("contents", "conversations") else "messages"
    listed = _Listed(example) if layout in ("conversations", "marked", "parts") else _Listed({})
    out, system = {}, []
    for name in (("systemInstruction", "system_instruction") if layout == "contents" else ("system",)):
        if layout != "responses" and example.get(name):
            value = example[name]
            value = value["parts"] if isinstance(value, dict) else value
            system = [{"role": "system", "content": _content(value, layout if layout == "contents" else "", listed)}]
    for name, value in example.items():
        if name == key:
            out["messages"] = system + [_message(message, layout, listed) for message in value]
        elif not (system and name in ("system", "systemInstruction", "system_instruction") or
                  name in ("image", "images") and layout in ("conversations", "marked", "parts")):
            out[name] = value
    listed.finish()
    return layout, out


def _message(message, layout, listed):
    out = {}
    for key, value in message.items():
        if key == "role" or layout == "conversations" and key == "from":
            out["role"] = ROLES.get(value, value) if layout in ("conversations", "contents") else value
        elif key in {"conversations": ("value", "content"), "contents": ("parts",)}.get(layout, ("content",)):
            out["content"] = _content(value, layout, listed)
        else:
            out[key] = value
    return out


def merged(parts):
    """Parts with neighboring texts joined: a string cannot keep them apart."""
    out = []
    for kind, value in parts:
        if kind == "text" and out and out[-1][0] == "text":
            out[-1] = "text", out[-1][1] + value
        elif value != "" or kind != "text":
            out.append((kind, value))
    return out


def conversation_of(chat):
    """The conversation that a written example holds."""
    turns = []
    for message in chat["messages"]:
        content = message["content"]
        parts = [("text", content)] if isinstance(content, str) else [
            ("text", part["text"]) if part["type"] == "text" else
            ("image", base64.b64decode(part["image_url"]["url"].partition(",")[2])) for part in content]
        turns.append((message["role"], merged(parts)))
    system = turns.pop(0)[1][0][1] if turns[0][0] == "system" else None
    return {"system": system, "turns": turns}


def _listed_turns(talk, url, names):
    """Turns as strings with marks, and the images in order."""
    images, turns = [], []
    for role, parts in talk["turns"]:
        text = ""
        for kind, value in parts:
            text += MARK if kind == "image" else value
            if kind == "image":
                images.append(url(value))
        turns.append({names[0]: names[2].get(role, role), names[1]: text})
    return turns, images


def chat(talk, url=data_url):
    messages = [{"role": "system", "content": talk["system"]}] if talk["system"] else []
    for role, parts in talk["turns"]:
        content = [{"type": "text", "text": v} if kind == "text" else _image(url(v)) for kind, v in parts]
        messages.append({"role": role, "content": content})
    return {"messages": messages}


def responses(talk, url=data_url):
    messages = [{"role": "system", "content": talk["system"]}] if talk["system"] else []
    for role, parts in talk["turns"]:
        text = "output_text" if role == "assistant" else "input_text"
        messages.append({"role": role, "content": [
            {"type": text, "text": v} if kind == "text" else {"type": "input_image", "image_url": url(v), "detail": "auto"}
            for kind, v in parts]})
    return {"messages": messages}


def blocks(talk, url=None):
    def block(kind, value):
        if kind == "text":
            return {"type": "text", "text": value}
        if url:
            return {"type": "image", "source": {"type": "url", "url": url(value)}}
        return {"type": "image", "source": {"type": "base64", "media_type": media_type(value),
                                            "data": base64.b64encode(value).decode()}}
    own = {"system": talk["system"]} if talk["system"] else {}
    return {**own, "messages": [{"role": role, "content": [block(*part) for part in parts]} for role, parts in talk["turns"]]}


def contents(talk, url=None, camel=True):
    mime, inline, file, uri, instruction = \
        ("mimeType", "inlineData", "fileData", "fileUri", "systemInstruction") if camel else \
        ("mime_type", "inline_data", "file_data", "file_uri", "system_instruction")

    def part(kind, value):
        if kind == "text":
            return {"text": value}
        if url:
            return {file: {mime: media_type(value), uri: url(value)}}
        return {inline: {mime: media_type(value), "data": base64.b64encode(value).decode()}}
    own = {instruction: {"role": "system", "parts": [{"text": talk["system"]}]}} if talk["system"] else {}
    return {**own, "contents": [{"role": "model" if role == "assistant" else role, "parts": [part(*p) for p in parts]}
                                for role, parts in talk["turns"]]}


def conversations(talk, url=data_url):
    turns, images = _listed_turns(talk, url, ("from", "value", {"user": "human", "assistant": "gpt"}))
    if talk["system"]:
        turns.insert(0, {"from": "system", "value": talk["system"]})
    own = {} if not images else {"image": images[0]} if len(images) == 1 else {"images": images}
    return {"id": "x", **own, "conversations": turns}


def marked(talk, url=data_url):
    turns, images = _listed_turns(talk, url, ("role", "content", {}))
    if talk["system"]:
        turns.insert(0, {"role": "system", "content": talk["system"]})
    return {"messages": turns, "images": images} if images else {"messages": turns}


def parts(talk, url=data_url, key="image"):
    """`key` None: the images stand beside the messages."""
    messages, images = [], []
    if talk["system"]:
        messages.append({"role": "system", "content": [{"type": "text", "text": talk["system"]}]})
    for role, content in talk["turns"]:
        out = []
        for kind, value in content:
            if kind == "text":
                out.append({"type": "text", "text": value})
            elif key == "base64":
                out.append({"type": "image", "base64": base64.b64encode(value).decode()})
            elif key:
                out.append({"type": "image", key: url(value)})
            else:
                out.append({"type": "image"})
                images.append(url(value))
        messages.append({"role": role, "content": out})
    return {"messages": messages, "images": images} if images else {"messages": messages}


LAYOUTS = {
    "responses": [responses], "blocks": [blocks],
    "contents": [contents, lambda talk, url=None: contents(talk, url, camel=False)],
    "conversations": [conversations], "marked": [marked],
    "parts": [parts, lambda talk, url=data_url: parts(talk, url, None), lambda talk, url=data_url: parts(talk, url, "base64"),
              lambda talk, url=data_url: parts(talk, url, "path")],
}


def spelled(example, ascii_only):
    return json.dumps(example, ensure_ascii=ascii_only, separators=(",", ":") if ascii_only else (", ", ": ")).encode()
