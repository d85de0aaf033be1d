"""Elasticsearch's errors as ours: what will be mended by waiting, what by another configuration, and what is a bug."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from elasticsearch import ApiError, ConflictError, NotFoundError, TransportError
from elasticsearch.exceptions import AuthenticationException, AuthorizationException

from pipeline.errors import ConfigError, StoreUnavailable

# Too busy, broken, away: the same request may well succeed later.
PASSING = (429, 500, 502, 503, 504)


def reason_of(answer: Mapping[str, Any]) -> str:
    """Why Elasticsearch did not do something, by its answer."""
    error = answer.get("error", {})
    if not isinstance(error, dict):
        return str(error)
    # "all shards failed" says nothing; what failed in them stands below.
    causes = [error, *error.get("root_cause", ()), *([error["caused_by"]] if "caused_by" in error else [])]
    return "; ".join(dict.fromkeys(f"{cause.get('type', '')}: {cause.get('reason', '')}" for cause in causes))


def is_blocked(error: Any) -> bool:
    """Whether an index takes no writes for a time: it is copied, or its disk is full."""
    return isinstance(error, dict) and error.get("type") == "cluster_block_exception"


def told(error: ApiError) -> str:
    """The reason, which the exception itself keeps behind its type."""
    body = error.body
    return reason_of(body) if isinstance(body, dict) and body.get("error") else str(error.message)


@contextmanager
def translated(*, missing: bool = True) -> Iterator[None]:
    """Elasticsearch's errors as ours; what is a bug of ours stays itself, and what is not there too where that is `missing=False`."""
    try:
        yield
    except (AuthenticationException, AuthorizationException) as error:
        if is_blocked(error.body.get("error") if isinstance(error.body, dict) else None):
            raise StoreUnavailable(f"Elasticsearch takes no writes: {told(error)}") from error
        raise ConfigError(
            f"Elasticsearch refuses this user: {told(error)}",
            file="environment",
            key="ELASTICSEARCH_USERNAME, ELASTICSEARCH_PASSWORD, ELASTICSEARCH_API_KEY",
        ) from error
    except NotFoundError as error:
        if not missing:
            raise
        raise ConfigError(f"Elasticsearch has no such index: {told(error)}", remedy="Run `claimwire setup` first") from error
    except ConflictError:
        raise
    except ApiError as error:
        if error.status_code in PASSING:
            raise StoreUnavailable(f"Elasticsearch answers {error.status_code}: {told(error)}") from error
        raise
    except TransportError as error:
        raise StoreUnavailable(f"Elasticsearch does not answer: {error.message}. Is it running? `claimwire node status`") from error
