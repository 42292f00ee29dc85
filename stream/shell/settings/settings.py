import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from stream.shell.delivery.fault_point import Fault
from stream.shell.settings.address import Address
from stream.shell.settings.agreement import completed, disagreements
from stream.shell.settings.given import Given, file_name, given
from stream.shell.settings.kafka_access import KafkaAccess
from stream.shell.settings.redis_address import RedisAddress
from stream.shell.settings.secret import Secret
from stream.shell.settings.setting import PREFIX, Setting
from stream.shell.settings.table import TABLE
from stream.shell.settings.tls import Tls

# Kubernetes puts such names into every pod of a namespace that has a Service named duewatch.
_SERVICE_LINK: Final = re.compile(r"\w*_(?:SERVICE_(?:HOST|PORT\w*)|PORT(?:_[0-9]+_\w+)?)")


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of a process, read once at its start; `table.TABLE` says what each one means.

    Units stand last in the names. `kafka` is a tuple of `host:port` texts; clients take `kafka_access`. `redis` has
    the user, password and files that are set beside it.
    """

    kafka: tuple[str, ...]
    redis: RedisAddress
    kafka_security: str
    kafka_sasl: str
    kafka_user: str | None
    kafka_password: Secret | None
    kafka_ca_file: str | None
    kafka_certificate_file: str | None
    kafka_key_file: str | None
    redis_user: str | None
    redis_password: Secret | None
    redis_ca_file: str | None
    redis_certificate_file: str | None
    redis_key_file: str | None
    redis_wait_replicas: int
    redis_wait_milliseconds: int
    policy: str
    shadow_policy: str
    prefix: str
    topics_per: str
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
    group_heartbeat_seconds: int
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
    contact_bytes_max: int
    firsts_per_debtor_max: int
    registry_entries_max: int
    institutions_max: int
    contacts_at_hand_max: int
    batch_bytes_max: int
    fetch_bytes_max: int
    fetch_partition_bytes_max: int
    publish_records_max: int
    publish_bytes_max: int
    stop_seconds_max: int

    @property
    def kafka_access(self) -> KafkaAccess:
        """Where Kafka is and how clients get in."""
        files = Tls(self.kafka_ca_file, self.kafka_certificate_file, self.kafka_key_file)
        return KafkaAccess(
            self.kafka, self.kafka_security, self.kafka_sasl, self.kafka_user, self.kafka_password, files
        )


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
        said = Given(file_name(setting) or setting.name, None)
        try:
            said = given(setting, environ)
            values[setting.field] = _value(setting, said.text)
        except ValueError as reason:
            mistakes.append(_mistake(setting, said, reason))
    mistakes += disagreements(values)
    if mistakes:
        raise SettingsError(tuple(mistakes))
    return Settings(**values | {"redis": completed(values)})


def describe() -> list[tuple[str, str, str]]:
    """List name, default and meaning of every setting, for `--help`."""
    return [(setting.name, setting.default_shown, _meaning(setting)) for setting in TABLE]


def _meaning(setting: Setting) -> str:
    from_file = f"; {file_name(setting)} names a file that holds it" if setting.form.secret else ""
    return f"{setting.meaning} ({setting.form.allowed}{from_file})"


def _value(setting: Setting, text: str | None) -> object:
    if text == "":
        raise ValueError(f"empty; leave it out for the default, {setting.default_shown}")
    written = setting.default_text() if text is None else text
    return None if written is None else setting.form.parse(written)


def _mistake(setting: Setting, said: Given, reason: ValueError) -> str:
    if said.text is None and said.name == setting.name:
        shown = f" (default: {setting.default_shown})"
    elif not said.text:
        shown = ""
    elif setting.form.secret or "@" in said.text:
        shown = " (what was given is not shown: it may hold a password)"
    else:
        shown = f" (given: {said.text!r})"
    return f"{said.name}: {reason}{shown}; allowed: {setting.form.allowed}"


def _unknown(environ: Mapping[str, str]) -> Iterator[str]:
    names = [name for setting in TABLE for name in (setting.name, file_name(setting)) if name is not None]
    known = {name.removeprefix(PREFIX): name for name in names}
    for name in sorted(environ):
        if not name.startswith(PREFIX) or name in known.values():
            continue
        near = difflib.get_close_matches(name.removeprefix(PREFIX), known, n=1)
        if _SERVICE_LINK.fullmatch(name):
            hint = "Kubernetes sets such names for a Service: enableServiceLinks: false in the pod keeps them out"
        else:
            hint = f"is {known[near[0]]} meant?" if near else "`duewatch worker --help` lists all settings"
        yield f"{name}: there is no such setting; {hint}"
