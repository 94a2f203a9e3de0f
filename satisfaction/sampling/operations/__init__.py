"""Writes of sampling plans: one file a matter."""
