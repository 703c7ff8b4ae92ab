"""The inference floor: what is concluded from fits, and by which law."""
