"""Who takes part in the sample day: three institutions, the agencies they use, and what stands in their registries."""

from collections.abc import Iterator
from dataclasses import dataclass

INSTITUTIONS = ("bank-a", "bank-b", "lend-c")
AGENCIES = ("ag-north", "ag-south", "ag-river")
"""The agencies on every institution's list (第十七条（二）)."""

TEMPLATE = "tpl-reminder-3"
OFFICIAL_TOOL = "tool-official"
PAYEE = "pay-official"
OPERATORS_PER_AGENCY = 3


@dataclass(frozen=True, slots=True)
class Debtor:
    """A debtor of one institution: an opaque reference, his debts, and the agency that collects them."""

    institution: str
    name: str
    debts: tuple[str, ...]
    agency: str

    @property
    def key(self) -> str:
        """The key of his records."""
        return f"{self.institution}|{self.name}"


def debtor(institution: str, number: int, agency: str = AGENCIES[0], debts: int = 1) -> Debtor:
    """The debtor of that number; his debts are named after him."""
    return Debtor(institution, f"D-{number}", tuple(f"L-{number}-{each}" for each in range(1, debts + 1)), agency)


def tool_of(agency: str | None) -> str:
    """The caller number or sender that an agency has filed; the institution's own where no agency is meant."""
    return OFFICIAL_TOOL if agency is None else agency.replace("ag-", "tool-")


def operators_of(agency: str | None) -> list[str]:
    """The collectors of an agency, or of the institution itself, that are registered."""
    team = "own" if agency is None else agency.removeprefix("ag-")
    return [f"op-{team}-{number}" for number in range(1, OPERATORS_PER_AGENCY + 1)]


def registered() -> Iterator[tuple[str, str, str | None]]:
    """Kind, id and agency of every entry that each institution's registry begins with."""
    yield "template", TEMPLATE, None
    yield "payee", PAYEE, None
    for agency in (*AGENCIES, None):
        if agency is not None:
            yield "agency", agency, None
        yield "tool", tool_of(agency), agency
        for operator in operators_of(agency):
            yield "operator", operator, agency
