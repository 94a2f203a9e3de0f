"""Forms of the methods on waves."""

from satisfaction.analyses.forms.comparing import ChartForm, EffectForm, TransitionForm
from satisfaction.analyses.forms.overall import EstimateForm, FuzzyForm
from satisfaction.analyses.forms.parts import MethodForm, construct_word, item_label
from satisfaction.analyses.forms.paths import PlsForm
from satisfaction.analyses.forms.ratings import IpaForm, KanoForm, ReliabilityForm, ScoreForm, ServqualForm
from satisfaction.rules.analyses import Method

__all__ = ["FORMS", "FuzzyForm", "KanoForm", "MethodForm", "PlsForm", "construct_word", "item_label"]

FORMS: dict[Method, type[MethodForm]] = {
    Method.score: ScoreForm,
    Method.reliability: ReliabilityForm,
    Method.servqual: ServqualForm,
    Method.kano: KanoForm,
    Method.ipa: IpaForm,
    Method.pls: PlsForm,
    Method.effect: EffectForm,
    Method.chart: ChartForm,
    Method.transition: TransitionForm,
    Method.fuzzy: FuzzyForm,
    Method.estimate: EstimateForm,
}
