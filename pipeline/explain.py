"""`claimwire read --explain`: a text with its statements marked where they stand, and below each paragraph why they were found.

Colours only repeat what numbers, brackets and words say, so that a pipe and a colour-blind reader lose nothing.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from pipeline.model import Act, Findings, Speaker, Statement

COLOURS = {
    Act.ACCUSATION: "red",
    Act.DENIAL: "cyan",
    Act.ACKNOWLEDGEMENT: "green",
    Act.CRITICISM: "magenta",
    Act.CONCERN: "yellow",
    Act.THREAT: "bright_red",
    Act.SANCTION: "blue",
    Act.DEMAND: "bright_magenta",
    Act.SUPPORT: "bright_green",
}
# Lines longer than that are hard to read down.
WIDTH = 100

Numbered = Sequence[tuple[int, Statement]]


def explained(name: str, title: str | None, text: str, findings: Findings) -> RenderableType:
    """All that one reading found, at its places in the text; `name` heads it."""
    numbered = list(enumerate(findings.statements, 1))
    of_title = [(number, each) for number, each in numbered if each.start < 0]
    parts: list[RenderableType] = [Rule(Text(name), align="left", style="dim"), *([_title(title, of_title)] if title else [])]
    parts += [*_reasons(of_title), _verdict(findings)]
    for start, end in paragraphs(text):
        parts += ["", marked(text, start, end, numbered), *_reasons([it for it in numbered if start <= it[1].start < end])]
    return Group(*parts, "", _counts(findings))


def paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Where each line that is not empty begins and ends."""
    place = 0
    for line in text.split("\n"):
        if line.strip():
            yield place, place + len(line)
        place += len(line) + 1


def marked(text: str, start: int, end: int, numbered: Numbered) -> Text:
    """A stretch of the text with `[n› ` before each statement and ` ‹n]` behind; `…` stands where it reaches beyond the stretch.

    What a statement was recognised by is underlined.
    """
    here = [(number, each) for number, each in numbered if each.start < end and start < each.end]
    cuts = sorted({start, end, *(place for _, each in here for place in (each.start, each.end) if start < place < end)})
    done = Text()
    for first, last in pairwise(cuts):
        covering = [(number, each) for number, each in here if each.start < last and first < each.end]
        if first == start:
            done.append_text(_bracket([it for it in covering if it[1].start < start], "[{}… "))
        done.append_text(_bracket([it for it in covering if it[1].start == first], "[{}› "))
        done.append_text(_words(text[first:last], covering))
        done.append_text(_bracket([it for it in covering if it[1].end == last], " ‹{}]"))
        if last == end:
            done.append_text(_bracket([it for it in covering if it[1].end > end], " …{}]"))
    return done


def _words(words: str, covering: Numbered) -> Text:
    done = Text(words, _style(covering[0][1]) if covering else "")
    for _, statement in covering:
        done.highlight_regex(rf"\b{re.escape(statement.why.cue)}\b", "underline")
    return done


def _bracket(numbered: Numbered, form: str) -> Text:
    """One bracket for all statements that begin or end at one place."""
    if not numbered:
        return Text()
    return Text(form.format(",".join(str(number) for number, _ in numbered)), _style(numbered[0][1], "bold"))


def _style(statement: Statement, weight: str = "") -> str:
    return f"{'dim' if statement.background else weight} {COLOURS[statement.act]}".strip()


def _title(title: str, of_title: Numbered) -> Text:
    whole = Text(title, "bold")
    return Text.assemble(_bracket(of_title, "[{}› "), whole, _bracket(of_title, " ‹{}]"))


def _verdict(findings: Findings) -> Text:
    verdict = findings.verdict
    told = "on topic" if verdict.on_topic else "off topic, so that nobody's statements are looked for"
    return Text(f"({told}: {verdict.reason})", style="dim")


def _reasons(numbered: Numbered) -> Iterator[RenderableType]:
    """One block per statement: who does what to whom, how it stands in the text, what it was recognised by."""
    if not numbered:
        return
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right", no_wrap=True)
    table.add_column()
    for number, statement in numbered:
        table.add_row(Text(f"[{number}]", style=_style(statement, "bold")), _reason(statement))
    yield Padding(table, (0, 0, 0, 4), expand=False)


def _reason(statement: Statement) -> Text:
    why = statement.why
    head = Text.assemble((statement.act.value.upper(), _style(statement, "bold")), f"  {_speaker(statement.speaker)}")
    if statement.targets:
        head.append(f" → {', '.join(statement.targets)}")
    place = [statement.mode.value, "background"] if statement.background else [statement.mode.value]
    if statement.start < 0:
        place.append("in the title")
    if statement.addressee_of is not None:
        place.append(f"answers [{statement.addressee_of + 1}]")
    place += [f"claims {', '.join(statement.claims)}"] if statement.claims else []
    by = f"by “{' '.join(why.cue.split())}” ({why.rule}{', negated' if why.negated else ''}), confidence {why.confidence:.2f}"
    return Text("\n").join([head, Text(" · ".join(place)), Text(by)])


def _speaker(speaker: Speaker) -> str:
    beside = [part for part in (speaker.affiliation, speaker.side) if part and part != speaker.name]
    return speaker.name + (f" ({', '.join(beside)})" if beside else f" ({speaker.kind})")


def _counts(findings: Findings) -> Text:
    acts = [statement.act for statement in findings.statements]
    told = ", ".join(f"{acts.count(act)} {act}" for act in Act if act in acts)
    return Text(f"{len(acts)} statements: {told}" if acts else "no statements", style="bold")
