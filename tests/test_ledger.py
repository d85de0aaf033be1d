"""The ledger on a real node: whatever comes in whichever order, a row says what its statements say."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median_low
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pipeline import ledger
from pipeline.claims import Deed, Event, Tally, claim_document, history_from, move, order, own_deed, spoken_from, step
from pipeline.documents import Document
from pipeline.index import Index
from pipeline.model import Position, Trigger
from tests.ledgers import FACTS, START, a_spoken_document, hour
from tests.test_documents import leaves, mapped

NOW = START + timedelta(days=900)
ANSWERING = ("denial", "acknowledgement")


def quiet(_: str) -> None:
    """Progress that nobody watches."""


def take_in(index: Index, documents: Mapping[str, Document]) -> set[tuple[str, str]]:
    index.create("statements", documents.items())
    return ledger.renew(index, ledger.affected(index, documents.values(), FACTS), FACTS, NOW)


def take_away(index: Index, ids: Sequence[str]) -> None:
    stored = index.get("statements", ids)
    index.change("statements", [(each, {"removed": hour(50)}) for each in stored.values()])
    ledger.renew(index, ledger.affected(index, [each.source for each in stored.values()], FACTS), FACTS, NOW)


def rows(index: Index) -> dict[tuple[str, str], Mapping[str, Any]]:
    return {(each.source["family"], each.source["party"]): each.source for each in ledger.read(index)}


def row(index: Index, family: str = "drones", party: str = "IR") -> Mapping[str, Any]:
    return rows(index)[family, party]


def positions(document: Mapping[str, Any]) -> list[str]:
    return [event["position"] for event in document["history"]]


def answered(index: Index, id_: str) -> Any:
    return index.get("statements", [id_])[id_].source.get("answered")


def said(act: str = "denial", side: str | None = "IR", at: float = 0, **changes: Any) -> dict[str, Document]:
    """One statement with an id, and an utterance, of its own."""
    id_ = changes.pop("id", f"{act}-{side}-{at}")
    return {id_: a_spoken_document(act, side, at, **{"utterance": id_, "article_id": id_} | changes)}


def test_a_row_tells_who_alleges_what_and_who_has_answered(index: Index) -> None:
    take_in(index, said("accusation", "US", 1) | said("accusation", None, 2, outlet={"id": "sky", "name": "Sky"}) | said(at=11))
    iran, america = row(index), row(index, party="US")
    assert (iran["position"], iran["since"], iran["moves"]) == ("denied", hour(11), 2)
    assert iran["last_move"]["before"] == "alleged"
    assert (iran["alleged_by"], america["alleges_against"]) == (["Sky News", "US"], ["IR"])
    assert iran["counts"] == {
        "accused": 2, "accusations": 0, "denials": 1, "acknowledgements": 0, "reports": 3, "outlets": 2, "origins": 3,
    }  # fmt: skip
    assert (iran["unanswered"], iran["hours_to_answer"], iran["first_hours_to_answer"]) == (0, 9, 10)
    assert (iran["first"], iran["last"]) == ({"at": hour(1), "seen": hour(1)}, {"at": hour(11), "seen": hour(11)})
    assert answered(index, "accusation-US-1") == {"by": "denial-IR-11", "party": "IR", "claims": ["drones"], "at": hour(11), "hours": 10.0}


def test_the_story_of_denial_and_partial_admission(index: Index) -> None:
    take_in(index, said(at=1) | said("acknowledgement", at=5, partial=True) | said(at=7))
    assert positions(row(index)) == ["denied", "partly admitted"]
    take_in(index, said("acknowledgement", at=9) | said(at=10))
    assert positions(row(index)) == ["denied", "partly admitted", "admitted", "withdrawn"]


def test_an_old_denial_printed_again_takes_nothing_back(index: Index) -> None:
    take_in(index, said(at=1, id="old") | said("acknowledgement", at=5))
    again = {f"again{number}": a_spoken_document(at=6 + number, utterance="old", novelty="repeat") for number in range(25)}
    take_in(index, again)
    assert positions(row(index)) == ["denied", "admitted"]
    take_in(index, said(at=40))
    assert positions(row(index)) == ["denied", "admitted", "withdrawn"]


def test_what_is_recalled_gives_a_first_position_and_changes_none(index: Index) -> None:
    take_in(index, said(at=1, background=True) | said("acknowledgement", at=5, background=True))
    assert positions(row(index)) == ["denied"]
    assert row(index)["last_move"]["background"] is True


def test_in_a_family_of_replies_a_denial_alleges(index: Index) -> None:
    take_in(index, said(at=1, claims=["proof"]) | said(at=2, claims=["proof"]))
    assert positions(row(index, "proof")) == ["alleges"]


def test_a_statement_that_came_late_stands_where_it_belongs_and_is_no_news(index: Index) -> None:
    take_in(index, said(at=5))
    late = said(at=2, seen=9)
    take_in(index, late)
    history = history_from(row(index))
    assert [(event.at, event.known) for event in history] == [(START + timedelta(hours=2), START + timedelta(hours=5))]
    (stored,) = index.get("statements", list(late)).values()
    assert move(history, spoken_from(stored)) is None


def test_what_comes_in_time_triggers(index: Index) -> None:
    take_in(index, said("accusation", "US", 1) | said(at=2) | said("acknowledgement", at=5))
    found = index.get("statements", ["denial-IR-2", "acknowledgement-IR-5"])
    moves = [move(history_from(row(index)), spoken_from(found[id_])) for id_ in ("denial-IR-2", "acknowledgement-IR-5")]
    assert [each and each.trigger for each in moves] == [Trigger.FIRST_POSITION, Trigger.POSITION_CHANGE]


def test_an_accusation_waits_until_it_is_answered(index: Index) -> None:
    take_in(index, said("accusation", "US", 3) | said(at=2) | said("accusation", "US", 4, background=True))
    assert (row(index)["unanswered"], row(index)["unanswered_since"]) == (1, hour(3))
    assert answered(index, "accusation-US-3") is None
    take_in(index, said(at=5, background=True))
    assert row(index)["unanswered"] == 1
    take_in(index, said(at=6))
    assert row(index)["unanswered"] == 0
    assert "unanswered_since" not in row(index)
    assert answered(index, "accusation-US-3")["by"] == "denial-IR-6"


def test_an_answer_that_comes_late_takes_the_place_of_one_that_was_later(index: Index) -> None:
    take_in(index, said("accusation", "US", 1) | said(at=9))
    take_in(index, said(at=4))
    assert (answered(index, "accusation-US-1")["hours"], row(index)["hours_to_answer"]) == (3.0, 3.0)


def test_an_answer_that_is_taken_away_answers_no_more(index: Index) -> None:
    take_in(index, said("accusation", "US", 1) | said(at=4) | said(at=9))
    take_away(index, ["denial-IR-4"])
    assert answered(index, "accusation-US-1")["by"] == "denial-IR-9"
    take_away(index, ["denial-IR-9"])
    assert answered(index, "accusation-US-1") is None
    assert (row(index)["position"], row(index)["unanswered"]) == ("alleged", 1)


def test_an_express_answer_counts_on_whichever_family(index: Index) -> None:
    take_in(index, said("accusation", "US", 4) | said(at=4, claims=["proof"], answers="accusation-US-4"))
    assert row(index)["unanswered"] == 0
    assert answered(index, "accusation-US-4")["claims"] == ["drones"]


def test_reports_of_one_accusation_wait_once_and_only_the_first_carries_the_answer(index: Index) -> None:
    take_in(index, said("accusation", "US", 3, id="first"))
    take_in(index, said("accusation", "US", 5, id="second", utterance="first", novelty="repeat"))
    assert row(index)["unanswered"] == 1
    take_in(index, said(at=4))
    assert row(index)["unanswered"] == 0
    assert (answered(index, "first")["hours"], answered(index, "second")) == (1.0, None)


def test_a_row_without_statements_goes(index: Index) -> None:
    take_in(index, said(at=1))
    take_away(index, ["denial-IR-1"])
    assert rows(index) == {}


def test_an_article_that_names_no_origin_is_its_own(index: Index) -> None:
    take_in(index, said(at=1, id="a") | said(at=2, id="b", origin="a") | said(at=3, id="c") | said(at=4, id="d", origin="elsewhere"))
    assert row(index)["counts"]["origins"] == 3


def test_renewing_twice_writes_nothing(index: Index) -> None:
    take_in(index, said("accusation", "US", 1) | said(at=2))
    index.refresh("claims")
    before = {each.id: each.seq_no for each in ledger.read(index)}
    ledger.renew(index, {("drones", "IR"), ("drones", "US")}, FACTS, NOW + timedelta(days=1))
    assert {each.id: each.seq_no for each in ledger.read(index)} == before


def test_rebuilding_mends_what_is_wrong_and_deletes_what_nothing_stands_behind(index: Index) -> None:
    take_in(index, said("accusation", "US", 1) | said(at=2))
    index.put("claims", [("drones:IR", {**row(index), "moves": 7}), ("x:FR", {"family": "x", "party": "FR"})])
    assert ledger.rebuild(index, FACTS, NOW, quiet) == ledger.Rebuilt(documents=2, differed=2, deleted=1)
    assert set(rows(index)) == {("drones", "IR"), ("drones", "US")}
    assert row(index)["moves"] == 2


def test_documents_have_the_fields_of_their_mapping() -> None:
    event = Event(
        position=Position.DENIED, deed=Deed.DENIES, at=START, seen=START, known=START, statement_id="1", background=False,
        speaker="x", sentence="x", outlet="x", url="x",
    )  # fmt: skip
    tally = Tally(
        accused=1, accusations=1, denials=1, acknowledgements=1, reports=1, outlets=1, origins=1,
        alleged_by=("US",), alleges_against=("US",), first_at=START, last_at=START, first_seen=START, last_seen=START,
        unanswered=1, unanswered_since=START, hours_to_answer=1.0, first_hours_to_answer=1.0,
    )  # fmt: skip
    document = claim_document("drones", "IR", [event], tally, FACTS, NOW)
    assert set(leaves(document, mapped("claims"))) == mapped("claims")


# --- whatever the order


SPEECHES = [
    ("accusation", "US"), ("accusation", None), ("accusation", "IR"), ("denial", "IR"), ("denial", "RU"), ("denial", "US"),
    ("acknowledgement", "IR"),
]  # fmt: skip


@st.composite
def scenes(draw: st.DrawFn) -> list[tuple[dict[str, Document], list[str]]]:
    """Batches in the order of arrival: what comes, and the ids of what is then taken away."""
    arriving: list[tuple[str, Document]] = []
    first: dict[tuple[Any, ...], str] = {}
    fresh: set[str] = set()
    for place in range(draw(st.integers(2, 14))):
        act, side = draw(st.sampled_from(SPEECHES))
        id_ = f"{draw(st.integers(0, 9))}{place:02}"
        background, group = draw(st.integers(0, 3)) == 0, draw(st.integers(0, 2))
        utterance = first.setdefault((act, side, group), id_)
        novelty = "background" if background else "repeat" if utterance in fresh else "new"
        fresh |= set() if background else {utterance}
        accusations = [other for other, document in arriving if document["act"] == "accusation"]
        changes: Document = {
            "utterance": utterance,
            "background": background,
            "novelty": novelty,
            "partial": draw(st.booleans()) if act == "acknowledgement" else False,
            "claims": draw(st.sampled_from([["drones"], ["drones"], ["proof"], ["drones", "proof"]])),
            "targets": draw(st.sampled_from([["Iran"], ["Iran", "Russia"], ["Russia"], ["West"]])) if act == "accusation" else [],
            "article_id": id_,
            "origin": draw(st.sampled_from([None, *(other for other, _ in arriving)])),
            "outlet": {"id": draw(st.sampled_from("xyz")), "name": "x"},
            "answers": draw(st.sampled_from([None, *accusations])) if act in ANSWERING else None,
            "seen": 10 + place,
        }
        arriving.append((id_, a_spoken_document(act, side, draw(st.integers(0, 6)), **changes)))
    batches: list[tuple[dict[str, Document], list[str]]] = []
    while arriving:
        size = draw(st.integers(1, 6))
        batch, arriving = dict(arriving[:size]), arriving[size:]
        there = [id_ for documents, _ in batches for id_ in documents] + list(batch)
        batches.append((batch, draw(st.lists(st.sampled_from(there), max_size=2, unique=True))))
    return batches


# No shrinking: on the node it takes minutes.
@settings(
    derandomize=True,
    deadline=None,
    max_examples=20,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(scenes())
def test_in_whichever_order_statements_come_and_go_the_ledger_is_the_same(
    index: Index, batches: list[tuple[dict[str, Document], list[str]]]
) -> None:
    empty(index)
    for documents, removed in batches:
        take_in(index, documents)
        take_away(index, removed)
    renewed, answers = rows(index), _answers(index)
    rebuilt = ledger.rebuild(index, FACTS, NOW, quiet)
    assert (rows(index), _answers(index), rebuilt.differed) == (renewed, answers, 0)
    gone = {id_ for _, removed in batches for id_ in removed}
    reference = Reference({id_: document for documents, _ in batches for id_, document in documents.items() if id_ not in gone})
    assert answers == reference.answers()
    assert {pair: _core(document) for pair, document in renewed.items()} == reference.rows()


def empty(index: Index) -> None:
    index.refresh("statements", "claims")
    for kind in ("statements", "claims"):
        index.delete(kind, [each.id for each in index.each(kind, {"match_all": {}})])  # type: ignore[arg-type]  # both are kinds


def _answers(index: Index) -> dict[str, Any]:
    index.refresh("statements")
    query = {"bool": {"filter": {"exists": {"field": "answered.by"}}, "must_not": {"exists": {"field": "removed"}}}}
    return {each.id: each.source["answered"] for each in index.each("statements", query)}


def _core(document: Mapping[str, Any]) -> Document:
    """What the reference says as well."""
    found = {key: document.get(key) for key in ("position", "counts", "unanswered", "unanswered_since", "alleged_by", "alleges_against")}
    hours = document.get("hours_to_answer")
    found["hours"] = None if hours is None else round(hours)
    found["history"] = [(each["position"], each["at"], each["statement_id"], each["known"]) for each in document["history"]]
    return found


class Reference:
    """The ledger as one would do it with all statements in memory."""

    def __init__(self, statements: Mapping[str, Document]) -> None:
        self.all = statements
        self.answered = dict(self._answered())

    def rows(self) -> dict[tuple[str, str], Document]:
        pairs = [(family, party) for family in ("drones", "proof") for party in ("IR", "RU", "US")]
        return {pair: found for pair in pairs if (found := self._row(*pair))}

    def answers(self) -> dict[str, Document]:
        return self.answered

    def _answered(self) -> Iterator[tuple[str, Document]]:
        for id_, it in self.all.items():
            if it["act"] != "accusation" or it["background"] or it["utterance"] != id_:
                continue
            accused = {FACTS.sides[name] for name in it["targets"] if name in FACTS.sides} - {it["speaker"].get("side")}
            found = [
                (other["at"], other_id)
                for other_id, other in self.all.items()
                if other["act"] in ANSWERING and not other["background"] and other["speaker"].get("side") in accused
                and other["at"] >= it["at"] and (set(other["claims"]) & set(it["claims"]) or other.get("answers") == id_)
            ]  # fmt: skip
            if found:
                at, by = min(found)
                shared = [family for family in it["claims"] if family in self.all[by]["claims"]]
                side = self.all[by]["speaker"]["side"]
                hours = max(0.0, (time(at) - time(it["at"])).total_seconds() / 3600)
                yield id_, {"by": by, "party": side, "claims": shared or it["claims"], "at": at, "hours": hours}

    def _row(self, family: str, party: str) -> Document | None:
        of_family = {id_: it for id_, it in self.all.items() if family in it["claims"]}
        name = FACTS.names[party]
        against = {
            id_: it
            for id_, it in of_family.items()
            if it["act"] == "accusation" and name in it["targets"] and it["speaker"].get("side") != party
        }
        own = {
            id_: it
            for id_, it in of_family.items()
            if it["speaker"].get("side") == party and not (it["act"] == "accusation" and name in it.get("targets", ()))
        }
        if not own and not against:
            return None
        history = self._history(own, against, family in FACTS.replies)
        counts = {
            "accused": utterances(against.values()),
            "accusations": utterances(it for it in own.values() if it["act"] == "accusation"),
            "denials": utterances(it for it in own.values() if it["act"] == "denial"),
            "acknowledgements": utterances(it for it in own.values() if it["act"] == "acknowledgement"),
            "reports": len(own | against),
            "outlets": len({it["outlet"]["id"] for it in (own | against).values()}),
            "origins": len({it.get("origin", it["article_id"]) for it in (own | against).values()}),
        }
        waiting = self._waiting(own, against, party, family)
        hours = [
            told["hours"] for id_ in against if (told := self.answered.get(id_)) and told["party"] == party and family in told["claims"]
        ]
        targets = {name for it in own.values() if it["act"] == "accusation" for name in it.get("targets", ())}
        return {
            "position": history[-1][0],
            "history": history,
            "counts": counts,
            "unanswered": len(waiting),
            "unanswered_since": min(waiting.values(), default=None),
            "alleged_by": sorted({it["speaker"].get("side") or it["speaker"]["name"] for it in against.values()}) or None,
            "alleges_against": sorted(FACTS.sides.get(target, target) for target in targets) or None,
            "hours": median_low(hours) if hours else None,
        }

    def _waiting(self, own: Mapping[str, Document], against: Mapping[str, Document], party: str, family: str) -> dict[str, str]:
        last = max((it["at"] for it in own.values() if it["act"] in ANSWERING and not it["background"]), default="")
        asked: dict[str, str] = {}
        for it in against.values():
            if not it["background"]:
                asked[it["utterance"]] = min(it["at"], asked.get(it["utterance"], it["at"]))
        expressly = [
            (it["answers"], it["at"])
            for it in self.all.values()
            if it.get("answers") and not it["background"] and it["speaker"].get("side") == party and family not in it["claims"]
        ]
        carrying = {id_: it["at"] for id_, it in against.items() if it["utterance"] == id_ and not it["background"]}
        told = {id_ for id_, at in expressly if id_ in carrying and at >= carrying[id_]}
        return {utterance: at for utterance, at in asked.items() if at > last and utterance not in told}

    def _history(self, own: Mapping[str, Document], against: Mapping[str, Document], reply: bool) -> list[tuple[str, str, str, str]]:
        firsts: dict[str, tuple[Any, ...]] = {}
        for id_, it in own.items():
            if not it["background"]:
                mine = (it["at"], not it["partial"], id_)
                firsts[it["utterance"]] = min(mine, firsts.get(it["utterance"], mine))
        spoken = [(it, id_, deed_of(it)) for id_, it in own.items() if it["background"] or firsts[it["utterance"]][2] == id_]
        spoken += [(it, id_, Deed.ACCUSED) for id_, it in against.items()]
        position, found = Position.SILENT, []
        for it, id_, deed in sorted(spoken, key=lambda each: (order(time(each[0]["at"]), each[2], each[0]["background"]), each[1])):
            before, position = position, step(position, deed, background=it["background"], reply=reply)
            if position is not before:
                known = it["event"]["created"]
                if deed is not Deed.ACCUSED:
                    known = min([known, *self._later(own, firsts, it["at"], before, reply)])
                found.append((position.value, it["at"], id_, known))
        return found

    def _later(
        self, own: Mapping[str, Document], firsts: Mapping[str, tuple[Any, ...]], at: str, before: Position, reply: bool
    ) -> Iterator[str]:
        for it in own.values():
            later = not it["background"] and it["at"] >= at and firsts[it["utterance"]][0] >= at
            if later and step(before, deed_of(it), reply=reply) is not before:
                yield it["event"]["created"]


def deed_of(it: Document) -> Deed:
    deed = own_deed(it["act"], it["partial"])
    assert deed is not None
    return deed


def utterances(documents: Collection[Document] | Iterator[Document]) -> int:
    return len({it["utterance"] for it in documents})


def time(text: str) -> datetime:
    return datetime.fromisoformat(text)
