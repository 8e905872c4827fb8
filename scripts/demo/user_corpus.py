"""A corpus as users have them: most images are fine, some must be converted, one is too large, three lines are bad."""
import io
from PIL import Image
from demo.image_bank import LIMIT_BYTES, Sample, converted, encode, exif, ordinary_jpegs
from demo.line_bank import Line, dump, example, url, with_images

USUAL_LINES = 90


def converted_samples(photos):
    scan = encode(photos.crop(900, 1200).convert("L"), "JPEG", quality=90)
    yield Sample("a gray scan", scan, "jpeg", converted(Image.open(io.BytesIO(scan)), tolerance=1))
    page = photos.crop(600, 800).convert("L")
    yield Sample("a gray page", encode(page, "PNG"), "png", converted(page))
    chart = photos.crop(640, 480).quantize(64)
    yield Sample("a chart", encode(chart, "PNG"), "png", converted(chart))
    yield Sample("a print", encode(photos.crop(800, 600).convert("CMYK"), "JPEG", quality=92), "jpeg", converted())
    yield Sample("a phone's photograph", encode(photos.crop(960, 1280), "JPEG", quality=92, exif=exif(6)), "jpeg",
                 converted())


def over_limit(photos):
    with open(photos.over_limit[0], "rb") as file:
        return Sample(f"a photograph of more than {LIMIT_BYTES // 1_000_000} MB", file.read(), "jpeg",
                      {"kind": "shrunk", "mode": "RGB"})


def bad_lines(good):
    cut_off = Sample("an interrupted download", good.data[:len(good.data) // 3], "jpeg", reason="corrupt_image")
    yield with_images(cut_off.name, [cut_off])
    question = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": url(good)}}]}
    yield Line("no answer", dump({"messages": [question]}), {"rejected": "no_assistant"})
    yield Line("an interrupted write", dump(example("What is this?"))[:-3], {"rejected": "invalid_json"})


def lines(photos):
    """Needs a photograph over the limit."""
    rng = photos.rng
    fine = list(ordinary_jpegs(photos)) + [Sample("webp", encode(photos.crop(800, 600), "WEBP", quality=85), "webp")]
    result = [with_images(f"question {number}", rng.sample(fine, rng.choice((1, 1, 2, 3)))) for number in range(USUAL_LINES)]
    wrong_label = Sample("a wrong label", fine[0].data, "jpg", {"kind": "relabelled"})
    for sample in (*converted_samples(photos), over_limit(photos), wrong_label):
        result.append(with_images(sample.name, [sample]))
    result += [Line("text", dump(example(f"question without an image {number}"))) for number in range(10)]
    result += bad_lines(fine[1])
    rng.shuffle(result)
    return result
