"""Sections of the report, a file each: what a section gathers from the results, and how it words it."""
