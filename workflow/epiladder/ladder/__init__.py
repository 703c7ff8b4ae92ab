"""The ladder floor: rungs, each a function of the one below, and the fold that stacks them."""
