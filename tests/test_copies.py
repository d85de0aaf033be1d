"""Copies, rewrites and borrowed passages: the sample outlets in four languages, and what is made of them by rule."""

import itertools
import json
import random
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.copies import LEAST_PASSAGES, carrier, compare, fingerprint, without_dateline, words_of
from pipeline.model import CopyKind
from tests.conftest import ROOT, SITES

GOLD = {file.name.split(".")[0]: json.loads(file.read_text()) for file in SITES.glob("*.gold.json")}
TEXTS = {id_: (SITES / f"{id_}.txt").read_text() for id_ in GOLD}
LANGUAGES = {"en", "fa", "ru", "ar"}

# Every pair of sample texts that have to do with each other.
RELATED = {
    frozenset({"cpw-burns-pbs", "deccan-burns-alarm"}): CopyKind.COPY,
    frozenset({"cpw-burns-pbs", "gulf-burns-rewrite"}): CopyKind.REWRITE,
    frozenset({"deccan-burns-alarm", "gulf-burns-rewrite"}): CopyKind.REWRITE,
    frozenset({"cpw-kirby-partnership", "carmel-kirby-jets"}): CopyKind.COPY,
    frozenset({"potomac-alabuga", "potomac-alabuga-amp"}): CopyKind.COPY,
    frozenset({"thames-fath360", "thames-fath360-v2"}): CopyKind.COPY,
    frozenset({"caspian-kanani-dismisses", "notebook-fairy-tale"}): CopyKind.BORROWED,
}


def kind(one: str, other: str) -> CopyKind | None:
    found = compare(one, other)
    return found.kind if found else None


def others(id_: str) -> str:
    """All other texts of its language: where strange words come from."""
    return " ".join(text for each, text in TEXTS.items() if each != id_ and GOLD[each]["language"] == GOLD[id_]["language"])


def paragraphs(text: str) -> list[str]:
    return [each for each in text.split("\n") if each.strip()]


def reworded(id_: str, rate: float, seed: int) -> str:
    """The paragraphs behind the first in another order, and so many of the words replaced by those of other articles."""
    dice = random.Random(f"{id_} {seed}")
    strange = others(id_).split()
    first, *rest = paragraphs(TEXTS[id_])
    dice.shuffle(rest)
    return "\n\n".join(
        " ".join(dice.choice(strange) if dice.random() < rate else word for word in each.split(" ")) for each in [first, *rest]
    )


def test_of_all_pairs_of_sample_texts_the_related_are_found_and_no_others() -> None:
    assert {GOLD[id_]["language"] for id_ in GOLD} == LANGUAGES
    marked = {frozenset({id_, gold["duplicate_of"]}) for id_, gold in GOLD.items() if gold["duplicate_of"]}
    assert marked <= set(RELATED)
    found = {}
    for one, other in itertools.combinations(TEXTS, 2):
        likeness = compare(TEXTS[one], TEXTS[other])
        if likeness:
            found[frozenset({one, other})] = likeness.kind
            assert fingerprint(TEXTS[one]).meets(fingerprint(TEXTS[other]))
    assert found == RELATED


@pytest.mark.parametrize("id_", TEXTS)
def test_a_shortened_copy_and_rewordings_are_found_in_every_language(id_: str) -> None:
    own = fingerprint(TEXTS[id_])
    parts = paragraphs(TEXTS[id_])
    cut = "\n\n".join(parts[: max(2, len(parts) * 6 // 10)])
    assert kind(TEXTS[id_], cut) is CopyKind.COPY
    for rate, expected in [(0.03, CopyKind.COPY), (0.2, CopyKind.REWRITE)]:
        made = [reworded(id_, rate, seed) for seed in range(4)]
        assert all(own.meets(fingerprint(each)) for each in made)
        kinds = [kind(TEXTS[id_], each) for each in made]
        assert kinds.count(expected) >= 3, kinds
        assert set(kinds) <= {CopyKind.COPY, CopyKind.REWRITE}


def pairs() -> list[tuple[str, str]]:
    ordered = itertools.permutations(TEXTS, 2)
    return [(a, b) for a, b in ordered if GOLD[a]["language"] == GOLD[b]["language"] and apart(a, b)]


def test_a_passage_put_into_another_article_is_borrowed_and_makes_no_copy() -> None:
    met = wrong = 0
    for one, other in pairs():
        dice = random.Random(f"{one} {other}")
        passage = max(paragraphs(TEXTS[one]), key=lambda each: len(each) if "“" not in each else 0)
        mixed = paragraphs(TEXTS[other])
        mixed.insert(dice.randrange(len(mixed)), passage)
        text = "\n\n".join(mixed)
        met += fingerprint(text).meets(fingerprint(TEXTS[one]))
        wrong += kind(text, TEXTS[one]) is not CopyKind.BORROWED
    assert len(pairs()) > 600
    assert met == len(pairs())
    assert wrong / len(pairs()) < 0.02


def test_two_articles_that_quote_one_speech_are_independent() -> None:
    for one, other in pairs():
        language = GOLD[one]["language"]
        third = next(
            (id_ for id_ in TEXTS if id_ not in {one, other} and GOLD[id_]["language"] == language and apart(id_, one, other)), None
        )
        if third:
            bare = TEXTS[third].translate(dict.fromkeys(map(ord, '“”"«»')))
            speech = "“" + " ".join(bare.split()[:90]) + "”"
            assert kind(f"{TEXTS[one]}\n\n{speech}", f"{speech}\n\n{TEXTS[other]}") is None, (one, other, third)


def apart(id_: str, *from_: str) -> bool:
    return all(frozenset({id_, each}) not in RELATED for each in from_)


def test_a_notice_within_a_long_page_makes_no_copy_of_it() -> None:
    page = "\n\n".join(TEXTS[id_] for id_ in TEXTS if GOLD[id_]["language"] == "en" and id_ != "potomac-alabuga-amp")
    assert kind(TEXTS["nevsky-peskov-names"], page) is CopyKind.BORROWED


def test_dateline_case_marks_and_invisible_characters_do_not_count_and_digits_do() -> None:
    assert without_dateline("WASHINGTON, Dec 16 (CPW) - The head said").startswith("The head")
    assert without_dateline("МОСКВА, 24 октября. /ТАСС/. Россия").startswith("Россия")
    assert words_of("می‌شود كتاب «Drones»") == words_of("میشود کتاب drones")
    assert words_of("1,000 drones") != words_of("2,000 drones")


def test_fingerprints_are_the_same_in_every_process_and_release() -> None:
    """Stored fingerprints meet new ones only while this holds: where it fails, everything stored has to be read again."""
    text = "Tehran rejected the report on Monday, saying that no drones had been sent to Russia for the war in Ukraine."
    own = fingerprint(text)
    assert own.bands[:2] == ("c1041265fa26", "1417e081e2c3")
    assert own.passages[:2] == ("0183fc0e0b75", "01fcc4fef143")
    code = f"from pipeline.copies import fingerprint; print(fingerprint({text!r}))"
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, env={"PYTHONHASHSEED": seed}
        )
        assert done.stdout.strip() == repr(own)


def test_a_text_without_words_has_no_terms_and_is_like_nothing() -> None:
    assert fingerprint("…").bands == fingerprint("").passages == ()
    assert compare("", "") is None
    assert compare("", TEXTS["cpw-burns-pbs"]) is None


def test_the_longest_texts_have_a_bounded_fingerprint() -> None:
    long = " ".join(f"word{number}" for number in range(30_000))
    assert len(fingerprint(long).passages) == 300
    assert fingerprint(long).meets(fingerprint("A new lead. " + long))


def test_a_rewrite_carries_a_statement_in_other_words_and_a_copy_only_in_its_own() -> None:
    source = TEXTS["cpw-burns-pbs"]
    said = "Iran, he said, was already handing Moscow attack drones that were killing civilians in Ukraine"
    assert carrier(CopyKind.REWRITE, source)(said)
    assert carrier(CopyKind.COPY, source)("He said Iran was already handing Russia attack drones")
    assert not carrier(CopyKind.REWRITE, source)("Officials in two Gulf capitals shared the concern")


@given(st.text(max_size=400), st.text(max_size=400))
def test_the_order_of_two_texts_does_not_count_and_anything_can_be_compared(one: str, other: str) -> None:
    assert kind(one, other) == kind(other, one)
    assert fingerprint(one).meets(fingerprint(one)) == (len(fingerprint(one).passages) >= LEAST_PASSAGES or fingerprint(one).bands != ())
