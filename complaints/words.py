"""How the trail of this room reads."""

from typing import Any

from complaints.rules.grades import Channel, Complexity, Impact, Outcome, RemedyKind, Severity, Topic
from complaints.rules.states import State
from core.history import code_word, say
from core.i18n import _, _l, format_number


def _clocks(value: Any) -> str:
    """What is promised from when, for each clock; of a complaint that waits how many stand still."""
    if not isinstance(value, dict):
        return format_number(value, 0)
    return "; ".join(
        _(
            "%(what)s: %(requirement)s, from “%(start)s”",
            what=code_word(stop, (State,)),
            requirement=each["code"],
            start=code_word(each["from"], (State,)),
        )
        for stop, each in value.items()
    )


say(
    {
        "complaint.registered": _l("Complaint registered"),
        "complaint.changed": _l("Complaint changed"),
        "complaint.handler_named": _l("Handler named"),
        "complaint.acknowledged": _l("Acknowledged to the complainant"),
        "complaint.assessed": _l("Assessed"),
        "complaint.investigated": _l("Investigation begun"),
        "complaint.answered": _l("Answer given"),
        "complaint.decided": _l("Decided"),
        "complaint.closed": _l("Closed"),
        "complaint.refused": _l("Refused, with reasons"),
        "complaint.settled": _l("Closed: no further way is open"),
        "complaint.escalated": _l("Escalated"),
        "complaint.withdrawn": _l("Withdrawn by the complainant"),
        "complaint.reopened": _l("Reopened"),
        "complaint.written_to": _l("Written to the complainant"),
        "complaint.heard_from": _l("Heard from the complainant"),
        "complaint.noted": _l("Internal note written"),
        "complaint.waiting": _l("Waiting for the complainant begun"),
        "complaint.resumed": _l("Waiting for the complainant ended"),
        "complaint.told": _l("Decision told to the complainant"),
        "complaint.rated": _l("Complainant rated the handling"),
        "complaint.contact_read": _l("Name and contact of the complainant read"),
        "complaint.contact_changed": _l("Name or contact of the complainant changed"),
        "complaint.link_renewed": _l("Secret link renewed, the old one no longer works"),
        "complaint.file_added": _l("File added"),
        "complaint.imported": _l("Register of complaints imported"),
        "complaint.finding_raised": _l("Finding recorded from this complaint"),
        "complaint.ticket_linked": _l("Linked with a ticket"),
        "remedy.proposed": _l("Remedy proposed"),
        "remedy.authorised": _l("Remedy approved"),
        "remedy.removed": _l("Remedy taken back"),
        "remedy.done": _l("Remedy carried out"),
        "complaint_setting.changed": _l("Settings for complaints changed"),
    },
    {
        "channel": _l("Channel"),
        "topic": _l("Topic"),
        "subject": _l("Subject"),
        "description": _l("What happened"),
        "wish": _l("What is wished"),
        "place": _l("Where"),
        "occurred_on": _l("When it happened"),
        "unit": _l("Unit"),
        "unit_id": _l("Unit"),
        "standard": _l("Standard"),
        "requirement_code": _l("Requirement"),
        "handler": _l("Handler"),
        "concerned": _l("Whom it is about"),
        "language": _l("Language"),
        "severity": _l("Severity"),
        "safety": _l("Safety"),
        "urgent": _l("Action at once"),
        "complexity": _l("Complexity"),
        "impact": _l("Reach"),
        "immediate_action": _l("Done at once"),
        "investigation": _l("What the investigation found"),
        "decision": _l("Reasons"),
        "route": _l("Way outside"),
        "remedy": _l("Remedy"),
        "cost": _l("Cost"),
        "first": _l("First number"),
        "last": _l("Last number"),
        "kind": _l("Kind"),
        "fields": _l("Entries"),
        "satisfied": _l("Satisfaction"),
        "by": _l("How"),
        "clocks": _l("Clocks"),
        "handler_limit": _l("Remedy limit of handlers"),
        "offered": _l("Offered on the public page"),
        "intro_en": _l("Words on the public page (English)"),
        "intro_zh": _l("Words on the public page (Chinese)"),
        "route_en": _l("Way outside (English)"),
        "route_zh": _l("Way outside (Chinese)"),
        "standard_id": _l("Service standard"),
    },
    values={"clocks": _clocks},
    codes={
        "channel": (Channel,),
        "topic": (Topic,),
        "severity": (Severity,),
        "complexity": (Complexity,),
        "impact": (Impact,),
        "outcome": (Outcome,),
        "remedy": (RemedyKind,),
        "state": (State,),
        "by": ({"mail": _l("By mail"), "link": _l("On the page of the complaint")},),
        "fields": (
            {
                "name": _l("Name"),
                "email": _l("E-mail"),
                "phone": _l("Telephone"),
                "address": _l("Address"),
            },
        ),
    },
)
