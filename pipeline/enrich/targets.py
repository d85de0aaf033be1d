"""Whom an English statement is aimed at: those whose conduct it is, those whose accusation is answered."""

from spacy.tokens import Span

from pipeline.enrich.deeds import own_words_of
from pipeline.enrich.english import child_of, subtree
from pipeline.enrich.frames import Attribution
from pipeline.enrich.judged import Judged, Reason
from pipeline.enrich.named import PARTIES
from pipeline.enrich.parsed import Parsed
from pipeline.enrich.sources import owner_of
from pipeline.model import Act, EntityKind, Speaker


def targets(attribution: Attribution, speaker: Speaker, judged: Judged, parsed: Parsed) -> tuple[str, ...]:
    """Whom it is aimed at, as names of states. A denial's are those whose accusation it answers."""
    if judged.act is Act.ACKNOWLEDGEMENT:
        return ()
    own = {speaker.name, parsed.scene.names.get(speaker.side or "", "")}
    if judged.act is Act.DENIAL:
        accused = {parsed.scene.names.get(side, side) for side in parsed.ear.topic.own(speaker.side) or parsed.ear.topic.parties}
        named = [name for name in _accusers(attribution, parsed) if name not in accused]
    elif judged.act is Act.ACCUSATION:
        named = _accused(attribution, judged, parsed)
    else:
        named = [name for piece in attribution.content for name in _party_names(piece, parsed) if name not in own]
        named = named[: 2 if judged.act in {Act.CRITICISM, Act.CONCERN} else 1]
    return tuple(name for name in dict.fromkeys(named) if name not in own)


def _party_names(span: Span, parsed: Parsed) -> list[str]:
    """Names of the states spoken of, in their order; a bloc without a code has its own name."""
    found = []
    for mention in parsed.ear.named.within(span.start_char, span.end_char):
        if mention.kind in PARTIES:
            found.append(
                parsed.scene.names.get(mention.side or "", mention.side or "") or (mention.name if mention.kind is EntityKind.STATE else "")
            )
    return [name for name in dict.fromkeys(found) if name]


def _accused(attribution: Attribution, judged: Judged, parsed: Parsed) -> list[str]:
    """Those whose conduct it is: doers of the deed, the accused object; both parties where it is joint work."""
    parties = [parsed.scene.names.get(side, side) for side in sorted(parsed.ear.topic.parties)]
    objects = [child for child in attribution.cue.children if child.dep_ in {"dobj", "nsubjpass"}]
    named = [parsed.scene.names.get(side, side) for side in judged.doers]
    if judged.reason is Reason.VERB:
        named = [name for child in objects for name in _party_names(subtree(child), parsed)][:3]
    told = [name for piece in attribution.content for name in _party_names(piece, parsed) if name in parties]
    joint = _is_joint(attribution, judged, parsed)
    if judged.reason is Reason.LIE:
        return told[:1]
    if judged.reason is not Reason.VERB and (not named or joint):
        named = list(dict.fromkeys(named + told))
    return named or told


def _is_joint(attribution: Attribution, judged: Judged, parsed: Parsed) -> bool:
    """Whether what is alleged is done by both: the deed is, or what hangs on it."""
    words = parsed.words.joint
    tokens = own_words_of(judged.word) if judged.word is not None else [token for piece in attribution.content for token in piece]
    return any(token.lower_ in words or token.lemma_.lower() in words for token in tokens)


def _accusers(attribution: Attribution, parsed: Parsed) -> list[str]:
    """Whose claims they are: `claims by the CIA chief`, `the Western allegations`, `American officials repeat …`."""
    found: list[str] = []
    for piece in attribution.content:
        for token in piece:
            if token.lemma_.lower() in parsed.words.claim_nouns:
                made = [child for each in token.children if each.dep_ == "acl" for child in each.children if child.dep_ == "agent"]
                owners = [owner for owner in (owner_of(token, parsed.words), *made) if owner is not None]
                for owner in owners:
                    found += _party_names(subtree(owner), parsed)
        subject = child_of(piece.root, ("nsubj", "csubj"))
        if subject is not None:
            found += _party_names(subtree(subject), parsed)
    return found
