"""Outlets for a real pass, served by a process of their own: serving costs the pass nothing but the cores."""

import json
import multiprocessing
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import escape
from multiprocessing.connection import Connection
from pathlib import Path

from tests.benches.mixes import Mix
from tests.webpages import Answer, webpages

OUTLETS, FEEDS_EACH = 20, 3


def _serve(pages: Mapping[str, bytes], feeds: Mapping[str, bytes], pipe: Connection) -> None:
    answers = {url: Answer(body, headers={"Content-Type": "text/html; charset=utf-8"}) for url, body in pages.items()}
    answers |= {url: Answer(body, headers={"Content-Type": "application/rss+xml"}) for url, body in feeds.items()}
    with webpages(answers) as web:
        pipe.send(web.proxy)
        pipe.recv()


@contextmanager
def outlets(folder: Path, chosen: Mix) -> Iterator[tuple[str, Path]]:
    """A server in a process of its own, and the sources that are there."""
    shown: dict[str, list[str]] = {f"http://feed-{at}.example/{number}.rss": [] for at in range(OUTLETS) for number in range(FEEDS_EACH)}
    pages = {}
    for at, page in enumerate(chosen.pages):
        feed = list(shown)[at % len(shown)]
        url = f"{feed.rpartition('/')[0]}/news/{at}.html"
        pages[url] = page.body
        shown[feed].append(f"<item><title>{escape(url)}</title><link>{url}</link><guid>{url}</guid></item>")
    feeds = {url: f"<rss version='2.0'><channel><title>x</title>{''.join(items)}</channel></rss>".encode() for url, items in shown.items()}
    told = [
        {
            "id": f"feed-{at}",
            "name": f"Feed {at}",
            "domains": [f"feed-{at}.example"],
            "feeds": [{"url": f"http://feed-{at}.example/{number}.rss"} for number in range(FEEDS_EACH)],
        }
        for at in range(OUTLETS)
    ]
    (folder / "sources.yml").write_text(json.dumps({"outlets": told}))
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(pages, feeds, there))
    server.start()
    try:
        yield str(here.recv()), folder / "sources.yml"
    finally:
        here.send("end")
        server.join(30)
        server.kill()
