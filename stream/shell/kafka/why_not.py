"""Why Kafka lets nobody in: aiokafka tells its log, and raises that there is no connection."""

from aiokafka.conn import create_conn
from aiokafka.errors import KafkaError

from stream.shell.settings.address import parse_address
from stream.shell.settings.kafka_access import KafkaAccess


async def why_no_connection(kafka: KafkaAccess, timeout_seconds: float) -> str:
    """Try the first of the addresses once more and say what went wrong; no password is in it."""
    address, options = parse_address(kafka.servers[0]), kafka.options()
    del options["bootstrap_servers"]
    try:
        connection = await create_conn(
            address.host, address.port, request_timeout_ms=round(timeout_seconds * 1000), **options
        )
    except (KafkaError, OSError, TimeoutError) as error:
        return f"no connection: {error}" if str(error) else "no answer in time"
    connection.close()
    return "no connection"
