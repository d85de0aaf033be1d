from datetime import date, timedelta
from pathlib import Path

import pytest

from pipeline.config_files import read_outlets, read_sources
from pipeline.errors import ConfigError
from pipeline.layers import read_yaml
from pipeline.settings import read_settings
from pipeline.source_rules import Sources

OUTLET = """
outlets:
  - id: ministry
    name: The Ministry
    domains: [ministry.example]
    headers: {X-Key: "env:CLAIMWIRE_SOURCE_MINISTRY"}
    cookies: {consent: "yes"}
    text: feed
    charset: windows-1251
    wall: consent
    feeds:
      - {url: "https://ministry.example/rss", volume: 40, every: PT30M, headers: {Accept-Language: fa}}
      - {url: "https://ministry.example/news", kind: list, links: "/news/[0-9]*"}
      - {url: "https://ministry.example/en", kind: list, links: ["/en/*", "!/en/video/*"]}
      - {url: "https://t.me/s/ministry_en", kind: telegram}
      - {url: "https://ministry.example/sitemap.xml", kind: sitemap, fills: true}
      - {url: "https://ministry.example/find?q={query}", kind: search, fills: true}
      - {url: "https://api.gdeltproject.org/api/v2/doc/doc", kind: gdelt, fills: true}
"""


def sources(tmp_path: Path, text: str) -> Sources:
    file = tmp_path / "sources.yml"
    file.write_text(text)
    return read_yaml(file, Sources)


def test_an_outlet_says_how_it_is_polled(tmp_path: Path) -> None:
    (outlet,) = sources(tmp_path, OUTLET).outlets
    assert (outlet.text, outlet.charset, outlet.wall, outlet.paused) == ("feed", "cp1251", "consent", None)
    feed, numbered, english, *_ = outlet.feeds
    assert (feed.volume, feed.every, feed.kind) == (40, timedelta(minutes=30), None)
    assert (numbered.links, english.links) == (("/news/[0-9]*",), ("/en/*", "!/en/video/*"))


def test_a_paused_outlet_stays_and_is_not_polled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "sources.yml"
    file.write_text(
        "outlets: [{id: a, name: A, domains: [a.example], feeds: [{url: 'https://a.example/'}],"
        " paused: {why: blocked from here, since: 2026-11-23}}]"
    )
    monkeypatch.setenv("CLAIMWIRE_SOURCES", str(file))
    assert read_outlets(read_settings()) == ()
    (outlet,) = read_sources(read_settings()).outlets
    assert outlet.paused
    assert (outlet.paused.why, outlet.paused.since) == ("blocked from here", date(2026, 11, 23))


@pytest.mark.parametrize(
    ("feeds", "told"),
    [
        ("[{url: 'https://a.example/', kind: syndication}]", "kind"),
        ("[{url: 'https://a.example/', kind: list}]", "needs `links`"),
        ("[{url: 'https://a.example/', links: '/news/*'}]", "are for a list"),
        ("[{url: 'https://a.example/', kind: list, links: 'news'}]", "links"),
        ("[{url: 'https://a.example/', kind: list, links: '!/news/*'}]", "what is no article"),
        ("[{url: 'https://a.example/?q={query}'}]", "the address of a search"),
        ("[{url: 'https://a.example/?q=iran', kind: search}]", "the address of a search"),
        ("[{url: 'https://{query}.example/', kind: search}]", "host's name"),
        ("[{url: 'https://t.me/ministry', kind: telegram}]", r"t\.me/s/NAME"),
        ("[{url: 'https://api.example/doc?query=iran', kind: gdelt}]", "without a query"),
        ("[{url: 'https://a.example/', fills: true}]", "says its kind"),
        ("[{url: 'https://a.example/', kind: sitemap, fills: true}]", "none that could have them"),
        ("[{url: 'https://a.example/'}, {url: 'https://a.example/'}]", "stands twice"),
        ("[{url: 'https://a.example/', every: PT5S}]", "every"),
        ("[{url: 'https://a.example/', volume: 0}]", "volume"),
        ("[{url: 'https://a.example/', headers: {X-Key: 'env:HOME'}}]", "CLAIMWIRE_SOURCE_"),
        ("[{url: 'https://a.example/'}], charset: klingon", "no charset 'klingon'"),
        ("[{url: 'https://a.example/'}], wall: moat", "wall"),
        ("[{url: 'https://a.example/'}], enabled: false", "enabled"),
        ("[{url: 'https://t.me/s/channel', kind: telegram}], aggregator: true", "aggregator"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, feeds: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        sources(tmp_path, f"outlets: [{{id: a, name: A, domains: [a.example], feeds: {feeds}}}]")


def test_a_secret_in_the_wrong_place_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        sources(
            tmp_path,
            "outlets: [{id: a, name: A, domains: [a.example], feeds: [{url: 'https://a.example/'}], headers: {X-Key: 'env:hunter2'}}]",
        )
    assert "hunter2" not in str(caught.value)
