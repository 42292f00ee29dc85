"""The rulebook that a worker judges by, and whether it fits what is kept of a debtor."""

from stream.core.kinds.limit import Limit
from stream.core.rulebook import Rulebook
from stream.rulebooks.loader import load
from stream.shell.settings.settings import Settings, SettingsError


def rulebook_of(settings: Settings) -> Rulebook:
    """The policy, with the one that runs in shadow beside it. Raises RulebookError, SettingsError."""
    live = load(settings.policy)
    _check_cap(live, settings.contacts_per_day_max)
    if settings.shadow_policy == "none":
        return live
    return Rulebook(live.file, beside=[Rulebook(load(settings.shadow_policy).file, shadow=True)])


def _check_cap(rulebook: Rulebook, contacts_per_day_max: int) -> None:
    """What is beyond the cap is beyond every limit (rules.md: cap); a limit above it would find what is allowed."""
    limits = [rule for rule in rulebook.rules if isinstance(rule, Limit)]
    numbers = [number.value for rule in limits for number in rule.numbers if number.value != "none"]
    highest = max(numbers, default=0)
    if highest >= contacts_per_day_max:
        mistake = f"DUEWATCH_CONTACTS_PER_DAY_MAX is {contacts_per_day_max}: {rulebook.policy} has a limit of {highest}"
        raise SettingsError((f"{mistake}; set it higher than that",))
