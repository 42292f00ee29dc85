"""Another policy reaches what is already known, and one in shadow says what it would find."""

from pathlib import Path
from typing import Any

from tests.e2e.last_word import past_log, replayed, settle
from tests.e2e.world import World, newest
from tests.parts.kafka import KafkaServer


def stricter(folder: Path) -> Path:
    """The rulebook that ships, with two calls a day where the law allows three, and another version."""
    text = Path("stream/rulebooks/nifa-2024.toml").read_text(encoding="utf-8")
    file = folder / "stricter.toml"
    changed = text.replace('version = "1"', 'version = "2"').replace("value = 3 }]", "value = 2 }]")
    file.write_text(changed, encoding="utf-8")
    return file


def told(findings: dict[str, dict[str, Any]]) -> set[tuple[Any, ...]]:
    names = ("rule", "institution", "debtor", "contact_id", "state", "severity", "count", "limit", "policy")
    return {tuple(finding[name] for name in names) for finding in findings.values()}


async def test_a_changed_rulebook_reaches_running_state(
    kafka: KafkaServer, redis_clean: str, topic_prefix: str, tmp_path: Path
) -> None:
    """A worker started with another policy version judges every debtor again, without any new event: the topics end
    up saying what `replay` says under the new policy, and each finding names the policy that spoke.
    """
    lines, recorded, shift = past_log(seed=21, events=700)
    policy = str(stricter(tmp_path))
    clock = {"DUEWATCH_CLOCK_SHIFT_SECONDS": f"{shift:.0f}"}
    with World(kafka.address, redis_clean, topic_prefix, **clock) as world:
        assert world.duewatch("topics").returncode == 0
        await world.produce(lines, recorded)
        world.start("w1")
        await world.caught_up()
        assert not await settle(world, tmp_path, lines, shift)
        assert world.stop("w1") == 0
        world.start("w1", DUEWATCH_POLICY=policy)
        rows = await settle(world, tmp_path, lines, shift, policy=policy)
        assert not rows, "\n".join(rows[:20])
        assert {finding["policy"] for finding in newest(await world.read("findings")).values()} == {"nifa-2024@2"}


async def test_a_policy_in_shadow_finds_and_blocks_nothing(
    kafka: KafkaServer, redis_clean: str, topic_prefix: str, tmp_path: Path
) -> None:
    """Beside the live policy another runs in shadow: its findings are on the topic, marked so and with ids of their
    own, and are what `replay` finds under it; the live findings and the blocks are what they are without it.
    """
    lines, recorded, shift = past_log(seed=22, events=700)
    policy = str(stricter(tmp_path))
    clock = {"DUEWATCH_CLOCK_SHIFT_SECONDS": f"{shift:.0f}", "DUEWATCH_SHADOW_POLICY": policy}
    with World(kafka.address, redis_clean, topic_prefix, **clock) as world:
        assert world.duewatch("topics").returncode == 0
        await world.produce(lines, recorded)
        world.start("w1")
        await world.caught_up()
        rows = await settle(world, tmp_path, lines, shift)
        assert not rows, "\n".join(rows[:20])
        records = newest(await world.read("findings"))
        shadow = {k.decode(): f for k, f in records.items() if f.get("shadow") and f["state"] != "retracted"}
        expected, _ = replayed(tmp_path, lines, recorded, policy)
        assert told(shadow) == told(expected)
        assert not set(shadow) & set(expected), "a shadow finding has an id of its own"
