"""A whole law beside its rulebook: what of it is enforced by which rules, and what is not, and why."""

import tomllib
from importlib import resources

import msgspec
from msgspec import Struct


class Place(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place of the law: enforced by `rules`, a definition `used_by` rules, `kept_by` how Duewatch is built, or not
    enforced, and `why`. `used_by` "all" stands for every rule.
    """

    place: str
    rules: tuple[str, ...] = ()
    used_by: tuple[str, ...] = ()
    kept_by: str = ""
    why: str = ""
    note: str = ""


class Coverage(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every place of a law, in its order; `why` explains the short words of places."""

    name: str
    why: dict[str, str]
    places: tuple[Place, ...]

    def said(self, place: Place) -> str:
        """One sentence on a place that no rule enforces, or on what holds beside the rules."""
        users = "every rule" if place.used_by == ("all",) else ", ".join(place.used_by)
        parts = (
            place.note,
            users and f"a definition used by {users}",
            place.kept_by and f"kept by how Duewatch is built: {place.kept_by}",
            self.why.get(place.why, place.why),
        )
        return "; ".join(part for part in parts if part)


def coverage_of(rulebook: str) -> Coverage | None:
    """The coverage of a rulebook that ships; None where it has none."""
    file = resources.files("stream.rulebooks") / "coverage" / f"{rulebook}.toml"
    if not file.is_file():
        return None
    return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), Coverage)
