import dataclasses
import gzip
import json
import os
import signal
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from pipeline import archive as module
from pipeline.answers import Page
from pipeline.archive import Archive, RecordLostError, Torn
from pipeline.model import Reference, Validators

NOW = datetime(2024, 9, 10, 23, 59, 58, 123456, tzinfo=UTC)


def a_page(**more: Any) -> Page:
    fields: dict[str, Any] = {
        "url": "https://outlet.example/a?b=1",
        "asked": "http://outlet.example/a?b=1#top",
        "headers": {"content-type": "text/html; charset=utf-8", "content-encoding": "gzip", "content-length": "5", "etag": '"1"'},
        "body": "<p>тело".encode(),
        "fetched_at": NOW,
        "validators": Validators(etag='"1"', last_modified=None),
    }
    return Page(**(fields | more))


def an_archive(base: Path | str, now: datetime = NOW) -> Archive:
    return Archive(str(base), lambda: now)


@pytest.fixture(params=["local", "memory"])
def base(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "new" / "archive") if request.param == "local" else f"memory://{tmp_path.name}"


def test_what_is_written_is_read(base: str) -> None:
    pages = [a_page(), a_page(body=b""), a_page(headers={}, validators=Validators()), a_page(body=bytes(range(256)) * 1_000)]
    with an_archive(base) as archive:
        references = [archive.write(page) for page in pages]
        assert [archive.read(each) for each in references] == pages
    again = [Reference(**json.loads(json.dumps(dataclasses.asdict(each)))) for each in references]
    with an_archive(base) as archive:
        assert [archive.read(each) for each in reversed(again)] == pages[::-1]
        found = [each for file in archive.files() for each in archive.records(file)]
    assert sorted(found, key=str) == sorted(zip(references, pages, strict=True), key=str)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    url=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=50).map("http://outlet.example/".__add__),
    headers=st.dictionaries(
        st.from_regex("[a-z][a-z-]{0,10}", fullmatch=True),
        st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20),
        max_size=4,
    ),
    body=st.binary(max_size=300),
)
def test_any_page_survives(tmp_path: Path, url: str, headers: dict[str, str], body: bytes) -> None:
    page = a_page(url=url, asked=url, headers=headers, body=body)
    with an_archive(tmp_path) as archive:
        assert archive.read(archive.write(page)) == page


def test_a_header_cannot_forge_a_record(tmp_path: Path) -> None:
    page = a_page(headers={"x": "a\r\nEvil: 1\r\n\r\nbody"}, asked="http://outlet.example/\r\nWARC-Type: x")
    with an_archive(tmp_path) as archive:
        read = archive.read(archive.write(page))
    assert read.headers == {"x": "a Evil: 1 body"}
    assert read.body == page.body


def test_the_files_are_warc_to_others(tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive:
        archive.write(a_page())
        [file] = archive.files()
    with (tmp_path / file).open("rb") as stream:
        records = [
            (each.rec_type, each.rec_headers.get_header("WARC-Target-URI"), each.content_stream().read()) for each in _checked(stream)
        ]
    assert [kind for kind, _, _ in records] == ["warcinfo", "response"]
    assert records[1][1:] == ("https://outlet.example/a?b=1", "<p>тело".encode())
    text = gzip.decompress((tmp_path / file).read_bytes()).decode()
    assert "x-archive-orig-content-encoding: gzip" in text
    assert "\ncontent-encoding" not in text


def _checked(stream: Any) -> Any:
    return ArchiveIterator(stream, check_digests="raise")


def test_a_process_has_one_file_a_day_and_no_two_share_one(tmp_path: Path) -> None:
    now = NOW
    one, two = Archive(str(tmp_path), lambda: now), an_archive(tmp_path)
    with one, two:
        files = {one.write(a_page()).file, one.write(a_page()).file}
        assert len(files) == 1
        files.add(two.write(a_page()).file)
        now = NOW + timedelta(seconds=10)
        files.add(one.write(a_page()).file)
        assert len(files) == 3
        assert sorted(file[:10] for file in files) == ["2024-09-10", "2024-09-10", "2024-09-11"]
        assert one.files() == sorted(files)


def test_a_forked_child_writes_a_file_of_its_own(tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive:
        archive.write(a_page())
        child = os.fork()
        if child == 0:
            archive.write(a_page(body=b"child"))
            os._exit(0)
        os.waitpid(child, 0)
        archive.write(a_page(body=b"parent"))
        found = [list(archive.records(file)) for file in archive.files()]
    assert sorted(len(each) for each in found) == [1, 2]


def test_threads_share_an_archive(tmp_path: Path) -> None:
    pages = [a_page(body=b"%d" % n * 1_000) for n in range(20)]
    references: dict[bytes, Reference] = {}
    with an_archive(tmp_path) as archive:
        threads = [threading.Thread(target=lambda page=page: references.update({page.body: archive.write(page)})) for page in pages]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert all(archive.read(references[page.body]) == page for page in pages)


def test_a_record_is_on_the_disk_before_write_returns(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        archive = an_archive(tmp_path)
        for n in range(3):
            reference = archive.write(a_page(body=b"%d" % n))
            os.write(writer, json.dumps(dataclasses.asdict(reference)).encode() + b"\n")
        os.kill(os.getpid(), signal.SIGKILL)
    os.close(writer)
    os.waitpid(child, 0)
    with open(reader, "rb") as stream:
        references = [Reference(**json.loads(line)) for line in stream]
    with an_archive(tmp_path) as archive:
        assert [archive.read(each).body for each in references] == [b"0", b"1", b"2"]


def test_a_torn_last_record_is_reported_and_the_others_are_read(tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive:
        references = [archive.write(a_page(body=bytes([n]) * 5_000)) for n in range(3)]
        last = references[-1]
        path = tmp_path / last.file
        for left in (1, 10, last.length // 2, last.length - 1):
            os.truncate(path, last.offset + left)
            *whole, torn = archive.records(last.file)
            assert [reference for reference, _ in whole] == references[:2]  # type: ignore[misc]  # all but the last are whole
            assert torn == Torn(file=last.file, offset=last.offset, length=left)
            with pytest.raises(RecordLostError, match="torn"):
                archive.read(last)


def test_a_record_torn_in_the_middle_does_not_hide_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CHUNK", 64)  # windows smaller than a record
    with an_archive(tmp_path) as archive:
        first, torn, last = (archive.write(a_page(body=os.urandom(500))) for _ in range(3))
        path = tmp_path / first.file
        content = bytearray(path.read_bytes())
        content[torn.offset + 40 : torn.offset + 60] = b"\x1f\x8b\x08" + bytes(17)
        path.write_bytes(content)
        found = list(archive.records(first.file))
    assert [each if isinstance(each, Torn) else each[0] for each in found] == [
        first,
        Torn(file=torn.file, offset=torn.offset, length=torn.length),
        last,
    ]


def test_after_a_full_disk_the_next_record_lies_in_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with an_archive(tmp_path) as archive:
        first = archive.write(a_page())
        whole = os.write

        def half(descriptor: int, data: Any) -> int:
            whole(descriptor, bytes(data)[:20])
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "write", half)
        with pytest.raises(OSError, match="No space"):
            archive.write(a_page())
        monkeypatch.undo()
        second = archive.write(a_page())
        assert first.file != second.file
        assert archive.read(first) == archive.read(second) == a_page()
        assert [type(each) for each in archive.records(first.file)] == [tuple, Torn]


@pytest.mark.parametrize(
    "file", ["../../etc/passwd", "/etc/passwd", "2024-09-10/../../x.warc.gz", "2024-09-10/gone.warc.gz", "2024-09-10/00.warc.gz"]
)
def test_a_reference_leads_nowhere_else(base: str, file: str) -> None:
    with an_archive(base) as archive, pytest.raises(RecordLostError):
        archive.read(Reference(file=file, offset=0, length=10, record_id="x"))


def test_a_reference_to_another_record_is_refused(base: str) -> None:
    with an_archive(base) as archive:
        reference = archive.write(a_page())
        with pytest.raises(RecordLostError):
            archive.read(dataclasses.replace(reference, record_id="<urn:uuid:other>"))
        with pytest.raises(RecordLostError):
            archive.read(dataclasses.replace(reference, offset=reference.offset + 1))
        with pytest.raises(RecordLostError):
            archive.read(dataclasses.replace(reference, offset=0))


def test_a_member_that_unpacks_beyond_all_bounds_is_torn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_RECORD", 100_000)
    with an_archive(tmp_path) as archive:
        reference = archive.write(a_page(body=bytes(10**6)))
        with pytest.raises(RecordLostError, match="torn"):
            archive.read(reference)


def test_a_file_that_others_have_written_to_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive:
        reference = archive.write(a_page())
        with (tmp_path / reference.file).open("ab") as stream:
            stream.write(gzip.compress(b"no record") + gzip.compress(b"") + b"tail")
        assert [type(each) for each in archive.records(reference.file)] == [tuple, Torn]


def test_an_erased_record_is_gone_and_every_other_stays_where_it_was(base: str) -> None:
    secret = "Tehran’s secret is out. " * 50
    pages = [a_page(), a_page(url="https://outlet.example/secret", body=secret.encode()), a_page(body=b"after")]
    with an_archive(base) as archive:
        references = [archive.write(page) for page in pages]
        assert archive.erase(references[1])
        assert archive.erase(references[1])
        after = archive.write(a_page(body=b"written after the erasure"))
        assert [archive.read(each) for each in (references[0], references[2])] == [pages[0], pages[2]]
        assert archive.read(after).body == b"written after the erasure"
        with pytest.raises(RecordLostError, match="no longer in the archive: it was erased") as caught:
            archive.read(references[1])
        assert caught.value.on_purpose
        found = [each for file in archive.files() for each in archive.records(file)]
    assert not any(isinstance(each, Torn) for each in found)
    assert {reference for reference, _ in found} == {references[0], references[2], after}  # type: ignore[misc]  # no torn ones


def test_nothing_of_an_erased_record_can_be_unpacked(tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive:
        references = [archive.write(a_page(url=f"https://outlet.example/{word}", body=word.encode() * 99)) for word in ("one", "canary")]
        archive.erase(references[1])
    raw = (tmp_path / references[0].file).read_bytes()
    assert b"canary" not in gzip.decompress(raw)
    with (tmp_path / references[0].file).open("rb") as stream:
        kinds = [record.rec_type for record in ArchiveIterator(stream)]
    assert kinds == ["warcinfo", "response", "metadata"]


def test_an_erasure_that_was_killed_half_way_is_done_again(tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive:
        references = [archive.write(a_page(body=os.urandom(5_000))) for _ in range(3)]
        file = tmp_path / references[1].file
        half = bytearray(file.read_bytes())
        half[references[1].offset : references[1].offset + 900] = bytes(900)
        file.write_bytes(half)
        assert archive.erase(references[1])
        with pytest.raises(RecordLostError, match="erased"):
            archive.read(references[1])
        assert archive.read(references[2]).body


def test_a_file_that_was_removed_is_no_longer_in_the_archive(base: str) -> None:
    with an_archive(base) as archive:
        reference = archive.write(a_page())
    with an_archive(base) as archive:
        archive.remove(reference.file)
        archive.remove(reference.file)
        assert archive.files() == []
        assert not archive.erase(reference)
        with pytest.raises(RecordLostError, match="no longer in the archive") as caught:
            archive.read(reference)
        assert caught.value.on_purpose
