"""What must, may and must not be reported about a line, and how a report differs from this."""
from dataclasses import dataclass, field

ANYWHERE = "*"


@dataclass(frozen=True)
class Finding:
    """`codes` all fit, none given means any; `pointer` is exact, or ends in * for anything at or below it.

    A firm finding is asked for even where it makes others moot.
    """
    codes: tuple
    pointer: str
    firm: bool = False

    def fits(self, code, pointer):
        return (not self.codes or code in self.codes) and self.covers(pointer)

    def covers(self, pointer):
        if not self.pointer.endswith("*"):
            return pointer == self.pointer
        above = self.pointer[:-1]
        return not above or pointer == above or pointer.startswith(above + "/")

    def __str__(self):
        return f"{'|'.join(self.codes) or 'anything'} at {self.pointer or '(the whole line)'}"


def finding(codes, pointer, firm=False):
    return Finding((codes,) if isinstance(codes, str) else tuple(codes), pointer, firm)


@dataclass
class Verdict:
    """Each of `required` must be reported, each of `tolerated` may be; `open` is why nothing can be said.

    `unsure` are regions below a key that stands twice: but for that, anything may be told there, and need not be.
    `images` and `tokens` are those of image values that can be looked at.
    """
    required: list = field(default_factory=list)
    tolerated: list = field(default_factory=list)
    unsure: list = field(default_factory=list)
    open: str = ""
    images: int = 0
    tokens: int = 0

    def require(self, codes, pointer, firm=False):
        self.required.append(finding(codes, pointer, firm))

    def tolerate(self, codes, pointer):
        self.tolerated.append(finding(codes, pointer))

    def doubt(self, codes, pointer):
        self.unsure.append(finding(codes, pointer))

    def is_moot(self, wanted):
        """Whether this finding is optional because of other findings at its place."""
        place, regions = wanted.pointer.removesuffix("*"), self.unsure + ([] if wanted.firm else self.tolerated)
        return "duplicate_key" not in wanted.codes and any(
            (not region.codes or set(wanted.codes) <= set(region.codes)) and region.covers(place) for region in regions)

    @property
    def wanted(self):
        return [one for one in self.required if not self.is_moot(one)]

    @property
    def allowed(self):
        return self.required + self.tolerated + self.unsure


def disagreements(readings, found):
    """Sentences on the difference to what was reported, a collection of (code, pointer); none where one reading fits.

    Where a key stands twice, what is wrong with either value may be told.
    """
    if any(reading.open for reading in readings):
        return []
    allowed = [one for reading in readings for one in reading.allowed]
    strays = [f"reported, but no fault: {code} at {pointer}" for code, pointer in sorted(found)
              if not any(one.fits(code, pointer) for one in allowed)]
    return min(([f"not reported: {one}" for one in reading.wanted if not any(one.fits(*told) for told in found)]
                for reading in readings), key=len) + strays
