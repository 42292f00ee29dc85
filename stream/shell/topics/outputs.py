"""Where outputs go: to topics of all, or to each institution's own (`DUEWATCH_TOPICS_PER`, 第十九条（五）)."""

import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from hashlib import blake2b
from typing import Final

from stream.shell.delivery.records import BLOCKS, DEAD_LETTERS, FINDINGS, OutRecord

Counts = Callable[[], Awaitable[Mapping[str, int]]]
"""Reads which topics there are, and how many partitions each has."""

Homeless = Callable[[Collection[str]], Awaitable[set[str]]]
"""Which of some institutions nothing can be said about, see `Outputs`."""

NEEDED: Final = (*BLOCKS.values(), FINDINGS)
"""The outputs that an institution cannot do without; its dead letters may go to those of all."""

OF_AN_INSTITUTION: Final = (*NEEDED, DEAD_LETTERS)
"""The outputs, by their names without prefix, that an institution may have topics of its own for."""

_NAME_LENGTH_MAX: Final = 249
_PARTITIONED_ALIKE: Final = "facts"
_DIGEST_BYTES: Final = 15
_KNOWN_MAX: Final = 10_000


def home_of(institution: str, prefix: str) -> str:
    """The end of the names of an institution's own topics; no two institutions have the same.

    Letters, digits and hyphens stay; each run of other characters becomes the hexadecimal digits of its UTF-8 between
    underscores: `bank-a` stays as it is, `bank a` becomes `bank_20_a`. What is too long for a topic's name becomes two
    underscores and a digest (BLAKE2b, 120 bits).
    """
    home = re.sub("[^A-Za-z0-9-]+", lambda run: f"_{run[0].encode().hex()}_", institution)
    longest = max(len(short) for short in OF_AN_INSTITUTION)
    if len(home) <= _NAME_LENGTH_MAX - len(prefix) - longest - 2:
        return home
    return f"__{blake2b(institution.encode(), digest_size=_DIGEST_BYTES).hexdigest()}"


def homes_in(counts: Mapping[str, int], prefix: str) -> dict[str, set[str]]:
    """The homes of which there is any topic, each with the outputs that there are."""
    homes: defaultdict[str, set[str]] = defaultdict(set)
    for short in OF_AN_INSTITUTION:
        begin = f"{prefix}-{short}-"
        for name in counts:
            if name.startswith(begin) and len(name) > len(begin):
                homes[name.removeprefix(begin)].add(short)
    return homes


async def nobody(_: Collection[str]) -> set[str]:
    """Outputs of all institutions share topics."""
    return set()


class Outputs:
    """The topics that outputs of this installation go to.

    With `per_institution` an institution whose needed topics are not all there, with as many partitions as the inputs
    have, is `homeless`: nothing can be said about it. `homes` are those of the others, as of the last look.
    """

    def __init__(self, prefix: str, counts: Counts, *, per_institution: bool) -> None:
        self.per_institution = per_institution
        self.homes: frozenset[str] = frozenset()
        self._prefix = prefix
        self._read_counts = counts
        self._known: dict[str, str] = {}
        self._letter_boxes: frozenset[str] = frozenset()

    def name(self, record: OutRecord) -> str:
        """The whole name of the topic that a record goes to."""
        common = f"{self._prefix}-{record.topic}"
        if not self.per_institution or record.institution is None:
            return common
        home = self._home(record.institution)
        if record.topic == DEAD_LETTERS and home not in self._letter_boxes:
            return common
        return f"{common}-{home}"

    def of(self, short: str) -> Sequence[str]:
        """All topics of one output that are known, without the prefix."""
        return [f"{short}-{home}" for home in sorted(self.homes)] if self.per_institution else [short]

    async def look(self) -> Mapping[str, int]:
        """Sees which institutions have topics now. Raises KafkaUnavailableError."""
        counts = await self._read_counts()
        partitions = counts.get(f"{self._prefix}-{_PARTITIONED_ALIKE}")
        homes = homes_in(counts, self._prefix)
        self.homes = frozenset(home for home in homes if self._is_whole(home, counts, partitions))
        self._letter_boxes = frozenset(home for home, shorts in homes.items() if DEAD_LETTERS in shorts)
        return counts

    async def topics(self, shorts: Sequence[str]) -> list[str]:
        """The whole names of all topics of these outputs that there are; looks where institutions have their own."""
        if not self.per_institution:
            return [f"{self._prefix}-{short}" for short in shorts]
        homes = homes_in(await self.look(), self._prefix)
        return sorted(f"{self._prefix}-{short}-{home}" for home, found in homes.items() for short in found & {*shorts})

    def has_home(self, institution: str) -> bool:
        """Whether anything can be said about an institution, as of the last look."""
        return not self.per_institution or self._home(institution) in self.homes

    async def homeless(self, institutions: Collection[str]) -> set[str]:
        """Those of the institutions that nothing can be said about; looks again before it says so of one."""
        if all(map(self.has_home, institutions)):
            return set()
        await self.look()
        return {name for name in institutions if not self.has_home(name)}

    def _is_whole(self, home: str, counts: Mapping[str, int], partitions: int | None) -> bool:
        return all(counts.get(f"{self._prefix}-{short}-{home}") == partitions for short in NEEDED)

    def _home(self, institution: str) -> str:
        home = self._known.get(institution)
        if home is None:
            if len(self._known) >= _KNOWN_MAX:
                self._known.clear()
            home = self._known[institution] = home_of(institution, self._prefix)
        return home
