"""All SQL of the ledger. POST is the one statement that enters transfers and moves balances."""

from typing import Final, LiteralString

POST: Final[LiteralString] = """
    -- Twins meet in the unique keys of kit.transfer and enter nothing; only what entered moves balances. Each
    -- account is written once, in the order of its key, so that concurrent posts wait for one another in a line.
    -- Only DO UPDATE sees an account as it is after that wait, so the limit is checked on the truth.
    WITH entered AS (
        INSERT INTO kit.transfer (book, transfer_id, currency, debit, credit, amount_minor, phase, pending_id,
                                  kind, reference, at)
        SELECT g.* FROM unnest(%(book)s::text[], %(transfer_id)s::uuid[], %(currency)s::text[], %(debit)s::text[],
                               %(credit)s::text[], %(amount_minor)s::bigint[], %(phase)s::text[],
                               %(pending_id)s::uuid[], %(kind)s::text[], %(reference)s::text[],
                               %(at)s::timestamptz[])
                        AS g (book, transfer_id, currency, debit, credit, amount_minor, phase, pending_id,
                              kind, reference, at)
         ORDER BY g.book COLLATE "C", g.transfer_id
        ON CONFLICT DO NOTHING
     RETURNING book, transfer_id, currency, debit, credit, amount_minor, phase, pending_id
    ), ended AS (
        SELECT e.transfer_id, p.book, p.currency, p.debit, p.credit, p.amount_minor,
               (p.currency, p.debit, p.credit) = (e.currency, e.debit, e.credit)
                   AND CASE e.phase WHEN 'post' THEN e.amount_minor <= p.amount_minor
                                    ELSE e.amount_minor = p.amount_minor END AS fits
          FROM entered e
         -- LIMIT keeps this a look-up by key in plans made while the table was small.
         CROSS JOIN LATERAL (SELECT * FROM kit.transfer t
                              WHERE (t.book, t.transfer_id) = (e.book, e.pending_id) AND t.phase = 'pending'
                              LIMIT 1) p
         WHERE e.pending_id IS NOT NULL
    ), moved AS (
        SELECT e.book, s.account, e.currency,
               coalesce(sum(s.debit) FILTER (WHERE e.phase IN ('single', 'post')), 0)::bigint AS debits_minor,
               coalesce(sum(s.credit) FILTER (WHERE e.phase IN ('single', 'post')), 0)::bigint AS credits_minor,
               coalesce(sum(s.debit) FILTER (WHERE e.phase = 'pending'), 0)::bigint AS debits_pending,
               coalesce(sum(s.credit) FILTER (WHERE e.phase = 'pending'), 0)::bigint AS credits_pending
          FROM entered e
         CROSS JOIN LATERAL (VALUES (e.debit, e.amount_minor, 0), (e.credit, 0, e.amount_minor))
                         AS s (account, debit, credit)
         GROUP BY e.book, s.account, e.currency
    ), let_go AS (
        SELECT d.book, s.account, d.currency, sum(s.debit)::bigint AS debits, sum(s.credit)::bigint AS credits
          FROM ended d
         CROSS JOIN LATERAL (VALUES (d.debit, d.amount_minor, 0), (d.credit, 0, d.amount_minor))
                         AS s (account, debit, credit)
         GROUP BY d.book, s.account, d.currency
    ), balanced AS (
        INSERT INTO kit.account AS a (book, account, currency,
                                      debits_minor, credits_minor, debits_pending, credits_pending)
        SELECT m.* FROM moved m ORDER BY m.book, m.account, m.currency
        ON CONFLICT (book, account, currency) DO UPDATE
           SET debits_minor    = a.debits_minor + excluded.debits_minor,
               credits_minor   = a.credits_minor + excluded.credits_minor,
               -- What is let go cannot travel in `excluded`: a negative amount fails the row's CHECK.
               debits_pending  = a.debits_pending + excluded.debits_pending - coalesce((
                   SELECT g.debits FROM let_go g
                    WHERE (g.book, g.account, g.currency) = (a.book, a.account, a.currency)), 0),
               credits_pending = a.credits_pending + excluded.credits_pending - coalesce((
                   SELECT g.credits FROM let_go g
                    WHERE (g.book, g.account, g.currency) = (a.book, a.account, a.currency)), 0)
    )
    SELECT (SELECT count(*) FROM entered) AS entered,
           ARRAY(SELECT e.transfer_id FROM entered e
                  WHERE e.pending_id IS NOT NULL
                    AND NOT EXISTS (SELECT FROM ended d WHERE d.transfer_id = e.transfer_id)) AS missing,
           ARRAY(SELECT d.transfer_id FROM ended d WHERE NOT d.fits) AS differing
"""

UNENTERED: Final[LiteralString] = """
    -- The moment is not compared: a retry comes later than the first try.
    SELECT g.book, g.transfer_id, t.transfer_id IS NOT NULL AS known
      FROM unnest(%(book)s::text[], %(transfer_id)s::uuid[], %(currency)s::text[], %(debit)s::text[],
                  %(credit)s::text[], %(amount_minor)s::bigint[], %(phase)s::text[], %(pending_id)s::uuid[],
                  %(kind)s::text[], %(reference)s::text[])
           AS g (book, transfer_id, currency, debit, credit, amount_minor, phase, pending_id, kind, reference)
      LEFT JOIN kit.transfer t ON (t.book, t.transfer_id) = (g.book, g.transfer_id)
     WHERE (t.currency, t.debit, t.credit, t.amount_minor, t.phase, t.pending_id, t.kind, t.reference)
           IS DISTINCT FROM
           (g.currency, g.debit, g.credit, g.amount_minor, g.phase, g.pending_id, g.kind, g.reference)
     ORDER BY g.book COLLATE "C", g.transfer_id
"""

OPEN: Final[LiteralString] = """
    INSERT INTO kit.account AS a (book, account, currency, bound)
    VALUES (%(book)s, %(account)s, %(currency)s, %(bound)s)
    ON CONFLICT (book, account, currency) DO UPDATE SET bound = excluded.bound WHERE a.bound <> excluded.bound
"""

BALANCES: Final[LiteralString] = """
    SELECT book, account, currency, bound, debits_minor, credits_minor, debits_pending, credits_pending
      FROM kit.account
     WHERE (%(book)s::text IS NULL OR book = %(book)s) AND (%(account)s::text IS NULL OR account = %(account)s)
     ORDER BY book, account, currency
"""

ENTRIES: Final[LiteralString] = """
    SELECT s.account, t.currency, t.at, t.transfer_id, t.kind, t.reference, s.net_minor
      FROM kit.transfer t
     CROSS JOIN LATERAL (VALUES (t.debit, -t.amount_minor), (t.credit, t.amount_minor)) AS s (account, net_minor)
     WHERE t.book = %(book)s AND t.at >= %(since)s AND t.at < %(until)s AND t.phase IN ('single', 'post')
       AND (%(account)s::text IS NULL OR s.account = %(account)s)
       AND (%(currency)s::text IS NULL OR t.currency = %(currency)s)
     ORDER BY s.account, t.currency, t.at, t.transfer_id
"""

TURNOVERS: Final[LiteralString] = """
    SELECT s.account, t.currency, count(*) AS entries, sum(s.net_minor)::bigint AS net_minor
      FROM kit.transfer t
     CROSS JOIN LATERAL (VALUES (t.debit, -t.amount_minor), (t.credit, t.amount_minor)) AS s (account, net_minor)
     WHERE t.book = %(book)s AND t.at >= %(since)s AND t.at < %(until)s AND t.phase IN ('single', 'post')
     GROUP BY s.account, t.currency
     ORDER BY s.account, t.currency
"""

DRIFT: Final[LiteralString] = """
    WITH side AS (
        SELECT t.book, s.account, t.currency, s.debit, s.credit,
               t.phase = 'pending' AND NOT EXISTS (SELECT FROM kit.transfer e
                                                    WHERE (e.book, e.pending_id) = (t.book, t.transfer_id)) AS held,
               t.phase IN ('single', 'post') AS moved
          FROM kit.transfer t
         CROSS JOIN LATERAL (VALUES (t.debit, t.amount_minor, 0), (t.credit, 0, t.amount_minor))
                         AS s (account, debit, credit)
    ), explained AS (
        SELECT book, account, currency,
               coalesce(sum(debit) FILTER (WHERE moved), 0) AS debits_minor,
               coalesce(sum(credit) FILTER (WHERE moved), 0) AS credits_minor,
               coalesce(sum(debit) FILTER (WHERE held), 0) AS debits_pending,
               coalesce(sum(credit) FILTER (WHERE held), 0) AS credits_pending
          FROM side GROUP BY book, account, currency
    )
    SELECT c.check, book, account, currency, c.balance_minor::bigint, c.facts_minor::bigint
      FROM kit.account a FULL JOIN explained x USING (book, account, currency)
     CROSS JOIN LATERAL (VALUES
           ('debits_minor', coalesce(a.debits_minor, 0), coalesce(x.debits_minor, 0)),
           ('credits_minor', coalesce(a.credits_minor, 0), coalesce(x.credits_minor, 0)),
           ('debits_pending', coalesce(a.debits_pending, 0), coalesce(x.debits_pending, 0)),
           ('credits_pending', coalesce(a.credits_pending, 0), coalesce(x.credits_pending, 0)))
           AS c ("check", balance_minor, facts_minor)
     WHERE c.balance_minor <> c.facts_minor
    UNION ALL
    SELECT 'book', book, '', currency, sum(credits_minor - debits_minor)::bigint, 0
      FROM kit.account GROUP BY book, currency HAVING sum(credits_minor - debits_minor) <> 0
    UNION ALL
    SELECT 'end', e.book, e.transfer_id::text, e.currency, e.amount_minor, coalesce(p.amount_minor, 0)
      FROM kit.transfer e
      LEFT JOIN kit.transfer p ON (p.book, p.transfer_id) = (e.book, e.pending_id) AND p.phase = 'pending'
     WHERE e.pending_id IS NOT NULL
       AND ((p.currency, p.debit, p.credit) IS DISTINCT FROM (e.currency, e.debit, e.credit)
            OR e.amount_minor > p.amount_minor)
     ORDER BY 2, 3, 4, 1
"""
