import json
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.source_record import differences, record
from tests.test_source_check import ARTICLE, a_desk
from tests.webpages import Answer

URL = "http://daily.example/news/1"


def recorded(folder: Path, page: Answer) -> tuple[Path, dict]:
    with a_desk({URL: page}) as desk:
        made = record(URL, "daily", folder, desk)
        assert list(differences(folder, desk)) == [(made.file, ())]
    return made.file, made.record


def test_a_page_is_kept_as_it_came_beside_what_is_read_of_it(tmp_path: Path) -> None:
    body = ARTICLE.encode()
    file, told = recorded(tmp_path / "new" / "folder", Answer(body=body))
    assert file.read_bytes() == body
    assert file.name.startswith("daily-")
    assert file.with_suffix(".txt").read_text() == told["text"] != ""
    kept = json.loads(file.with_suffix(".json").read_text())
    assert kept == {key: value for key, value in told.items() if key != "text"}
    assert (kept["url"], kept["title"], kept["outcome"]) == (URL, "Ministry denies", None)


def test_a_charset_that_only_the_header_names_is_not_lost(tmp_path: Path) -> None:
    text = ARTICLE.replace("The ministry denied", "Министерство опровергло")
    file, told = recorded(tmp_path, Answer(body=text.encode("koi8-r"), headers={"Content-Type": "text/html; charset=koi8-r"}))
    assert "Министерство опровергло" in told["text"]
    assert "Министерство опровергло" in file.read_text(encoding="utf-8-sig")


def test_a_page_without_an_article_is_kept_with_the_reason(tmp_path: Path) -> None:
    _, told = recorded(tmp_path, Answer(body=b"<html><body><div id=app></div></body></html>"))
    assert (told["text"], told["outcome"]) == ("", "no-text")
    assert told["reason"]


def test_what_is_read_otherwise_than_then_is_told(tmp_path: Path) -> None:
    with a_desk({URL: Answer(body=ARTICLE.encode())}) as desk:
        file = record(URL, "daily", tmp_path, desk).file
        kept = json.loads(file.with_suffix(".json").read_text())
        file.with_suffix(".json").write_text(json.dumps(kept | {"title": "Another headline"}))
        file.with_suffix(".txt").write_text("three other words")
        ((again, told),) = differences(tmp_path, desk)
    assert again == file
    assert told[0] == "title: Another headline → Ministry denies"
    assert told[1].startswith("text: 3 words → ")


def test_a_folder_without_recordings_and_one_that_cannot_be_written_are_told(tmp_path: Path) -> None:
    with a_desk({URL: Answer(body=ARTICLE.encode())}) as desk:
        with pytest.raises(ConfigError, match="no recorded page"):
            list(differences(tmp_path, desk))
        (tmp_path / "file").write_text("x")
        with pytest.raises(ConfigError, match="cannot be written"):
            record(URL, "daily", tmp_path / "file", desk)
