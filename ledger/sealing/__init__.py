"""Sealing: who holds which key can read, and what was sealed is committed to before anybody reads it.

The log holds digests; ciphertexts lie beside it, so erasing is real deletion and the log still verifies.
Every opening checks every commitment, in one order. Source: docs/FORMAT.md §2-3.
Proved by tests/ledger/sealing/test_seal.py::test_every_commitment_is_checked_in_order.
"""
