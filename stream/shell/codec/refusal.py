"""Why an input record was refused (contract §7)."""

WORDS = (
    "not-json",
    "wrong-type",
    "missing-field",
    "bad-value",
    "too-large",
    "key-mismatch",
    "conflict",
    "from-the-future",
    "personal-data",
    "too-many",
    "unknown-institution",
)
"""The machine words of dead letters."""


class Refusal(Exception):  # noqa: N818 - the word of the contract
    """A record that cannot be read or judged: one machine word, the field's path, a sentence without its value."""

    def __init__(self, word: str, message: str, path: str = "$") -> None:
        super().__init__(message)
        self.word = word
        self.message = message
        self.path = path


def missing(path: str) -> Refusal:
    """A required field that is absent or null."""
    return Refusal("missing-field", f"{path} is required", path)


def bad(path: str, expected: str) -> Refusal:
    """A value of the right type that is not allowed."""
    return Refusal("bad-value", f"{path}: {expected}", path)


def conflict() -> Refusal:
    """Two different records of one revision: the first one read stays (contract §2)."""
    return Refusal("conflict", "another record of this id and revision, with other contents, was read before")


def too_many_facts() -> Refusal:
    """A fact for which a debtor's ledger has no room."""
    message = (
        "$.debtor: as many facts are known of him as DUEWATCH_FACTS_PER_DEBTOR_MAX allows, where a long one counts as "
        "several; revisions of those are still taken. Raise the setting and send this one again"
    )
    return Refusal("too-many", message, "$.debtor")


def too_many_entries() -> Refusal:
    """A registry entry for which there is no room."""
    message = (
        "$.id: as many registry entries are known as DUEWATCH_REGISTRY_ENTRIES_MAX allows; has a producer gone wrong? "
        "Else raise the setting and send this one again"
    )
    return Refusal("too-many", message, "$.id")


def unknown_institution() -> Refusal:
    """Outputs go to topics of each institution's own, and this one has none."""
    return Refusal(
        "unknown-institution",
        "$.institution has no output topics of its own, or not all: `duewatch topics --institution …` creates them, "
        "`duewatch dead-letters replay --error unknown-institution` sends this again",
        "$.institution",
    )
