"""The public web view of a Telegram channel (`t.me/s/NAME`), to entries: each post is an article, its text is the post's own.

What was seen of its markup: a reply's quote and a link's preview use the same classes as the post's text, `js-message_text` alone is the
post's own and stands twice, one in the other, under some albums; a film has a `<time>` of its own that is a duration; notices of the
service ("pinned a photo") look like posts; pages are turned by `?before=ID`, which leaves ID out.
"""

import re
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import HtmlElement

from pipeline.answers import Entry, Refusal
from pipeline.entries import MAX_BODY, MAX_MARKUP, Reading, instant, link_of, title_of
from pipeline.errors import Rejected
from pipeline.markup import load_list
from pipeline.model import Outcome
from pipeline.plaintext import one_line, paragraphs

# A post has no headline; its first line, cut at a word, stands in for one.
TITLE = 120

_POST = re.compile(r"([A-Za-z][A-Za-z0-9_]{3,31})/(\d{1,18})")


def read_channel(text: str, url: str) -> Reading:
    """The posts of a page, newest first. Raises Rejected where the channel shows none to the web."""
    tree = load_list(text, url)
    shown = tree.xpath(f"//div[@data-post and {_has('tgme_widget_message')} and not({_has('service_message')})]")
    if not shown and not tree.xpath(f"//*[{_has('tgme_channel_history')}]"):
        raise Rejected(Outcome.REJECTED, "no public view: the channel shows its posts in the application alone", url)
    earlier = tree.xpath(f"string(//a[{_has('js-messages_more')} and @data-before]/@href)")
    name = tree.xpath(f"string(//*[{_has('tgme_channel_info_header_title')}])") or tree.xpath(
        "string(//meta[@property='og:title']/@content)"
    )
    return Reading(items=[_post(each, url) for each in reversed(shown)], title=title_of(name) or None, earlier=link_of(earlier, url))


def view_of(post: str) -> str:
    """The address that shows a post among its neighbours."""
    parts = urlsplit(post)
    return parts._replace(path=f"/s{parts.path}", query="").geturl()


def _has(name: str) -> str:
    return f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')"


def _post(message: HtmlElement, url: str) -> Entry | None:
    known = _POST.fullmatch(message.get("data-post", ""))
    if known is None:
        return None
    text = _text(message)
    first = text.split("\n\n", 1)[0] if text else ""
    return Entry(
        url=urlsplit(url)._replace(path=f"/{known[0]}", query="", fragment="").geturl(),
        title=_cut(first),
        published=instant(message.xpath(f"string(.//a[{_has('tgme_widget_message_date')}]//time/@datetime)")),
        summary="",
        body=text,
        is_post=True,
        edited=_is_edited(message),
        refusal=_refusal(message, text),
    )


def _text(message: HtmlElement) -> str | None:
    """The post's own text, neither what it answers to nor what it links to."""
    own = _has("js-message_text")
    parts = message.xpath(f".//*[{own} and not(ancestor::*[{own}]) and not(ancestor::*[{_has('tgme_widget_message_reply')}])]")
    markup = "<br>".join(str(etree.tostring(part, encoding="unicode", method="html", with_tail=False)) for part in parts)
    return paragraphs(markup[:MAX_MARKUP], MAX_BODY) or None


def _cut(line: str) -> str:
    if len(line) <= TITLE:
        return line
    return line[:TITLE].rsplit(None, 1)[0].rstrip(",;:–- ") + "…"


def _is_edited(message: HtmlElement) -> bool:
    told = str(message.xpath(f"string(.//*[{_has('tgme_widget_message_meta')}])"))
    return told.strip().lower().startswith("edited")


def _refusal(message: HtmlElement, text: str | None) -> Refusal | None:
    forwarded = message.xpath(f".//*[{_has('tgme_widget_message_forwarded_from')}]")
    if forwarded:
        name = message.xpath(f"string(.//*[{_has('tgme_widget_message_forwarded_from_name')}])")
        return Refusal(outcome=Outcome.FORWARDED, reason=f"forwarded from {one_line(str(name), 100) or 'somebody'}")
    if text is not None:
        return None
    if message.xpath(f".//*[{_has('tgme_widget_message_poll')}]"):
        return Refusal(outcome=Outcome.NO_TEXT, reason="a poll")
    if message.xpath(f".//*[{_has('message_media_not_supported')}]"):
        return Refusal(outcome=Outcome.NO_TEXT, reason="is shown in the application alone")
    return Refusal(outcome=Outcome.NO_TEXT, reason="pictures, film or sound without a word")
