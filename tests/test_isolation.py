"""One bad source among twenty: the others are done while it is still being waited for."""

import threading
import time

import pytest

from pipeline.documents import Document
from tests.newsstand import NOW, Newsstand, a_feed, a_page, an_item, stand
from tests.test_feeds import HOSTILE
from tests.webpages import Answer

__all__ = ["stand"]

NUMBER = 20
XML = {"Content-Type": "text/xml"}


def outlets(stand: Newsstand, bad: Answer) -> None:
    """Twenty with an article each; the first of them is bad."""
    stand.outlets(
        *(
            {"id": f"o{n}", "name": f"O{n}", "domains": [f"o{n}.example"], "feeds": [{"url": f"http://o{n}.example/rss"}]}
            for n in range(NUMBER)
        )
    )
    for number in range(NUMBER):
        page = f"http://o{number}.example/news/1"
        stand.pages |= {f"http://o{number}.example/rss": a_feed(an_item(page)), page: a_page(title=f"Iran rejects report {number}")}
    stand.pages["http://o0.example/rss"] = bad


def articles(stand: Newsstand) -> list[Document]:
    return [it for it in stand.all("articles") if it["outlet"]["id"] != "o0"]


@pytest.mark.parametrize("bad", ["silent", "dots"])
def test_the_others_are_done_while_a_bad_source_is_waited_for(stand: Newsstand, bad: str) -> None:
    silence = threading.Event()
    outlets(stand, Answer(after=silence) if bad == "silent" else Answer(HOSTILE[bad], headers=XML))
    counts: dict[str, int] = {}
    run = threading.Thread(target=lambda: counts.update(stand.collect()))
    run.start()
    while len(articles(stand)) < NUMBER - 1 and run.is_alive():
        time.sleep(0.05)
    assert run.is_alive(), "the bad source was given up before the others were done"
    silence.set()
    run.join()
    assert counts["saved"] == NUMBER - 1
    assert counts["failed-feeds"] == 1
    assert stand.at(NOW).parsers == 1
