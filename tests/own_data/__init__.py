"""One's own data: the ledger, the copy, consent, closing."""
