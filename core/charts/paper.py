"""The plumb line in printed tables: a drawing with its colours in it, since paper has no style sheet of ours."""

from markupsafe import Markup

from core.charts.plumb import place
from core.charts.theme import LIGHT
from core.figures import Figure

_SOFT = {"good": "#b9dccf", "edge": "#e6d3a6", "bad": "#ecc3b7", "few": "#d5dbdb"}


def plumb_on_paper(figure: Figure) -> Markup:
    """One row of the plumb chart on paper, 200 units wide: distance from the target with its interval, ±10 points."""
    spot = place(
        figure.value, figure.low, figure.high, figure.target, figure.verdict or "too_few", unit=figure.unit
    )
    x, ink, soft = spot.x * 2, LIGHT[spot.tone], _SOFT[spot.tone]
    drawn = ""
    if spot.beyond:
        turn = -spot.beyond
        drawn = f'<path d="M{x + 9 * turn:.1f} 6 {x:.1f} 12 {x + 9 * turn:.1f} 18z" fill="{ink}"/>'
    else:
        if spot.bar_x is not None and spot.bar_width is not None:
            drawn = (
                f'<rect x="{spot.bar_x * 2:.1f}" y="8.5" width="{max(1.0, spot.bar_width * 2):.1f}" height="7" '
                f'fill="{soft}"/>'
            )
        drawn += {
            "good": f'<circle cx="{x:.1f}" cy="12" r="4.2" fill="{ink}"/>',
            "edge": f'<circle cx="{x:.1f}" cy="12" r="3.6" fill="#ffffff" stroke="{ink}" stroke-width="1.6"/>'
            f'<path d="M{x:.1f} 8.4v7.2a3.6 3.6 0 0 0 0-7.2z" fill="{ink}"/>',
            "bad": f'<path d="M{x:.1f} 6.6 {x + 5.4:.1f} 12 {x:.1f} 17.4 {x - 5.4:.1f} 12z" fill="{ink}"/>',
            "few": f'<circle cx="{x:.1f}" cy="12" r="3.8" fill="#ffffff" stroke="{ink}" stroke-width="1.2" '
            'stroke-dasharray="2 1.6"/>',
        }[spot.tone]
    return Markup(f'<svg class="pl" viewBox="0 0 200 24" width="200" height="24">{drawn}</svg>')  # noqa: S704 - numbers and constants
