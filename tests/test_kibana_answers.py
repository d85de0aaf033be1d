"""Each panel, asked of the real node over the sample outlets as the annotators have read them, against numbers counted here from
the annotators' files.

What the annotators do not say (which answer an accusation got, who moved, what is open) is worked out here from what they do say, in a
few lines each and not by the pipeline's own code.
"""

import json
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import product
from typing import Any

import pytest

from pipeline import kibana_api
from pipeline.connection import connect
from pipeline.index import Index
from pipeline.kibana import Place, saved_objects
from pipeline.settings import Settings, read_settings
from tests.lens_query import Rows, ask, layer_of, lens_panels
from tests.replay import publications

Doc = Mapping[str, Any]
FRESH = {"accusation", "denial", "acknowledgement"}


@pytest.fixture(scope="module")
def index(desk: Settings) -> Index:
    return connect(desk)


@pytest.fixture(scope="module")
def panels(index: Index) -> Mapping[str, Rows]:
    """Title to rows of every panel."""
    settings = read_settings()
    _, rules, place = kibana_api.build(settings)
    here = Place(prefix=index.prefix, topic=place.topic, fields=place.fields, claims=place.claims, parties=place.parties)
    dashboards = [each for each in saved_objects(rules, here) if each["type"] == "dashboard"]
    return {title: ask(lens, index) for dashboard in dashboards for title, lens in lens_panels(dashboard)}


@pytest.fixture(scope="module")
def gold() -> list[dict[str, Any]]:
    """The annotators' statements of each article's last version, with the article's date and outlet."""
    last = {each.article.id: each for each in publications()}
    return [
        {**statement, "at": each.article.published, "outlet": each.gold["outlet"], "article": each.article.id, "place": place}
        for each in last.values()
        for place, statement in enumerate(each.gold["statements"])
    ]


def counted(documents: Iterable[Doc], *fields: Callable[[Doc], Any]) -> Counter[tuple[Any, ...]]:
    """How many have each combination of values; a field with several values counts for each, one without for none."""
    found: Counter[tuple[Any, ...]] = Counter()
    for each in documents:
        values = [value if isinstance(value, (list, tuple)) else [] if value is None else [value] for value in (f(each) for f in fields)]
        found.update(product(*values))
    return found


def fresh(gold: list[dict[str, Any]], *acts: str) -> list[dict[str, Any]]:
    return [each for each in gold if not each["background"] and each["act"] in (acts or FRESH)]


def holds(rows: Rows, wanted: Mapping[tuple[Any, ...], float], outer: int) -> None:
    """Every figure shown is right, and of the outermost groups those with the largest figures are shown."""
    assert rows
    assert {key: values[0] for key, values in rows.items()} == {key: wanted[key] for key in rows}
    shown = {key[0] for key in rows}
    assert len(shown) == min(outer, len({key[0] for key in wanted}))


def side(it: Doc) -> Any:
    return it["side"]


def speaker(it: Doc) -> Any:
    return it["speaker"]


def act(it: Doc) -> Any:
    return it["act"]


def targets(it: Doc) -> Any:
    return it["targets"]


def claims(it: Doc) -> Any:
    return it.get("claims") or []


def day(it: Doc) -> str:
    at: datetime = it["at"]
    return f"{at:%Y-%m-%d}"


# ------------------------------------------------------------------------------------------------ what the annotators say
def test_who_accuses_whom(panels: Mapping[str, Rows], gold: list[dict[str, Any]]) -> None:
    wanted = counted(fresh(gold, "accusation"), targets, side)
    holds(panels["Who accuses whom"], wanted, outer=12)
    assert panels["Who accuses whom"]["Iran", "US"] == (wanted["Iran", "US"],) > (5,)


def test_who_denied_what_and_when(panels: Mapping[str, Rows], gold: list[dict[str, Any]]) -> None:
    denials = fresh(gold, "denial")
    rows = panels["Who denied what"]
    holds(rows, counted(denials, speaker, claims), outer=30)
    for (who, what), (_, different, first, last) in rows.items():
        times = [each["at"].timestamp() * 1000 for each in denials if each["speaker"] == who and what in claims(each)]
        assert (first, last) == (min(times), max(times))
        assert different is not None
        assert 1 <= different <= len(times)


def test_who_admits_what(panels: Mapping[str, Rows], gold: list[dict[str, Any]]) -> None:
    rows = panels["Who admits what"]
    wanted = counted(fresh(gold, "acknowledgement"), speaker, claims)
    assert wanted
    merged: Counter[tuple[Any, ...]] = Counter()
    for (who, what, _), (number, _) in rows.items():
        merged[who, what] += int(number or 0)
    assert merged == wanted
    assert ("Hossein Amir-Abdollahian", "iran-drones-to-russia", "true") in rows


def test_how_acts_go_over_time(panels: Mapping[str, Rows], gold: list[dict[str, Any]]) -> None:
    holds(panels["Accusations, denials and admissions"], wanted := counted(fresh(gold), day, act), outer=1000)
    assert len(panels["Accusations, denials and admissions"]) == len(wanted)


def test_who_is_heard_most(panels: Mapping[str, Rows], gold: list[dict[str, Any]]) -> None:
    holds(panels["Who is heard most"], counted(fresh(gold), speaker, act), outer=12)


def test_which_claims_it_is_about(panels: Mapping[str, Rows], gold: list[dict[str, Any]]) -> None:
    wanted = counted((each for each in gold if not each["background"]), claims, act)
    holds(panels["Which claims it is about"], wanted, outer=15)


def test_whose_media_carry_whose_statements(panels: Mapping[str, Rows], gold: list[dict[str, Any]]) -> None:
    """The annotators say nothing of ownership, so that all sample outlets are of unknown alignment here."""
    wanted = counted((each for each in gold if not each["background"]), lambda _: "unknown", side)
    assert {key: values[0] for key, values in panels["Whose media carry whose statements"].items()} == dict(wanted.most_common(12))


# ------------------------------------------------------------------------------------------------ what follows from it
def test_how_long_the_answer_took(panels: Mapping[str, Rows], index: Index, gold: list[dict[str, Any]]) -> None:
    """Both ends of each answer are the annotators' statements, and their dates are the annotators'."""
    times = {(each["article"], each["place"]): each["at"] for each in gold}
    stored = {each.id: each.source for each in index.each("statements", {"match_all": {}})}
    hours: dict[tuple[str, str], list[float]] = defaultdict(list)
    for it in stored.values():
        if "removed" in it or it["act"] != "accusation" or "answered" not in it:
            continue
        answer, answered = stored[it["answered"]["by"]], it["answered"]
        took = times[answer["article_id"], answer["ordinal"]] - times[it["article_id"], it["ordinal"]]
        assert answer["act"] in {"denial", "acknowledgement"}
        assert answered["hours"] == pytest.approx(took.total_seconds() / 3600, abs=0.01)
        for claim in answered["claims"]:
            hours[answered["party"], claim].append(answered["hours"])
    rows = panels["Hours until an accusation is answered"]
    assert {key: values[0] for key, values in rows.items()} == {key: len(found) for key, found in hours.items()}
    for key, (_, half, _) in rows.items():
        assert half == pytest.approx(statistics.median(hours[key]), rel=0.02, abs=0.01)
    assert ("IR", "iran-drones-to-russia") in rows


def test_who_changed_position(panels: Mapping[str, Rows], index: Index, gold: list[dict[str, Any]]) -> None:
    """Iran denied drones in October 2022 and admitted some in November, as the annotators have it."""
    own = sorted(
        (each["at"], each["act"])
        for each in fresh(gold, "denial", "acknowledgement")
        if each["side"] == "IR" and "iran-drones-to-russia" in claims(each)
    )
    first_denial = min(at for at, act in own if act == "denial")
    first_admission = min(at for at, act in own if act == "acknowledgement")
    assert first_denial < first_admission
    rows = panels["Who changed position"]
    number, last = rows["iran-drones-to-russia", "Iran", "denied", "partly admitted"]
    assert (number, last) == (1, first_admission.timestamp() * 1000)
    moved = [each.source for each in index.each("statements", {"term": {"triggers": "position-change"}}) if "removed" not in each.source]
    wanted = Counter(tuple(it["position"][key] for key in ("family", "party_name", "before", "after")) for it in moved)
    assert {key: values[0] for key, values in rows.items()} == wanted


def ledger(index: Index) -> list[dict[str, Any]]:
    return [dict(each.source) for each in index.each("claims", {"match_all": {}})]


def test_where_each_party_stands(panels: Mapping[str, Rows], index: Index, gold: list[dict[str, Any]]) -> None:
    rows = panels["Where each party stands"]
    assert set(rows) == {(it["family"], it["party_name"], it["position"]) for it in ledger(index)}
    # Who has said nothing about a claim has no position of its own on it.
    spoken = {(claim, each["side"]) for each in fresh(gold) for claim in claims(each)}
    for it in ledger(index):
        if it["position"] in {"denied", "admitted", "partly admitted"} and not it["last_move"]["background"]:
            assert (it["family"], it["party"]) in spoken


def test_what_is_unanswered_and_since_when(panels: Mapping[str, Rows], index: Index, gold: list[dict[str, Any]]) -> None:
    """The oldest open accusation is one of the annotators', and the party has said nothing on the claim since."""
    rows = panels["Unanswered accusations"]
    open_ = [it for it in ledger(index) if it["unanswered"]]
    assert {key: values[0] for key, values in rows.items()} == {(it["family"], it["party_name"]): it["unanswered"] for it in open_}
    for it in open_:
        _, since = rows[it["family"], it["party_name"]]
        about = [each for each in gold if it["family"] in claims(each)]
        answers = [each["at"] for each in fresh(about, "denial", "acknowledgement") if each["side"] == it["party"]]
        waiting = [
            each["at"].timestamp() * 1000
            for each in fresh(about, "accusation")
            if it["party_name"] in each["targets"] or not each["targets"]
        ]
        assert since in waiting
        assert all(at.timestamp() * 1000 < (since or 0) for at in answers)


def test_how_many_independent_origins(panels: Mapping[str, Rows], index: Index) -> None:
    """Origins by the annotators' links of copies."""
    copies = {each.gold_id: each.gold["duplicate_of"] for each in publications()}
    ids = {each.gold_id: each.article.id for each in publications()}

    def origin(gold_id: str) -> str:
        while copies.get(gold_id) and copies[gold_id] in copies:
            gold_id = copies[gold_id]
        return ids[gold_id]

    origins = {ids[gold_id]: origin(gold_id) for gold_id in copies}
    rows = panels["Independent origins, outlets and reports"]
    number, outlets, reports = rows["iran-drones-to-russia", "Iran"]
    stored = [each.source for each in index.each("statements", {"term": {"claims": "iran-drones-to-russia"}})]
    about = [
        it
        for it in stored
        if "removed" not in it
        and (
            (it["act"] == "accusation" and "Iran" in it.get("targets", ()) and it["speaker"].get("side") != "IR")
            or (it["act"] in {"accusation", "denial", "acknowledgement"} and it["speaker"].get("side") == "IR")
        )
    ]
    assert (outlets, reports) == (len({it["outlet"]["id"] for it in about}), len(about))
    assert number == len({origins[it["article_id"]] for it in about}) < len({it["article_id"] for it in about})


def test_which_outlets_carried_it_first(panels: Mapping[str, Rows], index: Index, gold: list[dict[str, Any]]) -> None:
    """Of each utterance the outlet of the report with the annotators' earliest date."""
    times = {(each["article"], each["place"]): (each["at"], each["outlet"]) for each in gold}
    reports: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    acts = {}
    for it in (each.source for each in index.each("statements", {"match_all": {}})):
        if "removed" not in it:
            reports[it["utterance"]].append(times[it["article_id"], it["ordinal"]])
            acts[it["utterance"]] = it["act"]
    rows = panels["Who carried it first"]
    for utterance in (each.source | {"id": each.id} for each in index.each("utterances", {"match_all": {}})):
        if utterance["id"] in reports:
            earliest = min(at for at, _ in reports[utterance["id"]])
            assert utterance["first_published"]["outlet"] in {outlet for at, outlet in reports[utterance["id"]] if at == earliest}
    assert sum(values[0] or 0 for values in rows.values()) == index.count("utterances")


# ------------------------------------------------------------------------------------------------ links and messages
def test_messages_by_status_and_why_they_were_held_back(panels: Mapping[str, Rows], index: Index) -> None:
    rows = [each.source for each in index.each("alerts", {"match_all": {}})]
    statuses = Counter(it["status"] for it in rows)
    assert panels["Sent"][()] == (statuses["sent"],)
    assert panels["Failed"][()] == (statuses["failed"],)
    assert panels["Held back"][()] == (statuses["suppressed"],)
    assert panels["Waiting"][()] == (statuses["pending"] + statuses["sending"],)
    held = Counter((it["reason"], it["channel"]) for it in rows if it["status"] == "suppressed")
    assert {key: values[0] for key, values in panels["Why messages were held back"].items()} == held


def test_what_was_decided_on_statements(panels: Mapping[str, Rows], index: Index) -> None:
    outcomes = Counter(
        it["decision"]["outcome"] for it in (each.source for each in index.each("statements", {"match_all": {}})) if "removed" not in it
    )
    assert {key[0]: values[0] for key, values in panels["What was decided on statements"].items()} == outcomes
    assert outcomes["alerted"] > 50


def test_every_panel_is_asked(panels: Mapping[str, Rows]) -> None:
    """Also those that have nothing to show here: no link and no source stands in this index."""
    _, rules, _ = kibana_api.build(read_settings())
    titles = {panel.title for _, _, panel in rules.panels if panel.view}
    assert panels.keys() == titles
    assert {title for title, rows in panels.items() if not rows} <= {
        "What became of links", "Outcomes by outlet", "Sources that are silent", "Sources that fail",
        "Hours from publication to first sight", "Why messages were held back",
    }  # fmt: skip


def test_the_stand_in_asks_what_the_panel_says(index: Index) -> None:
    """Size and order of groups come from the panel itself."""
    _, rules, place = kibana_api.build(read_settings())
    here = Place(prefix=index.prefix, topic=place.topic, fields=place.fields, claims=place.claims, parties=place.parties)
    dashboards = [each for each in saved_objects(rules, here) if each["type"] == "dashboard"]
    (lens,) = [lens for each in dashboards for title, lens in lens_panels(each) if title == "Who is heard most"]
    small = json.loads(json.dumps(lens))
    layer_of(small)["columns"]["by-0"]["params"]["size"] = 1  # type: ignore[index]
    assert len({key[0] for key in ask(small, index)}) == 1
    assert {key[0] for key in ask(small, index)} <= {key[0] for key in ask(lens, index)}
