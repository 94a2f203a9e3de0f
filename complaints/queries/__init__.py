"""Reads of complaints: records, lists, what waits, months."""
