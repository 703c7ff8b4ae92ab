"""The study floor: the plan, the table, and the rows that stand after validation."""
