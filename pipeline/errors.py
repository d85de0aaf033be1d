"""What can go wrong, and what the caller should do about it.

    ClaimwireError
     ├─ ConfigError      a file or a setting is wrong: the message names file, key and remedy
     ├─ Rejected         this address will never be an article: count it, store the reason, go on
     ├─ Unavailable      the same call may work later: let it rise, the scheduler retries
     ├─ NotFound         what a command was asked about is not there, or several things are meant: the message names them
     ├─ StoreUnavailable Elasticsearch does not answer: nothing was marked as done
     └─ DocumentsRefused Elasticsearch takes all but some documents, and never will take those

Anything else is a bug and stays loud.
"""

from collections.abc import Mapping
from pathlib import Path

from pipeline.model import Outcome


class ClaimwireError(Exception):
    """Every error that a caller may want to tell from a bug."""


class ConfigError(ClaimwireError):
    """A configuration file, a setting or a missing program; says which, and what to type."""

    def __init__(self, what: str, *, file: Path | str | None = None, key: str | None = None, remedy: str | None = None) -> None:
        where = ": ".join(str(part) for part in (file, key) if part)
        super().__init__(". ".join(part for part in (f"{where}: {what}" if where else what, remedy) if part))


class Rejected(ClaimwireError):
    """This page will never be an article."""

    def __init__(self, outcome: Outcome, reason: str, url: str, status: int | None = None) -> None:
        super().__init__(f"{outcome}: {reason} ({url})")
        self.outcome = outcome
        self.reason = reason
        self.url = url
        self.status = status  # of the answer, where there was one

    @property
    def gone(self) -> bool:
        """Whether the outlet says that nothing is there any more."""
        return self.status in {404, 410}

    def __reduce__(self) -> tuple[type["Rejected"], tuple[Outcome, str, str, int | None]]:
        return type(self), (
            self.outcome,
            self.reason,
            self.url,
            self.status,
        )  # an exception pickles its message alone, which is not what it is made of


class Unavailable(ClaimwireError):
    """The address did not answer as it should; later it may. `retry_after` is in seconds, None where the server named none."""

    def __init__(self, reason: str, url: str, retry_after: float | None = None) -> None:
        super().__init__(f"{reason} ({url})")
        self.reason = reason
        self.url = url
        self.retry_after = retry_after

    def __reduce__(self) -> tuple[type["Unavailable"], tuple[str, str, float | None]]:
        return type(self), (self.reason, self.url, self.retry_after)


class NotFound(ClaimwireError):
    """What somebody asked for is not in the index, or more than one thing is meant."""


class StoreUnavailable(ClaimwireError):
    """Elasticsearch cannot be reached or refuses to write; nothing was marked as done."""


class DocumentsRefused(ClaimwireError):
    """Elasticsearch refuses these documents and took all others: `reasons` says why, by id."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        (id_, reason), *others = reasons.items()
        super().__init__(f"Elasticsearch refuses {id_} of {reason}" + (f", and {len(others)} more" if others else ""))
        self.reasons = dict(reasons)

    def __reduce__(self) -> tuple[type["DocumentsRefused"], tuple[dict[str, str]]]:
        return type(self), (self.reasons,)
