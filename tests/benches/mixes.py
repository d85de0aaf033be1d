"""What the benches work on: pages of realistic size, on topic and not, feeds, archives, documents."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from pipeline.answers import FeedKind
from pipeline.documents import Document, article_document
from pipeline.source_rules import Feed, Outlet
from tests.archived import Made, Story, a_page, a_warc, other_story, sample_stories, topic_words
from tests.builders import NOON, an_article

# What a news page of today weighs, by its markup alone.
SMALLEST, LARGEST = 140_000, 350_000
# Menus of a site with world news name countries; stories have the words of other subjects, and now and then of this one.
MENU = ("World", "Europe", "Middle East", "Russia", "Business", "Sport", "Opinion", "Culture", "Weather", "Video")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """Pages of which a share is on topic."""

    pages: Sequence[Made]
    on_topic: int

    @property
    def told(self) -> str:
        size = sum(len(page.body) for page in self.pages) / len(self.pages)
        return f"{len(self.pages)} pages of {size / 1000:.0f} kB, {self.on_topic} on topic"


def _words() -> list[str]:
    """The words of the sample outlets' own texts, without names: what any news is made of."""
    found = {
        word.strip(".,:;“”\"'()").lower()
        for story in sample_stories()
        if story.language == "en"
        for paragraph in story.paragraphs
        for word in paragraph.split()
        if word.islower()
    }
    parties = ("iran", "russia", "tehran", "moscow", "kremlin")
    return sorted(word for word in found if word.isalpha() and not word.startswith(parties))


def mix(number: int, on_topic: int, seed: int = 1, first: int = 0) -> Mix:
    """So many pages, the ones on topic spread among them: sample stories, each followed by a line of its own, so that none is a copy."""
    rng = random.Random(seed)
    english = [story for story in sample_stories() if story.language == "en" and len(story.paragraphs) > 4]
    words = [*_words(), *topic_words()]
    places = set(rng.sample(range(number), on_topic))
    pages = []
    for at in range(number):
        story = _own(rng.choice(english), rng, words) if at in places else other_story(rng, words, length=rng.randint(10, 25))
        url = f"https://outlet-{at % 7}.example/{first + at}-{rng.randrange(10**6)}"
        pages.append(a_page(rng, story, url, size=rng.randint(SMALLEST, LARGEST), menu=MENU, has_data=True))
    return Mix(pages=pages, on_topic=on_topic)


def _own(story: Story, rng: random.Random, words: Sequence[str]) -> Story:
    """The story with its paragraphs in another order and lines between them, as another outlet would have it."""
    own = [" ".join(rng.choice(words) for _ in range(12)).capitalize() + "." for _ in story.paragraphs]
    body = [line for pair in zip(story.paragraphs, own, strict=True) for line in pair]
    return Story(language=story.language, title=f"{story.title} ({rng.randrange(10**6)})", paragraphs=tuple(body))


SPEAKERS = ("Ukraine", "the United States", "Britain", "Germany", "France", "Israel", "Poland", "Estonia")


def accusations(number: int, seed: int = 3) -> Mix:
    """Pages each of which has an accusation that no other has, between paragraphs about nothing."""
    rng = random.Random(seed)
    words = _words()
    pages = []
    for at in range(number):
        around = other_story(rng, words, length=15)
        what = " ".join(rng.sample(words, 6))
        said = f"On Monday {rng.choice(SPEAKERS)} accused Iran of supplying Russia with drones for the war, with {what}."
        whole = Story(language="en", title=f"Iran accused over drones for Russia: {what}", paragraphs=(said, *around.paragraphs))
        pages.append(a_page(rng, whole, f"https://accusing.example/{at}", size=rng.randint(SMALLEST, LARGEST), menu=MENU, has_data=True))
    return Mix(pages=pages, on_topic=number)


def write_archive(folder: Path, name: str, chosen: Mix) -> Path:
    file = folder / name
    file.write_bytes(a_warc(chosen.pages))
    return file


# ------------------------------------------------------------------------------------------------ feeds and documents
ENTRIES = 50


def a_source(number: int) -> tuple[Outlet, Feed]:
    feed = Feed(url=f"https://feed-{number}.example/rss", kind=FeedKind.FEED)
    return Outlet(id=f"feed-{number}", name=f"Feed {number}", domains=(f"feed-{number}.example",), feeds=(feed,)), feed


def full_text_feed(number: int) -> bytes:
    """RSS with the whole text of each entry as markup, of some 300 kB."""
    rng = random.Random(number)
    words = _words()
    items = []
    for at in range(ENTRIES):
        story = other_story(rng, words, length=10)
        markup = "".join(f"<p class='body'>{line} <a href='/tag/{at}'>more</a></p>" for line in story.paragraphs)
        items.append(
            f"<item><title>{escape(story.title)}</title><link>https://feed-{number}.example/{at}</link><guid>{number}-{at}</guid>"
            f"<pubDate>Tue, 01 Nov 2022 10:{at:02d}:00 GMT</pubDate><description><![CDATA[{markup[:300]}]]></description>"
            f"<content:encoded><![CDATA[{markup}]]></content:encoded></item>"
        )
    head = '<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Feed</title>'
    return f"{head}{''.join(items)}</channel></rss>".encode()


def articles(number: int) -> list[tuple[str, Document]]:
    """Documents as the index has them."""
    rng = random.Random(2)
    words = _words()
    made = []
    for at in range(number):
        story = other_story(rng, words)
        article = an_article(id=f"{at:040d}", title=story.title, text="\n\n".join(story.paragraphs))
        made.append((article.id, article_document(article, NOON)))
    return made
