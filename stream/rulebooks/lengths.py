"""How long what stands in a rulebook may be: findings and blocks carry it, and each has to fit into a Kafka record."""

from collections.abc import Iterator

from stream.core.kinds import AnyRule
from stream.core.rulebook import RulebookFile

FILE_BYTES_MAX = 1024 * 1024
RULES_MAX = 500
NAME_CHARACTERS_MAX = 128
"""Of a rulebook's name and version, and of a rule's id."""
ARTICLE_CHARACTERS_MAX = 256
CLAUSE_CHARACTERS_MAX = 4096
SENTENCE_CHARACTERS_MAX = 1024


def lengths_of_file(file: RulebookFile) -> Iterator[str]:
    """What is too long above the rules."""
    for name in ("name", "version"):
        yield from _too_long(name, getattr(file, name), NAME_CHARACTERS_MAX)


def lengths_of_rule(rule: AnyRule) -> Iterator[str]:
    """What is too long in a rule, without its name."""
    for name, text, most in (
        ("id", rule.id, NAME_CHARACTERS_MAX),
        ("article", rule.article, ARTICLE_CHARACTERS_MAX),
        ("clause", rule.clause, CLAUSE_CHARACTERS_MAX),
        ("message.zh", rule.message.zh, SENTENCE_CHARACTERS_MAX),
        ("message.en", rule.message.en, SENTENCE_CHARACTERS_MAX),
    ):
        yield from _too_long(name, text, most)


def _too_long(name: str, text: str, most: int) -> Iterator[str]:
    if len(text) > most:
        yield f"{name}: has {len(text)} characters; write {most} or fewer"
