"""How well attributions are found: source, cue and content of reported speech, on topic or not.

`python -m tests.quotes [--misses FILE]` scores them on the articles of `tests/data/attributions`, which somebody wrote and annotated who
had seen no rule. A found attribution is right where its content and that of the annotation share at least half of the words of each
(the strict measure of the PolNeAR corpus' users); pairs are one to one. Every second article is set aside.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.enrich import Reader
from pipeline.enrich.attributions import attributions
from pipeline.enrich.sentences import quotations, sentences
from pipeline.reading import open_reader
from pipeline.settings import read_settings
from pipeline.spans import Attributed, Spans, attributed

FOLDER = Path(__file__).parent / "data" / "attributions"
TAG = re.compile(r"<(/?)([scx])(\d+)>")
WORD = re.compile(r"\w+")
ACCUSE = re.compile(r"\b(?:accus|blam|charg|alleg|fault)", re.IGNORECASE)
DENY = re.compile(r"\b(?:den[iy]|reject|refut|dismiss|disput|rebut)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Score:
    """Counts over articles; a recall is None where nothing was there to be found."""

    found: int
    wanted: int
    right: int
    sources: int  # right ones with a source that shares a word

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.found + self.wanted) if self.found + self.wanted else 0.0


def read(tagged: str) -> tuple[str, list[Attributed]]:
    """The plain text and its annotated attributions."""
    plain, opened, spans = "", {}, defaultdict(list)
    place = 0
    for tag in TAG.finditer(tagged):
        plain += tagged[place : tag.start()]
        place = tag.end()
        closes, kind, number = tag.groups()
        if closes:
            spans[int(number), kind].append((opened.pop((number, kind)), len(plain)))
        else:
            opened[number, kind] = len(plain)
    plain += tagged[place:]
    numbers = sorted({number for number, _ in spans})
    return plain, [
        Attributed(source=tuple(spans[each, "s"]), cue=tuple(spans[each, "c"]), content=tuple(spans[each, "x"])) for each in numbers
    ]


def find(text: str, reader: Reader) -> list[Attributed]:
    doc = reader.parser.one(text)
    return [attributed(each) for each in attributions(doc, sentences(doc), quotations(text), reader.words)]


def words(spans: Spans, text: str) -> frozenset[int]:
    """Where the words of the spans begin."""
    return frozenset(start + word.start() for start, end in spans for word in WORD.finditer(text[start:end]))


def pairs(wanted: Sequence[Attributed], found: Sequence[Attributed], text: str) -> list[tuple[Attributed, Attributed]]:
    """One to one, the greatest overlaps first; cues that meet come before cues that do not."""
    scored = []
    for gold_at, gold in enumerate(wanted):
        for place, told in enumerate(found):
            one, other = words(gold.content, text), words(told.content, text)
            shared = len(one & other)
            if one and other and 2 * shared >= len(one) and 2 * shared >= len(other):
                cues = bool(words(gold.cue, text) & words(told.cue, text))
                scored.append((cues, shared / len(one | other), gold_at, place))
    taken: set[int] = set()
    made: dict[int, int] = {}
    for _, _, gold_at, place in sorted(scored, reverse=True):
        if gold_at not in made and place not in taken:
            made[gold_at] = place
            taken.add(place)
    return [(wanted[gold_at], found[place]) for gold_at, place in sorted(made.items())]


@dataclass(frozen=True, slots=True)
class Article:
    name: str
    aside: bool
    text: str
    wanted: list[Attributed]
    found: list[Attributed]
    hits: list[tuple[Attributed, Attributed]]


def articles(reader: Reader) -> Iterator[Article]:
    for number, file in enumerate(sorted(FOLDER.glob("*.txt"))):
        text, wanted = read(file.read_text(encoding="utf-8"))
        found = find(text, reader)
        yield Article(file.stem, number % 2 == 1, text, wanted, found, pairs(wanted, found, text))


def score(chosen: Sequence[Article], cue: re.Pattern[str] | None = None) -> Score:
    """Over these articles; with a pattern, over the annotated attributions whose cue it finds."""
    wanted = right = found = sources = 0
    for article in chosen:
        golds = [each for each in article.wanted if cue is None or cue.search(_text(each.cue, article.text))]
        hits = [(gold, told) for gold, told in article.hits if gold in golds]
        wanted, right, found = wanted + len(golds), right + len(hits), found + len(article.found)
        sources += sum(
            bool(words(gold.source, article.text) & words(told.source, article.text)) or gold.source == told.source == ()
            for gold, told in hits
        )
    return Score(found, wanted, right, sources)


def _text(spans: Spans, text: str) -> str:
    return " … ".join(text[start:end] for start, end in spans)


def table(all_articles: Sequence[Article]) -> str:
    lines = [f"{'attributions':12}  {'P':>5}  {'R':>5}  {'F1':>5}  {'source':>6}  {'accuse R':>8}  {'deny R':>8}"]
    for name, aside in (("open", False), ("aside", True)):
        chosen = [each for each in all_articles if each.aside == aside]
        whole, accuse, deny = score(chosen), score(chosen, ACCUSE), score(chosen, DENY)
        lines.append(
            f"{name:12}  {whole.right / whole.found:5.3f}  {whole.right / whole.wanted:5.3f}  {whole.f1:5.3f}  "
            f"{whole.sources / whole.right:6.3f}  {accuse.right:3}/{accuse.wanted:<4}  {deny.right:3}/{deny.wanted:<4}"
        )
    return "\n".join(lines)


def misses(article: Article) -> Iterator[str]:
    yield f"== {article.name}"
    missed = [each for each in article.wanted if all(each is not gold for gold, _ in article.hits)]
    alarms = [each for each in article.found if all(each is not told for _, told in article.hits)]
    for mark, group in (("- miss ", missed), ("+ alarm", alarms)):
        for each in group:
            parts = (_text(part, article.text) for part in (each.source, each.cue, each.content))
            yield f" {mark} {' | '.join(parts)}".replace("\n", " ")


def main() -> None:
    read_ = list(articles(open_reader(read_settings())))
    print(table(read_))
    if "--misses" in sys.argv:
        lines = [line for article in read_ if not article.aside for line in misses(article)]
        Path(sys.argv[sys.argv.index("--misses") + 1]).write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
