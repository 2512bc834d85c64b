-- migrate:up
-- Nodes out of service, and the goods that an outage may have spoilt. Reference tables: the picture of the network
-- takes both in. An outage that has no end yet lasts until somebody opens the node again.
CREATE TABLE network.outage (
    node_id  kit.code NOT NULL REFERENCES network.node,
    from_at  timestamptz NOT NULL,
    until_at timestamptz,
    reason   text NOT NULL CHECK (reason IN ('power', 'fire', 'flood', 'other')),
    PRIMARY KEY (node_id, from_at),
    CONSTRAINT ends_after_it_began CHECK (until_at >= from_at)
);

-- Goods of one temperature on one node that nobody may sell until somebody has looked at them. It outlasts the outage.
CREATE TABLE network.quarantine (
    node_id     kit.code NOT NULL REFERENCES network.node,
    temperature text NOT NULL CHECK (temperature IN ('ambient', 'chilled', 'frozen')),
    since_at    timestamptz NOT NULL,
    PRIMARY KEY (node_id, temperature)
);

-- A parcel that never came because its node went out of service. Older rows were held to fewer words than these.
ALTER TABLE promise.outcome ADD CONSTRAINT known_cause CHECK (
    cause IN ('kept', 'late_hand_over', 'late_transit', 're_sourced', 'lost', 'not_found', 'node_out')) NOT VALID;
-- squawk-ignore ban-drop-constraint
ALTER TABLE promise.outcome DROP CONSTRAINT outcome_cause_check;

-- migrate:down
DROP TABLE network.quarantine;
DROP TABLE network.outage;
