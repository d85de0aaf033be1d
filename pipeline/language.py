"""Which language a text is in, as far as its letters tell.

A page's own word is believed unless the letters speak against it: a site's template says `lang="en"` on its Persian pages too. The few
languages that share a script are told apart by letters, or by their smallest words, that only one of them has.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping

# How much of a text is looked at: its letters do not change after the first paragraphs.
SAMPLE = 2000

LANGUAGES_OF: Mapping[str, frozenset[str]] = {
    "LATIN": frozenset({"en", "de", "fr", "es", "it", "pt", "nl", "pl", "cs", "tr", "az", "sv", "no", "da", "fi", "ro", "hu", "id", "vi"}),
    "CYRILLIC": frozenset({"ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "tg", "mn"}),
    "ARABIC": frozenset({"ar", "fa", "ur", "ps", "ku"}),
    "HEBREW": frozenset({"he", "yi"}),
    "GREEK": frozenset({"el"}),
    "ARMENIAN": frozenset({"hy"}),
    "GEORGIAN": frozenset({"ka"}),
    "DEVANAGARI": frozenset({"hi", "mr", "ne"}),
    "HANGUL": frozenset({"ko"}),
    "HIRAGANA": frozenset({"ja"}),
    "KATAKANA": frozenset({"ja"}),
    "CJK": frozenset({"zh", "ja"}),
    "THAI": frozenset({"th"}),
}
# Letters that one language has and its neighbours have not. Not the Arabic ya and kaf: some Persian pages are typed with them.
LETTERS: Mapping[str, Mapping[str, str]] = {
    "CYRILLIC": {"uk": "іїєґ", "ru": "ыэъё", "be": "ў"},
    "ARABIC": {"fa": "پچژگکی", "ar": "ةىأإ", "ur": "ٹڈڑںے"},
}
WORDS: Mapping[str, frozenset[str]] = {
    "en": frozenset({"the", "and", "of", "to", "that", "was", "with", "has", "have", "been", "said"}),
    "de": frozenset({"der", "die", "das", "und", "ist", "nicht", "mit", "auf", "ein", "eine", "von"}),
    "fr": frozenset({"le", "les", "des", "et", "est", "une", "dans", "pour", "qui", "sur", "du"}),
    "es": frozenset({"el", "los", "las", "del", "y", "que", "una", "por", "con", "para", "se"}),
    "it": frozenset({"il", "gli", "della", "che", "di", "una", "per", "non", "sono", "nel", "con"}),
    "pt": frozenset({"o", "os", "as", "do", "da", "que", "uma", "não", "com", "para", "em"}),
    "nl": frozenset({"het", "een", "van", "en", "de", "niet", "voor", "zijn", "met", "dat"}),
    "tr": frozenset({"ve", "bir", "bu", "için", "ile", "olarak", "da", "de", "olan", "çok"}),
    "pl": frozenset({"i", "w", "na", "się", "nie", "jest", "z", "do", "że", "od"}),
}
_WORD = re.compile(r"[^\W\d_]+")


def language_of(text: str, claimed: str | None) -> str | None:
    """ISO 639-1; None where neither page nor letters say. `claimed` is what the page says of itself (`en-GB`, `fa_IR`)."""
    code = _code(claimed)
    script = script_of(text)
    if script is None:
        return code
    if code in LANGUAGES_OF[script] and not _spoken_against(code, text, script):
        return code
    return _by_words(text) if script == "LATIN" else _by_letters(text, script)


def script_of(text: str) -> str | None:
    """The script of most letters, by its Unicode name; None for one that is not known here, and for too few letters."""
    counts = Counter[str]()
    for letter, times in Counter(text[:SAMPLE]).items():
        if letter.isalpha():
            counts[unicodedata.name(letter, "?").split(" ")[0].split("-")[0]] += times
    if counts["HIRAGANA"] + counts["KATAKANA"] > counts["CJK"] // 10 > 0:
        return "HIRAGANA"
    script, count = max(counts.items(), key=lambda item: item[1], default=("?", 0))
    return script if script in LANGUAGES_OF and count >= 10 else None


def _code(claimed: str | None) -> str | None:
    first = re.split(r"[-_,; ]", (claimed or "").strip().lower(), maxsplit=1)[0]
    return first if re.fullmatch(r"[a-z]{2}", first) else None


def _spoken_against(code: str | None, text: str, script: str) -> bool:
    """Whether letters or small words plainly say another of the languages known here."""
    found = _by_words(text) if script == "LATIN" else _by_letters(text, script)
    known = WORDS if script == "LATIN" else LETTERS.get(script, {})
    return found is not None and found != code and code in known


def _by_letters(text: str, script: str) -> str | None:
    counts = Counter(text[:SAMPLE].lower())
    scores = {code: sum(counts[letter] for letter in letters) for code, letters in LETTERS.get(script, {}).items()}
    best = max(scores, key=lambda code: scores[code], default=None)
    if best is not None and scores[best] > 0:
        return best
    return min(LANGUAGES_OF[script]) if len(LANGUAGES_OF[script]) == 1 else {"HEBREW": "he", "CYRILLIC": "ru"}.get(script)


def _by_words(text: str) -> str | None:
    words = _WORD.findall(text[:SAMPLE].lower())
    scores = {code: sum(word in known for word in words) for code, known in WORDS.items()}
    best = max(scores, key=lambda code: scores[code])
    # One word in twelve: running text of these languages has one in six, a list of names or another language hardly any.
    return best if words and scores[best] * 12 >= len(words) else None
