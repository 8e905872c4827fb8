"""What each provider's own checker takes, after its documents and, where there is one, its published check.

takes(profile, line) raises Refused with a reason. openai: the OpenAPI description of the chat format for fine-tuning
and "Vision fine-tuning". azure: "Fine-tune with vision", Microsoft's SCHEMA.md for supervised fine-tuning, and what the
import says of other roles. together: the check that its Python client makes before an upload. fireworks: "Supervised
fine-tuning", text and vision.
"""
import base64
import io
import json

from PIL import Image

FORMATS = {"openai": ("JPEG", "PNG", "WEBP"), "azure": ("JPEG", "PNG", "WEBP"), "together": ("JPEG", "PNG", "WEBP"),
           "fireworks": ("JPEG", "PNG"), "none": ("JPEG", "PNG", "WEBP")}
MOST_IMAGES = {"openai": 10, "azure": 64, "together": 10}
ROLES = {"openai": {"system", "user", "assistant", "tool", "function"}, "azure": {"system", "user", "assistant", "tool"},
         "together": {"system", "user", "assistant", "tool"}, "fireworks": {"system", "user", "assistant", "tool"}}
LONGEST_URL = len("data:image/jpeg;base64,") + 4 * 10 * 2**20 // 3


class Refused(Exception):
    pass


def need(condition, reason):
    if not condition:
        raise Refused(reason)


def takes(profile, line):
    example = json.loads(line)
    if profile == "none":
        for part in parts_of(example):
            if isinstance(part, dict) and part.get("type") == "image_url":
                image(profile, part)
        return
    messages = example["messages"]
    need(isinstance(messages, list) and messages, "messages")
    roles = [message.get("role") for message in messages]
    need(set(roles) <= ROLES[profile], f"roles {roles}")
    need("assistant" in roles, "no assistant")
    need("user" in roles or profile != "azure", "no user")
    need(profile != "fireworks" or "system" not in roles[1:], "a system message is not the first")
    for message in messages:
        check_message(profile, message)
    tools = example.get("tools")
    need(tools is None or isinstance(tools, list), "tools")
    images = sum(isinstance(part, dict) and part.get("type") == "image_url" for part in parts_of(example))
    need(images <= MOST_IMAGES.get(profile, images), f"{images} images")
    if profile == "together":
        kinds = {type(message["content"]) for message in messages if message.get("content") is not None}
        need(len(kinds) == 1, "contents of two kinds")
        need(set(example) <= {"messages", "tools", "weight"}, f"columns {sorted(example)}")
        need(type(example.get("weight", 0)) in (int, float), "weight of the sample")
        alternating = [role for role in roles if role != "tool"]
        need(all(a != b for a, b in zip(alternating, alternating[1:]) if "tool" not in roles), "roles do not alternate")


def parts_of(example):
    messages = example.get("messages")
    for message in messages if isinstance(messages, list) else ():
        content = message.get("content") if isinstance(message, dict) else None
        yield from content if isinstance(content, list) else ()


def check_message(profile, message):
    role, content, calls = message["role"], message.get("content"), message.get("tool_calls")
    if content is None:
        need(role == "assistant" and (calls is not None or message.get("function_call") is not None), "no content")
    else:
        need(isinstance(content, str) or isinstance(content, list) and content, "content")
    for part in content if isinstance(content, list) else ():
        check_part(profile, role, part)
    need(calls is None or isinstance(calls, list), "tool_calls")
    functions = [call["function"] for call in calls or ()]
    functions += [message["function_call"]] if message.get("function_call") is not None else []
    need(all(isinstance(function.get("arguments", ""), str) for function in functions), "arguments")
    need(role != "tool" or isinstance(message.get("tool_call_id"), str), "tool_call_id")
    check_weight(profile, role, message)


def check_weight(profile, role, message):
    if "weight" not in message:
        return
    weight = message["weight"]
    need(type(weight) is int or profile == "fireworks" and type(weight) is float, f"weight is {weight!r}")
    need(weight in (0, 1), f"weight is {weight!r}")
    need(role == "assistant" or profile not in ("openai", "azure"), f"weight on {role}")
    content = message.get("content")
    if profile == "together" and isinstance(content, list):
        need(weight == 0 or all(part["type"] != "image_url" for part in content), "weight 1 beside an image")


def check_part(profile, role, part):
    kind = part["type"]
    if kind == "text":
        need(isinstance(part["text"], str), "text")
    elif kind == "refusal":
        need(role == "assistant" and profile in ("openai", "azure"), "refusal")
    else:
        need(kind == "image_url" and role == "user", f"{kind} of {role}")
        detail = part["image_url"].get("detail", "auto")
        need(detail in ("low", "high", "auto") or profile in ("together", "fireworks"), f"detail {detail}")
        image(profile, part)


def image(profile, part):
    url = part["image_url"]["url"]
    if url.lower().startswith(("http://", "https://")):
        return need(profile in ("openai", "azure", "none"), "URL")
    head, _, text = url.partition(",")
    need(profile != "together" or len(url) <= LONGEST_URL, "length of the URL")
    data = base64.b64decode(text, validate=True)
    picture = Image.open(io.BytesIO(data))
    picture.load()
    need(head == f"data:image/{picture.format.lower()};base64", head)
    need(picture.format in FORMATS[profile], picture.format)
    need(picture.mode in ("RGB", "RGBA"), picture.mode)
    need(profile == "none" or len(data) <= 10_000_000, "bytes")
