"""Who speaks: a noun phrase as a speaker, by the names in it, by what was said of whom before, or as somebody unnamed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.enrich.entities import Mention
from pipeline.enrich.patterns.page import Page
from pipeline.enrich.patterns.phrases import Phrase
from pipeline.enrich.speakers import Memory, speaker_from, together
from pipeline.gazetteer import Form
from pipeline.model import EntityKind, Speaker, SpeakerKind

# How far back, in characters, "both countries" may look for the two.
NEAR = 2_000


@dataclass(frozen=True, slots=True)
class Voices:
    """One text, and who has spoken in it so far."""

    page: Page
    memory: Memory

    def of(self, phrases: Sequence[Phrase]) -> tuple[Speaker, ...]:
        """Canonical: one, two who speak together, or three and more as one body; empty where nobody can be made out."""
        found = list(dict.fromkeys(speaker for phrase in phrases if (speaker := self._of_phrase(phrase)) is not None))
        found = [speaker for speaker in found if speaker.kind == found[0].kind]
        several = any(speaker.kind is SpeakerKind.COUNTRY and speaker.side is None for speaker in found)
        return tuple(found) if len(found) < 2 or (len(found) == 2 and not several) else (together(found),)

    def _of_phrase(self, phrase: Phrase) -> Speaker | None:
        page, head = self.page, phrase.head
        inside = page.mentions(phrase.start, phrase.end)
        people = [each for each in inside if each.kind is EntityKind.PERSON and not page.is_owner(each, phrase)]
        if people:
            return speaker_from(people[-1])
        if head in page.named and page.named[head].form is not Form.DEMONYM:
            return speaker_from(page.named[head])
        if page.has(head, "person", "group", "self") and not inside:
            return self._meant(head)
        if page.has(head, "states"):
            return self._states(phrase, inside)
        if page.has(head, "media"):
            return self._outlet(phrase, inside)
        if page.has(head, "documents"):
            return speaker_from(inside[0]) if inside else self.memory.last
        if page.has(head, "anonymous", "officials"):
            return self._unnamed(phrase, inside)
        return self._described(phrase, inside)

    def _meant(self, head: int) -> Speaker | None:
        memory = self.memory
        if self.page.has(head, "person"):
            return memory.person or memory.last
        return memory.last if self.page.has(head, "self") else memory.group or memory.last

    def _states(self, phrase: Phrase, inside: Sequence[Mention]) -> Speaker | None:
        """`the Iranian side` is Iran; `both countries` are the two named last, as one body; `the country` is who spoke last."""
        if inside:
            return self._state_of(inside[0])
        if any(self.page.doc[place].pos_ == "PRON" for place in range(phrase.head + 1, phrase.end)):
            return self.memory.last  # "his country"
        if "Plur" not in self.page.doc[phrase.head].morph.get("Number", []):
            return self.memory.group
        near = self.page.scene.named.within(max(0, self.page.doc[phrase.head].idx - NEAR), self.page.doc[phrase.start].idx)
        before = {each.side: each for each in near if each.kind is EntityKind.STATE and each.side}
        two = [*before.values()][-2:]
        return together([speaker_from(each) for each in two]) if len(two) == 2 else self.memory.group

    def _state_of(self, mention: Mention) -> Speaker:
        """`the Biden administration` is the United States."""
        name = self.page.scene.names.get(mention.side or "")
        if mention.kind is EntityKind.PERSON and name is not None:
            return Speaker(name=name, kind=SpeakerKind.COUNTRY, side=mention.side)
        return speaker_from(mention)

    def _outlet(self, phrase: Phrase, inside: Sequence[Mention]) -> Speaker | None:
        named = [each for each in inside if each.body == "media"]
        if named:
            return speaker_from(named[0])
        if inside:
            return Speaker(name=self.page.doc[phrase.start : phrase.end].text, kind=SpeakerKind.MEDIA)
        return self.memory.media

    def _unnamed(self, phrase: Phrase, inside: Sequence[Mention]) -> Speaker:
        """`Iranian officials` are the state (as `Tehran` is), `sources in the Kremlin` the Kremlin; one alone is anonymous."""
        state = next((each for each in inside if each.side is not None), None)
        several = "Plur" in self.page.doc[phrase.head].morph.get("Number", [])
        if state is not None and several and not self.page.has(phrase.head, "anonymous"):
            return speaker_from(state)
        return Speaker(name="anonymous officials", kind=SpeakerKind.ANONYMOUS, side=state.side if state else self.memory.unnamed)

    def _described(self, phrase: Phrase, inside: Sequence[Mention]) -> Speaker | None:
        """`the minister` is who was spoken of; with a body or state beside it, its office is that body's; else a stranger by name."""
        beside = self._beside(phrase)
        if beside is not None:
            return beside
        bodies = [each for each in inside if each.kind is not EntityKind.PERSON]
        if not self.page.has(phrase.head, "roles"):
            return speaker_from(bodies[0]) if bodies else None
        person = self.memory.person
        if person is not None and all(each.side == person.side for each in inside if each.side):
            return person
        return speaker_from(bodies[0]) if bodies else person

    def _beside(self, phrase: Phrase) -> Speaker | None:
        """The name that a comma parts from an office: "the minister, Sergei Lavrov, said"."""
        doc = self.page.doc
        for other in self.page.line_of(phrase.start).phrases:
            gap = range(phrase.end, other.start) if other.start >= phrase.end else range(other.end, phrase.start)
            near = len(gap) == 1 and doc[gap[0]].text in {",", "،", "(", "—", "–"}
            people = [each for each in self.page.mentions(other.start, other.end) if each.kind is EntityKind.PERSON]
            if near and people and other.marker is None and not self.page.is_owner(people[0], other):
                return speaker_from(people[0])
        return None

    def see(self, number: int) -> None:
        """A person whom a sentence names is who "he" and "the minister" of the next are, whether they spoke or not."""
        line = self.page.lines[number]
        outlets = [each for each in self.page.mentions(line.span.start, line.span.end) if each.body == "media"]
        if outlets:
            self.memory.media = speaker_from(outlets[-1])
        for phrase in line.phrases:
            case = self.page.grammar.subject_case
            free = phrase.marker is None and not phrase.marked and (case is None or case in phrase.cases)
            people = [each for each in self.page.mentions(phrase.start, phrase.end) if each.kind is EntityKind.PERSON]
            if free and people and not self.page.is_owner(people[0], phrase):
                self.memory.person = speaker_from(people[0])
                return


def for_state(speaker: Speaker, outer: Sequence[Speaker]) -> Speaker:
    """`Burns said Washington was worried`: a person who tells it of the own state, or of one with no other, speaks for that state."""
    if speaker.kind in {SpeakerKind.PERSON, SpeakerKind.ANONYMOUS} or len(outer) != 1 or outer[0].kind is not SpeakerKind.PERSON:
        return speaker
    if outer[0].side not in {None, speaker.side} or speaker.side is None:
        return speaker
    return replace(outer[0], side=speaker.side)
