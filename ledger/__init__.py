"""An append-only, signed ledger of decisions to share, or not to share, information about people at risk.

The one idea: every entry is signed by its author over a checkpoint of everything that they had seen, so each author
witnesses the past, and the ledger's own key cannot rewrite it. Bodies lie beside the log, sealed to those who need
them; deleting one leaves the log verifiable. tests/tamper/test_damage.py changes every column of every table and
finds each change.

log: the tree, entries, append, verify. sealing: keys and sealed parts. records: decisions and people. reports.
"""
