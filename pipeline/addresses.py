"""Addresses and the names derived from them: which two links are one article, and what it is called for ever.

Every id of the store starts here, so a change to anything below renames what is already stored.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from courlan import normalize_url

# Parameters that say where a reader came from. An own list: courlan's also takes `cid`, `uid`, `source` and `gallery`, which in
# many content systems are the article, and its strict mode takes them all (`news.asp?sec=4&id=90217`).
TRACKERS = frozenset({
    "_ga", "_gl", "__twitter_impression", "cmp", "cmpid", "dclid", "emc", "fbclid", "ftcamp", "gbraid", "gclid", "guccounter", "icid",
    "guce_referrer", "guce_referrer_sig", "igsh", "igshid", "int_cid", "intcid", "intcmp", "itid", "ito", "maca", "mkt_tok", "mod",
    "msclkid", "ocid", "partner", "ref_src", "ref_url", "referrer", "s_cid", "smid", "smtyp", "spm", "traffic_source", "ttclid",
    "twclid", "wbraid", "wt.mc_id", "wt_mc", "xtor", "yclid", "ysclid",
})  # fmt: skip
TRACKER_PREFIXES = ("utm_", "at_", "ns_", "mc_", "mtm_", "pk_", "hsa_", "_hs", "vero_", "oly_", "__cf_")

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_PROTOCOL = re.compile(r"https?://", re.IGNORECASE)
_GARBAGE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+|[<>\"].*", re.DOTALL)
_AMPERSAND = re.compile("&(?:amp;)+")
_ESCAPE = re.compile(r"%[0-9a-f]{2}", re.IGNORECASE)
_WWW = re.compile(r"^(www\d?\.)+")
_QUOTES = dict.fromkeys(map(ord, "\"'`´‘’‚‛“”„‟«»‹›″′"))


def normalise(url: str) -> str:
    """The address as a key: `host/path?query`, the same for every link that leads to the same article; never an address to call.

    Dropped: scheme, user, `www.`, default port, fragment, trailing slash, tracking parameters, the order of the others.
    Normalising twice is normalising once. An address that cannot be read is its own key.
    """
    try:
        split = _split(_clean(url))
        host = _host(split)
        port = split.port
    except ValueError:
        return url.strip()
    if not host:
        return url.strip()
    netloc = host if port in {None, 80, 443} else f"{host}:{port}"
    path = _ESCAPE.sub(lambda match: match[0].upper(), _path(split)).rstrip("/")
    query = _query(split.query)
    return netloc + path + (f"?{query}" if query else "")


def within(url: str, domains: Iterable[str]) -> bool:
    """Whether the address is at one of the domains or at a host below one."""
    try:
        host = _host(_split(url.strip()))
    except ValueError:
        return False
    names = [_WWW.sub("", domain.strip().lower()) for domain in domains]
    return any(host == name or host.endswith(f".{name}") for name in names if name)


def article_id(outlet_id: str, url: str) -> str:
    """An article's name: its address within its outlet, so that no page can take the name of another outlet's article."""
    return _digest(outlet_id, normalise(url))


def entry_id(outlet_id: str, url_or_title: str) -> str:
    """The name of a link that a feed of the outlet showed; of its title where it has no link."""
    key = normalise(url_or_title) if _PROTOCOL.match(url_or_title.strip()) else _fold(url_or_title)
    return _digest("entry", outlet_id, key)


def address_mark(url: str) -> str:
    """What is remembered of an address that must not be: it can be told again by it and not read from it."""
    return _digest("forgotten address", normalise(url))


def outlet_mark(outlet_id: str) -> str:
    """The same for an outlet."""
    return _digest("forgotten outlet", outlet_id)


def statement_id(article_id: str, act: str, sentence_text: str, ordinal: int) -> str:
    """A statement's name; `ordinal` tells statements of one act in equal words apart, counted from the top of the article.

    The speaker, targets and position are not in it: a corrected speaker or an inserted paragraph renames nothing.
    """
    return _digest(article_id, act, _fold(sentence_text), str(ordinal))


def host_group(host: str, groups: int) -> int:
    """Which of so many groups a host belongs to: the same in every process and on every day."""
    name = _WWW.sub("", host.strip().lower())
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) % groups


def _digest(*parts: str) -> str:
    # 20 bytes: Elasticsearch refuses an _id of more than 512 bytes, and addresses are longer; no two of 2^64 articles would meet.
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).digest()[:20].hex()


def _fold(text: str) -> str:
    """Text as it compares: letter case, compatibility forms, white space and the make of quotation marks do not count."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(folded.translate(_QUOTES).split())


def _clean(url: str) -> str:
    """Without white space, control characters, `&amp;` and what follows a stray `<`, `>` or `"`.

    courlan's own scrubbing takes an address inside the address for the meant one, which makes all pages behind one gateway
    the same page, and cleaning its result again gives another one.
    """
    return _AMPERSAND.sub("&", _GARBAGE.sub("", url))


def _split(url: str) -> SplitResult:
    return urlsplit(url if _SCHEME.match(url) else f"//{url}")


def _host(split: SplitResult) -> str:
    return _WWW.sub("", (split.hostname or "").rstrip("."))


def _path(split: SplitResult) -> str:
    """The path, each character escaped in one way, double slashes made one."""
    return str(urlsplit(normalize_url(split._replace(scheme="http", netloc="host", query="", fragment=""))).path)


def _query(query: str) -> str:
    """What is left of the query, in alphabetical order; pieces without a value stay, some sites have nothing else (`?n123`)."""
    return "&".join(sorted(piece for piece in query.split("&") if piece and not _tracks(piece)))


def _tracks(piece: str) -> bool:
    name = piece.split("=", 1)[0].lower()
    return name in TRACKERS or name.startswith(TRACKER_PREFIXES)
