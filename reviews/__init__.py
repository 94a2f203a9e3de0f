"""Management reviews: agenda from data, minutes, decisions."""
