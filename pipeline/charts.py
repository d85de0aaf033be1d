"""Charts as SVG that stands within a page: by matplotlib, its colours put over to the page's own, so that they follow light and dark.

Each comes wide and narrow; the page shows the one that fits. The same values give the same bytes.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import StringIO
from typing import Any

from markupsafe import Markup
from matplotlib import dates as mdates
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator

from pipeline.model import Act

# Colours that stand for the page's: what no chart would use by itself.
INK, RULE = "#010203", "#010204"
COLOURS: Mapping[Act, str] = {Act.ACCUSATION: "#010205", Act.DENIAL: "#010206", Act.ACKNOWLEDGEMENT: "#010207"}
VARIABLES = {INK: "var(--ink)", RULE: "var(--rule)"} | {colour: f"var(--{act.value})" for act, colour in COLOURS.items()}
# Shapes too, for who does not tell the colours apart.
SHAPES: Mapping[Act, str] = {Act.ACCUSATION: "o", Act.DENIAL: "s", Act.ACKNOWLEDGEMENT: "^"}
NAMES: Mapping[Act, str] = {Act.ACCUSATION: "accusations", Act.DENIAL: "denials", Act.ACKNOWLEDGEMENT: "admissions"}

Both = tuple[Markup, Markup]

WIDE, NARROW = 7.6, 3.7  # inches, as wide as they are shown
_STYLE: dict[Any, Any] = {
    "text.parse_math": False,  # a dollar sign is a dollar sign
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "claimwire",
    "font.family": "sans-serif",
    "font.size": 9.5,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": RULE,
    "xtick.color": RULE,
    "ytick.color": RULE,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
}


@dataclass(frozen=True, slots=True)
class Days:
    """How many statements of each act were said on each day, week or month, named by its first day."""

    step: str  # day, week or month
    counts: Mapping[date, Mapping[Act, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    at: datetime
    party: str
    act: Act


def days(it: Days, id_: str) -> Both | None:
    """Stacked bars, wide and narrow; None where there is nothing to show."""
    return _both(lambda figure: _days(figure, it), id_, 2.3) if it.counts else None


def _days(figure: Figure, it: Days) -> None:
    axes = figure.subplots()
    whole = sorted(it.counts)
    width = {"day": 0.8, "week": 5.6, "month": 24.0}[it.step]
    base = [0] * len(whole)
    for act, colour in COLOURS.items():
        heights = [it.counts[day].get(act, 0) for day in whole]
        axes.bar([_number(day) for day in whole], heights, width, bottom=base, color=colour, label=NAMES[act])
        base = [below + height for below, height in zip(base, heights, strict=True)]
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=4))
    _dated(axes)
    figure.legend(loc="upper left", ncols=3, handlelength=1.0, columnspacing=1.2)
    figure.subplots_adjust(top=0.84, bottom=0.16, left=0.06 if figure.get_figwidth() > NARROW else 0.1, right=0.98)


def line(dots: Sequence[Dot], id_: str) -> Both | None:
    """A row of marks over time for each party, wide and narrow; None where there is nothing to show."""
    parties = list(dict.fromkeys(dot.party for dot in dots))
    return _both(lambda figure: _line(figure, dots, parties), id_, 0.7 + 0.24 * len(parties)) if dots else None


def _line(figure: Figure, dots: Sequence[Dot], parties: Sequence[str]) -> None:
    axes = figure.subplots()
    axes.hlines(range(len(parties)), *_ends(dots), colors=RULE, linewidth=0.8)
    for act, colour in COLOURS.items():
        own = [dot for dot in dots if dot.act is act]
        if own:
            axes.plot(
                [_number(dot.at) for dot in own],
                [parties.index(dot.party) for dot in own],
                SHAPES[act],
                color=colour,
                markersize=6,
                label=NAMES[act],
            )
    axes.set_yticks(range(len(parties)), [_short(party) for party in parties])
    axes.set_xlim(*_around(_ends(dots)))
    axes.set_ylim(len(parties) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    _dated(axes)
    height = figure.get_figheight()
    left = 0.2 if figure.get_figwidth() > NARROW else 0.4
    figure.legend(loc="upper left", ncols=3, handlelength=1.0, columnspacing=1.2, borderpad=0.0)
    figure.subplots_adjust(top=1 - 0.28 / height, bottom=0.28 / height, left=left, right=0.97)


def _ends(dots: Sequence[Dot]) -> tuple[float, float]:
    times = [_number(dot.at) for dot in dots]
    return min(times), max(times)


def _around(ends: tuple[float, float]) -> tuple[float, float]:
    """With room on either side, also of a single moment."""
    room = max((ends[1] - ends[0]) * 0.04, 1.0)
    return ends[0] - room, ends[1] + room


def _number(at: date) -> float:
    return float(mdates.date2num(at))  # type: ignore[no-untyped-call]


def _short(name: str) -> str:
    return name if len(name) <= 18 else name[:17].rstrip() + "…"


def _dated(axes: Axes) -> None:
    """Few enough dates below the axis that none stands in another."""
    auto = mdates.AutoDateLocator(minticks=2, maxticks=8)  # type: ignore[no-untyped-call]
    auto.set_axis(axes.xaxis)
    ticks = list(auto())
    most = 3 if axes.figure.get_figwidth() <= NARROW else 8  # type: ignore[union-attr]
    locator = FixedLocator(ticks[:: max(1, -(-len(ticks) // most))])
    axes.xaxis.set_major_locator(locator)
    formatter = mdates.ConciseDateFormatter(locator, show_offset=False)  # type: ignore[no-untyped-call]
    formatter.formats[3:5] = formatter.zero_formats[3:5] = ["%H:%M", "%H:%M"]
    formatter.formats[1:3] = ["%b %Y", "%d %b"]
    formatter.zero_formats[1:3] = ["%b %Y", "%d %b"]
    axes.xaxis.set_major_formatter(formatter)


# ------------------------------------------------------------------------------------------------ to SVG
def _both(draw: Callable[[Figure], None], id_: str, height: float) -> Both:
    return _svg(draw, f"{id_}w", (WIDE, height)), _svg(draw, f"{id_}n", (NARROW, height))


def _svg(draw: Callable[[Figure], None], id_: str, size: tuple[float, float]) -> Markup:
    with rc_context(_STYLE):
        figure = Figure(figsize=size)
        figure.patch.set_visible(False)
        draw(figure)
        for axes in figure.axes:
            axes.patch.set_visible(False)
        file = StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return _inline(file.getvalue(), id_)


def _inline(svg: str, id_: str) -> Markup:
    """What may stand within a page: no prologue, ids of its own, the page's colours; hidden from readers, who get a table."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r'\bid="', f'id="{id_}-', body)
    body = re.sub(r'(url\(|href=")#', rf"\1#{id_}-", body)
    body = re.sub(r'\s(width|height)="[\d.]+pt"', "", body, count=2)
    for colour, variable in VARIABLES.items():
        body = body.replace(colour, variable)
    return Markup(body.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1))  # noqa: S704  # matplotlib escapes its texts
