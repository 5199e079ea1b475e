"""A weave as an SVG picture: boxes for steps, top to bottom in time, side by side what runs side by side."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from stepweave.compiler.woven import Await, Loop, Parallel, Sequence, Step, Weave

STEP_HEIGHT = 40.0
GAP = 24.0
LETTER = 7.5
"""Width of a letter at 12 px in the monospaced font of the picture."""
_STYLE = (
    "rect{fill:#fff;stroke:#334155;rx:6}.loop{fill:#f8fafc;stroke-dasharray:4 3}"
    "text{font:12px ui-monospace,monospace;fill:#0f172a;text-anchor:middle}.type,.branch{fill:#64748b;font-size:10px}"
    "path{fill:none;stroke:#94a3b8}"
)


@dataclass(frozen=True)
class _Drawn:
    """A part at (0, 0): what is in it, entered and left at the middle of its upper and lower edge."""

    width: float
    height: float
    marks: tuple[str, ...]

    def at(self, x: float, y: float) -> str:
        return f'<g transform="translate({x:g} {y:g})">{"".join(self.marks)}</g>'


def svg(woven: Weave, types: Mapping[str, str]) -> str:
    """A picture that stands alone. `types`: step id -> type, written under the id."""
    drawn = _draw(woven, types)
    width, height = drawn.width + 2 * GAP, drawn.height + 2 * GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" role="img"><style>{_STYLE}</style>{drawn.at(GAP, GAP)}</svg>'
    )


def _draw(woven: Weave, types: Mapping[str, str]) -> _Drawn:
    match woven:
        case Step(id):
            return _box(id, types[id])
        case Loop(id, body):
            return _stack([_box(id, types[id]), _framed(_draw(body, types))])
        case Sequence(parts):
            return _stack([_draw(part, types) for part in parts])
        case Parallel(parts):
            return _beside([("", _draw(part, types)) for part in parts])
        case Await(_, waits_for):
            return _box("await", ", ".join(waits_for))
        case _:
            drawn = [(branch, _draw(block, types)) for branch, block in woven.blocks]
            return _beside([*drawn, ("otherwise", _Drawn(GAP, 0, ()))])


def _box(title: str, kind: str) -> _Drawn:
    width = max(len(title), len(kind)) * LETTER + GAP
    middle = width / 2
    return _Drawn(
        width,
        STEP_HEIGHT,
        (
            f'<rect width="{width:g}" height="{STEP_HEIGHT:g}"/>',
            f'<text x="{middle:g}" y="18">{escape(title)}</text>',
            f'<text class="type" x="{middle:g}" y="32">{escape(kind)}</text>',
        ),
    )


def _framed(inside: _Drawn) -> _Drawn:
    width, height = inside.width + 2 * GAP, inside.height + GAP
    frame = f'<rect class="loop" width="{width:g}" height="{height:g}"/>'
    return _Drawn(width, height, (frame, inside.at(GAP, GAP / 2)))


def _stack(parts: list[_Drawn]) -> _Drawn:
    """One under the other, joined by lines."""
    width = max(part.width for part in parts)
    marks: list[str] = []
    y = 0.0
    for place, part in enumerate(parts):
        if place:
            marks.append(f'<path d="M{width / 2:g} {y:g}v{GAP:g}"/>')
            y += GAP
        marks.append(part.at((width - part.width) / 2, y))
        y += part.height
    return _Drawn(width, y, tuple(marks))


def _beside(parts: list[tuple[str, _Drawn]]) -> _Drawn:
    """Side by side under a fork and above a join, each with its label."""
    widths = [max(part.width, len(label) * LETTER) for label, part in parts]
    width = sum(widths) + GAP * (len(parts) - 1)
    height = max(part.height for _, part in parts) + 2 * GAP
    marks: list[str] = []
    x = 0.0
    for (label, part), room in zip(parts, widths, strict=True):
        middle = x + room / 2
        below = GAP + part.height
        marks.append(f'<path d="M{width / 2:g} 0L{middle:g} {GAP:g}M{middle:g} {below:g}V{height - GAP:g}"/>')
        marks.append(f'<path d="M{middle:g} {height - GAP:g}L{width / 2:g} {height:g}"/>')
        if label:
            marks.append(f'<text class="branch" x="{middle:g}" y="{GAP - 4:g}">{escape(label)}</text>')
        marks.append(part.at(middle - part.width / 2, GAP))
        x += room + GAP
    return _Drawn(width, height, tuple(marks))
