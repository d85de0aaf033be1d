"""What is taken out of whatever leaves for a log, a metric or an alarm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.redaction import HIDDEN, Redaction

SECRETS = (
    "hunter2",
    "https://hooks.example/services/T0KENT0KEN?room=r00mr00m1",
    "mailtos://desk:pass-word@smtp.example, tgram://123456:ABCDEFGH/chatchat1",
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GET http://user:secret@host.example/x", "GET http://***@host.example/x"),
        ("http://elastic:p%40ss@127.0.0.1:9200 does not answer", "http://***@127.0.0.1:9200 does not answer"),
        ("http://feed.example/rss?api_key=abc&page=2", "http://feed.example/rss?api_key=***&page=2"),
        ("http://feed.example/rss?page=2&token=abc)", "http://feed.example/rss?page=2&token=***"),
        ("Authorization: Bearer abcdef123456", "Authorization: ***"),
        ("{'authorization': 'Basic dXNlcjpwYXNz'}", "{'authorization': '***'}"),
        ("sent Bearer abcdef123456.xyz to it", "sent Bearer *** to it"),
        ("Cookie: sid=abcdef", "Cookie: ***"),
        ("the password is hunter2!", "the password is ***!"),
        ("to /services/T0KENT0KEN", f"to /{HIDDEN}"),
        ("bot 123456:ABCDEFGH", "bot ***"),
        ("with pass-word", "with ***"),
    ],
)
def test_secrets_are_hidden_wherever_they_stand(text: str, shown: str) -> None:
    assert Redaction(SECRETS).text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Tehran denies the authorization of strikes",
        "a key question: who pays?",
        "http://paper.example/news/basic-income?page=3",
        "status 404 (https://paper.example/rss)",
    ],
)
def test_words_of_the_news_stay(text: str) -> None:
    assert Redaction(SECRETS).text(text) == text


def test_values_within_values_and_under_telling_names_are_hidden() -> None:
    told = Redaction(SECRETS).value(
        {"event": "sent", "headers": {"Authorization": "x"}, "tried": ["hunter2", 3, None], "error": ValueError("hunter2"), "key": "row-1"}
    )
    assert told == {"event": "sent", "headers": {"Authorization": HIDDEN}, "tried": [HIDDEN, 3, None], "error": HIDDEN, "key": "row-1"}


@given(st.text())
def test_twice_is_once(text: str) -> None:
    hide = Redaction(SECRETS).text
    assert hide(hide(text)) == hide(text)
