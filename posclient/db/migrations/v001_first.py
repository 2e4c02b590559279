"""Version 1: the first till.db. Columns are explained where they are declared, in ``posclient.db.till_*``.

Released steps are frozen: a change of the tables is a new step, and a stored old file in tests/db/old.
"""

SQL = """
CREATE TABLE terminal (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    terminal TEXT NOT NULL, store TEXT NOT NULL, slot INTEGER NOT NULL, hq_url TEXT NOT NULL, hq TEXT NOT NULL,
    incarnation TEXT NOT NULL, next_seq INTEGER NOT NULL, last_hash BLOB NOT NULL,
    next_receipt_seq INTEGER NOT NULL, next_valet_seq INTEGER NOT NULL,
    seal_key BLOB NOT NULL, index_key BLOB NOT NULL, credentials TEXT NOT NULL,
    floor_ms INTEGER NOT NULL, offset_ms INTEGER, received_seq INTEGER NOT NULL, durable_seq INTEGER NOT NULL
) STRICT;

CREATE TABLE fact (
    number INTEGER PRIMARY KEY,
    terminal TEXT NOT NULL, incarnation TEXT NOT NULL, seq INTEGER NOT NULL, id TEXT NOT NULL,
    kind TEXT NOT NULL, kind_version INTEGER NOT NULL, body BLOB NOT NULL, hash BLOB NOT NULL, at_ms INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX fact_seq ON fact (incarnation, seq);
CREATE UNIQUE INDEX fact_id ON fact (id);

CREATE TABLE outbox (
    number INTEGER PRIMARY KEY REFERENCES fact (number),
    amount INTEGER NOT NULL, outcome TEXT, code TEXT, acked_ms INTEGER
) STRICT;
CREATE INDEX outbox_pending ON outbox (number, amount) WHERE acked_ms IS NULL;

CREATE TABLE side_record (
    id TEXT NOT NULL PRIMARY KEY,
    fact INTEGER NOT NULL REFERENCES fact (number), salt BLOB NOT NULL, sealed BLOB NOT NULL, own BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX side_record_fact ON side_record (fact);

CREATE TABLE shift (id TEXT NOT NULL PRIMARY KEY, business_date TEXT NOT NULL, opened_ms INTEGER NOT NULL) STRICT;
CREATE UNIQUE INDEX shift_business_date ON shift (business_date);

CREATE TABLE sale (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL, fact INTEGER NOT NULL REFERENCES fact (number), receipt TEXT NOT NULL, seq INTEGER NOT NULL,
    basket TEXT, at TEXT NOT NULL, business_date TEXT NOT NULL, shift TEXT NOT NULL REFERENCES shift (id),
    store TEXT NOT NULL, slot INTEGER NOT NULL, cashier TEXT NOT NULL, guide TEXT, member TEXT, claimed_code TEXT,
    own_guide TEXT, rounding INTEGER NOT NULL, gross INTEGER NOT NULL, total INTEGER NOT NULL,
    points INTEGER NOT NULL, points_base INTEGER NOT NULL, invoice TEXT NOT NULL, priced TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX sale_id ON sale (id);
CREATE UNIQUE INDEX sale_receipt ON sale (receipt);
CREATE UNIQUE INDEX sale_basket ON sale (basket) WHERE basket IS NOT NULL;
CREATE INDEX sale_member ON sale (member, fact) WHERE member IS NOT NULL;

CREATE TABLE sale_line (
    sale INTEGER NOT NULL REFERENCES sale (number), position INTEGER NOT NULL,
    id TEXT NOT NULL, sku TEXT NOT NULL, gtin TEXT NOT NULL, name TEXT NOT NULL, variant TEXT NOT NULL,
    qty INTEGER NOT NULL, list_price INTEGER NOT NULL, unit_price INTEGER NOT NULL, gross INTEGER NOT NULL,
    net INTEGER NOT NULL, tax_bp INTEGER NOT NULL, guide TEXT, discounts TEXT NOT NULL, reason TEXT NOT NULL,
    approver TEXT,
    PRIMARY KEY (sale, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE payment (
    sale INTEGER NOT NULL REFERENCES sale (number), position INTEGER NOT NULL,
    id TEXT NOT NULL, tender TEXT NOT NULL, amount INTEGER NOT NULL, tendered INTEGER NOT NULL, reference TEXT NOT NULL,
    PRIMARY KEY (sale, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE coupon_use (
    coupon TEXT NOT NULL, sale INTEGER NOT NULL REFERENCES sale (number),
    position INTEGER NOT NULL, amount INTEGER NOT NULL, until TEXT, template TEXT,
    PRIMARY KEY (coupon, sale)
) STRICT, WITHOUT ROWID;
CREATE INDEX coupon_use_sale ON coupon_use (sale);

CREATE TABLE stock_move (
    sku TEXT NOT NULL, fact INTEGER NOT NULL REFERENCES fact (number), qty INTEGER NOT NULL,
    PRIMARY KEY (sku, fact)
) STRICT, WITHOUT ROWID;

CREATE TABLE share (
    source TEXT NOT NULL, position INTEGER NOT NULL,
    line TEXT NOT NULL, guide TEXT NOT NULL, role TEXT NOT NULL, bp INTEGER NOT NULL, amount INTEGER NOT NULL,
    PRIMARY KEY (source, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE care_task (
    id TEXT NOT NULL PRIMARY KEY, fact INTEGER NOT NULL REFERENCES fact (number),
    sale TEXT NOT NULL, member TEXT NOT NULL, owner TEXT NOT NULL, cadence TEXT NOT NULL, step TEXT NOT NULL,
    due TEXT NOT NULL, due_ms INTEGER NOT NULL, state TEXT NOT NULL, note TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX care_task_sale ON care_task (sale);
CREATE INDEX care_task_due ON care_task (due_ms) WHERE state = 'open';

CREATE TABLE valet_order (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL, fact INTEGER NOT NULL REFERENCES fact (number), receipt TEXT NOT NULL, at TEXT NOT NULL,
    store TEXT NOT NULL, month TEXT NOT NULL, guide TEXT NOT NULL, member TEXT, own_guide TEXT, lines TEXT NOT NULL,
    discount INTEGER NOT NULL, total INTEGER NOT NULL, side TEXT, seen_state TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX valet_order_id ON valet_order (id);
CREATE UNIQUE INDEX valet_order_receipt ON valet_order (receipt);
CREATE INDEX valet_order_guide ON valet_order (guide, month);

CREATE TABLE local_member (
    id TEXT NOT NULL PRIMARY KEY, fact INTEGER NOT NULL REFERENCES fact (number), code TEXT NOT NULL,
    sealed BLOB NOT NULL, last4 TEXT NOT NULL, phone_index TEXT NOT NULL, tier TEXT NOT NULL, own_guide TEXT,
    home_store TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX local_member_code ON local_member (code);
CREATE INDEX local_member_last4 ON local_member (last4);
CREATE UNIQUE INDEX local_member_phone ON local_member (phone_index);

CREATE TABLE local_coupon (
    id TEXT NOT NULL PRIMARY KEY, member TEXT NOT NULL, name TEXT NOT NULL, template TEXT, rule TEXT NOT NULL,
    until TEXT, single_use INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX local_coupon_member ON local_coupon (member);

CREATE TABLE open_cart (
    id INTEGER PRIMARY KEY CHECK (id = 1), cart TEXT NOT NULL, saved_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE staff_lock (
    staff TEXT NOT NULL PRIMARY KEY, failures INTEGER NOT NULL, until_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE local_staff (
    id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, badge TEXT NOT NULL, roles TEXT NOT NULL, pin_hash TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    number INTEGER PRIMARY KEY, at TEXT NOT NULL, staff TEXT, action TEXT NOT NULL, detail TEXT NOT NULL
) STRICT;

CREATE TABLE receipt_print (
    sale TEXT NOT NULL PRIMARY KEY, printed_ms INTEGER, copies INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX receipt_print_open ON receipt_print (sale) WHERE printed_ms IS NULL;
"""
