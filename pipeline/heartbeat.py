"""The dead man's switch: an address that is called as long as all is well; who watches it hears when the calls stop coming.

The address is a secret as a whole: only its host is ever told.
"""

from urllib.parse import urlsplit

from pipeline import __version__
from pipeline.delivery import Trouble, host_of
from pipeline.errors import ConfigError, Rejected, Unavailable
from pipeline.fetch import Limits, Web
from pipeline.settings import Settings

LIMITS = Limits(feed_bytes=64 * 1024, seconds=10.0, connect_seconds=5.0, idle_seconds=5.0, hops=2, host_delay=0.0)


def beat(settings: Settings, limits: Limits = LIMITS) -> Trouble | None:
    """Calls the address; None where it answered with success, or where none is set. `{topic}` in it stands for the topic.

    Straight, as alerts are sent: CLAIMWIRE_PROXY is for fetching.
    """
    if settings.heartbeat is None:
        return None
    address = settings.heartbeat.get_secret_value().strip().replace("{topic}", settings.topic)
    host = host_of(address)
    try:
        Web(
            user_agent=f"claimwire/{__version__} (+{settings.contact})",
            clock=settings.clock,
            limits=limits,
            exempt=settings.exempt | _place(address),  # who names it says that it may be called, wherever it is
        ).feed(address, obey_robots=False)
    except Rejected as error:
        if error.status is not None and 200 <= error.status < 300:
            return None
        return Trouble(f"heartbeat at {host}: {error.reason}", again=True)
    except Unavailable as error:
        return Trouble(f"heartbeat at {host}: {error.reason}", again=True)
    except ConfigError:
        return Trouble(f"heartbeat at {host}: CLAIMWIRE_HEARTBEAT is not an address that can be called", again=False)
    return None


def _place(address: str) -> frozenset[str]:
    try:
        parts = urlsplit(address)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return frozenset()
    host = parts.hostname or ""
    return frozenset({f"[{host}]:{port}" if ":" in host else f"{host}:{port}"})
