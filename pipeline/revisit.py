"""Looks at articles again: after a day, after a week, and when their feed tells them anew. A changed text is a new version.

Order of writing, so that a crash only repeats work: the archive's record, what has changed by sentence, the article. The
article then waits to be read like a new one; the reading records what has changed by statement.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import structlog

from pipeline import forgotten
from pipeline.answers import Page
from pipeline.documents import (
    Document,
    Stored,
    article_from,
    content_hash,
    iso,
    reference_document,
    revisit_document,
    text_document,
    version_document,
    versions_of,
)
from pipeline.errors import Rejected, Unavailable
from pipeline.findings import change_documents
from pipeline.habits import learned_from
from pipeline.model import Article, ChangeLevel, TextSource
from pipeline.parsers import ParserFailed
from pipeline.topic import judge
from pipeline.versions import Change, due_after, is_same_story, sentence_changes
from pipeline.visit import Visit, Visitor
from pipeline.world import World, visitor_of

log = structlog.get_logger(__name__)

# One run's worth; the rest stays due.
LIMIT = 500

# An address that does not answer is tried again after so long, then after twice that, and so on.
PAUSE = timedelta(hours=1)

Progress = Callable[[str], None]


def revisit(outlets: Iterable[str], world: World, progress: Progress) -> Counter[str]:
    """Looks at every article that is due, longest due first. Counts `checked` and how each ended.

    `not-modified`, `unchanged` (other bytes, same text), `changed`, `deleted`, `another` (a notice, a front page), `refused`,
    `unavailable`.
    """
    counts: Counter[str] = Counter(checked=0)
    wanted = list(outlets)
    due: list[Document] = [{"range": {"revisit.due": {"lte": iso(world.clock())}}}]
    if wanted:
        due.append({"terms": {"outlet.id": wanted}})
    for stored in world.index.each("articles", {"bool": {"filter": due}}, sort=["revisit.due"]):
        if counts["checked"] == LIMIT:
            break
        article = article_from(stored)
        ended = _look(stored, article, _visitor(article, world), world)
        counts.update(["checked", ended])
        log.info("article looked at again", step="look", article=article.id, outlet=article.outlet.id, ended=ended)
        progress(f"{article.outlet.name}: {article.title}: {ended}")
    return counts


def _visitor(article: Article, world: World) -> Visitor:
    """It keeps nothing: only another text goes to the archive."""
    learned = world.index.get("outlets", [article.outlet.id]).get(article.outlet.id)
    outlet = next((each for each in world.outlets if each.id == article.outlet.id), None)
    habits = learned_from(learned.source) if learned else {}
    return visitor_of(outlet, [urlsplit(article.url).netloc], habits, world, archive=None)


def _look(stored: Stored, article: Article, visitor: Visitor, world: World) -> str:
    try:
        if article.text_from is TextSource.POST:
            visit: Visit | None = visitor.post_again(article.original_url)
        else:
            visit = visitor.again(article.original_url, article.validators)
    except Unavailable as error:
        return _put_off(stored, article, world, error.reason)
    except (Rejected, ParserFailed) as error:
        gone = isinstance(error, Rejected) and error.gone
        return _note(stored, article, world, "deleted" if gone else "refused", note=error.reason)
    if visit is None:
        return _note(stored, article, world, "not-modified")
    return _compare(stored, article, visit, world)


def _compare(stored: Stored, article: Article, visit: Visit, world: World) -> str:
    told = visit.told
    if told.teaser and not article.teaser:
        return _note(stored, article, world, "refused", visit=visit, note="only the beginning is shown")
    title = told.title or article.title
    if content_hash(title, told.text) == stored.source["content_hash"]:
        return _note(stored, article, world, "unchanged", visit=visit)
    if not is_same_story(article.title, article.text, title, told.text):
        return _note(stored, article, world, "another", note=f"another text stands there: {title}")
    return _new_version(stored, article, visit, world)


def _new_version(stored: Stored, article: Article, visit: Visit, world: World) -> str:
    now, told = world.clock(), visit.told
    title = told.title or article.title
    old, new = stored.source["content_hash"], content_hash(title, told.text)
    reference = world.archive.write(_kept(visit.page, article, world))
    changes = [
        Change(kind=change.kind, before=_text(change.before), after=_text(change.after))
        for change in sentence_changes(f"{article.title}\n{article.text}", f"{title}\n{told.text}")
    ]
    world.index.create("changes", change_documents(changes, article, ChangeLevel.SENTENCE, (old, new), now, now).items())
    changed: Document = {
        **text_document(title, told, article.language),
        "versions": [*versions_of(stored.source), version_document(new, now, reference)],
        "archive": reference_document(reference),
        "extracted": {"digest": world.extraction},
        "topic": {"reason": judge(title, told.text, article.language, world.topic, world.matchers).reason},
        "read": _waiting(stored),
    }
    return _note(stored, article, world, "changed", visit=visit, changed=changed)


def _kept(page: Page, article: Article, world: World) -> Page:
    """The page for the archive. One that shows a channel's posts may show what must not be kept."""
    shows_others = article.text_from is TextSource.POST and forgotten.knows_of(article.outlet.id, world.index)
    return replace(page, body=b"") if shows_others else page


def _text(sentence: str | None) -> Document | None:
    return None if sentence is None else {"text": sentence}


def _waiting(stored: Stored) -> Document | None:
    """Read no more, with the version that was read last: what changes from there on is news."""
    read = stored.source.get("read", {})
    version = read.get("version", stored.source["content_hash"] if "digest" in read else None)
    return {"version": version} if version else None


def _note(
    stored: Stored,
    article: Article,
    world: World,
    ended: str,
    *,
    visit: Visit | None = None,
    note: str | None = None,
    changed: Mapping[str, Any] | None = None,
) -> str:
    """Writes down that the article was looked at. Only "not found" and "gone" make a deletion, and only the article ends one."""
    now = world.clock()
    state = revisit_document(due_after(article.first_seen, now), now, visit.validators if visit else article.validators)
    before = stored.source.get("deleted")
    deleted = {"deleted": before or iso(now), "refused": before, "another": before}.get(ended)
    fields = {**(changed or {}), "deleted": deleted, "revisit": state | ({"note": note} if note else {})}
    world.index.change("articles", [(stored, fields)])
    return ended


def _put_off(stored: Stored, article: Article, world: World, reason: str) -> str:
    """Tried again soon, as often as a new page is; after that at the next regular time."""
    now = world.clock()
    before = stored.source.get("revisit", {})
    failures = int(before.get("failures", 0)) + 1
    soon = now + PAUSE * 2 ** (failures - 1)
    given_up = failures >= world.settings.attempts
    state = revisit_document(due_after(article.first_seen, now) if given_up else soon, now, article.validators)
    failed = {} if given_up else {"failures": failures}
    world.index.change("articles", [(stored, {"revisit": state | failed | {"note": reason}})])
    log.warning("article did not answer", article=article.id, outlet=article.outlet.id, reason=reason, failures=failures)
    return "unavailable"
