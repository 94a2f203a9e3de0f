"""Why a path model cannot be estimated on a sample, in words that name the construct or the columns."""

import numpy as np

from core.lazytext import _l
from satisfaction.methods.answers import Floats, Refusal, Sentence
from satisfaction.methods.pls import quality
from satisfaction.methods.pls.bootstrap import Fitted
from satisfaction.methods.pls.core import Paths
from satisfaction.methods.pls.model import Model
from satisfaction.methods.pls.sample import Sample


def enough(sample: Sample, notes: list[Sentence]) -> None:
    """Raises Refusal when the respondents leave a regression of the model no freedom; notes fewer than ten for each arrow,
    or column of a mode B construct, at the widest place (Barclay, Higgins and Thompson, 1995, Technology Studies 2).
    """
    model, n = sample.settings.model, sample.n
    arrows = model.present.sum(axis=0)
    most = int(arrows.max())
    widest = model.constructs[model.endogenous[int(arrows.argmax())]]
    if n <= most + 1:
        raise Refusal(
            _l(
                "%(count)s respondents are too few for construct “%(field)s” (arrows pointing at it: %(causes)s); at least %(least)s are needed."
            ),
            field=widest,
            count=n,
            causes=most,
            least=most + 2,
        )
    for name, block, formative in zip(model.constructs, model.blocks, model.formative, strict=True):
        if formative and n <= len(block) + 1:
            raise Refusal(
                _l(
                    "%(count)s respondents are too few for construct “%(field)s” in mode B (columns: %(columns)s); at least %(least)s are needed."
                ),
                field=name,
                count=n,
                columns=len(block),
                least=len(block) + 2,
            )
    blocks = [len(block) for block, formative in zip(model.blocks, model.formative, strict=True) if formative]
    wanted = 10 * max([most, *blocks])
    if n < wanted:
        notes.append(
            Sentence(
                _l(
                    "%(count)s respondents are few for this model; ten for each arrow at its widest place would be %(wanted)s."
                ),
                count=n,
                wanted=wanted,
            )
        )


def no_twins(model: Model, correlations: Floats) -> None:
    """Mode B: columns that say the same cannot share a weight."""
    for number_, span in enumerate(model.spans):
        if not model.formative[number_]:
            continue
        block = model.blocks[number_]
        same = np.argwhere(np.triu(np.abs(correlations[span, span]), 1) > 1 - 1e-10)
        if len(same):
            first, second = (block[int(each)] for each in same[0])
            raise Refusal(
                _l(
                    "Columns “%(field)s” and “%(other)s” of mode B construct “%(construct)s” say exactly the same; take one out."
                ),
                field=first,
                other=second,
                construct=model.constructs[number_],
            )
        if np.isnan(quality.vif_of_items(model, correlations)[span]).any():
            raise Refusal(
                _l(
                    "The columns of mode B construct “%(field)s” are not independent: one of them follows from the others. Take one out."
                ),
                field=model.constructs[number_],
            )


def sound(model: Model, fitted: Fitted, paths: Paths) -> None:
    """Raises Refusal naming the constructs that say the same, so that a regression has no single solution."""
    found = fitted.estimate
    if found.sound[0] and paths.sound[0]:
        return
    links = np.where(np.isfinite(found.links[:, :, 0]), found.links[:, :, 0], 0.0)
    inflation = quality.vif_of_causes(model, links)
    for column, end in enumerate(model.endogenous):
        present = model.present[:, column]
        if np.isnan(inflation[present, column]).any():
            raise Refusal(
                _l(
                    "The constructs that lead to “%(field)s” (%(causes)s) cannot be told apart: their answers move together exactly."
                ),
                field=model.constructs[end],
                causes=", ".join(model.constructs[each] for each in model.causes[present, column]),
            )
    for each in range(len(model.constructs)):
        size = np.abs(found.links[each, each, 0])
        if not size > 0:
            raise Refusal(
                _l(
                    "The columns of construct “%(field)s” have nothing in common with those of its neighbours."
                ),
                field=model.constructs[each],
            )
    raise Refusal(
        _l("The constructs in “%(field)s” cannot be told apart: their answers move together exactly."),
        field="paths",
    )
