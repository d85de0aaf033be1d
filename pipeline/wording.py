"""Words that others wrote, made fit to be shown: plain, bounded, on one line. Whatever leaves the house goes through here first.

Everything that comes from the news is hostile until then: a headline may hold a line break (another header in a mail), an override of
the writing direction, ten megabytes, or nothing that can be seen. Markup stays text; each channel escapes it for its own format.
"""

import re
import unicodedata
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict

from pipeline.messages import Item, Message, Reply

# Persian and other scripts are not themselves without the joiners; anywhere but between their letters they only hide something.
_JOINERS = frozenset("\u200c\u200d")
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs"})  # controls, formats (bidirectional ones, zero widths, tags), private use, halves of pairs
_NONCHARACTERS = re.compile("[\ufdd0-\ufdef\ufffe\uffff]")
_MOST_MARKS = 4  # on one letter; scripts need fewer, "zalgo" piles up hundreds
# How much of a text is looked at for each character that is asked for: what is longer and still shows nothing is not meant to be read.
_LOOK = 8

MAX_URL = 2_000
MAX_LIST = 12


class Limits(BaseModel):
    """How much of each text is told, in characters, and of how many statements."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    items: int
    line: int
    sentence: int
    around: int  # the sentences before and after
    replies: int
    reply: int
    note: int


FULL = Limits(items=200, line=300, sentence=2_000, around=600, replies=8, reply=600, note=1_000)
SHORT = Limits(items=200, line=160, sentence=400, around=0, replies=2, reply=0, note=300)


def plain(text: str, limit: int) -> str:
    """One line of at most `limit` characters: nothing invisible, no break, no change of direction. What is cut ends in an ellipsis."""
    looked_at = text[: limit * _LOOK + _LOOK]
    words = " ".join("".join(_seen(" ".join(looked_at.split()))).split())
    if len(words) <= limit and len(looked_at) == len(text):
        return words
    return words[: max(limit - 1, 0)].rstrip() + "…" if limit > 0 else ""


def _seen(text: str) -> list[str]:
    """The characters that show, with marks and joiners where a script has them."""
    kept: list[str] = []
    marks = 0
    for place, char in enumerate(text):
        if char.isascii() and char.isprintable():
            kept.append(char)
            marks = 0
        elif char in _JOINERS:
            if _joins(text, place):
                kept.append(char)
        elif (category := unicodedata.category(char)) in _UNSEEN:
            kept.append(" " if category == "Cc" else "")
        elif not _NONCHARACTERS.match(char):
            marks = marks + 1 if category.startswith("M") else 0
            if marks <= _MOST_MARKS:
                kept.append(" " if category.startswith("Z") else char)
    return kept


def _joins(text: str, place: int) -> bool:
    """Whether a joiner stands between letters (or a letter's marks) of a script that is not written in ASCII."""
    around = (text[place - 1 : place], text[place + 1 : place + 2])
    return all(char and not char.isascii() and unicodedata.category(char)[0] in "LM" for char in around)


def link(url: str) -> str:
    """The address in ASCII where it is one that may be opened (http, https), nothing where it is not or is too long.

    No character that markup of any kind knows is left in it, nor a user name that makes one host look like another.
    """
    try:
        parts = urlsplit(url) if len(url) <= MAX_URL and not re.search(r"[\x00-\x1f\x7f]", url) else None
        host = parts.hostname.encode("idna").decode("ascii") if parts and parts.hostname else ""
        port = parts.port if parts else None
    except (ValueError, UnicodeError):
        return ""
    if not parts or parts.scheme not in {"http", "https"} or not re.fullmatch(r"[a-z0-9._-]+|[0-9a-f:.]+", host):
        return ""
    netloc = (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
    path, query, fragment = (quote(part, safe="/:;=?&%+,$!-.~", errors="replace") for part in (parts.path, parts.query, parts.fragment))
    made = urlunsplit((parts.scheme, netloc, path, query, fragment))
    return made if len(made) <= MAX_URL else ""


def tidied(message: Message, limits: Limits = FULL) -> Message:
    """The same message with every text plain and bounded; statements beyond the limit are counted in `more`."""
    return message.model_copy(
        update={
            "id": plain(message.id, 200),
            "key": plain(message.key, 200),
            "title": plain(message.title, limits.line),
            "items": tuple(tidied_item(item, limits) for item in message.items[: limits.items]),
            "more": message.more + max(0, len(message.items) - limits.items),
            "why": plain(message.why, limits.line),
            "note": plain(message.note, limits.note),
            "lines": tuple(plain(line, limits.note) for line in message.lines),
        }
    )


def tidied_item(item: Item, limits: Limits) -> Item:
    """One statement with every text plain and bounded."""
    names = ("speaker", "affiliation", "side", "country", "cameo", "alignment", "outlet", "cue", "found_by", "language")
    ids = ("statement_id", "article_id", "utterance")
    told = {name: plain(value, 120) for name in names if (value := getattr(item, name)) is not None}
    return item.model_copy(
        update={
            **told,
            **{name: plain(getattr(item, name), 200) for name in ids},
            **{name: _list(getattr(item, name), limits.line) for name in ("targets", "claims", "reasons")},
            "line": plain(item.line, limits.line),
            "title": plain(item.title, limits.line),
            "sentence": plain(item.sentence, limits.sentence),
            "before": plain(item.before, limits.around),
            "after": plain(item.after, limits.around),
            "url": link(item.url),
            "kibana": link(item.kibana) or None if item.kibana else None,
            "answers": _reply(item.answers, limits) if item.answers else None,
            "answered_by": tuple(_reply(reply, limits) for reply in item.answered_by[: limits.replies]),
        }
    )


def _reply(reply: Reply, limits: Limits) -> Reply:
    return reply.model_copy(
        update={
            "statement_id": plain(reply.statement_id, 200),
            "line": plain(reply.line, limits.line),
            "sentence": plain(reply.sentence, limits.reply),
            "url": link(reply.url),
            "outlet": plain(reply.outlet, 120),
        }
    )


def _list(words: tuple[str, ...], limit: int) -> tuple[str, ...]:
    return tuple(filter(None, (plain(word, limit) for word in words[:MAX_LIST])))
