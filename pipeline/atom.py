"""A message to a feed file: `feeds/<topic>/<channel>.atom` on the shelf, for whoever serves or reads files.

One entry per row of the outbox, the newest first; an update replaces its entry. The same message twice gives the same file.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape
from typing import Any
from urllib.parse import quote

from lxml import etree

from pipeline.alert_rules import ChannelRules
from pipeline.delivery import Trouble
from pipeline.messages import Message
from pipeline.render import as_html, as_text, fitted
from pipeline.settings import Settings
from pipeline.shelf import Shelf, shelf_of
from pipeline.wording import tidied

KEPT = 200  # entries
_ATOM = "http://www.w3.org/2005/Atom"
_NAMESPACES: Any = {None: _ATOM}  # lxml's stubs do not know the default namespace
# Characters of one entry, so that a feed of digests stays a file that readers load.
_MAX_PAGE = 90_000
_MAX_SUMMARY = 4_000


def publish(message: Message, rules: ChannelRules, settings: Settings, kept: int = KEPT) -> Trouble | None:
    """Puts the message into the channel's feed, in which the newest `kept` entries stay; None where the file has it."""
    shelf, file = shelf_of(settings), feed_file(rules.id, settings)
    try:
        with shelf.alone(file):
            before = shelf.read(file)
            after = _with(message, rules.id, before, settings, kept)
            if after != before:
                shelf.write(file, after, mode=0o644)
    except OSError as error:
        return Trouble(f"feed {rules.id}.atom: {error.strerror or 'cannot be written'}", again=True)
    except etree.XMLSyntaxError:
        return Trouble(f"feed {rules.id}.atom: what is there cannot be read as XML; remove it to begin anew", again=True)
    return None


def withdraw(urls: Iterable[str], settings: Settings) -> int:
    """Takes every entry that names one of these addresses out of all feeds of the topic; gives how many there were.

    Raises OSError, and XMLSyntaxError for a feed that cannot be read.
    """
    named = _names(urls)
    shelf = shelf_of(settings)
    return sum(_withdraw(shelf, file, named) for file in shelf.names(feed_file("*", settings))) if named else 0


def _names(urls: Iterable[str]) -> re.Pattern[str] | None:
    """Finds the addresses as text or as HTML has them, and no longer ones that begin so."""
    forms = {form for url in urls for form in (url, escape(url))}
    return re.compile(rf"(?:{'|'.join(map(re.escape, sorted(forms)))})(?![^\s\"'<>)\]])") if forms else None


def _withdraw(shelf: Shelf, file: str, named: re.Pattern[str]) -> int:
    with shelf.alone(file):
        feed = _read(shelf.read(file) or b"")
        found = [entry for entry in feed.findall(f"{{{_ATOM}}}entry") if named.search(_all_of(entry))]
        for entry in found:
            feed.remove(entry)
        if found:
            shelf.write(file, etree.tostring(feed, xml_declaration=True, encoding="utf-8", pretty_print=True), mode=0o644)
    return len(found)


def _all_of(entry: "etree._Element") -> str:
    return "\n".join([*map(str, entry.itertext()), *(str(value) for each in entry.iter() for value in each.attrib.values())])


def feed_file(channel: str, settings: Settings) -> str:
    """Its name on the shelf."""
    return f"feeds/{settings.topic}/{channel}.atom"


def _with(message: Message, channel: str, before: bytes | None, settings: Settings, kept: int) -> bytes:
    """The feed with the message in it, the newest entries first."""
    known = {_text(entry, "id"): entry for entry in _entries(before)}
    id_ = f"urn:claimwire:message:{quote(message.id, safe='')}"
    old = known.get(id_)
    if old is None or _text(old, "updated") <= _moment(message.at):
        known[id_] = _entry(message, id_, _text(old, "published") if old is not None else _moment(message.at), settings)
    newest = sorted(known.values(), key=lambda entry: (_text(entry, "updated"), _text(entry, "id")), reverse=True)[:kept]
    return etree.tostring(_feed(channel, settings.topic, newest), xml_declaration=True, encoding="utf-8", pretty_print=True)


def _entries(feed: bytes | None) -> "Iterable[etree._Element]":
    return [] if feed is None else _read(feed).findall(f"{{{_ATOM}}}entry")


def _read(feed: bytes) -> "etree._Element":
    return etree.fromstring(feed, etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=True, huge_tree=True))


def _feed(channel: str, topic: str, entries: "list[etree._Element]") -> "etree._Element":
    feed = etree.Element(f"{{{_ATOM}}}feed", nsmap=_NAMESPACES)
    _add(feed, "id", f"urn:claimwire:feed:{topic}:{channel}")
    _add(feed, "title", f"claimwire: {topic}, {channel}")
    _add(feed, "updated", _text(entries[0], "updated"))
    _add(_add(feed, "author", None), "name", "claimwire")
    feed.extend(entries)
    return feed


def _entry(message: Message, id_: str, published: str, settings: Settings) -> "etree._Element":
    told = tidied(message)
    entry = etree.Element(f"{{{_ATOM}}}entry", nsmap=_NAMESPACES)
    _add(entry, "id", id_)
    _add(entry, "title", told.title or "–", type="text")
    _add(entry, "published", published)
    _add(entry, "updated", _moment(message.at))
    for word in dict.fromkeys([told.kind.value, *(item.act.value for item in told.items)]):
        _add(entry, "category", None, term=word)
    for url in [item.url for item in told.items if item.url][:1]:
        _add(entry, "link", None, rel="alternate", href=url)
    zone = settings.time_zone
    summary = fitted(message, _MAX_SUMMARY, lambda each, limits: as_text(each, zone, limits, titled=False))
    _add(entry, "summary", summary, type="text")
    _add(entry, "content", fitted(message, _MAX_PAGE, lambda each, limits: as_html(each, zone, limits, page=False)), type="html")
    return entry


def _add(parent: "etree._Element", name: str, text: str | None, **attributes: str) -> "etree._Element":
    made = etree.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
    made.text = text
    return made


def _text(entry: "etree._Element", name: str) -> str:
    return entry.findtext(f"{{{_ATOM}}}{name}") or ""


def _moment(at: datetime) -> str:
    """In UTC with microseconds, so that moments sort as text."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
