"""Pages out of archives of every make and in any state."""

import gzip
import random
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.backfill.inputs import inputs_of, planned
from pipeline.backfill.records import MAX_BLOCK, Found, Skipped, has_other_digest, records
from pipeline.errors import ConfigError
from tests.archived import Made, a_list, a_page, a_wacz, a_warc, other_story
from tests.archived import a_member as member

RNG = random.Random(11)
PAGES = [a_page(RNG, other_story(RNG, ["quay", "harbour", "tide", "gull"]), f"https://port.example/{at}", size=3_000) for at in range(12)]


@pytest.fixture
def kept(tmp_path: Path) -> Callable[[str, bytes], str]:
    def keep(name: str, data: bytes) -> str:
        (tmp_path / name).write_bytes(data)
        return str(tmp_path / name)

    return keep


def all_of(address: str, place: int = 0) -> list[Found]:
    return [found for source in inputs_of(address) for found in records(source, place)]


def pages(found: list[Found]) -> list[tuple[str, bytes]]:
    return [(each.page.url, each.page.body) for each in found if each.page]


WHOLE = [(made.url, made.body) for made in PAGES]
MAKES = {
    "news.warc": a_warc(PAGES, packed="none"),
    "news.warc.gz": a_warc(PAGES),
    "news.warc.zst": a_warc(PAGES, packed="zstd"),
    "pages.jsonl": a_list(PAGES),
    "pages.jsonl.gz": gzip.compress(a_list(PAGES)),
}


@pytest.mark.parametrize("name", MAKES)
def test_every_make_of_archive_gives_its_pages(kept: Callable[[str, bytes], str], name: str) -> None:
    found = all_of(kept(name, MAKES[name]))
    assert pages(found) == WHOLE
    assert {each.page.fetched_at.isoformat() for each in found if each.page} == {"2022-11-05T12:00:00+00:00"}


@pytest.mark.parametrize("name", MAKES)
def test_a_run_goes_on_at_any_record(kept: Callable[[str, bytes], str], name: str) -> None:
    address = kept(name, MAKES[name])
    found = all_of(address)
    assert all(one.place < other.place for one, other in pairwise(found))
    for at, each in enumerate(found):
        assert pages(all_of(address, each.place)) == pages(found[at:])


def test_a_wacz_a_folder_a_pattern_and_a_list_name_archives(tmp_path: Path) -> None:
    month = tmp_path / "crawl-data" / "CC-NEWS" / "2022" / "11"
    month.mkdir(parents=True)
    for at in (1, 2):
        (month / f"CC-NEWS-2022110{at}000000-0000{at}.warc.gz").write_bytes(a_warc(PAGES[:at]))
    a_wacz(month / "site.wacz", {"data.warc.gz": a_warc(PAGES[:3]), "more.warc": a_warc(PAGES[3:4], packed="none")})
    lines = "".join(f"crawl-data/CC-NEWS/2022/11/CC-NEWS-2022110{at}000000-0000{at}.warc.gz\n" for at in (2, 1))
    (month / "warc.paths.gz").write_bytes(gzip.compress(lines.encode()))
    (month / "notes.txt").write_text("nothing")
    assert len(pages(all_of(str(month / "site.wacz")))) == 4
    assert [Path(each.address).name[-8:] for each in inputs_of(str(month / "warc.paths.gz"))] == ["2.warc.gz"[-8:], "1.warc.gz"[-8:]]
    assert len(pages(all_of(str(month / "warc.paths.gz")))) == 3
    assert [each.address.split("/")[-1] for each in inputs_of(str(tmp_path))] == [
        "CC-NEWS-20221101000000-00001.warc.gz", "CC-NEWS-20221102000000-00002.warc.gz", "site.wacz", "site.wacz",
    ]  # fmt: skip
    assert len(inputs_of(str(month / "*.warc.gz"))) == 2
    both = [{"address": each.address, "kind": "warc"} for address in (tmp_path, month / "*.warc.gz") for each in inputs_of(str(address))]
    assert planned([str(tmp_path), str(month / "*.warc.gz")], 4) == [both[:2], both[2:4], both[4:]]


def test_a_months_list_over_http_is_of_its_own_server() -> None:
    from pipeline.backfill.inputs import _base  # noqa: PLC0415  # the addresses of Common Crawl cannot be asked from a test

    line = "crawl-data/CC-NEWS/2024/09/CC-NEWS-20240923074837-06216.warc.gz"
    assert _base("https://data.commoncrawl.org/crawl-data/CC-NEWS/2024/09/warc.paths.gz", line) == "https://data.commoncrawl.org/"
    assert _base("s3://commoncrawl/crawl-data/CC-NEWS/2024/09/warc.paths.gz", line) == "s3://commoncrawl/"
    assert _base("https://own.example/lists/mine.paths", "a.warc.gz") == "https://own.example/lists/"


@pytest.mark.parametrize("name", ["no/where.warc.gz", "no/where", "no/where.wacz", "nowhere.paths.gz", "nope://x.warc.gz"])
def test_what_is_not_there_is_said(name: str) -> None:
    with pytest.raises(ConfigError, match=name.split("://", maxsplit=1)[0]):
        inputs_of(name)


def test_what_is_no_archive_is_said(kept: Callable[[str, bytes], str]) -> None:
    for name, data in {"bad.wacz": b"no zip", "bad.paths.gz": b"\x1f\x8bno gzip", "bad.paths": b"\xff\xfe\xff"}.items():
        with pytest.raises(ConfigError, match=name):
            inputs_of(kept(name, data))


def test_what_holds_no_page_is_counted(kept: Callable[[str, bytes], str]) -> None:
    made = PAGES[0]
    odd = b"".join((
        member(made, kind="request"),
        member(made, kind="revisit"),
        member(made, status="404 Not Found"),
        member(made, status="301 Moved Permanently"),
        member(Made(url=made.url, body=b"\x89PNG", content_type="image/png", how="")),
        member(Made(url="dns:port.example", body=b"<html>", content_type="text/html", how="")),
        member(Made(url=made.url, body=b"x" * 4_000_000, content_type="text/html", how="")),
        member(Made(url=made.url, body=b"x" * (MAX_BLOCK + 1), content_type="text/html", how="")),
        member(made),
    ))  # fmt: skip
    found = all_of(kept("odd.warc.gz", odd))
    assert Counter(each.skipped for each in found) == {
        Skipped.OTHER: 1, Skipped.REVISIT: 1, Skipped.STATUS: 2, Skipped.NO_PAGE: 1, Skipped.UNREADABLE: 1, Skipped.TOO_LARGE: 2, None: 1,
    }  # fmt: skip


def test_another_digest_than_is_told_is_noticed(kept: Callable[[str, bytes], str]) -> None:
    plain = gzip.decompress(member(PAGES[0]))
    changed = plain.replace(b"The outlet", b"Some paper")
    (source,) = inputs_of(kept("changed.warc.gz", gzip.compress(changed) + member(PAGES[1])))
    assert [has_other_digest(source, each.place) for each in records(source)] == [True, False]


def test_a_list_of_pages_may_have_bad_lines(kept: Callable[[str, bytes], str]) -> None:
    good = a_list(PAGES[:2]).splitlines(keepends=True)
    bad = [b"\n", b"{\n", b"[]\n", b'{"url": 1, "html": "x"}\n', b'{"url": "ftp://x/", "html": "x"}\n', b"[" * 10_000 + b"\n"]
    found = all_of(kept("pages.jsonl", b"".join([good[0], *bad, good[1].rstrip(b"\n")])))
    assert [each.skipped for each in found] == [None, *[Skipped.UNREADABLE] * 6, None]


def test_two_gigabytes_in_a_record_are_passed_by_in_bounded_memory(tmp_path: Path) -> None:
    import resource  # noqa: PLC0415  # what it tells is of this process, from its beginning

    file = tmp_path / "huge.warc.gz"
    head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1>\r\nContent-Length: {2 * 2**30}\r\n\r\n".encode()
    with file.open("wb") as raw:
        with gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=1) as packed:
            packed.write(head)
            for _ in range(2048):
                packed.write(b"\0" * 2**20)
            packed.write(b"\r\n\r\n")
        raw.write(member(PAGES[0]))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = all_of(str(file))
    assert [each.skipped for each in found] == [Skipped.TOO_LARGE, None]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kilobytes


# ------------------------------------------------------------------------------------------------ torn files
@pytest.mark.parametrize("name", ["news.warc", "news.warc.gz", "news.warc.zst"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_torn_record_costs_itself(kept: Callable[[str, bytes], str], name: str, data: st.DataObject) -> None:
    """Bytes are lost, overwritten or doubled somewhere: all pages that lie wholly before and behind are there."""
    whole = MAKES[name]
    at = data.draw(st.integers(1, len(whole) - 1))
    length = data.draw(st.integers(1, 400))
    how = data.draw(st.sampled_from(("lost", "zeros", "noise", "cut")))
    filling = {"lost": b"", "zeros": b"\0" * length, "noise": data.draw(st.binary(min_size=length, max_size=length)), "cut": b""}[how]
    torn = whole[:at] if how == "cut" else whole[:at] + filling + whole[at + length :]
    places = [found.place for found in all_of(kept(name, whole))]
    begins = [place for place, found in zip(places, all_of(kept(name, whole)), strict=True) if found.page]
    ends = [*begins[1:], len(whole)]
    untouched = [
        made.url for made, begin, end in zip(PAGES, begins, ends, strict=True) if end <= at or (how != "cut" and begin >= at + length)
    ]
    found = all_of(kept(f"torn-{name}", torn))
    urls = [each.page.url for each in found if each.page]
    assert set(untouched) <= set(urls)
    for each in found:
        assert (each.page is None) != (each.skipped is None)
    bodies = dict(WHOLE)
    if name != "news.warc":  # which says nothing of its own of what was changed inside it
        assert all(each.page.body == bodies[each.page.url] for each in found if each.page and each.page.url in untouched)


@pytest.mark.parametrize("name", ["news.warc", "news.warc.gz", "news.warc.zst"])
def test_a_file_that_ends_anywhere_says_so(kept: Callable[[str, bytes], str], name: str) -> None:
    """Also where the last record has broken off before it says how long it is."""
    whole = MAKES[name]
    places = [found.place for found in all_of(kept(name, whole))]
    for begin, end in ((0, places[1]), *list(pairwise(places))[2:4], (places[-1], len(whole))):
        for cut in [*range(begin + 1, min(begin + 700, end), 3), *range(begin + 700, end, 41), end - 9, end - 5, end - 1]:
            found = all_of(kept(f"cut-{name}", whole[:cut]))
            there = [place for place in places if place < begin]
            assert [each.place for each in found[: len(there)]] == there
            (last,) = found[len(there) :]
            others = {Skipped.OTHER} if begin == 0 else {None} if end - cut < 12 else set()  # of the last ones only what follows the page
            assert last.skipped in {Skipped.TORN, *others}, (cut, last)
            assert last.page is None or (last.page.url, last.page.body) in WHOLE
