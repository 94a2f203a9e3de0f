"""Analyses: choose a method, say what it takes, read the result, hand it out."""

from satisfaction.views.analyses import entering, handing_out, listing, raising, showing, starting, trend

__all__ = ["entering", "handing_out", "listing", "raising", "showing", "starting", "trend"]
