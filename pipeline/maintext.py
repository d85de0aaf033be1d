"""The door to trafilatura: a page's tree in, the lines of its main text out. Its quirks end here.

It never sees reader comments, and never gets its `deduplicate`, which remembers for the life of the process: the same page, read a fourth
time, came back shorter.
"""

import logging
import re
import unicodedata
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from lxml.html import HtmlElement

with warnings.catch_warnings():
    # Its downloader, which is never used here, warns that a SOCKS library is missing.
    warnings.simplefilter("ignore")
    from trafilatura import bare_extraction, load_html
    from trafilatura.metadata import extract_metadata
    from trafilatura.settings import Document, set_date_params

# It logs a warning for each page without a text; here that is an outcome, with the page's address.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

_JOINER_REFERENCE = re.compile(r"&(?:zwnj|#8204|#x200c);", re.IGNORECASE)
# It drops every character of the class Cf. The zero-width non-joiner is a letter of Persian spelling (می‌رود), so signs of Linear B,
# which no news page has, stand in for it and for the joiner of Indian scripts.
_TO_STAND_IN = {0x200C: "\U00010080", 0x200D: "\U00010081"}
_FROM_STAND_IN = {0x10080: "\u200c", 0x10081: "\u200d"}
_TABLE_PARTS = ("table", "tbody", "thead", "tfoot", "tr", "td", "th", "center")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """What it makes of the visible page; a date is a day (`2024-05-01`)."""

    title: str | None
    authors: Sequence[str]
    date: str | None


def load(html: str) -> HtmlElement | None:
    """The page's tree; None where there is no markup."""
    tree: HtmlElement | None = load_html(html)
    return tree


def guess(tree: HtmlElement, *, with_date: bool) -> Guess:
    """`with_date`: whether to search the whole page for a date, which takes longer than all the rest."""
    document = extract_metadata(tree, None, set_date_params(extensive=with_date))
    return Guess(title=document.title, authors=(document.author or "").split(";"), date=document.date)


def main_lines(tree: HtmlElement, html: str) -> list[str]:
    """The main text, a line per paragraph, list item or heading. Changes the tree, so it comes last."""
    html = _JOINER_REFERENCE.sub("\u200c", html)
    if "\u200c" in html or "\u200d" in html:
        tree = load_html(html.translate(_TO_STAND_IN))
    unwrap_layout(tree)
    document = bare_extraction(tree, include_comments=False, with_metadata=False)
    text = document.text or "" if isinstance(document, Document) else ""
    lines = (_line(line) for line in text.translate(_FROM_STAND_IN).splitlines())
    return [line for line in lines if line]


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
