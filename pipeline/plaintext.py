"""Other people's markup, to text that is safe to store and to show. The one place where this is done for feeds."""

import html
import re

import nh3

# Some publishers escape twice, a few three times; what is markup after that stays text.
_ROUNDS = 3
# C0 and C1 but tab, the ends of lines and the mark below; bidirectional embeddings, overrides and isolates, with which a headline can be
# made to read otherwise than it is stored; zero-width space and byte order mark. ZWNJ and ZWJ stay: Persian is not Persian without them.
_CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1d\x1f\x7f-\x84\x86-\x9f"
_UNWANTED = re.compile(rf"[{_CONTROLS}\u200b\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff\ufffe\uffff]")
_MARKUP = re.compile(r"<[a-zA-Z/!?]|&(#\d+|#[xX][0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]{1,31});")
_BLOCK = re.compile(
    r"</?(address|article|aside|blockquote|br|caption|center|dd|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|header|hr|li|main|nav|"
    r"ol|p|pre|section|table|tbody|td|tfoot|th|thead|tr|ul)(?=[\s/>])",
    re.IGNORECASE,
)
_JSON_ESCAPE = re.compile(r"\\+u([0-9a-fA-F]{4})")
_LINE_ENDS = re.compile("\r\n?|[\x85\u2028\u2029]")
# A mark of its own for the breaks that tags make, while the source's newlines are still there.
_BREAK = "\x1e"


def one_line(markup: str, limit: int) -> str:
    """Text of at most `limit` characters without a line break."""
    return " ".join(_text(markup).split())[:limit].rstrip()


def paragraphs(markup: str, limit: int) -> str:
    """Text of at most `limit` characters, paragraphs parted by an empty line. Newlines part only where no tag does, as in plain text."""
    text = _text(markup)
    if _BREAK not in text:
        text = text.replace("\n", _BREAK)
    lines = (" ".join(line.split()) for line in text.split(_BREAK))
    return "\n\n".join(line for line in lines if line)[:limit].rstrip()


def unescaped(text: str) -> str:
    """Markup or JSON without references to characters and escapes, however often they are escaped themselves; tags stay."""
    text = _JSON_ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    for _ in range(_ROUNDS):
        plain = html.unescape(text)
        if plain == text:
            break
        text = plain
    return text


def _text(markup: str) -> str:
    text = _LINE_ENDS.sub("\n", _UNWANTED.sub("", markup).replace(_BREAK, " "))
    for _ in range(_ROUNDS):
        if not _MARKUP.search(text):
            break
        text = _BLOCK.sub(lambda match: _BREAK + match[0], text)
        text = html.unescape(nh3.clean(text, tags=set()))
    return _UNWANTED.sub("", text)
