-- migrate:up
-- How far an import has come, noted in the transaction of each chunk; a finished run has no row.
CREATE TABLE kit.bulk_run (
    name text COLLATE "C" PRIMARY KEY,
    done bigint      NOT NULL CHECK (done >= 0),
    at   timestamptz NOT NULL
);

-- A UUID of version 7 whose tail is a hash: what kit.ids.derive makes one by one, for rows that come by the thousand.
CREATE FUNCTION kit.hashed_id(at timestamptz, spelled text) RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT (lpad(to_hex(floor(extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(h.hex, 1, 3)
            || '8' || substr(h.hex, 4, 15))::uuid
      FROM encode(sha256(convert_to(spelled, 'UTF8')), 'hex') AS h (hex)
$$;

-- migrate:down
DROP FUNCTION kit.hashed_id(timestamptz, text);
DROP TABLE kit.bulk_run;
