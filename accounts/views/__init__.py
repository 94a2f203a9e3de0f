from accounts.views import account, front, imports, people, units
from accounts.views.base import blueprint, load_person

__all__ = ["account", "blueprint", "front", "imports", "load_person", "people", "units"]
