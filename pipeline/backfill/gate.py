"""Whether a page can be on topic at all, told by its bytes: what cannot costs a scan of them, a small part of taking its text out.

An article on topic names all parties in its text. So does the page it stands on, in whatever charset, with letters written as references
(`&#1048;`, `&icy;`) or escaped in a script's JSON, words split by tags, soft hyphens or vowel signs, composed or not. The gate looks for
the words in all these forms, wherever they stand: it may let in what is not on topic, and loses nothing that is.
"""

import contextlib
import unicodedata
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from html.entities import html5
from itertools import chain, zip_longest

import re2

from pipeline import charsets
from pipeline.pdf import is_pdf
from pipeline.plaintext import unescaped
from pipeline.rules import Topic
from pipeline.topic import VOWEL_SIGNS, typed_as

# What may stand between two letters of a word and leaves it one word in the page's text: tags (in a script's JSON, or markup inside a
# string of it, escaped), comments, soft hyphens, joiners, vowel signs, accents apart from their letters.
_TAGS = (
    r"""<(?:[^>"']|"[^"]*"|'[^']*')*>""",
    r"<[^>]*>",
    r"<!--(?:[^-]|-[^-])*-->",
    r"\\+u003[cC](?:[^\\]|\\+[^u])*\\+u003[eE]",
    r"&(?:amp;)*lt;(?:[^&]|&(?:amp;)*[^gl])*&(?:amp;)*gt;",
)
# What may stand at a word: no Latin letter or digit, unless an escape of JSON or a reference without its semicolon ends with it.
_BEFORE = r"(?:^|[^A-Za-z0-9_]|\\[bfnrt]|\\u[0-9A-Fa-f]{4}|&[#A-Za-z0-9]{1,12})"
_BEHIND = "(?:$|[^A-Za-z0-9_])"
_JOINED, _NO_BREAK = " \u200c", "\u00a0\u200c"
_HIDDEN = ("\u00ad", "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u2060", "\ufeff")
_ACCENTS = r"\x{300}-\x{36f}" + VOWEL_SIGNS
_SPACES = r"[\s\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]"
# Letters that are one when case does not count, to Python, which tells more such pairs than RE2 does.
_ALSO = {"i": "İı", "s": "ſ", "k": "\u212a"}

# A set of some thousand words with everything that may stand inside them; RE2 gives a matcher up that outgrows its memory.
_MEMORY = 256 * 2**20


class Gate:
    """One topic's, to be made once per process."""

    def __init__(self, topic: Topic) -> None:
        groups = list(_needed(topic))
        alphabet = set(chain.from_iterable(_letters(word) for words in groups for word in words)) | set(_HIDDEN)
        written = f"{_references(alphabet)}|{_escapes(alphabet)}"
        named = [_any_of(words) for words in groups]
        # Most pages have neither a name of the first party nor a letter that is written otherwise: one look at each byte says so.
        self._first = _compiled("|".join((written, *named[:1])))
        self._written = _compiled(written)
        self._groups = [_compiled(each) for each in named]

    def can_be(self, text: str) -> bool:
        """The same of words that have been taken out of a page, or of a script's JSON."""
        return self._names_all(text.encode("utf-8", "ignore"))

    def admits(self, body: bytes, content_type: str | None = None, charset: str | None = None) -> bool:
        """Whether these bytes of a page may be an article on topic. `charset` is what is known better than the page says."""
        if is_pdf(body):
            return True  # its words are packed
        return self._names_all(_plain(body, content_type, charset))

    def _names_all(self, page: bytes) -> bool:
        if not self._first.search(page):
            return not self._groups
        if self._written.search(page):
            page = _unescaped(page)
        return all(group.search(page) for group in self._groups)


def _needed(topic: Topic) -> Iterator[list[str]]:
    """Of each party, by its place, the words in all languages: a page on topic has one of each. The subject is not asked for: some word
    of it, as `arms`, stands in every page, if only inside another one."""
    for names in zip_longest(*(words.parties.values() for words in topic.languages.values())):
        if None not in names:  # a language with fewer parties asks for fewer
            yield sorted({word.casefold() for word in chain.from_iterable(names)})


# ---- words as RE2 finds them in bytes


def _any_of(words: Sequence[str]) -> str:
    return "|".join(map(_word, words)) or "[^\\s\\S]"


def _word(word: str) -> str:
    """A word in all its forms. One of Latin letters has to stand alone, or any page would have it somewhere in what is no text: in names of
    files, in pictures that are written as letters. Words of other letters are seldom there by accident, and often have something before
    them that belongs to them.
    """
    plain = word.removesuffix("*")
    between = f"(?:{'|'.join(_TAGS)}|[{''.join(_HIDDEN)}{_ACCENTS}])*"
    found = between.join(_form(letter) for letter in plain)
    if not plain.isascii():
        return found
    return _BEFORE + found + ("" if word.endswith("*") else _BEHIND)


def _form(character: str) -> str:
    """A character of a word, in all forms it may have in a page whose letters are letters."""
    if character in _JOINED:  # the joiner is often typed as a space, or not at all
        space = f"(?:{_SPACES}|{'|'.join(_referred_to(each) for each in _NO_BREAK)})"
        return f"{space}+" if character == " " else f"{space}*"
    if not character.isalnum():
        return f"(?:{re2.escape(character)}|{_referred_to(character)})"
    forms = {form for each in typed_as(character) for one in (each, *_ALSO.get(each, "")) for form in (one, _apart(one))}
    return f"(?:{'|'.join(re2.escape(each) for each in sorted(forms))})"


def _apart(letter: str) -> str:
    """A letter and its accents, each a character of its own."""
    return unicodedata.normalize("NFD", letter)


def _letters(word: str) -> Iterator[str]:
    for letter in filter(str.isalnum, word):
        for each in typed_as(letter):
            yield from (each, each.upper(), each.title(), *_ALSO.get(each, ""), *_apart(each), *_apart(each.upper()))


def _referred_to(character: str) -> str:
    """References to a character, and its escape in JSON."""
    names = (rf"&(?:amp;)*{re2.escape(name)}" for name in _names().get(character, ()))
    code = ord(character)
    return "|".join((rf"&(?:amp;)*#0*{code};?", rf"&(?:amp;)*#[xX]0*{code:x};?", *names, rf"\\+u{code:04x}"))


def _references(alphabet: Iterable[str]) -> str:
    """Any reference to one of these characters. All begin with "&", which RE2 looks for as fast as memory is read."""
    single = sorted({each for each in alphabet if len(each) == 1})
    decimal, hexadecimal = "|".join(str(ord(each)) for each in single), "|".join(f"{ord(each):x}" for each in single)
    names = "|".join(sorted({re2.escape(name) for each in single for name in _names().get(each, ())}))
    return rf"&(?:amp;)*(?:#0*(?:{decimal})(?:[^0-9]|$)|#[xX]0*(?:{hexadecimal})(?:[^0-9a-fA-F]|$)|{names or '#;'})"


@cache
def _names() -> dict[str, list[str]]:
    """Names of characters in HTML, by the character."""
    found: dict[str, list[str]] = {}
    for name, character in html5.items():
        found.setdefault(character, []).append(name)
    return found


def _escapes(alphabet: Iterable[str]) -> str:
    """Any of these characters as JSON may write it."""
    return rf"\\u(?:{'|'.join(sorted({f'{ord(each):04x}' for each in alphabet if len(each) == 1}))})"


def _compiled(pattern: str) -> "re2._Regexp[bytes]":
    options = re2.Options()
    options.case_sensitive = False
    options.never_capture = True
    options.max_mem = _MEMORY
    return re2.compile(pattern, options)


# ---- pages


def _plain(body: bytes, content_type: str | None, charset: str | None) -> bytes:
    """The page in UTF-8, by the very reading of its charset by which its text is taken out."""
    if b"\0" not in body[:4] and b"\x1b" not in body and not body.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        with contextlib.suppress(UnicodeDecodeError):
            body.decode("utf-8")
            return body
    return charsets.decode(body, content_type, html=True, charset=charset).text.encode("utf-8", "ignore")


def _unescaped(page: bytes) -> bytes:
    return unescaped(page.decode("utf-8", "replace")).encode("utf-8", "ignore")
