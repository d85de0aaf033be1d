"""`claimwire sources add` and `import`: new outlets, from a site's address or from another reader's list."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from pipeline.errors import ClaimwireError, ConfigError
from pipeline.settings import read_settings
from pipeline.source_file import add_feeds, add_outlets, all_outlets, replace_feed
from pipeline.terminal import err, escape, out, progress_lines, show

if TYPE_CHECKING:
    from pipeline.opml import Outline
    from pipeline.source_check import Desk
    from pipeline.source_finder import FoundFeed, Site
    from pipeline.source_rules import Outlet

# What feeds call themselves besides the outlet's name.
_SELF = re.compile(r"\s*(?:[|·:»>–—-]\s*)?\b(?:rss|atom|feeds?|xml|latest(?: news)?|all(?: news)?|home ?page|home)\b.*$", re.IGNORECASE)
_PLACE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def add_command(
    url: Annotated[str, typer.Argument(help="The site's address, or its feed's.")],
    id_: Annotated[str | None, typer.Option("--id", help="What the outlet is called in commands; made of its domain by default.")] = None,
    name: Annotated[str | None, typer.Option(help="What people read; the feed's own title by default.")] = None,
    country: Annotated[str | None, typer.Option(help="Of the newsroom or of the state that owns it: IR, RU, EU …")] = None,
    ownership: Annotated[str | None, typer.Option(help="state, state-affiliated, public, private, exile, ngo, government.")] = None,
    tier: Annotated[int, typer.Option(min=1, max=4, help="1: others quote it, 4: little more than copies.")] = 3,
    feed: Annotated[
        list[str] | None, typer.Option(help="Of those found, this one; several times for several. The first by default.")
    ] = None,
    links: Annotated[
        str | None, typer.Option(help="Where there is no feed: read the page's links of this pattern instead, such as /news/*.")
    ] = None,
    to: Annotated[str | None, typer.Option(metavar="ID", help="Add to this outlet instead of writing a new one.")] = None,
    instead_of: Annotated[str | None, typer.Option(metavar="URL", help="Put it in the place of this address.")] = None,
    folder: Annotated[Path | None, typer.Option("--record", help="Where a page is recorded; .claimwire/recorded/TOPIC by default.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what is found.")] = False,
) -> None:
    """Find the feeds of a site, write its block, and record one page beside what is read of it."""
    from pipeline.source_check import open_desk
    from pipeline.source_finder import find

    settings = read_settings()
    outlets = all_outlets(settings)
    with open_desk(settings) as desk, progress_lines(False) as progress:
        site = find(url, desk, progress)
        feeds = chosen_feeds(site, feed or (), links)
        show(_found(site, feeds))
        if dry_run:
            return
        owner = _owner(site, feeds, outlets, to, instead_of)
        blocks = [_feed_block(each) for each in feeds] if feeds else [{"url": site.url, "kind": "list", "links": links}]
        if owner is None:
            given = {"id": id_, "name": name, "country": country, "ownership": ownership, "tier": tier}
            block = new_block(site, feeds, blocks, given, outlets)
            owner_id, file = block["id"], add_outlets(settings, [block])
        else:
            owner_id = owner.id
            file = replace_feed(settings, owner, instead_of, blocks) if instead_of else add_feeds(settings, owner.id, blocks)
        out.print(f"{owner_id}: written to {escape(str(file))}")
        if owner is None:
            _say_missing(country, ownership, owner_id)
        _record(site, feeds, owner_id, folder or settings.state / "recorded" / settings.topic, desk)
    out.print(f"Next: claimwire sources check {owner_id} --pages")


def chosen_feeds(site: "Site", wanted: Sequence[str], links: str | None) -> "list[FoundFeed]":
    """The feeds that are meant. Raises ConfigError where there is none; an empty list means that the page's links are read."""
    from pipeline.site_links import pattern_of

    by_url = {found.url: found for found in site.feeds}
    unknown = [url for url in wanted if url not in by_url]
    if unknown:
        there = ", ".join(by_url) or "none"
        raise ConfigError(
            f"no feed answers at {', '.join(unknown)}", remedy=f"Found: {there}. An address of its own can be added by itself"
        )
    if wanted:
        return [by_url[url] for url in dict.fromkeys(wanted)]
    good = [found for found in site.feeds if found.look.entries and found.look.linked]
    if good and links is None:
        return good[:1]
    if links is not None:
        return []
    tried = "; ".join(f"{url}: {reason}" for url, reason in site.failed[:4])
    pattern = pattern_of(site.articles)
    remedy = (
        f"Its page links to articles: `--links '{pattern}'` reads those"
        if pattern
        else "Give the address of a page that lists its articles"
    )
    raise ConfigError(f"no feed with entries at {site.url}" + (f" (tried {tried})" if tried else ""), remedy=remedy)


def new_block(
    site: "Site", feeds: "Sequence[FoundFeed]", blocks: list[dict[str, Any]], given: dict[str, Any], outlets: "Sequence[Outlet]"
) -> dict[str, Any]:
    """An outlet's block as it is written: what is given, else what the site says, else what its domain says."""
    title = next((found.look.title for found in feeds if found.look.title), site.title)
    languages = list(dict.fromkeys(found.look.language for found in feeds if found.look.language))
    block: dict[str, Any] = {
        "id": given["id"] or _id_of(site.domain, {outlet.id for outlet in outlets}),
        "name": given["name"] or _SELF.sub("", title or "").strip() or site.domain,
        "domains": [site.domain],
        "country": given["country"],
        "ownership": given["ownership"],
        "tier": given["tier"],
        "languages": languages or ["en"],
        "feeds": blocks,
    }
    return {key: value for key, value in block.items() if value is not None}


def _id_of(domain: str, taken: set[str]) -> str:
    """The domain's own word, with what tells it from others where that is needed: bbc, bbc-2."""
    words = [word for word in domain.split(".")[:-1] if len(word) > 2] or domain.split(".")
    plain = "-".join(_PLACE.findall(words[-1].lower())) or "outlet"
    return next(name for name in (plain, *(f"{plain}-{number}" for number in range(2, 10_000))) if name not in taken)


def _owner(
    site: "Site", feeds: "Sequence[FoundFeed]", outlets: "Sequence[Outlet]", to: str | None, instead_of: str | None
) -> "Outlet | None":
    """The outlet that the feeds belong to; None for a new one. Raises ConfigError where that cannot be so."""
    from pipeline.addresses import within

    by_feed = {feed.url: outlet for outlet in outlets for feed in outlet.feeds}
    known = [found.url for found in feeds if found.url in by_feed]
    if known:
        raise ConfigError(f"{by_feed[known[0]].id} asks {', '.join(known)} already", remedy="`--feed URL` chooses another of those found")
    if instead_of is not None:
        if instead_of not in by_feed:
            raise ConfigError(f"nobody asks {instead_of}", key="--instead-of", remedy="`claimwire sources list` says what is asked")
        return by_feed[instead_of]
    if to is not None:
        found = next((outlet for outlet in outlets if outlet.id == to), None)
        if found is None:
            raise ConfigError(f"no outlet {to!r}", key="--to", remedy="`claimwire sources list` says which there are")
        return found
    same = next((outlet for outlet in outlets if within(f"https://{site.domain}/", outlet.domains)), None)
    if same is not None:
        raise ConfigError(
            f"{site.domain} is {same.id}'s already",
            remedy=f"`--to {same.id}` adds the feed to it, `--instead-of URL` puts it in the place of one of its addresses",
        )
    return None


def _feed_block(found: "FoundFeed") -> dict[str, Any]:
    return {"url": found.url} | ({"kind": found.kind.value} if found.kind else {})


def _found(site: "Site", feeds: "Sequence[FoundFeed]") -> Table:
    table = Table(title=f"{site.url}", title_justify="left", expand=True)
    table.add_column("", no_wrap=True)
    table.add_column("address", ratio=2, overflow="fold")
    table.add_column("what it is", ratio=2)
    for found in site.feeds:
        look = found.look
        rate = "" if look.per_day is None else f", {look.per_day:.3g} a day"
        newest = "no dates" if look.newest is None else f"newest {look.newest:%Y-%m-%d %H:%M}"
        told = f"{look.title or 'no title'}: {look.entries} entries{rate}, {newest}, {look.language or 'language unknown'}"
        table.add_row("→" if found in feeds else "", Text(found.url), Text(told))
    for url, reason in site.failed:
        table.add_row("", Text(url, "dim"), Text(reason, "dim"))
    return table


def _say_missing(country: str | None, ownership: str | None, id_: str) -> None:
    missing = [key for key, value in (("country", country), ("ownership", ownership)) if value is None]
    if missing:
        err.print(
            f"Its {' and '.join(missing)} are not said: rules and digests that ask for them leave {id_} out. Write them into its block."
        )


def _record(site: "Site", feeds: "Sequence[FoundFeed]", owner: str, folder: Path, desk: "Desk") -> None:
    """One page; that it cannot be had is told, and is no reason to take the outlet back."""
    from pipeline.source_record import record

    links = [entry.url for found in feeds for entry in found.entries if entry.url] or list(site.articles)
    if not links:
        err.print("No page was recorded: nothing links to one.")
        return
    try:
        made = record(links[0], owner, folder, desk)
    except ClaimwireError as error:
        err.print(f"No page was recorded: {escape(str(error))}")
        return
    told = f"{made.words} words" if made.words else f"no text ({made.record['outcome']}: {made.record['reason']})"
    out.print(f"Recorded {escape(str(made.file))}: {escape(str(made.record['title'] or 'no headline'))}, {told}")
    if not made.words:
        err.print("Where the feed has whole texts, write `text: feed` into its block.")


def import_command(
    file: Annotated[Path, typer.Argument(help="OPML, as other readers of feeds export it.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be written.")] = False,
) -> None:
    """Write a block for each outlet of a list that is not there yet. Nothing is asked: `claimwire sources check` does that."""
    from pipeline.opml import MAX_BYTES, NotOpml, read_opml

    settings = read_settings()
    try:
        with file.open("rb") as stream:
            outlines = read_opml(stream.read(MAX_BYTES + 1))
    except OSError as error:
        raise ConfigError(error.strerror or str(error), file=file) from error
    except NotOpml as error:
        raise ConfigError(f"cannot be imported: {error}", file=file) from error
    found = import_blocks(outlines, all_outlets(settings))
    for block in found.blocks:
        out.print(f"{block['id']}: {escape(block['name'])} ({block['domains'][0]}), {len(block['feeds'])} feeds")
    for feed, id_ in found.strays:
        out.print(f"of {id_}, which is there: claimwire sources add {escape(feed)} --to {id_}", style="dim")
    out.print(
        f"{len(found.blocks)} new outlets, {len(found.strays)} feeds of outlets that are there, {found.asked} feeds that are asked already"
    )
    if found.blocks and not dry_run:
        out.print(f"written to {escape(str(add_outlets(settings, found.blocks)))}")
        err.print(
            "Country and ownership are not said: write them into the blocks. A language that the list did not say is taken for English."
        )
        ids = " ".join(block["id"] for block in found.blocks[:20])
        out.print(f"Next: claimwire sources check {ids}{' …' if len(found.blocks) > 20 else ''}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """`blocks` of new outlets; `strays` are new feeds of outlets that are there, with their ids; `asked` counts feeds that are not new."""

    blocks: list[dict[str, Any]]
    strays: list[tuple[str, str]]
    asked: int


def import_blocks(outlines: "Sequence[Outline]", outlets: "Sequence[Outlet]") -> Imported:
    """What a list of feeds adds to these outlets: one block for each domain that is nobody's yet."""
    from pipeline.addresses import within
    from pipeline.site_links import domain_of

    taken, asked = {outlet.id for outlet in outlets}, {feed.url for outlet in outlets for feed in outlet.feeds}
    fresh = [outline for outline in outlines if outline.feed not in asked]
    blocks: dict[str, dict[str, Any]] = {}
    strays = []
    for outline in fresh:
        domain = domain_of(outline.site or outline.feed)
        owner = next((outlet.id for outlet in outlets if within(f"https://{domain}/", outlet.domains)), None)
        if owner is not None:
            strays.append((outline.feed, owner))
            continue
        if domain not in blocks:
            id_ = _id_of(domain, taken)
            taken.add(id_)
            blocks[domain] = {"id": id_, "name": outline.name, "domains": [domain], "languages": [], "feeds": []}
        block = blocks[domain]
        block["feeds"].append({"url": outline.feed})
        block["languages"] = list(dict.fromkeys([*block["languages"], outline.language or "en"]))
    return Imported(blocks=list(blocks.values()), strays=strays, asked=len(outlines) - len(fresh))
