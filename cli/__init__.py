"""The consent-ledger command line: parse, one library call, words. main.py wires it; ui.py is its one mouth."""
