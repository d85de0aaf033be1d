"""The third stage: opens what deciding and sending need, by the settings, and runs them one after the other."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from pipeline import channels, ledger
from pipeline.actors import Actors, Person
from pipeline.alert_rules import Alerting
from pipeline.claim_rules import ClaimRules
from pipeline.claims import MOVING, Event, Facts, claim_id, history_from, move, spoken_from
from pipeline.config_files import alerts_files, read_alerting, read_config, read_outlets
from pipeline.connection import connect
from pipeline.deciding import Office, decide_all
from pipeline.delivering import Post, deliver_all, finish_overflows
from pipeline.documents import Document, Stored
from pipeline.errors import ConfigError
from pipeline.gazetteer import Gazetteer
from pipeline.index import Index
from pipeline.lease import Lease, lease
from pipeline.model import Trigger
from pipeline.rule_check import Known, problems
from pipeline.settings import Settings
from pipeline.taking_back import take_back

Progress = Callable[[str], None]


def read_rules(settings: Settings) -> Alerting:
    """The topic's alert rules. Raises ConfigError for what is unknown and for what can never match."""
    alerting = read_alerting(settings)
    for key, problem in problems(alerting, known_of(settings)):
        raise ConfigError(problem, file=alerts_files(settings)[-1], key=key)
    return alerting


def known_of(settings: Settings) -> Known:
    """What statements of the topic can carry."""
    actors = read_config(settings, "actors.yml", Actors)
    gazetteer = Gazetteer(actors)

    def canonical(name: str) -> str | None:
        found = None if name in gazetteer.lexicon.actors else gazetteer.find(name)
        return found.name if found else None

    return Known(
        families=titles_of(settings),
        outlets=[outlet.facts() for outlet in read_outlets(settings)],
        sides={state.code for state in actors.states if state.code},
        targets={state.name for state in actors.states},
        sides_of={person.name: _sides(person) for person in actors.people},
        canonical=canonical,
    )


def _sides(person: Person) -> frozenset[str]:
    return frozenset(side for side in (person.side, *(office.side for office in person.offices)) if side)


def titles_of(settings: Settings) -> Mapping[str, str]:
    """Claim family to its title."""
    rules = read_config(settings, "claims.yml", ClaimRules)
    return {family.id: family.title for family in rules.families}


def open_office(settings: Settings, index: Index) -> Office:
    """All that deciding needs, by these settings."""
    alerting, facts = read_rules(settings), ledger.read_facts(settings)
    return Office(
        index=index,
        alerting=alerting,
        open_channels=channels.open_channels(alerting.channels, settings),
        titles=facts.titles,
        move=moves(index, facts),
        renew=renewal(index, facts),
        zone=settings.time_zone,
        digest_hour=settings.digest_hour,
        kibana=settings.kibana_link.replace("{topic}", settings.topic) if settings.kibana_link else None,
        clock=settings.clock,
    )


def renewal(index: Index, facts: Facts) -> Callable[[Iterable[Stored], datetime], None]:
    """Computes anew the ledger's rows that statements count in."""

    def renew(statements: Iterable[Stored], now: datetime) -> None:
        index.refresh("statements")
        ledger.renew(index, ledger.affected(index, (stored.source for stored in statements), facts), facts, now)

    return renew


def moves(index: Index, facts: Facts) -> Callable[[Sequence[Stored]], Mapping[str, tuple[Trigger, Document]]]:
    """What statements do to their parties' positions: statement id to the trigger, and on which claim from where to where."""

    def moved(statements: Sequence[Stored]) -> Mapping[str, tuple[Trigger, Document]]:
        rows = {stored.id: _own_rows(stored) for stored in statements}
        ids = sorted({claim_id(*row) for each in rows.values() for row in each})
        index.refresh("claims")
        histories = {id_: history_from(stored.source) for id_, stored in index.get("claims", ids).items()}
        found: dict[str, tuple[Trigger, Document]] = {}
        for stored in statements:
            made = [_moved(stored, row, histories.get(claim_id(*row), []), facts) for row in rows[stored.id]]
            # Of several claims the one on which a position changes; else the first that one is taken on.
            chosen = sorted((each for each in made if each), key=lambda each: each[0] is Trigger.FIRST_POSITION)
            if chosen:
                found[stored.id] = chosen[0]
        return found

    return moved


def _own_rows(stored: Stored) -> list[tuple[str, str]]:
    side = stored.source["speaker"].get("side")
    return [(family, side) for family in stored.source.get("claims", ())] if side and stored.source["act"] in MOVING else []


def _moved(stored: Stored, row: tuple[str, str], history: Sequence[Event], facts: Facts) -> tuple[Trigger, Document] | None:
    found = move(history, spoken_from(stored), reply=row[0] in facts.replies)
    if found is None:
        return None
    position = {"family": row[0], "party": row[1], "party_name": facts.names.get(row[1], row[1])}
    return found.trigger, position | {"before": found.before, "after": found.after}


def open_post(settings: Settings, index: Index, alerting: Alerting) -> Post:
    return Post(
        index=index,
        channels={channel.id: channel for channel in alerting.channels},
        send=lambda message, rules: channels.deliver(message.of_topic(settings.topic), rules, settings),
        give_up=alerting.give_up,
        clock=settings.clock,
    )


def alert(settings: Settings, progress: Progress) -> Counter[str]:
    """Decides on what nobody has decided on, takes back what is gone, sends what is due; one run at a time.

    Counts statements by what became of them, alerts, messages sent; `busy` where another run kept the lease.
    """
    index = connect(settings)
    office = open_office(settings, index)
    counts: Counter[str] = Counter()
    with lease(index, "alert") as held:
        if held is None:
            return Counter(busy=1)
        counts += work(office, open_post(settings, index, office.alerting), held, progress)
    return counts


def work(office: Office, post: Post, held: Lease, progress: Progress) -> Counter[str]:
    """The stage itself, under a lease; what a killed run has left half done comes first."""
    finish_overflows(post)
    counts = Counter(take_back(office))
    counts.update(decide_all(office, held, progress))
    counts.update(deliver_all(post, held, progress))
    return counts
