"""Which of a channel's targets have taken a message already, where others have not yet: a second try is for the others alone.

One small file per channel in the state folder. Targets stand in it as hashes, since addresses are secrets. A message that all
have taken is forgotten: what is sent again on purpose arrives again.
"""

import hashlib
import json
from pathlib import Path

from pipeline.delivery import locked, write_whole

# Messages that were delivered in part; older ones were given up long ago.
_MOST = 500


def fingerprint(target: str, key: str) -> str:
    return hashlib.sha256(f"{key}\n{target}".encode()).hexdigest()[:32]


def taken(file: Path, key: str) -> frozenset[str]:
    """The fingerprints of the targets that have this message."""
    return frozenset(_read(file).get(key, ()))


def note(file: Path, key: str, fingerprints: frozenset[str]) -> None:
    """Replaces what is known of a message; nothing is known of it where there are no fingerprints."""
    if not fingerprints and key not in _read(file):
        return
    with locked(file):
        known = _read(file)
        known.pop(key, None)
        if fingerprints:
            known[key] = sorted(fingerprints)
        write_whole(file, json.dumps(dict(list(known.items())[-_MOST:])).encode())


def _read(file: Path) -> dict[str, list[str]]:
    try:
        found: dict[str, list[str]] = json.loads(file.read_bytes())
    except (FileNotFoundError, ValueError):  # a file that somebody has spoiled costs second copies, not messages
        return {}
    return found
