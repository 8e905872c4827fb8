"""A bar for each corpus: how many times as fast as the Pillow pool, with the target as a mark on the bar's line."""
from xml.sax.saxutils import escape

WIDTH, LABEL_WIDTH, VALUE_WIDTH = 760, 130, 70
ROW_HEIGHT, BAR_HEIGHT, TOP, BOTTOM = 34, 18, 56, 40

EXPLANATION = "Bar: median of pairs. Thin line: least to most. Upright mark: target."
STYLE = """
  .page { fill: #ffffff; } text { fill: #1f2328; font: 13px sans-serif; } .title { font-size: 16px; font-weight: bold; }
  .note { fill: #59636e; font-size: 12px; } .bar { fill: #2f6fd0; }
  .spread { stroke: #1f2328; } .target { stroke: #c4451c; }
  .axis { stroke: #8c959f; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; } text { fill: #e6edf3; } .note { fill: #9198a1; } .bar { fill: #4d8df0; }
    .spread { stroke: #e6edf3; } .target { stroke: #ff9a6b; } .axis { stroke: #656c76; }
  }
"""


def bar(row, y, scale):
    middle, low, high = row["times_pillow"]
    at = lambda value: LABEL_WIDTH + value * scale  # noqa: E731
    center = y + BAR_HEIGHT / 2
    yield f'<text x="{LABEL_WIDTH - 8}" y="{center + 4:.1f}" text-anchor="end">{escape(row["corpus"])}</text>'
    yield f'<rect class="bar" x="{LABEL_WIDTH}" y="{y}" width="{middle * scale:.1f}" height="{BAR_HEIGHT}" rx="2"/>'
    if low != high:
        yield f'<line class="spread" x1="{at(low):.1f}" x2="{at(high):.1f}" y1="{center}" y2="{center}"/>'
    yield (f'<line class="target" x1="{at(row["target"]):.1f}" x2="{at(row["target"]):.1f}" y1="{y - 4}" '
           f'y2="{y + BAR_HEIGHT + 4}" stroke-width="3"/>')
    end = at(high)
    if -VALUE_WIDTH < at(row["target"]) - end < VALUE_WIDTH:
        end = max(end, at(row["target"]))
    yield f'<text x="{end + 8:.1f}" y="{center + 4:.1f}">{middle:.1f}x</text>'


def svg(rows, note):
    longest = max(max(row["times_pillow"][2], row["target"]) for row in rows)
    scale = (WIDTH - LABEL_WIDTH - VALUE_WIDTH) / longest
    height = TOP + ROW_HEIGHT * len(rows) + BOTTOM
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', f"<style>{STYLE}</style>",
             f'<rect class="page" width="{WIDTH}" height="{height}"/>',
             '<text class="title" x="16" y="26">Times as fast as a Python + Pillow process pool</text>',
             f'<text class="note" x="16" y="44">{EXPLANATION}</text>',
             f'<line class="axis" x1="{LABEL_WIDTH}" x2="{LABEL_WIDTH}" y1="{TOP}" y2="{height - BOTTOM}"/>']
    for number, row in enumerate(rows):
        lines += bar(row, TOP + ROW_HEIGHT * number + (ROW_HEIGHT - BAR_HEIGHT) // 2, scale)
    lines += [f'<text class="note" x="16" y="{height - 14}">{escape(note)}</text>', "</svg>"]
    return "\n".join(lines) + "\n"
