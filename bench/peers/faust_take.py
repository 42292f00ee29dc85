"""Faust with `take`: an agent that is given batches, and awaits one script call for each."""

from faust.types import StreamT
from redis.asyncio import Redis

from bench.peers.calls import BATCH_MAX, COUNT, calls_of, counting, said
from bench.peers.faust_app import new_app, run
from bench.peers.place import place

_WAIT_SECONDS_MAX = 0.02

here = place()
app = new_app(here)
dials = app.topic(here.dials, value_type=bytes, value_serializer="raw")
topics = {name: app.topic(name, value_type=bytes, value_serializer="raw") for name in (here.blocks, here.findings)}
count = Redis.from_url(here.redis).register_script(COUNT)


@app.agent(dials)
async def judge(stream: StreamT[bytes]) -> None:
    """Counts."""
    async for values in stream.take(BATCH_MAX, within=_WAIT_SECONDS_MAX):
        if calls := calls_of(values):
            positions = await count(*counting(calls))
            for each in said(calls, positions, here.blocks, here.findings):
                await topics[each.topic].send(key=each.key, value=each.value)


if __name__ == "__main__":
    run(app)
