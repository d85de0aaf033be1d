"""What is wrong with a source, and what somebody can do about it: from what one look at a feed saw, or what became of its links.

Pure. The causes are told from the words of our own errors (`fetch`, `wire`, `guard`, `robots`, `feeds`), because these are what the index
keeps of a poll; a test raises each of them from a real server.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pipeline.answers import FeedKind
from pipeline.model import Outcome
from pipeline.source_looks import Look
from pipeline.source_rules import Feed, Outlet

# A feed that says nothing for so long is forgotten by its makers; small institutes have quiet months.
STALE = timedelta(days=30)
# Where somebody has counted, sooner: when this many times the usual pause is over, but not within a long weekend.
PAUSES, SOONEST = 10, timedelta(days=4)
# So much of what is expected is a bad day; less is another feed.
QUIET = 0.25
# Clocks go wrong by hours, time zones too; nobody publishes tomorrow.
AHEAD = timedelta(days=1)
# Below so many links nothing can be said of an outlet's pages.
FEW_LINKS = 5

_DATED_KINDS = frozenset({FeedKind.FEED, FeedKind.JSON, FeedKind.SITEMAP, None})
_ASKED_KINDS = frozenset({FeedKind.GDELT, FeedKind.SEARCH})


class Weight(StrEnum):
    MEND = "mend"  # the configuration says what is not so, or not any more: somebody has to change a line
    RETRY = "retry"  # the host, or the way to it: another time, or from another network
    NOTE = "note"  # worth knowing, nothing to do


class Cause(StrEnum):
    HTML = "a page instead of a feed"
    NOT_A_FEED = "an answer that is no feed"
    EMPTY = "an empty answer"
    NO_ENTRIES = "no entries"
    NONE_FOUND = "nothing found this time"
    GONE = "the address is gone"
    REFUSED = "refused"
    ROBOTS = "robots.txt says no"
    ROBOTS_UNREAD = "robots.txt cannot be read"
    REDIRECTS = "redirects that lead nowhere"
    FORBIDDEN = "an address that must not be called"
    TOO_LARGE = "too large"
    UNREADABLE = "cannot be read in time"
    SETTING = "a setting is missing"
    STALE = "stale"
    AHEAD = "dates in the future"
    QUIET = "far fewer entries than expected"
    OFF_SITE = "links lead to other sites"
    NO_LINKS = "entries without links"
    OTHER_LANGUAGE = "another language than the outlet's"
    UNREAD_LANGUAGE = "a language that nothing reads yet"
    NAME = "the name does not resolve"
    CERTIFICATE = "the TLS certificate is wrong"
    CONNECTION = "no connection"
    SLOW = "does not answer in time"
    OVERASKED = "asked too often"
    SERVER = "the server fails"
    PROXY = "the proxy refuses"
    UNKNOWN = "something else"
    MOVED = "answers from another address"
    NO_DATES = "no dates"
    FLAWED = "not well-formed"
    PAGES_REFUSED = "its pages refuse"
    PAGES_ROBOTS = "robots.txt forbids its pages"
    PAGES_WALLED = "its pages stand behind a wall"
    PAGES_EMPTY = "its pages give no text"
    PAGES_AWAY = "its pages do not answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing that is wrong, in words for this source; `then` is the next step."""

    cause: Cause
    says: str
    then: str
    weight: Weight


_STEPS: Mapping[Cause, tuple[Weight, str]] = {
    Cause.HTML: (Weight.MEND, "The address has moved, or wants a browser. {find}"),
    Cause.NOT_A_FEED: (Weight.MEND, "The address is wrong, or its feed is broken. {find}"),
    Cause.EMPTY: (Weight.MEND, "The feed was retired, or is broken for now. {find}"),
    Cause.NO_ENTRIES: (Weight.MEND, "The feed was retired, or a script fills the page that people see. {find}"),
    Cause.NONE_FOUND: (Weight.NOTE, "Nothing to do: where this lasts for days, the words or the domain do not fit."),
    Cause.GONE: (Weight.MEND, "{find}"),
    Cause.REFUSED: (
        Weight.MEND,
        "The site turns away programs, or this network. Open {url} in a browser: where it shows there, try from another network "
        "(CLAIMWIRE_PROXY); else {pause}",
    ),
    Cause.ROBOTS: (
        Weight.MEND,
        "Its operators do not want programs there, and that is obeyed. Look for another way that they offer, ask them, or {pause}",
    ),
    Cause.ROBOTS_UNREAD: (Weight.RETRY, "Without knowing what its operators allow nothing is asked. Try again later."),
    Cause.REDIRECTS: (Weight.MEND, "It may want a cookie (`cookies:` of the outlet), or the address has moved. {find}"),
    Cause.FORBIDDEN: (
        Weight.MEND,
        "Only public addresses on ports 80, 443 and the feed's own are called; others by CLAIMWIRE_EXEMPT=host:port.",
    ),
    Cause.TOO_LARGE: (Weight.MEND, "Look for a smaller feed, of a section. {find}"),
    Cause.UNREADABLE: (Weight.MEND, "The feed may be broken; CLAIMWIRE_FEED_SECONDS gives it more time. {find}"),
    Cause.SETTING: (Weight.MEND, "Set the variable that the outlet's headers or cookies name."),
    Cause.STALE: (Weight.MEND, "It answers, but nobody feeds it any more. {find}"),
    Cause.AHEAD: (Weight.NOTE, "Nothing to do: the feed's clock or time zone is wrong, so the time of the first sight counts."),
    Cause.QUIET: (Weight.MEND, "Look whether the site has more; where it has not, correct `volume`. {find}"),
    Cause.OFF_SITE: (Weight.MEND, "Such links are not followed. Where they are the outlet's own, add the host to its `domains`."),
    Cause.NO_LINKS: (Weight.MEND, "Without links there is nothing to read. {find}"),
    Cause.OTHER_LANGUAGE: (Weight.MEND, "Add it to the outlet's `languages` where that is meant; else {find}"),
    Cause.UNREAD_LANGUAGE: (Weight.NOTE, "Its articles are not kept until the language has words in config/languages and in topic.yml."),
    Cause.NAME: (Weight.RETRY, "Check the spelling and this machine's name service; some networks hide such names. {later}"),
    Cause.CERTIFICATE: (
        Weight.RETRY,
        "The host shows a certificate that is expired or another's. Nothing is read until it is right: {later_small}",
    ),
    Cause.CONNECTION: (Weight.RETRY, "The host is down, or closed to this network. {later}"),
    Cause.SLOW: (Weight.RETRY, "The host is slow, or closed to this network. {later}"),
    Cause.OVERASKED: (Weight.RETRY, "The host wants to be asked less often: wait an hour, and raise `every` of the feed."),
    Cause.SERVER: (Weight.RETRY, "The trouble is the site's own. {later}"),
    Cause.PROXY: (Weight.RETRY, "Look at the proxy that CLAIMWIRE_PROXY names: it must be allowed to reach this host."),
    Cause.UNKNOWN: (Weight.RETRY, "Open {url} in a browser and compare. {later}"),
    Cause.MOVED: (Weight.NOTE, "It works. Where it stays so, write the new address down: `claimwire sources add NEW --instead-of {url}`."),
    Cause.NO_DATES: (Weight.NOTE, "Nothing to do: articles are dated by their pages. That the feed stands still cannot be seen."),
    Cause.FLAWED: (Weight.NOTE, "Nothing to do: it is read as far as it goes."),
    Cause.PAGES_REFUSED: (
        Weight.MEND,
        "Where the feed has whole texts, write `text: feed` and `wall: challenge` in the outlet's block; else {pause}",
    ),
    Cause.PAGES_ROBOTS: (
        Weight.MEND,
        "Such pages are not read. Where the feed has whole texts, write `text: feed` in the outlet's block; else {pause}",
    ),
    Cause.PAGES_WALLED: (
        Weight.MEND,
        "Write `wall:` into the outlet's block, `text: feed` where the feed has more than the pages; consent may be one of its `cookies`.",
    ),
    Cause.PAGES_EMPTY: (
        Weight.MEND,
        "The text is made by a script, or laid out in a way that is not understood: `claimwire extract PAGE.html` shows it. Where the feed "
        "has whole texts, write `text: feed`.",
    ),
    Cause.PAGES_AWAY: (Weight.RETRY, "The feed's host answers, that of the pages does not. {later}"),
}

_MESSAGES: tuple[tuple[re.Pattern[str], Cause], ...] = tuple(
    (re.compile(pattern), cause)
    for pattern, cause in (
        (r"robots\.txt says no", Cause.ROBOTS),
        (r"robots\.txt", Cause.ROBOTS_UNREAD),
        (r"^too-large:", Cause.TOO_LARGE),
        (r"timed out after|ran out of memory|crashed|feedparser cannot read", Cause.UNREADABLE),
        (r"an HTML page, not", Cause.HTML),
        (r"empty body", Cause.EMPTY),
        (r"not a feed|not JSON|JSON Feed|not XML|not a sitemap|index of sitemaps", Cause.NOT_A_FEED),
        (r"status (404|410)", Cause.GONE),
        (r"status 429", Cause.OVERASKED),
        (r"proxy refuses|status 407", Cause.PROXY),
        (r"redirect|without Location", Cause.REDIRECTS),
        (r"status [34]\d\d", Cause.REFUSED),
        (r"status [125]\d\d", Cause.SERVER),
        (r"not public|name is local|is not allowed|not http|not an address|host is not|in the address|longer than", Cause.FORBIDDEN),
        (r"certificate|TLS failed", Cause.CERTIFICATE),
        (r"does not resolve|name not resolved", Cause.NAME),
        (r"timed out|not finished in time", Cause.SLOW),
        (r"CLAIMWIRE_SOURCE_|headers\.|cookies\.", Cause.SETTING),
        (r"connection|closed without|body ended|not HTTP|content encoding", Cause.CONNECTION),
    )
)
_ROBOTS = "robots.txt: "
_ON_THE_WAY = frozenset({Cause.NAME, Cause.CERTIFICATE, Cause.CONNECTION, Cause.SLOW, Cause.PROXY})
_WRAPPING = re.compile(r"^(?:[a-z0-9-]+: )?(?P<reason>.*?)(?: \((?:https?://|[^ ()]+$)[^ ]*\))?$", re.DOTALL)

_PAGES: Mapping[Outcome, Cause] = {
    Outcome.REJECTED: Cause.PAGES_REFUSED,
    Outcome.ROBOTS: Cause.PAGES_ROBOTS,
    Outcome.CONSENT_WALL: Cause.PAGES_WALLED,
    Outcome.PAYWALL: Cause.PAGES_WALLED,
    Outcome.NO_TEXT: Cause.PAGES_EMPTY,
    Outcome.SOFT_404: Cause.PAGES_EMPTY,
    Outcome.UNAVAILABLE: Cause.PAGES_AWAY,
    Outcome.OFF_SITE: Cause.OFF_SITE,
    Outcome.NO_LINK: Cause.NO_LINKS,
    Outcome.OTHER_LANGUAGE: Cause.OTHER_LANGUAGE,
    Outcome.UNREAD_LANGUAGE: Cause.UNREAD_LANGUAGE,
}


def of_error(message: str, outlet: Outlet, feed: Feed, answer: str = "") -> Trouble:
    """What an error of a poll means, told from its text; `answer` is how the body begins, or the title of a page, where that is known."""
    match = _WRAPPING.match(message)
    reason = match["reason"] if match else message
    cause = _cause(message)
    if cause is Cause.ROBOTS_UNREAD and (host := _cause(reason.removeprefix(_ROBOTS))) in _ON_THE_WAY:
        cause, reason = host, reason.removeprefix(_ROBOTS)  # it is the host that is not reached: its robots.txt was only asked first
    if cause is Cause.HTML:
        reason = "an HTML page instead of a feed" + (f", titled “{answer}”" if answer else "")
    elif cause is Cause.NOT_A_FEED and answer:
        reason = f"{reason}; it begins “{answer}”"
    return trouble(cause, reason, outlet, feed.shown)


def _cause(message: str) -> Cause:
    return next((cause for pattern, cause in _MESSAGES if pattern.search(message)), Cause.UNKNOWN)


def of_look(look: Look, outlet: Outlet, feed: Feed, now: datetime, read: Collection[str]) -> tuple[Trouble, ...]:
    """What is wrong with a feed that answers. `read` are the languages that there are words for."""
    found: list[tuple[Cause, str]] = []
    if look.entries == 0:
        asked = (feed.kind or look.kind) in _ASKED_KINDS
        found.append((Cause.NONE_FOUND if asked else Cause.NO_ENTRIES, "nothing found" if asked else "answers, but has no entries"))
    else:
        found += [*_of_time(look, feed, now), *_of_links(look, outlet), *_of_language(look, outlet, read)]
    if look.url and look.url != feed.url:
        found.append((Cause.MOVED, f"answers from {look.url}"))
    found += [(Cause.FLAWED, flaw) for flaw in look.flaws]
    return tuple(trouble(cause, says, outlet, feed.shown) for cause, says in found)


def of_pages(counts: Mapping[str, int], outlet: Outlet, least: int = FEW_LINKS) -> tuple[Trouble, ...]:
    """What is wrong with an outlet's pages, from how many of its links ended in which outcome: what befell half of at least so many."""
    total = sum(counts.values())
    if total < least:
        return ()
    worst = [(Outcome(name), count) for name, count in counts.items() if name in set(_PAGES) and count * 2 >= total]
    return tuple(
        trouble(_PAGES[outcome], f"{count} of {total} links ended as {outcome}", outlet, outlet.feeds[0].shown) for outcome, count in worst
    )


def trouble(cause: Cause, says: str, outlet: Outlet, url: str) -> Trouble:
    """A trouble of this cause, with the next step for this source."""
    weight, _ = _STEPS[cause]
    return Trouble(cause=cause, says=says, then=step_of(cause, id_=outlet.id, site=f"https://{outlet.domains[0]}/", url=url), weight=weight)


def step_of(cause: Cause, *, id_: str = "ID", site: str = "SITE", url: str = "URL") -> str:
    """What to do next; for no source in particular where none is named."""
    find = f"`claimwire sources add {site} --instead-of {url}` looks for the feeds that it has now."
    stop = f"`claimwire sources pause {id_} --why …`."
    later = f"try again later, or from another network; where it lasts, {stop}"
    return _STEPS[cause][1].format(url=url, find=find, pause=stop, later=later[0].upper() + later[1:], later_small=later)


def _of_time(look: Look, feed: Feed, now: datetime) -> list[tuple[Cause, str]]:
    if look.newest is None:
        undated = look.kind in _DATED_KINDS and look.dated is not None
        return [(Cause.NO_DATES, "no entry has a date")] if undated else []
    age = now - look.newest
    found = []
    limit = STALE if feed.volume is None else max(SOONEST, timedelta(days=PAUSES / feed.volume))
    if age > limit:
        found.append((Cause.STALE, f"stale: the newest entry is {_days(age)} old"))
    elif age < -AHEAD:
        found.append((Cause.AHEAD, f"the newest entry is dated {look.newest:%d %B %Y}"))
    elif feed.volume is not None and look.per_day is not None and look.per_day < QUIET * feed.volume:
        found.append((Cause.QUIET, f"{look.per_day:.3g} entries a day, {feed.volume:g} expected"))
    return found


def _of_links(look: Look, outlet: Outlet) -> list[tuple[Cause, str]]:
    if look.linked == 0:
        return [(Cause.NO_LINKS, f"none of {look.entries} entries has a link")]
    astray = sum(count for _, count in look.off_site)
    if outlet.aggregator or look.linked is None or astray * 2 <= look.linked:
        return []
    hosts = ", ".join(host for host, _ in look.off_site[:3])
    return [(Cause.OFF_SITE, f"{astray} of {look.linked} links lead to {hosts}")]


def _of_language(look: Look, outlet: Outlet, read: Collection[str]) -> list[tuple[Cause, str]]:
    if look.language is None or outlet.aggregator:
        return []
    if look.language not in outlet.languages:
        return [(Cause.OTHER_LANGUAGE, f"is in {look.language!r}, the outlet publishes in {', '.join(outlet.languages)}")]
    return [] if look.language in read else [(Cause.UNREAD_LANGUAGE, f"nothing reads {look.language!r} yet")]


def _days(age: timedelta) -> str:
    return f"{age.days} days" if age.days != 1 else "a day"
