"""What an installation's own files make of the shipped ones, and whether the shipped ones are still those that they were made for.

`accepted.json` in the overlay holds each shipped block that an own file changes or takes away, as it was when somebody accepted the
difference: after an upgrade it tells which of them have changed.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.actors import Actors
from pipeline.alert_rules import Alerting
from pipeline.chrome import ChromeRules
from pipeline.claim_rules import ClaimRules, ClaimWords
from pipeline.dashboards import KibanaRules
from pipeline.differences import Difference, blocks, differences, named, overrides, told
from pipeline.errors import ConfigError
from pipeline.layers import ACCEPTED, LANGUAGES, claims_file, merged, read_data
from pipeline.rules import Rules, Topic
from pipeline.settings import Settings
from pipeline.source_rules import AgencyRules, Sources
from pipeline.words import rules_of

SHAPES: Mapping[str, type[Rules]] = {
    "topic.yml": Topic,
    "sources.yml": Sources,
    "actors.yml": Actors,
    "claims.yml": ClaimRules,
    "alerts.yml": Alerting,
    "agencies.yml": AgencyRules,
    "chrome.yml": ChromeRules,
    "kibana.yml": KibanaRules,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A shipped block that an own file overrides, and how it has changed since that was accepted; no lines where it never was."""

    block: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFile:
    """One file of the overlay, what it changes in all that lies below it, and which shipped blocks want another look."""

    file: Path
    key: str  # its place in the overlay
    whole: bool  # nothing of that name is shipped: all of it is the overlay's
    differences: tuple[Difference, ...]
    idle: tuple[str, ...]  # blocks that say only what is shipped already
    drifts: tuple[Drift, ...]
    overridden: Mapping[str, Any]  # the shipped blocks in which it replaces something, as they are now


def names(settings: Settings) -> list[tuple[str, type[Rules]]]:
    """The files that a topic is made of, with their types."""
    words = ((f"{LANGUAGES}/{language}.yml", rules_of(language)) for language in settings.languages)
    claims = ((claims_file(language), ClaimWords) for language in settings.claim_languages)
    return [*SHAPES.items(), *words, *claims]


def own_files(settings: Settings) -> list[OwnFile]:
    """What the overlay says of this topic and of all topics. Raises ConfigError for what cannot be read or laid over the rest."""
    overlay = settings.overlay_folder
    if overlay is None:
        return []
    accepted = _accepted(overlay)
    found = []
    for name, shape in names(settings):
        files = settings.files(name)
        for place, file in enumerate(files):
            if file.is_relative_to(overlay):
                below = [each for each in files[:place] if not each.is_relative_to(overlay)]
                key = file.relative_to(overlay).as_posix()
                found.append(_own_file(file, key, files[:place], below, shape, accepted.get(key, {})))
    return found


def _own_file(
    file: Path, key: str, below: tuple[Path, ...], shipped: list[Path], shape: type[Rules], accepted: Mapping[str, Any]
) -> OwnFile:
    before, after = merged(below, shape), merged([*below, file], shape)
    there = blocks(merged(shipped, shape), shape)
    own = read_data(file)
    spoken_of, replaced = named(own, shape), sorted(overrides(own, shape))
    found = tuple(differences(before, after, shape))
    overridden = {block: there[block] for block in replaced if block in there}
    changed = {difference.block for difference in found}
    return OwnFile(
        file=file,
        key=key,
        whole=not shipped,
        differences=found,
        idle=tuple(sorted(block for block in spoken_of - changed if block in there)),
        drifts=tuple(_drifts(overridden, {block: accepted[block] for block in replaced if block in accepted})),
        overridden=overridden,
    )


def _drifts(overridden: Mapping[str, Any], accepted: Mapping[str, Any]) -> Iterator[Drift]:
    for block, now in overridden.items():
        if block not in accepted:
            yield Drift(block=block)
        elif lines := tuple(told(accepted[block], json.loads(json.dumps(now, default=str)))):
            yield Drift(block=block, lines=lines)
    yield from (Drift(block=block, lines=("is not shipped any more",)) for block in accepted if block not in overridden)


def accept(settings: Settings) -> int:
    """Notes the shipped blocks that the own files override as they are now; returns how many."""
    overlay = settings.overlay_folder
    files = [each for each in own_files(settings) if each.overridden]
    if overlay is None or not files:
        return 0
    kept = {key: noted for key, noted in _accepted(overlay).items() if (overlay / key).is_file()}
    noted = kept | {each.key: dict(each.overridden) for each in files}
    (overlay / ACCEPTED).write_text(json.dumps(noted, ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8")
    return sum(len(each.overridden) for each in files)


def _accepted(overlay: Path) -> dict[str, dict[str, Any]]:
    file = overlay / ACCEPTED
    if not file.exists():
        return {}
    try:
        noted: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"cannot be read: {error}", file=file, remedy="Delete it, and accept anew: `claimwire config diff --accept`"
        ) from error
    return noted
