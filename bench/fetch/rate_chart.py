"""Rate over connections, a line for each client."""
from xml.sax.saxutils import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 400, 70, 150, 56, 60
COLORS = ("#2f6fd0", "#c4451c", "#3a8a4d")
STYLE = """
  .page { fill: #ffffff; } text { fill: #1f2328; font: 13px sans-serif; } .title { font-size: 16px; font-weight: bold; }
  .note { fill: #59636e; font-size: 12px; } .grid { stroke: #d1d9e0; } polyline { fill: none; stroke-width: 2.5; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; } text { fill: #e6edf3; } .note { fill: #9198a1; } .grid { stroke: #3d444d; }
  }
"""


def svg(connections, rates, note):
    """`rates`: of each client, images a second at each number of connections."""
    most = max(rate for client in rates.values() for rate in client)
    step = next(size for size in (500, 1000, 2000, 5000, 10_000) if most / size <= 8)
    top = step * -(-int(most) // step)

    def x_of(index):
        return LEFT + (WIDTH - LEFT - RIGHT) * index / max(1, len(connections) - 1)

    def y_of(rate):
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * rate / top

    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">',
             f"<style>{STYLE}</style>", f'<rect class="page" width="{WIDTH}" height="{HEIGHT}"/>',
             '<text class="title" x="16" y="26">Images of 20 KB a second over TLS, by connections</text>']
    for rate in range(0, top + 1, step):
        lines += [f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y_of(rate):.1f}" y2="{y_of(rate):.1f}"/>',
                  f'<text x="{LEFT - 8}" y="{y_of(rate) + 4:.1f}" text-anchor="end">{rate:,}</text>']
    for index, number in enumerate(connections):
        lines.append(f'<text x="{x_of(index):.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{number}</text>')
    for color, (client, of_client) in zip(COLORS, rates.items()):
        points = " ".join(f"{x_of(index):.1f},{y_of(rate):.1f}" for index, rate in enumerate(of_client))
        lines += [f'<polyline points="{points}" stroke="{color}"/>',
                  f'<text x="{x_of(len(connections) - 1) + 8:.1f}" y="{y_of(of_client[-1]) + 4:.1f}">{escape(client)}</text>']
    return "\n".join([*lines, f'<text class="note" x="16" y="{HEIGHT - 14}">{escape(note)}</text>', "</svg>"]) + "\n"
