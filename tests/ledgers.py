"""Statements as the ledger finds them: the story of the sample outlets' gold annotations, and single ones that show what matters."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from pipeline.claims import Facts
from pipeline.config_files import read_config
from pipeline.documents import Document, iso, known
from pipeline.enrich.extent import is_partial
from pipeline.model import Act
from pipeline.settings import read_settings
from pipeline.words import LanguageRules
from tests.conftest import SITES

FACTS = Facts(
    titles={"drones": "Iran supplies drones to Russia", "proof": "Nobody shows evidence"},
    named={"drones": ("IR", "RU"), "proof": ()},
    replies=frozenset({"proof"}),
    names={"IR": "Iran", "RU": "Russia", "US": "United States"},
    sides={"Iran": "IR", "Russia": "RU", "United States": "US"},
)
START = datetime.fromisoformat("2022-10-01T00:00:00Z")


def hour(number: float) -> str:
    text = iso(START + timedelta(hours=number))
    assert text is not None
    return text


def a_spoken_document(act: str = "denial", side: str | None = "IR", at: float = 0, **changes: Any) -> Document:
    """A statement's document; times are hours after the start, `seen` is when the article was first seen."""
    seen = changes.pop("seen", at)
    given: Document = {
        "act": act,
        "speaker": {"name": side or "Sky News", "kind": "country", "side": side},
        "targets": ["Iran"] if act == Act.ACCUSATION else [],
        "claims": ["drones"],
        "background": False,
        "partial": False,
        "at": hour(at),
        "event": {"created": hour(seen)},
        "utterance": "u",
        "novelty": "new",
        "article_id": "a",
        "ordinal": 0,
        "outlet": {"id": "outlet", "name": "The Outlet"},
        "text": f"{side} {act}",
        "url": {"full": "https://outlet.example/1"},
    }
    return known(given | changes)


def gold_story() -> dict[str, Document]:
    """All gold statements of the sample outlets, first seen an hour after they were published; reports that the gold says are
    the same statement share an utterance."""
    gold = [json.loads(name.read_text("utf-8")) for name in sorted(SITES.glob("*.gold.json"))]
    same = {_id(each["id"], place): _id(*it["same_as"]) for each in gold for place, it in enumerate(each["statements"]) if "same_as" in it}
    found = {id_: document for each in gold for id_, document in _of_gold(each)}
    return {id_: document | _utterance(id_, same, document["background"]) for id_, document in found.items()}


def _utterance(id_: str, same: Mapping[str, str], background: bool) -> Document:
    first = id_
    while first in same:
        first = same[first]
    return {"utterance": first, "novelty": "background" if background else "new" if first == id_ else "repeat"}


def _id(article: str, place: int) -> str:
    return hashlib.sha256(f"{article}\n{place}".encode()).hexdigest()[:40]


def _of_gold(gold: Mapping[str, Any]) -> Iterator[tuple[str, Document]]:
    words = read_config(read_settings(), "languages/en.yml", LanguageRules)
    text = (SITES / f"{gold['id']}.txt").read_text("utf-8")
    ids = [_id(gold["id"], place) for place, _ in enumerate(gold["statements"])]
    published = datetime.fromisoformat(gold["expected"]["published"])
    for place, (id_, it) in enumerate(zip(ids, gold["statements"], strict=True)):
        said = gold["title"] if it["start"] < 0 else text[it["start"] : it["end"]]
        yield (
            id_,
            known(
                {
                    **{key: it[key] for key in ("act", "targets", "claims", "background", "mode", "start", "end")},
                    "speaker": {"name": it["speaker"], "kind": it["speaker_kind"], "affiliation": it["affiliation"], "side": it["side"]},
                    "partial": is_partial(Act(it["act"]), said, words.partial),
                    "answers": None if it["addressee_of"] is None else ids[it["addressee_of"]],
                    "text": said,
                    "title": gold["title"],
                    "article_id": gold["id"],
                    "ordinal": place,
                    "outlet": {"id": gold["id"].split("-")[0], "name": gold["outlet"]},
                    "url": {"full": gold["url"]},
                    "at": iso(published),
                    "published": iso(published),
                    "event": {"created": iso(published + timedelta(hours=1))},
                }
            ),
        )
