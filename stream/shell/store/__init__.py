"""The ledger store: one contract (`store`), kept in Redis (`redis`) or, for tests and trials, in memory (`memory`)."""
