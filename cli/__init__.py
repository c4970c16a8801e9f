"""The consent-ledger command line."""
