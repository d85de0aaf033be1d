"""Configuration files in layers: what lies over what, and which file is to blame."""

from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.layers import as_bytes, layers, merged, read_layers, read_yaml
from pipeline.source_rules import AgencyRules, Sources

OUTLET = "{{id: {0}, name: {0}, domains: [{0}.example], feeds: [{{url: 'http://{0}.example/rss'}}]}}"


def outlets(*ids: str) -> str:
    return f"outlets: [{', '.join(OUTLET.format(each) for each in ids)}]"


def written(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_a_topic_lies_over_what_all_share_and_the_overlay_over_what_is_shipped(tmp_path: Path) -> None:
    config, overlay = tmp_path / "config", tmp_path / "overlay"
    places = [config / "x.yml", overlay / "x.yml", config / "topics" / "t" / "x.yml", overlay / "topics" / "t" / "x.yml"]
    for place in places:
        written(place, "")
    written(config / "topics" / "u" / "x.yml", "")
    assert layers("x.yml", config, overlay, "t") == tuple(places)
    assert layers("x.yml", config, None, "t") == (places[0], places[2])
    assert layers("x.yml", config, overlay, "u") == (places[0], places[1], config / "topics" / "u" / "x.yml")
    assert layers("x.yml", config, overlay, None) == (places[0], places[1])
    assert layers("y.yml", config, overlay, "t") == ()


def test_layers_are_one_value(tmp_path: Path) -> None:
    files = [
        written(tmp_path / "1.yml", outlets("a", "b")),
        written(tmp_path / "2.yml", "outlets: [{id: b, tier: 1}]\nremove: {outlets: [a]}"),
    ]
    (outlet,) = read_layers(files, Sources).outlets
    assert (outlet.id, outlet.tier) == ("b", 1)


@pytest.mark.parametrize(
    ("later", "told"),
    [
        ("outlets: [{id: a, tyre: 1}]", r"2\.yml: outlets\.a\.tyre"),
        ("outlets: [{id: a, tier: nine}]", r"2\.yml: outlets\.a\.tier"),
        ("outlets: [{id: c}]", r"2\.yml: outlets\.c\.name: Field required"),
        ("outlets: [{name: nobody}]", r"2\.yml: outlets\.2\.id: Field required"),
        ("outlet: []", r"2\.yml: outlet:"),
        ("remove: {outlets: [c]}", r"2\.yml: remove\.outlets: 'c' is not there.*There are: a, b"),
        ("[a]", r"2\.yml: is no mapping"),
        ("outlets: {", r"2\.yml: line"),
    ],
)
def test_the_file_that_brought_the_trouble_is_named(tmp_path: Path, later: str, told: str) -> None:
    files = [written(tmp_path / "1.yml", outlets("a", "b")), written(tmp_path / "2.yml", later), written(tmp_path / "3.yml", outlets("d"))]
    with pytest.raises(ConfigError, match=told):
        read_layers(files, Sources)


def test_trouble_of_the_first_file_is_not_laid_upon_the_later_ones(tmp_path: Path) -> None:
    files = [written(tmp_path / "1.yml", "outlets: [{id: a, colour: red}]"), written(tmp_path / "2.yml", outlets("b"))]
    with pytest.raises(ConfigError, match=r"1\.yml: outlets\.a\.name"):
        read_layers(files, Sources)


def test_a_file_that_says_nothing_is_an_empty_one(tmp_path: Path) -> None:
    assert read_yaml(written(tmp_path / "1.yml", "agencies: []"), AgencyRules) == AgencyRules(agencies=())
    with pytest.raises(ConfigError, match=r"agencies: Field required"):
        read_yaml(written(tmp_path / "2.yml", "# nothing\n"), AgencyRules)


def test_a_digest_is_of_what_is_said_and_not_of_where(tmp_path: Path) -> None:
    whole = [written(tmp_path / "1.yml", outlets("a", "b"))]
    parts = [written(tmp_path / "2.yml", outlets("a") + " # a"), written(tmp_path / "3.yml", outlets("b"))]
    other = [written(tmp_path / "4.yml", outlets("a", "c"))]
    assert as_bytes(merged(whole, Sources)) == as_bytes(merged(parts, Sources)) != as_bytes(merged(other, Sources))
