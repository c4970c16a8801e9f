"""The log: signed entries in an RFC 6962 tree, append-only, each fixing what its author had seen before it.

encoding, tree, tiles, note and checkpoint are pure; store is the one place with SQL; append and verify ask the same
questions (rules). It knows nothing of what a decision means. Source: docs/FORMAT.md.
Proved by tests/tamper/test_damage.py: every byte of every column of every table, changed and found.
"""
