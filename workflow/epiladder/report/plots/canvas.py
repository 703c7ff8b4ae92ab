"""The paper that every picture is drawn on: size, inks, fonts, and SVG that is the same bytes on each run.

Colours are literal, so that a picture stands by itself and prints; the page themes them by matching the literal inks
(its style sheet lists the same ones). Every ink is set explicitly: matplotlib's own black carries no colour in SVG and
would vanish on a dark page.
"""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

from epiladder.report import language
from epiladder.report.language import English
from epiladder.report.styles import current

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#1b1e23"
SOFT = "#5a6270"
RULE = "#c9ced6"
MARK = "#0072b2"
SECOND = "#b34700"
THIRD = "#00795c"
DASHES = ("-", "--", ":")

WIDTH = 4.7
POINT = 9.5
MOST_DRAWN = 400
FOREIGN = "in-english"  # the name of a group until it has its `lang`

_SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.size": POINT,
    "font.family": "DejaVu Sans",
    "text.color": INK,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.facecolor": "none",
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "axes.formatter.useoffset": False,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "figure.facecolor": "none",
    "figure.dpi": 72,
    "lines.linewidth": 1.4,
    "patch.linewidth": 0.0,
}


def paper(height: float, draw: Callable[[Figure], None], name: str, alternative: str) -> str:
    """Draw on fresh paper `height` inches high and return SVG text; `draw(figure)` does the drawing.

    `name` makes the ids of this picture unlike those of another, so that many can stand in one page.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({**_SETTINGS, "svg.hashsalt": name}):
        figure = Figure(figsize=(WIDTH, height))
        draw(figure)
        return _svg(figure, name, alternative)


def _svg(figure: Figure, name: str, alternative: str) -> str:
    """Laid out and drawn by one renderer, so that text is measured once."""
    import logging
    import warnings

    from matplotlib.backends.backend_svg import RendererSVG

    from epiladder.report.plots.layout import lay_out

    stream = io.StringIO()
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a glyph that our font lacks: the reader's own font draws it
        english = _translate(figure)
        renderer = RendererSVG(figure.bbox.width, figure.bbox.height, stream, image_dpi=72, metadata=nothing)
        lay_out(figure, renderer)
        _mark(figure, english)
        figure.draw(renderer)
        renderer.finalize()
    return _tidy(stream.getvalue(), name, language.word(alternative))


def _translate(figure: Figure) -> set[str]:
    """Every label of a picture in the page's language, before it is measured; those that it lacks are given back."""
    from matplotlib.text import Text
    from matplotlib.ticker import FixedFormatter

    english: set[str] = set()
    if language.current() is None:
        return english

    def told(text: str) -> str:
        """A label, broken as it was."""
        found = language.word(" ".join(text.split()))
        made = short(found, max(map(len, text.split("\n"))) + 6) if "\n" in text else str(found)
        english.update([made] if isinstance(found, English) else [])
        return made

    for text in figure.findobj(Text):
        text.set_text(told(text.get_text()))
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        form = axis.get_major_formatter()
        if isinstance(form, FixedFormatter):
            form.seq = [told(each) for each in form.seq]
    return english


def _mark(figure: Figure, english: set[str]) -> None:
    """Labels that stay English on a page that is not, by the name of their group in the SVG."""
    from matplotlib.text import Text

    for text in figure.findobj(Text, include_self=False) if english else ():
        if text.get_text() in english:
            text.set_gid(FOREIGN)


def _tidy(svg: str, name: str, alternative: str) -> str:
    """One element: attributes for styles (a page can theme them), no unused or clashing ids, short numbers."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", svg, count=1, flags=re.S)
    svg = re.sub(r' style="([^"]*)"', _attributes, svg).replace("xlink:href", "href")
    svg = svg.replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "").replace(' version="1.1"', "")
    used = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', svg))
    keep = {first or second for first, second in used}
    svg = svg.replace(f' id="{FOREIGN}"', ' lang="en"')
    svg = re.sub(r' id="([^"]*)"', lambda m: f' id="{name}-{m[1]}"' if m[1] in keep else "", svg)
    svg = re.sub(r'href="#|url\(#', lambda m: m[0] + name + "-", svg)
    svg = re.sub(r' (?:d|x|y|transform|points|width|height)="[^"]*"', _short, svg)
    svg = re.sub(r"(>[^<>]*\d)\.(?=\d[^<>]*</text>)", rf"\g<1>{current().decimal}", svg)  # the ticks of the axes
    svg = _ALIKE.sub(_joined, re.sub(r"\s*\n\s*", "\n", svg).strip())
    return _opening(svg, name, alternative)


# Opaque lines one after another that differ in nothing but where they run are one path: a caterpillar has hundreds.
_ALIKE = re.compile(r'<path d="[^"]*"((?: (?!id=)[\w-]+="[^"]*")* fill="none"[^>]*)/>(?:\n<path d="[^"]*"\1/>)+')


def _joined(found: re.Match[str]) -> str:
    """Consecutive paths of the same ink as one."""
    if "opacity" in found[1]:
        return found[0]
    where = "".join(re.findall(r' d="([^"]*)"', found[0])).strip()
    return f'<path d="{where}"{found[1]}/>'


def _attributes(found: re.Match[str]) -> str:
    kept = []
    for declaration in found[1].split(";"):
        key, colon, value = declaration.partition(":")
        if colon and key.strip() not in {"font-family", "font"}:
            kept.append(f'{key.strip()}="{value.strip()}"')
    return " " + " ".join(kept) if kept else ""


def _short(found: re.Match[str]) -> str:
    return re.sub(r"(\d+\.\d\d)\d+", r"\1", " " + " ".join(found[0].split()))


def _opening(svg: str, name: str, alternative: str) -> str:
    """Replace matplotlib's opening tag by one with a size in the page's hands and the text alternative inside."""
    box = re.search(r'viewBox="([^"]+)"', svg)
    spoken = "" if language.current() is None else f' lang="{language.code()}"'
    english = ' lang="en"' if isinstance(alternative, English) else ""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg"{spoken} viewBox="{box[1] if box else ""}" role="img" '
        f'aria-labelledby="{name}-title" font-family="system-ui, \'Helvetica Neue\', Arial, sans-serif">\n'
        f'<title id="{name}-title"{english}>{escape(alternative)}</title>'
    )
    return re.sub(r"<svg[^>]*>", lambda _: head, svg, count=1) + "\n"


def watermarked(svg: str, words: str) -> str:
    """A finished picture with words across it, in pale ink."""
    box = re.search(r'viewBox="([-\d.]+) ([-\d.]+) ([\d.]+) ([\d.]+)"', svg)
    width, height = (float(box[3]), float(box[4])) if box else (300.0, 200.0)
    mark = (
        f'<text x="{width / 2:g}" y="{height / 2:g}" text-anchor="middle" font-size="{width / 8:g}" fill="{SOFT}" '
        f'fill-opacity="0.25">{escape(words)}</text>\n</svg>'
    )
    return svg.rstrip().removesuffix("</svg>") + mark + "\n"


def short(label: str, width: int = 26) -> str:
    """A label that fits beside an axis: two lines at most, the rest cut with an ellipsis."""
    clean = " ".join(label.split())
    return "\n".join(textwrap.wrap(clean, width, max_lines=2, placeholder="…", break_on_hyphens=False)) or clean[:width]


def thin(count: int) -> list[int]:
    """Positions to draw out of `count` in order: all, or an even choice of at most MOST_DRAWN with both ends."""
    if count <= MOST_DRAWN:
        return list(range(count))
    return sorted({round(i * (count - 1) / (MOST_DRAWN - 1)) for i in range(MOST_DRAWN)})


def rule(axes: Axes, *, x: float | None = None, y: float | None = None, dashed: bool = False) -> None:
    """A reference line across the picture."""
    style: dict[str, Any] = {"color": SOFT, "linewidth": 0.8, "linestyle": (0, (3, 3)) if dashed else "-", "zorder": 1}
    if x is not None:
        axes.axvline(x, **style)
    if y is not None:
        axes.axhline(y, **style)


def intervals(axes: Axes, rows: list[tuple[int, dict[str, Any]]], ink: str, mark: str) -> None:
    """Estimates with their intervals, each at its height; all of one ink and mark together, which is drawn faster."""
    whole = [(at, row) for at, row in rows if row["ci_low"] is not None and row["ci_high"] is not None]
    heights, low, high = (
        [one[at] for one in ((y, row["ci_low"], row["ci_high"]) for y, row in whole)] for at in range(3)
    )
    axes.hlines(heights, low, high, color=ink, linewidth=1.3)
    places = [(row["estimate"], at) for at, row in rows]
    axes.plot(*zip(*places, strict=True), mark, color=ink, markersize=4.6, markeredgewidth=0)


def legend(axes: Axes, title: str | None, columns: int) -> None:
    """A legend above the picture, in the page's ink."""
    box = axes.legend(
        loc="lower center",
        bbox_to_anchor=(0.45, 1.0),
        ncols=columns,
        frameon=False,
        handletextpad=0.5,
        columnspacing=1.2,
        fontsize=POINT - 1,
        title=title,
        title_fontsize=POINT - 1,
    )
    for text in (*box.get_texts(), box.get_title()):
        text.set_color(INK)
