"""Lines: one for every form, spelling and fault of the specification, and ordinary lines between them."""
import base64
import json
import os
import re
from dataclasses import dataclass, field


@dataclass
class Line:
    name: str
    raw: bytes
    fate: object = "written"
    images: list = field(default_factory=list)


ANSWER = {"role": "assistant", "content": "A photograph."}


def url(sample):
    return f"data:image/{sample.label};base64," + base64.b64encode(sample.data).decode()


def part(value, **more):
    return {"type": "image_url", "image_url": {"url": value, **more}}


def example(*contents, **more):
    return {"messages": [{"role": "user", "content": content} for content in contents] + [ANSWER], **more}


def dump(value, **options):
    return json.dumps(value, **options).encode()


def with_images(name, samples, **more):
    bad = next((s for s in samples if s.reason), None)
    content = [{"type": "text", "text": f"{name}?"}] + [part(url(s), **more) for s in samples]
    fate = {"rejected": bad.reason, "pointer": f"/messages/0/content/{1 + samples.index(bad)}"} if bad else "written"
    return Line(name, dump(example(content)), fate, [] if bad else [s.expected for s in samples])


def spellings(jpeg):
    """Data URLs as people write them; `jpeg` needs padding and has both + and / in its base64."""
    clean = base64.b64encode(jpeg.data).decode()
    head = "data:image/jpeg;base64,"
    folded = [clean[i:i + 76] for i in range(0, len(clean), 76)]
    yield "png label on a jpeg", "data:image/png;base64," + clean
    yield "no media type", "data:;base64," + clean
    yield "octet-stream", "data:application/octet-stream;base64," + clean
    yield "text label", "data:text/plain;base64," + clean
    yield "image/jpg", "data:image/jpg;base64," + clean
    yield "upper case", "DATA:IMAGE/JPEG;BASE64," + clean
    yield "parameters", "data:image/jpeg;charset=utf-8;name=a.jpg;base64," + clean
    yield "line feeds", head + "\n".join(folded) + "\n"
    yield "carriage returns", head + "\r\n".join(folded)
    yield "spaces", head + " ".join(folded)
    yield "URL-safe alphabet", head + clean.replace("+", "-").replace("/", "_")
    yield "no padding", head + clean.rstrip("=")
    yield "URL-safe without padding", head + clean.rstrip("=").replace("+", "-").replace("/", "_")


def framed(value):
    """A line around the raw JSON text of an image_url value."""
    value = value if isinstance(value, bytes) else dump(value)
    return b'{"messages":[{"role":"user","content":[{"type":"image_url","image_url":' + value + b'}]},' \
           b'{"role":"assistant","content":"ok"}]}'


def spelling_lines(jpeg, png, webp):
    same = [{"kind": "relabelled"}]
    for name, value in spellings(jpeg):
        yield Line("data URL: " + name, framed({"url": value}), images=same)
    plain = dump(url(jpeg))
    for name, value in [("escaped slashes", plain.replace(b"/", b"\\/")),
                        ("unicode slashes", plain.replace(b"/", b"\\u002f")),
                        ("escaped scheme", plain.replace(b"data:", b"\\u0064ata:", 1))]:
        yield Line("data URL: " + name, framed(b'{"url":' + value + b"}"), images=same)
    for sample, label in [(png, "jpeg"), (webp, "png"), (webp, "jpeg")]:
        wrong = url(sample).replace(f"image/{sample.label}", f"image/{label}", 1)
        yield Line(f"data URL: {label} label on a {sample.label}", framed({"url": wrong}), images=same)
    for sample in (jpeg, png, webp):
        yield Line("string form", framed(b" " + dump(url(sample)) + b' ,"detail":"low"'),
                   images=[{"kind": ["kept", "relabelled"]}])
    yield Line("string form, wrong label", framed("data:image/gif;base64," + url(jpeg).split(",")[1]), images=same)
    yield Line("string form of a link", framed("https://img.example.org/a.jpg"), images=[{"kind": "url"}])


def raw_lines(jpeg, png):
    """Lines whose spelling matters, so that they are written out as text."""
    j, kept = dump(url(jpeg)), [{"kind": "kept"}]
    body = framed(b'{"url":' + j + b"}")
    tail = b'{"role":"assistant","content":"ok"}]}'
    yield Line("escaped keys", b'{"mess\\u0061ges":[{"r\\u006fle":"user","cont\\u0065nt":[{"t\\u0079pe":'
               b'"image\\u005furl","image\\u005furl":{"\\u0075rl":' + j + b"}}]}," + tail, images=kept)
    yield Line("escaped slashes in a link", framed(b'{"url":"https:\\/\\/img.example.org\\/a.png"}'),
               images=[{"kind": "url"}])
    yield Line("odd key orders", b'{"weight_note":1,"messages":[{"content":[{"image_url":{"detail":"high","url":' + j +
               b',"zoom":2},"type":"image_url"},{"text":"what?","type":"text"}],"name":"u","role":"user"},'
               b'{"content":"ok","role":"assistant"}],"id":7}', images=kept)
    yield Line("white space everywhere", b' \t{ "messages" :\t[ { "role" : "user" , "content" : [ { "type" : '
               b'"image_url" , "image_url" : { "url" : ' + dump(url(png)) + b' } } ] } , {"role": "assistant" , '
               b'"content" : "ok" } ] }  ', images=kept)
    yield Line("number spellings", b'{"a":1e2,"b":-0.0,"c":1.50,"d":1E+2,"e":0.1e-7,"f":123456789012345678901234567890,'
               b'"g":-0,' + body[1:], images=kept)
    yield Line("repeated unknown keys", b'{"id":1,"id":2,' + body[1:], images=kept)
    scripts = 'Gr\u00fc\u00dfe \u65e5\u672c \U0001f33b \\u00e9\\ud83c\\udf3b \\"q\\" \\\\ \\/ \\b\\f\\n\\r\\t \x7f'
    yield Line("escapes and other scripts", b'{"note":"' + scripts.encode() + b'",' + body[1:], images=kept)
    yield Line("deep unknown value", b'{"deep":' + b"[" * 200 + b"]" * 200 + b"," + body[1:], images=kept)


def shape_lines(jpeg, png):
    link, kept, is_url = "https://img.example.org/p/1.jpg?w=10&h=%20#frag", {"kind": "kept"}, {"kind": "url"}
    call = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{\"image_url\": \"x\"}"}}
    user = {"role": "user", "content": "u"}
    chat = lambda *messages: dump({"messages": list(messages)})
    more = {"metadata": {"source": [[]], "n": None}, "tools": [{"type": "function", "function": {"name": "f"}}]}
    yield Line("unknown keys", dump(example([part(url(jpeg), extra=[1, None, {"x": True}])], **more)), images=[kept])
    yield Line("image words outside content", dump(example("data:image/png;base64,AAAA", metadata={
        "image_url": {"url": "data:image/png;base64,%%%"}, "content": [{"type": "image_url", "image_url": 5}]})))
    yield Line("image key in a text part", dump(example([{"type": "text", "text": "t", "image_url": {"url": "x://"}}])))
    yield Line("tool calls with null content", chat(
        {"role": "system", "content": "s"}, {"role": "user", "content": [part(url(png))]},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "r"}, ANSWER), images=[kept])
    yield Line("tool calls without content", chat(user, {"role": "assistant", "tool_calls": [call]}))
    yield Line("function call", chat(user, {"role": "assistant", "content": None,
                                            "function_call": {"name": "f", "arguments": "{}"}},
                                     {"role": "function", "name": "f", "content": "1"}, ANSWER))
    for detail in ("low", "high", "auto"):
        yield Line(f"detail {detail}", dump(example([part(url(jpeg), detail=detail)])), images=[kept])
    for weight in (0, 1):
        yield Line(f"weight {weight}", chat({"role": "user", "content": [part(link)]}, {**ANSWER, "weight": weight},
                                            user, {**ANSWER, "weight": 1}), images=[is_url])
    yield Line("refusal part", chat(user, {"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]}))
    yield Line("ten images", dump(example([part(url(jpeg))] * 9 + [part(link)])), images=[kept] * 9 + [is_url])
    yield Line("images in two messages", dump(example([part(url(png)), part(link)], [part(url(jpeg))])),
               images=[kept, is_url, kept])
    yield Line("not escaped non-ASCII", dump(example("\u00e4\u00f6\u00fc \u2028 \U0001f600"), ensure_ascii=False))
    yield Line("compact", dump(example([part(link)]), separators=(",", ":")), images=[is_url])
    yield Line("empty string", dump(example("")))


def file_lines(root, jpeg, png, gray):
    """References beneath `root`, with the files they need; the root's own path is in the absolute ones."""
    os.makedirs(os.path.join(root, "sub folder"), exist_ok=True)
    for name, data in [("a.jpg", jpeg.data), ("sub folder/b.png", png.data), ("gray.jpg", gray.data),
                       ("../outside.png", png.data), ("notes.png", b"plain words\n")]:
        with open(os.path.join(root, name), "wb") as file:
            file.write(data)
    link = os.path.join(root, "escape.png")
    if not os.path.islink(link):
        os.symlink("../outside.png", link)
    here = os.path.abspath(root)
    same = {"kind": "relabelled"}
    for name, value, expected in [
            ("relative path", "a.jpg", same), ("relative path below", "sub folder/b.png", same),
            ("absolute path", here + "/a.jpg", same), ("gray file", "gray.jpg", gray.expected),
            ("file URL", "file://" + here.replace(" ", "%20") + "/a.jpg", same),
            ("file URL with escapes", "file://" + here.replace(" ", "%20") + "/sub%20folder/b.png", same)]:
        yield Line("local: " + name, dump(example([part(value)])), images=[expected])
    for name, value, reason in [
            ("missing", "missing.jpg", "file_not_found"),
            ("missing URL", "file://" + here + "/no.png", "file_not_found"),
            ("dots", "../outside.png", "outside_root"), ("absolute outside", "/etc/hostname", "outside_root"),
            ("link outside", "escape.png", "outside_root"), ("URL outside", "file:///etc/hostname", "outside_root"),
            ("not an image", "notes.png", "unknown_format")]:
        yield Line("local: " + name, dump(example([part(value)])),
                   {"rejected": reason, "pointer": "/messages/0/content/0"})


def url_fault_lines(jpeg):
    clean = base64.b64encode(jpeg.data).decode()
    whole = re.sub("=+$", "", clean)
    head = "data:image/jpeg;base64,"
    faults = [("bad_base64", "star", head + clean[:40] + "*" + clean[41:]),
              ("bad_base64", "percent without digits", head + whole + "%zz"),
              ("bad_base64", "impossible length", head + whole[:len(whole) // 4 * 4] + "A"),
              ("bad_base64", "data after padding", head + "/9j/4A==" + clean),
              ("bad_base64", "three pads", head + "/9j/A==="),
              ("bad_base64", "letter outside ASCII", head + clean[:10] + "\u00e9" + clean[10:]),
              ("bad_base64", "escaped control character", head + clean[:10] + "\u0001" + clean[11:]),
              ("empty_image", "nothing", head), ("empty_image", "spaces alone", head + "  \n"),
              ("bad_url", "ftp", "ftp://img.example.org/a.jpg"), ("bad_url", "no comma", "data:image/png;base64"),
              ("bad_url", "not base64", "data:image/svg+xml,%3Csvg%3E"), ("bad_url", "bare scheme", "data:")]
    for reason, name, value in faults:
        yield Line(f"{reason}: {name}", dump(example([{"type": "text", "text": "?"}, part(value)])),
                   {"rejected": reason, "pointer": "/messages/0/content/1"})
    yield Line("assistant image", dump({"messages": [{"role": "user", "content": "draw"}, {
        "role": "assistant", "content": [part(url(jpeg))]}]}),
        {"rejected": "assistant_image", "pointer": "/messages/1/content/0"})
    yield Line("assistant link", dump({"messages": [{"role": "user", "content": "draw"}, {
        "role": "assistant", "content": [part("https://a.example/b.png")]}]}),
        {"rejected": "assistant_image", "pointer": "/messages/1/content/0"})
    yield Line("eleven images", dump(example([part("https://a.example/b.png")] * 6, [part(url(jpeg))] * 5)),
               {"rejected": "too_many_images"})
