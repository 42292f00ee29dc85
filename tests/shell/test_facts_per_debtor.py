"""Facts of one debtor: so many are kept, the same live and in `replay`; what ends a block has room of its own."""

from typing import Any

from stream.core.registry import Entry
from stream.core.zone import instant_of
from stream.shell.codec.refusal import Refusal, too_many_facts
from stream.shell.delivery.task import Item, Task
from stream.shell.ledgers.bounds import Bounds
from stream.shell.replay.worker import Orders
from tests.parts.calls import KEY, NOON, call, deliver, found, ledger
from tests.parts.ground import Ground, records_of
from tests.replay.engine import RULEBOOK, refused

AT = "2026-11-19T09:00:00+08:00"
THREE = Bounds(facts_per_debtor_max=3)


def fact(fact_id: str, kind: str, **more: Any) -> dict[str, Any]:
    about = {"type": "fact", "fact_id": fact_id, "kind": kind, "institution": "bank-a", "debtor": "D1"}
    return {**about, "at": AT, "recorded_at": AT, **more}


def settled(number: int, **more: Any) -> dict[str, Any]:
    return fact(f"f-{number}", "settled", **{"debt": f"L{number}", **more})


def reopened(number: int, **more: Any) -> dict[str, Any]:
    return fact(f"g-{number}", "reopened", **{"debt": f"L{number}", "at": "2026-11-19T10:00:00+08:00", **more})


async def outcomes(facts: list[dict[str, Any]], bounds: Bounds = THREE) -> list[str]:
    """What becomes of facts that come one by one, live; and the same in `replay`."""
    ground = Ground(NOON, bounds=bounds)
    lived = [outcome for each in facts for outcome in await deliver(ground, each)]
    assert refused(Orders(RULEBOOK, facts_per_debtor_max=bounds.facts_per_debtor_max), facts) == {
        line: outcome for line, outcome in enumerate(lived, start=1) if outcome == "too-many"
    }
    return lived


def blocked(ground: Ground) -> list[str]:
    states = [state for state in ground.said()[1].values() if state["channel"] == "dial"]
    return [block["debt"] for state in states for block in state["blocks"]]


async def test_exactly_so_many() -> None:
    """As many facts as the setting says are kept; the next one is refused, what is known already is a duplicate."""
    facts = [settled(number) for number in range(5)]
    assert await outcomes([*facts, facts[0]]) == ["new", "new", "new", "too-many", "too-many", "duplicate"]
    ground = Ground(NOON, bounds=Bounds())
    assert await deliver(ground, *(settled(number) for number in range(1001))) == ["new"] * 1000 + ["too-many"]


async def test_the_order_within_a_batch_is_that_of_the_topic() -> None:
    """Facts that come together are taken as if they had come one by one."""
    ground = Ground(NOON, bounds=THREE)
    assert await deliver(ground, *(settled(n) for n in range(5))) == ["new"] * 3 + ["too-many"] * 2
    assert blocked(ground) == ["L0", "L1", "L2"]
    assert await deliver(ground, *(settled(n) for n in range(5))) == ["duplicate"] * 3 + ["too-many"] * 2


async def test_what_is_kept_is_corrected_however_full() -> None:
    """A revision that says no more than the one before replaces it; so does one that voids it, whatever it carries."""
    ground = Ground(NOON, bounds=THREE)
    await deliver(ground, *(settled(n) for n in range(3)))
    assert await deliver(ground, settled(1, revision=1, debt="M1")) == ["replaced"]
    assert await deliver(ground, settled(2, revision=1, voided=True, debt="x" * 2000)) == ["replaced"]
    assert blocked(ground) == ["L0", "M1"]
    longer = settled(0, revision=1, debt="x" * 2000)
    assert await deliver(ground, longer) == ["too-many"]
    assert blocked(ground) == ["L0", "M1"], "the revision before the refused one stays"


async def test_a_block_can_always_be_ended() -> None:
    """When a debtor's facts are full each settled debt can still be reopened, and each refusal taken back, once."""
    ground = Ground(NOON, bounds=THREE)
    await deliver(ground, *(settled(n) for n in range(3)))
    assert await deliver(ground, *(reopened(n) for n in range(3))) == ["new"] * 3
    assert blocked(ground) == []
    assert await deliver(ground, reopened(3), settled(3)) == ["too-many", "too-many"]
    refused = [fact(f"f-{n}", "refused", person=f"P{n}") for n in range(3)]
    consented = fact("g-0", "consented", person="P0", at="2026-11-19T10:00:00+08:00")
    assert await outcomes([*refused, consented]) == ["new"] * 4


async def test_a_long_fact_counts_as_several() -> None:
    """A fact of more than 512 bytes takes the room of two, so that a thousand of the longest are no megabytes."""
    assert await outcomes([settled(0, debt="x" * 600), settled(1), settled(2)]) == ["new", "new", "too-many"]
    assert await outcomes([settled(0, debt="x" * 2000), settled(1)]) == ["too-many", "new"]
    longest = [settled(number, debt=f"{number:03}" + "\u0001" * 2045) for number in range(100)]
    ground = Ground(NOON, bounds=Bounds())
    taken = await deliver(ground, *longest)
    assert taken == ["new"] * taken.count("new") + ["too-many"] * taken.count("too-many")
    assert 20 < taken.count("new") < 50
    assert sum(len(record.value or b"") for _, record in ground.topics.records["blocks-dial"]) < 700_000


async def test_what_is_refused_is_not_judged() -> None:
    """A fact beyond the limit changes nothing: neither a block nor a finding comes of it."""
    ground = Ground(NOON, bounds=Bounds(facts_per_debtor_max=1))
    await deliver(ground, settled(0), settled(1))
    await deliver(ground, call("c-1", NOON, debts=["L1"]), call("c-2", NOON, debts=["L0"]))
    assert list(found(ground, "NIFA-11-5-SETTLED")) == ["c-2"]
    assert [each.fact_id for each in (await ledger(ground)).facts] == ["f-0"]


async def test_the_items_are_marked_for_their_dead_letters() -> None:
    """The outcome of a refused fact stays with its record through further rounds, and its dead letter says why."""
    ground = Ground(NOON, bounds=Bounds(facts_per_debtor_max=1))
    task = Task(KEY, {"facts-0"})
    for record in records_of([settled(0), settled(1)], ground):
        assert not isinstance(record.item, Entry)
        task.items.append(Item(record.item, instant_of(NOON)))
    await (await ground.worker()).deliver([task])
    assert [each.outcome for each in task.items] == ["new", "too-many"]
    refusal = too_many_facts()
    assert isinstance(refusal, Refusal)
    assert (refusal.word, refusal.path) == ("too-many", "$.debtor")
    assert "DUEWATCH_FACTS_PER_DEBTOR_MAX" in refusal.message
