"""What each user may do in Elasticsearch: as it stands in roles.yml, as the stages need it, and as `claimwire doctor` examines it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pydantic import SecretStr

from pipeline import quarantine, run, silences, silencing
from pipeline.compose_users import give_users
from pipeline.config_files import read_roles
from pipeline.connection import client_of, connect
from pipeline.doctor import examine
from pipeline.errors import ConfigError
from pipeline.examination import Finding, Level
from pipeline.index import KINDS, Index, Kind, translated
from pipeline.reprocess import Scope, What
from pipeline.roles import ALL, RoleName, role_body
from pipeline.settings import Settings, read_settings, secret_values
from tests.guarded import SUPERUSER, Guard, guarded

ROLES = read_roles()
WRITTEN_BY_WRITER = {"articles", "statements", "changes", "entries", "sources", "outlets", "leases", "runs", "quarantine", "archives"}
WRITTEN_BY_ALERTER = {"statements", "utterances", "alerts", "silences", "leases", "runs", "alarms", "claims"}
READ_BY_ANALYST = {"articles", "statements", "utterances", "claims", "changes", "entries", "sources", "alerts", "kibana"}
USERS = {
    "ELASTICSEARCH_BOOTSTRAP_USERNAME": "boot",
    "ELASTICSEARCH_BOOTSTRAP_PASSWORD": "password-one",
    "ELASTICSEARCH_USERNAME": "writer",
    "ELASTICSEARCH_PASSWORD": "password-two",
    "ELASTICSEARCH_ALERTER_USERNAME": "alerter",
    "ELASTICSEARCH_ALERTER_PASSWORD": "password-three",
    "ELASTICSEARCH_ERASER_USERNAME": "eraser",
    "ELASTICSEARCH_ERASER_PASSWORD": "password-six",
    "ANALYST_USERNAME": "analyst",
    "ANALYST_PASSWORD": "password-four",
    "KIBANA_SYSTEM_PASSWORD": "password-five",
}


@pytest.fixture
def guard(sample_settings: Settings) -> Iterator[Guard]:
    """A cluster with security, in which the service `users` has done its work."""
    with guarded(sample_settings.store_urls[0]) as guard:
        superuser = logged_in(sample_settings, guard, SUPERUSER)
        give_users(client_of(superuser), ROLES, {**USERS, "CLAIMWIRE_INDEX_PREFIX": sample_settings.index_prefix})
        yield guard


def logged_in(settings: Settings, guard: Guard, user: str, **more: object) -> Settings:
    password = SecretStr(guard.users[user][0])
    login = {"elasticsearch_url": guard.url, "elasticsearch_username": user, "elasticsearch_password": password}
    return settings.model_copy(update=login | more)


@pytest.fixture
def both(sample_settings: Settings, guard: Guard) -> Settings:
    """The settings of the tasks: the writer's login, and others for what alerts and what takes away."""
    more = {}
    for user in ("alerter", "eraser"):
        more |= {f"elasticsearch_{user}_username": user, f"elasticsearch_{user}_password": SecretStr(guard.users[user][0])}
    return logged_in(sample_settings, guard, "writer", **more)


def written(name: RoleName) -> set[str]:
    return {kind for kind in KINDS if ROLES.named(name).on(kind) & {"index", "create", "write", "delete"}}


# ------------------------------------------------------------------------------------------------ as it stands in the file
def test_every_kind_of_document_has_somebody_who_writes_it_and_nobody_else() -> None:
    assert written(RoleName.WRITER) == WRITTEN_BY_WRITER
    assert written(RoleName.ALERTER) == WRITTEN_BY_ALERTER
    assert written(RoleName.ANALYST) == set()
    assert written(RoleName.ERASER) == set(KINDS)
    assert set(KINDS) - written(RoleName.WRITER) - written(RoleName.ALERTER) == {"forgotten", "kibana"}


def test_only_kinds_that_there_are_stand_in_the_file() -> None:
    for name in RoleName:
        assert set(ROLES.named(name).indices) <= {ALL, *KINDS}


def test_documents_are_taken_away_only_where_the_pipeline_does_so() -> None:
    deleted = {(name, kind) for name in (RoleName.WRITER, RoleName.ALERTER) for kind in KINDS if "delete" in ROLES.named(name).on(kind)}
    assert deleted == {(RoleName.WRITER, "quarantine"), (RoleName.ALERTER, "claims")}


def test_an_analyst_reads_what_dashboards_show_and_nothing_of_what_was_erased_or_silenced() -> None:
    read = {kind for kind in KINDS if "read" in ROLES.analyst.on(kind)}
    assert read == READ_BY_ANALYST
    assert {right for kind in KINDS for right in ROLES.analyst.on(kind)} == {"read", "view_index_metadata"}
    assert (ROLES.analyst.cluster, ROLES.analyst.kibana) == ((), ("read",))


def test_none_has_the_cluster_or_another_ones_indices() -> None:
    for name in RoleName:
        body = role_body(ROLES.named(name), "own")
        assert set(body["cluster"]) <= {"monitor"}
        assert all(each.startswith("own-") for block in body["indices"] for each in block["names"])
        if name is not RoleName.BOOTSTRAP:
            rights = {right for block in body["indices"] for right in block["privileges"]}
            assert rights <= {"read", "index", "delete", "maintenance", "monitor", "view_index_metadata"}


def test_a_topic_that_is_called_as_a_kind_gives_nobody_more() -> None:
    (block,) = [each for each in role_body(ROLES.alerter, "own")["indices"] if "own-*-alerts" in each["names"]]
    assert block["names"] == ["own-*-alerts", "own-*-alerts-0?????"]
    assert all(len(kind) != 6 or not kind.startswith("0") for kind in KINDS)


# ------------------------------------------------------------------------------------------------ as the stages need it
def wrote(user: str, settings: Settings, guard: Guard) -> set[str]:
    kinds = {connect(settings).alias(kind): kind for kind in KINDS}
    return {kinds[str(name)] for who, (name, right) in guard.needed if who == user and right == "index"}


def test_the_stages_go_through_with_their_own_users(both: Settings, guard: Guard) -> None:
    index = connect(both)
    run.run_collect(both, ["nevsky-ledger"])
    run.run_enrich(both)
    run.run_revisit(both.model_copy(update={"now": both.clock() + timedelta(hours=3)}))
    run.run_reprocess(both, Scope(what=What.READ, dry_run=False, limit=1, outlets=[]))
    run.run_alert(both)
    run.run_watch(both)
    assert guard.refused == []
    assert min(index.count("statements"), index.count("alerts"), index.count("claims")) > 0
    assert wrote("writer", both, guard) >= {"articles", "statements", "entries", "sources", "outlets", "runs"}
    assert wrote("alerter", both, guard) >= {"statements", "utterances", "alerts", "claims", "leases", "runs", "alarms"}


def test_what_people_take_away_goes_through_too(both: Settings, guard: Guard, index: Index) -> None:
    index.put("quarantine", [("a", {"attempts": 1})])
    quarantine.forget(["a"], connect(both))
    silence = silences.make({"act": ("denial",)}, None, by="desk", why="known", since=both.clock(), until=both.clock() + timedelta(hours=1))
    silencing.add(silence, connect(both.alerter))
    connect(both.alerter).delete("claims", ["a"])
    assert guard.refused == []
    assert index.get("quarantine", ["a"]) == {}


def test_bootstrap_makes_the_indices_and_adds_fields(settings: Settings, index: Index) -> None:
    with guarded(settings.store_urls[0]) as guard:
        own = settings.model_copy(update={"index_prefix": f"{settings.index_prefix}-new"})
        environ = {**USERS, "CLAIMWIRE_INDEX_PREFIX": own.index_prefix}
        give_users(client_of(logged_in(own, guard, SUPERUSER)), ROLES, environ)
        boot = logged_in(own, guard, "boot")
        made = run.set_up(boot)
        try:
            assert len(made) == len(KINDS)
            assert run.set_up(boot) == []
            assert guard.refused == []
        finally:
            connect(own).remove()


@pytest.mark.parametrize("user", ["writer", "alerter", "eraser", "analyst"])
def test_nobody_else_can_make_or_delete_an_index_or_a_user(user: str, sample_settings: Settings, guard: Guard) -> None:
    settings = logged_in(sample_settings, guard, user)
    name = f"{connect(settings).alias('articles')}-000001"
    with pytest.raises(ConfigError, match="refuses this user"):
        connect(settings).remove()
    with pytest.raises(ConfigError, match="refuses this user"), translated():
        client_of(settings).indices.delete(index=name)
    with pytest.raises(ConfigError, match="refuses this user"), translated():
        client_of(settings).indices.create(index=f"{settings.index_prefix}-x")
    with pytest.raises(ConfigError, match="refuses this user"):
        give_users(client_of(settings), ROLES, {**USERS, "CLAIMWIRE_INDEX_PREFIX": settings.index_prefix})
    assert connect(sample_settings).missing() == []


@pytest.mark.parametrize(
    ("user", "kinds"),
    [
        ("writer", set(KINDS) - WRITTEN_BY_WRITER),
        ("alerter", set(KINDS) - WRITTEN_BY_ALERTER),
        ("analyst", set(KINDS)),
    ],
)
def test_what_a_user_does_not_write_it_cannot(user: str, kinds: set[Kind], sample_settings: Settings, guard: Guard) -> None:
    index = connect(logged_in(sample_settings, guard, user))
    for kind in sorted(kinds):
        with pytest.raises(ConfigError, match="refuses this user"):
            index.put(kind, [("a", {})])


def test_an_analyst_sees_the_kinds_of_dashboards_and_no_other(sample_settings: Settings, guard: Guard) -> None:
    index = connect(logged_in(sample_settings, guard, "analyst"))
    for kind in KINDS:
        if kind in READ_BY_ANALYST:
            assert index.count(kind) == 0
        else:
            with pytest.raises(ConfigError, match="refuses this user"):
                index.count(kind)


def test_a_password_is_asked_for(sample_settings: Settings, guard: Guard) -> None:
    stranger = logged_in(sample_settings, guard, "writer", elasticsearch_password=SecretStr("guessed"))
    with pytest.raises(ConfigError, match="refuses this user"):
        connect(stranger).count("articles")


# ------------------------------------------------------------------------------------------------ logins
def test_without_a_login_of_its_own_the_alerter_is_the_writer(settings: Settings) -> None:
    assert settings.alerter is settings


def test_the_alerters_login_is_read_from_the_environment_and_stands_in_no_log(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ELASTICSEARCH_API_KEY", "key-of-the-writer")
    monkeypatch.setenv("ELASTICSEARCH_ALERTER_API_KEY", "key-of-the-alerter")
    alerter = read_settings().alerter
    assert alerter.elasticsearch_api_key == SecretStr("key-of-the-alerter")
    assert {"key-of-the-writer", "key-of-the-alerter"} <= secret_values()
    monkeypatch.delenv("ELASTICSEARCH_ALERTER_API_KEY")
    monkeypatch.setenv("ELASTICSEARCH_ALERTER_USERNAME", "alerter")
    monkeypatch.setenv("ELASTICSEARCH_ALERTER_PASSWORD", "password-of-the-alerter")
    alerter = read_settings().alerter
    assert (alerter.elasticsearch_username, alerter.elasticsearch_api_key) == ("alerter", None), "a key would be taken before a password"
    assert "password-of-the-alerter" in secret_values()


# ------------------------------------------------------------------------------------------------ as the doctor sees it
def rights(settings: Settings) -> dict[str, Finding]:
    return {each.what: each for each in examine(settings) if each.what.endswith("rights")}


def test_users_with_their_roles_are_good(both: Settings) -> None:
    found = rights(both)
    assert {what: each.level for what, each in found.items()} == dict.fromkeys(
        ("rights", "alerter's rights", "eraser's rights"), Level.GOOD
    )
    prefix = both.index_prefix
    assert found["rights"].told == f"writer: those of {prefix}-writer and no more"
    assert found["alerter's rights"].told == f"alerter: those of {prefix}-alerter and no more"


def test_what_is_lacking_is_told_with_the_role_that_has_it(both: Settings, guard: Guard) -> None:
    prefix = both.index_prefix
    role = guard.roles[f"{prefix}-alerter"]
    role["indices"] = [block for block in role["indices"] if f"{prefix}-*-alerts" not in block["names"]]
    found = rights(both)["alerter's rights"]
    assert found.level is Level.WRONG
    assert found.told == f"alerter lacks index on {prefix}-iran-russia-alerts"
    assert f"{prefix}-alerter" in found.remedy


def test_one_login_for_everything_needs_both_roles(sample_settings: Settings, guard: Guard) -> None:
    writer = logged_in(sample_settings, guard, "writer")
    assert "index on" in rights(writer)["rights"].told
    guard.users["writer"] = (guard.users["writer"][0], guard.users["writer"][1] + guard.users["alerter"][1] + guard.users["eraser"][1])
    assert {each.level for each in rights(writer).values()} == {Level.GOOD}


def test_the_superuser_and_bootstrap_are_too_much(sample_settings: Settings, guard: Guard) -> None:
    found = rights(logged_in(sample_settings, guard, SUPERUSER))
    assert found.keys() == {"too many rights"}
    assert found["too many rights"].level is Level.WARNING
    told = found["too many rights"].told
    assert all(
        part in told for part in ("manage_security on the cluster", "delete_index on", "write on all indices", "read on all indices")
    )
    told = rights(logged_in(sample_settings, guard, "boot"))["too many rights"].told
    assert "delete_index on" in told
    assert "manage_security" not in told


def test_a_writer_who_may_write_alerts_is_told(both: Settings, guard: Guard) -> None:
    guard.roles[f"{both.index_prefix}-writer"]["indices"][0]["privileges"].append("write")
    told = rights(both)["too many rights"].told
    assert f"{both.index_prefix}-iran-russia-alerts" in told
    assert told.startswith("writer may also delete on ")
