"""Charts as SVG, without a plotting library: groups of bars on a logarithmic scale, and a line on a plain one."""

import math
from collections.abc import Mapping
from xml.sax.saxutils import escape

COLOURS = ("#0b6e4f", "#9aa5b1", "#6c8ebf", "#d79b00", "#b85450", "#9673a6")
BAR, GAP, LEFT, WIDTH, TOP = 12, 14, 190, 560, 62


def bars(title: str, groups: Mapping[str, Mapping[str, float]]) -> str:
    """The chart: ``groups`` maps a label to bars (name -> value over 0), which share the order of names."""
    names = list(next(iter(groups.values())))
    values = [value for group in groups.values() for value in group.values()]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    height = TOP + sum(len(group) * BAR + GAP for group in groups.values()) + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 70} {height}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="100%" height="100%" fill="white"/><text x="10" y="20" font-size="14">{escape(title)}</text>',
    ]
    for at, name in enumerate(names):
        parts.append(f'<rect x="{10 + at * 100}" y="32" width="10" height="10" fill="{COLOURS[at % len(COLOURS)]}"/>')
        parts.append(f'<text x="{24 + at * 100}" y="41">{escape(name)}</text>')
    for power in range(low, high + 1):
        x = LEFT + WIDTH * (power - low) / (high - low)
        parts.append(f'<line x1="{x:.1f}" y1="{TOP - 8}" x2="{x:.1f}" y2="{height - 24}" stroke="#ddd"/>')
        parts.append(f'<text x="{x:.1f}" y="{height - 10}" text-anchor="middle">{10.0**power:g} s</text>')
    y = TOP
    for label, group in groups.items():
        middle = y + len(group) * BAR / 2 + 4
        parts.append(f'<text x="{LEFT - 8}" y="{middle:.0f}" text-anchor="end">{escape(label)}</text>')
        for at, value in enumerate(group.values()):
            long = WIDTH * (math.log10(value) - low) / (high - low)
            colour = COLOURS[at % len(COLOURS)]
            parts.append(f'<rect x="{LEFT}" y="{y}" width="{long:.1f}" height="{BAR - 2}" fill="{colour}"/>')
            parts.append(f'<text x="{LEFT + long + 4:.1f}" y="{y + 9}" font-size="9">{value:.2f}</text>')
            y += BAR
        y += GAP
    return "\n".join([*parts, "</svg>\n"])


def line(title: str, points: Mapping[int, float]) -> str:
    """Values by number, both from 0 on plain scales, with the straight line from 0 through the last for comparison."""
    width, height, left, bottom = 640, 360, 60, 320
    most, highest = max(points), max(points.values())

    def place(x: float, y: float) -> str:
        return f"{left + (width - left - 30) * x / most:.1f},{bottom - (bottom - 50) * y / highest:.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        'font-size="11">',
        f'<rect width="100%" height="100%" fill="white"/><text x="10" y="20" font-size="14">{escape(title)}</text>',
        f'<polyline points="{place(0, 0)} {place(most, highest)}" fill="none" stroke="#ccc" stroke-dasharray="4"/>',
        f'<polyline points="{" ".join(place(x, y) for x, y in points.items())}" fill="none" stroke="{COLOURS[0]}" '
        'stroke-width="2"/>',
    ]
    for x, y in points.items():
        across, down = place(x, y).split(",")
        parts.append(f'<circle cx="{across}" cy="{down}" r="3" fill="{COLOURS[0]}"/>')
        parts.append(f'<text x="{across}" y="{float(down) - 8:.1f}" text-anchor="end">{y:.2f} s</text>')
        parts.append(f'<text x="{across}" y="{bottom + 16}" text-anchor="middle">{x:,}</text>')
    return "\n".join([*parts, "</svg>\n"])
