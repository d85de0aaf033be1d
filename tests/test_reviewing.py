"""People judge statements: in a walk, by a sample, and their verdicts become annotated articles."""

import json
from collections import Counter
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from pipeline import reviewing, run
from pipeline.cli import app
from pipeline.documents import Stored
from pipeline.index import Index
from pipeline.settings import Settings, read_settings
from tests import score
from tests.conftest import SITES
from tests.replay import annotated, publications, replay


@pytest.fixture
def desk(settings: Settings, index: Index, monkeypatch: pytest.MonkeyPatch) -> Index:
    """The first three articles of the sample outlets, as the annotators have read them."""
    monkeypatch.setenv("CLAIMWIRE_ALERTS", str(SITES / "alerts.yml"))
    shown = publications()[:3]
    replay(shown, index, read_settings(), annotated(shown))
    index.refresh()
    return index


def review(*arguments: str, says: str = "") -> Result:
    return CliRunner().invoke(app, ["review", *arguments], input=says, env={"COLUMNS": "200"})


def statements(index: Index) -> list[Stored]:
    index.refresh("statements")
    return sorted(index.each("statements", {"match_all": {}}), key=lambda each: (each.source["article_id"], each.source["ordinal"]))


def verdicts(index: Index) -> Counter[str]:
    return Counter((each.source.get("review") or {}).get("verdict", "none") for each in statements(index))


def test_a_walk_takes_one_key_for_each_statement_and_offers_none_twice(desk: Index) -> None:
    whole = len(statements(desk))
    done = review("--by", "Ada", "--below", "1.01", says="r\nn\n\nq\n")
    assert done.exit_code == 0, done.output
    assert f"1 of {whole}" in done.output
    assert "2 judged" in done.output
    assert verdicts(desk) == {"right": 1, "not-a-statement": 1, "none": whole - 2}
    again = review("--by", "Ada", "--below", "1.01", says="")
    assert f"1 of {whole - 2}" in again.output, "what has a verdict is not offered"


def test_what_is_right_instead_is_kept(desk: Index) -> None:
    review("--by", "Ada", "--below", "1.01", says="a\nconc\ns\nKanaani\na\n\nq\n")
    kept = [each.source["review"] for each in statements(desk) if each.source.get("review")]
    assert sorted((it["verdict"], it.get("act"), it.get("speaker")) for it in kept if it["verdict"] == "wrong-speaker") == [
        ("wrong-speaker", None, "Kanaani")
    ]
    assert sorted(str(it.get("act")) for it in kept if it["verdict"] == "wrong-act") == ["None", "concern"]
    assert all("removed" in each.source for each in statements(desk) if each.source.get("review"))


def test_the_last_verdict_can_be_taken_back(desk: Index) -> None:
    done = review("--by", "Ada", "--below", "1.01", says="u\nn\nu\nq\n")
    assert "nothing was judged yet" in done.output
    assert "taken back" in done.output
    assert "0 judged" in done.output
    assert set(verdicts(desk)) == {"none"}
    assert not [each for each in statements(desk) if "removed" in each.source]


def test_an_unknown_key_and_the_end_of_the_input_do_no_harm(desk: Index) -> None:
    done = review("--by", "Ada", "--below", "1.01", says="x\nwhat?\n")
    assert done.exit_code == 0
    assert set(verdicts(desk)) == {"none"}


def test_the_least_sure_come_first_and_the_sure_ones_not_at_all(desk: Index) -> None:
    sure = statements(desk)
    desk.change_all("statements", [(each, {"why": {**each.source["why"], "confidence": 0.5 + n / 100}}) for n, each in enumerate(sure)])
    desk.refresh("statements")
    found = [each.source["why"]["confidence"] for each in reviewing.doubtful(desk, 0.55)]
    assert found == [0.5, 0.51, 0.52, 0.53, 0.54]
    assert "nothing is left to judge" in review("--by", "Ada", "--below", "0.4").output


def test_a_sample_is_the_same_for_the_same_seed_and_has_each_act_with_its_share(desk: Index) -> None:
    whole = Counter(each.source["act"] for each in statements(desk))
    one, same, other = (reviewing.sample(desk, 10, seed) for seed in (1, 1, 2))
    assert [each.id for each in one] == [each.id for each in same] != [each.id for each in other]
    assert len(one) == len(other) == 10
    drawn = Counter(each.source["act"] for each in one)
    assert all(abs(drawn[act] - 10 * number / whole.total()) < 1 for act, number in whole.items())
    assert len(reviewing.sample(desk, 10_000, 1)) == whole.total()


def test_a_sample_says_how_many_are_right_and_what_was_judged_before_counts(desk: Index) -> None:
    first = reviewing.sample(desk, 6, 1)[0]
    review(first.id, "not-a-statement", "--by", "Ada", "--why", "no")
    done = review("--by", "Ada", "--sample", "6", says="r\nr\nr\na\n\nr\n")
    assert "5 judged" in done.output
    found = reviewing.measured(desk).sampled
    assert found is not None
    assert (found.number, found.share) == (6, pytest.approx(4 / 6))
    assert reviewing.sample(desk, 6, 1)[0].id == first.id, "what a review took away stays in the draw"
    told = review("--scores")
    assert "drawn at random" in told.output
    status = CliRunner().invoke(app, ["status"], env={"COLUMNS": "200"})
    assert "Of 6 statements drawn at random and judged by people, 67% were right" in " ".join(status.output.split())
    machine = CliRunner().invoke(app, ["status", "--json"])
    assert json.loads(machine.stdout)["reviewed"]["number"] == 6
    assert "judged by people, 67% were right" in CliRunner().invoke(app, ["brief", "--text"]).stdout


def test_nobody_has_judged_anything(desk: Index) -> None:
    assert "nobody has judged anything yet" in review("--scores").output
    assert "reviewed" not in json.loads(CliRunner().invoke(app, ["status", "--json"]).stdout)


def test_articles_that_are_judged_wholly_join_the_annotated_ones(desk: Index, tmp_path: Path) -> None:
    """And are scored like them: what was judged right is right."""
    every = statements(desk)
    by_article = Counter(each.source["article_id"] for each in every)
    (largest, _), *_ = by_article.most_common()
    own = [each for each in every if each.source["article_id"] == largest]
    for each in own[:-2]:
        review(each.id, "right", "--by", "Ada", "--why", "yes")
    unfinished = review("--export", str(tmp_path / "one"))
    assert "0 articles with 0 statements" in unfinished.output
    assert "1 left out: a statement has no verdict yet" in unfinished.output

    review(own[-2].id, "wrong-act", "--by", "Ada", "--why", "no", "--act", "concern")
    review(own[-1].id, "not-a-statement", "--by", "Ada", "--why", "no")
    done = review("--export", str(tmp_path / "two"))
    assert f"1 articles with {len(own) - 1} statements" in done.output
    golds = score.load_gold(str(tmp_path / "two"))
    ((gold, sentences, text),) = golds.values()
    assert gold["statements"][-1]["act"] == "concern"
    assert all(text[it["start"] : it["end"]] == it["text"] for it in sentences)
    for it in gold["statements"]:
        if it["start"] >= 0:
            assert text[it["start"] : it["end"]].startswith(it["anchor"].split()[0])
            assert it["sentences"]
    told = {"id": gold["id"], "on_topic": True, "statements": [dict(it) for it in gold["statements"]]}
    result = score.evaluate(golds, {gold["id"]: told})
    assert (result["all"]["p"], result["all"]["r"]) == (1.0, 1.0)
    assert (tmp_path / "two" / "meta.jsonl").read_text().count("\n") == 1


def test_a_correction_that_nobody_gave_leaves_the_article_out(desk: Index, tmp_path: Path) -> None:
    for each in statements(desk):
        review(each.id, "wrong-speaker", "--by", "Ada", "--why", "no")
    assert "3 left out: a wrong speaker, and nobody says who it is" in review("--export", str(tmp_path)).output


def test_what_was_told_is_corrected(desk: Index) -> None:
    """Also where only the speaker is wrong: that is what people were told."""
    told = next(each for each in statements(desk) if each.source.get("decision", {}).get("outcome") == "alerted")
    run.run_alert(read_settings())
    done = review(told.id, "wrong-speaker", "--by", "Ada", "--why", "it was somebody else", "--speaker", "Peskov")
    assert "The next alert run corrects what log has told." in done.output
    assert run.run_alert(read_settings())["sent"] >= 1


@pytest.mark.parametrize("arguments", [[], ["x", "right"], ["x", "right", "--by", "A"], ["x", "perhaps", "--by", "A", "--why", "B"]])
def test_wrong_usage(arguments: list[str]) -> None:
    assert review(*arguments).exit_code == 2
