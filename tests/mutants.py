"""Small feeds of every format that is read, and what can be done to them: by seed, so that each can be made again.

Imported in parser children too; nothing but the standard library and the parser itself.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.answers import FeedKind
from pipeline.errors import Rejected, Unavailable
from pipeline.feeds import ParsedFeed, parse

URL = "https://outlet.example/feeds/all.xml"


@dataclass(frozen=True, slots=True)
class Mutant:
    """What a source might answer, and as what it is read."""

    seed: int
    body: bytes
    content_type: str | None
    kind: FeedKind | None
    links: tuple[str, ...] = ()


_RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel>
<title>Outlet &amp; sons</title><link>https://outlet.example/</link><ttl>60</ttl><image><url>/logo.png</url></image>
<item><title>Ministry denies “sending” drones</title><link>/news/1?a=1&amp;b=2</link><guid isPermaLink="false">n1</guid>
<pubDate>Mon, 09 Sep 2024 10:00:00 +0330</pubDate><dc:creator>A. Writer</dc:creator><author>desk@outlet.example (Desk)</author>
<description>&lt;p style="color: red"&gt;The ministry&#8217;s &lt;b&gt;spokesman&lt;/b&gt;&lt;/p&gt;</description>
<content:encoded><![CDATA[<p>First.</p><p>Second &amp; third.</p>]]></content:encoded>
<media:content url="/a.jpg" width="x"/><itunes:duration>1:02:03</itunes:duration><enclosure url="/a.mp3" length="-1"/></item>
<item><title>Запад не представил доказательств</title><link>https://outlet.example/новости/2</link><pubDate>вчера</pubDate></item>
</channel></rss>"""
_ATOM = """<?xml version='1.0'?><feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://outlet.example/x/" xml:lang="fa">
<title type="html">Outlet &lt;i&gt;daily&lt;/i&gt;</title><id>urn:x</id><updated>2024-09-09T10:00:00Z</updated>
<entry><title>وزارت خارجه تکذیب کرد</title><link rel="alternate" href="1"/><link rel="self" href="1.atom"/><id>urn:1</id>
<published>2024-09-09T10:00:00.123+03:30</published><updated>2024-09-09</updated><author><name>A</name><email>a@b</email></author>
<summary type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">A <b>sum</b>mary</div></summary>
<content type="html">&lt;p&gt;Body&lt;/p&gt;</content></entry><entry><title/><link href="javascript:x"/></entry></feed>"""
_RDF = """<?xml version="1.0" encoding="windows-1251"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>Залив</title></channel>
<item rdf:about="http://outlet.example/1"><title>МИД опроверг</title><link>http://outlet.example/1</link>
<dc:date>2024-09-09T10:00+03:00</dc:date><description>Кратко</description></item></rdf:RDF>"""
_JSON = """{"version": "https://jsonfeed.org/version/1.1", "title": "Outlet", "items": [
{"id": "1", "url": "https://outlet.example/1", "title": "Den\\u00edal", "content_html": "<p>Body</p>", "date_published":
"2024-09-09T10:00:00Z", "authors": [{"name": "A"}]}, {"id": 2, "content_text": "x", "external_url": "/2", "title": null}]}"""
_SITEMAP = """<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://outlet.example/1</loc><lastmod>2024-09-09</lastmod>
<news:news><news:publication><news:name>Outlet</news:name></news:publication><news:title>Denial</news:title>
<news:publication_date>2024-09-09T10:00:00+01:00</news:publication_date></news:news></url></urlset>"""
_INDEX = """<sitemapindex><sitemap><loc>https://outlet.example/sitemap-2024-09.xml</loc><lastmod>2024-09-09</lastmod></sitemap>
<sitemap><loc>/sitemap-2.xml</loc></sitemap></sitemapindex>"""
_LIST = """<!doctype html><html><head><meta charset="utf-8"><base href="/x/"><title>News</title></head><body><ul>
<li><a href="/news/1"><h3>Ministry denies</h3></a> <time datetime="2024-09-09T10:00">9 Sep</time></li>
<li><a href="../news/2">Запад обвинил</a></li><li><a href="/about">About</a></li></ul><a rel=next href="?p=2">Next</a></body></html>"""
_TELEGRAM = """<!DOCTYPE html><html><head><title>Outlet – Telegram</title></head><body><section class="tgme_channel_history">
<div class="tgme_widget_message_wrap"><div class="tgme_widget_message" data-post="outlet/12"><div class="tgme_widget_message_text"
 dir="auto">The <b>ministry</b> denies<br/>all of it. <a href="https://t.me/x">x</a></div><a class="tgme_widget_message_date"
 href="https://t.me/outlet/12"><time datetime="2024-09-09T10:00:00+00:00">10:00</time></a></div></div></section></body></html>"""
_GDELT = """{"articles": [{"url": "https://outlet.example/1", "url_mobile": "", "title": "Ministry denies , says paper",
"seendate": "20240909T100000Z", "domain": "outlet.example", "language": "English", "sourcecountry": "Iran"}]}"""

_WAYS = ("/news/*", "!/news/about")
SEEDS: Sequence[tuple[bytes, str | None, FeedKind | None, tuple[str, ...]]] = (
    (_RSS.encode(), "application/rss+xml; charset=utf-8", None, ()),
    (_RSS.replace("utf-8", "utf-16").encode("utf-16"), None, None, ()),
    (_ATOM.encode(), "application/atom+xml", None, ()),
    (_RDF.encode("cp1251"), "text/xml", None, ()),
    (_JSON.encode(), "application/feed+json", None, ()),
    (_SITEMAP.encode(), "text/xml", None, ()),
    (_SITEMAP.encode(), None, FeedKind.SITEMAP, ()),
    (_INDEX.encode(), None, FeedKind.SITEMAP, ()),
    (_LIST.encode(), "text/html", FeedKind.LIST, _WAYS),
    (_LIST.encode(), "text/html", FeedKind.SEARCH, _WAYS),
    (_TELEGRAM.encode(), "text/html; charset=utf-8", FeedKind.TELEGRAM, ()),
    (_GDELT.encode(), "application/json", FeedKind.GDELT, ()),
)

_CHARSETS = ("utf-8", "utf-16", "utf-32", "utf-7", "punycode", "undefined", "idna", "hz", "cp037", "koi8-r", "shift_jis", "rot13", "x" * 90)
_REFERENCES = (
    "&#0;", "&#xD800;", "&#xDFFF;&#xD800;", "&#xFFFF;", "&#x110000;", f"&#{'9' * 5_000};", "&#x;", "&#-1;", "&nbsp;", "&;", "&a", "&%a;",
    "&amp;" * 50, "&#x1F;", "&#169", "%00", "\x00", "\x1b[31m", "\u202e", "\ufeff", "]]>", "<![CDATA[", "<!--", "-->", "--", "<?x ?>",
)  # fmt: skip
_ELEMENTS = (
    "<item>", "</item>", "<entry/>", "<title>", "</title>", "<a:b/>", "<psc:chapter/>", "<cc:license/>", "<geo:lat>x</geo:lat>",
    "<georss:polygon>1 2 3</georss:polygon>", "<itunes:explicit/>", "<media:thumbnail/>", "<dc:date>0000-00-00</dc:date>", "<source>",
    "<content type='image/png' mode='base64'>=</content>", "<category/>", "<enclosure/>", "<link/>", "<guid/>", "<svg><math><p></svg>",
    "<pubDate>Fri, 31 Feb 99999 25:61:61 XYZ</pubDate>", "<updated>-1</updated>", "<script>", "<xhtml:body/>", "<rights>\u202e</rights>",
    "<!DOCTYPE rss [<!ENTITY a 'b'><!ENTITY c SYSTEM 'file:///etc/hostname'>]>", "<author>a@b (</author>", "<base href='//x'/>",
)  # fmt: skip
_JSONS = ("null", "[]", "{}", "1e999", "-0", "NaN", '"\\ud800"', '"', "\\", "[" * 200, "{" * 200, "9" * 400, "true")

Change = Callable[[bytes, random.Random], bytes]


def _place(body: bytes, dice: random.Random) -> int:
    return dice.randrange(len(body) + 1)


def _inserted(body: bytes, dice: random.Random, what: bytes) -> bytes:
    at = _place(body, dice)
    if dice.random() < 0.6 and (found := body.find(b">", at)) >= 0:
        at = found + 1  # between elements it is taken for what it is
    return body[:at] + what + body[at:]


def flipped(body: bytes, dice: random.Random) -> bytes:
    changed = bytearray(body)
    for _ in range(dice.randint(1, 20)):
        if changed:
            changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)


def cut(body: bytes, dice: random.Random) -> bytes:
    start = _place(body, dice)
    return body[:start] if dice.random() < 0.4 else body[:start] + body[start + dice.randint(0, 200) :]


def repeated(body: bytes, dice: random.Random) -> bytes:
    start = _place(body, dice)
    piece = body[start : start + dice.randint(1, 300)]
    return _inserted(body, dice, piece * dice.choice((1, 2, 30)))


def nested(body: bytes, dice: random.Random) -> bytes:
    tag = dice.choice(("item", "div", "b", "channel", "entry", "rss", "feed", "url", "title", "x:y")).encode()
    depth = dice.choice((3, 300, 3_000))
    return _inserted(body, dice, (b"<%s>" % tag) * depth + (b"</%s>" % tag) * (depth if dice.random() < 0.5 else 0))


def recharset(body: bytes, dice: random.Random) -> bytes:
    wrong = dice.choice(_CHARSETS).encode()
    for right in (b"utf-8", b"UTF-8", b"windows-1251", b"utf-16"):
        body = body.replace(right, wrong)
    return body if dice.random() < 0.5 else b'<?xml version="1.0" encoding="%s"?>' % wrong + body.partition(b"?>")[2]


def recoded(body: bytes, dice: random.Random) -> bytes:
    text = body.decode("utf-8", "replace")
    return text.encode(dice.choice(("utf-16-le", "utf-16-be", "utf-32", "cp1251", "cp1256", "koi8-r", "utf-8-sig")), "replace")


def referred(body: bytes, dice: random.Random) -> bytes:
    return _inserted(body, dice, dice.choice(_REFERENCES).encode("utf-8", "replace"))


def misplaced(body: bytes, dice: random.Random) -> bytes:
    return _inserted(body, dice, dice.choice(_ELEMENTS + _JSONS).encode())


def burdened(body: bytes, dice: random.Random) -> bytes:
    """Attributes: one that is huge, or hundreds."""
    at = body.find(b" ", _place(body, dice))
    huge = b' style="%s"' % (dice.choice((b"a:b;", b"x", b"&#1;", b"url(")) * dice.choice((10, 1_000)))
    many = b"".join(b' a%d="%d"' % (number, number) for number in range(300))
    return body if at < 0 else body[:at] + dice.choice((huge, many)) + body[at:]


def spliced(body: bytes, dice: random.Random) -> bytes:
    """With a part of another format."""
    other = dice.choice(SEEDS)[0]
    start = _place(other, dice)
    return _inserted(body, dice, other[start : start + dice.randint(10, 500)])


def padded(body: bytes, dice: random.Random) -> bytes:
    return dice.choice((b"\n", b" ", b"\0", b"\xef\xbb\xbf", b"<!-- -->", b"\xff\xfe")) * dice.choice((1, 50, 2_000)) + body


CHANGES: Sequence[Change] = (
    flipped, cut, repeated, nested, recharset, recoded, referred, referred, misplaced, misplaced, burdened, spliced, padded,
)  # fmt: skip


def mutant(seed: int) -> Mutant:
    """The mutant of this number; the same on every machine."""
    dice = random.Random(seed)
    body, content_type, kind, links = SEEDS[seed % len(SEEDS)]
    for _ in range(dice.randint(1, 5)):
        body = dice.choice(CHANGES)(body, dice)
    if dice.random() < 0.2:
        content_type = f"text/xml; charset={dice.choice(_CHARSETS)}"
    if dice.random() < 0.1:
        kind, links = None, ()
    return Mutant(seed, body, content_type, kind, links)


def read(given: Mutant) -> ParsedFeed:
    return parse(given.body, url=URL, content_type=given.content_type, kind=given.kind, links=given.links)


def outcome(given: Mutant) -> str:
    """`entries`, `nothing`, `rejected` or `unavailable`; what else may come out of the parser is said by its name."""
    try:
        feed = read(given)
    except Rejected:
        return "rejected"
    except Unavailable:
        return "unavailable"
    except Exception as error:  # noqa: BLE001  # this is what is looked for
        return f"escaped: {type(error).__name__}: {error}"[:200]
    for entry in feed.entries:
        texts = f"{entry.title}{entry.summary}{entry.url or ''}"
        if set(texts) & set("\0\x1b\n\u202e") or not (entry.url or entry.title):
            return "unclean"
    return "entries" if feed.entries else "nothing"


def outcomes(seeds: Sequence[int]) -> list[str]:
    return [outcome(mutant(seed)) for seed in seeds]
