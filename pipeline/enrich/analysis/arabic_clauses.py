"""Which of several words an Arabic form is in its clause, and what particles and auxiliaries make of a verb's tense."""

from collections.abc import Sequence

from pipeline.enrich.analysis.arabic_words import Word

# A written word, its key and what it may be.
Written = tuple[str, str, tuple[Word, ...]]

# Grammar of closed classes, by key. Behind these stands a verb, of the present only behind all but the last three.
_BEFORE_PRESENT = frozenset({"لم", "لن", "سوف", "س", "كي", "لكي", "الا"})
_BEFORE_VERB = _BEFORE_PRESENT | {"قد", "لقد", "لا"}
# A clause in which the verb mostly comes first.
_BEGIN_VERBAL = frozenset(
    {"ما", "مما", "الذي", "التي", "الذين", "كما", "حيث", "عندما", "بينما", "حين", "حينما", "اذا", "لو", "فيما", "ثم", "بعدما", "هل"}
)
# Behind these and أن a verb is told: "after it rejected".
_BEFORE_THAT = frozenset({"بعد", "قبل", "منذ", "الي", "سبق", "يمكن", "يجب"})
_THAT = "ان"
_WAS = "كان"
_COMPLETED = "قد"
# What it is before the present.
_MAYBE = "ربما"
# How far behind كان its verb may stand: "وكان وزير الخارجية الإيراني حسين أمير عبد اللهيان قد".
_REACH = 14
_NOMINAL = frozenset({"NOUN", "PROPN", "ADJ", "PRON", "NUM"})
_BREAKS = frozenset(".؟!؛?:\n")


def chosen(written: Sequence[Written], seldom: frozenset[str]) -> list[Word]:
    """One word for each token."""
    words: list[Word] = []
    for place, (text, key, readings) in enumerate(written):
        if not readings:
            words.append(_unknown(text, key, words, written))
        else:
            words.append(_known(place, written, words, seldom))
    return words


def _known(place: int, written: Sequence[Written], words: Sequence[Word], seldom: frozenset[str]) -> Word:
    text, key, readings = written[place]
    beside = [word for word in readings if word.has("VerbForm", "Conv")]
    if beside and _goes_with_verb(place, written, words):
        return beside[0]
    left = tuple(word for word in readings if word not in beside)
    if not left:
        return Word(key.removesuffix("ا"), "ADJ", {"Number": "Sing"})
    return left[0] if len(left) == 1 else _likeliest(place, (*written[:place], (text, key, left), *written[place + 1 :]), words, seldom)


def _goes_with_verb(place: int, written: Sequence[Written], words: Sequence[Word]) -> bool:
    """Whether a participle says what else somebody does: behind a comma, or with "that" behind it."""
    after = written[place + 1] if place + 1 < len(written) else ("", "", ())
    following = after[2][0].pos if after[2] else "PROPN" if after[0].isalpha() else ""
    before = words[place - 1] if words else None
    if before is not None and (before.pos in {"ADP", "DET"} or before.lemma == _WAS):
        return False
    if following == "SCONJ":
        return True
    parted = before is not None and (before.lemma == "،" or (before.pos == "CCONJ" and place > 1 and words[place - 2].lemma == "،"))
    return (
        parted
        and following in {"ADP", "NOUN", "PROPN", "PRON", "DET"}
        and (written[place][1][-1] == "ا" or following != "NOUN" or _is_definite(after))
    )


def _is_definite(written: Written) -> bool:
    return any(word.has("Definite", "Def") for word in written[2])


def _unknown(text: str, key: str, words: Sequence[Word], written: Sequence[Written]) -> Word:
    if text.isspace():
        return Word(text, "SPACE")
    if not any(letter.isalnum() for letter in key):
        return Word(key, "PUNCT")
    if key[0].isdigit():
        return Word(key, "NUM")
    if key.isascii():
        return Word(key, "PROPN" if text[0].isupper() else "X")
    if words and written[len(words) - 1][1] in _BEFORE_PRESENT and key[0] in "يتنا":
        return Word(key, "VERB", {"VerbForm": "Fin", "Tense": "Pres", "Aspect": "Imp", "Person": "3", "Voice": "Act"})
    if key.startswith("ال") and len(key) > 3:
        if words and words[-1].pos == "PROPN" and not written[len(words) - 1][2]:
            return Word(key, "PROPN")  # a surname behind a given name that nobody knows
        return Word(key[2:], "NOUN", {"Definite": "Def"})
    return Word(key, "NOUN" if text.endswith(("ة", "ات")) else "PROPN")


def _likeliest(place: int, written: Sequence[Written], words: Sequence[Word], seldom: frozenset[str]) -> Word:
    text, _, readings = written[place]
    verbs = [word for word in readings if word.pos in {"VERB", "AUX"}]
    others = [word for word in readings if word.pos not in {"VERB", "AUX"}]
    if verbs and others and (by_letter := _of_last_letter(text, verbs, others, words)):
        return by_letter
    if verbs and (not others or _is_verb(place, written, words, seldom)):
        return _of_tense(verbs, written[place - 1][1] if place else "")
    return _of_others(text, others, words)


def _of_last_letter(text: str, verbs: Sequence[Word], others: Sequence[Word], words: Sequence[Word]) -> Word | None:
    """`نفى` is the verb, `نفي` the noun; without dots the ya of a noun is written in Egypt."""
    if text.endswith("ي"):
        return next((word for word in others if word.pos in {"NOUN", "ADJ"}), None)
    behind_preposition = bool(words) and words[-1].pos == "ADP"
    return verbs[0] if text.endswith("ى") and others[0].pos == "NOUN" and not behind_preposition else None


def _of_tense(verbs: Sequence[Word], before: str) -> Word:
    present = before in _BEFORE_PRESENT or before in {"لا", "ل", _THAT}
    return next((word for word in verbs if word.has("Tense", "Pres") == present), verbs[0])


def _of_others(text: str, others: Sequence[Word], words: Sequence[Word]) -> Word:
    """The ya without dots is a preposition's; behind a noun an adjective is likelier, elsewhere a noun."""
    if text.endswith("ي") and len(others) > 1 and others[0].lemma == "علي":
        return others[-1]
    if others[0].pos in {"NOUN", "ADJ"}:
        behind_noun = bool(words) and words[-1].pos in {"NOUN", "ADJ"} and _agree(words[-1], others[0])
        wanted = "ADJ" if behind_noun else "NOUN"
        return next((word for word in others if word.pos == wanted), others[0])
    return others[0]


def _agree(noun: Word, word: Word) -> bool:
    return noun.features.get("Definite") == word.features.get("Definite")


def _is_verb(place: int, written: Sequence[Written], words: Sequence[Word], seldom: frozenset[str]) -> bool:
    """Whether what stands before a form that is a verb and something else wants the verb."""
    _, key, readings = written[place]
    before = words[place - 1] if place else None
    last = written[place - 1][1] if place else ""
    tenses = {word.features.get("Tense") for word in readings if word.pos == "VERB"}
    if last in _BEFORE_VERB:
        return True
    if key in seldom or (before is not None and before.pos in {"ADP", "DET"}):
        return last == "ل" and tenses == {"Pres"}
    if "Pres" in tenses and last == _THAT:
        return True
    if last == _THAT:
        return place > 1 and written[place - 2][1] in _BEFORE_THAT
    if before is None or last in _BEGIN_VERBAL or before.pos in {"PUNCT", "SPACE"}:
        return not _begins_headline(place, written)
    if before.pos == "CCONJ":
        return _is_verb_behind_and(place, written, words)
    if before.pos in _NOMINAL and not (before.pos in {"PROPN", "PRON"} or before.has("Definite", "Def")):
        return False
    return before.pos in _NOMINAL | {"ADV"} and not _has_verb(words)


def _has_verb(words: Sequence[Word]) -> bool:
    """Whether the clause that goes on here has its verb: what follows its subject is an object then."""
    for word in reversed(words):
        if word.pos in {"VERB", "SCONJ", "PUNCT", "SPACE", "CCONJ"}:
            return word.pos == "VERB"
    return False


def _is_verb_behind_and(place: int, written: Sequence[Written], words: Sequence[Word]) -> bool:
    """At the beginning of a clause "and" joins verbs, behind a bare noun nouns."""
    joined = words[place - 2] if place > 1 else None
    if joined is None or joined.pos in {"PUNCT", "SPACE"}:
        return not _begins_headline(place, written)
    return not (joined.pos in {"NOUN", "ADJ"} and not joined.has("Definite", "Def"))


def _begins_headline(place: int, written: Sequence[Written]) -> bool:
    """`نفي إيراني`, `رفض روسي`: a bare adjective behind makes it a noun."""
    after = written[place + 1][2] if place + 1 < len(written) else ()
    return bool(after) and all(word.pos == "ADJ" and not word.has("Definite", "Def") for word in after)


def told(words: Sequence[Word], keys: Sequence[str]) -> list[Word]:
    """The verbs with the tense that particles and كان give them."""
    made = list(words)
    for place, word in enumerate(words):
        before = keys[place - 1] if place else ""
        if word.pos in {"VERB", "AUX"}:
            made[place] = _behind_particle(made[place], before)
        if keys[place] == _COMPLETED and place + 1 < len(words) and words[place + 1].has("Tense", "Pres"):
            made[place] = Word(_MAYBE, "PART")
        if word.lemma == _WAS and word.has("Tense", "Past") and before != "لم":
            _complete(place, words, keys, made)
    return made


def _behind_particle(word: Word, before: str) -> Word:
    if before in {"س", "سوف", "لن"}:
        return word.told(Tense="Fut")
    if before == "لم":
        return word.told(Tense="Past", Mood="Jus")
    return word


def _complete(was: int, words: Sequence[Word], keys: Sequence[str], made: list[Word]) -> None:
    """`كان … قد قال`, `كانت موسكو أعلنت`: the pluperfect; `كان يقول`: what was done again and again."""
    for place in range(was + 1, min(was + _REACH, len(words))):
        word = words[place]
        if keys[place] in _BREAKS or word.pos in {"SCONJ", "AUX"}:
            return
        if word.pos == "VERB":
            completed = keys[place - 1] == _COMPLETED
            if word.has("Tense", "Past") and (completed or "،" not in keys[was:place]):
                made[place] = word.told(Tense="Pqp")
            elif word.has("Tense", "Pres") and "،" not in keys[was:place]:
                made[place] = word.told(Tense="Past", Aspect="Imp")
            if completed or "،" not in keys[was:place]:
                return
