"""The report floor: one page as frozen data, and its renderings."""
