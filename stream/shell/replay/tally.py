"""What a replay counted."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from stream.core.finding import Finding


@dataclass
class Tally:
    """What a replay counted; by rule: violations and warnings (confirmed or not), of them provisional ones, and
    findings of first revisions that corrections took back.
    """

    records: int = 0
    duplicates: int = 0
    dead_letters: Counter[str] = field(default_factory=Counter)
    debtors: int = 0
    blocked: int = 0
    as_of: int | None = None
    rules: dict[str, Counter[str]] = field(default_factory=dict)

    def count(self, findings: Iterable[Finding], taken_back: Iterable[Finding]) -> None:
        """Counts one debtor's findings, and those that a correction took back."""
        for finding in findings:
            counter = self._of(finding.rule)
            counter[finding.severity] += 1
            if finding.state == "provisional":
                counter["provisional"] += 1
        for finding in taken_back:
            self._of(finding.rule)["retracted"] += 1

    def add(self, other: "Tally") -> None:
        """Takes in what was counted of other debtors."""
        self.records += other.records
        self.duplicates += other.duplicates
        self.dead_letters += other.dead_letters
        self.debtors += other.debtors
        self.blocked += other.blocked
        for rule, counter in other.rules.items():
            self._of(rule).update(counter)

    def _of(self, rule: str) -> Counter[str]:
        counter = self.rules.get(rule)
        if counter is None:
            counter = self.rules[rule] = Counter()
        return counter
