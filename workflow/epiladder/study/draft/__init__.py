"""A first study file from a table: every type, level and range guessed, and every guess marked."""
