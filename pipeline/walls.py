"""What a page is instead of an article, or holds back of it: consent walls, "not found", paywalls; and live blogs, round-ups."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from pipeline.addresses import normalise
from pipeline.chrome import ChromeRules, bare, fold, letters
from pipeline.model import Form, Outcome
from pipeline.structured import Structured

# A wall's own text is short; an article about cookies is not.
WALL_WORDS = 250
# So many different words of consent stand in a banner's text, and hardly in anything else.
CONSENT_TERMS = 3
# A paywalled page with fewer words than this holds the rest back.
TEASER_WORDS = 250

_LIVE_ADDRESS = re.compile(r"/(?:live|liveblog|live-blog|live-updates?|livestory)(?:[/-]|$)|-live-(?:updates?|blog)", re.IGNORECASE)
_LOCKED = frozenset({"locked", "metered", "premium", "paid", "subscriber", "subscribers"})
_HOME = re.compile(r"^(?:[a-z]{2}(?:[-_][a-z]{2})?|index\.(?:html?|php|aspx?|jsp)|home|default\.aspx?)?$", re.IGNORECASE)


def instead_of_an_article(title: str | None, lines: Sequence[str], rules: ChromeRules) -> tuple[Outcome, str] | None:
    """Why the page is no article though it has a text; None where it is one."""
    words = sum(len(line.split()) for line in lines)
    if words > WALL_WORDS:
        return None
    head = letters(fold(title or ""))
    if head and (head in rules.not_found or any(head.startswith(f"{phrase} ") for phrase in rules.not_found)):
        return Outcome.SOFT_404, "the headline says that the page is not there"
    asking = [line for line in lines if any(term in fold(line) for term in rules.consent)]
    terms = {term for line in asking for term in rules.consent if term in fold(line)}
    if len(terms) >= CONSENT_TERMS and sum(len(line.split()) for line in asking) * 2 > words:
        return Outcome.CONSENT_WALL, "asks for consent instead of telling its story"
    return None


def leads_home(asked: str, reached: str) -> bool:
    """Whether a link to an article has ended on the front page: how some sites say that the article is gone."""
    if normalise(asked) == normalise(reached):
        return False
    end, start = urlsplit(reached), urlsplit(asked)
    return not end.query and bool(_HOME.match(end.path.strip("/"))) and not (_HOME.match(start.path.strip("/")) and not start.query)


def is_paywalled(page: Structured, lines: Sequence[str], rules: ChromeRules) -> bool:
    """By what the page's data say, or the box that it shows. `lines`: the text before chrome is taken out."""
    parts = page.article.get("hasPart")
    free = [
        each.get("isAccessibleForFree")
        for each in (page.article, *(parts if isinstance(parts, list) else [parts]))
        if isinstance(each, dict)
    ]
    tiers = {tier.lower() for tier in page.values(["article:content_tier"])}
    return any(str(each).lower() == "false" for each in free if each is not None) or bool(tiers & _LOCKED) or has_paywall_box(lines, rules)


def has_paywall_box(lines: Sequence[str], rules: ChromeRules) -> bool:
    return any(fold(line).startswith(rules.paywall) for line in lines if len(line.split()) <= rules.max_words)


def is_teaser(page: Structured, lines: Sequence[str], *, paywalled: bool) -> bool:
    """Whether the text is only a beginning: shorter than its data say, or short before a wall."""
    words = sum(len(line.split()) for line in lines)
    told = str(page.article.get("wordCount") or "")
    if told.isdecimal() and len(told) < 7 and words * 2 < int(told) * 1.2:
        return True
    return (paywalled and words < TEASER_WORDS) or bool(lines and lines[-1].endswith(("…", "...", "[…]", "[...]")) and words < TEASER_WORDS)


def form_of(page: Structured, title: str | None, url: str | None, rules: ChromeRules) -> Form:
    head = bare(title or "")
    if "LiveBlogPosting" in page.kinds or _LIVE_ADDRESS.search(urlsplit(url or "").path) or _says(head, rules.live):
        return Form.LIVE_BLOG
    return Form.ROUND_UP if _says(head, rules.round_up) else Form.ARTICLE


def _says(head: str, phrases: Sequence[str]) -> bool:
    """Whether a headline begins or ends with a phrase, as words."""
    return any(head == phrase or head.startswith((f"{phrase} ", f"{phrase}:")) or head.endswith(f" {phrase}") for phrase in phrases)
