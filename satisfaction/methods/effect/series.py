"""Series before and after: interrupted time series, and difference in differences against a comparison group."""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Final

import numpy as np

from core.lazytext import _l
from satisfaction.methods.answers import Floats
from satisfaction.methods.effect.judgement import SMALL, Found, reach, scaled
from satisfaction.methods.refusal import Refusal

LEAST_FOR_SLOPE: Final = 8
ROUNDS: Final = 100


@dataclass(frozen=True)
class Series:
    """values: figure of each period, in order, shape (n,). after: which periods lie after the action. offset: people or
    cases at risk in each period, None when values are no counts. time: period numbers, 1 … n without gaps."""

    values: Floats
    after: np.ndarray
    time: Floats
    offset: Floats | None = None


@dataclass(frozen=True)
class Model:
    """family: gaussian, poisson or quasipoisson. slope: may the trend change too? harmonics: pairs of sine and cosine
    of `period` periods. lag: of the Newey-West errors, None for floor(4 (n / 100)^(2/9))."""

    family: str
    slope: bool
    harmonics: int
    period: float
    lag: int | None


def interrupted(series: Series, model: Model, alpha: float, power: float) -> Found:
    """y = b0 + b1 t + b2 post + b3 (t - T0 + 1) post, T0 the first period after.

    gaussian: least squares with Newey-West errors (Bartlett weights, no small sample correction), t with n - k degrees
    of freedom; the estimate is b2 in the unit of the values. poisson, quasipoisson: log link with offset, z; the
    estimate is the rate ratio exp(b2), 1 is no change; quasipoisson scales errors by Pearson's chi-squared over its
    degrees of freedom.

    Raises Refusal when there are not more periods than terms, when terms repeat each other, for negative counts.
    Sources: Lopez Bernal, Cummins, Gasparrini (2017), Int. J. Epidemiol. 46, 348-355; Newey and West (1987),
    Econometrica 55, 703-708; McCullagh and Nelder (1989).
    """
    names, columns = _terms(series, model)
    n, k = columns.shape
    if n <= k:
        raise Refusal(
            _l("%(count)s periods are too few for %(terms)s terms of the model (%(field)s)."),
            field="values",
            count=n,
            terms=k,
        )
    if np.linalg.matrix_rank(columns) < k:
        raise Refusal(
            _l(
                "The terms of the model repeat each other: the data do not tell level, trend and season apart (%(field)s)."
            ),
            field="values",
        )
    if model.family == "gaussian":
        return _gaussian(series, model, names, columns, alpha, power)
    return _poisson(series, model, names, columns, alpha, power)


def _terms(series: Series, model: Model) -> tuple[list[str], Floats]:
    time, post = series.time, series.after.astype(float)
    names, columns = ["intercept", "time", "post"], [np.ones_like(time), time, post]
    if model.slope:
        start = float(time[series.after][0])
        names.append("slope_change")
        columns.append((time - start + 1) * post)
    for pair in range(1, model.harmonics + 1):
        angle = 2 * math.pi * pair * time / model.period
        names += [f"sin{pair}", f"cos{pair}"]
        columns += [np.sin(angle), np.cos(angle)]
    return names, np.column_stack(columns)


def _gaussian(series: Series, model: Model, names: list[str], x: Floats, alpha: float, power: float) -> Found:
    from scipy.special import stdtr, stdtrit

    y = series.values
    n, k = x.shape
    bread = np.linalg.inv(x.T @ x)
    beta = bread @ x.T @ y
    left = y - x @ beta
    lag = math.floor(4 * (n / 100) ** (2 / 9)) if model.lag is None else model.lag
    scores = x * left[:, None]
    meat = scores.T @ scores
    for step in range(1, min(lag, n - 1) + 1):
        part = scores[step:].T @ scores[:-step]
        meat += (1 - step / (lag + 1)) * (part + part.T)
    errors = np.sqrt(np.maximum(np.diag(bread @ meat @ bread), 0.0))
    sigma2 = float(left @ left) / (n - k)
    plain = np.sqrt(np.diag(bread) * sigma2)
    df = n - k
    t = np.divide(beta, errors, out=np.full(k, np.nan), where=errors > 0)
    p = np.array([2 * float(stdtr(df, -abs(each))) if math.isfinite(each) else np.nan for each in t])
    around = y - y.mean()
    level = names.index("post")
    half = float(stdtrit(df, 1 - alpha / 2)) * float(errors[level])
    # a series on the very line of the model has errors of rounding only
    known = bool(errors[level] > 1e-10 * (abs(float(y @ y) / n) ** 0.5 + 1e-300))
    sd = math.sqrt(sigma2)
    extra = {
        "coefficients": {
            name: {"estimate": beta[i], "se": errors[i], "se_ols": plain[i], "statistic": t[i], "p": p[i]}
            for i, name in enumerate(names)
        },
        "slope_change": beta[names.index("slope_change")] if "slope_change" in names else None,
        "lag": lag,
        "r2": 1 - float(left @ left) / float(around @ around) if float(around @ around) > 0 else None,
        "sigma": sd,
        "durbin_watson": float((np.diff(left) ** 2).sum() / (left @ left))
        if float(left @ left) > 0
        else None,
        "df": df,
        "fitted": x @ beta,
    }
    estimate = float(beta[level])
    return Found(
        "its, least squares with Newey-West errors",
        estimate,
        estimate - half if known else None,
        estimate + half if known else None,
        float(p[level]) if known else None,
        float(t[level]) if known else None,
        estimate / sd if sd > 0 else None,
        "level_change_in_sigma",
        int((~series.after).sum()),
        int(series.after.sum()),
        reach(power, alpha, df) * float(errors[level]) if known else None,
        small=SMALL * sd if sd > 0 else None,
        extra=extra,
    )


def _poisson(series: Series, model: Model, names: list[str], x: Floats, alpha: float, power: float) -> Found:
    y = series.values
    n, k = x.shape
    if (y < 0).any() or not y.sum() > 0:
        raise Refusal(_l("Counts must be 0 or more, and not all 0 (%(field)s)."), field="values")
    shift = np.zeros(n) if series.offset is None else np.log(series.offset)
    beta, information = _fit(y, x, shift)
    mu = np.exp(np.clip(x @ beta + shift, -700, 700))
    dispersion = float((((y - mu) ** 2) / mu).sum()) / (n - k)
    scale = dispersion if model.family == "quasipoisson" else 1.0
    errors = np.sqrt(np.diag(np.linalg.inv(information)) * scale)
    z = NormalDist().inv_cdf(1 - alpha / 2)
    level = names.index("post")
    b, se = float(beta[level]), float(errors[level])
    p = 2 * NormalDist().cdf(-abs(b / se)) if se > 0 else None
    wanted = z + NormalDist().inv_cdf(power)
    extra = {
        "coefficients": {
            name: {
                "estimate": beta[i],
                "se": errors[i],
                "ratio": math.exp(float(beta[i])) if abs(beta[i]) < 700 else None,
                "statistic": float(beta[i] / errors[i]) if errors[i] > 0 else None,
                "p": 2 * NormalDist().cdf(-abs(float(beta[i] / errors[i]))) if errors[i] > 0 else None,
            }
            for i, name in enumerate(names)
        },
        "rate_ratio": math.exp(b),
        "beta": b,
        "se": se,
        "slope_change": math.exp(float(beta[names.index("slope_change")]))
        if "slope_change" in names
        else None,
        "dispersion": scale,
        "overdispersion": dispersion,
        "fitted": mu,
    }
    return Found(
        f"its, {model.family}",
        math.exp(b),
        math.exp(b - z * se),
        math.exp(b + z * se),
        p,
        b / se if se > 0 else None,
        b,
        "log_rate_ratio",
        int((~series.after).sum()),
        int(series.after.sum()),
        math.expm1(wanted * se) if wanted * se < 700 else None,
        null=1.0,
        extra=extra,
    )


def _fit(y: Floats, x: Floats, shift: Floats) -> tuple[Floats, Floats]:
    """(beta, information) of a Poisson regression with log link by iteratively reweighted least squares."""
    mu: Floats = np.maximum(y, 0.5)
    beta: Floats = np.zeros(x.shape[1])
    before = np.inf
    for _ in range(ROUNDS):
        working = np.log(mu) - shift + (y - mu) / mu
        information = x.T @ (x * mu[:, None])
        try:
            beta = np.asarray(np.linalg.solve(information, x.T @ (mu * working)), dtype=np.float64)
        except np.linalg.LinAlgError:
            break
        mu = np.exp(np.clip(x @ beta + shift, -300, 300))
        own = np.zeros(len(y))
        own[y > 0] = y[y > 0] * np.log(y[y > 0] / mu[y > 0])
        deviance = 2 * float((own - (y - mu)).sum())
        if abs(deviance - before) <= 1e-12 * (abs(deviance) + 1):
            return beta, np.asarray(x.T @ (x * mu[:, None]))
        before = deviance
    raise Refusal(
        _l("The model of the counts did not settle; are all counts of one side 0? (%(field)s)"),
        field="values",
    )


def differences(
    before: Floats, after: Floats, control_before: Floats, control_after: Floats, alpha: float, power: float
) -> Found:
    """(after - before) less the same of the comparison group; four groups of values of different people, each of shape (n,) in the unit of the values.

    se^2 = sum of s^2 / n over the four; t with Welch and Satterthwaite's degrees of freedom. Values of 0 and 1 are
    shares. Assumes that both groups would have moved alike without the action.

    Source: Card and Krueger (1994), Am. Econ. Rev. 84, 772-793; Satterthwaite (1946), Biometrics 2, 110-114.
    """
    from scipy.special import stdtr, stdtrit

    groups = {
        "before": before,
        "after": after,
        "control_before": control_before,
        "control_after": control_after,
    }
    parts = []
    for name, values in groups.items():
        if len(values) < 2:
            raise Refusal(
                _l("“%(field)s” holds %(count)s values; at least %(least)s are needed."),
                field=name,
                count=len(values),
                least=2,
            )
        parts.append(float(values.var(ddof=1)) / len(values))
    estimate = float(after.mean() - before.mean() - control_after.mean() + control_before.mean())
    described: dict[str, Any] = {
        name: {"n": len(values), "mean": float(values.mean()), "sd": float(values.std(ddof=1))}
        for name, values in groups.items()
    }
    n1, n2 = len(before), len(after)
    total = sum(parts)
    if not total > 0:
        return Found("did", estimate, None, None, None, None, None, "cohen_d", n1, n2, extra=described)
    se = math.sqrt(total)
    df = total**2 / sum(
        part**2 / (len(values) - 1) for part, values in zip(parts, groups.values(), strict=True)
    )
    half = float(stdtrit(df, 1 - alpha / 2)) * se
    freedom = sum(len(values) - 1 for values in groups.values())
    sd = math.sqrt(sum(float(values.var(ddof=1)) * (len(values) - 1) for values in groups.values()) / freedom)
    detectable = reach(power, alpha, df) * se
    return Found(
        "difference in differences",
        estimate,
        estimate - half,
        estimate + half,
        2 * float(stdtr(df, -abs(estimate / se))),
        estimate / se,
        estimate / sd,
        "cohen_d",
        n1,
        n2,
        detectable,
        scaled(n2, detectable),
        SMALL * sd,
        extra={
            **described,
            "change": float(after.mean() - before.mean()),
            "control_change": float(control_after.mean() - control_before.mean()),
            "df": df,
            "se": se,
        },
    )
