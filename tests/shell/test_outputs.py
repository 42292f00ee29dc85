"""Names of topics of institutions' own, and who has them."""

import re
from collections.abc import Mapping

from hypothesis import example, given
from hypothesis import strategies as st

from stream.shell.delivery.records import OutRecord
from stream.shell.topics.declared import declared
from stream.shell.topics.outputs import OF_AN_INSTITUTION, Outputs, home_of, homes_in

TOPIC = re.compile(r"[A-Za-z0-9_-]{1,249}")
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="|"), min_size=1, max_size=300)


class Broker:
    """Topics as they are, and how often somebody looked."""

    def __init__(self, *homes: str, without: str = "") -> None:
        self.looks = 0
        self.topics = {topic.name: 4 for topic in declared("p", 4, 1, homes) if topic.name != without}

    async def counts(self) -> Mapping[str, int]:
        self.looks += 1
        return self.topics

    def outputs(self) -> Outputs:
        return Outputs("p", self.counts, per_institution=True)


@given(NAMES, NAMES)
@example("bank a", "bank_20_a")
@example("bank.a", "bank_2e_a")
@example("_", "__")
@example("银", "_e993b6_")
@example("银" * 300, "__" + "0" * 30)
def test_two_institutions_have_two_names(one: str, other: str) -> None:
    """Whatever an institution is called, its topics have legal names without dots, and no other one has the same."""
    homes = [home_of(name, "p" * 200) for name in (one, other)]
    assert all(TOPIC.fullmatch(f"{'p' * 200}-{short}-{home}") for short in OF_AN_INSTITUTION for home in homes)
    assert (homes[0] == homes[1]) == (one == other)


def test_names_that_are_written_down() -> None:
    """The rule of the README gives the names that operators write into access-control lists."""
    assert home_of("bank-a", "duewatch") == "bank-a"
    assert home_of("bank a", "duewatch") == "bank_20_a"
    assert home_of("bank_a", "duewatch") == "bank_5f_a"
    assert home_of("某某银行", "duewatch") == "_e69f90e69f90e993b6e8a18c_"
    # As `b2sum -l 120` says.
    assert home_of("银" * 40, "duewatch") == "__be2190c16120e4d5293aab5f3a1b52"


async def test_who_is_homeless() -> None:
    """Whoever has all needed topics is not homeless; whoever has not all of them, or with other partitions, is; nobody
    looks at the topics for those who are known.
    """
    broker = Broker("bank-a", "bank-b", "bank-c", without="p-findings-bank-b")
    broker.topics["p-blocks-dial-bank-c"] = 5
    outputs = broker.outputs()
    assert await outputs.homeless(["bank-a", "bank-b", "bank-c", "bank-d"]) == {"bank-b", "bank-c", "bank-d"}
    assert await outputs.homeless(["bank-a"]) == set()
    assert broker.looks == 1
    assert outputs.of("blocks-dial") == ["blocks-dial-bank-a"]


async def test_topics_that_come_later() -> None:
    """Topics that are created while a worker runs are seen with the first record that needs them."""
    broker = Broker("bank-a")
    outputs = broker.outputs()
    assert await outputs.homeless(["bank-b"]) == {"bank-b"}
    broker.topics |= Broker("bank-b").topics
    assert await outputs.homeless(["bank-b"]) == set()


async def test_read_back_from_all() -> None:
    """What was told is read back from every topic that there is, of whole sets and of broken ones."""
    outputs = Broker("bank-a", "bank-b", without="p-findings-bank-b").outputs()
    assert await outputs.topics(["findings", "blocks-dial"]) == [
        "p-blocks-dial-bank-a",
        "p-blocks-dial-bank-b",
        "p-findings-bank-a",
    ]


async def test_where_records_go() -> None:
    """An output goes to its institution's topic; a dead letter does if there is one, otherwise to that of all."""
    outputs = Broker("bank-a", "bank-b", without="p-dead-letters-bank-b").outputs()
    await outputs.look()
    names = {
        (short, institution): outputs.name(OutRecord(short, None, None, None, (), institution=institution))
        for short in ("findings", "dead-letters")
        for institution in ("bank-a", "bank-b", None)
    }
    assert names["findings", "bank-b"] == "p-findings-bank-b"
    assert names["dead-letters", "bank-a"] == "p-dead-letters-bank-a"
    assert names["dead-letters", "bank-b"] == names["dead-letters", None] == "p-dead-letters"


async def test_topics_of_all() -> None:
    """Where all share topics nobody looks, and nobody is homeless."""
    broker = Broker()
    outputs = Outputs("p", broker.counts, per_institution=False)
    assert await outputs.homeless(["bank-a"]) == set()
    assert outputs.name(OutRecord("findings", None, None, None, (), institution="bank-a")) == "p-findings"
    assert await outputs.topics(["findings"]) == ["p-findings"]
    assert broker.looks == 0


def test_topics_of_another_installation() -> None:
    """A longer prefix that begins like ours is another installation's."""
    assert homes_in(Broker("bank-a").topics | {"p-x-findings-bank-z": 4, "p-findings": 4}, "p").keys() == {"bank-a"}
