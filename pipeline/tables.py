"""Alerts, silences, simulations and grounds as tables for a terminal. Colours only repeat what words say."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pipeline import silences as words
from pipeline import simulate
from pipeline.alert_rules import Silence
from pipeline.alerts import Condition
from pipeline.documents import Stored, moment
from pipeline.evidence import REASONS
from pipeline.grounds import Grounds, RuleGrounds
from pipeline.messages import MessageKind
from pipeline.model import Trigger
from pipeline.moments import shown
from pipeline.outbox import Row, Status
from pipeline.simulate import Held, Sent, Simulation
from pipeline.story import Story

COLOURS = {
    Status.PENDING: "yellow",
    Status.SENDING: "yellow",
    Status.SENT: "green",
    Status.FAILED: "red",
    Status.SUPPRESSED: "dim",
    Status.GATHERED: "dim",
}

# What is new about a statement, where a column has no room for a sentence.
NEWS = {
    REASONS[Trigger.NEW_UTTERANCE]: "new",
    REASONS[Trigger.EDIT_ADDED]: "added by an edit",
    REASONS[Trigger.EDIT_REMOVED]: "taken out by an edit",
}


def _table(*columns: str, title: str | None = None, lines: bool = False) -> Table:
    return Table(*columns, title=title, title_justify="left", title_style="bold", expand=True, show_lines=lines)


def _plain(*cells: str) -> tuple[Text, ...]:
    """Cells whose brackets are no markup."""
    return tuple(Text(cell) for cell in cells)


# ------------------------------------------------------------------------------------------------ the outbox
def outbox_table(rows: Sequence[Row], zone: ZoneInfo) -> RenderableType:
    table = _table()
    for name in ("when", "channel", "kind", "status"):
        table.add_column(name, no_wrap=True)
    table.add_column("headline, and what became of it", ratio=1)
    for row in rows:
        first = row.entries[0].item
        about = Text.assemble(f"{first.line} – {first.outlet}", ("\n" + " · ".join(_notes(row, zone)), "dim"))
        table.add_row(*_plain(shown(row.created, zone), row.channel, row.kind), status_of(row), about)
    return table


def status_of(row: Row) -> Text:
    return Text(row.status, COLOURS[row.status])


def _notes(row: Row, zone: ZoneInfo) -> Iterator[str]:
    """What somebody who waits for an alert wants to know."""
    yield _number(len(row.entries), "statement")
    yield _number(max(entry.item.origins for entry in row.entries), "independent origin")
    if row.status is Status.SUPPRESSED:
        yield f"not sent: {row.reason}"
    if row.trouble:
        yield f"{_number(row.attempts, 'try')}: {row.trouble}" if row.attempts else row.trouble
    if row.note:
        yield row.note
    if row.status is Status.PENDING:
        yield f"due {shown(row.due, zone)}"
    if row.sent is not None:
        yield f"sent {shown(row.sent, zone)}"


def _number(number: int, what: str) -> str:
    many = f"{what[:-1]}ies" if what.endswith("y") else f"{what}s"
    return f"{number} {what if number == 1 else many}"


# ------------------------------------------------------------------------------------------------ silences
def silences_table(found: Sequence[Silence], now: datetime, zone: ZoneInfo) -> RenderableType:
    table = Table(expand=True)
    for name in ("id", "state", "until"):
        table.add_column(name, no_wrap=True)
    for name in ("nobody is told of", "by", "why"):
        table.add_column(name)
    for each in found:
        on = f" (on {each.channel})" if each.channel else ""
        cells = (each.id, words.state(each, now), shown(each.until, zone), words.meant(each) + on, each.by, each.why)
        table.add_row(*_plain(*cells))
    return table


# ------------------------------------------------------------------------------------------------ a simulation
def simulation(it: Simulation, zone: ZoneInfo) -> RenderableType:
    parts: list[RenderableType] = []
    if it.sent:
        parts.append(_messages(it.sent, zone))
    if it.held:
        parts.append(_held(it.held, zone))
    return Group(*parts, *_sums(it))


def _messages(sent: Sequence[Sent], zone: ZoneInfo) -> Table:
    table = _table(title="What would have been sent", lines=True)
    table.add_column("message", no_wrap=True)
    table.add_column("first seen, who says what, what is new", ratio=1)
    for number, each in enumerate(sent, 1):
        kind = "" if each.message.kind is MessageKind.ALERT else f" {each.message.kind}"
        head = Text.assemble((f"{number} ", "bold"), f"{each.channel}{kind}\n{shown(each.at, zone)}", (f"\n{each.rule}", "dim"))
        table.add_row(head, _items(each, zone))
    return table


def _items(each: Sent, zone: ZoneInfo) -> RenderableType:
    told = each.message
    grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(ratio=3)
    grid.add_column(ratio=1, style="dim")
    for item in told.items:
        news = "; ".join(NEWS.get(reason, reason) for reason in item.reasons)
        grid.add_row(*_plain(shown(item.first_seen, zone), f"{item.line} – {item.outlet}", news))
    return Group(grid, Text(f"and {told.more} more")) if told.more else grid


def _held(held: Sequence[Held], zone: ZoneInfo) -> Table:
    table = _table(title="What a rule asks for and nobody would have been sent")
    table.add_column("first seen", no_wrap=True)
    table.add_column("who says what", ratio=3)
    table.add_column("not sent because", ratio=2)
    for each in held:
        why = Text.assemble(each.wish.suppressed or "", (f"\n{each.wish.rule.id} on {each.wish.channel}", "dim"))
        table.add_row(*_plain(shown(each.item.first_seen, zone), f"{each.item.line} – {each.item.outlet}"), why)
    return table


def _sums(it: Simulation) -> Iterator[Text]:
    sums = [
        f"{channel}: {_number(messages, 'message')} with {_number(told, 'statement')}"
        for channel, messages, told in simulate.by_channel(it)
    ]
    yield Text("; ".join(sums) or "No message would have been sent", "bold")
    others = ", ".join(f"{number} {outcome}" for outcome, number in sorted(it.outcomes.items(), key=lambda pair: -pair[1]))
    yield Text(f"{it.cases} statements: {others}" if it.cases else "No statement was first seen since then")
    if it.undecided:
        yield Text(f"Nobody has decided on {it.undecided} of them yet; they are judged here as they would be now.", "dim")


# ------------------------------------------------------------------------------------------------ grounds
def grounds(it: Grounds, zone: ZoneInfo) -> RenderableType:
    """A statement, what bars it, each rule's conditions, what was decided, and where its alerts are."""
    return Group(
        head(it.stored, zone), "", _bars(it, zone), *map(_rule, it.rules), *_silences(it, zone), *_decided(it, zone), *_rows(it, zone)
    )


def head(stored: Stored, zone: ZoneInfo) -> RenderableType:
    """The statement itself: who, what, where, when, and its words."""
    it = stored.source
    speaker, outlet, why = it["speaker"], it["outlet"], it["why"]
    who = Text.assemble((it["act"].upper(), "bold"), f" by {speaker['name']}", f" ({speaker['side']})" if speaker.get("side") else "")
    targets = it.get("targets", ())
    if targets:
        who.append(f" → {', '.join(targets)}")
    seen = moment(it["event"]["created"])
    where = Text(f"{outlet['name']}, published {shown(moment(it.get('published')), zone)}, first seen {shown(seen, zone)}", "dim")
    found = Text(f"found by “{why['cue']}” ({why['rule']}), confidence {why['confidence']:.2f}; statement {stored.id}", "dim")
    return Group(who, Padding(Text(" ".join(it["text"].split())), (0, 2)), where, Text(it["url"]["full"], "dim", overflow="fold"), found)


def _bars(it: Grounds, zone: ZoneInfo) -> RenderableType:
    table = _conditions("Before any rule", it.bars)
    if it.first is None or it.triggers:
        return table
    first = it.first.source
    seen = shown(moment(first["event"]["created"]), zone)
    told = (
        Text(overflow="fold")
        .append(f"The same was reported first by {first['outlet']['name']}, seen {seen}: ")
        .append(first["url"]["full"], "underline")
    )
    return Group(table, told)


def _conditions(title: str, conditions: Sequence[Condition]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("", no_wrap=True, min_width=10)
    table.add_column("wanted", min_width=24)
    table.add_column("found", min_width=24)
    table.add_column("holds", no_wrap=True)
    for each in conditions:
        holds = Text("yes", "green") if each.holds else Text("no", "red")
        table.add_row(*_plain(each.name, each.wanted, each.found), holds)
    return table


def _rule(it: RuleGrounds) -> RenderableType:
    verdict = "asks for it" if it.asks_for_it else "does not ask for it"
    return Group("", _conditions(f"Rule {it.rule.id} {verdict}; to {', '.join(it.rule.channels)}", it.conditions))


def _silences(it: Grounds, zone: ZoneInfo) -> Iterator[RenderableType]:
    for each in it.silences:
        on = each.channel or "every channel"
        yield Text(f"\nSilenced on {on} by {each.by} until {shown(each.until, zone)} ({words.meant(each)}): {each.why}", "yellow")


def _decided(it: Grounds, zone: ZoneInfo) -> Iterator[RenderableType]:
    for channel, why in it.closed.items():
        yield Text(f"\nChannel {channel} has no address: {why}.", "dim")
    decision = it.stored.source.get("decision", {})
    if decision:
        yield Text.assemble(f"\nDecided {shown(moment(decision['at']), zone)}: ", (decision["outcome"], "bold"))
        yield from (Text(f"  {reason}") for reason in decision.get("reasons", ()))
        if it.rules_changed:
            yield Text.assemble("The rules have changed since. By today's it would be: ", (it.today.outcome, "bold"))
    else:
        yield Text.assemble("\nNobody has decided on it yet. Now it would be: ", (it.today.outcome, "bold"))
    if not decision or it.rules_changed:
        yield from (Text(f"  {reason}") for reason in it.today.reasons)


def _rows(it: Grounds, zone: ZoneInfo) -> Iterator[RenderableType]:
    if it.rows:
        yield ""
        yield outbox_table(it.rows, zone)
    else:
        yield Text("\nIt is in no message of the outbox.")


# ------------------------------------------------------------------------------------------------ a story
def story(told: Story) -> RenderableType:
    """Each step beside its name, and where the way ended."""
    grid = Table.grid(padding=(0, 2, 1, 0), expand=True)
    grid.add_column(no_wrap=True, style="bold")
    grid.add_column(ratio=1)
    for number, step in enumerate(told.steps, 1):
        # Several of a kind stand apart: where one begins must be seen.
        lines = [f"• {each}" if step.name == "statements" else each for each in step.told]
        grid.add_row(Text(f"{number} {step.name}"), Text("\n".join(lines), overflow="fold"))
    parts: list[RenderableType] = [grid, Text(told.end, "bold")]
    if told.near:
        parts.append(Text("\nThe same words stand in:" if told.found else "\nNearest:"))
        parts += [Padding(Text(each), (0, 2)) for each in told.near]
    return Group(*parts)
