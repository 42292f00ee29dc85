"""What the demo says of records, in words that need no manual."""

from stream.shell.demo.day import Day
from stream.shell.demo.standing import FindingTold, Object, instant

MIDNIGHT = "24:00"


def who(record: Object) -> str:
    """Institution and debtor: `bank-a D-1042`."""
    return f"{record['institution']} {record['debtor']}"


def holds_back(state: Object, block: Object) -> str:
    """What a block holds back: `interactive dial`; of mode `any` only the channel."""
    return str(state["channel"]) if block["mode"] == "any" else f"{block['mode']} {state['channel']}"


def subject(block: Object) -> str:
    """What alone a block concerns, if not the whole debtor: ` to P-7`, ` about L-2`, or nothing."""
    if "person" in block:
        return f" to {block['person']}"
    return f" about {block['debt']}" if "debt" in block else ""


def reason(block: Object) -> str:
    """Why, in short: `3 of 3 today`, `refused`, `settled`."""
    if "limit" in block:
        return f"{block['limit']} of {block['limit']} today"
    return "refused" if "person" in block else "settled"


def until(day: Day, block: Object) -> str:
    """When a block ends: `24:00` for the day's end, else date and time, or `open`."""
    if block["until"] is None:
        return "open"
    end = instant(block["until"])
    return MIDNIGHT if end == day.at(MIDNIGHT) else f"{day.zone.local(end):%m-%d %H:%M}"


def outcome(told: FindingTold) -> str:
    """What became of a finding, in one word: its severity, or what is special about its state."""
    finding = told.finding
    if finding["state"] != "confirmed":
        return str(finding["state"])
    return "confirmed" if told.before == "provisional" else str(finding["severity"])


def collector(finding: Object) -> str:
    """Who made the contact: the agency, or the institution itself."""
    return str(finding["agency"] or finding["institution"])


def windows(hours: list[list[str]]) -> str:
    """Agreed hours: `18:00-21:00`."""
    return ", ".join(f"{begin}-{end}" for begin, end in hours)


def milliseconds(seconds: float | None) -> str:
    """`9 ms`, or a dash before anything was measured."""
    return "-" if seconds is None else f"{seconds * 1000:.0f} ms"
