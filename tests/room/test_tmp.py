from collections import Counter
import pytest
from .order_storm import Bank, Storm
from .test_order_storms import rows
@pytest.mark.parametrize("seed", range(6))
async def test_x(db, seed):
    storm = Storm(db, seed, Bank(seed, stubborn=seed == 5))
    await storm.rage(300)
    print(Counter(storm.done))
    await storm.settle_down()
    print(await rows(db, "SELECT type, count(*) FROM kit.event GROUP BY 1 ORDER BY 1"))
    print(await rows(db, "SELECT state, reason, count(*) FROM orders.order GROUP BY 1,2 ORDER BY 1"))
    print(await rows(db, "SELECT data from kit.event where type='payments.refused'"))
