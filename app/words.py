"""How the trail of the ground reads."""

from core.history import say
from core.i18n import _l

say({"mail.retried": _l("Mail tried again"), "mail.revealed": _l("A personal link in a mail was opened")})
