"""Commands about alerting, for `claimwire`: which channels there are, and whether one delivers."""

import secrets
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from pipeline.config_files import read_alerting
from pipeline.errors import ConfigError
from pipeline.settings import Settings, read_settings
from pipeline.terminal import err, escape, out

if TYPE_CHECKING:
    from pipeline.alert_rules import ChannelRules
    from pipeline.messages import Message

channels_app = typer.Typer(no_args_is_help=True, help="Where alerts go: the channels of the topic's alerts.yml.")


@channels_app.command("list")
def channels_list() -> None:
    """List the channels: kind, whether open, most messages an hour."""
    from pipeline.channels import missing

    settings = read_settings()
    table = Table("channel", "kind", "state", "messages an hour")
    for rules in read_alerting(settings).channels:
        unset = missing(rules, settings)
        table.add_row(rules.id, rules.kind.value, f"closed: {unset} is not set" if unset else "open", str(rules.cap))
    out.print(table)


@channels_app.command("test")
def channels_test(name: Annotated[str, typer.Argument(help="The channel's id.")]) -> None:
    """Send a test message now, say what happened; exit code 1 where it did not arrive."""
    from pipeline.channels import deliver

    settings = read_settings()
    rules = _channel(name, settings)
    trouble = deliver(_test_message(rules, settings), rules, settings)
    if trouble is None:
        out.print(f"{rules.id}: delivered")
        return
    err.print(
        f"{rules.id}: not delivered. {escape(trouble.reason)} ({'may work later' if trouble.again else 'will not work later either'})"
    )
    raise typer.Exit(1)


def _channel(name: str, settings: Settings) -> "ChannelRules":
    channels = read_alerting(settings).channels
    for rules in channels:
        if rules.id == name:
            return rules
    raise ConfigError(f"no channel {name!r}", file="alerts.yml", remedy=f"There are: {', '.join(rules.id for rules in channels)}")


def _test_message(rules: "ChannelRules", settings: Settings) -> "Message":
    from pipeline.messages import Message, MessageKind

    return Message(
        id=f"test-{rules.id}",
        key=f"test-{secrets.token_hex(16)}",  # each test is another message
        kind=MessageKind.TEST,
        title=f"claimwire: test of the channel {rules.id}",
        items=(),
        why=f"claimwire channels test {rules.id}",
        at=settings.clock(),
    ).of_topic(settings.topic)
