"""Archives made by seed: pages of news sites in any charset and any state of their markup, and the files that archives keep them in."""

import base64
import gzip
import hashlib
import json
import random
import unicodedata
import uuid
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from html.entities import html5
from pathlib import Path

import yaml
import zstandard

from pipeline.charsets import decode

ROOT = Path(__file__).parent.parent
SITES = ROOT / "tests" / "data" / "sites"

# Charsets that hold a language's letters.
CHARSETS: Mapping[str, Sequence[str]] = {
    "en": ("utf-8", "windows-1252", "iso-8859-1", "utf-16", "utf-8"),
    "ru": ("utf-8", "windows-1251", "koi8-r", "iso-8859-5", "cp866", "utf-16"),
    "fa": ("utf-8", "windows-1256", "utf-16", "utf-8"),
    "ar": ("utf-8", "windows-1256", "iso-8859-6", "utf-16"),
}
NAMED = {character: name for name, character in html5.items() if len(character) == 1 and name.endswith(";")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """An article's words."""

    language: str
    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A page, and what was done to it."""

    url: str
    body: bytes
    content_type: str
    how: str


def sample_stories() -> list[Story]:
    """The articles of the sample outlets."""
    found = []
    for file in sorted(SITES.glob("*.gold.json")):
        gold = json.loads(file.read_text(encoding="utf-8"))
        text = file.with_name(file.name.replace(".gold.json", ".txt")).read_text(encoding="utf-8")
        paragraphs = tuple(line for line in text.split("\n") if line.strip())
        found.append(Story(language=gold.get("lang", gold.get("language", "en")), title=paragraphs[0], paragraphs=paragraphs))
    return found


def other_story(rng: random.Random, words: Sequence[str], length: int = 12) -> Story:
    """A story about nothing, of these words."""

    def sentence() -> str:
        chosen = " ".join(rng.choice(words) for _ in range(rng.randint(8, 24)))
        return f"{chosen[:1].upper()}{chosen[1:]}."

    paragraphs = tuple(" ".join(sentence() for _ in range(rng.randint(2, 5))) for _ in range(length))
    return Story(language="en", title=sentence()[:80], paragraphs=paragraphs)


# ------------------------------------------------------------------------------------------------ what happens to words
Garbling = Callable[[str, random.Random], str]


def _plain(text: str, rng: random.Random) -> str:
    del rng
    return escape(text, quote=False)


def _referred(text: str, rng: random.Random) -> str:
    """Some letters as references, or all of them."""
    share = rng.choice((0.1, 0.5, 1.0))

    def one(letter: str) -> str:
        if not letter.isalpha() or rng.random() > share:
            return escape(letter, quote=False)
        forms = [f"&#{ord(letter)};", f"&#x{ord(letter):x};", f"&#X{ord(letter):04X};", f"&#{ord(letter):07d};"]
        return rng.choice(forms + ([f"&{NAMED[letter]}"] if letter in NAMED else []))

    return "".join(map(one, text))


INSIDE = ("<b>{}</b>", "<span class='n'>{}</span>", '<a href="/tag?a=1&amp;b=2" title="a > b">{}</a>', "<em>{}</em>")
BETWEEN = ("&shy;", "\u00ad", "<wbr>", "<!-- -->", "<!-- a > b -->", "\u200b")


def _split(text: str, rng: random.Random) -> str:
    """Words with tags inside them, or what hides between their letters."""

    def one(word: str) -> str:
        if len(word) < 4 or rng.random() < 0.4:
            return escape(word, quote=False)
        at = rng.randint(1, len(word) - 2)
        first, second = escape(word[:at], quote=False), escape(word[at:], quote=False)
        if rng.random() < 0.5:
            return rng.choice(INSIDE).format(first) + second
        return first + rng.choice(BETWEEN[:4] if word.isascii() else BETWEEN) + second

    return " ".join(map(one, text.split(" ")))


def _apart(text: str, rng: random.Random) -> str:
    """Accents as characters of their own."""
    del rng
    return escape(unicodedata.normalize("NFD", text), quote=False)


def _spaced(text: str, rng: random.Random) -> str:
    """Spaces that do not break, and in capitals."""
    return escape(text.upper(), quote=False).replace(" ", rng.choice(("&nbsp;", "\u00a0", " \n\t ")))


GARBLINGS: Mapping[str, Garbling] = {"plain": _plain, "referred": _referred, "split": _split, "apart": _apart, "spaced": _spaced}


# ------------------------------------------------------------------------------------------------ pages
def _letters(rng: random.Random, number: int) -> str:
    return base64.b64encode(rng.randbytes(number), altchars=b"Xz")[:number].decode()


def _clutter(rng: random.Random, size: int, words: Sequence[str]) -> list[str]:
    """Menus, boxes, scripts and styles of some size in all."""
    made: list[str] = []
    total = 0
    while total < size:
        kind = rng.randint(0, 5)
        if kind == 0:
            links = "".join(f"<li><a href='/{_letters(rng, 12)}?s={_letters(rng, 6)}'>{rng.choice(words)}</a></li>" for _ in range(20))
            made.append(f"<nav class='{_letters(rng, 8)}'><ul>{links}</ul></nav>")
        elif kind == 1:
            made.append(f"<script>window.{_letters(rng, 6)} = '{_letters(rng, 1500)}';</script>")
        elif kind == 2:
            rules = "".join(f".{_letters(rng, 5)}{{margin:{rng.randint(0, 9)}px;color:#{rng.randint(0, 999999):06d}}}" for _ in range(40))
            made.append(f"<style>{rules}</style>")
        elif kind == 3:
            cards = "".join(
                f"<div class='{_letters(rng, 40)}'><a href='/{_letters(rng, 30)}'><img src='/{_letters(rng, 60)}.jpg' width='320' alt=''>"
                f"<h3 class='{_letters(rng, 20)}'><span>{' '.join(rng.choices(words, k=6))}</span></h3></a><time>3h</time></div>"
                for _ in range(8)
            )
            made.append(f"<section class='{_letters(rng, 12)}'><h2>{rng.choice(words)}</h2>{cards}</section>")
        elif kind == 4:
            state = {
                _letters(rng, 6): {"id": rng.randrange(10**6), "label": rng.choice(words), "url": f"/{_letters(rng, 20)}"}
                for _ in range(30)
            }
            made.append(f"<script>window.__STATE__ = {json.dumps(state)};</script>")
        else:
            made.append(f"<div data-widget='{_letters(rng, 300)}'><img src='data:image/png;base64,{_letters(rng, 800)}' alt=''></div>")
        total += len(made[-1])
    return made


def a_page(
    rng: random.Random,
    story: Story,
    url: str,
    *,
    size: int = 20_000,
    charset: str = "utf-8",
    garbling: str = "plain",
    form: str = "markup",
    menu: Sequence[str] = ("Home", "World", "Sport", "Weather", "Culture"),
    has_data: bool = False,
) -> Made:
    """A page of about so many bytes. `form` is where the article stands: markup, json-ld or island; `has_data`: date and author."""
    change = GARBLINGS[garbling]
    shown = [f"<p>{change(paragraph, rng)}</p>" for paragraph in story.paragraphs]
    data = (
        f"<meta property='article:published_time' content='2022-11-05T10:00:00Z'><meta name='author' content='A. Reporter'>"
        f"<meta property='og:title' content='{escape(story.title)}'><link rel='canonical' href='{url}'>"
    ) * has_data
    if form != "markup":
        body = "\n\n".join(story.paragraphs)
        article = {"@type": "NewsArticle", "headline": story.title, "datePublished": "2022-11-05T10:00:00Z", "articleBody": body}
        blocks = {"headline": story.title, "content": [{"type": "paragraph", "text": paragraph} for paragraph in story.paragraphs]}
        made = json.dumps(article if form == "json-ld" else {"props": {"pageProps": blocks}}, ensure_ascii=rng.random() < 0.7)
        made, kind = made.replace("</", "<\\/"), "ld+json" if form == "json-ld" else "json"
        data += f"<script type='application/{kind}'>{made}</script>"
        shown = shown[:1] if form == "json-ld" else []
    clutter = _clutter(rng, size, menu)
    half = len(clutter) // 2
    head = f"<meta charset='{charset}'><title>{change(story.title, rng)}</title>{data}"
    page = "\n".join((
        f"<!doctype html><html lang='{story.language}'><head>{head}</head><body>",
        *clutter[:half],
        f"<main><article><h1>{change(story.title, rng)}</h1>",
        *shown,
        "</article></main>",
        *clutter[half:],
        "<footer>© The outlet</footer></body></html>",
    ))  # fmt: skip
    how = f"{story.language}, {charset}, {garbling}, {form}"
    return Made(url=url, body=page.encode(charset, "xmlcharrefreplace"), content_type=f"text/html; charset={charset}", how=how)


def garbled_pages(seed: int, number: int, stories: Sequence[Story], size: int = 12_000) -> Iterable[Made]:
    """Pages of these stories in all charsets, forms and states."""
    rng = random.Random(seed)
    for at in range(number):
        story = rng.choice(stories)
        yield a_page(
            rng,
            story,
            f"https://outlet-{rng.randint(1, 40)}.example/{at}",
            size=rng.randint(1_000, 2 * size),
            charset=rng.choice(CHARSETS[story.language]),
            garbling=rng.choice(tuple(GARBLINGS)),
            form=rng.choice(("markup", "markup", "markup", "json-ld", "island")),
        )


def topic_words(topic: str = "iran-russia") -> list[str]:
    """Words of a topic's English, without those that name a party: what pages of other topics use, too."""
    words = yaml.safe_load((ROOT / "config" / "topics" / topic / "topic.yml").read_text(encoding="utf-8"))["languages"]["en"]
    parties = {name for names in words["parties"].values() for name in names}
    return [word.removesuffix("*") for word in (*words["subject"], *words["related"]) if word not in parties]


# ------------------------------------------------------------------------------------------------ files
def a_record(made: Made, *, status: str = "200 OK", kind: str = "response", at: str = "2022-11-05T12:00:00Z") -> bytes:
    """A WARC record, as it stands before it is packed."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {made.content_type}\r\nContent-Length: {len(made.body)}\r\n\r\n"
    block = head.encode() + made.body
    lines = {
        "WARC-Type": kind,
        "WARC-Record-ID": f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, made.url)}>",
        "WARC-Date": at,
        "WARC-Target-URI": made.url,
        "WARC-Block-Digest": f"sha1:{base64.b32encode(hashlib.sha1(block).digest()).decode()}",
        "Content-Type": f"application/http; msgtype={kind}",
        "Content-Length": str(len(block)),
    }
    told = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"WARC/1.0\r\n{told}\r\n".encode() + block + b"\r\n\r\n"


def a_member(made: Made, *, status: str = "200 OK", kind: str = "response") -> bytes:
    """One record, packed by gzip."""
    return gzip.compress(a_record(made, status=status, kind=kind))


def a_warc(pages: Iterable[Made], *, packed: str = "gzip") -> bytes:
    """A WARC file: plain, gzip or zstd, a member or a frame for each record."""
    about = b"software: tests\r\n"
    info = f"WARC/1.0\r\nWARC-Type: warcinfo\r\nWARC-Record-ID: <urn:uuid:0>\r\nContent-Length: {len(about)}\r\n\r\n".encode()
    return _packed(info + about + b"\r\n\r\n", packed) + b"".join(_packed(a_record(made), packed) for made in pages)


def _packed(record: bytes, how: str) -> bytes:
    if how == "gzip":
        return gzip.compress(record, 6)
    return zstandard.ZstdCompressor().compress(record) if how == "zstd" else record


def a_wacz(file: Path, warcs: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("datapackage.json", json.dumps({"profile": "data-package", "wacz_version": "1.1.1"}))
        for name, data in warcs.items():
            made.writestr(f"archive/{name}", data)
    return file


def a_list(pages: Iterable[Made]) -> bytes:
    """Pages as a JSON object a line."""
    at = "2022-11-05T12:00:00Z"
    lines = ({"url": made.url, "html": decode(made.body, made.content_type, html=True).text, "fetched_at": at} for made in pages)
    return "".join(json.dumps(line) + "\n" for line in lines).encode()
