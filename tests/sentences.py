"""Texts written from the annotation scheme alone, and how many of their statements are found.

English ones are `tests/data/statements/*.yml`, those of other languages `tests/data/languages/LANGUAGE.yml`.
`python -m tests.sentences [--misses FILE.yml]` prints the table. Every fourth item of each file is set aside: nobody looks at
what goes wrong there.
"""

import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from pipeline.enrich import Reader, read_statements
from pipeline.model import Context, Statement, Verdict
from pipeline.reading import open_reader
from pipeline.settings import read_settings
from tests import score

DATA = Path(__file__).parent / "data"
LANGUAGES = ("fa", "ru", "ar")


@dataclass(frozen=True, slots=True)
class Result:
    name: str
    aside: bool
    text: str
    hits: list[tuple[Mapping[str, Any], Statement]]
    misses: list[Mapping[str, Any]]
    alarms: list[Statement]


def files() -> dict[Path, str]:
    """Every file with its language."""
    english = dict.fromkeys(sorted((DATA / "statements").glob("*.yml")), "en")
    return english | {DATA / "languages" / f"{language}.yml": language for language in LANGUAGES}


def results(reader: Reader, only: str | None = None, languages: Collection[str] = ("en",)) -> Iterator[Result]:
    for file, language in files().items():
        if language in languages and only in (None, file.name):
            for number, item in enumerate(yaml.safe_load(file.read_text(encoding="utf-8"))):
                yield _result(file.stem, number % 4 == 3, item, language, reader)


def _result(name: str, aside: bool, item: Mapping[str, Any], language: str, reader: Reader) -> Result:
    text = item["text"]
    published = datetime.fromisoformat(str(item["published"])).replace(tzinfo=UTC) if item.get("published") else None
    context = Context(title=None, outlet=item.get("outlet"), published=published, language=language)
    left = list(read_statements(text, context, reader, Verdict(on_topic=True, reason="given")).statements)
    hits, misses = [], []
    for wanted in item["expect"]:
        place = text.index(wanted["words"])
        found = next((each for each in left if each.act == wanted["act"] and each.start <= place < each.end), None)
        if found is None:
            misses.append(wanted)
        else:
            left.remove(found)
            hits.append((wanted, found))
    return Result(name, aside, text, hits, misses, left)


def right_speaker(wanted: Mapping[str, Any], found: Statement) -> bool:
    return "speaker" not in wanted or score.same_speaker(found.speaker.name, {"speaker_kind": "person", **wanted})


def table(all_results: list[Result]) -> str:
    lines = [
        f"{'file':17} {'half':8} {'P':>6} {'R':>6} {'F1':>6} {'speaker':>8} {'background':>11}   texts without a statement: false alarms"
    ]
    names = [*sorted({each.name for each in all_results}), "all"]
    for name in names:
        for aside in (False, True):
            chosen = [each for each in all_results if name in (each.name, "all") and each.aside is aside]
            lines.append(f"{name:17} {'aside' if aside else 'open':8} {_row(chosen)}")
    return "\n".join(lines)


def figures(chosen: list[Result]) -> dict[str, float]:
    """Precision, recall and F1 over all acts, and the shares of right speakers and background marks among the hits."""
    pairs = [pair for each in chosen for pair in each.hits]
    hits, misses, alarms = len(pairs), sum(len(each.misses) for each in chosen), sum(len(each.alarms) for each in chosen)
    precision, recall = hits / max(1, hits + alarms), hits / max(1, hits + misses)
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / max(1e-9, precision + recall),
        "speaker": sum(right_speaker(*pair) for pair in pairs) / max(1, hits),
        "background": sum(wanted.get("background", found.background) == found.background for wanted, found in pairs) / max(1, hits),
    }


def _row(chosen: list[Result]) -> str:
    it = figures(chosen)
    empty = [each for each in chosen if not each.hits and not each.misses]
    alarms = sum(len(each.alarms) for each in empty)
    numbers = f"{it['precision']:6.3f} {it['recall']:6.3f} {it['f1']:6.3f} {it['speaker']:8.3f} {it['background']:11.3f}"
    return f"{numbers}   {alarms} in {len(empty)}"


def main() -> None:
    reader = open_reader(read_settings())
    only = sys.argv[2] if len(sys.argv) > 2 else None
    found = list(results(reader, only, {"en", *LANGUAGES}))
    if only:
        for each in found:
            if not each.aside and (each.misses or each.alarms or any(not right_speaker(*pair) for pair in each.hits)):
                print("---", each.text)
                for miss in each.misses:
                    print("   - miss ", miss["act"], miss.get("speaker"), "|", miss["words"])
                for alarm in each.alarms:
                    print("   + alarm", alarm.act, alarm.speaker.name, "|", alarm.why.cue, "|", alarm.why.rule)
                for wanted, hit in each.hits:
                    if not right_speaker(wanted, hit):
                        print("   ~", hit.speaker.name, "not", wanted["speaker"])
    print(table(found))


if __name__ == "__main__":
    main()
