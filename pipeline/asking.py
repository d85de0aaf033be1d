"""Which addresses a source is asked at: its own, or those that are made of the topic's words and of the time that is meant."""

from urllib.parse import quote

from pipeline import gdelt
from pipeline.answers import FeedKind, Window
from pipeline.rules import Topic, TopicWords
from pipeline.source_rules import QUERY, Feed, Outlet


def addresses(outlet: Outlet, feed: Feed, topic: Topic, window: Window) -> tuple[str, ...]:
    if feed.kind is FeedKind.GDELT:
        # An aggregator's is about all outlets; an outlet's own about that one.
        domains = () if outlet.aggregator else outlet.domains
        query = gdelt.question(topic, outlet.languages if domains else tuple(topic.languages), domains)
        return (gdelt.address(feed.url, query, window),)
    if feed.kind is FeedKind.SEARCH:
        return tuple(dict.fromkeys(feed.url.replace(QUERY, quote(words, safe="")) for words in searches(topic, outlet.languages)))
    return (feed.url,)


def searches(topic: Topic, languages: tuple[str, ...]) -> tuple[str, ...]:
    """What to type into a site's search, by language: each party's first name. Most searches want every word that is typed."""
    spoken = [topic.languages[each] for each in languages if each in topic.languages]
    return tuple(_parties(words) for words in spoken or list(topic.languages.values())[:1])


def _parties(words: TopicWords) -> str:
    return " ".join(names[0].removesuffix("*") for names in words.parties.values())
