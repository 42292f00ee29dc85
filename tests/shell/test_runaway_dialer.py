"""Whatever comes of one debtor, his ledger and the work on it stay within bounds (rules.md: cap)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from stream.core.registry import Entry
from stream.core.zone import instant_of
from stream.shell.delivery.task import Item, Task
from stream.shell.ledgers.bounds import Bounds, bounds_of
from stream.shell.ledgers.remembered import encode
from stream.shell.settings.settings import read
from tests.parts.calls import KEY, NOON, call, deliver, found, ledger
from tests.parts.ground import Ground, records_of

HOUR = timedelta(hours=1)


async def bytes_of(ground: Ground) -> int:
    return len(encode(await ledger(ground)))


def runaway(count: int, **more: Any) -> Iterator[dict[str, Any]]:
    """So many effective calls to one debtor within an hour, in their order."""
    return (call(f"c-{number:05}", NOON - HOUR + number * HOUR / count, **more) for number in range(count))


async def test_a_runaway_dialer() -> None:
    """Of 3000 calls within an hour 100 are kept; each beyond the third is in breach, and nothing grows with them."""
    ground = Ground(NOON, bounds=Bounds())
    calls, sizes, kept = list(runaway(3000)), [], []
    for begin in range(0, 3000, 250):
        await deliver(ground, *calls[begin : begin + 250])
        sizes.append(await bytes_of(ground))
        kept.append(len((await ledger(ground)).contacts))
    assert set(kept) == {100}
    assert max(sizes) < 1.2 * sizes[1]
    findings = found(ground, "NIFA-16-2-CALLS")
    assert sorted(findings) == [one["contact_id"] for one in calls[3:]]
    counts = [findings[one["contact_id"]]["count"] for one in calls[3:]]
    assert counts == [*range(4, 101), *[None] * 2900]
    # Beyond the cap each call is one finding, said once: no event is answered with more than it is worth.
    assert len(ground.topics.records["findings"]) == 2997
    assert max(len(record.value or b"") for _, record in ground.topics.records["findings"]) < 2000
    assert len(ground.topics.records["blocks-dial"]) == 1


async def test_one_call_more_leaves_the_ledger_as_it_was() -> None:
    """A ledger whose day is full does not grow with a further call, when what it said is on the topics."""
    ground = Ground(NOON, bounds=Bounds())
    await deliver(ground, *runaway(150))
    await deliver(ground, call("d-1", NOON))
    before = await bytes_of(ground)
    for number in range(2, 6):
        await deliver(ground, call(f"d-{number}", NOON))
    assert await bytes_of(ground) == before


async def test_many_revisions_of_one_contact() -> None:
    """However often a contact is corrected, one revision of it is kept, and one finding stands."""
    ground = Ground(NOON, bounds=Bounds())
    night = NOON.replace(hour=23) - timedelta(days=1)
    await deliver(ground, *(call("c-1", night, revision=number, operator=f"o-{number:03}") for number in range(500)))
    assert [contact.revision for contact in (await ledger(ground)).contacts] == [499]
    assert len(found(ground, "NIFA-9-HOURS")) == 1
    before = await bytes_of(ground)
    await deliver(ground, call("c-1", night, revision=500, operator="o-500"))
    assert await bytes_of(ground) == before


async def test_every_day_has_its_own_cap() -> None:
    """A day that is full takes nothing from other days or other types of contact; corrections move between days."""
    ground = Ground(NOON, bounds=Bounds(contacts_per_day_max=10))
    yesterday = NOON - timedelta(days=1)
    assert await deliver(ground, *runaway(12)) == ["new"] * 10 + ["over"] * 2
    assert await deliver(ground, call("y-1", yesterday), call("c-00000", yesterday, revision=1)) == ["new", "replaced"]
    assert await deliver(ground, call("d-1", NOON), call("d-2", NOON)) == ["new", "over"]


async def test_bytes_of_contacts() -> None:
    """Contacts of one debtor are kept up to a number of bytes; what is beyond is judged by itself."""
    ground = Ground(NOON, bounds=Bounds(contact_bytes_max=1_000_000))
    long = "r" * 60_000
    days = [NOON - timedelta(days=number % 8, minutes=number) for number in range(20)]
    outcomes = [
        outcome
        for number, day in enumerate(days)
        for outcome in await deliver(ground, call(f"c-{number:02}", day, recording=long, labels=["threat"]))
    ]
    assert outcomes == ["new"] * 17 + ["over"] * 3
    assert len(found(ground, "NIFA-4-3-HARM")) == 20, "each is judged, kept or not"
    assert await bytes_of(ground) < 1_200_000
    assert await deliver(ground, call("c-00", days[0], revision=1)) == ["replaced"]
    assert await deliver(ground, call("c-99", NOON)) == ["new"], "there is room again"


async def test_first_contacts_that_are_remembered() -> None:
    """Of parties whose first contact is no longer kept itself only so many are remembered, the newest."""
    ground = Ground(NOON, bounds=Bounds(firsts_per_debtor_max=10))
    worker = await ground.worker()
    began = NOON - timedelta(days=20)
    agencies = [call(f"c-{number:02}", began + number * HOUR / 9, agency=f"a-{number:02}") for number in range(12)]
    await deliver(ground, *agencies, recorded=began)
    worker._kept_from = lambda: instant_of(NOON - timedelta(days=16))  # noqa: SLF001 - as the watermark would have it
    task = Task(KEY, {"dials-0"})
    for record in records_of([call("later", NOON, agency="a" * 2000)], ground):
        assert not isinstance(record.item, Entry)
        task.items.append(Item(record.item, ground.now))
    await worker.deliver([task])
    firsts = (await ledger(ground)).firsts
    assert sorted(firsts) == [f'["a-{number:02}",null]' for number in range(2, 12)]


def test_bounds_are_settings() -> None:
    """Each bound is a setting; without one it is what `Bounds` says."""
    assert bounds_of(read({})) == Bounds()
    environ = {
        "DUEWATCH_HORIZON_DAYS": "9",
        "DUEWATCH_CONTACTS_PER_DAY_MAX": "50",
        "DUEWATCH_CONTACT_BYTES_MAX": "70000",
        "DUEWATCH_FACTS_PER_DEBTOR_MAX": "7",
        "DUEWATCH_FIRSTS_PER_DEBTOR_MAX": "11",
    }
    assert bounds_of(read(environ)) == Bounds(9, 50, 70_000, 7, 11)
