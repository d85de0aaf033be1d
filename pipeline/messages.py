"""What goes to people: a message with the statements that it is about, each with its evidence.

The outbox keeps a message as it was made, so that a second try sends the same under the same key. `render` puts it into words.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from pipeline.model import Act, Mode


class MessageKind(StrEnum):
    ALERT = "alert"
    UPDATE = "update"  # more statements of an alert that was sent
    DIGEST = "digest"  # what a rule collects for an hour or a day
    BASELINE = "baseline"  # what the first pass over a source has found
    OVERFLOW = "overflow"  # what came after a channel's cap was reached
    CORRECTION = "correction"  # an alerted statement that was taken away
    ALARM = "alarm"  # about the installation itself
    BRIEF = "brief"  # the day in short
    TEST = "test"  # asked for by hand


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reply(_Value):
    """The other end of an exchange: what a statement answers, or what answers it."""

    statement_id: str
    line: str
    sentence: str
    url: str
    published: datetime | None
    outlet: str = ""  # of messages that were kept before it was told: nothing


class Item(_Value):
    """One statement and all that a reader needs to judge it without opening anything. Words from the news are as they were found."""

    statement_id: str
    article_id: str
    utterance: str
    line: str  # in English, whatever the article's language: who does what
    act: Act
    cameo: str
    speaker: str
    affiliation: str | None
    side: str | None
    targets: tuple[str, ...]
    claims: tuple[str, ...]  # titles of the claim families
    sentence: str
    before: str  # the sentence before it, or nothing
    after: str
    mode: Mode
    language: str
    outlet: str
    country: str | None
    alignment: str
    title: str
    url: str
    kibana: str | None
    published: datetime | None
    first_seen: datetime
    cue: str
    found_by: str  # the reader's rule
    confidence: Annotated[float, Field(ge=0, le=1)]
    reasons: tuple[str, ...]  # what is new about it, in words
    answers: Reply | None
    answered_by: tuple[Reply, ...]
    reports: Annotated[int, Field(ge=0)]  # that are left: an edit may have taken out the only one
    outlets: Annotated[int, Field(ge=0)]
    origins: Annotated[int, Field(ge=0)]  # independent ones


class Message(_Value):
    """One message to one channel."""

    id: str  # of the row in the outbox
    key: str  # the idempotency key: the same content has the same key, other content another
    kind: MessageKind
    title: str  # one line
    items: tuple[Item, ...]
    more: Annotated[int, Field(ge=0)] = 0  # how many statements beside those told
    why: str  # the rule, in its own words
    note: str = ""  # of a correction: what happened; of a test: that it is one
    lines: tuple[str, ...] = ()  # of an alarm: what is wrong or is over, and what to do
    at: datetime
    topic: str = ""  # the topic's id, by the time it is sent

    def of_topic(self, topic: str) -> "Message":
        """As it is sent: two topics may have read the same article, and a receiver of both must not take one's message for the other's."""
        return self.model_copy(update={"topic": topic, "id": f"{topic}-{self.id}", "key": f"{topic}-{self.key}"})
