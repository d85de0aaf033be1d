"""A link to an article's page, and all that belongs to it: fetched, archived, extracted; where the page has not the whole text, its AMP
variant; where that has not, the feed's own text.
"""

from dataclasses import dataclass, replace

import structlog

from pipeline.addresses import within
from pipeline.archive import Archive
from pipeline.chrome import ChromeRules
from pipeline.errors import Rejected, Unavailable
from pipeline.extract import amp_address, extract
from pipeline.fetch import Web
from pipeline.model import Entry, Extract, Outcome, Page, Reference, TextSource, Validators
from pipeline.parsers import ParserFailed, Parsers
from pipeline.rules import Outlet
from pipeline.walls import leads_home

log = structlog.get_logger(__name__)

# Pages that have nothing of the article, or only say that it exists: another copy may have it.
_ELSEWHERE = frozenset({Outcome.NO_TEXT, Outcome.PAYWALL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a page says, and where the answer lies that its text was taken from. `url` is where the last hop ended."""

    url: str
    told: Extract
    archive: Reference
    validators: Validators  # of the page itself, whatever copy the text was taken from


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Visits pages of one outlet."""

    web: Web
    parsers: Parsers
    archive: Archive
    outlet: Outlet
    chrome: ChromeRules
    habits: frozenset[str]
    seconds: float

    def visit(self, address: str, entry: Entry) -> Visit:
        """Raises Rejected, Unavailable, ParserFailed."""
        page = self._fetch(address)
        archive = self.archive.write(page)
        try:
            here = Visit(url=page.url, told=self._read(page), archive=archive, validators=page.validators)
        except Rejected as refusal:
            if refusal.outcome not in _ELSEWHERE:
                raise
            amp = self.parsers.call(amp_address, page.body, url=page.url, domains=self.outlet.domains, seconds=self.seconds)
            found = self._from_amp(amp, page, None) or self._from_feed(page, entry, archive)
            if found is None:
                raise
            return found
        if not here.told.teaser:
            return here
        return self._from_amp(here.told.amp_url, page, here.told) or self._from_feed(page, entry, archive) or here

    def _fetch(self, address: str) -> Page:
        page = self.web.page(address)
        if not within(page.url, self.outlet.domains):
            raise Rejected(Outcome.OFF_SITE, "redirects away from the outlet", page.url)
        if leads_home(page.asked, page.url):
            raise Rejected(Outcome.SOFT_404, "redirects to the front page", page.url)
        return page

    def _read(self, page: Page, *, feed_title: str | None = None, feed_body: str | None = None) -> Extract:
        return self.parsers.call(
            extract,
            page.body,
            url=page.url,
            domains=self.outlet.domains,
            content_type=page.headers.get("content-type"),
            feed_title=feed_title,
            feed_body=feed_body,
            chrome=self.chrome,
            habits=self.habits,
            seconds=self.seconds,
        )

    def _from_amp(self, amp: str | None, shown: Page, here: Extract | None) -> Visit | None:
        """The page's AMP variant, where it has more than the page itself."""
        if amp is None or not within(amp, self.outlet.domains):
            return None
        try:
            page = self._fetch(amp)
            archive = self.archive.write(page)
            there = self._read(page)
        except (Rejected, Unavailable, ParserFailed) as error:
            log.info("no AMP variant", url=amp, error=str(error))
            return None
        if here and len(there.text) <= len(here.text):
            return None
        told = replace(here or there, text=there.text, text_from=TextSource.AMP, teaser=there.teaser, lines=there.lines)
        return Visit(url=shown.url, told=told, archive=archive, validators=shown.validators)

    def _from_feed(self, page: Page, entry: Entry, archive: Reference) -> Visit | None:
        if not entry.body:
            return None
        try:
            told = self._read(page, feed_title=entry.title, feed_body=entry.body)
        except Rejected:
            return None
        return Visit(url=page.url, told=told, archive=archive, validators=page.validators) if told.text_from is TextSource.FEED else None
