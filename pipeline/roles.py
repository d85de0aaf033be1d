"""Roles in Elasticsearch: `config/roles.yml` typed, as its security API wants them, and held against what a user may really do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from pipeline.rules import Id, Name, Rules

ALL = "all"
# What none of the pipeline's users needs unless its role says so: whoever has it can do more harm than the pipeline can.
IN_CLUSTER = ("manage", "manage_security")
ON_INDEX = ("index", "delete", "delete_index", "manage")
ELSEWHERE = ("read", "write")
EVERYWHERE = "*"

Rights = set[tuple[str | None, str]]  # each on an index, or on the cluster: None


class RoleName(StrEnum):
    BOOTSTRAP = "bootstrap"
    WRITER = "writer"
    ALERTER = "alerter"
    ERASER = "eraser"
    ANALYST = "analyst"


class Role(Rules):
    """One block of `roles.yml`. Keys of `indices` are kinds of documents, or `all`."""

    says: Name
    cluster: tuple[Name, ...] = ()
    indices: Annotated[dict[Id, tuple[Name, ...]], Field(min_length=1)]
    kibana: tuple[Literal["read", "all"], ...] = ()

    def on(self, kind: str) -> frozenset[str]:
        """The privileges on one kind's indices."""
        return frozenset(self.indices.get(ALL, ())) | frozenset(self.indices.get(kind, ()))


class Roles(Rules):
    """`roles.yml`."""

    bootstrap: Role
    writer: Role
    alerter: Role
    eraser: Role
    analyst: Role

    def named(self, name: RoleName) -> Role:
        role: Role = getattr(self, name.value)
        return role


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a user may do, against what its roles say: privileges and where, `index on claimwire-iran-russia-alerts`."""

    user: str
    lacking: tuple[str, ...]
    beyond: tuple[str, ...]


def role_name(prefix: str, name: RoleName) -> str:
    """As Elasticsearch knows it; installations with prefixes of their own may share one."""
    return f"{prefix}-{name.value}"


def role_body(role: Role, prefix: str) -> dict[str, Any]:
    """What the security API is given. Names of indices are patterns over all topics."""
    body: dict[str, Any] = {
        "cluster": list(role.cluster),
        "indices": [{"names": _names(prefix, kind), "privileges": list(privileges)} for kind, privileges in role.indices.items()],
    }
    if role.kibana:
        body["applications"] = [{"application": "kibana-.kibana", "privileges": list(role.kibana), "resources": ["*"]}]
    return body


def _names(prefix: str, kind: str) -> list[str]:
    """Of a kind its aliases and the indices behind them, whose numbers begin with 0: a topic's own name may end as a kind is called."""
    return [f"{prefix}-*"] if kind == ALL else [f"{prefix}-*-{kind}", f"{prefix}-*-{kind}-0?????"]


def asked(roles: Sequence[Role], aliases: Mapping[str, str]) -> dict[str, Any]:
    """The question to `_security/user/_has_privileges`: all that these roles give, and all that would be dangerous. Aliases by kind."""
    cluster = {right for role in roles for right in role.cluster} | set(IN_CLUSTER)
    rights = {kind: sorted(_given(roles, kind) | set(ON_INDEX)) for kind in aliases}
    index = [{"names": [alias], "privileges": rights[kind]} for kind, alias in aliases.items()]
    return {"cluster": sorted(cluster), "index": [*index, {"names": [EVERYWHERE], "privileges": list(ELSEWHERE)}]}


def held(roles: Sequence[Role], aliases: Mapping[str, str], answer: Mapping[str, Any]) -> Held:
    """What the answer means for these roles."""
    due: Rights = {(None, right) for role in roles for right in role.cluster}
    due |= {(alias, right) for kind, alias in aliases.items() for right in _given(roles, kind)}
    has: Rights = {(None, right) for right, may in answer["cluster"].items() if may}
    has |= {(name, right) for name, rights in answer["index"].items() for right, may in rights.items() if may}
    beyond = has - due - _implied(roles, aliases)
    return Held(user=str(answer["username"]), lacking=_told(due - has), beyond=_told(beyond))


def _given(roles: Sequence[Role], kind: str) -> frozenset[str]:
    return frozenset().union(*(role.on(kind) for role in roles))


def _implied(roles: Sequence[Role], aliases: Mapping[str, str]) -> Rights:
    """What Elasticsearch's own privileges bring with them."""
    brings = {"write": ("index", "delete"), "manage": ("delete_index",)}
    return {(alias, right) for kind, alias in aliases.items() for given in _given(roles, kind) & brings.keys() for right in brings[given]}


def _told(rights: Rights) -> tuple[str, ...]:
    """One line for each right, with the places where it holds; those of the whole cluster first."""
    places: dict[str, list[str]] = {}
    for name, right in sorted(rights, key=lambda each: (each[0] or "", each[1])):
        places.setdefault(right, []).append("the cluster" if name is None else "all indices" if name == EVERYWHERE else name)
    return tuple(f"{right} on {', '.join(where)}" for right, where in places.items())
