"""How well the reader reads, in tables: the sample outlets by language, five real articles where they are there, single sentences.

`python -m tests.evaluation [FOLDER]` (or `make eval`) prints it; what was missed or wrongly found stands, article by article, in
FOLDER/*.txt (`.claimwire/eval`). Figures that `tests/score.py` has are its own; links and claim tags are counted here.
"""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from pipeline.enrich import PARSED
from pipeline.findings import findings_json
from pipeline.reading import open_reader
from pipeline.reads import read_findings
from pipeline.settings import Settings, read_settings
from tests import articles, quotes, replay, score, sentences

ROOT = Path(__file__).parent.parent
SITES = ROOT / "tests" / "data" / "sites"
SEEDS = Path(os.environ.get("CLAIMWIRE_TEST_SEEDS") or ROOT.parent / "shared" / "eval" / "seeds")
OUT = ROOT / ".claimwire" / "eval"

Json = Mapping[str, Any]
Pairs = Sequence[tuple[Json, Json]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Set:
    """One folder of annotated articles, and what was read in them."""

    name: str
    golds: dict[str, Any]  # id to (gold, sentences, text), as the scorer loads them
    predictions: dict[str, Any]
    result: dict[str, Any]  # of the scorer

    @property
    def hits(self) -> list[tuple[Json, Json]]:
        return [pair for hits, *_ in self.result["per"].values() for pair in hits]


def evaluated(name: str, folder: Path, settings: Settings, language: str = "en") -> Set:
    """Reads every text of a folder that is in that language, and scores it."""
    golds = {id_: gold for id_, gold in score.load_gold(str(folder)).items() if gold[0]["language"] == language}
    cameo = open_reader(settings).cameo
    predictions = {}
    for given, findings in read_findings([str(folder / f"{id_}.txt") for id_ in sorted(golds)], folder / "meta.jsonl", settings):
        document = findings_json(findings, id=given.id, title=given.context.title, language=language, text=given.text, cameo=cameo)
        # The scorer hands statements on as copies: their place in the list and their rule go with them.
        for place, (each, statement) in enumerate(zip(document["statements"], findings.statements, strict=True)):
            each |= {"place": place, "rule": statement.why.rule}
        predictions[given.id] = document
    return Set(name=name, golds=golds, predictions=predictions, result=score.evaluate(golds, predictions))


def evaluated_blind(settings: Settings) -> tuple[Set, Set]:
    """The articles of `tests/data/articles`: those that may be looked at, and those that are set aside."""
    with TemporaryDirectory() as folder:
        names = {"articles": False, "set aside": True}
        open_, aside = (evaluated(name, articles.written(Path(folder) / name, aside=aside), settings) for name, aside in names.items())
    return open_, aside


def links(found: Set) -> dict[str, Any]:
    """Of matched denials: a link is right where it leads to the statement that was matched with the gold link's."""
    right = told = wanted = 0
    for id_, (hits, *_) in found.result["per"].items():
        golds = found.golds[id_][0]["statements"]
        partner = {id(gold): predicted["place"] for gold, predicted in hits}
        for gold, predicted in hits:
            if gold["act"] == "denial":
                told += predicted["addressee_of"] is not None
                wanted += gold["addressee_of"] is not None
                right += is_linked_right(gold, predicted, golds, partner)
    scored: dict[str, Any] = score.prf(right, told - right, wanted - right)
    return scored


def is_linked_right(gold: Json, predicted: Json, golds: Sequence[Json], partner: Mapping[int, int]) -> bool:
    if gold["addressee_of"] is None or predicted["addressee_of"] is None:
        return False
    return bool(partner.get(id(golds[gold["addressee_of"]])) == predicted["addressee_of"])


def tags(pairs: Pairs) -> dict[str, Any] | None:
    """Claim tags of matched statements whose gold has any said of it; None where no gold does."""
    both = [(set(gold["claims"]), set(predicted["claims"])) for gold, predicted in pairs if "claims" in gold]
    if not both:
        return None
    right = sum(len(gold & told) for gold, told in both)
    scored: dict[str, Any] = score.prf(right, sum(len(told - gold) for gold, told in both), sum(len(gold - told) for gold, told in both))
    return scored


# ------------------------------------------------------------------------------------------------ the table
def rows(found: Set) -> dict[str, tuple[str, ...]]:
    """Measure to its cells: precision, recall, F1 or share, and the counts behind them."""
    result = found.result
    cells = {"accusation + denial": _prf(result["alert"])}
    cells |= {f"  {act}": _prf(result["acts"][act]) for act in score.ACTS}
    cells |= {"all acts, micro": _prf(result["all"]), "all acts, macro F1": _share(result["macro_f1"])}
    for title, key in (("", "attributes"), (" (acc. + den.)", "attributes_alert")):
        names = ("speaker", "side", "targets", "background", "mode") if not title else ("speaker",)
        cells |= {f"right {name}{title}": _share(result[key][name], result[key]["n"]) for name in names}
    cells |= {
        "background = true": _prf(result["background_true"]),
        "denial answers": _prf(links(found)),
        "claim tags": _prf(tags(found.hits)),
    }
    return cells | {"on topic": _prf(result["topic"]), "repeats among false alarms": ("", "", "", str(result["repeats"]))}


def _prf(scored: Json | None) -> tuple[str, ...]:
    if scored is None or not scored["tp"] + scored["fp"] + scored["fn"]:
        return ("", "", "–", "")
    return (*(f"{scored[key]:.3f}" for key in ("p", "r", "f1")), f"{scored['tp']}/{scored['fp']}/{scored['fn']}")


def _share(value: float | None, of: int | None = None) -> tuple[str, ...]:
    return ("", "", "–" if value is None else f"{value:.3f}", "" if of is None else f"of {of}")


def table(sets: Sequence[Set]) -> Table:
    made = Table("", title="tp/fp/fn: found, false alarms, missed", title_justify="left")
    for each in sets:
        made.add_column(f"{each.name}: {len(each.golds)}\nP", justify="right")
        for head in ("\nR", "\nF1, share", "\ntp/fp/fn"):
            made.add_column(head, justify="right")
    cells = [rows(each) for each in sets]
    for measure in cells[0]:
        made.add_row(measure, *(cell for each in cells for cell in each[measure]), end_section=measure in SECTIONS)
    return made


SECTIONS = {"all acts, macro F1", "right speaker (acc. + den.)", "claim tags"}


# ------------------------------------------------------------------------------------------------ what went wrong
def told(found: Set) -> Iterator[str]:
    """Lines to read down: for each article what was missed, wrongly found, or found with something wrong about it."""
    for id_, (hits, misses, alarms, repeats) in found.result["per"].items():
        gold, _, text = found.golds[id_]
        partner = {id(each): predicted["place"] for each, predicted in hits}
        wrong = [(each, predicted, _wrong(each, predicted, gold["statements"], partner)) for each, predicted in hits]
        wrong = [it for it in wrong if it[2]]
        if not (misses or alarms or wrong):
            continue
        yield f"== {id_}{'' if gold['on_topic'] else ' (off topic)'}: {gold['title']}"
        yield f"   {len(hits)} found, {len(misses)} missed, {len(alarms)} false alarms"
        for each in misses:
            yield from _miss(each, found.predictions.get(id_, {}).get("statements", ()), gold, text)
        for each in alarms:
            again = " (repeats one that was found)" if any(each is other for other in repeats) else ""
            yield f" + alarm  {each['act']}: {each['speaker']} → {', '.join(each['targets']) or '–'}{again}"
            yield from (f"          by “{each['cue']}” ({each['rule']})", f"          {_quoted(each, gold, text)}")
        for each, predicted, troubles in wrong:
            yield f" ~ wrong  {each['act']}: {each['speaker']}: {'; '.join(troubles)}"
            yield from (f"          by “{predicted['cue']}” ({predicted['rule']})", f"          {_quoted(each, gold, text)}")
        yield ""


def _miss(missed: Json, predicted: Sequence[Json], gold: Json, text: str) -> Iterator[str]:
    flag = ", background" if missed["background"] else ""
    yield f" - miss   {missed['act']}: {missed['speaker']} → {', '.join(missed['targets']) or '–'} ({missed['mode']}{flag})"
    yield f"          {_quoted(missed, gold, text)}"
    for each in predicted:
        if score.overlap(missed["_span"], score.span(each, [], text)) >= 0.5:
            yield f"          read there: {each['act']} by {each['speaker']}, “{each['cue']}” ({each['rule']})"


def _wrong(gold: Json, predicted: Json, golds: Sequence[Json], partner: Mapping[int, int]) -> list[str]:
    troubles = [] if score.same_speaker(predicted["speaker"], gold) else [f"speaker {predicted['speaker']!r}"]
    for key in ("side", "background", "mode"):
        troubles += [f"{key} {predicted[key]}, not {gold[key]}"] if predicted[key] != gold[key] else []
    if gold["act"] != "concern" and score.jaccard(predicted["targets"], gold["targets"]) < 1:
        troubles.append(f"targets {predicted['targets']}, not {gold['targets']}")
    if "claims" in gold and set(predicted["claims"]) != set(gold["claims"]):
        troubles.append(f"claims {predicted['claims']}, not {gold['claims']}")
    linked = (predicted["addressee_of"], gold["addressee_of"]) != (None, None)
    if gold["act"] == "denial" and linked and not is_linked_right(gold, predicted, golds, partner):
        wanted = None if gold["addressee_of"] is None else golds[gold["addressee_of"]]["speaker"]
        troubles.append(f"answers [{predicted['addressee_of']}], not that of {wanted}")
    return troubles


def _quoted(statement: Json, gold: Json, text: str) -> str:
    span = statement["_span"]
    return "| " + " ".join((gold["title"] if span == "title" else text[span[0] : span[1]] if span else "(no place)").split())


def told_of_sentences(results: Sequence[sentences.Result]) -> Iterator[str]:
    """The same for single sentences; those set aside stay unread."""
    for each in results:
        strange = [(wanted, hit) for wanted, hit in each.hits if not sentences.right_speaker(wanted, hit)]
        if each.aside or not (each.misses or each.alarms or strange):
            continue
        yield f"== {each.name}: {each.text}"
        yield from (f" - miss   {miss['act']}: {miss.get('speaker')} | {miss['words']}" for miss in each.misses)
        yield from (f" + alarm  {it.act}: {it.speaker.name} | {it.why.cue} ({it.why.rule})" for it in each.alarms)
        yield from (f" ~ wrong  {wanted['act']}: speaker {hit.speaker.name!r}, not {wanted['speaker']!r}" for wanted, hit in strange)
        yield ""


def main() -> None:
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else OUT
    out.mkdir(parents=True, exist_ok=True)
    settings = read_settings()
    folders = {"seeds": SEEDS, "sites": SITES}
    sets = [evaluated(name, folder, settings) for name, folder in folders.items() if folder.is_dir()]
    others = sorted(open_reader(settings).languages - {PARSED})
    spoken = [evaluated(f"sites, {language}", SITES, settings, language) for language in others]
    blind = evaluated_blind(settings)
    single = list(sentences.results(open_reader(settings)))
    for each in (*sets, *spoken, blind[0]):
        (out / f"{each.name}.txt").write_text("\n".join(told(each)), encoding="utf-8")
    (out / "sentences.txt").write_text("\n".join(told_of_sentences(single)), encoding="utf-8")
    # A pipe is 80 columns wide to rich, and this table is not.
    Console(width=None if sys.stdout.isatty() else 120).print(table(sets))
    Console(width=None if sys.stdout.isatty() else 120).print(table(spoken))
    Console(width=None if sys.stdout.isatty() else 120).print(table(blind))
    if not SEEDS.is_dir():
        print(f"no seeds: {SEEDS} is not there. CLAIMWIRE_TEST_SEEDS names a folder of annotated real articles")
    print(f"\n{quotes.table(list(quotes.articles(open_reader(settings))))}")
    print(f"\n{sentences.table(single)}\n")
    with replay.own_node() as url:
        there = {name: folder for name, folder in folders.items() if folder.is_dir()}
        Console(width=None if sys.stdout.isatty() else 120).print(replay.table(there, read_settings(elasticsearch_url=url)))
    print(f"misses and false alarms: {out}/*.txt")


if __name__ == "__main__":
    main()
