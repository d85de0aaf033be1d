"""Which claim families a statement is about; and how well that is found, given the statements."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pydantic import ValidationError
from spacy.tokens import Span

from pipeline.actors import Actors
from pipeline.claim_rules import ClaimRules, ClaimWords
from pipeline.config_files import read_config
from pipeline.enrich import Reader
from pipeline.enrich.entities import Mention, find_entities
from pipeline.enrich.families import Families, compile_families, find_claims
from pipeline.settings import read_settings
from tests.conftest import SITES
from tests.enrich.conftest import cases

CASES = cases("claims/*")
RULES = read_config(read_settings(), "claims.yml", ClaimRules)
ACTORS = read_config(read_settings(), "actors.yml", Actors)
KINDS = {each.name: each.kind for each in ACTORS.things if each.kind}


class Score(NamedTuple):
    """Micro-averaged over pairs of statement and family."""

    precision: float
    recall: float
    f1: float
    pairs: int


class Tagged(NamedTuple):
    """One statement of the scored sample."""

    article: str
    number: int
    text: str
    gold: frozenset[str]
    found: frozenset[str]


def tag(folder: Path, article: str, gold: Sequence[Sequence[str]], families: Families, reader: Reader) -> Iterator[Tagged]:
    """The tags of an article's gold statements, found from their gold sentences; a statement points back to what it answers, else to
    the one before it."""
    facts = json.loads((folder / f"{article}.gold.json").read_text(encoding="utf-8"))
    text = (folder / f"{article}.txt").read_text(encoding="utf-8")
    places = json.loads((folder / f"{article}.sents.json").read_text(encoding="utf-8"))
    on = datetime.fromisoformat(facts["published"]).date() if facts["published"] else None
    body, title = reader.parser.one(text), reader.parser.one(facts["title"] or "")
    named, title_named = find_entities(body, reader.gazetteer, on), find_entities(title, reader.gazetteer, on)
    inputs: list[tuple[list[Span], Sequence[Mention]]] = []
    for statement in facts["statements"]:
        cut = [body.char_span(places[n]["start"], places[n]["end"], alignment_mode="expand") for n in statement["sentences"] if n >= 0]
        spans = [span for span in cut if span is not None]
        inputs.append((spans, named) if spans else ([title[:]], title_named))
    first: list[tuple[str, ...]] = []
    for spans, mentions in inputs:
        first.append(find_claims(spans, mentions, families, next((each for each in reversed(first) if each), ())))
    for number, (statement, (spans, mentions)) in enumerate(zip(facts["statements"], inputs, strict=True)):
        answered = statement["addressee_of"]
        found = first[number] if answered is None else find_claims(spans, mentions, families, first[answered])
        quote = " ".join(span.text for span in spans)
        yield Tagged(article, number, quote, frozenset(gold[number]), frozenset(found))


def score(tagged: Sequence[Tagged]) -> Score:
    right = sum(len(each.gold & each.found) for each in tagged)
    found, wanted = sum(len(each.found) for each in tagged), sum(len(each.gold) for each in tagged)
    precision, recall = right / max(found, 1), right / max(wanted, 1)
    return Score(precision, recall, 2 * precision * recall / max(precision + recall, 1e-9), wanted)


def gold_claims(folder: Path, language: str = "en") -> Mapping[str, list[list[str]]]:
    """Article to the families of its statements."""
    articles = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.gold.json"))]
    return {
        each["id"]: [statement["claims"] for statement in each["statements"]]
        for each in articles
        if each["on_topic"] and each["language"] == language
    }


@pytest.fixture(scope="module")
def families() -> Families:
    return compile_families(RULES, KINDS)


# An id is fixed for good: stored statements, alert rules and dashboards refer to it. New ones are added here, none is changed.
IDS = (
    "iran-drones-to-russia",
    "iranian-drones-in-ukraine",
    "iranian-drones-made-in-russia",
    "iran-trains-russians",
    "iran-missiles-to-russia",
    "russia-seeks-iranian-missiles",
    "iran-ammunition-to-russia",
    "iran-glide-bombs-to-russia",
    "iran-components-to-russia",
    "western-parts-in-iranian-drones",
    "iran-arms-to-russia",
    "iran-sides-with-russia",
    "russia-jets-to-iran",
    "russia-helicopters-to-iran",
    "russia-air-defence-to-iran",
    "russia-trains-iranian-pilots",
    "captured-weapons-to-iran",
    "russia-know-how-to-iran",
    "russia-space-help-to-iran",
    "russia-nuclear-help-to-iran",
    "russia-drones-to-iran",
    "russia-rearms-iran",
    "russia-arms-to-iran",
    "russia-pays-iran",
    "breach-of-resolution-2231",
    "sanctions-evasion",
    "arms-over-the-caspian",
    "iran-russia-military-partnership",
    "iran-russia-intelligence-sharing",
    "cyber-and-repression-technology",
    "fabricated-evidence-against-iran",
    "no-evidence-against-iran",
    "propaganda-against-iran",
    "west-arms-ukraine",
)


def test_the_ids_are_these_and_no_others(families: Families) -> None:
    assert families.ids == IDS, "an id never changes once it is there: what is new is written into IDS, where claims.yml has it"
    assert len(set(IDS)) == len(IDS)


def test_every_family_has_a_case() -> None:
    assert {family for case in CASES for family in case["expect"]} == set(IDS)


@pytest.mark.parametrize("language", ["ar", "fa", "ru"])
def test_every_deed_and_object_has_words_in_each_language(language: str) -> None:
    said = read_config(read_settings(), f"claims.{language}.yml", ClaimWords)
    assert set(said.deeds) == set(RULES.deeds), f"claims.{language}.yml"
    assert set(said.objects) == set(RULES.objects), f"claims.{language}.yml"


def _phrases() -> Iterator[str]:
    yield from (phrase for family in RULES.families for phrase in family.phrases)
    yield from (word for thing in RULES.objects.values() for word in thing.words)
    for deed in RULES.deeds.values():
        yield from (*deed.verbs, *deed.nouns, *deed.receiving_verbs, *deed.receiving_nouns)
    yield from (
        *RULES.not_objects,
        *RULES.members,
        *RULES.measures,
        *RULES.in_return,
        *RULES.pointers.marks,
        *RULES.pointers.nouns,
        *RULES.pointers.pronouns,
        *RULES.pointers.objects,
    )


def test_every_word_can_stand_in_a_text(reader: Reader) -> None:
    """Each is one token that is looked at: "know-how" never matches, "know how" does."""
    words = {word for phrase in _phrases() for part in phrase.split() for word in part.split("|")}
    plain = {word for word in words if word != "..." and not word.startswith("{")}
    sides = {word[1:-1] for word in words if word.startswith("{")}

    assert (
        sorted(word for word in plain if len(reader.parser.nlp.make_doc(f"a {word} b")) != 3 or reader.parser.nlp.vocab[word].is_punct)
        == []
    )
    assert sides <= {state.code for state in reader.gazetteer.lexicon.rules.states}


def test_every_kind_and_name_is_in_the_gazetteer() -> None:
    assert {kind for thing in RULES.objects.values() for kind in thing.kinds} <= set(KINDS.values())
    assert {name for thing in RULES.objects.values() for name in thing.names} <= {each.name for each in (*ACTORS.things, *ACTORS.documents)}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"under": "nobody"}, "no family 'nobody'"),
        ({"under": "one"}, "stands under itself"),
        ({"deed": ["sing"]}, "no deed 'sing'"),
        ({"object": ["song"]}, "no object 'song'"),
        ({"phrases": []}, "nothing to find it by"),
    ],
)
def test_rules_that_do_not_fit_together_are_refused(change: dict[str, Any], complaint: str) -> None:
    family = {"id": "one", "title": "One", "phrases": ["a word"], **change}

    with pytest.raises(ValidationError, match=complaint):
        ClaimRules.model_validate({"deeds": {}, "objects": {}, "families": [family], "pointers": RULES.pointers.model_dump()})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:60])
def test_a_statement_is_about_these_families(reader: Reader, families: Families, case: dict[str, Any]) -> None:
    doc = reader.parser.one(case["text"])

    found = find_claims([doc[:]], find_entities(doc, reader.gazetteer, None), families, case.get("before", ()))

    assert set(found) == set(case["expect"])


@pytest.mark.parametrize("language", ["en", "fa", "ru", "ar"])
def test_the_gold_tags_are_families_in_their_order(families: Families, language: str) -> None:
    for article, statements in gold_claims(SITES, language).items():
        for tags in statements:
            assert tags == [family for family in families.ids if family in tags], article


def test_the_tags_of_the_sample_are_good_enough(reader: Reader, families: Families) -> None:
    tagged = [each for article, gold in gold_claims(SITES).items() for each in tag(SITES, article, gold, families, reader)]
    reached = score(tagged)

    assert reached.precision >= 0.85, reached
    assert reached.recall >= 0.85, reached
