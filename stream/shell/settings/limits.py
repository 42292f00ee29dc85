from typing import Final

from stream.shell.settings.form import whole
from stream.shell.settings.setting import Setting

LIMITS: Final[tuple[Setting, ...]] = (
    Setting(
        "DUEWATCH_RECORD_BYTES_MAX",
        whole(1024, 65_536),
        "65536",
        "bytes of an input record; what is larger is refused (too-large)",
    ),
    Setting(
        "DUEWATCH_REFERENCE_CHARACTERS_MAX",
        whole(128, 4096),
        "2048",
        "characters of a reference in an input record; a recording and a permit may be longer",
    ),
    Setting("DUEWATCH_DEBTS_PER_CONTACT_MAX", whole(1, 10_000), "1000", "debts that one contact may name"),
    Setting(
        "DUEWATCH_ITEMS_PER_AGREEMENT_MAX",
        whole(1, 1000),
        "100",
        "hours, channels or limits that one agreement may name",
    ),
    Setting(
        "DUEWATCH_FACTS_PER_DEBTOR_MAX",
        whole(1, 10_000),
        "1000",
        "facts that are kept of one debtor; those beyond are refused (too-many), one of more than 512 bytes counts as "
        "several, and reopened and consented have as much room again",
    ),
    Setting(
        "DUEWATCH_CONTACT_BYTES_MAX",
        whole(65_536, 67_108_864),
        "4194304",
        "bytes of the contacts that are kept of one debtor; what comes beyond is judged by itself, as what is beyond "
        "DUEWATCH_CONTACTS_PER_DAY_MAX",
    ),
    Setting(
        "DUEWATCH_FIRSTS_PER_DEBTOR_MAX",
        whole(10, 100_000),
        "1000",
        "agencies and persons whose first contact with a debtor is remembered when it is older than the horizon",
    ),
    Setting(
        "DUEWATCH_REGISTRY_ENTRIES_MAX",
        whole(100, 100_000_000),
        "1000000",
        "registry entries that are kept in memory, in equal parts from each partition; those beyond are refused "
        "(too-many)",
    ),
    Setting(
        "DUEWATCH_INSTITUTIONS_MAX",
        whole(10, 10_000_000),
        "10000",
        "institutions that a worker remembers to have seen; with more it looks at their quiet hours again now and then",
    ),
    Setting(
        "DUEWATCH_CONTACTS_AT_HAND_MAX",
        whole(0, 100_000_000),
        "300000",
        "contacts of the ledgers used last that stay in memory (300000 take 400 to 800 MB); long ones count as several",
    ),
    Setting(
        "DUEWATCH_BATCH_BYTES_MAX",
        whole(1_048_576, 1_073_741_824),
        "67108864",
        "bytes, uncompressed, past which no more records come into a batch",
    ),
    Setting(
        "DUEWATCH_FETCH_BYTES_MAX", whole(1_048_576, 1_073_741_824), "16777216", "bytes of one fetch from a broker"
    ),
    Setting(
        "DUEWATCH_FETCH_PARTITION_BYTES_MAX",
        whole(65_536, 1_073_741_824),
        "1048576",
        "bytes of one partition in a fetch; a larger record comes alone",
    ),
    Setting(
        "DUEWATCH_PUBLISH_RECORDS_MAX",
        whole(1, 100_000),
        "1000",
        "output records that Kafka has to acknowledge within DUEWATCH_REQUEST_TIMEOUT_SECONDS at a time",
    ),
    Setting(
        "DUEWATCH_PUBLISH_BYTES_MAX",
        whole(65_536, 1_073_741_824),
        "8388608",
        "bytes of output records, likewise",
    ),
    Setting(
        "DUEWATCH_STOP_SECONDS_MAX",
        whole(1, 600),
        "10",
        "how long a worker that was told to stop may take to finish its batch (half of it), commit and leave the group",
    ),
)
"""What may come in, and how much of it is kept (README: Limits)."""
