"""The values that the stages hand to each other. If a value exists, it is complete.

Positions are `(start, end)` offsets in code points into the article's text, so that `text[start:end]` is the thing itself.
Times are aware datetimes in UTC; None where the source does not say, never "now".
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

Clock = Callable[[], datetime]


class Act(StrEnum):
    """What a speaker does with a statement; CAMEO codes stand with the words, in `config/languages/`."""

    ACCUSATION = "accusation"
    DENIAL = "denial"
    ACKNOWLEDGEMENT = "acknowledgement"
    CRITICISM = "criticism"
    CONCERN = "concern"
    THREAT = "threat"
    SANCTION = "sanction"
    DEMAND = "demand"
    SUPPORT = "support"


class SpeakerKind(StrEnum):
    PERSON = "person"
    ORGANISATION = "organisation"
    COUNTRY = "country"
    MEDIA = "media"
    ANONYMOUS = "anonymous"
    AUTHOR = "author"


class EntityKind(StrEnum):
    PERSON = "person"
    ORGANISATION = "organisation"
    STATE = "state"
    THING = "thing"  # a dam, a drug, a missile: what the deeds of a topic are done with
    DOCUMENT = "document"


class Mode(StrEnum):
    """How a statement is reported: inside quotation marks, outside, or both."""

    DIRECT = "direct"
    INDIRECT = "indirect"
    MIXED = "mixed"


class Outcome(StrEnum):
    """Where a link that a feed showed has ended. Each link has exactly one."""

    SAVED = "saved"
    KNOWN = "known"  # the same article came by another link
    OFF_TOPIC = "off-topic"
    NO_TEXT = "no-text"
    CONSENT_WALL = "consent-wall"  # the page asks for consent instead of telling its story
    PAYWALL = "paywall"  # nothing of the story stands before the wall
    SOFT_404 = "soft-404"  # "not found" under status 200, or a redirect to the front page
    OTHER_LANGUAGE = "other-language"  # not one that the outlet publishes in
    UNREAD_LANGUAGE = "unread-language"  # no words for this language in config/languages yet
    NO_LINK = "no-link"  # an entry with a headline and nothing behind it
    OFF_SITE = "off-site"  # leads away from the outlet's own domains
    UNKNOWN_OUTLET = "unknown-outlet"  # of an aggregator or a list of addresses: at a domain that no outlet has
    PAUSED = "paused"  # likewise: of an outlet that is paused
    FORWARDED = "forwarded"  # a channel's post that hands on another's words
    ROBOTS = "robots"
    TOO_LARGE = "too-large"
    REJECTED = "rejected"  # gone, not HTML, a redirect loop, an address that must not be called …
    QUARANTINED = "quarantined"  # an article that Elasticsearch refuses; it is kept whole in the quarantine
    UNAVAILABLE = "unavailable"  # tried, may work later; tried again until the attempts run out
    FORGOTTEN = "forgotten"  # somebody has asked for it to be erased and kept out; neither address nor title is kept


class Intake(StrEnum):
    """How an article came in. Only what comes in live is told at once."""

    LIVE = "live"
    BASELINE = "baseline"  # at the first pass over a source, or the first after a long pause
    BACKFILL = "backfill"  # from an archive
    RE_READ = "re-read"  # found in an article that was read before, by better rules


class RemovedBy(StrEnum):
    """Who has taken a statement away."""

    EDIT = "edit"  # the outlet: a later version of the article has it no more
    REWORDED = "reworded"  # nobody: it stands there in other words, as a statement of its own
    RE_READ = "re-read"  # better rules: it was never there
    REVIEW = "review"  # a person: it is wrong
    FORGOTTEN = "forgotten"  # a person: it must not be kept; it is deleted as soon as nothing counts it any more


class Novelty(StrEnum):
    """What a statement adds to those that are known."""

    NEW = "new"  # the first fresh report of its utterance
    REPEAT = "repeat"
    BACKGROUND = "background"


class Trigger(StrEnum):
    """What about a statement can make a rule fire."""

    NEW_UTTERANCE = "new-utterance"
    FIRST_POSITION = "first-position"  # a party has had none on this claim before
    POSITION_CHANGE = "position-change"
    EDIT_ADDED = "edit-added"  # a later version of an article has it, the one before had not
    EDIT_REMOVED = "edit-removed"


class Position(StrEnum):
    """Where a party stands on a claim."""

    SILENT = "silent"  # nothing is known of it, nobody says that it has done it
    ALLEGED = "alleged"  # others allege it of the party, which has not answered
    ALLEGES = "alleges"  # it alleges it of others
    DENIED = "denied"
    PARTLY_ADMITTED = "partly admitted"
    ADMITTED = "admitted"
    WITHDRAWN = "withdrawn"  # it has taken back what it alleged or admitted


class Alignment(StrEnum):
    """Whose voice an outlet is, by its ownership."""

    STATE = "state"  # a state, a government, or close to one
    INDEPENDENT = "independent"
    UNKNOWN = "unknown"


class CopyKind(StrEnum):
    """What an article has to do with an earlier one."""

    COPY = "copy"  # its text, or a part of it that is long enough: a teaser
    REWRITE = "rewrite"  # the same story sentence by sentence in other words
    BORROWED = "borrowed"  # a text of its own with passages of the other


class ChangeKind(StrEnum):
    """What a later version of an article has done to a sentence or a statement."""

    ADDED = "added"
    REMOVED = "removed"
    REWORDED = "reworded"


class ChangeLevel(StrEnum):
    SENTENCE = "sentence"
    STATEMENT = "statement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a server wants to hear back at the next conditional GET. They belong to one address."""

    etag: str | None = None
    last_modified: str | None = None


class DateSource(StrEnum):
    PAGE = "page"
    FEED = "feed"
    ADDRESS = "address"
    NONE = "none"


class TextSource(StrEnum):
    """Where an article's text was found."""

    MARKUP = "markup"
    JSON_LD = "json-ld"
    JSON_ISLAND = "json-island"  # the JSON that a page's script starts from
    AMP = "amp"  # the page's AMP variant
    FEED = "feed"  # the feed's, where the page has less
    ITEM = "item"  # the feed's, its page was not asked
    POST = "post"  # a channel's post
    PDF = "pdf"


class Form(StrEnum):
    """What kind of text an article is, as far as that changes how it is to be read."""

    ARTICLE = "article"
    LIVE_BLOG = "live-blog"  # entries of a day, newest first; what is said today stands beside what was said in the morning
    ROUND_UP = "round-up"  # many stories in one: who is meant changes from one to the next


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """What a page says of itself and its main text, the title excluded. Everything but `text` is the page's claim."""

    text: str
    text_from: TextSource
    title: str | None
    authors: tuple[str, ...]
    published: datetime | None
    published_from: DateSource
    published_exact: bool  # the page gives the time of day and its zone
    modified: datetime | None
    language: str | None  # ISO 639-1
    canonical_url: str | None
    amp_url: str | None  # where the page's AMP variant lies, within the outlet
    paywalled: bool
    teaser: bool  # only the beginning, as far as the page tells
    form: Form
    lines: tuple[str, ...]  # hashes of its short lines, by which an outlet's habits are learned


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether an article is about the topic, and what that was judged by."""

    on_topic: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletFacts:
    """Who published an article, as far as readers of the index want to sort by it."""

    id: str
    name: str
    country: str | None
    ownership: str | None
    tier: int

    @property
    def alignment(self) -> Alignment:
        if self.ownership in {None, "intergovernmental"}:  # what several states say together is neither one's voice nor nobody's
            return Alignment.UNKNOWN
        return Alignment.STATE if self.ownership in {"state", "state-affiliated", "government"} else Alignment.INDEPENDENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Where in the archive the raw answer lies: one WARC record. `offset` and `length` are bytes of the compressed file."""

    file: str
    offset: int
    length: int
    record_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article as it is kept: the latest text, and where everything about it came from."""

    id: str
    url: str  # the address that the id is made of
    original_url: str  # as the feed gave it
    outlet: OutletFacts
    title: str
    text: str
    text_from: TextSource
    authors: tuple[str, ...]
    language: str
    published: datetime | None
    published_from: DateSource
    modified: datetime | None
    paywalled: bool
    teaser: bool
    form: Form
    first_seen: datetime
    intake: Intake
    topic_reason: str
    archive: Reference
    validators: Validators  # of the original address
    extracted_by: str  # digest of the code and rules that took the text out of the page


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is known about an article beside its text; all of it may be unknown."""

    outlet: str | None = None
    outlet_country: str | None = None  # ISO 3166 alpha-2
    title: str | None = None
    author: str | None = None
    published: datetime | None = None
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """Somebody or something that the text names, under its canonical name."""

    name: str
    kind: EntityKind
    side: str | None  # the code of the state, bloc or other party that is spoken for
    mentions: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    name: str
    kind: SpeakerKind
    affiliation: str | None = None
    side: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """What a statement was recognised by."""

    cue: str
    rule: str
    negated: bool
    confidence: float  # 0 to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One speech act, by one speaker, carried by one run of sentences; -1, -1 and no sentences for the title."""

    act: Act
    speaker: Speaker
    targets: tuple[str, ...]
    claims: tuple[str, ...]
    sentences: tuple[int, ...]
    start: int
    end: int
    mode: Mode
    background: bool
    partial: bool  # an acknowledgement that concedes less than what is alleged
    addressee_of: int | None  # for a denial: the index, in this article's list, of the accusation that it answers
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """All that reading one article has found."""

    verdict: Verdict
    entities: tuple[Entity, ...]
    claims: tuple[str, ...]
    statements: tuple[Statement, ...]
    sentences: tuple[tuple[int, int], ...]  # of the text, in their order
