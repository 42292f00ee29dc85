"""Live equals replay also where Redis fails over, and the replica lacks what had been written last."""

from pathlib import Path

import orjson

from stream.shell.store.layout import Layout
from tests.e2e.last_word import past_log, settle
from tests.e2e.taken_in import newest_revisions, places, remembered
from tests.e2e.world import World
from tests.parts.kafka import KafkaServer
from tests.parts.redis_cluster import RedisClusterServers
from tests.parts.redis_sentinels import SentinelServers


async def test_a_master_of_a_cluster_is_killed(kafka: KafkaServer, topic_prefix: str, tmp_path: Path) -> None:
    """2 000 events, two workers, three masters: one is killed with -9 in the middle, and its replica lacks what was
    written of the last 600 events. The workers go on or are started again, notice and rebuild; in the end the topics
    say what `replay` says, and every ledger holds every event.
    """
    lines, recorded, shift = past_log(seed=7, events=2000, broken=20)
    clock = {"DUEWATCH_CLOCK_SHIFT_SECONDS": f"{shift:.0f}"}
    with (
        RedisClusterServers(replicas=True, node_timeout_ms=2000) as servers,
        World(kafka.address, servers.url, topic_prefix, **clock) as world,
    ):
        assert world.duewatch("topics").returncode == 0
        world.start("w1")
        world.start("w2")
        await world.produce(lines[:700], recorded)
        await world.caught_up()
        master = servers.master_of(Layout(topic_prefix).holder.decode())
        replica = servers.leave_behind(master)
        await world.produce(lines[700:1300], recorded)
        await world.caught_up()
        master.kill()
        replica.resume()
        await world.produce(lines[1300:], recorded)
        await world.caught_up(supervised=True)
        await world.rebuilt()
        rows = await settle(world, tmp_path, lines, shift)
        assert not rows, "\n".join(rows[:20])
        assert len(places(await world.read("dead-letters"))) == 20
        assert await remembered(servers.url, topic_prefix) == newest_revisions(lines)
        finding = orjson.loads((await world.read("findings"))[-1].value)
        explained = world.duewatch("explain", finding["institution"], finding["debtor"])
        assert explained.returncode == 0, explained.stderr
        assert world.stop("w1") == 0
        assert world.stop("w2") == 0


async def test_sentinels_replace_the_master(kafka: KafkaServer, topic_prefix: str, tmp_path: Path) -> None:
    """600 events, the master killed in the middle: the same end, on the replica that Sentinels have made the master."""
    lines, recorded, shift = past_log(seed=8, events=600)
    clock = {"DUEWATCH_CLOCK_SHIFT_SECONDS": f"{shift:.0f}"}
    with SentinelServers() as servers, World(kafka.address, servers.url, topic_prefix, **clock) as world:
        assert world.duewatch("topics").returncode == 0
        world.start("w1")
        await world.produce(lines[:300], recorded)
        await world.caught_up()
        servers.master.kill()
        await world.produce(lines[300:], recorded)
        await world.caught_up(supervised=True)
        await world.rebuilt()
        rows = await settle(world, tmp_path, lines, shift)
        assert not rows, "\n".join(rows[:20])
        assert world.stop("w1") == 0
