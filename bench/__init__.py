"""The benchmark: Duewatch beside its peers on one job, on a real Kafka and a real Redis."""
