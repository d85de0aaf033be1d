import pytest
from pydantic import SecretStr

from pipeline.errors import ConfigError
from pipeline.keys import keys_of, missing
from pipeline.source_rules import Feed, Outlet

SECRETS = {"CLAIMWIRE_SOURCE_WIRE": SecretStr("hunter2")}
AT_HOME = Feed(url="https://feeds.wire.example/all", headers={"accept-language": "fa"}, cookies={"consent": "all"})
ABROAD = Feed(url="https://feeds.host.example/wire", headers={"X-Feed": "1"})
OUTLET = Outlet(
    id="wire",
    name="Wire",
    domains=("wire.example",),
    feeds=(AT_HOME, ABROAD),
    headers={"X-Key": "env:CLAIMWIRE_SOURCE_WIRE", "Accept-Language": "en"},
    cookies={"consent": "yes", "session": "env:CLAIMWIRE_SOURCE_WIRE"},
)


def test_pages_get_the_outlets_headers_and_cookies_at_its_domains() -> None:
    keys = keys_of(OUTLET, None, SECRETS)
    assert keys.headers == {"X-Key": "hunter2", "Accept-Language": "en", "Cookie": "consent=yes; session=hunter2"}
    assert keys.domains == ("wire.example",)


def test_a_feeds_own_come_before_the_outlets() -> None:
    keys = keys_of(OUTLET, AT_HOME, SECRETS)
    assert (keys.headers["Accept-Language"], keys.headers["Cookie"]) == ("fa", "consent=all; session=hunter2")


def test_a_feed_at_somebody_elses_host_never_gets_the_outlets() -> None:
    keys = keys_of(OUTLET, ABROAD, SECRETS)
    assert (keys.headers, keys.domains) == ({"X-Feed": "1"}, ("feeds.host.example",))


def test_a_secret_that_is_not_there_is_named() -> None:
    assert missing(OUTLET, {}) == ["CLAIMWIRE_SOURCE_WIRE"]
    assert missing(OUTLET, SECRETS) == []
    with pytest.raises(ConfigError, match="CLAIMWIRE_SOURCE_WIRE: is not set"):
        keys_of(OUTLET, None, {})


def test_a_cookie_that_would_be_two_is_refused_without_being_repeated() -> None:
    with pytest.raises(ConfigError, match=r"cookies\.session") as caught:
        keys_of(OUTLET, None, {"CLAIMWIRE_SOURCE_WIRE": SecretStr("hunter2; admin=1")})
    assert "hunter2" not in str(caught.value)
