"""What a worker is made of before it joins its group: made of the settings alone, nothing connected yet."""

from dataclasses import dataclass

from stream.core.rulebook import Rulebook
from stream.shell.clock import Clock
from stream.shell.codec.decode import Decoder
from stream.shell.codec.limits import limits_of
from stream.shell.delivery.fault_point import FaultPoint
from stream.shell.delivery.publisher import InFlight, KafkaPublisher
from stream.shell.ledgers.bounds import Bounds, bounds_of
from stream.shell.rebuild.refill import Installation
from stream.shell.settings.settings import Settings
from stream.shell.store.redis import RedisStore
from stream.shell.store.waiting import Waiting
from stream.shell.topics.outputs import Outputs
from stream.shell.worker.dead_letter_limit import DeadLetterLimit, Limits
from stream.shell.worker.intake import Intake
from stream.shell.worker.metrics import Metrics
from stream.shell.worker.output_checks import outputs_of
from stream.shell.worker.policy import rulebook_of
from stream.shell.worker.progress import Progress
from stream.shell.worker.rebuild import Rebuild
from stream.shell.worker.registry_reader import RegistryReader


@dataclass(slots=True)
class Parts:
    """One of each."""

    rulebook: Rulebook
    bounds: Bounds
    store: RedisStore
    publisher: KafkaPublisher
    reader: RegistryReader
    intake: Intake
    limit: DeadLetterLimit
    progress: Progress
    fault_point: FaultPoint
    rebuild: Rebuild
    outputs: Outputs


def parts_of(settings: Settings, clock: Clock, metrics: Metrics) -> Parts:
    """The parts; raises RulebookError and SettingsError for a policy that cannot be used."""
    rulebook, bounds, access = rulebook_of(settings), bounds_of(settings), settings.kafka_access
    decoder = Decoder(rulebook.labels, reference_check=settings.reference_check, limits=limits_of(settings))
    intake = Intake(decoder, settings.prefix, institutions_max=settings.institutions_max)
    store = RedisStore(
        settings.redis,
        settings.group,
        timeout_seconds=settings.request_timeout_seconds,
        waiting=Waiting(settings.redis_wait_replicas, settings.redis_wait_milliseconds),
    )
    reader = RegistryReader(
        access,
        f"{settings.prefix}-registry",
        decoder,
        fetch_wait_ms=settings.fetch_wait_ms,
        entries_max=settings.registry_entries_max,
    )
    outputs = outputs_of(settings)
    return Parts(
        rulebook=rulebook,
        bounds=bounds,
        store=store,
        publisher=KafkaPublisher(
            access,
            outputs,
            timeout_seconds=settings.request_timeout_seconds,
            in_flight=InFlight(settings.publish_records_max, settings.publish_bytes_max),
        ),
        reader=reader,
        intake=intake,
        limit=DeadLetterLimit(
            Limits(settings.dead_letters_run_max, settings.dead_letters_ratio_max, settings.dead_letters_window)
        ),
        progress=Progress(),
        fault_point=FaultPoint(settings.fault_point),
        rebuild=Rebuild(
            store,
            reader,
            Installation(access, settings.prefix, settings.group, outputs, intake, rulebook, bounds, clock),
            metrics,
            owner=settings.worker,
        ),
        outputs=outputs,
    )
