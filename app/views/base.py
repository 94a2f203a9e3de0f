from flask import Blueprint, g

from accounts import queries as accounts
from core import access
from core.access import Permission

blueprint = Blueprint("overview", "app.views")


def require_whole(needed: Permission) -> None:
    """Trail and outbox know about everybody: open to who holds the permission for the whole organisation."""
    root = accounts.find_root()
    access.require(g.person, needed, root.path if root else "/")
