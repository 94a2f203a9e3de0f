"""Writes of complaints: the record, its steps, messages, remedies, clocks, settings."""
