"""What the pages of both imports share, of answers and of customers."""

from core import files
from core.i18n import _
from satisfaction.forms import FileForm
from satisfaction.loading.opening import ACCEPTED, open_table


def receive_table(form: FileForm) -> files.Received:
    """Take the file outside of any transaction and look whether it is a table."""
    received = files.receive_upload(form.file.data, ACCEPTED)
    open_table(received.path, received.name).close()
    return received


def steps(*behind: str) -> list[tuple[str, str, bool, bool]]:
    """(address or "", words, done, current) of each step; `behind` are the addresses of those that are done."""
    current = len(behind)
    labels = (_("File"), _("Columns"), _("Check and import"))
    return [
        (behind[number] if number < current else "", label, number < current, number == current)
        for number, label in enumerate(labels)
    ]
