"""Pictures with a drawn face, which a detector of photographed faces sees: shadows where a head has them."""
from PIL import Image, ImageDraw, ImageFilter

SKIN = (214, 170, 140)


def shade(color, factor):
    return tuple(min(255, int(value * factor)) for value in color)


def face(side, size=(400, 300), at=(120, 70), ground=(90, 110, 120)):
    """A picture of `size` with a face whose features lie in the square of `side` pixels at `at`."""
    enlarged = 4 if max(size) < 1000 else 1
    picture = Image.new("RGB", (size[0] * enlarged, size[1] * enlarged), ground)
    draw = ImageDraw.Draw(picture)
    unit = side * enlarged / 100

    def point(x, y):
        return at[0] * enlarged + x * unit, at[1] * enlarged + y * unit

    def ellipse(left, top, right, bottom, fill):
        draw.ellipse([*point(left, top), *point(right, bottom)], fill=fill)

    dark, shadow, light = shade(SKIN, .55), shade(SKIN, .8), shade(SKIN, 1.12)
    ellipse(8, -12, 92, 75, (50, 35, 25))  # hair
    ellipse(14, 0, 86, 112, SKIN)
    ellipse(18, 0, 82, 40, light)
    for mirror in (lambda x: x, lambda x: 100 - x):
        def span(a, b):
            return sorted((mirror(a), mirror(b)))
        left, right = span(22, 44)
        ellipse(left, 32, right, 50, shadow)
        left, right = span(22, 45)
        draw.rounded_rectangle([*point(left, 29), *point(right, 34)], fill=(60, 42, 30), radius=2 * unit)
        left, right = span(25, 42)
        ellipse(left, 38, right, 47, (235, 230, 225))
        left, right = span(29.5, 37.5)
        ellipse(left, 38, right, 47, (40, 30, 25))
        left, right = span(24, 43)
        draw.arc([*point(left, 37), *point(right, 50)], 180, 360, fill=(50, 35, 30), width=int(1.6 * unit))
        draw.polygon([point(mirror(46), 40), point(mirror(40), 66), point(mirror(46), 66)], fill=shadow)
    draw.rectangle([*point(46, 38), *point(54, 64)], fill=light)
    ellipse(40, 60, 60, 70, shadow)
    ellipse(42, 65, 48, 69, dark)
    ellipse(52, 65, 58, 69, dark)
    ellipse(34, 78, 66, 90, (165, 85, 80))  # mouth
    draw.line([point(34, 83), point(66, 83)], fill=(90, 35, 35), width=int(1.6 * unit))
    ellipse(42, 91, 58, 95, shadow)
    return picture.resize(size, Image.LANCZOS).filter(ImageFilter.GaussianBlur(side / 120))


def middle_of_features(side, at):
    """Where the middle of the eyes and the mouth of face() is."""
    return at[0] + side * .5, at[1] + side * .6
