"""The models of the national satisfaction indices, as lists of roles and paths, and the names each role goes by."""

from dataclasses import dataclass
from typing import Final

Paths = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Template:
    """roles: in the order of the model. paths: from role to role."""

    roles: tuple[str, ...]
    paths: Paths
    source: str


#: Fornell et al. (1996), The American Customer Satisfaction Index, Journal of Marketing 60(4)
_ACSI: Paths = (
    ("expectation", "quality"),
    ("expectation", "value"),
    ("expectation", "satisfaction"),
    ("quality", "value"),
    ("quality", "satisfaction"),
    ("value", "satisfaction"),
    ("satisfaction", "complaints"),
    ("satisfaction", "loyalty"),
    ("complaints", "loyalty"),
)

#: Tenenhaus et al. (2005), PLS path modeling, Computational Statistics & Data Analysis 48(1)
_ECSI: Paths = (
    ("image", "expectation"),
    ("image", "satisfaction"),
    ("image", "loyalty"),
    ("expectation", "quality"),
    ("expectation", "value"),
    ("expectation", "satisfaction"),
    ("quality", "value"),
    ("quality", "satisfaction"),
    ("value", "satisfaction"),
    ("satisfaction", "complaints"),
    ("satisfaction", "loyalty"),
    ("complaints", "loyalty"),
)

#: every forward path among the six constructs of the Chinese index; publications differ on which eleven are used, so
#: `drop_paths` and `add_paths` of the specification edit it
_CCSI: Paths = (
    ("image", "expectation"),
    ("image", "quality"),
    ("image", "value"),
    ("image", "satisfaction"),
    ("image", "loyalty"),
    ("expectation", "quality"),
    ("expectation", "value"),
    ("expectation", "satisfaction"),
    ("quality", "value"),
    ("quality", "satisfaction"),
    ("value", "satisfaction"),
    ("satisfaction", "loyalty"),
)

TEMPLATES: Final[dict[str, Template]] = {
    "acsi": Template(
        ("expectation", "quality", "value", "satisfaction", "complaints", "loyalty"),
        _ACSI,
        "Fornell et al. 1996",
    ),
    "ecsi": Template(
        ("image", "expectation", "quality", "value", "satisfaction", "complaints", "loyalty"),
        _ECSI,
        "Tenenhaus et al. 2005",
    ),
    "ccsi": Template(
        ("image", "expectation", "quality", "value", "satisfaction", "loyalty"),
        _CCSI,
        "full recursive set of 12 paths",
    ),
}

#: other names of a role, without case, blanks, hyphens and underscores
NAMES: Final[dict[str, tuple[str, ...]]] = {
    "image": ("image", "brandimage", "corporateimage", "bi", "imag", "形象", "品牌形象", "企业形象"),
    "expectation": (
        "expectation", "expectations", "customerexpectation", "customerexpectations", "expectedquality",
        "qualityexpectation", "qualityexpectations", "eq", "cuex", "期望", "预期", "顾客期望", "客户期望", "预期质量", "期望质量",
    ),
    "quality": ("quality", "perceivedquality", "pq", "perq", "质量", "感知质量"),
    "value": ("value", "perceivedvalue", "pv", "perv", "价值", "感知价值"),
    "satisfaction": (
        "satisfaction", "customersatisfaction", "cs", "cusa", "acsi", "ecsi", "ccsi", "满意", "满意度", "顾客满意", "顾客满意度",
        "客户满意", "客户满意度",
    ),
    "complaints": (
        "complaints", "complaint", "customercomplaints", "customercomplaint", "complainthandling", "cusco",
        "抱怨", "投诉", "顾客抱怨", "客户投诉", "客户抱怨",
    ),
    "loyalty": ("loyalty", "customerloyalty", "cl", "cusl", "忠诚", "忠诚度", "顾客忠诚", "顾客忠诚度", "客户忠诚", "客户忠诚度"),
}  # fmt: skip

_ROLES = {name: role for role, names in NAMES.items() for name in names}


def role_of(name: str) -> str | None:
    """The role that a construct's name stands for, if it is one of the usual names in English or Chinese."""
    return _ROLES.get("".join(each for each in name.casefold() if each not in " _-"))
