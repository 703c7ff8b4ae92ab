"""Pictures of the report, a file each: SVG by matplotlib, with a text alternative that states the finding."""
