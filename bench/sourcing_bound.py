"""The least that sourcing could cost: all orders known beforehand, and parcels divisible."""

import numpy as np

from .sourcing_world import NODES, SKUS, World


def bound(world: World) -> float:
    """What no way of choosing can stay below: by order a parcel from each node and each line's share from it.

    source  linear relaxation of facility location with stock; a share of a line needs as large a share of the parcel
    """
    import highspy  # of the extra `learn`: the other benches run without

    nodes, shelves = len(NODES), world.stock.ravel()
    cost: list[float] = []
    starts: list[int] = []
    rows: list[int] = []
    values: list[float] = []
    lower, upper = [-np.inf] * len(shelves), [float(units) for units in shelves]

    def row(least: float, most: float) -> int:
        lower.append(least)
        upper.append(most)
        return len(lower) - 1

    def column(minor: float, entries: list[tuple[int, float]]) -> None:
        cost.append(minor)
        starts.append(len(rows))
        rows.extend(place for place, _ in entries)
        values.extend(value for _, value in entries)

    for order in world.orders:
        filled = [row(1.0, 1.0) for _ in order.skus]
        for node in range(nodes):
            within = [row(-np.inf, 0.0) for _ in order.skus]
            column(float(world.parcel[node, order.zone]), [(place, -1.0) for place in within])
            for sku, line, place in zip(order.skus, filled, within, strict=True):
                column(world.unit_minor(sku), [(node * len(SKUS) + sku, 1.0), (line, 1.0), (place, 1.0)])
    problem = highspy.HighsLp()
    problem.num_col_, problem.num_row_ = len(cost), len(lower)
    problem.col_cost_, problem.col_lower_ = np.array(cost), np.zeros(len(cost))
    problem.col_upper_ = np.full(len(cost), np.inf)
    problem.row_lower_, problem.row_upper_ = np.array(lower), np.array(upper)
    problem.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    problem.a_matrix_.start_ = np.array([*starts, len(rows)], dtype=np.int32)
    problem.a_matrix_.index_ = np.array(rows, dtype=np.int32)
    problem.a_matrix_.value_ = np.array(values)
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.passModel(problem)
    solver.run()
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return float(solver.getInfo().objective_function_value)
