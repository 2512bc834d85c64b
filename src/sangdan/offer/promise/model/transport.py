"""The transportation problem: units to where they are wanted at the least cost, and what one unit more would save."""

from typing import Final, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from ..errors import SolverMissing

Floats: TypeAlias = NDArray[np.float64]

_TOLERANCE: Final = 1e-9


class Solved(msgspec.Struct, frozen=True):
    """An optimum.

    cost    of serving every demand, unserved units included
    prices  by supply: what one unit more there would save, >= 0
    worths  by demand: what one unit more there would cost
    """

    cost: float
    prices: Floats
    worths: Floats


def transport(supply: Floats, demand: Floats, cost: Floats, unserved: Floats) -> Solved:
    """Serve all demand at the least cost; what no supply serves costs its `unserved`.

    supply    units by source, >= 0
    demand    units by destination, >= 0
    cost      of a unit, by source and destination; infinite where there is no way
    unserved  of a unit, by destination, finite
    raises    SolverMissing when the extra `plan` is not installed
    source    Hitchcock 1941; duals by HiGHS' simplex
    """
    try:
        import highspy  # an extra: only whoever prices scarcity needs it
    except ImportError as missing:
        raise SolverMissing(
            "Scarcity is priced by HiGHS, which is not installed: pip install 'sangdan[plan]'.", extra="plan"
        ) from missing
    sources, places = np.nonzero(np.isfinite(cost))
    count, rows, columns = len(sources), len(supply) + len(demand), len(sources) + len(demand)
    problem = highspy.HighsLp()
    problem.num_col_, problem.num_row_ = columns, rows
    problem.col_cost_ = np.concatenate([cost[sources, places], unserved])
    problem.col_lower_, problem.col_upper_ = np.zeros(columns), np.full(columns, np.inf)
    problem.row_lower_ = np.concatenate([np.full(len(supply), -np.inf), demand])
    problem.row_upper_ = np.concatenate([supply, demand])
    problem.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    # A way takes from its source and gives to its destination; what is unserved comes from nowhere.
    starts = np.concatenate([np.arange(0, 2 * count, 2), 2 * count + np.arange(len(demand) + 1)])
    pairs = np.stack([sources, len(supply) + places], axis=1).ravel()
    problem.a_matrix_.start_ = starts.astype(np.int32)
    problem.a_matrix_.index_ = np.concatenate([pairs, len(supply) + np.arange(len(demand))]).astype(np.int32)
    problem.a_matrix_.value_ = np.ones(2 * count + len(demand))
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("presolve", "off")
    solver.passModel(problem)
    solver.run()
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal, "it is feasible and bounded by construction"
    duals = np.array(solver.getSolution().row_dual)
    prices = np.maximum(0.0, -duals[: len(supply)])
    return Solved(float(solver.getInfo().objective_function_value), prices, duals[len(supply) :])


def suffices(supply: Floats, demand: Floats, cost: Floats) -> bool:
    """Whether every demand can be served from where that is cheapest: then a unit more anywhere saves nothing."""
    if not len(demand):
        return True
    cheapest = np.argmin(cost, axis=0)
    if not np.isfinite(cost[cheapest, np.arange(len(demand))]).all():
        return False
    asked = np.bincount(cheapest, weights=demand, minlength=len(supply))
    return bool((asked <= supply + _TOLERANCE).all())
