"""Forms of the calculators."""

from core.forms import RecordForm, line
from core.i18n import _l


class EnteredForm(RecordForm):
    title = line(_l("Name of the analysis"), limit=200)
