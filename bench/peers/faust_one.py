"""Faust, one event at a time: an agent that awaits a script call for each effective call."""

from faust.types import StreamT
from redis.asyncio import Redis

from bench.peers.calls import COUNT, call_of, counting, said
from bench.peers.faust_app import new_app, run
from bench.peers.place import place

here = place()
app = new_app(here)
dials = app.topic(here.dials, value_type=bytes, value_serializer="raw")
topics = {name: app.topic(name, value_type=bytes, value_serializer="raw") for name in (here.blocks, here.findings)}
count = Redis.from_url(here.redis).register_script(COUNT)


@app.agent(dials)
async def judge(stream: StreamT[bytes]) -> None:
    """Counts."""
    async for value in stream:
        if (call := call_of(value)) is not None:
            positions = await count(*counting([call]))
            for each in said([call], positions, here.blocks, here.findings):
                await topics[each.topic].send(key=each.key, value=each.value)


if __name__ == "__main__":
    run(app)
