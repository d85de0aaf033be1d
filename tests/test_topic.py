"""What an article must name to be about the topic, in languages where the sample outlets are few."""

from typing import Any

import pytest

from pipeline.config_files import read_topic
from pipeline.settings import read_settings
from pipeline.topic import compile_topic, judge
from tests.enrich.conftest import cases

TOPIC = read_topic(read_settings())
MATCHERS = compile_topic(TOPIC)


@pytest.mark.parametrize("case", cases("topic/persian"), ids=lambda case: case["title"])
def test_a_persian_article_is_on_topic_or_a_near_miss(case: dict[str, Any]) -> None:
    verdict = judge(case["title"], case["text"], "fa", TOPIC, MATCHERS)

    assert verdict.on_topic is case["on_topic"], verdict.reason


def test_words_are_found_whatever_they_are_typed_with() -> None:
    subject = MATCHERS["fa"].subject

    for text in ("پهپادهاي", "هلي كوپتر", "هلیکوپتر", "هلی‌کوپتر", "شاهد ١٣٦", "شاهد-۱۳۶", "صنایع دفاعي"):
        assert subject.search(text), text
    assert subject.search("پهلوان") is None
