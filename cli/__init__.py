"""The consent-ledger command line: parse, one library call, words. main.py wires it; ui.py is its one mouth."""

import gc

# most of what a command loads and makes lasts as long as the command: looking through it for garbage every 700 objects,
# as Python does of its own accord, is a tenth of the time that a command takes
gc.set_threshold(50_000)
