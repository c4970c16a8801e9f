"""An append-only, signed ledger of decisions to share, or not to share, information."""
