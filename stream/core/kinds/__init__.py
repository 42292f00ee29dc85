"""The kinds of rule. A new regulation is a new file of data over these; a new kind is a class here."""

from stream.core.kinds.after import After
from stream.core.kinds.facts import Placement, Reachable, Refusal, Settled
from stream.core.kinds.field import Field, Label, Missing, Principle, Range
from stream.core.kinds.hours import Hours, Overrun
from stream.core.kinds.limit import Limit
from stream.core.kinds.local_hours import LocalHours
from stream.core.kinds.membership import Membership
from stream.core.kinds.rolling import Rolling
from stream.core.kinds.sequence import First, Interval

AnyRule = (
    Limit | Rolling | Hours | LocalHours | Overrun | Interval | After | First | Membership | Label | Field | Range
    | Missing | Refusal | Settled | Reachable | Placement | Principle
)  # fmt: skip
