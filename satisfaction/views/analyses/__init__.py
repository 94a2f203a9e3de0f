"""Analyses: choose a method, say what it takes, read the result, hand it out."""

from satisfaction.views.analyses import handing_out, listing, raising, showing, starting

__all__ = ["handing_out", "listing", "raising", "showing", "starting"]
