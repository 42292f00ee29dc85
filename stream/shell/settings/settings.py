import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from stream.shell.delivery.fault_point import Fault
from stream.shell.settings.address import Address
from stream.shell.settings.redis_address import RedisAddress
from stream.shell.settings.setting import PREFIX, Setting
from stream.shell.settings.table import TABLE

# Kubernetes puts such names into every pod of a namespace that has a Service named duewatch.
_SERVICE_LINK: Final = re.compile(r"\w*_(?:SERVICE_(?:HOST|PORT\w*)|PORT(?:_[0-9]+_\w+)?)")


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of a process, read once at its start; `table.TABLE` says what each one means.

    Units stand last in the names. `kafka` is a tuple of `host:port` texts, as aiokafka takes them.
    """

    kafka: tuple[str, ...]
    redis: RedisAddress
    policy: str
    shadow_policy: str
    prefix: str
    group: str
    worker: str
    web: Address
    partitions: int
    replication: int
    horizon_days: int
    reference_check: bool
    clock_shift_seconds: float
    fault_point: Fault | None
    fetch_wait_ms: int
    batch_records_max: int
    session_timeout_seconds: int
    heartbeat_seconds: int
    rebalance_timeout_seconds: int
    request_timeout_seconds: int
    contacts_per_day_max: int
    sweep_debtors_per_second: int
    dead_letters_run_max: int
    dead_letters_ratio_max: float
    dead_letters_window: int
    commit_interval_ms: int
    log: str
    retries_max: int
    stall_seconds: int
    record_bytes_max: int
    reference_characters_max: int
    debts_per_contact_max: int
    items_per_agreement_max: int
    facts_per_debtor_max: int


class SettingsError(ValueError):
    """One or more mistakes in the environment; `mistakes` has one line each, and none of them repeats a secret."""

    def __init__(self, mistakes: tuple[str, ...]) -> None:
        self.mistakes = mistakes
        head = "the settings have a mistake:" if len(mistakes) == 1 else f"the settings have {len(mistakes)} mistakes:"
        super().__init__("\n  ".join((head, *mistakes)))


def read(environ: Mapping[str, str]) -> Settings:
    """Read the settings from environment variables (`os.environ`); what is not set has its default.

    Raises SettingsError with all mistakes at once: unknown DUEWATCH_ names, bad values, values that do not go together.
    """
    mistakes = list(_unknown(environ))
    values: dict[str, Any] = {}
    for setting in TABLE:
        given = environ.get(setting.name)
        try:
            values[setting.field] = _value(setting, given)
        except ValueError as reason:
            mistakes.append(_mistake(setting, given, reason))
    mistakes += _disagreements(values)
    if mistakes:
        raise SettingsError(tuple(mistakes))
    return Settings(**values)


def describe() -> list[tuple[str, str, str]]:
    """List name, default and meaning of every setting, for `--help`."""
    return [(setting.name, setting.default, f"{setting.meaning} ({setting.form.allowed})") for setting in TABLE]


def _value(setting: Setting, given: str | None) -> object:
    if given == "":
        raise ValueError(f"empty; leave it out for the default, {setting.default}")
    return setting.form.parse(setting.default_text() if given is None else given)


def _mistake(setting: Setting, given: str | None, reason: ValueError) -> str:
    if given is None:
        shown = f" (default: {setting.default})"
    elif not given:
        shown = ""
    elif setting.form.secret or "@" in given:
        shown = " (what was given is not shown: it may hold a password)"
    else:
        shown = f" (given: {given!r})"
    return f"{setting.name}: {reason}{shown}; allowed: {setting.form.allowed}"


def _unknown(environ: Mapping[str, str]) -> Iterator[str]:
    known = {setting.name.removeprefix(PREFIX): setting.name for setting in TABLE}
    for name in sorted(environ):
        if not name.startswith(PREFIX) or name in known.values():
            continue
        near = difflib.get_close_matches(name.removeprefix(PREFIX), known, n=1)
        if _SERVICE_LINK.fullmatch(name):
            hint = "Kubernetes sets such names for a Service: enableServiceLinks: false in the pod keeps them out"
        else:
            hint = f"is {known[near[0]]} meant?" if near else "`duewatch worker --help` lists all settings"
        yield f"{name}: there is no such setting; {hint}"


def _disagreements(values: Mapping[str, Any]) -> Iterator[str]:
    rules = (
        # The broker throws out a member whose heartbeats come no faster than its session ends.
        ("heartbeat_seconds", "session_timeout_seconds", False),
        # A join is one request that is answered when the rebalance ends; Faust also refuses a longer session.
        ("session_timeout_seconds", "request_timeout_seconds", True),
        ("rebalance_timeout_seconds", "request_timeout_seconds", True),
    )
    for smaller, larger, may_be_equal in rules:
        low, high = values.get(smaller), values.get(larger)
        if low is None or high is None or low < high or (may_be_equal and low == high):
            continue
        word = "at most" if may_be_equal else "less than"
        yield f"{PREFIX}{smaller.upper()}: {low} must be {word} {PREFIX}{larger.upper()}, which is {high}"
