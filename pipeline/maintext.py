"""The door to trafilatura: a page's tree in, the lines of its main text out. Its quirks end here.

It never sees reader comments, and never gets its `deduplicate`, which remembers for the life of the process: the same page, read a fourth
time, came back shorter.
"""

import logging
import re
import unicodedata
import warnings

from lxml import etree
from lxml.etree import ParserError
from lxml.html import HtmlElement, HTMLParser, document_fromstring

with warnings.catch_warnings():
    # Its downloader, which is never used here, warns that a SOCKS library is missing.
    warnings.simplefilter("ignore")
    from trafilatura import bare_extraction
    from trafilatura.metadata import extract_author, extract_title
    from trafilatura.settings import Document

# It logs a warning for each page without a text; here that is an outcome, with the page's address.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

_JOINER_REFERENCE = re.compile(r"&(?:zwnj|#8204|#x200c);", re.IGNORECASE)
# It drops every character of the class Cf. The zero-width non-joiner is a letter of Persian spelling (می‌رود), so signs of Linear B,
# which no news page has, stand in for it and for the joiner of Indian scripts.
_TO_STAND_IN = {0x200C: "\U00010080", 0x200D: "\U00010081"}
_FROM_STAND_IN = {0x10080: "\u200c", 0x10081: "\u200d"}
# The headline of an article; what is shorter is a name or a button.
MIN_LINK, MAX_LINK = 15, 250
_TABLE_PARTS = ("table", "tbody", "thead", "tfoot", "tr", "td", "th", "center")


# What no article stands in: trafilatura's own list of what it drops anyway, but for what a byline or a table may stand in. Out of the tree
# before anything else, it need not be copied and searched half a dozen times.
_FURNITURE = (
    "script", "style", "noscript", "svg", "template", "iframe", "nav", "aside", "menu", "dialog", "button", "select", "input", "textarea",
    "datalist", "object", "embed", "applet", "audio", "video", "canvas", "picture", "map",
)  # fmt: skip
# The same, once the page's claims are read.
_MARGINS = ("head", "footer")
_CONTROLS = bytes([*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
_PARSER = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
# A flash of an agency has more words than this; what has fewer is a button.
MIN_WORDS = 8
# Fewer words than this may be the wrong container, or none.
THIN_WORDS = 150
# More of the page's words than this share are the page itself, menus and all: when a text is doubted, and when a second one is refused.
WHOLE_PAGE, NEARLY_WHOLE = 0.95, 0.8
# A piece of text of fewer characters may be a teaser or a caption. How many times the text the page's longer pieces may be.
PROSE, LITTLE_LESS, MUCH_LESS = 80, 1.25, 2.0


def load(html: str) -> HtmlElement | None:
    """The page's tree; None where there is no markup. Control characters do not reach it: one NUL cuts a page off."""
    if "<" not in html:
        return None
    try:
        return document_fromstring(html.encode("utf-8", "ignore").translate(None, _CONTROLS), parser=_PARSER)
    except (ParserError, ValueError):
        return None


def strip_furniture(tree: HtmlElement) -> None:
    """Takes scripts, menus and their like out of the tree: read what scripts say before."""
    etree.strip_elements(tree, *_FURNITURE, with_tail=False)


def shown_title(tree: HtmlElement) -> str | None:
    title: str | None = extract_title(tree)
    return title


def shown_authors(tree: HtmlElement) -> list[str]:
    """Names in the places where pages show them."""
    return (extract_author(tree) or "").split(";")


def link_texts(tree: HtmlElement) -> frozenset[str]:
    """The texts of links to other pages, on one line each."""
    links = (each for each in tree.iter("a") if not (each.get("href") or "#").startswith("#"))
    texts = (" ".join(unicodedata.normalize("NFC", each.text_content()).split()) for each in links)
    return frozenset(text for text in texts if MIN_LINK <= len(text) <= MAX_LINK)


def main_lines(tree: HtmlElement, html: str) -> list[str]:
    """The main text, a line per paragraph, list item or heading. Changes the tree, so it comes last.

    Its rules alone take half the time of its whole cascade, and on news they are no worse; the cascade, which asks two other
    algorithms, comes in where they give little, or nearly the whole page.
    """
    html = _JOINER_REFERENCE.sub("\u200c", html)
    if "\u200c" in html or "\u200d" in html:
        tree = _with_stand_ins(tree, html)
    etree.strip_elements(tree, *_MARGINS, with_tail=False)
    unwrap_layout(tree)
    text = _text(tree, fast=True)
    seen = tree.text_content()
    if _is_doubtful(text, tree, seen):
        text = _better(text, _text(tree, fast=False), len(seen.split()))
    lines = (_line(line) for line in text.translate(_FROM_STAND_IN).splitlines())
    return [line for line in lines if line]


def _with_stand_ins(tree: HtmlElement, html: str) -> HtmlElement:
    other = load(html.translate(_TO_STAND_IN))
    if other is None:
        return tree
    strip_furniture(other)
    return other


def _text(tree: HtmlElement, *, fast: bool) -> str:
    document = bare_extraction(tree, include_comments=False, with_metadata=False, fast=fast)
    return document.text or "" if isinstance(document, Document) else ""


def _is_doubtful(text: str, tree: HtmlElement, seen: str) -> bool:
    """Whether it is nearly the whole page, or clearly less than the page's running text; a little less where there is little."""
    words = len(text.split())
    if words > WHOLE_PAGE * len(seen.split()):
        return True
    prose = sum(length for piece in tree.itertext() if (length := len(piece)) > PROSE and not piece.isspace())
    return prose > (LITTLE_LESS if words < THIN_WORDS else MUCH_LESS) * len(text)


def _better(text: str, other: str, seen: int) -> str:
    """The second opinion, unless it is the whole page and the first was not."""
    first, second = len(text.split()), len(other.split())
    return text if second > NEARLY_WHOLE * seen and MIN_WORDS <= first < second else other


def unwrap_layout(tree: HtmlElement) -> None:
    """Tables that lay out a page become plain blocks, boxes of links inside them go: as a table, a page comes out whole, menus and all."""
    for table in list(tree.iter("table")):
        if table.find(".//table") is not None or any(len(cell.findall("p")) > 2 for cell in table.iter("td")):
            for part in [table, *(each for each in table.iter(*_TABLE_PARTS) if next(each.iterancestors("table"), None) is table)]:
                part.tag = "div"
        elif next(table.iterancestors("p", "font", "div"), None) is not None and _is_links(table):
            table.drop_tree()


def _is_links(table: HtmlElement) -> bool:
    words = len(table.text_content().split())
    return 0 < words <= 60 and sum(len(link.text_content().split()) for link in table.iter("a")) * 2 > words


def _line(text: str) -> str:
    """One line in NFC, without trafilatura's marks of lists and table cells."""
    text = unicodedata.normalize("NFC", " ".join(text.split())).replace(" \\| ", " | ")
    return text.removeprefix("- ").strip("| ")
