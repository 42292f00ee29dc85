"""The parts of which `tests.logs` makes a log: times, contacts, facts, registry entries, unreadable lines."""
