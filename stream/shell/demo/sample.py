"""The whole sample day as one log, in the order in which it is written."""

from itertools import chain

from stream.shell.demo.background import Background
from stream.shell.demo.day import Day
from stream.shell.demo.desk import Desk
from stream.shell.demo.event import Event
from stream.shell.demo.mishaps import broken, registry, unlisted
from stream.shell.demo.story import story


def sample(day: Day, seed: int) -> list[Event]:
    """Every event of the day, by time of writing; the same for the same day and seed."""
    desk = Desk(day)
    events = chain(registry(desk), story(desk), unlisted(desk), broken(desk), Background(seed, desk).events())
    return sorted(events, key=lambda event: event.at)
