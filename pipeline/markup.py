"""A page that is a source, as a tree: lists of links, public views of channels. Bounded before the costly steps, like `extract`."""

from lxml.etree import ParserError
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from pipeline.errors import Rejected
from pipeline.model import Outcome

# 100,000 links take many seconds to look at; no list that people read has so many.
MAX_ELEMENTS = 50_000

_CONTROLS = dict.fromkeys([*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])


def load_list(text: str, url: str) -> HtmlElement:
    """Raises Rejected where it is no page, or too large a one."""
    if "<" not in text:
        raise Rejected(Outcome.REJECTED, f"not a page: {text.strip()[:60]!r}", url)
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    try:
        # A stray NUL ends libxml2's reading; what is no character of a page is not missed.
        tree = document_fromstring(text.translate(_CONTROLS).encode("utf-8", "replace"), parser=parser)
    except (ParserError, ValueError) as error:
        raise Rejected(Outcome.REJECTED, "no markup in it", url) from error
    elements = sum(1 for _ in tree.iter())
    if elements > MAX_ELEMENTS:
        raise Rejected(Outcome.TOO_LARGE, f"a page of {elements} elements", url)
    return tree
