-- migrate:up
-- What people do on the floor and on the road with a device in hand, which may be offline for hours.
CREATE SCHEMA floor;

-- One row is one action. The key is made on the device, before the first try: whatever is sent again finds its row.
CREATE TABLE floor.action (
    key         uuid PRIMARY KEY,
    by          text COLLATE "C" NOT NULL,   -- whose sign-in it came with
    done_by     text COLLATE "C" NOT NULL,   -- who was at the device, by its own word
    kind        text NOT NULL,
    parcel_id   uuid,                        -- NULL: a label that nobody knows
    body_hash   bytea NOT NULL,              -- the same key with other contents is refused
    device_at   timestamptz NOT NULL,        -- by the device's clock, right or wrong
    happened_at timestamptz NOT NULL,        -- the same instant by ours
    at          timestamptz NOT NULL,        -- when it reached us
    outcome     jsonb NOT NULL
);
CREATE INDEX action_by_parcel ON floor.action (parcel_id, at) WHERE parcel_id IS NOT NULL;

-- What a courier has on board.
CREATE TABLE floor.load (
    parcel_id uuid PRIMARY KEY,
    order_id  uuid NOT NULL,
    courier   text COLLATE "C" NOT NULL,
    loaded_at timestamptz NOT NULL
);
CREATE INDEX load_by_courier ON floor.load (courier, loaded_at);

-- Photos of parcels where they were left. The picture itself is an object, sealed with this key.
CREATE TABLE floor.photo (
    photo_id  uuid PRIMARY KEY,              -- made on the device
    by        text COLLATE "C" NOT NULL,
    sha256    bytea NOT NULL,                -- of what was sent
    path      text COLLATE "C" NOT NULL,
    bytes     integer NOT NULL CHECK (bytes > 0),
    key_id    integer NOT NULL REFERENCES kit.data_key,
    at        timestamptz NOT NULL
);
CREATE INDEX photo_key ON floor.photo (key_id);

-- How a parcel was handed to whom it was for; the photo may arrive later than the word.
CREATE TABLE floor.proof (
    parcel_id   uuid PRIMARY KEY,
    order_id    uuid NOT NULL,
    how         text NOT NULL,
    photo_id    uuid,
    by          text COLLATE "C" NOT NULL,
    happened_at timestamptz NOT NULL
);

-- migrate:down
DROP SCHEMA floor CASCADE;
