"""Which of a channel's targets have taken a message already, where others have not yet: a second try is for the others alone.

One small file per channel on the shelf. Targets stand in it as hashes, since addresses are secrets. A message that all
have taken is forgotten: what is sent again on purpose arrives again.
"""

import hashlib
import json

from pipeline.shelf import Shelf

# Messages that were delivered in part; older ones were given up long ago.
_MOST = 500


def fingerprint(target: str, key: str) -> str:
    return hashlib.sha256(f"{key}\n{target}".encode()).hexdigest()[:32]


def taken(shelf: Shelf, file: str, key: str) -> frozenset[str]:
    """The fingerprints of the targets that have this message."""
    return frozenset(_read(shelf, file).get(key, ()))


def note(shelf: Shelf, file: str, key: str, fingerprints: frozenset[str]) -> None:
    """Replaces what is known of a message; nothing is known of it where there are no fingerprints."""
    if not fingerprints and key not in _read(shelf, file):
        return
    with shelf.alone(file):
        known = _read(shelf, file)
        known.pop(key, None)
        if fingerprints:
            known[key] = sorted(fingerprints)
        shelf.write(file, json.dumps(dict(list(known.items())[-_MOST:])).encode())


def _read(shelf: Shelf, file: str) -> dict[str, list[str]]:
    try:
        found: dict[str, list[str]] = json.loads(shelf.read(file) or b"{}")
    except ValueError:  # a file that somebody has spoiled costs second copies, not messages
        return {}
    return found
