"""ISO 10002: a complaint from receipt to closing."""
