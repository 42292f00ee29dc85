"""The limits that the README shows are those that hold."""

from pathlib import Path

from stream.core.widening import STATE_BYTES_MAX
from stream.shell.settings.settings import read

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_the_readme_says_the_defaults() -> None:
    """Every number in the README's table of limits is the default of its setting."""
    default = read({})
    numbers = (
        f"| {default.record_bytes_max // 1024} KiB | a record |",
        f"| {default.reference_characters_max} characters | a reference",
        f"| {default.debts_per_contact_max}, {default.items_per_agreement_max} | debts of a contact; hours",
        f"| {default.facts_per_debtor_max} | facts of a debtor",
        f"| {default.contacts_per_day_max}; {default.contact_bytes_max // 2**20} MiB | contacts of a debtor",
        f"| {default.registry_entries_max:,} | registry entries |",
        f"| {default.batch_records_max}; {default.batch_bytes_max // 2**20} MiB | records of a batch",
        f"| {default.stop_seconds_max} s | a stop on SIGTERM",
        f"may take {STATE_BYTES_MAX // 1000} KB",
    )
    assert [number for number in numbers if number not in README] == []
