"""Rules of satisfaction: kinds of items, states of waves, imports, what may be shown. Pure."""
