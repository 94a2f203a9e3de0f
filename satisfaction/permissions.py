from accounts.rules import EVERYBODY, INSIDERS, Role
from core.access import permission
from core.i18n import _l

SEE = permission("satisfaction.see", _l("see surveys and what customers felt"), EVERYBODY)
SURVEY = permission(
    "satisfaction.survey",
    _l("write questionnaires and run waves"),
    {Role.quality_manager, Role.process_owner},
)
IMPORT = permission(
    "satisfaction.import",
    _l("import answers from files"),
    {Role.administrator, Role.quality_manager, Role.process_owner},
)
ANALYSE = permission("satisfaction.analyse", _l("analyse waves of surveys"), INSIDERS)
READ_TEXT = permission(
    "satisfaction.read_text",
    _l("read what respondents wrote in their own words"),
    {Role.quality_manager, Role.process_owner, Role.complaint_handler},
)
WEIGH = permission(
    "satisfaction.weigh",
    _l("build indicator systems, set their weights and put them into force"),
    {Role.quality_manager},
)
JUDGE = permission("satisfaction.judge", _l("compare indicators in pairs when asked"), INSIDERS)
