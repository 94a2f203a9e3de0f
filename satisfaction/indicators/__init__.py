"""Indicator systems: an index over factors, indicators and items, weighted, versioned, rolled up on waves."""
