"""`claimwire read` and `claimwire extract`: files, addresses or standard input to JSON-able documents. Needs no Elasticsearch."""

import gzip
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.config_files import read_chrome
from pipeline.documents import Document, moment
from pipeline.enrich import Reader, enrich
from pipeline.enrich.attributions import attributions
from pipeline.enrich.sentences import quotations, sentences
from pipeline.errors import ConfigError, Rejected
from pipeline.extract import extract, extract_files
from pipeline.fetch import web_of
from pipeline.findings import findings_json
from pipeline.model import Context, Extract, Findings
from pipeline.reading import open_reader
from pipeline.settings import Settings
from pipeline.spans import Attributed, attributed

PAGES = (".html", ".html.gz", ".htm", ".pdf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One text to read, and what is known beside it."""

    id: str
    text: str
    context: Context


def read(paths: Iterable[str], meta: Path | None, settings: Settings) -> Iterator[Document]:
    """One document per path, in their order; the form is that of `claimwire read --format jsonl`."""
    cameo = open_reader(settings).cameo
    for given, findings in read_findings(paths, meta, settings):
        context = given.context
        yield findings_json(findings, id=given.id, title=context.title, language=context.language, text=given.text, cameo=cameo)


def read_findings(paths: Iterable[str], meta: Path | None, settings: Settings) -> Iterator[tuple[Given, Findings]]:
    """Each path's text and what reading it found, in their order.

    A `.txt` is main text as it stands. Raises ConfigError for a path that cannot be read and Rejected for a page without an
    article.
    """
    reader = open_reader(settings)
    for given in _each(paths, meta, settings):
        yield given, enrich(given.text, given.context, reader)


def read_attributions(paths: Iterable[str], meta: Path | None, settings: Settings) -> Iterator[tuple[Given, list[Attributed]]]:
    """Each path's text and who says something in it, on topic or not; offsets point into `text`, for a `.txt` the file itself.

    Nothing in a language without words. Raises what `read_findings` raises.
    """
    reader = open_reader(settings)
    for given in _each(paths, meta, settings):
        yield given, attributed_in(given.text, reader) if given.context.language == "en" else []


def attributed_in(text: str, reader: Reader) -> list[Attributed]:
    """Who says something in an English text."""
    doc = reader.parser.one(text)
    return [attributed(each) for each in attributions(doc, sentences(doc), quotations(text), reader.words)]


def attribution_json(given: Given, one: Attributed) -> Document:
    """One line of `claimwire read --attributions --format jsonl`."""
    spans = {"source": one.source, "cue": one.cue, "content": one.content}
    return {"doc": given.id, **{part: [list(span) for span in where] for part, where in spans.items()}}


def _each(paths: Iterable[str], meta: Path | None, settings: Settings) -> Iterator[Given]:
    told = read_meta(meta) if meta else {}
    for path in paths:
        yield _given(path, told, settings)


def read_meta(file: Path) -> dict[str, Mapping[str, Any]]:
    """JSON lines by their id."""
    try:
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        return {line["id"]: line for line in lines}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"not JSON lines with an id each: {error}", file=file) from error


def _given(path: str, told: Mapping[str, Mapping[str, Any]], settings: Settings) -> Given:
    if path == "-":
        return _plain("-", sys.stdin.read(), told)
    if path.startswith(("http://", "https://")):
        return _page(path, _fetch(path, settings), path, told, settings)
    file = Path(path)
    try:
        body = file.read_bytes()
    except OSError as error:
        raise ConfigError(error.strerror or str(error), file=file) from error
    if path.endswith(PAGES):
        return _page(stem(file), gzip.decompress(body) if path.endswith(".gz") else body, None, told, settings)
    try:
        return _plain(stem(file), body.decode("utf-8"), told)
    except UnicodeDecodeError as error:
        raise ConfigError(f"not UTF-8 text: {error}", file=file) from error


def stem(file: Path) -> str:
    """The file's name without `.txt`, `.html` or `.html.gz`."""
    name = file.name.removesuffix(".gz")
    return name.rsplit(".", 1)[0] if "." in name else name


def _plain(id_: str, text: str, told: Mapping[str, Mapping[str, Any]]) -> Given:
    return Given(id=id_, text=text, context=_context(told.get(id_, {}), None))


def _page(id_: str, body: bytes, url: str | None, told: Mapping[str, Mapping[str, Any]], settings: Settings) -> Given:
    meta = told.get(id_, {})
    page = extract(body, url=url or meta.get("url"), chrome=read_chrome(settings))
    return Given(id=id_, text=page.text, context=_context(meta, page))


def _context(meta: Mapping[str, Any], page: Extract | None) -> Context:
    """What the metadata file tells comes before what the page tells."""
    published = moment(meta["published"]) if meta.get("published") else page.published if page else None
    return Context(
        outlet=meta.get("outlet"),
        outlet_country=meta.get("country"),
        title=meta.get("title") or (page.title if page else None),
        author=meta.get("author") or (page.authors[0] if page and page.authors else None),
        published=published,
        language=meta.get("language") or (page.language if page else None) or "en",
    )


def _fetch(url: str, settings: Settings) -> bytes:
    web = web_of(settings)
    return web.page(url).body


def extract_pages(paths: Iterable[Path], urls: Path | None, settings: Settings) -> Iterator[Document]:
    """One line per page in the form of `claimwire extract`; a page without an article has an empty text."""
    known: dict[str, str] = {}
    if urls:
        try:
            data = json.loads(urls.read_text(encoding="utf-8"))
            known = {id_: value if isinstance(value, str) else value["url"] for id_, value in data.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ConfigError(f"not a JSON object of addresses: {error}", file=urls) from error
    return extract_files(paths, known, read_chrome(settings))


__all__ = ["Rejected", "attribution_json", "extract_pages", "read", "read_attributions", "read_findings"]
