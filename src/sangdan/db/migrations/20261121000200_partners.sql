-- migrate:up
-- Allies of every kind, and what was agreed with each, as dated data. Reference tables.
CREATE SCHEMA partners;

CREATE TABLE partners.partner (
    partner_id kit.code PRIMARY KEY,
    kind       text NOT NULL CHECK (kind IN ('marketplace', 'seller', 'logistics', 'retailer', 'carrier', 'telco', 'overseas')),
    name_ko    text NOT NULL,
    name_en    text NOT NULL
);

-- Fees are what this partner pays (commission) or is paid (unit, parcel) while the contract is valid.
CREATE TABLE partners.contract (
    partner_id        kit.code NOT NULL REFERENCES partners.partner,
    valid_from        date     NOT NULL,
    valid_to          date     CHECK (valid_to > valid_from),
    currency          kit.currency NOT NULL,
    commission_ppm    integer  NOT NULL DEFAULT 0 CHECK (commission_ppm BETWEEN 0 AND 1000000),
    gateway_fee_ppm   integer  NOT NULL DEFAULT 0 CHECK (gateway_fee_ppm BETWEEN 0 AND 1000000),
    unit_fee_minor    bigint   NOT NULL DEFAULT 0 CHECK (unit_fee_minor >= 0),
    parcel_fee_minor  bigint   NOT NULL DEFAULT 0 CHECK (parcel_fee_minor >= 0),
    vat_ppm           integer  NOT NULL DEFAULT 100000 CHECK (vat_ppm BETWEEN 0 AND 1000000),
    settlement_cycle  text     NOT NULL CHECK (settlement_cycle IN ('daily', 'weekly', 'monthly')),
    settlement_days   integer  NOT NULL DEFAULT 1 CHECK (settlement_days BETWEEN 0 AND 90),
    return_mind_bearer   text  NOT NULL DEFAULT 'shopper' CHECK (return_mind_bearer IN ('shopper', 'seller', 'carrier', 'logistics', 'marketplace')),
    return_defect_bearer text  NOT NULL DEFAULT 'seller' CHECK (return_defect_bearer IN ('shopper', 'seller', 'carrier', 'logistics', 'marketplace')),
    PRIMARY KEY (partner_id, valid_from)
);

-- migrate:down
DROP SCHEMA partners CASCADE;
