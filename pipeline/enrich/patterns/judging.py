"""What a report does: by its cue, by the object that decides about it, and by what is said.

A verb that performs an act decides alone. One that leans to an act, or only reports, leaves it to what is said: its words ("baseless"),
and the deeds in it, whose meaning depends on who speaks: of another side, a deed is an accusation; of the own side, a denial where negated
and an admission where not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from spacy.tokens import Span

from pipeline.enrich.assertions import ASSERTING
from pipeline.enrich.deeds import OTHER, SELF, Deed
from pipeline.enrich.frames import LESS_THAN_CLAUSE, Frame
from pipeline.enrich.hearing import TAKEN_BACK
from pipeline.enrich.judged import Judged, Reason, goes_beside, of_deed, of_words
from pipeline.enrich.patterns.clauses import is_finite
from pipeline.enrich.patterns.compiled import Hit
from pipeline.enrich.patterns.deeds import deeds_in
from pipeline.enrich.patterns.page import Page
from pipeline.enrich.patterns.phrases import may_be_object
from pipeline.enrich.patterns.reports import PERFORMING, Report
from pipeline.enrich.patterns.subjects import agrees, is_bidden, is_coming, is_negated, is_passive, is_possible, is_supposed, subject_of
from pipeline.enrich.sentences import OPENERS
from pipeline.model import Act
from pipeline.rules import Topic


def acts_of(report: Report, side: str | None, page: Page) -> list[Judged]:
    """The acts of one report by a speaker of this side, the main one first."""
    if report.negated:
        return []
    said = Heard(report, side, page)
    if report.nested and report.entry.key not in PERFORMING and report.frame in LESS_THAN_CLAUSE:
        return [each for each in said.acts() if each.act is Act.SANCTION]
    act = report.entry.act
    if report.entry.key in {"verbs", "passive", "adjectives"} and act is not None:
        return [Judged(act=act, cue=report.text, reason=Reason.VERB)] if said.holds(act) else []
    if report.entry.key == "rejecting":
        rejected = said.names_claim() or Act.DENIAL in said.words or report.frame is Frame.CLAUSE
        return [Judged(act=Act.DENIAL, cue=report.text, reason=Reason.CLAIM_REJECTED)] if rejected else []
    if report.entry.key == "nouns" and act is not None:
        reason = Reason.NOUN_ALONE if report.frame is Frame.NOUN_ALONE else Reason.NOUN_WITH_CLAUSE
        return [Judged(act=act, cue=report.text, reason=reason)] if said.is_plain() else []
    return said.acts()


@dataclass(frozen=True)
class Heard:
    """What is said in one report, as a speaker of one side says it."""

    report: Report
    side: str | None
    page: Page

    @property
    def topic(self) -> Topic:
        return self.page.scene.topic

    @property
    def inside(self) -> bool:
        """Whether a party of the topic speaks."""
        return self.side in self.topic.parties

    @property
    def words(self) -> Mapping[Act, Span]:
        """The first words of each act in what is said. A negation up to three words before takes most of them back."""
        found: dict[Act, Span] = {}
        for start, end in self._stretches():
            for number in range(self.page.line_of(start).number, self.page.line_of(max(start, end - 1)).number + 1):
                for hit in self.page.lines[number].hits:
                    act = hit.entry.act
                    if hit.entry.key != "said" or act is None or act in found or hit.head in self.report.inner:
                        continue
                    if start <= hit.first and hit.last < end and not (act in TAKEN_BACK and self._is_taken_back(hit)):
                        found[act] = self.page.doc[hit.first : hit.last + 1]
        return found

    def _is_taken_back(self, hit: Hit) -> bool:
        """By a negation that is none of the phrase's own."""
        own = any("Neg" in token.morph.get("Polarity", []) for token in self.page.doc[hit.first : hit.last + 1])
        return not own and is_negated(hit.head, self.page, hit.first)

    def _stretches(self) -> list[tuple[int, int]]:
        cue = (self.report.cue, self.report.cue + 1)
        whole = [(min(cue[0], *(piece[0] for piece in self.report.content)), max(cue[1], *(piece[1] for piece in self.report.content)))]
        return [*self.report.content, cue, *(whole if self.report.frame in {Frame.OBJECT, Frame.INFINITIVE} else [])]

    @property
    def deeds(self) -> list[Deed]:
        return [
            self._resolved(deed)
            for piece in self.report.content
            for deed in deeds_in(piece, self.page)
            if deed.word.i != self.report.cue and deed.word.i not in self.report.inner
        ]

    def _resolved(self, deed: Deed) -> Deed:
        """Pronouns as sides: "we" is the speaker's; "it" and "they" the speaker's where that is a party of the topic, else the parties'."""
        doers: list[str] = []
        for doer in deed.doers:
            if doer == SELF:
                doers += [self.side] if self.side else []
            elif doer == OTHER:
                doers += [self.side] if self.inside and self.side else sorted(self.topic.parties) if deed.topical else []
            else:
                doers.append(doer)
        return replace(deed, doers=tuple(dict.fromkeys(doers)))

    @property
    def sides(self) -> list[str]:
        return [side for start, end in self.report.content for side in self.page.sides(start, end)]

    def is_topical(self) -> bool:
        return any(self.page.is_topical(start, end) for start, end in self.report.content)

    def is_topical_near(self) -> bool:
        return any(self.page.is_topical_near(start, end) for start, end in self.report.content)

    def names_claim(self) -> bool:
        """Whether what is rejected is a claim; a pronoun is whatever was claimed before."""
        places = [place for start, end in self.report.content for place in range(start, end)]
        return any(self.page.has(place, "claim_nouns", "group", "demonstratives") for place in places)

    def has(self, key: str) -> bool:
        return any(self.page.has(place, key) for start, end in self.report.content for place in range(start, end))

    def holds(self, act: Act) -> bool:
        """Whether a verb has its act here."""
        if act is Act.ACKNOWLEDGEMENT:
            return self.report.frame is Frame.CLAUSE or self.is_topical() or (self.has("deed_nouns") and self.is_topical_near())
        if act in {Act.SUPPORT, Act.DEMAND, Act.CRITICISM}:
            span = self.page.line_of(self.report.cue).span
            return bool(self.sides) or self.is_topical_near() or self.has("claim_nouns") or bool(self.page.sides(span.start, span.end))
        return True

    def is_plain(self) -> bool:
        """Whether a noun of an act says what it is about: an accusation a deed with arms, the others arms or a deed."""
        if self.report.entry.act is Act.ACCUSATION:
            return any(deed.topical for deed in self.deeds)
        return self.report.frame is Frame.NOUN_ALONE or self.is_topical() or bool(self.deeds)

    # ------------------------------------------------------------------------------------------------ by what is said
    def acts(self) -> list[Judged]:
        leaning = self.report.entry.act if self.report.entry.key == "leaning" else None
        if leaning is Act.CONCERN and self._warns_of_own():
            return [Judged(act=Act.THREAT, cue=self.report.text, reason=Reason.LEANING_VERB)]
        words, deeds = self.words, self.deeds
        found = list(self._candidates(words, deeds, leaning))
        if not found and (other := self._otherwise(leaning, deeds)) is not None:
            found = [other]
        return found[:1] + [more for more in found[1:] if goes_beside(found[0], more)]

    def _candidates(self, words: Mapping[Act, Span], deeds: Sequence[Deed], leaning: Act | None) -> Iterator[Judged]:
        """Acts that what is said speaks for, the strongest first."""
        yield from self._performed()
        theirs = [deed for deed in deeds if self._is_theirs(deed) and not is_bidden(deed.word.i, self.page)]
        theirs = [
            deed for deed in theirs if deed.word.pos_ != "NOUN" or leaning is Act.ACCUSATION or self.page.is_head(deed.word.i, "deeds")
        ]
        if Act.SUPPORT in words and not any(self.page.has(deed.word.i, "deeds") for deed in theirs):
            theirs = []  # "their military cooperation deepens": no deed
        ours = [deed for deed in deeds if self._is_ours(deed)]
        lie = Act.DENIAL in words and not self.inside and self.page.has(words[Act.DENIAL].start, "lies")
        given = next((deed for deed in ours if self._is_given(deed, leaning)), None)
        if given is not None and (Act.DENIAL not in words or leaning is Act.ACKNOWLEDGEMENT or words[Act.DENIAL].start > given.word.i):
            yield of_deed(Act.ACKNOWLEDGEMENT, given)
        if Act.DENIAL in words and not lie and not (theirs and self.side is not None and not self.inside):
            yield of_words(Act.DENIAL, words)
        denied = next((deed for deed in ours if deed.negated and deed.topical), None)
        if denied is not None:
            yield of_deed(Act.DENIAL, denied)
        yield from (
            of_words(act, words) for act in (Act.SANCTION, Act.THREAT) if act in words and not (act is Act.SANCTION and self.inside)
        )
        if theirs and self._is_alleged(theirs[0], worried=leaning is Act.CONCERN or Act.CONCERN in words):
            yield self._alleged(theirs)
        elif lie:
            yield replace(of_words(Act.DENIAL, words), act=Act.ACCUSATION, reason=Reason.LIE)
        elif Act.ACCUSATION in words and (not self.inside or set(self.sides) & self.topic.others(self.side)):
            yield of_words(Act.ACCUSATION, words)
        for act in (Act.CONCERN, Act.CRITICISM, Act.DEMAND):
            if act in words and (act is not Act.DEMAND or self._is_asked(words[act])):
                yield of_words(act, words)
        if Act.SUPPORT in words:
            yield self._supported(words)

    def _is_asked(self, span: Span) -> bool:
        """`must` and `should` demand something only of a party that is named as their subject."""
        if not self.page.has(span.start, "binding"):
            return True
        clause = self.page.clause_of(span.start)
        verb = next((token.i for token in self.page.doc[span.end : clause.end] if token.pos_ == "VERB"), span.start)
        sides = [side for phrase in subject_of(verb, self.page) for side in self.page.sides(phrase.start, phrase.end)]
        return any(side != self.side for side in sides)

    def _supported(self, words: Mapping[Act, Span]) -> Judged:
        """What somebody else says of the parties' cooperation backs nobody: it worries."""
        others = {*self.sides} - {self.side}
        theirs = not self.inside and bool(others) and others <= self.topic.parties
        return replace(of_words(Act.SUPPORT, words), act=Act.CONCERN) if theirs else of_words(Act.SUPPORT, words)

    def _performed(self) -> Iterator[Judged]:
        """`We reject these accusations`: a verb by which the speaker does it in so many words."""
        for start, end in self.report.content:
            for hit in self.page.line_of(start).hits:
                performs = hit.entry.key in {"verbs", "rejecting"} and hit.entry.act is not None and start <= hit.head < end
                own = performs and hit.head != self.report.cue and "1" in self.page.doc[hit.head].morph.get("Person", [])
                if own and hit.entry.act is not None and not is_negated(hit.head, self.page, hit.first):
                    yield Judged(act=hit.entry.act, cue=self.page.doc[hit.head].text, reason=Reason.WORDS, word=self.page.doc[hit.head])

    def _is_theirs(self, deed: Deed) -> bool:
        """A deed of a party of the topic, told by somebody who does not answer for it; without a doer, one with a party's things."""
        others = self.topic.others(self.side)
        if deed.negated or not others or set(deed.doers) & self.topic.own(self.side):
            return False
        told = deed.topical or self.page.has(deed.word.i, "deeds")
        return bool(set(deed.doers) & others) or (not deed.doers and told and bool({*self._parties(deed)} & others))

    def _is_ours(self, deed: Deed) -> bool:
        """The same from the inside: of the own side or its partner; without a doer, one on the subject.

        Where there is another party that may have done it, without a doer only what was not done is the speaker's to say.
        """
        if deed.doers:
            return self._is_own(deed.doers)
        others = self.topic.others(self.side)
        alone = not others or (deed.negated and not {*self._parties(deed)} & others)
        return deed.topical and self.inside and alone

    def _is_own(self, doers: Sequence[str]) -> bool:
        return self.side is not None and bool(set(doers) & {self.side, *self.topic.own(self.side)})

    def _parties(self, deed: Deed) -> list[str]:
        """Parties of the topic whose things a deed without a doer is about, or who are named with it."""
        clause = self.page.clause_of(deed.word.i)
        return [side for side in [*deed.makers, *self.page.sides(clause.start, clause.end)] if side in self.topic.parties]

    def _is_alleged(self, deed: Deed, *, worried: bool) -> bool:
        sure = not deed.possible and deed.topical and self.page.has(deed.word.i, "deeds")
        return not deed.supposed and (sure or not worried)

    def _alleged(self, theirs: Sequence[Deed]) -> Judged:
        """The first deed, by its doers, else by those whose things it is about, and by those who do another one together."""
        doers = theirs[0].doers or self._parties(theirs[0])
        together = [doer for deed in theirs if len(deed.doers) > 1 for doer in deed.doers]
        return of_deed(Act.ACCUSATION, replace(theirs[0], doers=tuple(dict.fromkeys([*doers, *together]))))

    def _is_given(self, deed: Deed, leaning: Act | None) -> bool:
        """A deed of the own side that is told as done, or confirmed as being done."""
        place = deed.word.i
        if (
            deed.negated
            or deed.supposed
            or deed.possible
            or not deed.topical
            or is_coming(place, self.page)
            or self.page.has(place, "coming")
        ):
            return False
        if leaning is Act.ACKNOWLEDGEMENT:
            return self.page.has(place, "deeds", "given", "deed_nouns")
        if self.page.has(place, "event_verbs", "open_deeds"):
            return bool(set(deed.makers) - set(deed.doers))
        return "Past" in deed.word.morph.get("Tense", []) and self.page.has(place, "given")

    def _otherwise(self, leaning: Act | None, deeds: Sequence[Deed]) -> Judged | None:
        """What is left where neither a word nor a deed speaks for an act: the verb's leaning, a promise, a plain sentence."""
        if self._is_called_names():
            return Judged(act=Act.DENIAL, cue=self.report.text, reason=Reason.CLAIM_REJECTED)
        if leaning is not None and self._leans(leaning):
            return Judged(act=leaning, cue=self.report.text, reason=Reason.LEANING_VERB)
        if self.report.frame not in ASSERTING | {Frame.COLON}:
            return None
        verb = self._main_verb()
        if verb is None or is_supposed(verb, self.page):
            return None
        return self._promised(verb) or self._asserted(verb)

    def _is_called_names(self) -> bool:
        """`Moscow called the claims “a theatre show”`: whoever puts a name of the own choosing on a claim rejects it."""
        if self.report.entry.key != "naming":
            return False
        line = self.page.line_of(self.report.cue).span
        first, last = min(self.report.cue, self.report.content[0][0]), max(self.report.cue, self.report.content[-1][1])
        places = range(max(first, line.start), last)
        if not any(self.page.has(place, "claim_nouns", "group", "demonstratives") for place in places):
            return False
        return any(self.page.doc[place].text in OPENERS and not self.page.has(place + 1, "claim_nouns") for place in places)

    def _warns_of_own(self) -> bool:
        """`warned that it will restore sanctions`, `warned Europe that talks will end`: what the speaker will do, or what will be done
        without a word on who does it, to somebody whom the warning is for, threatens."""
        verb = self._main_verb()
        if verb is None or not is_coming(verb, self.page) or is_negated(verb, self.page):
            return False
        subjects = subject_of(verb, self.page)
        source = self.report.source
        if source and [each.start for each in subjects] == [each.start for each in source]:
            return True
        if (
            source
            and all(each.start > verb and may_be_object(each, self.page.grammar) for each in subjects)
            and self.page.grammar.object_case
        ):
            return agrees(source[0], self.page.doc[verb], self.page)  # with no subject of its own
        sides = {side for phrase in subjects for side in self.page.sides(phrase.start, phrase.end)}
        return (sides == {self.side} and self.side is not None) or (not sides and self._is_done(verb) and self._is_addressed())

    def _is_done(self, verb: int) -> bool:
        return is_passive(verb, self.page) or (self.page.doc[verb].pos_ == "AUX" and is_passive(verb + 1, self.page))

    def _is_addressed(self) -> bool:
        """Whether the verb of speech has an object of its own before what is said."""
        line, cue = self.page.line_of(self.report.cue), self.report.cue
        clause = self.page.clause_of(cue)
        objects = (each for each in line.phrases if cue < each.start and each.end <= clause.end)
        return any(may_be_object(each, self.page.grammar) and each not in self.report.source for each in objects)

    def _leans(self, leaning: Act) -> bool:
        """A leaning verb is enough only where the right party is spoken of."""
        sides = self.sides
        if leaning is Act.ACKNOWLEDGEMENT:
            return self.is_topical() and (self._is_own(sides) or (self.inside and not sides))
        if leaning in {Act.DEMAND, Act.SUPPORT}:
            return any(each != self.side for each in sides) and self.report.frame in {Frame.INFINITIVE, Frame.CLAUSE}
        if leaning is Act.ACCUSATION and self.report.frame in {Frame.OBJECT, Frame.INFINITIVE}:
            return False
        if leaning is Act.CONCERN and self.is_topical_near():
            return True
        if leaning is Act.ACCUSATION:
            return not self.inside and self.is_topical_near() and (not sides or bool(set(sides) & self.topic.parties))
        return any(each != self.side for each in sides)

    def _main_verb(self) -> int | None:
        """The first finite verb of what is said; none in a question."""
        start, end = max(self.report.content, key=lambda piece: piece[1] - piece[0])
        sentence = self.page.line_of(start).span
        if sentence[-1].text in {"?", "؟"}:
            return None
        return next((place for place in range(start, end) if is_finite(self.page.doc[place]) and place not in self.report.inner), None)

    def _promised(self, verb: int) -> Judged | None:
        """`will help Iran to restore …`: what a party will do for its partner is support."""
        if not self.inside or is_negated(verb, self.page) or not (is_coming(verb, self.page) or self.page.has(verb, "coming")):
            return None
        sides = set(self.sides)
        if sides - self.topic.parties or not (sides - {self.side} or self.has("partners")):
            return None
        return Judged(act=Act.SUPPORT, cue=self.page.doc[verb].text, reason=Reason.PROMISED, word=self.page.doc[verb])

    def _asserted(self, verb: int) -> Judged | None:
        """A plain sentence that no word gives away: what others state of the parties' arms accuses; what a party negates, it denies."""
        page, token = self.page, self.page.doc[verb]
        if is_possible(verb, page) or is_bidden(verb, page):
            return None
        negated = is_negated(verb, page)
        if self.inside:
            concerns = negated and self._concerns(verb)
            return Judged(act=Act.DENIAL, cue=token.text, reason=Reason.NEGATED, word=token) if concerns else None
        parties = [side for side in self.sides if side in self.topic.parties]
        if negated or not parties or page.has(verb, "event_verbs", "wishes") or is_coming(verb, page) or not self.is_topical_near():
            return None
        if token.pos_ not in {"VERB"} or page.is_no_deed(verb):
            return None
        doers = [side for phrase in subject_of(verb, page) for side in page.sides(phrase.start, phrase.end) if side in self.topic.parties]
        told = [deed for deed in self.deeds if deed.topical and not deed.negated]
        doers = doers or [side for deed in told for side in deed.doers if side in self.topic.parties]
        return Judged(act=Act.ACCUSATION, cue=token.text, reason=Reason.STATED, word=token, doers=tuple(doers)) if doers else None

    def _concerns(self, verb: int) -> bool:
        """Whether a negated sentence is about the speaker's own side: it or its partner is the subject, or nobody is and arms are named."""
        page = self.page
        subjects = subject_of(verb, page)
        if page.has(verb, "evasive") or any(page.has(each.head, "evasive") for each in subjects):
            return False
        if any(page.has(each.head, "self", "person", "group") for each in subjects):
            return True
        if any(set(page.sides(each.start, each.end)) & self.topic.parties for each in subjects):
            return True
        clause = page.clause_of(verb)
        return page.is_topical_near(clause.start, clause.end)
