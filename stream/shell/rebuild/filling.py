"""Fills ledgers with what stands on the topics: contacts and facts as they came, and what was told as it was told."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from stream.core.contact import Contact
from stream.core.fact import Fact
from stream.core.finding import Finding
from stream.shell.codec.refusal import Refusal
from stream.shell.delivery.records import FINDINGS, is_heartbeat
from stream.shell.ledgers.recall import (
    StrangeRecordError,
    Told,
    recall_finding,
    recall_state,
    told_finding_of,
    told_state_of,
)
from stream.shell.ledgers.remembered import Remembered
from stream.shell.rebuild.drafts import Drafts
from stream.shell.topics.outputs import Outputs
from stream.shell.worker.intake import Intake, recorded_at

_LOG = logging.getLogger(__name__)


_Told = Told | tuple[Finding, int]


class Filling:
    """Takes records, in the order of their partitions. Contacts are kept from `since` on; None = as far as they go."""

    def __init__(self, drafts: Drafts, intake: Intake, outputs: Outputs, prefix: str, since: int | None) -> None:
        self._drafts = drafts
        self._intake = intake
        self._outputs = outputs
        self._findings = f"{prefix}-{FINDINGS}"
        self._since = since

    async def ingest(self, _topic: str, records: Sequence[Any]) -> None:
        """Puts in contacts and facts, without judging."""
        items = await items_of(records, self._intake, self._outputs)
        drafts = await self._drafts.of(key for key, _, _ in items)
        for key, item, recorded in items:
            drafts[key].put(item, recorded, self._since)

    async def recall(self, topic: str, records: Sequence[Any]) -> None:
        """Notes what was told; the newest record of a key comes last."""
        read: Callable[[bytes | None], _Told] = told_finding_of if topic.startswith(self._findings) else told_state_of
        told, strange = [], []
        for record in records:
            if is_heartbeat(record.key):
                continue
            try:
                told.append(read(record.value))
            except StrangeRecordError:
                strange.append(f"{topic}-{record.partition} at {record.offset}")
        if strange:
            _LOG.warning("%d output records are not Duewatch's and tell nothing, first %s", len(strange), strange[0])
        drafts = await self._drafts.of(map(_debtor_of, told))
        for each in told:
            _recall(drafts[_debtor_of(each)].remembered, each)


async def items_of(records: Sequence[Any], intake: Intake, outputs: Outputs) -> list[tuple[str, Contact | Fact, int]]:
    """Debtor, contact or fact, and when it was recorded, of what was not refused."""
    items: list[tuple[str, Contact | Fact, int]] = []
    for record in records:
        with suppress(Refusal):
            # It was dead-lettered when it first came (contract §7).
            read = intake.read(record)
            if isinstance(read.item, Contact | Fact):
                items.append((read.key, read.item, recorded_at(record)))
    homeless = await outputs.homeless({key.partition("|")[0] for key, _, _ in items})
    return [item for item in items if item[0].partition("|")[0] not in homeless] if homeless else items


def _debtor_of(told: _Told) -> str:
    of = told if isinstance(told, Told) else told[0]
    return f"{of.institution}|{of.debtor}"


def _recall(remembered: Remembered, told: _Told) -> None:
    if isinstance(told, Told):
        recall_state(remembered, told)
    else:
        recall_finding(remembered, *told)
