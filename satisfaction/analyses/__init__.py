"""Analyses of waves: what the engine is asked, and how its result is told, drawn and handed out."""
