"""The parts of which `tests.strategies` makes small logs: instants, contacts, facts and registry entries."""
