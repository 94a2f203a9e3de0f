"""Every table of the product is known once this module is imported (migrations, the factory)."""

import accounts.models
import audits.models
import certification.models
import complaints.models
import core.files
import core.jobs
import core.mail
import core.signing
import core.trail
import core.web
import delivery.models
import improvement.models
import reviews.models
import satisfaction.customers.models
import satisfaction.indicators.models
import satisfaction.models
import satisfaction.sampling.models
import standards.models
import training.models

__all__ = [
    "accounts",
    "audits",
    "certification",
    "complaints",
    "core",
    "delivery",
    "improvement",
    "reviews",
    "satisfaction",
    "standards",
    "training",
]
