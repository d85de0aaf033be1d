"""Which address a page says is its own, and where its AMP variant lies; neither is believed outside the outlet."""

import re
from collections.abc import Sequence
from functools import lru_cache
from html import unescape
from urllib.parse import urljoin, urlsplit

from courlan import extract_domain
from lxml.html import HtmlElement

from pipeline.addresses import normalise, within
from pipeline.structured import Structured

_SCRIPT = re.compile(r"\.(?:aspx?|php|jsp|cgi|cfm|pl)$", re.IGNORECASE)


def canonical(tree: HtmlElement, page: Structured, url: str | None, domains: Sequence[str]) -> str | None:
    """The address that the page names as its own, if it may: one of another outlet's would take that outlet's article away."""
    main = page.article.get("mainEntityOfPage")
    named = [*_links(tree, "canonical"), *page.values(["og:url"]), main.get("@id") if isinstance(main, dict) else main]
    for claim in [*named, page.article.get("url")]:
        if isinstance(claim, str) and claim.strip():
            address = _joined(url, claim.strip())
            return address if address and _may_name(address, url, domains) else None
    return None


def amp_variant(tree: HtmlElement, url: str | None, domains: Sequence[str]) -> str | None:
    """The address of the page's AMP variant, within the outlet; None for a page that has none or is one."""
    for claim in _links(tree, "amphtml"):
        address = _joined(url, claim.strip())
        if address and _is_own(address, url, domains) and normalise(address) != normalise(url or ""):
            return address
    return None


def _links(tree: HtmlElement, relation: str) -> list[str]:
    return [each.get("href") or "" for each in tree.iter("link") if relation in (each.get("rel") or "").lower().split()]


def _joined(url: str | None, claim: str) -> str | None:
    try:
        address = urljoin(url or "", unescape(claim))
        return address if urlsplit(address).scheme in {"http", "https"} and urlsplit(address).hostname else None
    except ValueError:
        return None


def _may_name(claim: str, url: str | None, domains: Sequence[str]) -> bool:
    """Whether the claim is an article's address, within the outlet where it is known which that is."""
    return _names_an_article(normalise(claim), normalise(url or claim)) and _is_own(claim, url, domains)


def _is_own(claim: str, url: str | None, domains: Sequence[str]) -> bool:
    own = domains or ([_domain(urlsplit(url).hostname or "")] if url else [])
    return not own or within(claim, own)


@lru_cache(maxsize=1000)
def _domain(host: str) -> str:
    """The registered domain; for a host under no known suffix the search takes milliseconds."""
    return extract_domain(f"http://{host}") or host


def _names_an_article(key: str, asked: str) -> bool:
    """Not a front page, not the section that the page lies in, not the bare script that serves all articles (`news.asp`)."""
    if key == asked:
        return "/" in key or "?" in key
    path, _, query = key.partition("?")
    last = path.partition("/")[2].rpartition("/")[2]
    if not query and (_SCRIPT.search(last) or asked.startswith(f"{key}/")):
        return False
    return bool(query) or bool(re.search(r"[\d_-]", last)) or len(last) >= 20 or (bool(last) and last in asked)
