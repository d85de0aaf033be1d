"""A link to an article's page, and all that belongs to it: fetched, archived, extracted; where the page has not the whole text, its AMP
variant; where that has not, the feed's own text. A channel's post and, where an outlet's pages are closed, an item of its feed are the
article themselves: no page is asked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import structlog

from pipeline.addresses import normalise, within
from pipeline.answers import Entry, FeedKind, Keys, Page
from pipeline.archive import Archive
from pipeline.chrome import ChromeRules
from pipeline.errors import Rejected, Unavailable
from pipeline.extract import amp_address, extract, extract_item
from pipeline.feeds import parse
from pipeline.fetch import Fetcher
from pipeline.maintext import MIN_WORDS
from pipeline.model import Extract, Outcome, Reference, TextSource, Validators
from pipeline.parsers import ParserFailed, Parsers
from pipeline.telegram import view_of
from pipeline.walls import leads_home

log = structlog.get_logger(__name__)

# What a web server says of a page that is no more.
GONE = 410
# Pages that have nothing of the article, or only say that it exists: another copy may have it.
_ELSEWHERE = frozenset({Outcome.NO_TEXT, Outcome.PAYWALL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a page says. `url` is where the last hop ended, `page` the answer that the text was taken from."""

    url: str
    told: Extract
    page: Page
    archive: Reference | None  # of that answer; None where the visitor keeps nothing
    validators: Validators  # of the address that was asked, whatever copy the text was taken from


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Visits pages of one outlet, and keeps every answer in the archive, if it has one."""

    web: Fetcher
    parsers: Parsers
    archive: Archive | None
    domains: Sequence[str]
    keys: Keys
    charset: str | None  # of pages that say a wrong one
    is_closed: bool  # its pages are: the feed's text is taken first
    chrome: ChromeRules
    habits: frozenset[str]
    seconds: float
    extract: Callable[..., Extract] = extract  # called in a parser's process
    kept: dict[int, Reference | None] = field(default_factory=dict)  # pages that showed several articles, by identity
    is_forgotten: Callable[[str], bool] = lambda _: False  # whether an address must not be kept
    written: list[Reference] = field(default_factory=list)  # what was put into the archive, the last one last

    def visit(self, address: str, entry: Entry, shown: Page | None = None) -> Visit:
        """An entry's article; `shown` is the page that showed the entry. Raises Rejected, Unavailable, ParserFailed."""
        if shown is not None and entry.body and entry.is_post:
            return self._told(address, entry, shown, entry.body, TextSource.POST)
        if shown is not None and entry.body and self.is_closed:
            return self._told(address, entry, shown, entry.body, TextSource.ITEM)
        try:
            return self._of(self._arrived(self.web.page(address, self.keys)), entry)
        except Rejected:
            if shown is None or not self.is_closed or len(entry.summary.split()) < MIN_WORDS:
                raise
            return self._told(address, entry, shown, entry.summary, TextSource.ITEM, teaser=True)

    def again(self, address: str, validators: Validators) -> Visit | None:
        """A page that was visited before; None if it has not changed since. The feed's text is not at hand. Raises as above."""
        page = self.web.again(address, validators, self.keys)
        return None if page is None else self._of(self._arrived(page), None)

    def post_again(self, address: str) -> Visit:
        """A channel's post that was read before, among its neighbours. Raises as above, Rejected as gone where it is not there any more."""
        page = self._arrived(self.web.page(view_of(address), self.keys))
        parsed = self.parsers.call(
            parse, page.body, url=page.url, content_type=page.headers.get("content-type"), kind=FeedKind.TELEGRAM, seconds=self.seconds
        )
        entry = next((each for each in parsed.entries if each.url and normalise(each.url) == normalise(address)), None)
        if entry is None or not entry.body:
            raise Rejected(Outcome.REJECTED, "the post is not there any more", address, GONE)
        return self._told(address, entry, page, entry.body, TextSource.POST)

    def _told(self, address: str, entry: Entry, shown: Page, text: str, source: TextSource, *, teaser: bool = False) -> Visit:
        """The article as its source tells it."""
        told = self.parsers.call(
            extract_item,
            text,
            title=entry.title,
            source=source,
            url=address,
            teaser=teaser,
            chrome=self.chrome,
            habits=self.habits,
            seconds=self.seconds,
        )
        if id(shown) not in self.kept:
            self.kept[id(shown)] = self._keep(shown)
        return Visit(url=address, told=told, page=shown, archive=self.kept[id(shown)], validators=Validators())

    def _of(self, page: Page, entry: Entry | None) -> Visit:
        archive = self._keep(page)
        try:
            here = Visit(url=page.url, told=self._read(page), page=page, archive=archive, validators=page.validators)
        except Rejected as refusal:
            if refusal.outcome not in _ELSEWHERE:
                raise
            amp = self.parsers.call(amp_address, page.body, url=page.url, domains=self.domains, seconds=self.seconds)
            found = self._from_amp(amp, page, None) or self._from_feed(page, entry, archive)
            if found is None:
                raise
            return found
        if not here.told.teaser:
            return here
        return self._from_amp(here.told.amp_url, page, here.told) or self._from_feed(page, entry, archive) or here

    def _keep(self, page: Page) -> Reference | None:
        if self.archive is None:
            return None
        self.written.append(self.archive.write(page))
        return self.written[-1]

    def _arrived(self, page: Page) -> Page:
        if not within(page.url, self.domains):
            raise Rejected(Outcome.OFF_SITE, "redirects away from the outlet", page.url)
        if leads_home(page.asked, page.url):
            raise Rejected(Outcome.SOFT_404, "redirects to the front page", page.url)
        if normalise(page.url) != normalise(page.asked) and self.is_forgotten(page.url):
            raise Rejected(Outcome.FORGOTTEN, "leads to what was erased", page.url)
        return page

    def _read(self, page: Page, *, feed_title: str | None = None, feed_body: str | None = None) -> Extract:
        return self.parsers.call(
            self.extract,
            page.body,
            url=page.url,
            domains=self.domains,
            content_type=page.headers.get("content-type"),
            feed_title=feed_title,
            feed_body=feed_body,
            charset=self.charset,
            chrome=self.chrome,
            habits=self.habits,
            seconds=self.seconds,
        )

    def _from_amp(self, amp: str | None, shown: Page, here: Extract | None) -> Visit | None:
        """The page's AMP variant, where it has more than the page itself."""
        if amp is None or not within(amp, self.domains):
            return None
        try:
            page = self._arrived(self.web.page(amp, self.keys))
            archive = self._keep(page)
            there = self._read(page)
        except (Rejected, Unavailable, ParserFailed) as error:
            log.info("no AMP variant", url=amp, error=str(error))
            return None
        if here and len(there.text) <= len(here.text):
            return None
        told = replace(here or there, text=there.text, text_from=TextSource.AMP, teaser=there.teaser, lines=there.lines)
        return Visit(url=shown.url, told=told, page=page, archive=archive, validators=shown.validators)

    def _from_feed(self, page: Page, entry: Entry | None, archive: Reference | None) -> Visit | None:
        if entry is None or not entry.body:
            return None
        try:
            told = self._read(page, feed_title=entry.title, feed_body=entry.body)
        except Rejected:
            return None
        if told.text_from is not TextSource.FEED:
            return None
        return Visit(url=page.url, told=told, page=page, archive=archive, validators=page.validators)
