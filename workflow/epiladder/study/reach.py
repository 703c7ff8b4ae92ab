"""How far quadrature reaches: a limit that plan and engine share, in a file so light that a fit may import it."""

MOST_PLACES = 1000  # nodes of all random effects of a cluster multiplied out
