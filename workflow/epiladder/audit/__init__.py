"""The audit floor: what was run, on what, with what."""
