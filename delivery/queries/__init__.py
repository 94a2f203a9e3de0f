"""Reads of delivery: logs and imports, the lines of kept promises, what is to be measured."""
